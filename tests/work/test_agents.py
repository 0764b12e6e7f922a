"""Agents are registered, listed, and stopped from claiming."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.agents import (
    get_agent_by_name,
    list_agents,
    register_agent,
    set_agent_active,
)
from taskspine.queries.task_executions import claim_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


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
    with pytest.raises(RuleBroken, match=rules.AGENTS_CAPABILITIES_IS_ARRAY):
        ask(register_agent, name="ada", capabilities={"python": True})


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
