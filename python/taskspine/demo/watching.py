"""What happens in a project, read from the database time and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import psycopg

from taskspine.printable import printable
from taskspine.queries.active_tasks import ListActiveTasksRow, list_active_tasks
from taskspine.queries.blocked_tasks import ListBlockedTasksRow, list_blocked_tasks
from taskspine.queries.ready_tasks import (
    ListReadyTasksRow,
    count_ready_tasks,
    list_ready_tasks,
)
from taskspine.queries.task_executions import get_task_execution
from taskspine.queries.tasks import count_tasks_by_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskspine.enums import TaskStatus

    Connection = psycopg.Connection[Any]

What = Literal[
    "starts", "tries again", "takes over", "completed", "failed", "lost", "given back",
    "ready", "killed", "hired",
]  # fmt: skip

_READY_SHOWN = 200
_SOON = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, so many seconds after the start."""

    seconds: float
    what: What
    agent: str = ""
    ref: str = ""
    title: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An agent at work on a task."""

    execution_id: int
    task_id: UUID
    agent: str
    ref: str
    title: str
    attempt: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Scene:
    """How things stand at one moment, and what happened since the one before."""

    seconds: float
    counts: Mapping[TaskStatus, int]
    attempts: list[Attempt]
    ready_count: int
    events: list[Event]
    is_over: bool
    waiting: int = 0

    def count(self, *statuses: TaskStatus) -> int:
        """Count the tasks that have one of some statuses."""
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def total(self) -> int:
        """The number of all tasks."""
        return sum(self.counts.values())


@dataclass
class Watch:
    """Looks at a project, and tells what changed between two looks."""

    connection: Connection
    project_id: UUID
    began: float = field(default_factory=monotonic)
    _running: dict[int, Attempt] = field(default_factory=dict[int, Attempt])
    _ready: set[UUID] | None = None
    _ended: dict[UUID, str] = field(default_factory=dict[UUID, str])

    def seconds(self) -> float:
        """Give the seconds since the start."""
        return monotonic() - self.began

    def look(self) -> Scene:
        """Look at everything in one snapshot."""
        connection = self.connection
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            counted = count_tasks_by_status(connection, project_id=self.project_id)
            active = list_active_tasks(connection, project_id=self.project_id)
            ready_count = count_ready_tasks(connection, project_id=self.project_id)
            ready = list_ready_tasks(
                connection, project_id=self.project_id, task_count=_READY_SHOWN
            )
            is_idle = ready_count == 0 and not any(row.execution_id for row in active)
            is_over = (
                is_idle
                and not any(map(will_be_ready, self.blocked()))
                # A task whose time came between the two questions is in neither answer.
                and count_ready_tasks(connection, project_id=self.project_id) == 0
            )
        attempts = [attempt for row in active if (attempt := self._attempt(row)) is not None]
        events = [*self._ends(attempts), *self._starts(attempts), *self._new(ready)]
        counts: dict[TaskStatus, int] = {row.status: row.task_count for row in counted}
        return Scene(
            seconds=self.seconds(),
            counts=counts,
            attempts=attempts,
            ready_count=ready_count,
            waiting=counts.get("pending", 0) - ready_count,
            events=events,
            is_over=is_over,
        )

    def blocked(self) -> list[ListBlockedTasksRow]:
        """List the tasks that cannot be claimed."""
        return list_blocked_tasks(self.connection, project_id=self.project_id)

    def event(self, what: What, agent: str, note: str = "") -> Event:
        """Make an event of something that the database does not know."""
        return Event(seconds=self.seconds(), what=what, agent=agent, note=note)

    def _attempt(self, row: ListActiveTasksRow) -> Attempt | None:
        if row.execution_id is None or row.attempt is None or row.attempt_started_at is None:
            return None
        return Attempt(
            execution_id=row.execution_id,
            task_id=row.id,
            agent=row.agent_name or "",
            ref=printable(row.ref),
            title=printable(row.title),
            attempt=row.attempt,
            seconds=max((datetime.now(UTC) - row.attempt_started_at).total_seconds(), 0),
        )

    def _ends(self, attempts: list[Attempt]) -> list[Event]:
        still = {attempt.execution_id for attempt in attempts}
        gone = [self._running.pop(each) for each in self._running.keys() - still]
        events: list[Event] = []
        for attempt in sorted(gone, key=lambda each: each.execution_id):
            row = get_task_execution(self.connection, execution_id=attempt.execution_id)
            if row is None:
                continue
            self._ended[attempt.task_id] = row.status
            whats: dict[str, What] = {
                "completed": "completed", "failed": "failed", "timeout": "lost",
            }  # fmt: skip
            note = ""
            if isinstance(row.error_details, dict):
                note = printable(str(row.error_details.get("message", "")))
            if row.status == "timeout":
                note = "the lease ran out"
            events.append(
                Event(
                    seconds=self.seconds(),
                    what=whats.get(row.status, "given back"),
                    agent=attempt.agent,
                    ref=attempt.ref,
                    title=attempt.title,
                    note=note,
                )
            )
        return events

    def _starts(self, attempts: list[Attempt]) -> list[Event]:
        events: list[Event] = []
        for attempt in attempts:
            if attempt.execution_id in self._running:
                continue
            ended = self._ended.get(attempt.task_id)
            what: What = "starts"
            if attempt.attempt > 1:
                what = "takes over" if ended == "timeout" else "tries again"
            events.append(
                Event(
                    seconds=self.seconds(),
                    what=what,
                    agent=attempt.agent,
                    ref=attempt.ref,
                    title=attempt.title,
                    note=f"attempt {attempt.attempt}" if attempt.attempt > 1 else "",
                )
            )
        self._running = {attempt.execution_id: attempt for attempt in attempts}
        return events

    def _new(self, ready: list[ListReadyTasksRow]) -> list[Event]:
        """Tell what became ready since the last look; at the first look everything was."""
        before = self._ready
        self._ready = {row.id for row in ready}
        if before is None or len(ready) == _READY_SHOWN:
            return []
        return [
            Event(
                seconds=self.seconds(),
                what="ready",
                ref=printable(row.ref),
                title=printable(row.title),
            )
            for row in ready
            if row.id not in before
        ]


def will_be_ready(row: ListBlockedTasksRow) -> bool:
    """Say whether a task that cannot be claimed now will be, by itself and soon."""
    return (
        row.status == "pending"
        and row.open_blockers == 0
        and not row.conflict_refs
        and row.project_paused_at is None
        and row.not_before is not None
        and row.not_before - datetime.now(UTC) < _SOON
    )
