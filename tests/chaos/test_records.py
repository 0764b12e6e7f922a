"""One error that several report, and one delivery that several take in, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from racing import LEVELS
from records import err, receive

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 60
PLACES = [("in " + "f" * number,) for number in range(ROUNDS)]


@pytest.mark.parametrize("level", LEVELS)
def test_every_occurrence_of_an_error_is_counted(race: Race, level: str) -> None:
    for answers in race.abreast(level, [(err, PLACES)] * 3):
        assert len({fingerprint for fingerprint, *_ in answers}) == 1
        assert sorted(count for _, count, _ in answers) == [1, 2, 3]
    assert race.value("SELECT count(*) FROM error_logs") == ROUNDS
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
def test_an_error_that_several_see_again_is_reopened_once(race: Race, level: str) -> None:
    race.abreast(level, [(err, PLACES)])
    race.connection.execute("UPDATE error_logs SET status = 'resolved'")
    for answers in race.abreast(level, [(err, PLACES)] * 3):
        assert {reopened for *_, reopened in answers} == {1}
    assert race.value("SELECT bool_and(status = 'open') FROM error_logs")


@pytest.mark.parametrize("level", LEVELS)
def test_a_delivery_that_several_take_in_becomes_one_event(race: Race, level: str) -> None:
    calls = [(f"d-{number}",) for number in range(ROUNDS)]
    for answers in race.abreast(level, [(receive, calls)] * 3):
        assert sorted((again, count) for again, count, _ in answers) == [
            (False, 1),
            (True, 2),
            (True, 3),
        ]
        assert len({event_id for *_, event_id in answers}) == 1
    assert race.value("SELECT count(*) FROM events") == ROUNDS
    assert race.value(
        "SELECT count(*) = 0 FROM webhook_deliveries LEFT JOIN events ON events.id = event_id"
        " WHERE events.id IS NULL OR receipt_count <> 3"
    )
    assert race.deadlocks() == 0
