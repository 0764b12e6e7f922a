"""Writers who change the graph just where agents work on it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import psycopg
from racing import SECONDS, rule_of, session

from taskspine.queries.task_dependencies import create_task_dependency, delete_task_dependency

if TYPE_CHECKING:
    from uuid import UUID

    from agents import Habits

    from taskspine.enums import TaskDependencyKind

    Connection = psycopg.Connection[Any]
    Edge = tuple[UUID, UUID, TaskDependencyKind]

FRONT = (
    "SELECT id FROM tasks WHERE status IN ('pending', 'in_progress') ORDER BY created_at LIMIT %s"
)
EDGES = "SELECT task_id, depends_on_id, kind FROM task_dependencies WHERE task_id = ANY (%s)"
REFUSALS = {
    "task_dependencies_acyclic",
    "task_dependencies_added_while_not_running",
    "task_dependencies_conflict_starts_unbroken",
}


def write_edges(url: str, habits: Habits, name: str, front: int) -> None:
    """Add and take away edges among so many tasks at the front, until told to stop.

    What is taken away is in part what anybody added before, and in part what was added just now,
    so that there is always something to take away, however fast the agents are.
    """
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    with session(url) as connection:
        while not habits.stop.exists():
            assert time.monotonic() < end, "the tasks do not end"
            tasks = [row[0] for row in connection.execute(FRONT, [front])]
            edges = connection.execute(EDGES, [tasks]).fetchall()
            _remove(connection, dice.sample(edges, min(len(edges), 10)))
            added = []
            for _ in range(15 if len(tasks) > 1 else 0):
                task, other = dice.sample(tasks, 2)
                edge = (task, other, dice.choice(["blocks", "blocks", "conflicts"]))
                if _add(connection, edge, dice):
                    added.append(edge)
            _remove(connection, added[::3])
            time.sleep(0.01)


def _add(connection: Connection, edge: Edge, dice: random.Random) -> bool:
    """Add an edge; gives false where a rule refuses it."""
    try:
        create_task_dependency(
            connection,
            task_id=edge[0],
            depends_on_id=edge[1],
            kind=edge[2],
            policy=dice.choice(["wait", "satisfy", "cancel"]),
        )
    except psycopg.IntegrityError as error:
        if rule_of(error) not in REFUSALS:
            raise
        return False
    return True


def _remove(connection: Connection, edges: list[Edge]) -> None:
    for task, other, kind in edges:
        delete_task_dependency(connection, task_id=task, depends_on_id=other, kind=kind)
