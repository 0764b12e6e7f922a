"""What happened to a task is told in one order, as long as the log keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from taskspine.queries.task_contexts import create_task_context
from taskspine.queries.task_dependencies import delete_task_dependency
from taskspine.queries.task_executions import complete_task
from taskspine.queries.task_timeline import list_task_changes, list_task_timeline
from taskspine.queries.tasks import set_task_priority
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_all_that_happened_is_in_one_order(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    create_task_context(desk.connection, task_id=task.id, type="note", data={"a": 1})
    claim = desk.claim()
    complete_task(desk.connection, execution_id=claim.execution_id, output_results={"b": 2})

    rows = ask(list_task_timeline, task_id=task.id)
    assert [row.occurred_at for row in rows] == sorted(row.occurred_at for row in rows)
    told = [(row.kind, row.what) for row in rows if row.kind != "change"]
    assert told == [("context", "note"), ("attempt", "started"), ("attempt", "completed")]
    changes = ask(list_task_timeline, task_id=task.id, kind="change")
    assert [row.what for row in changes] == ["tasks insert", "tasks update", "tasks update"]
    assert changes[1].detail["new"]["status"] == "in_progress"

    since = rows[1].occurred_at
    assert ask(list_task_timeline, task_id=task.id, since=since) == rows[1:]
    assert ask(list_task_timeline, task_id=task.id, until=since) == rows[:1]
    assert ask(list_task_timeline, task_id=task.id, page_size=2, page_start=1) == rows[1:3]
    assert ask(list_task_timeline, task_id=NOBODY) == []


def test_the_changes_of_a_task_outlive_it(ask: Ask, desk: Desk) -> None:
    blocker = desk.task()
    task = desk.task("a task", blocker)
    set_task_priority(desk.connection, task_id=task.id, priority=9)
    delete_task_dependency(
        desk.connection, task_id=task.id, depends_on_id=blocker.id, kind="blocks"
    )
    desk.connection.execute("DELETE FROM tasks WHERE id = %s", [task.id])

    rows = ask(list_task_changes, task_id=task.id)
    assert [(row.entity_type, row.action) for row in rows] == [
        ("tasks", "delete"), ("task_dependencies", "delete"), ("tasks", "update"),
        ("task_dependencies", "insert"), ("tasks", "insert"),
    ]  # fmt: skip
    assert rows[2].new_values == {"priority": 9}
    assert ask(list_task_changes, task_id=task.id, page_size=1, page_start=2) == rows[2:3]
    assert rows[0].changed_at - rows[-1].changed_at >= timedelta(0)
    assert ask(list_task_timeline, task_id=task.id) == []
