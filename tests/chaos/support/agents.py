"""Agents that take tasks and finish them, badly: they dawdle, fail, give back and come too late."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from racing import SECONDS, session

from taskspine.queries.task_executions import (
    claim_task,
    claim_tasks,
    complete_and_claim_tasks,
    complete_task,
    complete_tasks,
    fail_tasks,
    heartbeat_tasks,
    reap_expired_tasks,
    release_tasks,
)

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from racing import Ground

# A lease runs out now and then; where the machine is slow, agents learn to ask for longer ones.
LEASE = 0.2
LONGEST_LEASE = 30.0
LONGEST_PAUSE = 3.0
AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Habits:
    """How an agent takes its tasks."""

    ground: Ground
    folder: Path
    doomed: frozenset[UUID]
    batch: tuple[int, int] = (1, 1)
    chained: bool = False
    dawdling: float = 0.02
    failing: float = 0.02

    @property
    def stop(self) -> Path:
        """The file that tells all to stop."""
        return self.folder / "stop"

    def diary(self, name: str) -> Path:
        """The file in which an agent writes what it saw, line by line, and which outlives it."""
        return self.folder / f"{name}.diary"


class Agent:
    """One agent with one session."""

    def __init__(self, connection: psycopg.Connection[Any], habits: Habits, name: str) -> None:
        self.connection = connection
        self.habits = habits
        self.name = name
        self.dice = random.Random(name)
        self.seconds = LEASE
        self.diary = habits.diary(name).open("ab", buffering=0)
        connection.execute("SELECT set_config('application_name', %s, false)", [name])

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def note(self, what: str, execution_id: int) -> None:
        self.diary.write(f"{what} {execution_id}\n".encode())

    def work(self) -> None:
        """Take and finish tasks until told to stop."""
        end = time.monotonic() + SECONDS
        held: dict[int, UUID] = {}
        while not self.habits.stop.exists():
            assert time.monotonic() < end, "the tasks do not end"
            if not held:
                held = self.claim()
            if not held:
                self.reap()
                time.sleep(self.dice.uniform(0.005, 0.02))
                continue
            self.toil(held)
            held = self.finish(held)

    def claim(self) -> dict[int, UUID]:
        habits = self.habits
        ground = habits.ground
        size = self.dice.randint(*habits.batch)
        if habits.batch == (1, 1):
            row = claim_task(
                self.connection,
                agent_id=ground.agent_id,
                project_id=ground.project_id,
                lease=self.lease,
                agent_instance=self.name,
            )
            return {row.execution_id: row.task_id} if row else {}
        rows = claim_tasks(
            self.connection,
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            task_count=size,
            lease=self.lease,
            agent_instance=self.name,
        )
        return {row.execution_id: row.task_id for row in rows}

    def toil(self, held: dict[int, UUID]) -> None:
        """Work on what is held; now and then too long, now and then with a heartbeat."""
        dice = self.dice
        too_long = dice.random() < self.habits.dawdling
        pause = min(1.5 * self.seconds, LONGEST_PAUSE) if too_long else dice.uniform(0, 0.003)
        time.sleep(pause)
        if dice.random() < 0.2:
            beats = heartbeat_tasks(self.connection, execution_ids=[*held], lease=self.lease)
            self.forget(held, {row.execution_id for row in beats})

    def finish(self, held: dict[int, UUID]) -> dict[int, UUID]:
        """Finish what is held, each in one of several ways; gives what was claimed with it."""
        dice = self.dice
        failing = [
            execution
            for execution, task in held.items()
            if task in self.habits.doomed or dice.random() < self.habits.failing
        ]
        if failing:
            failed = fail_tasks(
                self.connection,
                execution_ids=failing,
                error_details=[{"agent": self.name}] * len(failing),
                retry_delay=AT_ONCE,
            )
            self.forget(held, {row.execution_id for row in failed}, failing)
            for execution in failing:
                held.pop(execution, None)
        returning = [execution for execution in held if dice.random() < self.habits.failing]
        if returning:
            released = release_tasks(self.connection, execution_ids=returning)
            self.forget(held, {row.execution_id for row in released}, returning)
            for execution in returning:
                held.pop(execution, None)
        return self.complete(held) if held else {}

    def complete(self, held: dict[int, UUID]) -> dict[int, UUID]:
        connection, habits = self.connection, self.habits
        names = [*held]
        results = [{"agent": self.name, "execution": name} for name in names]
        claimed = {}
        if habits.chained:
            rows = complete_and_claim_tasks(
                connection,
                execution_ids=names,
                output_results=results,
                agent_id=habits.ground.agent_id,
                project_id=habits.ground.project_id,
                task_count=self.dice.randint(*habits.batch),
                lease=self.lease,
                agent_instance=self.name,
            )
            claimed = {
                row.execution_id: row.task_id for row in rows if row.execution_status == "running"
            }
            done = {row.execution_id for row in rows} - set(claimed)
        elif len(names) == 1:
            row = complete_task(connection, execution_id=names[0], output_results=results[0])
            done = {row.execution_id} if row else set()
        else:
            done = {
                row.execution_id
                for row in complete_tasks(connection, execution_ids=names, output_results=results)
            }
        for name in done:
            self.note("completed", name)
        self.forget(held, done)
        return claimed

    def forget(
        self, held: dict[int, UUID], answered: set[int], asked: list[int] | None = None
    ) -> None:
        """Drop attempts that were lost, once it is seen that nothing can be done with them."""
        lost = [execution for execution in asked or held if execution not in answered]
        if not lost:
            self.seconds = max(0.9 * self.seconds, LEASE)
            return
        self.seconds = min(2 * self.seconds, LONGEST_LEASE)
        for execution in lost:
            self.note("lost", execution)
            del held[execution]
        late = [{"late": self.name}] * len(lost)
        connection = self.connection
        assert complete_tasks(connection, execution_ids=lost, output_results=late) == []
        assert fail_tasks(connection, execution_ids=lost, error_details=late) == []
        assert release_tasks(connection, execution_ids=lost) == []
        assert heartbeat_tasks(connection, execution_ids=lost) == []

    def reap(self) -> None:
        for row in reap_expired_tasks(self.connection, retry_delay=AT_ONCE):
            self.note("reaped", row.execution_id)


def work(url: str, habits: Habits, name: str) -> str:
    """Be an agent; its session may be cut off."""
    with suppress(psycopg.OperationalError), session(url) as connection:
        try:
            Agent(connection, habits, name).work()
        except psycopg.OperationalError:
            if connection.broken:
                return "cut off"
            raise
    return "done"


def reap(url: str, habits: Habits, name: str) -> str:
    """Reap until told to stop."""
    end = time.monotonic() + SECONDS
    with session(url) as connection:
        agent = Agent(connection, habits, name)
        while not habits.stop.exists():
            assert time.monotonic() < end, "the tasks do not end"
            agent.reap()
            time.sleep(0.01)
    return "done"


def read_diaries(folder: Path) -> dict[str, Counter[int]]:
    """Read what all agents saw: which attempts were completed, lost, reaped, and how often."""
    seen: dict[str, Counter[int]] = {"completed": Counter(), "lost": Counter(), "reaped": Counter()}
    for diary in folder.glob("*.diary"):
        for line in diary.read_text().splitlines():
            what, execution = line.split()
            seen[what][int(execution)] += 1
    return seen
