"""Measures taskspine against plain psycopg.

Every figure is a ratio of medians of one run in which the contestants take turns; absolute figures
are this machine's.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import typer
from contestants import BATCH, CONTESTANTS, Typed
from fleet import Fleet
from jobs import create, fill, top_up
from rich.console import Console
from rich.table import Table

from sqltypist.runtime import load
from taskspine.migrations import migrate
from taskspine.queries import task_executions, tasks
from taskspine.server import Server
from taskspine.settings import in_schema, sql_folder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))
from populate import populate

if TYPE_CHECKING:
    from collections.abc import Callable

# What a server does that is trusted with data; a throw-away server of the tests is quicker.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "max_connections": "200",
}
WORKERS = (1, 4, 16)
AIMS = {
    ("typed", 1): 0.80,
    ("typed", 4): 0.80,
    ("typed", 16): 0.80,
    ("next", 1): 1.0,
    ("next", 4): 1.0,
    ("next", 16): 1.0,
    ("batch", 1): 8.0,
    ("batch", 4): 8.0,
}
JOBS_A_SECOND = {"bare": 12_000, "batch": 60_000}

# A commit is to cost what it costs on a disk: a wish of one's own keeps a server out of memory.
os.environ.setdefault("TMPDIR", tempfile.gettempdir())

console = Console(width=110)


def connect(url: str) -> psycopg.Connection[Any]:
    """Connect as a program would that knows nothing of taskspine."""
    return psycopg.connect(in_schema(url, "taskspine"), autocommit=True)


def database(server: Server, name: str, scale: float = 0) -> str:
    """Make a database with the schema, populated on request, and the contestants' projects."""
    url = server.create_database(name)
    migrate(url)
    if scale:
        populate(in_schema(url, "taskspine"), scale=scale)
    with closing(connect(url)) as connection:
        create(connection)
    return url


