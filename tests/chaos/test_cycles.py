"""Sessions that would close a cycle together, each of them innocent alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from moves import adopt, depend
from racing import LEVELS

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 60


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("hops", [0, 3])
def test_of_two_edges_that_close_a_cycle_one_is_refused(race: Race, level: str, hops: int) -> None:
    # Two chains, there and here: one racer leads from here to there, the other one back.
    ground = race.ground()
    forth, back = [], []
    for _ in range(ROUNDS):
        there = race.tasks(ground, hops + 1)
        here = race.tasks(ground, hops + 1)
        race.edges([*pairwise(there), *pairwise(here)])
        forth.append((here[-1], there[0]))
        back.append((there[-1], here[0]))
    rounds = race.abreast(level, [(depend, forth), (depend, back)])
    assert [sorted(answers) for answers in rounds] == [
        ["done", "task_dependencies_acyclic"]
    ] * ROUNDS
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_of_three_edges_that_close_a_cycle_one_is_refused(race: Race, level: str) -> None:
    ground = race.ground()
    trios = [race.tasks(ground, 3) for _ in range(ROUNDS)]
    rounds = race.abreast(
        level,
        [
            (depend, [(a, b) for a, b, _ in trios]),
            (depend, [(b, c) for _, b, c in trios]),
            (depend, [(c, a) for a, _, c in trios]),
        ],
    )
    assert [sorted(answers) for answers in rounds] == (
        [["done", "done", "task_dependencies_acyclic"]] * ROUNDS
    )
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_of_two_tasks_put_under_each_other_one_is_refused(race: Race, level: str) -> None:
    ground = race.ground()
    pairs = [race.tasks(ground, 2) for _ in range(ROUNDS)]
    rounds = race.abreast(
        level, [(adopt, [(a, b) for a, b in pairs]), (adopt, [(b, a) for a, b in pairs])]
    )
    assert [sorted(answers) for answers in rounds] == [["done", "tasks_parents_acyclic"]] * ROUNDS
    race.assert_sound()
