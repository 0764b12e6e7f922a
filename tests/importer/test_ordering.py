import random

import pytest

from taskspine.importer.ordering import FEWEST_IN_BATCH, MOST_IN_BATCH, batches

type_of_edge = tuple[int, int]


def order(edges: list[type_of_edge]) -> list[list[type_of_edge]]:
    return list(batches(edges, lambda edge: edge))


def steps_within(batch: list[type_of_edge]) -> int:
    """The longest way through the edges of one batch."""
    waits: dict[int, list[int]] = {}
    for task, blocker in batch:
        waits.setdefault(task, []).append(blocker)
    longest: dict[int, int] = {}

    def length(task: int) -> int:
        if task not in longest:
            longest[task] = max((1 + length(next_) for next_ in waits.get(task, ())), default=0)
        return longest[task]

    return max(length(task) for task in waits)


@pytest.mark.parametrize("seed", range(20))
def test_no_edge_is_written_before_one_that_leads_to_it(seed: int):
    chance = random.Random(seed)
    pairs = [(chance.randrange(300), chance.randrange(300)) for _ in range(chance.randrange(900))]
    edges = sorted({(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]})
    chance.shuffle(edges)
    ordered = order(edges)
    assert sorted(edge for batch in ordered for edge in batch) == sorted(edges)
    has_edges: set[int] = set()
    for batch in ordered:
        # What waits in this batch was not waited for before; so a walk from a blocker meets no
        # edge of an earlier batch.
        assert not {blocker for _, blocker in batch} & has_edges
        has_edges |= {task for task, _ in batch}


def test_a_chain_is_written_in_short_pieces():
    ordered = order([(number + 1, number) for number in range(1000)])
    assert len(ordered) == 1000 // FEWEST_IN_BATCH + 1
    assert max(steps_within(batch) for batch in ordered) == FEWEST_IN_BATCH


def test_a_broad_step_is_parted():
    ordered = order([(number, 0) for number in range(1, 2 * MOST_IN_BATCH + 2)])
    assert [len(batch) for batch in ordered] == [MOST_IN_BATCH, MOST_IN_BATCH, 1]


def test_edges_on_a_cycle_come_last():
    ordered = order([(1, 2), (2, 3), (3, 1), (9, 8)])
    assert [edge for batch in ordered for edge in batch] == [(9, 8), (1, 2), (2, 3), (3, 1)]


def test_no_edges_are_no_batches():
    assert order([]) == []
