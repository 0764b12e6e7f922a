"""Each application of a pattern is kept, with whether it helped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist.runtime import only
from taskspine.queries.learning_pattern_applications import (
    RecordLearningPatternApplicationItem,
    batch_record_learning_pattern_application,
    list_learning_pattern_applications,
    record_learning_pattern_application,
    set_learning_pattern_outcome,
)
from taskspine.queries.learning_patterns import create_learning_pattern
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


@pytest.fixture
def pattern_id(desk: Desk) -> UUID:
    return only(create_learning_pattern(desk.connection, name="small steps", type="success")).id


def test_an_application_is_recorded_and_judged(ask: Ask, desk: Desk, pattern_id: UUID) -> None:
    task = desk.task()
    claim = desk.claim()
    applied = ask(
        record_learning_pattern_application,
        learning_pattern_id=pattern_id,
        execution_id=claim.execution_id,
        notes="tried",
    )
    assert applied is not None
    assert (applied.task_id, applied.is_effective) == (task.id, None)
    told = ask(
        set_learning_pattern_outcome, learning_pattern_application_id=applied.id, is_effective=True
    )
    assert told is not None
    assert (told.is_effective, told.notes) == (True, "tried")
    assert ask(list_learning_pattern_applications, learning_pattern_id=pattern_id) == [told]
    assert ask(list_learning_pattern_applications, task_id=task.id) == [told]
    assert ask(list_learning_pattern_applications, task_id=NOBODY) == []
    assert ask(set_learning_pattern_outcome, learning_pattern_application_id=0) is None


def test_many_are_recorded_in_one_round_trip(desk: Desk, pattern_id: UUID) -> None:
    nothing = dict.fromkeys(RecordLearningPatternApplicationItem.__annotations__)
    shared = nothing | {"learning_pattern_id": pattern_id}
    rows = batch_record_learning_pattern_application(
        desk.connection, [shared | {"is_effective": helped} for helped in (True, None)]
    )
    assert [row.is_effective for row in rows] == [True, None]
