"""Words for kinds of dependencies are listed and added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_dependency_kind_aliases import (
    list_task_dependency_kind_aliases,
    set_task_dependency_kind_alias,
)

if TYPE_CHECKING:
    from asking import Ask


def test_words_stand_for_kinds_or_for_the_parent(ask: Ask) -> None:
    known = {row.alias: row.kind for row in ask(list_task_dependency_kind_aliases)}
    assert (known["depends_on"], known["requires"], known["subtask_of"]) == (
        "blocks", "blocks", None,
    )  # fmt: skip
    added = ask(set_task_dependency_kind_alias, alias="awaits", kind="blocks")
    assert added is not None
    assert (added.alias, added.kind) == ("awaits", "blocks")
    changed = ask(set_task_dependency_kind_alias, alias="awaits")
    assert changed is not None
    assert changed.kind is None
    with pytest.raises(RuleBroken, match=rules.TASK_DEPENDENCY_KIND_ALIASES_ARE_FOLDED):
        ask(set_task_dependency_kind_alias, alias="Waits For")
