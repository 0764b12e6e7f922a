"""The plot: the list is imported, agents drain it, one of them is killed on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from taskspine.database import connect
from taskspine.demo.staff import Staff
from taskspine.demo.watching import Watch
from taskspine.errors import TaskspineError
from taskspine.importer.reading import read_file
from taskspine.importer.writing import import_file
from taskspine.migrations import migrate
from taskspine.queries.task_dependencies import (
    ListCriticalPathRow,
    list_critical_path,
    list_task_dependencies,
)
from taskspine.queries.task_executions import get_task_execution
from taskspine.queries.tasks import count_tasks_by_status, list_tasks, set_task_status
from taskspine.settings import Settings, in_schema, parameters_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    import psycopg

    from taskspine.demo.stage import Stage
    from taskspine.demo.watching import Event, Scene
    from taskspine.importer.report import ImportReport
    from taskspine.server import Databases

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Script:
    """What is played: the number of agents, and how fast, in seconds."""

    agents: int = 4
    length: float = 20.0
    longest_pause: float = 1.5
    lease: float = 2.5
    failures: float = 0.15
    seed: int = 7
    look: float = 0.15


@dataclass(kw_only=True)
class Played:
    """What was played, for the summary."""

    report: ImportReport
    put_back: int
    critical_path: list[ListCriticalPathRow]
    seconds: float = 0.0
    killed: list[str] = field(default_factory=list[str])


def prepare(server: Databases, database: str, file: Path) -> str:
    """Make the database of the demo anew, and give its URL; the file must be readable first."""
    read_file(file)
    if parameters_of(server.url()).get("dbname") == database:
        raise TaskspineError(f"the demo would make {database} anew, your own: name another one")
    server.drop_database(database)
    schema = Settings.load().taskspine_schema
    url = server.create_database(database)
    migrate(url, schema=schema)
    return in_schema(url, schema)


def play(url: str, file: Path, script: Script, stage: Stage) -> Played:
    """Import the file into a migrated database, and let agents drain it."""
    with connect(url, application_name="taskspine demo") as connection:
        report = import_file(connection, file)
        if not report.tasks.created:
            raise TaskspineError(f"{file} has no tasks: name another file")
        played = Played(
            report=report,
            put_back=_put_back(connection, report.project_id),
            critical_path=critical_path(connection, report.project_id),
        )
        stage.begin(played)
        _drain(url, connection, script, stage, played)
    return played


def _put_back(connection: Connection, project_id: UUID) -> int:
    """Put tasks that the file calls in progress back in the queue, since nobody works on them."""
    count = 0
    while rows := list_tasks(connection, project_id=project_id, status="in_progress"):
        for row in rows:
            set_task_status(
                connection, task_id=row.id, status="pending", reason="nobody is working on it"
            )
        count += len(rows)
    return count


def critical_path(connection: Connection, project_id: UUID) -> list[ListCriticalPathRow]:
    """Give one chain of tasks that takes as long as all the work must, the first task first."""
    critical = {
        row.task_id: row
        for row in list_critical_path(connection, project_id=project_id)
        if row.is_critical
    }
    if not critical:
        return []
    at = max(critical.values(), key=lambda row: row.earliest_start + row.hours)
    chain = [at]
    while at.earliest_start > 0:
        edges = list_task_dependencies(connection, task_id=at.task_id)
        blockers = [
            critical[edge.depends_on_id] for edge in edges if edge.depends_on_id in critical
        ]
        before = [row for row in blockers if row.earliest_start + row.hours == at.earliest_start]
        if not before:
            break
        at = before[0]
        chain.append(at)
    return chain[::-1]


def _drain(url: str, connection: Connection, script: Script, stage: Stage, played: Played) -> None:
    project_id = played.report.project_id
    counted = count_tasks_by_status(connection, project_id=project_id)
    task_count = max(sum(row.task_count for row in counted if row.status == "pending"), 1)
    rounds = max(task_count / script.agents, len(played.critical_path), 1)
    pause = min(script.longest_pause, script.length / rounds)
    arguments = {
        "project": played.report.project_slug,
        "pause": pause,
        "lease": script.lease,
        "failures": script.failures,
        "seed": script.seed,
    }
    watch = Watch(connection, project_id)
    with Staff(url, arguments) as staff:
        scene = watch.look()
        if not scene.is_over:
            for _ in range(script.agents):
                staff.hire()
        stage.show(scene, staff.names, [])
        first_attempt_at: float | None = None
        while not scene.is_over:
            time.sleep(script.look)
            scene = watch.look()
            staff.check()
            events: list[Event] = []
            if scene.attempts and first_attempt_at is None:
                first_attempt_at = scene.seconds
            if (
                not staff.killed
                and first_attempt_at is not None
                and scene.seconds - first_attempt_at >= pause * rounds / 4
            ):
                events = _kill_one(connection, staff, scene, watch)
            stage.show(scene, staff.names, events)
        played.seconds = scene.seconds
        played.killed = staff.killed


def _kill_one(connection: Connection, staff: Staff, scene: Scene, watch: Watch) -> list[Event]:
    """Kill an agent in the middle of a task, and hire another one."""
    first = [each for each in scene.attempts if each.attempt == 1 and each.agent in staff.names]
    for attempt in sorted(first, key=lambda each: each.seconds):
        staff.freeze(attempt.agent)
        row = get_task_execution(connection, execution_id=attempt.execution_id)
        if row is None or row.status != "running":
            staff.thaw(attempt.agent)
            continue
        staff.kill(attempt.agent)
        return [
            watch.event("killed", attempt.agent, f"in the middle of {attempt.ref}"),
            watch.event("hired", staff.hire(), f"in the place of {attempt.agent}"),
        ]
    return []
