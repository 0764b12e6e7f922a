"""A workflow has tasks of its project, in an order that callers set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.tasks import delete_task, restore_task
from taskspine.queries.workflow_tasks import (
    add_workflow_task,
    batch_add_workflow_task,
    list_workflow_tasks,
    list_workflows_of_task,
    remove_workflow_task,
    set_workflow_task_position,
)
from taskspine.queries.workflows import delete_workflow
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


def titles(ask: Ask, workflow_id: UUID) -> str:
    rows = ask(list_workflow_tasks, workflow_id=workflow_id)
    assert [row.position for row in rows] == [*range(1, len(rows) + 1)]
    return "".join(row.title for row in rows)


def test_tasks_are_added_moved_and_removed(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    tasks = {title: desk.task(title).id for title in "abcd"}
    batch_add_workflow_task(
        desk.connection,
        [
            {"workflow_id": workflow_id, "task_id": tasks[title], "position": None}
            for title in "abc"
        ],
    )
    assert titles(ask, workflow_id) == "abc"
    added = ask(add_workflow_task, workflow_id=workflow_id, task_id=tasks["d"], position=1)
    assert added is not None
    assert (added.task_id, added.position) == (tasks["d"], 1)
    assert titles(ask, workflow_id) == "dabc"
    again = ask(add_workflow_task, workflow_id=workflow_id, task_id=tasks["d"])
    assert again == added
    moved = ask(set_workflow_task_position, workflow_id=workflow_id, task_id=tasks["d"], position=3)
    assert moved is not None
    assert titles(ask, workflow_id) == "abdc"
    assert ask(remove_workflow_task, workflow_id=workflow_id, task_id=tasks["a"]) == 1
    assert ask(remove_workflow_task, workflow_id=workflow_id, task_id=tasks["a"]) == 0
    assert titles(ask, workflow_id) == "bdc"
    moved = ask(set_workflow_task_position, workflow_id=workflow_id, task_id=tasks["a"], position=1)
    assert moved is None


def test_a_deleted_task_is_not_listed(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    tasks = [desk.task(title) for title in "ab"]
    for task in tasks:
        ask(add_workflow_task, workflow_id=workflow_id, task_id=task.id)
    ask(delete_task, task_id=tasks[1].id)
    assert titles(ask, workflow_id) == "a"
    ask(restore_task, task_id=tasks[1].id)
    assert titles(ask, workflow_id) == "ab"


def test_a_task_knows_its_workflows(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    task = desk.task()
    assert ask(list_workflows_of_task, task_id=task.id) == []
    ask(add_workflow_task, workflow_id=workflow_id, task_id=task.id)
    (found,) = ask(list_workflows_of_task, task_id=task.id)
    assert (found.id, found.position) == (workflow_id, 1)
    ask(delete_workflow, workflow_id=workflow_id)
    assert ask(list_workflows_of_task, task_id=task.id) == []


def test_a_task_of_another_project_is_refused(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    far = Desk(desk.connection, "far").task()
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_TASKS_ARE_OF_THE_PROJECT):
        ask(add_workflow_task, workflow_id=workflow_id, task_id=far.id)
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_TASKS_TASK_ID_FKEY):
        ask(add_workflow_task, workflow_id=workflow_id, task_id=NOBODY)
    near = desk.task()
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_TASKS_WORKFLOW_ID_FKEY):
        ask(add_workflow_task, workflow_id=NOBODY, task_id=near.id)
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_TASKS_POSITION_POSITIVE):
        ask(add_workflow_task, workflow_id=workflow_id, task_id=near.id, position=0)
    assert titles(ask, workflow_id) == ""
