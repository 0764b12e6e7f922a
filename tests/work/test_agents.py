"""Agents are registered, listed, and stopped from claiming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.agents import (
    batch_create_agent,
    batch_update_agent,
    create_agent,
    erase_agent,
    get_agent,
    get_agent_by_name,
    list_agents,
    register_agent,
    set_agent_active,
    update_agent,
)
from taskspine.queries.task_executions import claim_task, list_task_executions
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_an_agent_is_registered_once_and_brought_up_to_date(ask: Ask) -> None:
    first = ask(register_agent, name="ada", capabilities=["python"])
    assert first is not None
    assert (first.type, first.capabilities, first.is_active) == ("general", ["python"], True)
    again = ask(register_agent, name="ada", type="codegen")
    assert again is not None
    assert (again.id, again.type, again.capabilities) == (first.id, "codegen", ["python"])
    ask(register_agent, name="grace")
    assert [row.name for row in ask(list_agents)] == ["ada", "grace"]


def test_an_agent_is_found_by_its_name(ask: Ask) -> None:
    assert ask(get_agent_by_name, name="ada") is None
    assert ask(list_agents) == []
    agent = ask(register_agent, name="ada")
    found = ask(get_agent_by_name, name="ada")
    assert found is not None
    assert agent is not None
    assert found.id == agent.id


def test_a_name_is_not_blank(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.AGENTS_NAME_HAS_1_TO_200_CHARACTERS):
        ask(register_agent, name=" ")
    with pytest.raises(RuleBroken, match=rules.AGENTS_CAPABILITIES_IS_ARRAY_OF_WORDS):
        ask(register_agent, name="ada", capabilities={"python": True})


def test_an_agent_is_created_once_and_changed_in_part(ask: Ask) -> None:
    agent = ask(create_agent, name="ada", type="codegen", preferences={"model": "small"})
    assert agent is not None
    assert (agent.capabilities, agent.preferences) == ([], {"model": "small"})
    with pytest.raises(RuleBroken, match=rules.AGENTS_NAME_KEY):
        ask(create_agent, name="ada")
    changed = ask(update_agent, agent_id=agent.id, capabilities=["sql"])
    assert changed is not None
    assert (changed.name, changed.type, changed.capabilities) == ("ada", "codegen", ["sql"])
    found = ask(get_agent, agent_id=agent.id)
    assert found is not None
    assert found.preferences == {"model": "small"}
    assert ask(get_agent, agent_id=NOBODY) is None
    assert ask(update_agent, agent_id=NOBODY, name="eve") is None


def test_agents_are_found_by_what_they_can_do(ask: Ask, connection: Connection) -> None:
    made = batch_create_agent(
        connection,
        [
            {"name": name, "type": kind, "capabilities": words, "preferences": None}
            for name, kind, words in (
                ("c", "codegen", ["python", "sql"]), ("a", "codegen", ["sql"]), ("b", "review", []),
            )
        ],
    )  # fmt: skip

    def names(**wanted: Any) -> str:
        return "".join(row.name for row in ask(list_agents, **wanted))

    assert names() == "abc"
    assert names(capability="sql") == "ac"
    assert names(type="codegen", capability="python") == "c"
    assert names(order_by="type", is_descending=True) == "bac"
    assert names(order_by="created_at") == "cab"
    assert names(page_size=1, page_start=1) == "b"
    batch_update_agent(
        connection,
        [
            {
                "agent_id": row.id,
                "name": None,
                "type": None,
                "capabilities": ["go"],
                "preferences": None,
            }
            for row in made
            if row is not None
        ],
    )
    assert names(capability="go", is_active=True) == "abc"
    assert names(is_active=False) == ""


def test_an_agent_is_erased_once_it_is_inactive(ask: Ask, desk: Desk) -> None:
    task = desk.completed()
    assert ask(erase_agent, agent_id=desk.agent_id) == 0
    ask(set_agent_active, agent_id=desk.agent_id, is_active=False)
    assert ask(erase_agent, agent_id=desk.agent_id) == 1
    (attempt,) = ask(list_task_executions, task_id=task.id)
    assert attempt.agent_id is None


def test_an_inactive_agent_claims_nothing(ask: Ask, desk: Desk) -> None:
    desk.task()
    agent = ask(set_agent_active, agent_id=desk.agent_id, is_active=False)
    assert agent is not None
    assert not agent.is_active
    assert ask(claim_task, agent_id=desk.agent_id, project_id=desk.project_id) is None
    again = ask(register_agent, name="ada")
    assert again is not None
    assert not again.is_active
    ask(set_agent_active, agent_id=desk.agent_id, is_active=True)
    assert ask(claim_task, agent_id=desk.agent_id, project_id=desk.project_id) is not None
    assert ask(set_agent_active, agent_id=NOBODY, is_active=True) is None
