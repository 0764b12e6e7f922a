"""How well a pattern helps follows from its applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.runtime import only
from taskspine.queries.learning_pattern_applications import record_learning_pattern_application
from taskspine.queries.learning_patterns import create_learning_pattern
from taskspine.queries.learning_patterns_effectiveness import (
    get_learning_pattern_effectiveness,
    list_learning_patterns_effectiveness,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_patterns_are_listed_by_how_well_they_help(ask: Ask, desk: Desk) -> None:
    for name, outcomes in (("never", ()), ("half", (True, False)), ("always", (True, None))):
        pattern = only(create_learning_pattern(desk.connection, name=name, type="success"))
        for outcome in outcomes:
            ask(
                record_learning_pattern_application,
                learning_pattern_id=pattern.id,
                is_effective=outcome,
            )
    rows = ask(list_learning_patterns_effectiveness)
    assert [(row.name, row.application_count, row.effectiveness) for row in rows] == [
        ("always", 2, 1),
        ("half", 2, 0.5),
        ("never", 0, None),
    ]
    assert ask(list_learning_patterns_effectiveness, type="failure") == []
    half = ask(get_learning_pattern_effectiveness, learning_pattern_id=rows[1].learning_pattern_id)
    assert half is not None
    assert (half.effective_count, half.ineffective_count) == (1, 1)
    assert ask(get_learning_pattern_effectiveness, learning_pattern_id=NOBODY) is None
