"""A task and its document are read as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_details import set_task_details
from taskspine.queries.task_overview import get_task_overview
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_task_is_read_with_its_document(ask: Ask, desk: Desk) -> None:
    parent = desk.task("garden")
    task = desk.task("dig", parent, parent_id=parent.id, ref="G-1", estimated_hours=2)
    bare = ask(get_task_overview, task_id=task.id)
    assert bare is not None
    assert (bare.ref, bare.project_slug, bare.list_name) == ("G-1", desk.slug, "master")
    assert (bare.parent_id, bare.open_blockers, bare.tags) == (parent.id, 1, None)
    set_task_details(desk.connection, task_id=task.id, description="deep", tags=["wet"])
    full = ask(get_task_overview, task_id=task.id)
    assert full is not None
    assert (full.description, full.tags) == ("deep", ["wet"])


def test_actual_hours_are_those_of_the_attempts(ask: Ask, desk: Desk) -> None:
    task = desk.completed()
    desk.connection.execute(
        "UPDATE task_executions SET started_at = completed_at - interval '90 minutes'"
    )
    read = ask(get_task_overview, task_id=task.id)
    assert read is not None
    assert read.actual_hours == 1.5
    assert ask(get_task_overview, task_id=NOBODY) is None
