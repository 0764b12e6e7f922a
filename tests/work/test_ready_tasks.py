"""What could be claimed now is counted, and listed in the order of claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from taskspine.queries.ready_tasks import count_ready_tasks, get_next_task, list_ready_tasks
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_ready_tasks_are_listed_as_they_would_be_claimed(ask: Ask, desk: Desk) -> None:
    assert ask(count_ready_tasks, project_id=desk.project_id) == 0
    assert ask(list_ready_tasks, project_id=desk.project_id) == []
    low = desk.task("low", priority=1)
    desk.task("first")
    desk.task("second", estimated_hours=2)
    desk.task("high", priority=9)
    desk.task("waits", low)
    desk.task("not yet", not_before=datetime.now(UTC) + timedelta(hours=1))
    ready = ask(list_ready_tasks, project_id=desk.project_id)
    assert [row.title for row in ready] == ["high", "first", "second", "low"]
    assert [row.estimated_hours for row in ready] == [None, None, 2, None]
    assert ask(count_ready_tasks, project_id=desk.project_id) == 4
    best = ask(list_ready_tasks, project_id=desk.project_id, task_count=1)
    assert [row.title for row in best] == ["high"]
    following = ask(get_next_task, project_id=desk.project_id)
    assert following is not None
    assert following.title == "high"
    assert desk.claim().title == "high"
    anywhere = ask(get_next_task)
    assert anywhere is not None
    assert (anywhere.title, anywhere.project_id) == ("first", desk.project_id)
    assert ask(get_next_task, project_id=NOBODY) is None
