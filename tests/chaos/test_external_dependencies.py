"""What tasks wait for outside comes and goes while agents claim and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import arrive, await_outside, claim, complete, forget_outside, in_turn, recall
from racing import LEVELS

from taskspine.queries.task_executions import claim_tasks

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Race

ROUNDS = 60
REFUSED = "task_external_dependencies_added_while_not_running"


def wait_outside(race: Race, tasks: list[UUID]) -> list[UUID]:
    """Make each task wait for something outside; gives the dependencies."""
    rows = race.connection.execute(
        "INSERT INTO task_external_dependencies (task_id, target)"
        " SELECT id, 'the vendor' FROM unnest(%s::uuid[]) AS id RETURNING id",
        [tasks],
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("level", LEVELS)
def test_a_task_that_is_made_to_wait_is_claimed_before_or_not_at_all(
    race: Race, level: str
) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    tasks = [race.tasks(ground, 1)[0] for ground in grounds]
    rounds = race.abreast(
        level,
        [
            (claim, [(ground,) for ground in grounds]),
            (await_outside, [(task, "the vendor") for task in tasks]),
        ],
    )
    for claimed, added in rounds:
        assert added == (REFUSED if claimed else "done")
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_what_arrives_and_is_recalled_at_once_is_counted_once(race: Race, level: str) -> None:
    ground = race.ground()
    dependencies = wait_outside(race, race.tasks(ground, ROUNDS))
    calls = [(dependency,) for dependency in dependencies]
    rounds = race.abreast(level, [(arrive, calls), (arrive, calls), (recall, calls)])
    assert rounds == [["done"] * 3] * ROUNDS
    race.assert_sound()
    rounds = race.abreast(level, [(arrive, calls), (forget_outside, calls)])
    assert rounds == [["done"] * 2] * ROUNDS
    assert race.value("SELECT sum(open_blockers) FROM tasks") == 0
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_blockers_inside_and_outside_that_end_at_once_free_their_successor(
    race: Race, level: str
) -> None:
    ground = race.ground()
    blockers = race.tasks(ground, ROUNDS)
    waiting = race.tasks(ground, ROUNDS)
    race.edges(list(zip(waiting, blockers, strict=True)))
    dependencies = wait_outside(race, waiting)
    claimed = claim_tasks(
        race.connection,
        agent_id=ground.agent_id,
        project_id=ground.project_id,
        task_count=2 * ROUNDS,
    )
    attempts = {row.task_id: row.execution_id for row in claimed}
    assert set(attempts) == set(blockers)
    # In every third round it is removed, not satisfied.
    endings = [
        (forget_outside if place % 3 == 0 else arrive, dependency)
        for place, dependency in enumerate(dependencies)
    ]
    rounds = race.abreast(
        level, [(complete, [(attempts[task],) for task in blockers]), (in_turn, endings)]
    )
    assert rounds == [["done", "done"]] * ROUNDS
    freed = claim_tasks(
        race.connection,
        agent_id=ground.agent_id,
        project_id=ground.project_id,
        task_count=2 * ROUNDS,
    )
    assert {row.task_id for row in freed} == set(waiting)
    race.assert_sound()
