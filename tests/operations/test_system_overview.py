"""The whole system in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.system_overview import get_system_overview

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_the_overview_counts_what_is_to_be_done(ask: Ask, desk: Desk) -> None:
    desk.completed()
    desk.task("later", desk.task("first"))
    seen = ask(get_system_overview)
    assert seen is not None
    assert (seen.total_tasks, seen.pending_tasks, seen.waiting_tasks) == (3, 2, 1)
    assert (seen.completed_tasks, seen.running_executions, seen.active_projects) == (1, 0, 1)
