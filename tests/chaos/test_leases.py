"""Leases: prolonged, run out, reaped by several at once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from moves import (
    beat_many,
    complete_many,
    expire,
    fail_many,
    idle,
    in_turn,
    prolong,
    reap,
    release_many,
)
from racing import LEVELS

from taskspine.queries.task_executions import claim_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from racing import Ground, Race

EXPIRED = "UPDATE task_executions SET lease_expires_at = clock_timestamp() WHERE status = 'running'"


def claim_batches(race: Race, ground: Ground, count: int, size: int) -> list[list[int]]:
    """Claim tasks in batches, in an order that is not the order of their keys."""
    race.tasks(ground, count * size)
    race.connection.execute("UPDATE tasks SET priority = floor(random() * 11)")
    batches = []
    for _ in range(count):
        held = claim_tasks(
            race.connection,
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            task_count=size,
        )
        assert len(held) == size
        batches.append([row.execution_id for row in held])
    return batches


@pytest.mark.parametrize("ending", [complete_many, fail_many, release_many])
@pytest.mark.parametrize("level", LEVELS)
def test_heartbeats_for_attempts_that_end_at_once_run_into_no_deadlock(
    race: Race, level: str, ending: Callable[..., int]
) -> None:
    dice = random.Random(level)
    batches = claim_batches(race, race.ground(), 40, 20)
    calls = [[(dice.sample(batch, 20),) for batch in batches] for _ in range(3)]
    rounds = race.abreast(level, [(beat_many, calls[0]), (beat_many, calls[1]), (ending, calls[2])])
    assert [answers[2] for answers in rounds] == [20] * 40
    assert {answer for answers in rounds for answer in answers[:2]} <= {0, 20}
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_an_attempt_that_ran_out_is_reaped_once_by_however_many(race: Race, level: str) -> None:
    claim_batches(race, race.ground(), 10, 90)
    race.connection.execute(EXPIRED)
    calls = [()] * 30
    rounds = race.abreast(level, [(reap, calls)] * 4)
    reaped = Counter(name for answers in rounds for answer in answers for name in answer)
    assert set(reaped.values()) == {1}
    assert len(reaped) == 900
    assert race.value("SELECT count(*) FROM tasks WHERE failed_attempts = 1") == 900
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_a_lease_is_either_prolonged_or_reaped(race: Race, level: str) -> None:
    # Every other round lets a batch run out, for the race of the next one.
    batches = claim_batches(race, race.ground(), 40, 20)
    rounds = race.abreast(
        level,
        [
            (in_turn, [(move, batch) for batch in batches for move in (expire, prolong)]),
            (in_turn, [(move, 20) for _ in batches for move in (idle, reap)]),
            (in_turn, [(move, 20) for _ in batches for move in (idle, reap)]),
        ],
    )
    for batch, (prolonged, *reaped) in zip(batches, rounds[1::2], strict=True):
        assert sorted([*prolonged, *reaped[0], *reaped[1]]) == sorted(batch)
    reaped = {name for answers in rounds[1::2] for answer in answers[1:] for name in answer}
    still = race.connection.execute("SELECT id FROM task_executions WHERE status = 'running'")
    assert {row[0] for row in still} == {name for batch in batches for name in batch} - reaped
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_a_task_whose_last_attempt_is_lost_in_a_race_settles_its_successors_once(
    race: Race, level: str
) -> None:
    ground = race.ground()
    tasks = race.tasks(ground, 60, max_attempts=1)
    waiting = race.tasks(ground, 60)
    endless = race.tasks(ground, 1)[0]
    race.connection.execute(
        """
        INSERT INTO task_dependencies (task_id, depends_on_id, policy)
        SELECT edge.task_id, edge.depends_on_id, 'satisfy'
        FROM unnest(%s::uuid[], %s::uuid[]) AS edge (task_id, depends_on_id)
        """,
        [[*waiting, *waiting], [*tasks, *[endless] * 60]],
    )
    held = claim_tasks(
        race.connection,
        agent_id=ground.agent_id,
        project_id=ground.project_id,
        task_count=60,
        lease=timedelta(0),
    )
    assert {row.task_id for row in held} == set(tasks)
    calls = [([row.execution_id],) for row in held]
    rounds = race.abreast(
        level,
        [(fail_many, calls), (fail_many, calls), (complete_many, calls), (reap, [()] * 60)],
    )
    reaped = sum(len(answers[3]) for answers in rounds)
    assert sum(sum(answers[:3]) for answers in rounds) + reaped == 60
    assert race.value("SELECT min(open_blockers) + max(open_blockers) FROM tasks") == 1
    race.assert_sound()
