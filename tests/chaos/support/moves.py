"""What racers do in a round: each through the generated queries, retried as a client would."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from racing import retried

from taskspine.queries.task_dependencies import create_task_dependency, delete_task_dependency
from taskspine.queries.task_executions import claim_task, claim_tasks, complete_task
from taskspine.queries.tasks import set_task_parent

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg

    Connection = psycopg.Connection[Any]

LONG = timedelta(minutes=5)


def depend(connection: Connection, task_id: UUID, depends_on_id: UUID) -> str:
    retried(
        lambda: create_task_dependency(
            connection, task_id=task_id, depends_on_id=depends_on_id
        )
    )
    return "done"


def free(connection: Connection, task_id: UUID, depends_on_id: UUID, kind: str) -> str:
    retried(
        lambda: delete_task_dependency(
            connection, task_id=task_id, depends_on_id=depends_on_id, kind=kind
        )
    )
    return "done"


def adopt(connection: Connection, task_id: UUID, parent_id: UUID) -> str:
    retried(lambda: set_task_parent(connection, task_id=task_id, parent_id=parent_id))
    return "done"


def complete(connection: Connection, execution_id: int) -> str:
    done = retried(lambda: complete_task(connection, execution_id=execution_id, output_results={}))
    return "done" if done else "lost"
