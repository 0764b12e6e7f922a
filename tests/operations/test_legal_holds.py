"""Holds are ordered, listed and released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.legal_holds import (
    create_legal_hold,
    list_legal_holds,
    release_legal_hold,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_hold_is_ordered_and_released_once(ask: Ask, desk: Desk) -> None:
    hold = ask(create_legal_hold, project_id=desk.project_id, reason="a case", ordered_by="ada")
    assert [row.id for row in ask(list_legal_holds, is_in_force=True)] == [hold.id]
    released = ask(release_legal_hold, legal_hold_id=hold.id, released_by="bob")
    assert released is not None
    assert (released.project_id, released.released_by) == (desk.project_id, "bob")
    assert ask(release_legal_hold, legal_hold_id=hold.id, released_by="bob") is None
    assert ask(list_legal_holds, is_in_force=True) == []
    assert [row.released_by for row in ask(list_legal_holds, is_in_force=None)] == ["bob"]


def test_a_hold_is_of_a_project_that_exists(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.LEGAL_HOLDS_PROJECT_ID_FKEY):
        ask(create_legal_hold, project_id=NOBODY, reason="a case", ordered_by="ada")
