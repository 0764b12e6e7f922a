"""People who move tasks with a plain UPDATE, and agents who bear with them.

A plain UPDATE takes its locks after the row, so now and then the server breaks a deadlock: whoever
loses tries again, as every client of a database must.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from racing import SECONDS, retried, rule_of, session

from taskspine.queries.task_executions import (
    claim_tasks,
    complete_tasks,
    fail_tasks,
    reap_expired_tasks,
)

if TYPE_CHECKING:
    from pathlib import Path

    from agents import Habits

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


def interfere(url: str, habits: Habits, name: str, level: str) -> None:
    """Move random tasks to random statuses until told to stop."""
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    diary = habits.diary(name)
    with session(url, level) as connection:
        while not habits.stop.exists():
            assert time.monotonic() < end, "nobody tells to stop"
            note(diary, _move(connection, dice))
            time.sleep(dice.uniform(0, 0.005))


def _move(connection: psycopg.Connection[Any], dice: random.Random) -> int:
    """Move one task or some; gives how many were moved, none where a rule refuses it."""
    wanted = [dice.choice(STATUSES), dice.choice([1, 1, 3])]
    try:
        return retried(
            lambda: connection.execute(MOVED, wanted).rowcount, psycopg.errors.DeadlockDetected
        )
    except psycopg.errors.CheckViolation as refused:
        if rule_of(refused) not in REFUSALS:
            raise
        return 0


def bear(url: str, habits: Habits, name: str) -> None:
    """Claim and complete until told to stop."""
    dice = random.Random(name)
    end = time.monotonic() + SECONDS
    diary = habits.diary(name)
    with session(url) as connection:
        while not habits.stop.exists():
            assert time.monotonic() < end, "nobody tells to stop"
            note(diary, _work(connection, habits, dice))


def note(diary: Path, count: int) -> None:
    """Put as many strokes into a diary."""
    with diary.open("a") as file:
        file.write("|" * count)


def strokes(folder: Path, names: str) -> int:
    """Count the strokes in the diaries of all whose name begins so."""
    return sum(diary.stat().st_size for diary in folder.glob(f"{names}*.diary"))


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
