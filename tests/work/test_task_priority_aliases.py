"""Words for priorities are there to be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine.errors import RuleBroken
from taskspine.queries.task_priority_aliases import (
    get_task_priority_by_alias,
    list_task_priority_aliases,
    set_task_priority_alias,
)

if TYPE_CHECKING:
    from asking import Ask


def test_the_words_for_priorities_are_listed(ask: Ask) -> None:
    words = {row.alias: row.priority for row in ask(list_task_priority_aliases)}
    assert [words[each] for each in ("low", "medium", "high", "critical")] == [3, 5, 8, 10]
    assert list(words) == sorted(words)


def test_a_word_is_resolved_whatever_its_form(ask: Ask) -> None:
    ask(set_task_priority_alias, alias="show_stopper", priority=9)
    ask(set_task_priority_alias, alias="show_stopper", priority=10)
    for word, priority in {"High": 8, "Show-Stopper": 10}.items():
        found = ask(get_task_priority_by_alias, alias=word)
        assert found is not None
        assert found.priority == priority
    assert ask(get_task_priority_by_alias, alias="whatever") is None
    with pytest.raises(RuleBroken, match="task_priority_aliases_priority_in_range"):
        ask(set_task_priority_alias, alias="show_stopper", priority=11)
