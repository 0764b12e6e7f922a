"""Tasks that are never both in progress, claimed at once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from moves import claim, complete_many, depend
from racing import LEVELS

if TYPE_CHECKING:
    from racing import Ground, Race

ROUNDS = 60


def drain(race: Race, ground: Ground, count: int) -> None:
    """Complete what runs, then claim and complete the rest: nothing of it may be lost."""
    running = race.connection.execute(
        "SELECT array_agg(execution.id) FROM task_executions AS execution"
        " JOIN tasks AS task ON task.id = task_id"
        " WHERE project_id = %s AND execution.status = 'running'",
        [ground.project_id],
    ).fetchone()
    assert running is not None
    left = count - complete_many(race.connection, running[0] or [])
    while left:
        claimed = claim(race.connection, ground, 100)
        assert claimed, f"{left} tasks were lost"
        left -= complete_many(race.connection, claimed)


@pytest.mark.parametrize("level", LEVELS)
def test_of_two_tasks_in_conflict_one_is_claimed_and_the_other_is_not_lost(
    race: Race, level: str
) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    for ground in grounds:
        first, second = race.tasks(ground, 2)
        race.edges([(first, second)], "conflicts")
    calls = [(ground,) for ground in grounds]
    rounds = race.abreast(level, [(claim, calls), (claim, calls), (claim, calls)])
    # Nothing is completed meanwhile, so a task that ever was in progress still is.
    race.assert_sound()
    taken = [sum(map(len, answers)) for answers in rounds]
    assert set(taken) <= {0, 1}
    for ground in grounds:
        drain(race, ground, 2)
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_batches_never_take_two_tasks_in_conflict(race: Race, level: str) -> None:
    dice = random.Random(level)
    grounds = [race.ground() for _ in range(20)]
    for ground in grounds:
        tasks = race.tasks(ground, 30)
        race.edges([*{tuple(dice.sample(tasks, 2)) for _ in range(20)}], "conflicts")
    calls = [(ground, 10) for ground in grounds]
    rounds = race.abreast(level, [(claim, calls), (claim, calls), (claim, calls)])
    race.assert_sound()
    assert all(any(answers) for answers in rounds)
    for ground in grounds:
        drain(race, ground, 30)
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_a_conflict_declared_while_its_tasks_start_binds_at_once(race: Race, level: str) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    pairs = [race.tasks(ground, 2) for ground in grounds]
    calls = [(ground,) for ground in grounds]
    rounds = race.abreast(
        level,
        [(claim, calls), (claim, calls), (depend, [(*pair, "conflicts") for pair in pairs])],
    )
    race.assert_sound()
    for first, second, edge in rounds:
        taken = len(first) + len(second)
        assert edge == ("done" if taken < 2 else "task_dependencies_conflict_starts_unbroken")
    for ground in grounds:
        drain(race, ground, 2)
    race.assert_sound()
