"""The attempts at tasks are counted by how they ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from taskspine.queries.task_execution_summary import (
    get_task_execution_summary,
    list_task_execution_summaries,
)
from taskspine.queries.task_executions import complete_task, fail_task, release_tasks
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_attempts_are_counted_by_their_end(ask: Ask, desk: Desk) -> None:
    task, untouched = desk.task(ref="1"), desk.task(ref="2", priority=0)
    connection = desk.connection
    fail_task(connection, execution_id=desk.claim().execution_id, retry_delay=timedelta(0))
    release_tasks(connection, execution_ids=[desk.claim().execution_id])
    complete_task(connection, execution_id=desk.claim().execution_id)
    row = ask(get_task_execution_summary, task_id=task.id)
    assert row is not None
    assert (row.ref, row.task_status, row.total_executions) == ("1", "completed", 3)
    assert (row.successful_executions, row.failed_executions) == (1, 1)
    assert (row.cancelled_executions, row.timed_out_executions) == (1, 0)
    assert (row.retry_count, row.success_rate, row.cost_usd) == (2, Decimal("0.5"), None)
    assert row.average_duration_seconds is not None
    assert row.total_duration_seconds is not None
    assert row.average_duration_seconds * 3 - row.total_duration_seconds < 0.001
    listed = ask(list_task_execution_summaries, project_id=desk.project_id)
    assert [(each.ref, each.total_executions) for each in listed] == [("1", 3), ("2", 0)]
    assert listed[1].task_id == untouched.id
    assert listed[1].average_duration_seconds is None


def test_a_task_that_is_not_there_has_no_summary(ask: Ask) -> None:
    assert ask(get_task_execution_summary, task_id=NOBODY) is None
    assert ask(list_task_execution_summaries, project_id=NOBODY) == []
