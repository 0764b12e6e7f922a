"""The moves of a pull request are rows, and can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.pull_request_status_transitions import list_pull_request_status_transitions

if TYPE_CHECKING:
    from asking import Ask


def test_the_moves_from_a_status_are_listed(ask: Ask) -> None:
    moves = ask(list_pull_request_status_transitions, from_status="closed")
    assert [(move.to_status, move.meaning) for move in moves] == [
        ("draft", "reopened as a draft"),
        ("open", "reopened"),
    ]
    assert ask(list_pull_request_status_transitions, from_status="merged") == []


def test_all_moves_are_listed(ask: Ask) -> None:
    moves = [
        (move.from_status, move.to_status) for move in ask(list_pull_request_status_transitions)
    ]
    assert ("draft", "open") in moves
    assert ("draft", "merged") not in moves
