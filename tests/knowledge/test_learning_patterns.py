"""What was learnt is kept by its signs, and found by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.learning_patterns import (
    CreateLearningPatternItem,
    UpdateLearningPatternItem,
    batch_create_learning_pattern,
    batch_update_learning_pattern,
    create_learning_pattern,
    delete_learning_pattern,
    erase_learning_pattern,
    get_learning_pattern,
    list_learning_patterns,
    restore_learning_pattern,
    update_learning_pattern,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def create(ask: Ask, name: str, **named: Any) -> Any:
    return ask(create_learning_pattern, **{"name": name, "type": "success"} | named)


def test_a_pattern_is_created_found_and_changed(ask: Ask, desk: Desk) -> None:
    made = create(
        ask,
        "small steps",
        project_id=desk.project_id,
        indicators=[{"files": "many"}],
        suggestions=["divide"],
        confidence=0.8,
        description="it helps",
    )
    assert (float(made.confidence), made.suggestions) == (0.8, ["divide"])
    found = ask(get_learning_pattern, learning_pattern_id=made.id)
    assert found is not None
    assert (found.name, found.updated_at) == ("small steps", made.updated_at)
    row = ask(
        update_learning_pattern,
        learning_pattern_id=made.id,
        is_active=False,
        cleared=["description", "project_id"],
    )
    assert row is not None
    assert (row.is_active, row.description, row.project_id) == (False, None, None)
    assert (row.name, row.indicators) == ("small steps", [{"files": "many"}])


def test_a_pattern_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_learning_pattern, learning_pattern_id=NOBODY) is None
    assert ask(update_learning_pattern, learning_pattern_id=NOBODY) is None
    assert ask(restore_learning_pattern, learning_pattern_id=NOBODY) is None


def test_many_are_created_and_changed_in_one_round_trip(desk: Desk) -> None:
    nothing = dict.fromkeys(
        [*CreateLearningPatternItem.__annotations__, *UpdateLearningPatternItem.__annotations__]
    )
    shared = nothing | {"type": "success"}
    made = batch_create_learning_pattern(
        desk.connection, [shared | {"name": name} for name in ("a", "b")]
    )
    changed = batch_update_learning_pattern(
        desk.connection,
        [nothing | {"learning_pattern_id": row.id, "type": "failure"} for row in made],
    )
    assert [row.type for row in changed if row] == ["failure", "failure"]


def test_patterns_are_listed_by_criteria_in_an_order(ask: Ask, desk: Desk) -> None:
    create(ask, "b", confidence=0.9, indicators=[{"language": "sql"}])
    create(ask, "a", confidence=0.2, project_id=desk.project_id)
    create(ask, "c", type="failure")

    def names(**named: Any) -> str:
        return "".join(row.name for row in ask(list_learning_patterns, **named))

    assert names() == "bac"
    assert names(is_descending=True) == "cab"
    assert names(order_by="name") == "abc"
    assert names(order_by="name", is_descending=True) == "cba"
    assert names(order_by="confidence") == "acb"
    assert names(order_by="confidence", is_descending=True) == "bca"
    assert names(project_id=NOBODY) == "bc"
    assert names(project_id=desk.project_id) == "bac"
    assert names(type="failure") == "c"
    assert names(is_active=False) == ""
    assert names(least_confidence=0.5) == "bc"
    assert names(indicators=[{"language": "sql"}]) == "b"
    assert names(page_size=1, page_start=2) == "c"


def test_a_deleted_pattern_gives_its_name_free(ask: Ask) -> None:
    made = create(ask, "small steps")
    with pytest.raises(RuleBroken, match=rules.LEARNING_PATTERNS_NAMES_ARE_UNIQUE):
        create(ask, "small steps")
    assert ask(erase_learning_pattern, learning_pattern_id=made.id) == 0
    assert ask(delete_learning_pattern, learning_pattern_id=made.id) == 1
    assert ask(delete_learning_pattern, learning_pattern_id=made.id) == 0
    assert ask(list_learning_patterns) == []
    other = create(ask, "small steps")
    with pytest.raises(RuleBroken, match=rules.LEARNING_PATTERNS_NAMES_ARE_UNIQUE):
        ask(restore_learning_pattern, learning_pattern_id=made.id)
    ask(delete_learning_pattern, learning_pattern_id=other.id)
    assert ask(restore_learning_pattern, learning_pattern_id=made.id) is not None
    assert ask(erase_learning_pattern, learning_pattern_id=other.id) == 1
