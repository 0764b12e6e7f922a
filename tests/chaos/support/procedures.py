"""What racers do to workflows, repeated as a client would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racing import retried

from taskspine.queries.workflow_steps import (
    claim_retryable_workflow_steps,
    complete_workflow_step,
    start_workflow_step,
)
from taskspine.queries.workflow_tasks import (
    add_workflow_task,
    remove_workflow_task,
    set_workflow_task_position,
)

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg

    Connection = psycopg.Connection[Any]


def put(connection: Connection, workflow_id: UUID, task_id: UUID, position: int | None) -> int:
    """Add or move a task; gives its position."""
    row = retried(
        lambda: add_workflow_task(
            connection, workflow_id=workflow_id, task_id=task_id, position=position
        )
    )
    assert row is not None
    return row.position


def shift(connection: Connection, workflow_id: UUID, task_id: UUID, position: int) -> bool:
    """Move a task; says whether it was there."""
    row = retried(
        lambda: set_workflow_task_position(
            connection, workflow_id=workflow_id, task_id=task_id, position=position
        )
    )
    return row is not None


def take_out(connection: Connection, workflow_id: UUID, task_id: UUID) -> int:
    """Take a task out of a workflow; gives the number of them."""
    return retried(
        lambda: remove_workflow_task(connection, workflow_id=workflow_id, task_id=task_id)
    )


def erase(connection: Connection, _workflow_id: UUID, task_id: UUID) -> None:
    """Delete a task for good."""
    retried(lambda: connection.execute("DELETE FROM tasks WHERE id = %s", [task_id]))


def retry(connection: Connection, count: int) -> list[tuple[UUID, int]]:
    """Claim failed steps; gives them with the number of their try."""
    rows = retried(
        lambda: claim_retryable_workflow_steps(connection, max_retries=1, step_count=count)
    )
    return [(row.id, row.retry_count) for row in rows]


def start(connection: Connection, step_id: UUID) -> bool:
    """Start a step; says whether it was given."""
    return retried(lambda: start_workflow_step(connection, workflow_step_id=step_id)) is not None


def finish(connection: Connection, step_id: UUID) -> bool:
    """Complete a step; says whether it was completed now."""
    return retried(lambda: complete_workflow_step(connection, workflow_step_id=step_id)) is not None
