"""All that a task depends on is listed, with what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_dependency_status import list_task_dependency_status
from taskspine.queries.task_external_dependencies import create_task_external_dependency
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_dependencies_are_told_with_their_state(ask: Ask, desk: Desk) -> None:
    done, still = desk.completed(), desk.task(ref="2")
    task = desk.task("last", done, still)
    create_task_external_dependency(desk.connection, task_id=task.id, target="the vendor")
    rows = {row.target: row for row in ask(list_task_dependency_status, task_id=task.id)}
    assert list(rows) == [*sorted([done.ref, "2"]), "the vendor"]
    assert (rows["2"].is_satisfied, rows["2"].satisfied_at) == (False, None)
    assert (rows["2"].is_external, rows["2"].depends_on_id) == (False, still.id)
    assert rows[done.ref].satisfied_at == desk.state(done).completed_at
    assert (rows["the vendor"].is_external, rows["the vendor"].depends_on_id) == (True, None)
    satisfied = ask(list_task_dependency_status, task_id=task.id, is_satisfied=True)
    assert [row.target for row in satisfied] == [done.ref]
    assert ask(list_task_dependency_status, task_id=NOBODY) == []
