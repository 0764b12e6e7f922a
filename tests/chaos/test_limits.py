"""Claims under a limit, made at once, never start more than it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import claim
from racing import LEVELS

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 40


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("owner", ["project_id", "agent_id"])
def test_claims_at_once_start_as_many_as_the_limit_allows(
    race: Race, level: str, owner: str
) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    for number, ground in enumerate(grounds):
        race.tasks(ground, 8)
        race.connection.execute(
            f"INSERT INTO claim_limits ({owner}, max_running) VALUES (%s, %s)",
            [getattr(ground, owner), 1 + number % 3],
        )
    calls = [(ground, 2) for ground in grounds]
    rounds = race.abreast(level, [(claim, calls)] * 4)
    race.assert_sound()
    for number, answers in enumerate(rounds):
        assert sum(map(len, answers)) == 1 + number % 3
