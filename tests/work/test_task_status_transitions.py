"""The legal moves of a task are there to be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.enums import TASK_STATUS_LABELS
from taskspine.queries.task_status_transitions import list_legal_moves, list_task_status_transitions

if TYPE_CHECKING:
    from asking import Ask


def test_the_moves_from_a_status_are_listed_with_their_meaning(ask: Ask) -> None:
    moves = {
        row.to_status: row.meaning
        for row in ask(list_task_status_transitions, from_status="deferred")
    }
    assert moves == {
        "pending": "taken up again",
        "in_progress": "taken up again at once",
        "cancelled": "not wanted any more",
    }


def test_all_moves_are_those_from_each_status(ask: Ask) -> None:
    moves = {(row.from_status, row.to_status) for row in ask(list_legal_moves)}
    assert moves == {
        (row.from_status, row.to_status)
        for status in TASK_STATUS_LABELS
        for row in ask(list_task_status_transitions, from_status=status)
    }