def throughput(url: str, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Jobs a second of every contestant with 1, 4 and 16 workers, as a ratio to the bare table."""
    results: list[dict[str, Any]] = []
    with closing(connect(url)) as connection:
        for workers in WORKERS:
            rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
            with Fleet(url, workers) as fleet:
                for turn in range(rounds + 1):
                    for name, kind in CONTESTANTS.items():
                        project = getattr(kind, "project", "bare")
                        need = int(JOBS_A_SECOND.get(name, 6_000) * seconds) + BATCH * workers
                        top_up(connection, project, need)
                        rate = fleet.rate(name, seconds if turn else 0.3)
                        if turn:  # the first is for the caches and the prepared statements
                            rates[name].append(rate)
            bare = statistics.median(rates["bare"])
            for name, each in rates.items():
                median = statistics.median(each)
                results.append({
                    "what": name,
                    "workers": workers,
                    "per_second": median,
                    "ratio": median / bare,
                    "spread": (min(each) / bare, max(each) / bare),
                    "aim": AIMS.get((name, workers)),
                })  # fmt: skip
    return results


def writes(url: str, jobs: int = 400) -> list[dict[str, Any]]:
    """WAL bytes, and rows written, by a job of each contestant."""
    results: list[dict[str, Any]] = []
    with closing(connect(url)) as connection:
        for name, kind in CONTESTANTS.items():
            top_up(connection, getattr(kind, "project", "bare"), 2 * jobs)
            contestant = kind(url)
            for _ in range(5):
                contestant.do()
            connection.execute("CHECKPOINT")
            # What the first jobs wrote is counted before, not with the others.
            contestant.connection.execute("SELECT pg_stat_force_next_flush()")
            before = counters(connection)
            done = 0
            while done < jobs:
                done += contestant.do()
            contestant.connection.close()
            time.sleep(1.2)
            after = counters(connection)
            results.append({
                "what": name,
                "wal_bytes": (after[0] - before[0]) / done,
                "rows": (after[1] - before[1]) / done,
            })  # fmt: skip
    return results


def counters(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """WAL bytes, and rows written, so far."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute(
        "SELECT pg_current_wal_insert_lsn() - '0/0', tup_inserted + tup_updated + tup_deleted"
        " FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _take_turns(times: int, *contestants: Callable[[], object]) -> list[float]:
    """Medians, in microseconds, of functions that are called in turn."""
    taken: list[list[float]] = [[] for _ in contestants]
    for turn in range(times + times // 10):
        for contestant, each in zip(contestants, taken, strict=True):
            start = time.perf_counter()
            contestant()
            if turn >= times // 10:
                each.append((time.perf_counter() - start) * 1e6)
    return [statistics.median(each) for each in taken]


class _Claims(Typed):
    """Claims of one agent, with the memory of where it was."""

    project = "single"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.last: dict[str, Any] = {}

    def claim(self) -> None:
        claimed = task_executions.claim_task(
            self.connection, agent_id=self.agent_id, project_id=self.project_id, **self.last
        )
        assert claimed is not None

    def drain(self, jobs: int) -> None:
        held: list[int] = []
        for _ in range(jobs // BATCH):
            attempts = task_executions.complete_and_claim_tasks(
                self.connection,
                execution_ids=held,
                agent_id=self.agent_id,
                project_id=self.project_id,
                task_count=BATCH,
                **self.last,
            )
            running = [each for each in attempts if each.execution_status == "running"]
            held = [each.execution_id for each in running]
            last = running[-1]
            self.last = {
                "after_priority": last.priority,
                "after_created_at": last.created_at,
                "after_task_id": last.task_id,
            }


def size(server: Server, large: int, times: int) -> list[dict[str, Any]]:
    """A claim among many pending and many finished tasks, against one among a thousand."""
    small_url, large_url = database(server, "small"), database(server, "large")
    for url, pending, finished in ((small_url, 1_000 + 3 * times, 0), (large_url, large, large)):
        with closing(connect(url)) as connection:
            fill(connection, "single", finished, status="completed")
            fill(connection, "single", pending)
            connection.execute("VACUUM ANALYZE tasks")
    among_few, among_many = _Claims(small_url), _Claims(large_url)
    few, many = _take_turns(times, among_few.claim, among_many.claim)
    results = [
        {"what": f"claim among {large:,} pending and {large:,} finished", "ratio": many / few}
    ]
    with closing(psycopg.connect(large_url)) as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM bench.jobs")
        among_many.drain(10_000)
        few, many = _take_turns(times, among_few.claim, among_many.claim)
    results.append(
        {"what": "the same after 10,000 jobs beside an old snapshot", "ratio": many / few}
    )
    return [each | {"aim": 1.2, "at_most": True} for each in results]


def reading(url: str, times: int) -> list[dict[str, Any]]:
    """A one-row read through a generated function, against psycopg as it comes."""
    with closing(connect(url)) as connection:
        row = connection.execute("SELECT id FROM tasks LIMIT 1").fetchone()
        assert row is not None
        task_id = row[0]
        statement: Any = load(sql_folder("queries") / "work/tasks.sql")["get_task"]

        def raw() -> object:
            return connection.execute(statement, {"task_id": task_id}).fetchone()

        def typed() -> object:
            return tasks.get_task(connection, task_id=task_id)

        plain, generated = _take_turns(times, raw, typed)
    return [{"what": "one-row read", "ratio": generated / plain, "aim": 1.10, "at_most": True}]


def _verdict(each: dict[str, Any]) -> str:
    if not each.get("aim"):
        return ""
    reached = each["ratio"] <= each["aim"] if each.get("at_most") else each["ratio"] >= each["aim"]
    return "reached" if reached else "missed"


def _show(results: dict[str, list[dict[str, Any]]]) -> None:
    table = Table("contestant", "workers", "jobs/s", "ratio to bare", "lowest-highest", "aim", "")
    for each in results["throughput"]:
        low, high = each["spread"]
        table.add_row(
            each["what"], str(each["workers"]), f"{each['per_second']:,.0f}",
            f"{each['ratio']:.2f}", f"{low:.2f}-{high:.2f}",
            f">= {each['aim']}" if each["aim"] else "", _verdict(each),
        )  # fmt: skip
    console.print(table)
    table = Table("contestant", "WAL bytes a job", "rows written a job")
    for each in results["writes"]:
        table.add_row(each["what"], f"{each['wal_bytes']:,.0f}", f"{each['rows']:.2f}")
    console.print(table)
    table = Table("time", "ratio", "aim", "")
    for each in results["times"]:
        table.add_row(each["what"], f"{each['ratio']:.2f}", f"<= {each['aim']}", _verdict(each))
    console.print(table)


def main(
    *,
    rounds: Annotated[int, typer.Option(help="Turns of each contestant.")] = 5,
    seconds: Annotated[float, typer.Option(help="Length of a turn, in seconds.")] = 1.0,
    large: Annotated[
        int, typer.Option(help="Pending, and finished, tasks of the large table.")
    ] = 1_000_000,
    times: Annotated[int, typer.Option(help="Calls for each median of a time.")] = 500,
    scale: Annotated[
        float, typer.Option(help="Fill the database first, as life would; 1: 100,000 tasks.")
    ] = 0,
    export: Annotated[Path | None, typer.Option("--json", help="Write the results there.")] = None,
) -> None:
    """Measure, and print what was measured beside what was aimed at."""
    with Server(settings=DURABLE) as server:
        url = database(server, "bench", scale)
        console.print(
            f"PostgreSQL {server.version}, durable settings, {rounds} turns of {seconds} s"
        )
        results = {
            "throughput": throughput(url, rounds, seconds),
            "writes": writes(url),
            "times": reading(url, 4 * times) + size(server, large, times),
        }
    _show(results)
    if export:
        export.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
