"""Big tables, and how much of them a call reads. Buffers are stable where time is not."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from racing import Ground, Race


def buffers(race: Race, call: str, *parameters: object) -> int:
    """Count the buffers that SELECT FROM a function reads, in memory or not."""
    plan: Any = race.value(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT * FROM {call}", *parameters
    )
    node = plan[0]["Plan"]
    return int(node["Shared Hit Blocks"] + node["Shared Read Blocks"])


def buffers_of_claim(race: Race, ground: Ground, count: int = 1) -> int:
    """Count what a claim reads, once the session knows its plan."""
    call = "claim_tasks(%s, %s, %s)"
    return int(
        median(buffers(race, call, ground.agent_id, ground.project_id, count) for _ in range(9))
    )


def buffers_of_completion(race: Race, count: int = 1) -> int:
    """Count what the completion of running attempts reads, once the session knows its plan."""
    running = race.connection.execute(
        "SELECT id FROM task_executions WHERE status = 'running' ORDER BY id DESC LIMIT %s",
        [9 * count],
    ).fetchall()
    names = [row[0] for row in running]
    batches = [names[start : start + count] for start in range(0, 9 * count, count)]
    return int(median(buffers(race, "complete_executions(%s)", batch) for batch in batches))


def fill(race: Race, ground: Ground, first: int, last: int, status: str) -> None:
    """Add tasks in one statement, without triggers; their numbers are their age and their order."""
    connection = race.connection
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        """
        INSERT INTO tasks (
            id, project_id, task_list_id, ref, title, status, attempts, created_at,
            started_at, completed_at
        )
        SELECT
            ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(project)s, %(list)s,
            n::text, 'task', status, (status = 'completed')::integer,
            '2026-01-01'::timestamptz + n * interval '1 second',
            CASE WHEN status = 'completed' THEN '2026-10-01'::timestamptz END,
            CASE WHEN status = 'completed' THEN '2026-10-01'::timestamptz END
        FROM generate_series(%(first)s::bigint, %(last)s) AS n,
            CAST(%(status)s AS task_status) AS status
        """,
        {
            "project": ground.project_id,
            "list": ground.task_list_id,
            "status": status,
            "first": first,
            "last": last,
        },
    )
    connection.execute("RESET session_replication_role")


def fill_attempts(race: Race, ground: Ground, first: int, last: int) -> None:
    """Add a finished attempt at each of these tasks."""
    connection = race.connection
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        """
        INSERT INTO task_executions (
            task_id, agent_id, attempt, status, started_at, lease_expires_at, completed_at
        )
        SELECT
            ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %s, 1, 'completed',
            '2026-10-01', '2026-10-01', '2026-10-01'
        FROM generate_series(%s::bigint, %s) AS n
        """,
        [ground.agent_id, first, last],
    )
    connection.execute("RESET session_replication_role")


def fill_edges(race: Race) -> None:
    """Make each task but the first four hundred wait for the five before it, without triggers."""
    connection = race.connection
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        """
        WITH placed AS (
            SELECT id, row_number() OVER (ORDER BY created_at, id) AS place FROM tasks
        )
        INSERT INTO task_dependencies (task_id, depends_on_id)
        SELECT task.id, blocker.id
        FROM placed AS task
        CROSS JOIN generate_series(1, 5) AS back
        JOIN placed AS blocker ON blocker.place = task.place - back
        WHERE task.place > 400
        """
    )
    connection.execute(
        "UPDATE tasks SET open_blockers = 5 WHERE id IN (SELECT task_id FROM task_dependencies)"
    )
    connection.execute("RESET session_replication_role")
