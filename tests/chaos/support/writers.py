"""Writers who change the graph just where agents work on it."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from racing import rule_of, session

from taskspine.queries.task_dependencies import create_task_dependency, delete_task_dependency

if TYPE_CHECKING:
    from agents import Habits

SECONDS = 45
FRONT = (
    "SELECT id FROM tasks WHERE status IN ('pending', 'in_progress') ORDER BY created_at LIMIT 40"
)
EDGES = "SELECT task_id, depends_on_id, kind FROM task_dependencies WHERE task_id = ANY (%s)"
REFUSALS = {
    "task_dependencies_acyclic",
    "task_dependencies_added_while_not_running",
    "task_dependencies_conflict_starts_unbroken",
}


def write_edges(url: str, habits: Habits, name: str) -> Counter[str]:
    """Add edges in random directions, and take some away; gives what came of it, counted."""
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    counts: Counter[str] = Counter()
    with session(url) as connection:
        while not habits.stop.exists():
            assert time.monotonic() < end, "the tasks do not end"
            front = [row[0] for row in connection.execute(FRONT)]
            edges = connection.execute(EDGES, [front]).fetchall()
            dice.shuffle(edges)
            for task, other, kind in edges[:10]:
                counts["removed"] += delete_task_dependency(
                    connection, task_id=task, depends_on_id=other, kind=kind
                )
            for _ in range(15 if len(front) > 1 else 0):
                counts[_add_edge(connection, dice, dice.sample(front, 2))] += 1
            time.sleep(0.01)
    return counts


def _add_edge(connection: psycopg.Connection[Any], dice: random.Random, pair: list[Any]) -> str:
    try:
        create_task_dependency(
            connection,
            task_id=pair[0],
            depends_on_id=pair[1],
            kind=dice.choice(["blocks", "blocks", "conflicts"]),
            policy=dice.choice(["wait", "satisfy", "cancel"]),
        )
    except psycopg.IntegrityError as error:
        if rule_of(error) not in REFUSALS:
            raise
        return rule_of(error)
    return "added"
