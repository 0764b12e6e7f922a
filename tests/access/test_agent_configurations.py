"""Agents find the settings that apply to them, and know which version these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist.runtime import only
from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.agent_configurations import (
    batch_create_agent_configuration,
    batch_update_agent_configuration,
    create_agent_configuration,
    delete_agent_configuration,
    get_agent_configuration,
    get_applicable_agent_configuration,
    list_agent_configuration_versions,
    list_agent_configurations,
    update_agent_configuration,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from taskspine.enums import AgentConfigurationOrder


def test_a_configuration_is_created_and_got(ask: Ask, desk: Desk) -> None:
    made = ask(
        create_agent_configuration,
        project_id=desk.project_id,
        agent_type="codegen",
        name="careful",
        configuration={"model": "a"},
        capabilities=["sql"],
        constraints={"most_hours": 2},
        is_active=False,
    )
    assert (made.configuration, made.capabilities) == ({"model": "a"}, ["sql"])
    assert (made.constraints, made.version, made.is_active) == ({"most_hours": 2}, 1, False)
    assert ask(get_agent_configuration, agent_configuration_id=made.id) == made
    assert ask(get_agent_configuration, agent_configuration_id=NOBODY) is None


def test_what_is_not_said_has_a_default(ask: Ask) -> None:
    made = ask(create_agent_configuration, agent_type="codegen")
    assert (made.project_id, made.name, made.is_active) == (None, "default", True)
    assert (made.configuration, made.capabilities, made.constraints) == ({}, [], {})
    with pytest.raises(RuleBroken, match=rules.AGENT_CONFIGURATIONS_PROJECT_ID_AGENT_TYPE_NAME_KEY):
        ask(create_agent_configuration, agent_type="codegen", name="default")


def test_the_projects_own_configuration_comes_before_the_one_for_all(ask: Ask, desk: Desk) -> None:
    agent = desk.agent_id  # of type general

    def applicable(name: str | None = None) -> object:
        found = ask(
            get_applicable_agent_configuration,
            agent_id=agent,
            project_id=desk.project_id,
            name=name,
        )
        return found and found.configuration

    assert applicable() is None
    ask(create_agent_configuration, agent_type="general", configuration={"of": "all"})
    ask(create_agent_configuration, agent_type="codegen", configuration={"of": "others"})
    ask(create_agent_configuration, agent_type="general", name="fast", configuration={"is": "fast"})
    assert applicable() == {"of": "all"}
    own = ask(
        create_agent_configuration,
        project_id=desk.project_id,
        agent_type="general",
        configuration={"of": "desk"},
    )
    assert applicable() == {"of": "desk"}
    assert applicable("fast") == {"is": "fast"}
    everywhere = ask(get_applicable_agent_configuration, agent_id=agent)
    assert everywhere is not None
    assert everywhere.configuration == {"of": "all"}
    ask(update_agent_configuration, agent_configuration_id=own.id, is_active=False)
    assert applicable() == {"of": "all"}
    assert ask(get_applicable_agent_configuration, agent_id=NOBODY) is None


def test_an_update_changes_what_it_names_and_counts_the_version(ask: Ask) -> None:
    made = ask(create_agent_configuration, agent_type="codegen", configuration={"model": "a"})
    renamed = ask(update_agent_configuration, agent_configuration_id=made.id, name="fast")
    assert renamed is not None
    assert (renamed.name, renamed.configuration, renamed.version) == ("fast", {"model": "a"}, 1)
    changed = ask(
        update_agent_configuration,
        agent_configuration_id=made.id,
        configuration={"model": "b"},
        capabilities=["sql"],
        constraints={"x": 1},
        expected_version=1,
    )
    assert changed is not None
    assert (changed.configuration, changed.version, changed.is_active) == ({"model": "b"}, 2, True)
    overtaken = ask(
        update_agent_configuration,
        agent_configuration_id=made.id,
        configuration={},
        expected_version=1,
    )
    assert overtaken is None
    latest, first = ask(list_agent_configuration_versions, agent_configuration_id=made.id)
    assert (first.version, latest.version) == (1, 2)
    assert isinstance(latest.old_values, dict)
    assert latest.old_values["configuration"] == {"model": "a"}
    assert ask(delete_agent_configuration, agent_configuration_id=made.id) == 1
    assert ask(delete_agent_configuration, agent_configuration_id=made.id) == 0


@pytest.mark.parametrize(
    ("order_by", "names"),
    [
        (None, ["a", "b", "c"]),
        ("name", ["a", "b", "c"]),
        ("agent_type", ["b", "c", "a"]),
        ("created_at", ["c", "a", "b"]),
        ("updated_at", ["a", "b", "c"]),
    ],
)
def test_configurations_are_listed_in_any_order(
    ask: Ask, connection: Connection, order_by: AgentConfigurationOrder | None, names: list[str]
) -> None:
    made = batch_create_agent_configuration(
        connection,
        [
            {
                "project_id": None,
                "agent_type": agent_type,
                "name": name,
                "configuration": None,
                "capabilities": None,
                "constraints": None,
                "is_active": None,
            }
            for agent_type, name in (("y", "c"), ("z", "a"), ("x", "b"))
        ],
    )
    batch_update_agent_configuration(
        connection,
        [
            {
                "agent_configuration_id": row.id,
                "name": None,
                "configuration": {"new": True},
                "capabilities": None,
                "constraints": None,
                "is_active": None,
                "expected_version": None,
            }
            for row in sorted(made, key=lambda row: only(row).name)
            if row is not None
        ],
    )
    found = ask(list_agent_configurations, order_by=order_by)
    assert [row.name for row in found] == names
    back = ask(list_agent_configurations, order_by=order_by, is_descending=True)
    assert [row.name for row in back] == names[::-1]
    page = ask(list_agent_configurations, order_by=order_by, page_size=1, page_start=1)
    assert [row.name for row in page] == names[1:2]


def test_each_criterion_leaves_out_the_others(ask: Ask, desk: Desk) -> None:
    ask(create_agent_configuration, agent_type="x", name="for all", is_active=False)
    ask(create_agent_configuration, agent_type="y", project_id=desk.project_id, name="for one")
    assert [row.name for row in ask(list_agent_configurations, agent_type="x")] == ["for all"]
    assert [row.name for row in ask(list_agent_configurations, is_active=True)] == ["for one"]
    found = ask(list_agent_configurations, project_id=desk.project_id)
    assert [row.name for row in found] == ["for one"]
