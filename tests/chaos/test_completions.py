"""Completions side by side: of blockers that share their successors."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from moves import complete, complete_many
from racing import LEVELS

from taskspine.queries.task_executions import claim_tasks

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Ground, Race

ROUNDS = 100


def claim_all(race: Race, ground: Ground, count: int) -> dict[UUID, int]:
    """Claim every ready task; gives the attempt at each."""
    claimed = claim_tasks(
        race.connection,
        agent_id=ground.agent_id,
        project_id=ground.project_id,
        task_count=count,
    )
    assert len(claimed) == count
    return {row.task_id: row.execution_id for row in claimed}


def count_entries_into_ready(race: Race) -> None:
    """Let the database write down each time that a task becomes ready."""
    race.connection.execute(
        """
        CREATE TABLE became_ready (task_id uuid);
        CREATE FUNCTION became_ready() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
        AS 'BEGIN INSERT INTO became_ready VALUES (NEW.id); RETURN NULL; END';
        CREATE TRIGGER became_ready AFTER UPDATE ON tasks FOR EACH ROW
        WHEN (OLD.open_blockers > 0 AND NEW.open_blockers = 0)
        EXECUTE FUNCTION became_ready();
        """
    )


@pytest.mark.parametrize("level", LEVELS)
def test_two_blockers_that_end_at_once_free_their_successor_once(race: Race, level: str) -> None:
    ground = race.ground()
    blockers = race.tasks(ground, 2 * ROUNDS)
    waiting = race.tasks(ground, ROUNDS)
    left, right = blockers[:ROUNDS], blockers[ROUNDS:]
    race.edges([*zip(waiting, left, strict=True), *zip(waiting, right, strict=True)])
    attempts = claim_all(race, ground, 2 * ROUNDS)
    count_entries_into_ready(race)
    rounds = race.abreast(
        level,
        [
            (complete, [(attempts[task],) for task in left]),
            (complete, [(attempts[task],) for task in right]),
        ],
    )
    assert rounds == [["done", "done"]] * ROUNDS
    freed = race.connection.execute("SELECT task_id FROM became_ready").fetchall()
    assert sorted(row[0] for row in freed) == sorted(waiting)
    assert len(claim_all(race, ground, ROUNDS)) == ROUNDS
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_an_attempt_that_is_completed_twice_at_once_counts_once(race: Race, level: str) -> None:
    ground = race.ground()
    blockers = race.tasks(ground, ROUNDS)
    waiting = race.tasks(ground, ROUNDS)
    # Half of them have a successor, which waits for a second, endless blocker too.
    endless = race.tasks(ground, 1)[0]
    race.edges(
        [
            *zip(waiting[::2], blockers[::2], strict=True),
            *((task, endless) for task in waiting),
        ]
    )
    attempts = claim_all(race, ground, ROUNDS + 1)
    calls = [(attempts[task],) for task in blockers]
    rounds = race.abreast(level, [(complete, calls), (complete, calls)])
    assert [sorted(answers) for answers in rounds] == [["done", "lost"]] * ROUNDS
    assert race.value("SELECT sum(open_blockers) FROM tasks") == ROUNDS
    race.assert_sound()


@pytest.mark.parametrize("size", [1, 10])
def test_blockers_that_share_successors_end_in_any_order_without_a_deadlock(
    race: Race, size: int
) -> None:
    dice = random.Random(f"shared {size}")
    ground = race.ground()
    lanes, calls = 4, 40
    blockers = race.tasks(ground, lanes * calls * size)
    waiting = race.tasks(ground, 60)
    race.edges([(task, other) for task in waiting for other in dice.sample(blockers, 40)])
    attempts = list(claim_all(race, ground, len(blockers)).values())
    dice.shuffle(attempts)
    batches = [attempts[start : start + size] for start in range(0, len(attempts), size)]
    rounds = race.abreast(
        "read committed",
        [(complete_many, [(batch,) for batch in batches[lane::lanes]]) for lane in range(lanes)],
    )
    assert rounds == [[size] * lanes] * calls
    assert len(claim_all(race, ground, 60)) == 60
    race.assert_sound()
