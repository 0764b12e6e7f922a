"""A bucket of tokens that many draw on at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from buckets import draw, draw_for
from racing import LEVELS, barrier

from sqltypist.runtime import only
from taskspine.queries.rate_limits import get_rate_limit, set_rate_limit

if TYPE_CHECKING:
    from racing import Race

RACERS = 6
HARDLY_ANY = Decimal("0.000000001")


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("level", LEVELS)
def test_what_a_bucket_holds_is_taken_once(race: Race, level: str, count: int) -> None:
    set_rate_limit(race.connection, bucket="b", capacity=200, refill_per_second=HARDLY_ANY)
    together = barrier(RACERS)
    for _ in range(RACERS):
        race.start(draw, level, together, 60, count)
    assert sum(race.results()) == 200 // count * count
    assert int(only(get_rate_limit(race.connection, bucket="b")).tokens) == 200 % count


@pytest.mark.parametrize("level", LEVELS)
def test_no_more_is_taken_than_was_there_and_came_back(race: Race, level: str) -> None:
    set_rate_limit(race.connection, bucket="b", capacity=20, refill_per_second=Decimal(150))
    together = barrier(RACERS)
    for _ in range(RACERS):
        race.start(draw_for, level, together, 2.0)
    answers = race.results()
    taken = sum(each for each, _, _ in answers)
    seconds = max(end for _, _, end in answers) - min(begin for _, begin, _ in answers)
    assert taken <= 20 + 150 * seconds
    # What is not taken at the end is all that may be missing.
    assert taken >= 20 + 150 * 1.5 - 20
