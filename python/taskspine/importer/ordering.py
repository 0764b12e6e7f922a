"""In which order new dependencies are written, so that the check for cycles stays cheap.

The database walks up from the task that is waited for, whenever an edge is added, and the checks of
one statement see all its edges. So edges are written from those tasks on for which nobody waits:
then the task that is waited for has no edges yet, and the walk ends where it starts.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

_Edge = TypeVar("_Edge")

FEWEST_IN_BATCH = 32
MOST_IN_BATCH = 5_000


def batches(
    edges: Iterable[_Edge], ends: Callable[[_Edge], tuple[Hashable, Hashable]]
) -> Iterator[list[_Edge]]:
    """Part edges into batches in which hardly any leads on to another one.

    `ends` gives the task that waits and the task that it waits for. Short steps are put together,
    so that a long chain is not written edge by edge. Edges on a cycle come last.
    """
    batch: list[_Edge] = []
    for step in _steps(edges, ends):
        for edge in step:
            batch.append(edge)
            if len(batch) == MOST_IN_BATCH:
                yield batch
                batch = []
        if len(batch) >= FEWEST_IN_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _steps(
    edges: Iterable[_Edge], ends: Callable[[_Edge], tuple[Hashable, Hashable]]
) -> Iterator[list[_Edge]]:
    waits: dict[Hashable, list[_Edge]] = {}
    waiting_for: dict[Hashable, int] = {}
    for edge in edges:
        task, blocker = ends(edge)
        waits.setdefault(task, []).append(edge)
        waiting_for[blocker] = waiting_for.get(blocker, 0) + 1
    free = [task for task in waits if task not in waiting_for]
    while free:
        step = [edge for task in free for edge in waits.pop(task)]
        free = list[Hashable]()
        for edge in step:
            _, blocker = ends(edge)
            waiting_for[blocker] -= 1
            if not waiting_for[blocker] and blocker in waits:
                free.append(blocker)
        yield step
    yield [edge for left in waits.values() for edge in left]
