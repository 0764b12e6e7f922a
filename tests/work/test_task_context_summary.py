"""The contexts of a task are counted by type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_context_summary import list_task_context_summary
from taskspine.queries.task_contexts import create_task_context
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_the_contexts_of_a_task_are_counted(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    for kind in ("note", "error", "note"):
        create_task_context(desk.connection, task_id=task.id, type=kind, data={})
    error, note = ask(list_task_context_summary, task_id=task.id)
    assert (error.type, error.context_count) == ("error", 1)
    assert (note.type, note.context_count) == ("note", 2)
    assert error.first_created_at == error.last_created_at
    assert note.first_created_at < note.last_created_at
    assert ask(list_task_context_summary, task_id=NOBODY) == []
