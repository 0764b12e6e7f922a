"""A task and what hangs on it are read in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_summary import get_task_summary
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_what_hangs_on_a_task_is_counted(ask: Ask, desk: Desk) -> None:
    parent = desk.task("garden")
    desk.task("dig", parent, parent_id=parent.id, requirements=["deep"])
    summary = ask(get_task_summary, task_id=parent.id)
    assert summary is not None
    assert (summary.title, summary.list_name, summary.status) == ("garden", "master", "pending")
    assert (summary.subtask_count, summary.dependent_count, summary.item_count) == (1, 1, 0)
    assert (summary.actual_hours, summary.is_overdue) == (None, False)
    assert ask(get_task_summary, task_id=NOBODY) is None
