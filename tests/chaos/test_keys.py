"""Calls that are repeated because their answer was lost, while the first is still under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import claim, complete_and_claim, create
from racing import LEVELS

from taskspine.queries.task_executions import complete_task

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 60
EVERYTHING = """
SELECT array_agg((tasks, execution)::text ORDER BY tasks.id)
FROM tasks
LEFT JOIN task_executions AS execution ON task_id = tasks.id
"""


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_one_key_claims_once(race: Race, level: str, count: int) -> None:
    ground = race.ground()
    race.tasks(ground, ROUNDS * count * 2)
    calls = [(ground, count, f"key {number}") for number in range(ROUNDS)]
    rounds = race.abreast(level, [(claim, calls)] * 3)
    for first, *others in rounds:
        assert len(first) == count
        assert others == [first, first]
    assert race.value("SELECT count(*) FROM task_executions") == ROUNDS * count
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_one_key_completes_and_claims_once(race: Race, level: str) -> None:
    ground = race.ground()
    race.tasks(ground, ROUNDS * 3)
    calls = [(ground, claim(race.connection, ground)[0], f"key {n}") for n in range(ROUNDS)]
    rounds = race.abreast(level, [(complete_and_claim, calls)] * 2)
    for one, other in rounds:
        assert sorted([len(one[0]), len(other[0])]) == [0, 1]
        assert one[1] == other[1]
        assert len(one[1]) == 1
    assert race.value("SELECT count(*) FROM task_executions") == ROUNDS * 2
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_one_key_creates_one_task(race: Race, level: str) -> None:
    ground = race.ground()
    calls = [(ground, f"key {number}") for number in range(ROUNDS)]
    rounds = race.abreast(level, [(create, calls)] * 3)
    assert [len(set(answers)) for answers in rounds] == [1] * ROUNDS
    assert race.value("SELECT count(*) FROM tasks") == ROUNDS
    race.assert_sound()


def test_a_completion_that_is_repeated_changes_nothing(race: Race) -> None:
    ground = race.ground()
    task, waiting, endless = race.tasks(ground, 3)
    race.edges([(waiting, task), (waiting, endless)])
    (execution,) = claim(race.connection, ground)
    complete_task(race.connection, execution_id=execution, output_results={"first": True})
    before = race.value(EVERYTHING)
    again = complete_task(race.connection, execution_id=execution, output_results={"first": False})
    assert again is None
    assert race.value(EVERYTHING) == before
    race.assert_sound()
