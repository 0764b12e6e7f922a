"""Tables full of jobs and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

PROJECTS = ("single", "chained", "next", "batch")

CREATE = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.jobs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        status text NOT NULL DEFAULT 'pending'
    );
    CREATE INDEX ON bench.jobs (id) WHERE status = 'pending';
"""

# Past the triggers, which a superuser may pass: millions of rows in seconds.
FILL = """
    SET session_replication_role = replica;
    INSERT INTO tasks (
        project_id, task_list_id, title, status, completed_at, open_blockers, created_at
    )
    SELECT list.project_id, list.id, 'Task ' || n, %(status)s::task_status,
        CASE WHEN %(status)s = 'completed' THEN clock_timestamp() END, %(open)s,
        clock_timestamp() + n * interval '1 microsecond'
    FROM generate_series(1, %(count)s::integer) AS n, task_lists AS list
    JOIN projects AS project ON project.id = list.project_id
    WHERE project.slug = %(slug)s;
    SET session_replication_role = origin;
"""

# Every pending task gets one that waits for it.
CHAIN = """
    SET session_replication_role = replica;
    WITH waiting AS (
        INSERT INTO tasks (project_id, task_list_id, title, open_blockers, created_at, created_by)
        SELECT task.project_id, task.task_list_id, task.title, 1, clock_timestamp(), task.id::text
        FROM tasks AS task JOIN projects AS project ON project.id = task.project_id
        WHERE project.slug = 'chained' AND task.status = 'pending' AND task.open_blockers = 0
            AND NOT EXISTS (SELECT FROM task_dependencies WHERE depends_on_id = task.id)
        RETURNING id, created_by
    )
    INSERT INTO task_dependencies (task_id, depends_on_id) SELECT id, created_by::uuid FROM waiting;
    SET session_replication_role = origin;
"""


def create(connection: psycopg.Connection[Any]) -> None:
    """Make the bare table, and a project for each way of using taskspine."""
    connection.execute(CREATE)
    for slug in PROJECTS:
        connection.execute("INSERT INTO projects (name, slug) VALUES (%s, %s)", [slug, slug])
    connection.execute("INSERT INTO task_lists (project_id) SELECT id FROM projects")


def fill(
    connection: psycopg.Connection[Any], slug: str, count: int, *, status: str = "pending"
) -> None:
    """Add tasks to a project."""
    cursor = connection.cursor()
    for statement in FILL.split(";")[:-1]:
        if "%(" in statement:
            cursor.execute(statement, {"slug": slug, "count": count, "status": status, "open": 0})
        else:
            cursor.execute(statement)


def top_up(connection: psycopg.Connection[Any], name: str, count: int) -> None:
    """See to it that at least `count` jobs are waiting for a contestant."""
    if name == "bare":
        waiting = "SELECT count(*) FROM bench.jobs WHERE status = 'pending'"
        missing = count - _number(connection, waiting)
        if missing > 0:
            connection.execute(
                "INSERT INTO bench.jobs (status) SELECT 'pending' FROM generate_series(1, %s)",
                [missing],
            )
        return
    waiting = (
        "SELECT count(*) FROM ready_tasks AS task JOIN projects AS project"
        f" ON project.id = task.project_id WHERE project.slug = '{name}'"
    )
    missing = count - _number(connection, waiting)
    if missing > 0:
        fill(connection, name, missing)
        if name == "chained":
            connection.execute(CHAIN)


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
