"""What is outside of the database holds tasks until somebody says that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_executions import claim_task
from taskspine.queries.task_external_dependencies import (
    batch_create_task_external_dependency,
    create_task_external_dependency,
    list_task_external_dependencies,
    remove_task_external_dependency,
    reopen_task_external_dependency,
    resolve_task_external_dependency,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_task_waits_until_somebody_says_that_it_is_there(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    made = ask(
        create_task_external_dependency,
        task_id=task.id,
        target="the vendor",
        metadata={"ticket": 7},
        created_by="ada",
    )
    assert made is not None
    assert (made.satisfied_at, made.metadata, made.created_by) == (None, {"ticket": 7}, "ada")
    wanted = {"agent_id": desk.agent_id, "project_id": desk.project_id}
    assert ask(claim_task, **wanted) is None
    there = ask(resolve_task_external_dependency, dependency_id=made.id, satisfied_by="bob")
    assert there is not None
    assert there.satisfied_by == "bob"
    again = ask(resolve_task_external_dependency, dependency_id=made.id, satisfied_by="eve")
    assert again == there, "who said so first is kept"
    assert ask(claim_task, **wanted) is not None
    with pytest.raises(RuleBroken, match=rules.TASK_EXTERNAL_DEPENDENCIES_ADDED_WHILE_NOT_RUNNING):
        ask(reopen_task_external_dependency, dependency_id=made.id)


def test_what_is_not_there_after_all_is_waited_for_again(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    made = ask(create_task_external_dependency, task_id=task.id, target="the vendor")
    assert made is not None
    ask(resolve_task_external_dependency, dependency_id=made.id)
    reopened = ask(reopen_task_external_dependency, dependency_id=made.id)
    assert reopened is not None
    assert (reopened.satisfied_at, reopened.satisfied_by) == (None, None)
    assert desk.state(task).open_blockers == 1
    changed = ask(
        create_task_external_dependency,
        task_id=task.id,
        target="the vendor",
        description="of the parts",
    )
    assert changed is not None
    assert (changed.id, changed.description) == (made.id, "of the parts")
    assert desk.state(task).open_blockers == 1
    assert ask(remove_task_external_dependency, dependency_id=made.id) == 1
    assert ask(remove_task_external_dependency, dependency_id=made.id) == 0
    assert desk.state(task).open_blockers == 0
    assert ask(resolve_task_external_dependency, dependency_id=NOBODY) is None
    assert ask(reopen_task_external_dependency, dependency_id=NOBODY) is None


def test_many_are_written_down_at_once_and_listed(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    batch_create_task_external_dependency(
        desk.connection,
        [
            {
                "task_id": task.id,
                "target": target,
                "description": None,
                "metadata": None,
                "created_by": "import",
            }
            for target in ("one", "two")
        ],
    )
    listed = ask(list_task_external_dependencies, task_id=task.id)
    assert [row.target for row in listed] == ["one", "two"]
    assert ask(list_task_external_dependencies, task_id=NOBODY) == []
