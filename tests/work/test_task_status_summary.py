"""Tasks are counted by status over all projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_status_summary import list_task_status_summary

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_tasks_are_counted_by_status(ask: Ask, desk: Desk) -> None:
    assert ask(list_task_status_summary) == []
    desk.completed()
    for _ in range(3):
        desk.task(estimated_hours=2, complexity_score=4)
    pending, completed = ask(list_task_status_summary)
    assert (pending.status, pending.task_count, pending.percentage) == ("pending", 3, 75)
    assert (pending.estimated_hours, pending.average_complexity_score) == (6, 4)
    assert (completed.status, completed.task_count) == ("completed", 1)
    assert (completed.estimated_hours, completed.average_complexity_score) == (None, None)
