"""A change is taken back while others change the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from logs import revert, set_type
from racing import LEVELS

from taskspine.queries.recent_activity import list_recent_activity

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Race

ROUNDS = 60
REFUSED = "audit_log_reverts_what_is_untouched"


def changes(race: Race, statement: str) -> list[tuple[UUID, int]]:
    """Make agents and change each; gives the agents and the changes."""
    found = []
    for _ in range(ROUNDS):
        agent_id = race.value("INSERT INTO agents (name) VALUES (uuid_v7()) RETURNING id")
        race.connection.execute(statement.encode(), [agent_id])
        change = list_recent_activity(race.connection, entity_id=str(agent_id))[0]
        found.append((agent_id, change.id))
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_no_change_is_lost_to_one_that_is_taken_back(race: Race, level: str) -> None:
    made = changes(race, "UPDATE agents SET type = 'a' WHERE id = %s")
    rounds = race.abreast(
        level,
        [
            (revert, [(change,) for _, change in made]),
            (set_type, [(agent, "b") for agent, _ in made]),
        ],
    )
    assert {answer for answer, _ in rounds} <= {"done", REFUSED}
    assert race.value("SELECT bool_and(type = 'b') FROM agents")
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "statement", ["UPDATE agents SET type = 'a' WHERE id = %s", "DELETE FROM agents WHERE id = %s"]
)
def test_a_change_is_taken_back_once(race: Race, level: str, statement: str) -> None:
    calls = [(change,) for _, change in changes(race, statement)]
    for answers in race.abreast(level, [(revert, calls)] * 3):
        assert answers.count("done") == 1
        assert {*answers} <= {"done", REFUSED, "agents_pkey"}
    assert race.value("SELECT count(*) FROM agents WHERE type = 'general'") == ROUNDS
    assert race.deadlocks() == 0
