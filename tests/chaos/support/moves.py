"""What racers do: each move through the generated queries, repeated as a client would."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from racing import SECONDS, retried, rule_of, session

from taskspine.queries.task_dependencies import create_task_dependency, delete_task_dependency
from taskspine.queries.task_executions import (
    claim_task,
    claim_tasks,
    complete_and_claim_tasks,
    complete_task,
    complete_tasks,
    fail_task,
    fail_tasks,
    heartbeat_tasks,
    reap_expired_tasks,
    release_tasks,
)
from taskspine.queries.task_external_dependencies import (
    create_task_external_dependency,
    remove_task_external_dependency,
    reopen_task_external_dependency,
    resolve_task_external_dependency,
)
from taskspine.queries.tasks import create_task, set_task_parent, set_task_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from racing import Ground

    from taskspine.enums import TaskDependencyKind, TaskStatus

    Connection = psycopg.Connection[Any]

AT_ONCE = timedelta(0)


def in_turn(connection: Connection, move: Callable[..., Any], *arguments: object) -> Any:
    """Make the move of this round: for a lane whose rounds are not all alike."""
    return move(connection, *arguments)


def idle(_connection: Connection, *_: object) -> None:
    """Let the others make their moves."""


def once(url: str, level: str, move: Callable[..., Any], *arguments: object) -> Any:
    """Make one move in a session of its own; gives its answer, or what refused it."""
    with session(url, level) as connection:
        try:
            return move(connection, *arguments)
        except psycopg.Error as error:
            return rule_of(error)


def depend(
    connection: Connection,
    task_id: UUID,
    depends_on_id: UUID,
    kind: TaskDependencyKind = "blocks",
) -> str:
    retried(
        lambda: create_task_dependency(
            connection, task_id=task_id, depends_on_id=depends_on_id, kind=kind
        )
    )
    return "done"


def free(
    connection: Connection,
    task_id: UUID,
    depends_on_id: UUID,
    kind: TaskDependencyKind = "blocks",
) -> str:
    retried(
        lambda: delete_task_dependency(
            connection, task_id=task_id, depends_on_id=depends_on_id, kind=kind
        )
    )
    return "done"


def await_outside(connection: Connection, task_id: UUID, target: str) -> str:
    retried(lambda: create_task_external_dependency(connection, task_id=task_id, target=target))
    return "done"


def arrive(connection: Connection, dependency_id: UUID) -> str:
    retried(lambda: resolve_task_external_dependency(connection, dependency_id=dependency_id))
    return "done"


def recall(connection: Connection, dependency_id: UUID) -> str:
    retried(lambda: reopen_task_external_dependency(connection, dependency_id=dependency_id))
    return "done"


def forget_outside(connection: Connection, dependency_id: UUID) -> str:
    retried(lambda: remove_task_external_dependency(connection, dependency_id=dependency_id))
    return "done"


def adopt(connection: Connection, task_id: UUID, parent_id: UUID) -> str:
    retried(lambda: set_task_parent(connection, task_id=task_id, parent_id=parent_id))
    return "done"


def claim(
    connection: Connection, ground: Ground, count: int = 1, key: str | None = None
) -> list[int]:
    """Claim tasks; gives the attempts. A key that another session uses just now is asked again."""
    if count == 1:
        row = retried(
            lambda: claim_task(
                connection,
                agent_id=ground.agent_id,
                project_id=ground.project_id,
                claim_key=key,
            ),
            psycopg.errors.UniqueViolation,
        )
        return [row.execution_id] if row else []
    rows = retried(
        lambda: claim_tasks(
            connection,
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            task_count=count,
            claim_key=key,
        ),
        psycopg.errors.UniqueViolation,
    )
    return [row.execution_id for row in rows]


def complete(connection: Connection, execution_id: int) -> str:
    done = retried(lambda: complete_task(connection, execution_id=execution_id, output_results={}))
    return "done" if done else "lost"


def complete_many(connection: Connection, execution_ids: list[int]) -> int:
    return len(
        retried(
            lambda: complete_tasks(
                connection,
                execution_ids=execution_ids,
                output_results=[{} for _ in execution_ids],
            )
        )
    )


def complete_and_claim(
    connection: Connection, ground: Ground, execution_id: int, key: str
) -> tuple[list[int], list[int]]:
    """Complete one task and claim another; gives the attempts completed, and those claimed."""
    rows = retried(
        lambda: complete_and_claim_tasks(
            connection,
            execution_ids=[execution_id],
            output_results=[{}],
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            task_count=1,
            claim_key=key,
        ),
        psycopg.errors.UniqueViolation,
    )
    completed = [row.execution_id for row in rows if row.execution_status == "completed"]
    return completed, [row.execution_id for row in rows if row.execution_status == "running"]


def create(connection: Connection, ground: Ground, key: str) -> UUID | None:
    task = retried(
        lambda: create_task(
            connection,
            project_id=ground.project_id,
            task_list_id=ground.task_list_id,
            title="created",
            idempotency_key=key,
        )
    )
    return task.id if task else None


def fail_many(connection: Connection, execution_ids: list[int]) -> int:
    return len(
        retried(
            lambda: fail_tasks(
                connection,
                execution_ids=execution_ids,
                error_details=[{} for _ in execution_ids],
                retry_delay=AT_ONCE,
            )
        )
    )


def release_many(connection: Connection, execution_ids: list[int]) -> int:
    return len(retried(lambda: release_tasks(connection, execution_ids=execution_ids)))


def beat_many(connection: Connection, execution_ids: list[int]) -> int:
    return len(retried(lambda: heartbeat_tasks(connection, execution_ids=execution_ids)))


def fail(connection: Connection, execution_id: int) -> str:
    done = retried(
        lambda: fail_task(
            connection, execution_id=execution_id, error_details={}, retry_delay=AT_ONCE
        )
    )
    return "done" if done else "lost"


def release(connection: Connection, execution_id: int) -> str:
    return (
        "done"
        if retried(lambda: release_tasks(connection, execution_ids=[execution_id]))
        else "lost"
    )


def beat(connection: Connection, execution_id: int) -> str:
    held = retried(lambda: heartbeat_tasks(connection, execution_ids=[execution_id]))
    return "done" if held else "lost"


def expire(connection: Connection, execution_ids: list[int]) -> None:
    connection.execute(
        "UPDATE task_executions SET lease_expires_at = clock_timestamp() WHERE id = ANY (%s)",
        [execution_ids],
    )


def prolong(connection: Connection, execution_ids: list[int]) -> list[int]:
    held = retried(lambda: heartbeat_tasks(connection, execution_ids=execution_ids))
    return [row.execution_id for row in held]


def reap(connection: Connection, count: int | None = None) -> list[int]:
    reaped = retried(
        lambda: reap_expired_tasks(connection, attempt_count=count, retry_delay=AT_ONCE)
    )
    return [row.execution_id for row in reaped]


def move_by_hand(connection: Connection, task_id: UUID, status: TaskStatus) -> str:
    retried(lambda: set_task_status(connection, task_id=task_id, status=status, reason="by hand"))
    return "done"


@dataclass(frozen=True)
class Scene:
    """A task that is held, one that waits for it, and one that is ready."""

    ground: Ground
    execution_id: int
    held: UUID
    waiting: UUID
    ready: UUID


STEPS: dict[str, Callable[[Connection, Scene], object]] = {
    "claim": lambda session, scene: claim(session, scene.ground),
    "claim with a key": lambda session, scene: claim(session, scene.ground, key="key"),
    "complete": lambda session, scene: complete(session, scene.execution_id),
    "complete and claim": lambda session, scene: complete_and_claim(
        session, scene.ground, scene.execution_id, "key"
    ),
    "fail for good": lambda session, scene: fail(session, scene.execution_id),
    "release": lambda session, scene: release(session, scene.execution_id),
    "cancel": lambda session, scene: move_by_hand(session, scene.held, "cancelled"),
    "depend": lambda session, scene: depend(session, scene.ready, scene.waiting),
    "free": lambda session, scene: free(session, scene.waiting, scene.held),
}


def begin_and_wait(url: str, step: str, scene: Scene, flag: Path) -> None:
    """Take a step in a transaction, say so, and never commit."""
    with session(url) as connection, connection.transaction():
        STEPS[step](connection, scene)
        flag.touch()
        time.sleep(SECONDS)
        raise AssertionError("nobody cut this off")
