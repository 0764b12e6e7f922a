"""Claims under a limit, made at once, never start more than it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import claim
from racing import LEVELS, session

from taskspine.queries.task_executions import claim_tasks

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


@pytest.mark.parametrize("level", LEVELS)
def test_a_claim_across_projects_waits_for_the_limits_of_one_alone(race: Race, level: str) -> None:
    grounds = [race.ground(), race.ground()]
    for ground in grounds:
        race.tasks(ground, 1)
        race.connection.execute(
            "INSERT INTO claim_limits (project_id, max_running) VALUES (%s, 0)", [ground.project_id]
        )
    # Somebody who goes through the projects the other way round holds the limit of the second.
    with session(race.url, level) as other, other.transaction():
        other.execute(
            "SELECT FROM claim_limits WHERE project_id = %s FOR NO KEY UPDATE",
            [grounds[1].project_id],
        )
        race.connection.execute("SET lock_timeout = '5s'")
        agent_id = grounds[0].agent_id
        assert claim_tasks(race.connection, agent_id=agent_id, task_count=2) == []
    race.assert_sound()
