"""Spellings of statuses are there to be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine.errors import RuleBroken
from taskspine.queries.task_status_aliases import (
    get_task_status_by_alias,
    list_task_status_aliases,
    set_task_status_alias,
)

if TYPE_CHECKING:
    from asking import Ask


def test_the_spellings_of_other_vocabularies_are_listed(ask: Ask) -> None:
    aliases = {row.alias: row.status for row in ask(list_task_status_aliases)}
    assert (aliases["done"], aliases["todo"], aliases["on_hold"]) == (
        "completed", "pending", "blocked",
    )  # fmt: skip
    assert list(aliases) == sorted(aliases)


def test_a_spelling_is_resolved_whatever_its_form(ask: Ask) -> None:
    spellings = {"In-Progress": "in_progress", " to do ": "pending", "DONE": "completed"}
    for spelling, status in spellings.items():
        found = ask(get_task_status_by_alias, alias=spelling)
        assert found is not None
        assert found.status == status
    assert ask(get_task_status_by_alias, alias="whatever") is None


def test_a_spelling_is_learnt_and_changed(ask: Ask) -> None:
    ask(set_task_status_alias, alias="peer_review", status="blocked")
    ask(set_task_status_alias, alias="peer_review", status="review")
    found = ask(get_task_status_by_alias, alias="Peer Review")
    assert found is not None
    assert found.status == "review"
    with pytest.raises(RuleBroken, match="task_status_aliases_are_folded"):
        ask(set_task_status_alias, alias="Peer Review", status="review")
