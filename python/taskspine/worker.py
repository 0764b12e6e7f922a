"""The agent's loop: claim a task, work on it, complete it and claim the next.

    def work(claim: Claim) -> dict[str, object]:
        return {"summary": f"did {claim.title}"}

    Worker(agent="ada", project="website").run(work)

A worker holds its tasks by leases that it prolongs in the background, so it may be killed at any
moment: its tasks are then handed to others when the leases run out.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    NamedTuple,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
)

import psycopg
import stamina

from sqltypist.runtime import JsonInput, only
from taskspine.database import connect
from taskspine.errors import ClaimLost, DatabaseUnreachable, NotFound, TaskspineError
from taskspine.queries.agents import register_agent
from taskspine.queries.projects import get_project_by_slug
from taskspine.queries.task_executions import (
    CompleteAndClaimTasksRow,
    complete_and_claim_tasks,
    complete_tasks,
    fail_tasks,
    get_task_execution,
    heartbeat_tasks,
    reap_expired_tasks,
    release_tasks,
)

if TYPE_CHECKING:
    from collections.abc import Container, Generator, Iterable, Sequence
    from datetime import datetime
    from types import FrameType
    from uuid import UUID

    from taskspine.enums import TaskStatus

    Connection: TypeAlias = psycopg.Connection[Any]

_P = ParamSpec("_P")
_T = TypeVar("_T")

Report: TypeAlias = Mapping[str, JsonInput]
"""What came out of work: a JSON object."""

Work: TypeAlias = Callable[["Claim"], Report | None]
"""What an agent does with a task."""

_log = logging.getLogger(__name__)

# How long claims may start at the last one before they look from the top again.
_TOP_SECONDS = 1.0

# Conflicts of transactions, locks and connections: what may be gone at the next attempt.
_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08000", "08003", "08006"}
_PATIENCE_SECONDS = 300.0
_PAUSE_SECONDS = 5.0

_MESSAGE_LENGTH = 1000
_SECRET = re.compile(
    r"(?<=://)[^/@\s]+(?=@)|(?i:(?<=password=)|(?<=token=)|(?<=secret=)|(?<=key=))[^\s&,;]+"
)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(eq=False, kw_only=True)
class Claim:
    """A task that this worker holds, by one attempt at it.

    Whatever ends the attempt raises ClaimLost when it does not run any more. `is_cancelled` says
    that somebody asked to stop, `is_lost` that another worker may have the task by now; both are
    learnt with a heartbeat.
    """

    execution_id: int
    attempt: int
    task_id: UUID
    project_id: UUID
    ref: str
    title: str
    type: str
    priority: int
    is_cancelled: bool = False
    is_lost: bool = False
    _worker: Worker = field(repr=False)

    def heartbeat(self) -> None:
        """Prolong the lease now; the worker does so by itself, three times a lease."""
        if self not in self._worker.heartbeat([self]):
            raise ClaimLost

    def complete(self, results: Report | None = None) -> None:
        """Complete the task, with what came out, and free those that wait for it."""
        if self not in self._worker.complete({self: _report(results)}):
            raise ClaimLost

    def fail(
        self, error: BaseException | str, *, retry_delay: timedelta | None = None
    ) -> TaskStatus:
        """Give up this attempt, and say what becomes of the task: pending, or failed for good."""
        status = self._worker.fail({self: error}, retry_delay=retry_delay).get(self)
        if status is None:
            raise ClaimLost
        return status

    def release(self) -> None:
        """Give the task back, ready for the next one; no failure is counted."""
        if self not in self._worker.release([self]):
            raise ClaimLost


class Worker:
    """One agent at work: it claims, keeps what it holds alive, and reaps what others left.

    `agent` is the agent's name, which is registered where it is new; `project` a slug, or None for
    the tasks of all projects. `lease` is how long a task is held without a sign of life,
    `batch_size` how many tasks are claimed at once, `poll` how long to wait, about, when nothing is
    ready, and `retry_delay` how long a failed task waits before it is tried again, doubled with
    every failure (10 seconds when None). A context manager: `run` works until it is stopped, and
    within `with` tasks can be claimed by hand.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        agent: str,
        project: str | None = None,
        lease: timedelta = timedelta(minutes=5),
        batch_size: int = 1,
        poll: timedelta = timedelta(seconds=1),
        retry_delay: timedelta | None = None,
    ) -> None:
        if batch_size < 1 or lease <= timedelta(0):
            raise ValueError("a worker claims at least one task at once, by a lease that lasts")
        self._url = url
        self._agent = agent
        self._project = project
        self._lease = lease
        self._batch_size = batch_size
        self._poll = poll.total_seconds()
        self._retry_delay = retry_delay
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._agent_id: UUID | None = None
        self._project_id: UUID | None = None
        self._held: dict[int, Claim] = {}
        self._place: _Place | None = None
        self._seen_top_at = 0.0
        self._is_open = False
        self._is_stopping = False
        # Unlike the waking of an event, a put may come from a signal at any moment.
        self._wake: SimpleQueue[None] = SimpleQueue()

    def __enter__(self) -> Self:
        try:
            self._open.callback(self._hang_up)
            self._agent_id = only(self._ask(register_agent, name=self._agent)).id
            if self._project is not None:
                project = self._ask(get_project_by_slug, slug=self._project)
                if project is None:
                    raise NotFound(f"no project has the slug {self._project!r}")
                self._project_id = project.id
            self._open.enter_context(self._heart())
            self._open.callback(self._give_back)
        except BaseException:
            self._open.close()
            raise
        self._is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        """Give back what is still held, and close the connections."""
        self._is_open = False
        self._open.close()

    def run(self, work: Work, *, until_idle: bool = False) -> None:
        """Claim and work until stopped, or, with `until_idle`, until nothing is ready.

        What `work` gives completes the task; what it raises fails the attempt; a claim that it
        completed, failed or released itself is left at that. SIGTERM, SIGINT and `stop` end the
        loop after the task at hand; a second signal interrupts the task, which is given back.
        """
        with nullcontext() if self._is_open else self, self._stop_on_signals():
            claims: list[Claim] | None = None
            while not self._is_stopping:
                if claims is None:
                    claims = self.claim_many(self._batch_size)
                if claims:
                    claims = self._work_through(claims, work)
                elif until_idle:
                    return
                else:
                    claims = None
                    with suppress(Empty):
                        self._wake.get(timeout=self._poll * random.uniform(0.5, 1.5))  # noqa: S311

    def stop(self) -> None:
        """End the loop after the task at hand, or before it begins; from work or any thread."""
        self._is_stopping = True
        self._wake.put(None)

    def claim(self) -> Claim | None:
        """Claim the best ready task; None when nothing is ready."""
        return next(iter(self.claim_many(1)), None)

    def claim_many(self, count: int) -> list[Claim]:
        """Claim up to so many ready tasks, best first."""
        return self._next({}, count)

    def heartbeat(self, claims: Sequence[Claim]) -> list[Claim]:
        """Prolong the leases of claims, and give those that still run."""
        return self._ask(self._beat, claims)

    def complete(self, results: Mapping[Claim, Report]) -> list[Claim]:
        """Complete claims, each with its results, and give those that were not lost."""
        if not results:
            return []
        rows = self._ask(
            complete_tasks,
            execution_ids=[claim.execution_id for claim in results],
            output_results=[*results.values()],
        )
        return self._completed(results, {row.execution_id for row in rows})

    def fail(
        self,
        errors: Mapping[Claim, BaseException | str],
        *,
        retry_delay: timedelta | None = None,
    ) -> dict[Claim, TaskStatus]:
        """Fail attempts, and say what becomes of the tasks of those that were not lost."""
        rows = self._ask(
            fail_tasks,
            execution_ids=[claim.execution_id for claim in errors],
            error_details=[_described(error) for error in errors.values()],
            retry_delay=self._retry_delay if retry_delay is None else retry_delay,
        )
        became: dict[int, TaskStatus] = {row.execution_id: row.task_status for row in rows}
        ended = self._put_down(errors, became)
        return {claim: became[claim.execution_id] for claim in ended}

    def release(self, claims: Sequence[Claim]) -> list[Claim]:
        """Give claims back: their tasks are ready again. Gives those that were not lost."""
        rows = self._ask(release_tasks, execution_ids=[claim.execution_id for claim in claims])
        return self._put_down(claims, {row.execution_id for row in rows})

    # The loop.

    def _work_through(self, claims: Sequence[Claim], work: Work) -> list[Claim]:
        """Work on claims one after another; complete them, and claim the next in one round trip."""
        results: dict[Claim, Report] = {}
        try:
            for claim in claims:
                if self._is_stopping:
                    break
                self._work_on(claim, work, results)
        except BaseException:
            self.complete(results)
            raise
        if self._is_stopping:
            self.complete(results)
            return []
        return self._next(results, self._batch_size)

    def _work_on(self, claim: Claim, work: Work, results: dict[Claim, Report]) -> None:
        try:
            if claim.is_lost:
                raise ClaimLost
            result = _report(work(claim))
        except ClaimLost:
            self._put_down([claim], ())
        except Exception as error:  # noqa: BLE001 - whatever it is, the attempt has failed
            if self._holds(claim):
                said = _described(error)
                _log.warning("%s: attempt %s failed: %s", claim.ref, claim.attempt, said)
                self.fail({claim: error})
        else:
            if self._holds(claim):
                results[claim] = result

    def _next(self, results: Mapping[Claim, Report], count: int) -> list[Claim]:
        """Complete claims, and claim up to so many, from where the last claim was."""
        now = time.monotonic()
        if now - self._seen_top_at >= _TOP_SECONDS:
            self._place = None
        place, rows = self._place, self._complete_and_claim(results, count)
        claimed = [row for row in rows if row.execution_status == "running"]
        if place and not claimed:
            self._place = None
            claimed = self._complete_and_claim({}, count)
        if self._place is None:
            self._seen_top_at = now
        if claimed:
            last = claimed[-1]
            self._place = _Place(last.priority, last.created_at, last.task_id)
        self._completed(results, {row.execution_id for row in rows})
        return [self._pick_up(row) for row in claimed]

    def _complete_and_claim(
        self, results: Mapping[Claim, Report], count: int
    ) -> list[CompleteAndClaimTasksRow]:
        if self._agent_id is None:
            raise TaskspineError("this worker is not open: claim within `with worker:`")
        place = self._place or _Place(None, None, None)
        return self._ask(
            complete_and_claim_tasks,
            execution_ids=[claim.execution_id for claim in results],
            output_results=[*results.values()],
            agent_id=self._agent_id,
            project_id=self._project_id,
            task_count=count,
            lease=self._lease,
            agent_instance=self._instance,
            after_priority=place.priority,
            after_created_at=place.created_at,
            after_task_id=place.task_id,
        )

    # What is held.

    def _holds(self, claim: Claim) -> bool:
        return claim.execution_id in self._held

    def _pick_up(self, row: CompleteAndClaimTasksRow) -> Claim:
        claim = Claim(
            execution_id=row.execution_id,
            attempt=row.attempt,
            task_id=row.task_id,
            project_id=row.project_id,
            ref=row.ref,
            title=row.title,
            type=row.type,
            priority=row.priority,
            _worker=self,
        )
        self._held[claim.execution_id] = claim
        return claim

    def _put_down(self, claims: Iterable[Claim], ended: Container[int]) -> list[Claim]:
        """Let go of claims, and give those that ended as they should; the others were lost."""
        for claim in claims:
            self._held.pop(claim.execution_id, None)
            claim.is_lost = claim.execution_id not in ended
            if claim.is_lost:
                _log.warning("%s: attempt %s is lost", claim.ref, claim.attempt)
        return [claim for claim in claims if not claim.is_lost]

    def _completed(self, claims: Iterable[Claim], completed: set[int]) -> list[Claim]:
        """Put down completed claims, also where a repeated call was answered that nothing ran."""
        for claim in claims:
            if claim.execution_id not in completed:
                attempt = self._ask(get_task_execution, execution_id=claim.execution_id)
                if attempt is not None and attempt.status == "completed":
                    completed.add(claim.execution_id)
        return self._put_down(claims, completed)

    def _give_back(self) -> None:
        if self._held:
            with suppress(psycopg.Error, TaskspineError):
                self.release([*self._held.values()])

    # Signs of life.

    @contextmanager
    def _heart(self) -> Generator[None]:
        """Prolong all leases in the background, on a connection of their own."""
        end = threading.Event()
        thread = threading.Thread(
            target=self._keep_alive, args=(end,), name="taskspine-heartbeat", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _keep_alive(self, end: threading.Event) -> None:
        pause = self._lease.total_seconds() / 3
        with ExitStack() as stack:
            connection: Connection | None = None
            while not end.wait(pause * random.uniform(0.8, 1.0)):  # noqa: S311
                try:
                    if connection is None or connection.closed:
                        connection = stack.enter_context(closing(self._connect()))
                    if claims := [*self._held.values()]:
                        self._beat(connection, claims)
                    reap_expired_tasks(connection, retry_delay=self._retry_delay)
                except (psycopg.Error, TaskspineError) as error:
                    _log.warning("no heartbeat: %s", _described(error))

    def _beat(self, connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
        rows = heartbeat_tasks(
            connection,
            execution_ids=[claim.execution_id for claim in claims],
            lease=self._lease,
        )
        alive = {row.execution_id: row.is_cancel_requested for row in rows}
        for claim in claims:
            # A claim that was put down meanwhile tells itself how it ended.
            claim.is_lost = claim.execution_id not in alive and self._holds(claim)
            claim.is_cancelled = claim.is_cancelled or alive.get(claim.execution_id, False)
        return [claim for claim in claims if claim.execution_id in alive]

    # The connection.

    def _connect(self) -> Connection:
        return connect(self._url, application_name=f"taskspine {self._agent}")

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _ask(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **named: _P.kwargs
    ) -> _T:
        """Ask the database, again where that may help, and on a new connection where the old died.

        Completing, failing and releasing can be repeated, since they name the attempt. A claim
        whose answer was lost stays with nobody until its lease runs out.
        """
        for attempt in stamina.retry_context(
            on=self._may_pass, attempts=None, timeout=_PATIENCE_SECONDS, wait_max=_PAUSE_SECONDS
        ):
            with attempt:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                return query(self._connection, *args, **named)
        raise AssertionError("unreachable: the last attempt raises")

    def _may_pass(self, error: Exception) -> bool:
        if self._is_stopping or not self._is_open:
            return False
        if isinstance(error, psycopg.OperationalError):
            return error.sqlstate is None or error.sqlstate in _PASSING
        return isinstance(error, DatabaseUnreachable)

    @contextmanager
    def _stop_on_signals(self) -> Generator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_number: int, _frame: FrameType | None) -> None:
            if self._is_stopping:
                raise KeyboardInterrupt
            self.stop()

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


class _Place(NamedTuple):
    """Where in claim order a claim starts."""

    priority: int | None
    created_at: datetime | None
    task_id: UUID | None


def _report(results: Report | None) -> Report:
    """Check what came out of work, so that a batch is not refused for one of its tasks."""
    if results is None:
        return {}
    if not isinstance(results, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"work gave {type(results).__name__}: let it give a mapping, or None")
    report = dict(results)
    text = json.dumps(report, allow_nan=False, ensure_ascii=False)
    text.encode()
    if _NUL.search(text):
        raise ValueError("work gave text with the character U+0000, which no database takes")
    return report


def _described(error: BaseException | str) -> dict[str, str]:
    """Say what went wrong, without secrets and without the rows that a driver's error quotes."""
    if isinstance(error, str):
        return {"message": _clean(error)}
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return {"type": type(error).__name__, "message": _clean(said or str(error))}


def _clean(text: str) -> str:
    text = text.replace("\0", "").encode(errors="replace").decode()
    return _SECRET.sub("***", text)[:_MESSAGE_LENGTH]
