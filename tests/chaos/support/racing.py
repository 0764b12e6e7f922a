"""Processes that race each other in one database.

Every racer is a process with a session of its own, forked from a clean server process that has
loaded the modules. Nothing here waits without a limit, and every process ends with its race.
"""

from __future__ import annotations

import multiprocessing
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg

from replaying import untold
from taskspine.queries.tasks import list_broken_invariants
from taskspine.server import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection as Pipe
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Barrier
    from pathlib import Path
    from uuid import UUID

LEVELS = ("read committed", "repeatable read", "serializable")
# How long anything here may take: far longer than it does, for it only ends what hangs.
SECONDS = 900

_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_Answer = TypeVar("_Answer")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "psycopg",
        "taskspine.server",
        "taskspine.queries.task_dependencies",
        "taskspine.queries.task_executions",
        "taskspine.queries.tasks",
    ]
)


def barrier(count: int) -> Barrier:
    """Make a barrier that so many racers wait at for one another."""
    return _CONTEXT.Barrier(count)


def session(url: str, level: str = "read committed") -> psycopg.Connection[Any]:
    """Open a session in autocommit whose transactions are at an isolation level."""
    connection = connect(url)
    connection.execute("SELECT set_config('default_transaction_isolation', %s, false)", [level])
    return connection


def retried(call: Callable[[], _Answer], *also: type[psycopg.Error]) -> _Answer:
    """Repeat what a strict isolation level refused, as every client of one must."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            return call()
        except (psycopg.errors.SerializationFailure, *also):
            time.sleep(0.001)
    raise AssertionError("refused again and again")


def rule_of(error: psycopg.Error) -> str:
    """Name what refused a statement: a rule of the schema, or else the error's SQLSTATE."""
    return error.diag.constraint_name or error.sqlstate or type(error).__name__


@dataclass(frozen=True)
class Ground:
    """A project to race in."""

    project_id: UUID
    task_list_id: UUID
    agent_id: UUID


@dataclass
class _Racer:
    process: BaseProcess
    pipe: Pipe
    answer: Any = None
    is_heard: bool = False

    def hear(self) -> bool:
        """Say whether it has answered, as None when it was killed; raises what failed in it."""
        if not self.is_heard and self.pipe.poll():
            fault = None
            with suppress(EOFError):
                self.answer, fault = self.pipe.recv()
            self.is_heard = True
            assert fault is None, fault
        return self.is_heard


class Race:
    """A fresh database, and the processes that race in it; a context manager."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.connection = connect(url)
        self._racers: list[_Racer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for racer in self._racers:
            racer.process.kill()
            racer.process.join(10)
            racer.pipe.close()
        self.connection.close()

    def start(self, function: Callable[..., Any], *arguments: object) -> BaseProcess:
        """Start a process; its function gets the database's URL before the arguments."""
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_race, args=(theirs, function, self.url, *arguments))
        process.start()
        theirs.close()
        self._racers.append(_Racer(process, ours))
        return process

    def results(self) -> list[Any]:
        """Wait for the processes, and give what they returned; None for one that was killed."""
        end = time.monotonic() + SECONDS
        while silent := [racer.pipe for racer in self._racers if not racer.hear()]:
            assert wait(silent, end - time.monotonic()), "a racer does not end"
        answers = [racer.answer for racer in self._racers]
        for racer in self._racers:
            racer.process.join(max(1, end - time.monotonic()))
            racer.pipe.close()
        self._racers.clear()
        return answers

    def abreast(
        self, level: str, lanes: Sequence[tuple[Callable[..., Any], Sequence[Sequence[object]]]]
    ) -> list[list[Any]]:
        """Run one function a lane, round by round, all lanes starting each round at once.

        Each function gets a session at the level and the arguments of the round. Gives the
        answers of each round, one a lane; the rule's name where a statement was refused.
        """
        together = barrier(len(lanes))
        for function, rounds in lanes:
            self.start(_lane, level, together, function, rounds)
        return [list(answers) for answers in zip(*self.results(), strict=True)]

    def ground(self) -> Ground:
        """Make a project with a list and an agent."""
        row = self.connection.execute(
            """
            WITH agent AS (
                INSERT INTO agents (name) VALUES ('agent ' || uuid_v7()) RETURNING id
            ), project AS (
                INSERT INTO projects (name, slug) VALUES ('race', uuid_v7()) RETURNING id
            ), list AS (
                INSERT INTO task_lists (project_id) SELECT id FROM project RETURNING id
            )
            SELECT project.id, list.id, agent.id FROM project, list, agent
            """
        ).fetchone()
        assert row is not None
        return Ground(*row)

    def tasks(self, ground: Ground, count: int, max_attempts: int = 1000) -> list[UUID]:
        """Make pending tasks, in claim order."""
        rows = self.connection.execute(
            """
            INSERT INTO tasks (project_id, task_list_id, ref, title, max_attempts)
            SELECT %s, %s, uuid_v7()::text || n, 'task ' || n, %s FROM generate_series(1, %s) AS n
            RETURNING id
            """,
            [ground.project_id, ground.task_list_id, max_attempts, count],
        ).fetchall()
        return [row[0] for row in rows]

    def edges(self, edges: Sequence[Sequence[UUID]], kind: str = "blocks") -> None:
        """Make each first task depend on the second."""
        self.connection.execute(
            """
            INSERT INTO task_dependencies (task_id, depends_on_id, kind)
            SELECT edge.task_id, edge.depends_on_id, %s
            FROM unnest(%s::uuid[], %s::uuid[]) AS edge (task_id, depends_on_id)
            """,
            [kind, [edge[0] for edge in edges], [edge[1] for edge in edges]],
        )

    def value(self, statement: str, *parameters: object) -> Any:
        """Ask the database for one value."""
        row = self.connection.execute(statement, parameters).fetchone()
        assert row is not None
        return row[0]

    def wait_until(self, is_so: Callable[[], object], what: str = "it") -> None:
        """Wait until something is so, unless a racer fails."""
        end = time.monotonic() + SECONDS
        while not is_so():
            for racer in self._racers:
                racer.hear()
            assert time.monotonic() < end, f"{what} never comes"
            time.sleep(0.02)

    def wait_for_waiters(self, count: int) -> None:
        """Wait until so many sessions of racers wait for a lock of another session."""
        waiting = _SESSIONS + " AND wait_event_type = 'Lock'"
        self.wait_until(lambda: self.value(waiting) >= count, "the wait for a lock")

    def deadlocks(self) -> int:
        """Count the deadlocks in this database, once every racer's session has ended."""
        self.wait_until(lambda: self.value(_SESSIONS) == 0, "the end of every session")
        return int(
            self.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )

    def assert_sound(self, *, deadlocks: bool = False) -> None:
        """Assert that all invariants hold, the log is true, and nobody ran into a deadlock."""
        assert list_broken_invariants(self.connection) == []
        assert untold(self.connection) == []
        assert deadlocks or self.deadlocks() == 0


def _race(pipe: Pipe, function: Callable[..., Any], *arguments: object) -> None:
    try:
        pipe.send((function(*arguments), None))
    except BaseException:  # noqa: BLE001
        pipe.send((None, traceback.format_exc()))


def _lane(
    url: str,
    level: str,
    barrier: Barrier,
    function: Callable[..., Any],
    rounds: Sequence[Sequence[object]],
) -> list[Any]:
    answers = []
    with session(url, level) as connection:
        for arguments in rounds:
            barrier.wait(SECONDS)
            try:
                answers.append(function(connection, *arguments))
            except psycopg.Error as error:
                answers.append(rule_of(error))
    return answers
