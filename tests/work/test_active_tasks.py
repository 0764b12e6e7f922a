"""What is being worked on is listed with who works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.active_tasks import list_active_tasks
from taskspine.queries.tasks import set_task_status

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_tasks_in_progress_and_in_review_are_listed_the_longest_first(ask: Ask, desk: Desk) -> None:
    assert ask(list_active_tasks, project_id=desk.project_id) == []
    desk.task("dig")
    claim = desk.claim()
    reviewed = desk.task("look")
    desk.task("sow")
    set_task_status(desk.connection, task_id=reviewed.id, status="review")
    at_work, in_review = ask(list_active_tasks, project_id=desk.project_id)
    assert (at_work.title, at_work.status, at_work.agent_name) == ("dig", "in_progress", "ada")
    assert (at_work.execution_id, at_work.attempt) == (claim.execution_id, 1)
    assert at_work.lease_expires_at == claim.lease_expires_at
    assert (in_review.title, in_review.execution_id, in_review.agent_name) == ("look", None, None)
