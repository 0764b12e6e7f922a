"""Components register themselves, are found, changed, deleted, restored and erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.migrations.seeding import seed
from taskspine.queries.components import (
    batch_create_component,
    batch_register_component,
    batch_update_component,
    create_component,
    delete_component,
    erase_component,
    get_component,
    get_component_by_name,
    list_components,
    register_component,
    restore_component,
    update_component,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from taskspine.queries.components import CreateComponentItem


def test_a_component_is_created_and_found(ask: Ask) -> None:
    made = ask(
        create_component,
        name="planner",
        type="manager",
        version="1.2",
        endpoint="grpc://planner:50051",
        health_check_url="https://planner/health",
        configuration={"threads": 4},
        capabilities=["plan"],
    )
    assert ask(get_component, component_id=made.id) == made
    assert ask(get_component_by_name, name="planner") == made
    assert (made.version, made.configuration, made.capabilities) == (
        "1.2",
        {"threads": 4},
        ["plan"],
    )


def test_a_name_is_taken_once(ask: Ask) -> None:
    ask(create_component, name="planner", type="manager")
    with pytest.raises(RuleBroken, match=rules.COMPONENTS_NAME_UNIQUE_AMONG_THE_LIVING):
        ask(create_component, name="planner", type="deployer")


def test_a_component_registers_as_often_as_it_starts(ask: Ask) -> None:
    first = ask(register_component, name="planner", type="manager", version="1", capabilities=["a"])
    again = ask(register_component, name="planner", type="manager", version="2")
    assert (again.id, again.version, again.capabilities) == (first.id, "2", ["a"])
    deleted = ask(delete_component, component_id=first.id)
    other = ask(register_component, name="planner", type="manager")
    assert (deleted, other.id == first.id, other.version) == (1, False, None)


def test_components_are_created_registered_and_changed_in_one_round_trip(
    connection: Connection,
) -> None:
    item: CreateComponentItem = {
        "name": "a",
        "type": "manager",
        "version": None,
        "endpoint": None,
        "health_check_url": None,
        "configuration": None,
        "capabilities": None,
    }
    made = batch_create_component(connection, [item, item | {"name": "b"}])
    known = batch_register_component(
        connection, [item | {"name": each.name, "version": "1"} for each in made]
    )
    changed = batch_update_component(
        connection,
        [
            item | {"component_id": each.id, "name": None, "version": "2", "cleared": None}
            for each in known
        ],
    )
    assert [(each.id, each.version) for each in changed if each] == [
        (each.id, "2") for each in made
    ]


def test_what_is_none_stays_and_what_is_cleared_goes(ask: Ask) -> None:
    made = ask(create_component, name="a", type="manager", version="1", endpoint="http://a")
    changed = ask(update_component, component_id=made.id, name="b", cleared=["version"])
    assert changed is not None
    assert (changed.name, changed.version, changed.endpoint) == ("b", None, "http://a")
    cleared = ask(update_component, component_id=made.id, cleared=["endpoint", "health_check_url"])
    assert cleared is not None
    assert (cleared.endpoint, cleared.health_check_url, cleared.type) == (None, None, "manager")


def test_components_are_listed_in_any_order(ask: Ask) -> None:
    made = [
        ask(create_component, name=name, type=type_, capabilities=[name])
        for name, type_ in (("b", "deployer"), ("a", "manager"), ("c", "analyzer"))
    ]
    orders = {
        (order, is_descending): "".join(
            row.name for row in ask(list_components, order_by=order, is_descending=is_descending)
        )
        for order in (None, "name", "type", "created_at", "updated_at")
        for is_descending in (False, True)
    }
    ascending = {
        None: "abc",
        "name": "abc",
        "type": "cba",
        "created_at": "bac",
        "updated_at": "bac",
    }
    assert orders == {
        (order, is_descending): names[::-1] if is_descending else names
        for order, names in ascending.items()
        for is_descending in (False, True)
    }
    assert [row.name for row in ask(list_components, type="deployer")] == ["b"]
    assert [row.name for row in ask(list_components, capability="c")] == ["c"]
    assert [row.name for row in ask(list_components, page_size=1, page_start=1)] == ["b"]
    ask(delete_component, component_id=made[0].id)
    assert [row.name for row in ask(list_components)] == ["a", "c"]


def test_a_component_is_deleted_restored_and_erased(ask: Ask) -> None:
    made = ask(create_component, name="a", type="manager")
    assert ask(erase_component, component_id=made.id) == 0
    assert ask(delete_component, component_id=made.id) == 1
    assert ask(delete_component, component_id=made.id) == 0
    assert ask(get_component_by_name, name="a") is None
    assert ask(update_component, component_id=made.id, name="b") is None
    found = ask(get_component, component_id=made.id)
    assert found is not None
    assert found.deleted_at is not None
    restored = ask(restore_component, component_id=made.id)
    assert restored is not None
    assert restored.deleted_at is None
    assert ask(restore_component, component_id=made.id) is None
    ask(delete_component, component_id=made.id)
    ask(create_component, name="a", type="manager")
    with pytest.raises(RuleBroken, match=rules.COMPONENTS_NAME_UNIQUE_AMONG_THE_LIVING):
        ask(restore_component, component_id=made.id)
    assert ask(erase_component, component_id=made.id) == 1
    assert ask(get_component, component_id=made.id) is None


def test_a_component_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_component, component_id=NOBODY) is None
    assert ask(get_component_by_name, name="nobody") is None
    assert ask(update_component, component_id=NOBODY, name="b") is None
    assert ask(delete_component, component_id=NOBODY) == 0


def test_a_default_component_that_was_deleted_stays_deleted(
    database_url: str, connection: Connection
) -> None:
    seed(database_url)
    found = get_component_by_name(connection, name="task_manager")
    assert found is not None
    delete_component(connection, component_id=found.id)
    assert seed(database_url)["components"] == 0
    assert get_component_by_name(connection, name="task_manager") is None
