"""Workflows whose order several change, and whose steps several take, at once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from procedures import erase, finish, put, retry, shift, start, take_out
from racing import LEVELS

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Ground, Race

ROUNDS = 60


def a_workflow(race: Race, ground: Ground) -> UUID:
    return race.value(
        "INSERT INTO workflows (project_id, name) VALUES (%s, 'w') RETURNING id", ground.project_id
    )


def some_steps(race: Race, workflow_id: UUID, status: str, count: int) -> list[UUID]:
    rows = race.connection.execute(
        "INSERT INTO workflow_steps (workflow_id, step, status)"
        " SELECT %s, 'step ' || n, %s FROM generate_series(1, %s) AS n RETURNING id",
        [workflow_id, status, count],
    ).fetchall()
    return [row[0] for row in rows]


def positions(race: Race, workflow_id: UUID) -> list[int]:
    rows = race.connection.execute(
        "SELECT position FROM workflow_tasks WHERE workflow_id = %s ORDER BY position",
        [workflow_id],
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("level", LEVELS)
def test_an_order_that_several_change_stays_without_gaps(race: Race, level: str) -> None:
    dice = random.Random(level)
    ground = race.ground()
    workflow_id = a_workflow(race, ground)
    added = [race.tasks(ground, ROUNDS) for _ in range(2)]
    kept, gone = race.tasks(ground, 20), race.tasks(ground, ROUNDS)
    for task_id in kept + gone:
        put(race.connection, workflow_id, task_id, None)
    race.abreast(
        level,
        [
            (put, [(workflow_id, task_id, None) for task_id in added[0]]),
            (put, [(workflow_id, task_id, dice.randint(1, 9)) for task_id in added[1]]),
            (
                shift,
                [(workflow_id, dice.choice(kept), dice.randint(1, 99)) for _ in range(ROUNDS)],
            ),
            (take_out, [(workflow_id, task_id) for task_id in gone]),
        ],
    )
    assert positions(race, workflow_id) == [*range(1, len(kept) + ROUNDS * 2 + 1)]
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
def test_an_order_is_whole_while_tasks_are_erased(race: Race, level: str) -> None:
    ground = race.ground()
    workflow_id = a_workflow(race, ground)
    added, gone = race.tasks(ground, ROUNDS), race.tasks(ground, ROUNDS)
    for task_id in gone:
        put(race.connection, workflow_id, task_id, None)
    race.abreast(
        level,
        [
            (put, [(workflow_id, task_id, 1) for task_id in added]),
            (erase, [(workflow_id, task_id) for task_id in gone]),
        ],
    )
    put(race.connection, workflow_id, added[0], 1)
    assert positions(race, workflow_id) == [*range(1, ROUNDS + 1)]
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
def test_of_several_that_add_one_task_each_finds_it_once(race: Race, level: str) -> None:
    ground = race.ground()
    workflow_id = a_workflow(race, ground)
    calls = [(workflow_id, task_id, None) for task_id in race.tasks(ground, ROUNDS)]
    for answers in race.abreast(level, [(put, calls)] * 3):
        assert len(set(answers)) == 1
    assert positions(race, workflow_id) == [*range(1, ROUNDS + 1)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_failed_step_is_given_to_one_of_its_claimers(race: Race, level: str) -> None:
    steps = some_steps(race, a_workflow(race, race.ground()), "failed", ROUNDS * 5)
    calls = [(3,)] * ROUNDS
    rounds = race.abreast(level, [(retry, calls)] * 3)
    claimed = [each for answers in rounds for answer in answers for each in answer]
    assert sorted(claimed) == sorted((step_id, 1) for step_id in steps)
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
def test_a_step_is_started_and_completed_by_one(race: Race, level: str) -> None:
    steps = some_steps(race, a_workflow(race, race.ground()), "pending", ROUNDS)
    calls = [(step_id,) for step_id in steps]
    for move in (start, finish):
        for answers in race.abreast(level, [(move, calls)] * 3):
            assert sorted(answers) == [False, False, True]
