"""Edges that come and go while agents claim and complete."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from agents import Habits, reap, work
from graphs import keep_story, read_story
from moves import complete, depend, fail, free, release
from racing import LEVELS
from writers import write_edges

from taskspine.queries.task_executions import claim_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from racing import Race

# The race goes on until the writers have done so much, however fast the agents are.
ENOUGH = """
SELECT count(*) FILTER (WHERE what = 'INSERT') >= 1500
    AND count(*) FILTER (WHERE what = 'DELETE') >= 400
FROM story
"""
OPEN = "SELECT count(*) FROM tasks WHERE status <> 'completed'"
AT_WORK = 300


@pytest.mark.parametrize(
    ("batch", "front"), [((1, 1), 40), ((1, 20), 160)], ids=["one by one", "batches"]
)
def test_edges_that_come_and_go_let_nothing_start_early_and_nothing_stick(
    race: Race, batch: tuple[int, int], front: int
) -> None:
    ground = race.ground()
    keep_story(race)
    habits = Habits(ground, race.folder, frozenset(), batch, dawdling=0.005, failing=0.05)
    for number in range(6):
        race.start(write_edges, habits, f"writer {number}", front)
    for number in range(8):
        race.start(work, habits, f"agent {number}")
    race.start(reap, habits, "reaper")

    def is_enough() -> bool:
        race.tasks(ground, AT_WORK - race.value(OPEN))
        return race.value(ENOUGH)

    race.wait_until(is_enough, "what the writers have to do")
    race.wait_until(lambda: race.value(OPEN) == 0, "the end of all tasks")
    habits.stop.touch()
    race.results()
    story = read_story(race)
    assert story.early_starts == []
    assert story.broken_conflicts == []
    assert set(story.completions.values()) == {1}
    race.assert_sound()


@pytest.mark.parametrize("kind", ["blocks", "conflicts"])
@pytest.mark.parametrize("level", LEVELS)
def test_an_edge_that_is_added_and_removed_at_once_runs_into_no_deadlock(
    race: Race, level: str, kind: str
) -> None:
    ground = race.ground()
    tasks = race.tasks(ground, 4)
    edges = [(tasks[0], tasks[1], kind), (tasks[2], tasks[3], kind)]
    dice = random.Random(level)
    lanes = [[dice.choice(edges) for _ in range(100)] for _ in range(4)]
    rounds = race.abreast(
        level, [(depend, lanes[0]), (depend, lanes[1]), (free, lanes[2]), (free, lanes[3])]
    )
    assert rounds == [["done"] * 4] * 100
    race.assert_sound()


@pytest.mark.parametrize("ending", [complete, fail, release])
@pytest.mark.parametrize("level", LEVELS)
def test_a_conflict_that_is_removed_while_its_holder_ends_runs_into_no_deadlock(
    race: Race, level: str, ending: Callable[..., str]
) -> None:
    ground = race.ground()
    pairs = [race.tasks(ground, 2) for _ in range(100)]
    race.edges([(later, earlier) for earlier, later in pairs], "conflicts")
    held = claim_tasks(
        race.connection, agent_id=ground.agent_id, project_id=ground.project_id, task_count=200
    )
    attempts = {row.task_id: row.execution_id for row in held}
    assert len(attempts) == 100
    rounds = race.abreast(
        level,
        [
            (ending, [(attempts[earlier],) for earlier, _ in pairs]),
            (free, [(later, earlier, "conflicts") for earlier, later in pairs]),
        ],
    )
    assert rounds == [["done", "done"]] * 100
    race.assert_sound()
