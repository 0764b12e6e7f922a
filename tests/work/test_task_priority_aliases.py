"""Words for priorities are there to be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_priority_aliases import list_task_priority_aliases

if TYPE_CHECKING:
    from asking import Ask


def test_the_words_for_priorities_are_listed(ask: Ask) -> None:
    words = {row.alias: row.priority for row in ask(list_task_priority_aliases)}
    assert [words[each] for each in ("low", "medium", "high", "critical")] == [3, 5, 8, 10]
    assert list(words) == sorted(words)
