"""People who move tasks with a plain UPDATE, and agents who bear with them.

A plain UPDATE takes its locks after the row, so now and then the server breaks a deadlock: whoever
loses tries again, as every client of a database must.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from racing import TRIES, retried, rule_of, session

from taskspine.queries.task_executions import (
    claim_tasks,
    complete_tasks,
    fail_tasks,
    reap_expired_tasks,
)

if TYPE_CHECKING:
    from agents import Habits

SECONDS = 30
STATUSES = [
    "pending", "in_progress", "blocked", "review", "completed", "failed", "cancelled", "deferred",
]  # fmt: skip
REFUSALS = {
    "tasks_status_follows_transitions",
    "tasks_in_conflict_never_both_in_progress",
}
MOVED = """
UPDATE tasks SET status = %s, status_reason = 'by hand ' || clock_timestamp()
WHERE id IN (
    SELECT id FROM tasks ORDER BY status IN ('pending', 'in_progress') DESC, random() LIMIT %s
)
"""


def interfere(url: str, habits: Habits, name: str, level: str) -> Counter[str]:
    """Move random tasks to random statuses until told to stop; gives what came of it, counted."""
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    counts: Counter[str] = Counter()
    with session(url, level) as connection:
        while not habits.stop.exists() and time.monotonic() < end:
            for _ in range(TRIES):
                try:
                    connection.execute(MOVED, [dice.choice(STATUSES), dice.choice([1, 1, 3])])
                except (
                    psycopg.errors.SerializationFailure,
                    psycopg.errors.DeadlockDetected,
                ) as lost:
                    counts[rule_of(lost)] += 1
                    time.sleep(dice.uniform(0, 0.01))
                except psycopg.errors.CheckViolation as refused:
                    if rule_of(refused) not in REFUSALS:
                        raise
                    counts["refused"] += 1
                    break
                else:
                    counts["moved"] += 1
                    break
            else:
                raise AssertionError(f"lost {TRIES} times")
            time.sleep(dice.uniform(0, 0.005))
    return counts


def bear(url: str, habits: Habits, name: str) -> int:
    """Claim and complete until told to stop; gives how many tasks were completed."""
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    completed = 0
    with session(url) as connection:
        while not habits.stop.exists() and time.monotonic() < end:
            completed += _work(connection, habits, dice)
    return completed


def _work(connection: psycopg.Connection[Any], habits: Habits, dice: random.Random) -> int:
    ground = habits.ground
    deadlock = psycopg.errors.DeadlockDetected
    held = retried(
        lambda: claim_tasks(
            connection,
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            task_count=dice.choice([1, 1, 5]),
            lease=timedelta(milliseconds=100),
        ),
        deadlock,
    )
    names = [row.execution_id for row in held]
    time.sleep(dice.uniform(0, 0.01) if dice.random() < 0.95 else 0.15)
    if not names:
        retried(lambda: reap_expired_tasks(connection, retry_delay=timedelta(0)), deadlock)
        return 0
    if dice.random() < 0.1:
        retried(
            lambda: fail_tasks(
                connection,
                execution_ids=names,
                error_details=[{}] * len(names),
                retry_delay=timedelta(0),
            ),
            deadlock,
        )
        return 0
    done = retried(
        lambda: complete_tasks(connection, execution_ids=names, output_results=[{}] * len(names)),
        deadlock,
    )
    return len(done)
