"""Workflows are created, changed, listed, deleted and brought back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.workflow_tasks import add_workflow_task
from taskspine.queries.workflows import (
    batch_create_workflow,
    batch_update_workflow,
    create_workflow,
    delete_workflow,
    erase_workflow,
    get_workflow,
    list_workflows,
    restore_workflow,
    set_workflow_status,
    update_workflow,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


def test_a_workflow_is_created_and_got(ask: Ask, desk: Desk) -> None:
    made = ask(
        create_workflow,
        project_id=desk.project_id,
        name="release",
        description="every Friday",
        requirements={"goal": "1.0"},
        configuration={"parallel": 2},
        metadata={"by": "ada"},
        phase="planning",
        state={"cursor": None},
    )
    assert (made.name, made.description, made.phase) == ("release", "every Friday", "planning")
    assert (made.requirements, made.configuration) == ({"goal": "1.0"}, {"parallel": 2})
    assert (made.metadata, made.state, made.status) == ({"by": "ada"}, {"cursor": None}, "pending")
    assert ask(get_workflow, workflow_id=made.id) == made
    assert ask(get_workflow, workflow_id=NOBODY) is None
    with pytest.raises(RuleBroken, match=rules.WORKFLOWS_PROJECT_ID_FKEY):
        ask(create_workflow, project_id=NOBODY, name="release")
    with pytest.raises(RuleBroken, match=rules.WORKFLOWS_NAME_HAS_1_TO_200_CHARACTERS):
        ask(create_workflow, project_id=desk.project_id, name="")


def test_a_change_leaves_what_it_does_not_name(ask: Ask, desk: Desk) -> None:
    made = ask(
        create_workflow,
        project_id=desk.project_id,
        name="release",
        description="every Friday",
        phase="planning",
        state={"n": 1},
    )
    changed = ask(update_workflow, workflow_id=made.id, name="ship", state={"n": 2})
    assert changed is not None
    assert (changed.name, changed.state) == ("ship", {"n": 2})
    assert (changed.description, changed.phase) == ("every Friday", "planning")
    changed = ask(
        update_workflow,
        workflow_id=made.id,
        description="ignored, for it is cleared",
        requirements=["fast"],
        configuration={"a": 1},
        metadata={"b": 2},
        phase="building",
        cleared=["description"],
    )
    assert changed is not None
    assert (changed.description, changed.phase) == (None, "building")
    assert (changed.requirements, changed.configuration) == (["fast"], {"a": 1})
    assert (changed.name, changed.state, changed.metadata) == ("ship", {"n": 2}, {"b": 2})
    changed = ask(update_workflow, workflow_id=made.id, cleared=["phase"])
    assert changed is not None
    assert changed.phase is None
    assert ask(update_workflow, workflow_id=NOBODY, name="ship") is None


def test_many_are_created_and_changed_in_one_round_trip(desk: Desk) -> None:
    nothing = dict.fromkeys(
        ("description", "requirements", "configuration", "metadata", "phase", "state")
    )
    made = batch_create_workflow(
        desk.connection,
        [{"project_id": desk.project_id, "name": name, **nothing} for name in "abc"],
    )
    assert [row.name for row in made] == ["a", "b", "c"]
    changed = batch_update_workflow(
        desk.connection,
        [{"workflow_id": row.id, "name": row.name * 2, "cleared": None, **nothing} for row in made],
    )
    assert [row.name for row in changed if row] == ["aa", "bb", "cc"]


def test_a_workflow_moves_as_it_may(ask: Ask, workflow_id: UUID) -> None:
    running = ask(set_workflow_status, workflow_id=workflow_id, status="running")
    assert running is not None
    assert running.started_at is not None
    # Nobody has to say when it was completed.
    done = ask(set_workflow_status, workflow_id=workflow_id, status="completed")
    assert done is not None
    assert done.completed_at is not None
    with pytest.raises(RuleBroken, match=rules.WORKFLOWS_STATUS_FOLLOWS_MOVES):
        ask(set_workflow_status, workflow_id=workflow_id, status="paused")
    assert ask(set_workflow_status, workflow_id=NOBODY, status="running") is None


def test_a_deleted_workflow_is_not_listed_and_comes_back(
    ask: Ask, desk: Desk, workflow_id: UUID
) -> None:
    task = desk.task()
    ask(add_workflow_task, workflow_id=workflow_id, task_id=task.id)
    assert ask(erase_workflow, workflow_id=workflow_id) == 0
    assert ask(delete_workflow, workflow_id=workflow_id) == 1
    assert ask(delete_workflow, workflow_id=workflow_id) == 0
    assert ask(list_workflows) == []
    deleted = ask(get_workflow, workflow_id=workflow_id)
    assert deleted is not None
    assert deleted.deleted_at is not None
    restored = ask(restore_workflow, workflow_id=workflow_id)
    assert restored is not None
    assert restored.deleted_at is None
    assert ask(restore_workflow, workflow_id=workflow_id) is None
    assert ask(list_workflows) == [restored]
    ask(delete_workflow, workflow_id=workflow_id)
    assert ask(erase_workflow, workflow_id=workflow_id) == 1
    assert ask(get_workflow, workflow_id=workflow_id) is None
    assert desk.state(task).status == "pending"


def test_each_criterion_leaves_out_the_others(ask: Ask, desk: Desk) -> None:
    first = ask(create_workflow, project_id=desk.project_id, name="first", phase="planning")
    other = Desk(desk.connection, "other")
    second = ask(create_workflow, project_id=other.project_id, name="second")
    ask(set_workflow_status, workflow_id=second.id, status="running")

    def listed(**criteria: object) -> list[str]:
        return [row.name for row in ask(list_workflows, **criteria)]

    assert listed() == ["first", "second"]
    assert listed(project_id=desk.project_id) == ["first"]
    assert listed(status="running") == ["second"]
    assert listed(phase="planning") == ["first"]
    assert listed(name="second") == ["second"]
    assert listed(created_after=first.created_at) == ["second"]
    assert listed(created_after=datetime(2999, 1, 1, tzinfo=UTC)) == []


def test_workflows_come_in_the_order_asked_for(ask: Ask, desk: Desk) -> None:
    made = [ask(create_workflow, project_id=desk.project_id, name=name) for name in "bca"]
    ask(set_workflow_status, workflow_id=made[1].id, status="running")

    def listed(**order: object) -> str:
        return "".join(row.name for row in ask(list_workflows, **order))

    assert listed() == "bca"
    assert listed(is_descending=True) == "acb"
    assert listed(order_by="name") == "abc"
    assert listed(order_by="name", is_descending=True) == "cba"
    assert listed(order_by="status", is_descending=True) == "cba"
    assert listed(order_by="status") == "bac"
    assert listed(order_by="updated_at") == "bac"
    assert listed(order_by="updated_at", is_descending=True) == "cab"
    assert listed(order_by="name", page_size=1, page_start=1) == "b"
