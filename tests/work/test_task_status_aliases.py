"""Spellings of statuses are there to be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_status_aliases import list_task_status_aliases

if TYPE_CHECKING:
    from asking import Ask


def test_the_spellings_of_other_vocabularies_are_listed(ask: Ask) -> None:
    aliases = {row.alias: row.status for row in ask(list_task_status_aliases)}
    assert (aliases["done"], aliases["todo"], aliases["on_hold"]) == (
        "completed", "pending", "blocked",
    )  # fmt: skip
    assert list(aliases) == sorted(aliases)
