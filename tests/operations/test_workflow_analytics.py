"""How workflows go is seen after a refresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_analytics import refresh_analytics
from taskspine.queries.workflow_analytics import get_workflow_analytics
from taskspine.queries.workflows import create_workflow
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_workflow_is_seen_after_a_refresh(ask: Ask, desk: Desk) -> None:
    workflow = ask(create_workflow, project_id=desk.project_id, name="release")
    assert ask(get_workflow_analytics, workflow_id=workflow.id) is None
    ask(refresh_analytics)
    seen = ask(get_workflow_analytics, workflow_id=workflow.id)
    assert seen is not None
    assert (seen.name, seen.total_tasks, seen.slowest_step) == ("release", 0, None)
    assert ask(get_workflow_analytics, workflow_id=NOBODY) is None
