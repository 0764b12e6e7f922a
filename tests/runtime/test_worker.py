"""A worker drains a project, keeps what it holds alive, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from taskspine.database import Connection, connect
from taskspine.errors import ClaimLost, DatabaseUnreachable, NotFound, TaskspineError
from taskspine.queries.task_executions import (
    list_task_executions,
    reap_expired_tasks,
    request_task_cancellation,
)
from taskspine.queries.tasks import count_tasks_by_status, list_broken_invariants
from taskspine.settings import changed
from taskspine.worker import Claim, Worker
from work import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from taskspine.queries.tasks import CreateTaskRow

SHORT = timedelta(seconds=2)
SECONDS = 300
NOW = timedelta(0)


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.fixture
def desk(connection: Connection) -> Desk:
    return Desk(connection)


@pytest.fixture
def hire(database_url: str, desk: Desk) -> Callable[..., Worker]:
    def worker(**options: object) -> Worker:
        given = {"agent": "ada", "project": desk.slug, "retry_delay": NOW}
        return Worker(database_url, **(given | options))  # type: ignore[arg-type]

    return worker


def counts(desk: Desk) -> Mapping[str, int]:
    rows = count_tasks_by_status(desk.connection, project_id=desk.project_id)
    return {row.status: row.task_count for row in rows}


def attempts(desk: Desk, task: CreateTaskRow) -> list[str]:
    return [row.status for row in list_task_executions(desk.connection, task_id=task.id)]


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


# The loop.


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_worker_drains_a_project_in_order(
    desk: Desk, hire: Callable[..., Worker], batch_size: int
) -> None:
    first = desk.task("first")
    middle = [desk.task(f"middle {n}", first) for n in range(6)]
    desk.task("last", *middle)
    desk.task("urgent", priority=10)
    done: list[str] = []

    def work(claim: Claim) -> dict[str, str]:
        done.append(claim.title)
        return {"did": claim.title}

    hire(batch_size=batch_size).run(work, until_idle=True)
    assert done == ["urgent", "first", *(f"middle {n}" for n in range(6)), "last"]
    assert counts(desk) == {"completed": 9}
    results = list_task_executions(desk.connection, task_id=first.id)[0].output_results
    assert results == {"did": "first"}
    assert list_broken_invariants(desk.connection) == []


def test_a_task_that_fails_is_tried_again_until_its_attempts_are_used_up(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    shaky, hopeless = desk.task("shaky"), desk.task("hopeless", max_attempts=2)

    def work(claim: Claim) -> None:
        if claim.title == "hopeless" or claim.attempt == 1:
            raise ValueError("no luck with postgresql://ada:geheim@db/x, password=geheim too")

    with hire() as worker:
        wait_until(lambda: worker.run(work, until_idle=True) or "pending" not in counts(desk))
    assert attempts(desk, shaky) == ["failed", "completed"]
    assert attempts(desk, hopeless) == ["failed", "failed"]
    assert counts(desk) == {"completed": 1, "failed": 1}
    said = list_task_executions(desk.connection, task_id=hopeless.id)[0].error_details
    assert said == {
        "type": "ValueError",
        "message": "no luck with postgresql://***@db/x, password=*** too",
    }


@pytest.mark.parametrize(
    "result",
    [["no", "mapping"], {"when": object()}, {"text": "\0"}, {"text": "\ud800"}, {"x": 1e999}],
)
def test_what_no_database_takes_fails_only_its_own_task(
    desk: Desk, hire: Callable[..., Worker], result: object
) -> None:
    fine, odd = desk.task("fine"), desk.task("odd", max_attempts=1)

    def work(claim: Claim) -> object:
        return result if claim.title == "odd" else {"text": "\\u0000 as text is fine"}

    hire(batch_size=2).run(work, until_idle=True)  # type: ignore[arg-type]
    assert attempts(desk, fine) == ["completed"]
    assert attempts(desk, odd) == ["failed"]


def test_an_error_of_the_database_does_not_quote_the_refused_row(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    task = desk.task(max_attempts=1)

    def work(_claim: Claim) -> None:
        with psycopg.connect(desk.connection.info.dsn) as connection:
            connection.execute("INSERT INTO taskspine.projects (name, slug) VALUES ('geheim', '-')")

    hire().run(work, until_idle=True)
    said = list_task_executions(desk.connection, task_id=task.id)[0].error_details
    assert "CheckViolation" in str(said)
    assert "geheim" not in str(said)


def test_without_a_project_the_tasks_of_all_are_claimed(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    other = Desk(desk.connection, "other")
    desk.task()
    other.task()
    hire(project=None).run(lambda _: None, until_idle=True)
    assert (counts(desk), counts(other)) == ({"completed": 1}, {"completed": 1})


def test_work_may_end_its_claim_itself(desk: Desk, hire: Callable[..., Worker]) -> None:
    by_hand, given_back, failed = (desk.task(each) for each in ("complete", "release", "fail"))
    seen: list[str] = []

    def work(claim: Claim) -> None:
        seen.append(claim.title)
        if claim.title == "complete":
            claim.complete({"by": "hand"})
        elif claim.attempt == 1 and claim.title == "release":
            claim.release()
        elif claim.attempt == 1:
            assert claim.fail("not today", retry_delay=NOW) == "pending"

    hire().run(work, until_idle=True)
    assert attempts(desk, by_hand) == ["completed"]
    assert attempts(desk, given_back) == ["cancelled", "completed"]
    assert attempts(desk, failed) == ["failed", "completed"]
    assert desk.state(given_back).failed_attempts == 0
    assert seen == ["complete", "release", "release", "fail", "fail"]


def test_an_urgent_task_that_comes_later_comes_first_soon(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    for n in range(40):
        desk.task(f"plain {n}")
    done: list[str] = []

    def work(claim: Claim) -> None:
        done.append(claim.title)
        if len(done) == 3:
            desk.task("urgent", priority=10)
        time.sleep(0.05)

    hire().run(work, until_idle=True)
    assert len(done) == 41
    assert done.index("urgent") < 30


# By hand.


def test_tasks_can_be_claimed_by_hand(desk: Desk, hire: Callable[..., Worker]) -> None:
    desk.task("one", priority=9)
    two = desk.task("two")
    worker = hire()
    with pytest.raises(TaskspineError, match="not open"):
        worker.claim()
    with worker:
        claim = worker.claim()
        assert claim is not None
        assert (claim.title, claim.attempt, claim.priority) == ("one", 1, 9)
        claim.heartbeat()
        claim.complete({"lines": 10})
        claim.complete({"lines": 10})  # a repetition says the same
        with pytest.raises(ClaimLost):
            claim.fail("too late")
        with pytest.raises(ClaimLost):
            claim.release()
        assert worker.claim() is not None
        assert worker.claim() is None
    assert attempts(desk, two) == ["cancelled"], "what is held at the end is given back"


def test_what_a_worker_cannot_find_is_said(hire: Callable[..., Worker], database_url: str) -> None:
    with pytest.raises(NotFound, match="'nowhere'"), hire(project="nowhere"):
        pass
    nobody = changed(database_url, host="localhost", port="1")
    with pytest.raises(DatabaseUnreachable), Worker(nobody, agent="ada"):
        pass


# Leases.


def test_a_lease_outlasts_long_work(desk: Desk, hire: Callable[..., Worker]) -> None:
    task = desk.task()

    def work(claim: Claim) -> None:
        (attempt,) = list_task_executions(desk.connection, task_id=claim.task_id)
        wait_until(lambda: datetime.now(UTC) > attempt.lease_expires_at)
        assert reap_expired_tasks(desk.connection) == []

    hire(lease=SHORT).run(work, until_idle=True)
    assert attempts(desk, task) == ["completed"]


def test_a_lost_claim_is_known_and_its_result_dropped(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    task = desk.task()

    def work(claim: Claim) -> dict[str, int]:
        if claim.attempt == 1:
            # In one transaction, so that no sign of life comes between.
            with desk.connection.transaction():
                desk.connection.execute("UPDATE task_executions SET lease_expires_at = now()")
                assert reap_expired_tasks(desk.connection, retry_delay=NOW)
            wait_until(lambda: claim.is_lost)
            with pytest.raises(ClaimLost):
                claim.heartbeat()
            with pytest.raises(ClaimLost):
                claim.complete()
        return {"attempt": claim.attempt}

    hire(lease=SHORT).run(work, until_idle=True)
    first, second = list_task_executions(desk.connection, task_id=task.id)
    assert (first.status, first.output_results) == ("timeout", None)
    assert (second.status, second.output_results) == ("completed", {"attempt": 2})


def test_a_wish_to_cancel_reaches_the_work(desk: Desk, hire: Callable[..., Worker]) -> None:
    task = desk.task()

    def work(claim: Claim) -> None:
        if claim.attempt == 1:
            request_task_cancellation(desk.connection, task_id=claim.task_id)
            wait_until(lambda: claim.is_cancelled)
            claim.release()

    hire(lease=SHORT).run(work, until_idle=True)
    assert attempts(desk, task) == ["cancelled", "completed"]


def test_what_a_dead_worker_held_is_taken_over(desk: Desk, hire: Callable[..., Worker]) -> None:
    task = desk.task()
    desk.claim()
    desk.connection.execute("UPDATE task_executions SET lease_expires_at = now()")
    worker = hire(lease=SHORT, poll=timedelta(milliseconds=50))

    def work(_claim: Claim) -> None:
        worker.stop()

    worker.run(work)
    assert attempts(desk, task) == ["timeout", "completed"]


def sessions(desk: Desk) -> int:
    row = desk.connection.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'taskspine ada'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_worker_outlives_its_connections(desk: Desk, hire: Callable[..., Worker]) -> None:
    tasks = [desk.task(f"task {n}") for n in range(3)]

    def work(claim: Claim) -> None:
        if claim.title == "task 1":
            wait_until(lambda: sessions(desk) == 2)  # the worker's, and that of its signs of life
            desk.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    hire(lease=SHORT).run(work, until_idle=True)
    assert [attempts(desk, task) for task in tasks] == [["completed"]] * 3


# The end.


def test_a_worker_that_is_stopped_gives_back_what_it_has_not_begun(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    tasks = [desk.task(f"task {n}") for n in range(3)]
    worker = hire(batch_size=3)

    def work(_claim: Claim) -> None:
        worker.stop()

    worker.run(work)
    assert [attempts(desk, task) for task in tasks] == [["completed"], ["cancelled"], ["cancelled"]]
    assert counts(desk) == {"completed": 1, "pending": 2}


def test_a_worker_waits_and_stops_in_another_thread(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    worker = hire(poll=timedelta(hours=1))
    thread = threading.Thread(target=worker.run, args=(lambda _: None,))
    thread.start()
    wait_until(lambda: sessions(desk) > 0)
    worker.stop()
    thread.join(timeout=SECONDS)
    assert not thread.is_alive()
    assert counts(desk) == {}


def test_a_worker_that_is_stopped_before_it_begins_does_not_begin(
    desk: Desk, hire: Callable[..., Worker]
) -> None:
    task = desk.task()
    worker = hire()
    worker.stop()
    worker.run(lambda _: None)
    assert attempts(desk, task) == []


PROGRAM = """
import sys
from taskspine.worker import Worker

def work(claim):
    print(claim.title, flush=True)
    while sys.stdin.readline() == "wait\\n":
        print("waits", flush=True)

Worker(sys.argv[1], agent="ada", project="desk", batch_size=2).run(work)
"""


@pytest.mark.parametrize(
    ("signals", "ended"),
    [
        ([signal.SIGTERM], [["completed"], ["cancelled"]]),
        ([signal.SIGINT], [["completed"], ["cancelled"]]),
        ([signal.SIGINT, signal.SIGINT], [["cancelled"], ["cancelled"]]),
    ],
)
def test_a_signal_ends_a_worker_without_leaving_a_lease(
    desk: Desk,
    database_url: str,
    signals: list[signal.Signals],
    ended: list[list[str]],
) -> None:
    tasks = [desk.task("one"), desk.task("two")]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, database_url],
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "one\n"
        *first, last = signals
        for each in first:
            process.send_signal(each)
            process.stdin.write("wait\n")
            process.stdin.flush()
            assert process.stdout.readline() == "waits\n"  # so the signal has been heard
        process.send_signal(last)
        process.communicate(timeout=SECONDS)  # closes its input, which ends the work
    assert [attempts(desk, task) for task in tasks] == ended
