"""Each use of a template is kept, with how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist.runtime import only
from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.template_usage import (
    RecordTemplateUsageItem,
    batch_record_template_usage,
    list_template_usage,
    record_template_usage,
    set_template_usage_outcome,
)
from taskspine.queries.templates import create_template
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


@pytest.fixture
def template_id(desk: Desk) -> UUID:
    return only(create_template(desk.connection, name="hi", type="prompt", content="Hello")).id


def test_a_use_is_recorded_and_told_how_it_went(ask: Ask, desk: Desk, template_id: UUID) -> None:
    task = desk.task()
    claim = desk.claim()
    used = ask(
        record_template_usage,
        template_id=template_id,
        execution_id=claim.execution_id,
        variables={"name": "Ada"},
    )
    assert used is not None
    assert (used.task_id, used.is_success, used.variables) == (task.id, None, {"name": "Ada"})
    told = ask(set_template_usage_outcome, template_usage_id=used.id, is_success=True, rating=4)
    assert told is not None
    told = ask(set_template_usage_outcome, template_usage_id=used.id, feedback="good")
    assert told is not None
    assert (told.is_success, told.rating, told.feedback) == (True, 4, "good")
    assert ask(list_template_usage, template_id=template_id) == [told]
    assert ask(list_template_usage, task_id=task.id) == [told]
    assert ask(list_template_usage, task_id=NOBODY) == []
    assert ask(set_template_usage_outcome, template_usage_id=0) is None


def test_many_uses_are_recorded_in_one_round_trip(desk: Desk, template_id: UUID) -> None:
    nothing = dict.fromkeys(RecordTemplateUsageItem.__annotations__)
    rows = batch_record_template_usage(
        desk.connection, [nothing | {"template_id": template_id, "rating": n} for n in (1, 5)]
    )
    assert [row.rating for row in rows] == [1, 5]


def test_a_rating_has_a_range(ask: Ask, template_id: UUID) -> None:
    with pytest.raises(RuleBroken, match=rules.TEMPLATE_USAGE_RATING_IN_RANGE):
        ask(record_template_usage, template_id=template_id, rating=6)
