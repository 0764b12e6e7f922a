"""Progress is counted when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.workflow_progress import get_workflow_progress, list_workflow_progress
from taskspine.queries.workflow_tasks import add_workflow_task
from taskspine.queries.workflows import set_workflow_status
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


def test_progress_follows_the_tasks(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    tasks = [desk.completed(), desk.task()]
    for task in tasks:
        ask(add_workflow_task, workflow_id=workflow_id, task_id=task.id)
    progress = ask(get_workflow_progress, workflow_id=workflow_id)
    assert progress is not None
    assert (progress.completed_tasks, progress.total_tasks) == (1, 2)
    assert progress.progress_percentage == 50
    desk.claim()
    (progress,) = ask(list_workflow_progress, project_id=desk.project_id)
    assert progress.in_progress_tasks == 1
    ask(set_workflow_status, workflow_id=workflow_id, status="running")
    assert len(ask(list_workflow_progress, project_id=desk.project_id, status="running")) == 1
    assert ask(list_workflow_progress, project_id=desk.project_id, status="paused") == []
    assert ask(get_workflow_progress, workflow_id=NOBODY) is None
