"""Attempts are listed with their tasks and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.execution_history import list_execution_history
from taskspine.queries.task_executions import complete_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_attempts_are_listed_latest_first_by_any_criterion(ask: Ask, desk: Desk) -> None:
    first, second = desk.task("first"), desk.task("second")
    done = desk.claim()
    complete_task(desk.connection, execution_id=done.execution_id, output_results={})
    running = desk.claim()

    rows = ask(list_execution_history, project_id=desk.project_id)
    assert [(row.execution_id, row.task_title, row.status) for row in rows] == [
        (running.execution_id, "second", "running"), (done.execution_id, "first", "completed"),
    ]  # fmt: skip
    assert [row.agent_name for row in rows] == ["ada", "ada"]
    assert [row.retry_count for row in rows] == [0, 0]
    assert (rows[0].duration_seconds is None, rows[1].duration_seconds is None) == (True, False)

    assert [row.task_id for row in ask(list_execution_history, task_id=first.id)] == [first.id]
    for criteria in ({"status": "running"}, {"started_after": running.started_at}):
        found = ask(list_execution_history, agent_id=desk.agent_id, **criteria)
        assert [row.task_id for row in found] == [second.id]
    before = ask(list_execution_history, started_before=running.started_at)
    assert [row.task_id for row in before] == [first.id]
    page = ask(list_execution_history, page_size=1, page_start=1)
    assert [row.task_id for row in page] == [first.id]
    assert ask(list_execution_history, agent_id=NOBODY) == []
    assert ask(list_execution_history, session_id="s") == []
    assert ask(list_execution_history, correlation_id="c") == []
