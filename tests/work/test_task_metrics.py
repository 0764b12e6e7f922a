"""What can be counted and measured about tasks is told in one row each, and in one of all."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from taskspine.queries.task_metrics import (
    get_task_metrics,
    get_task_statistics,
    list_task_metrics,
)
from taskspine.queries.tasks import set_task_status
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_task_is_measured_in_one_row(ask: Ask, desk: Desk) -> None:
    done = desk.completed()
    after = desk.task("after", done)
    row = ask(get_task_metrics, task_id=done.id)
    assert row is not None
    assert (row.attempts, row.retry_count, row.dependent_count) == (1, 0, 1)
    assert row.actual_hours is not None
    assert row.cycle_hours is not None
    assert row.cost_usd is None
    listed = ask(list_task_metrics, project_id=desk.project_id)
    assert [each.task_id for each in listed] == [done.id, after.id]
    assert ask(get_task_metrics, task_id=NOBODY) is None
    assert ask(list_task_metrics, project_id=NOBODY) == []


def test_tasks_are_totalled_with_filters(ask: Ask, desk: Desk) -> None:
    simple = desk.task(complexity_score=2, estimated_hours=1)
    desk.task("hard", simple, complexity_score=5, estimated_hours=Decimal("2.5"), type="bug")
    desk.task("ada's", assignee_type="person", assignee="ada")
    set_task_status(desk.connection, task_id=simple.id, status="deferred")
    here = {"project_id": desk.project_id}
    row = ask(get_task_statistics, **here)
    assert row is not None
    assert (row.total_tasks, row.pending_tasks, row.deferred_tasks) == (3, 2, 1)
    assert (row.waiting_tasks, row.overdue_tasks, row.completed_tasks) == (1, 0, 0)
    assert (row.average_complexity, row.estimated_hours) == (Decimal("3.5"), Decimal("3.5"))
    assert (row.actual_hours, row.total_attempts) == (None, 0)
    bugs = ask(get_task_statistics, type="bug")
    assert bugs is not None
    assert bugs.total_tasks == 1
    hers = ask(get_task_statistics, **here, assignee="ada")
    assert hers is not None
    assert (hers.total_tasks, hers.average_complexity) == (1, None)
    late = ask(get_task_statistics, **here, created_after=datetime(2099, 1, 1, tzinfo=UTC))
    assert late is not None
    assert late.total_tasks == 0
