"""The past is told as it was: compared with what was really there, moment by moment."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from taskspine.errors import RuleBroken
from taskspine.queries.ready_tasks import list_ready_tasks_as_of
from taskspine.queries.task_dependencies import (
    create_task_dependency,
    delete_task_dependency,
    list_task_dependencies_as_of,
)
from taskspine.queries.task_executions import claim_task, complete_task, fail_task, release_tasks
from taskspine.queries.tasks import delete_task, list_tasks_as_of, restore_task
from work import Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from taskspine.database import Connection

STEPS = 250

TASKS = """
SELECT jsonb_agg(to_jsonb(task) ORDER BY task.id) FROM (
    SELECT id, project_id, task_list_id, parent_id, ref, title, type, priority, max_attempts,
        complexity_score, estimated_hours, actual_hours, assignee_type, assignee,
        capabilities, not_before, due_at, created_by, idempotency_key, status, status_reason,
        assigned_at, started_at, completed_at, deleted_at, created_at
    FROM {tasks}
) AS task
"""
EDGES = """
SELECT jsonb_agg(to_jsonb(edge) ORDER BY edge.task_id, edge.depends_on_id, edge.kind) FROM (
    SELECT task_id, depends_on_id, kind, policy, metadata, created_by, created_at FROM {edges}
) AS edge
"""
READY = "SELECT jsonb_agg(task.id ORDER BY claim_rank, created_at, id) FROM {ready} AS task"


class Past:
    """What was there at each moment, as it was seen then."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._moments: list[tuple[datetime, list[Any]]] = []

    def _look(self, tasks: str, edges: str, ready: str, *at: datetime) -> list[Any]:
        return [
            self._value(TASKS.format(tasks=tasks), *at),
            self._value(EDGES.format(edges=edges), *at),
            self._value(READY.format(ready=ready), *at),
        ]

    def _value(self, statement: str, *parameters: object) -> Any:
        row = self._connection.execute(statement.encode(), parameters).fetchone()
        assert row is not None
        return row[0]

    def remember(self) -> None:
        """See what is there now."""
        seen = self._look("tasks", "task_dependencies", "ready_tasks")
        self._moments.append((self._value("SELECT clock_timestamp()"), seen))

    def statuses(self) -> set[str]:
        """Name every status that some task had at some moment."""
        return {task["status"] for _, (tasks, *_) in self._moments for task in tasks or []}

    def assert_told(self) -> None:
        """Compare all that was seen with what the log tells."""
        for at, seen in self._moments:
            told = self._look(
                "tasks_as_of(%s)", "task_dependencies_as_of(%s)", "ready_tasks_as_of(%s)", at
            )
            assert told == seen, at


class Hands:
    """Somebody who does this and that with two projects."""

    def __init__(self, connection: Connection[Any], seed: int) -> None:
        self.connection = connection
        self.dice = random.Random(seed)
        self.desk = Desk(connection)
        self.other_id = self._make("INSERT INTO projects (name, slug) VALUES ('o', 'o')")
        self.other_list_id = self._make(
            "INSERT INTO task_lists (project_id) VALUES (%s)", self.other_id
        )
        self.running: list[int] = []

    def _make(self, statement: str, *parameters: object) -> UUID:
        row = self.connection.execute(f"{statement} RETURNING id".encode(), parameters).fetchone()
        assert row is not None
        return row[0]

    def do_something(self) -> None:
        """Take one step; a rule may refuse it."""
        step = self.dice.choices(
            [
                self.create, self.claim, self.finish, self.edit, self.move, self.depend, self.free,
                self.delete, self.erase, self.restore, self.pause, self.put_off,
                self.wait_for_others, self.hear_from_others,
            ],
            [8, 8, 6, 6, 3, 6, 3, 1, 1, 1, 1, 1, 1, 1],
        )[0]  # fmt: skip
        with suppress(RuleBroken):
            step()

    def some(self, count: int = 1) -> list[UUID]:
        rows = self.connection.execute("SELECT id FROM tasks ORDER BY id").fetchall()
        return [row[0] for row in self.dice.sample(rows, min(count, len(rows)))]

    def create(self) -> None:
        project_id, list_id = self.dice.choice(
            [(self.desk.project_id, self.desk.list_id), (self.other_id, self.other_list_id)]
        )
        self._make(
            "INSERT INTO tasks (project_id, task_list_id, title, priority) VALUES (%s, %s, %s, %s)",
            project_id,
            list_id,
            "a task",
            self.dice.randint(0, 10),
        )

    def claim(self) -> None:
        claimed = claim_task(self.connection, agent_id=self.desk.agent_id)
        if claimed:
            self.running.append(claimed.execution_id)

    def finish(self) -> None:
        if not self.running:
            return
        name = self.running.pop(self.dice.randrange(len(self.running)))
        way = self.dice.randrange(4)
        if way == 0:
            delay = timedelta(seconds=self.dice.choice([0, 600]))
            fail_task(self.connection, execution_id=name, error_details={}, retry_delay=delay)
        elif way == 1:
            release_tasks(self.connection, execution_ids=[name])
        else:
            complete_task(self.connection, execution_id=name, output_results={})

    def edit(self) -> None:
        change = self.dice.choice(
            [
                "title = 'T' || random()", "priority = 10 - priority", "estimated_hours = 1.50",
                "estimated_hours = NULL", "due_at = clock_timestamp()", "type = 'bug'",
                "assignee = 'ada', assignee_type = 'person'",
                "assignee = NULL, assignee_type = NULL",
                "complexity_score = 3",
                "capabilities = '{rust}'",
                "capabilities = NULL",
            ]
        )  # fmt: skip
        for task in self.some():
            self.connection.execute(f"UPDATE tasks SET {change} WHERE id = %s".encode(), [task])

    def move(self) -> None:
        status = self.dice.choice(["cancelled", "pending", "blocked", "deferred", "completed"])
        for task in self.some():
            self.connection.execute(
                "UPDATE tasks SET status = %s, status_reason = 'so it is' WHERE id = %s",
                [status, task],
            )

    def depend(self) -> None:
        pair = self.some(2)
        if len(pair) == 2:
            create_task_dependency(
                self.connection,
                task_id=pair[0],
                depends_on_id=pair[1],
                kind=self.dice.choice(["blocks", "blocks", "suggests", "conflicts"]),
                policy=self.dice.choice(["wait", "satisfy", "cancel"]),
            )

    def free(self) -> None:
        rows = self.connection.execute(
            "SELECT task_id, depends_on_id, kind FROM task_dependencies ORDER BY created_at"
        ).fetchall()
        if rows:
            task, other, kind = self.dice.choice(rows)
            delete_task_dependency(self.connection, task_id=task, depends_on_id=other, kind=kind)

    def wait_for_others(self) -> None:
        for task in self.some():
            self.connection.execute(
                "INSERT INTO task_external_dependencies (task_id, target) VALUES (%s, 'a release')",
                [task],
            )

    def hear_from_others(self) -> None:
        self.connection.execute(
            self.dice.choice(
                [
                    "UPDATE task_external_dependencies SET satisfied_at = clock_timestamp()",
                    "UPDATE task_external_dependencies SET satisfied_at = NULL",
                    "DELETE FROM task_external_dependencies",
                ]
            ).encode()
        )

    def delete(self) -> None:
        for task in self.some():
            delete_task(self.connection, task_id=task)

    def restore(self) -> None:
        for (task,) in self.connection.execute(
            "SELECT id FROM tasks WHERE deleted_at IS NOT NULL ORDER BY id"
        ).fetchall():
            restore_task(self.connection, task_id=task)

    def erase(self) -> None:
        for task in self.some():
            with self.connection.transaction():
                self.connection.execute(
                    "DELETE FROM task_dependencies WHERE %(id)s IN (task_id, depends_on_id)",
                    {"id": task},
                )
                self.connection.execute("DELETE FROM tasks WHERE id = %s", [task])

    def pause(self) -> None:
        change = self.dice.choice(["paused_at = clock_timestamp()", "paused_at = NULL"])
        self.connection.execute(
            f"UPDATE projects SET {change} WHERE id = %s".encode(), [self.other_id]
        )

    def put_off(self) -> None:
        for task in self.some():
            self.connection.execute(
                "UPDATE tasks SET not_before = clock_timestamp() + interval '1 hour' WHERE id = %s",
                [task],
            )


@pytest.mark.parametrize("seed", range(3))
def test_every_moment_is_told_as_it_was(connection: Connection[Any], seed: int) -> None:
    hands = Hands(connection, seed)
    past = Past(connection)
    for _ in range(STEPS):
        hands.do_something()
        past.remember()
    with connection.transaction():
        connection.execute("DELETE FROM task_dependencies")
        connection.execute("DELETE FROM projects WHERE id = %s", [hands.desk.project_id])
    past.remember()
    past.assert_told()
    # A story in which little happens proves little.
    assert past.statuses() >= {"pending", "in_progress", "completed", "cancelled", "deferred"}


def test_the_past_is_asked_for_a_project_or_for_all(ask: Ask, desk: Desk) -> None:
    first = desk.task("first")
    second = desk.task("second", first)
    row = desk.connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    at = row[0]
    desk.connection.execute("UPDATE tasks SET title = 'new', status = 'cancelled'")
    desk.connection.execute("DELETE FROM task_dependencies")

    tasks = ask(list_tasks_as_of, at=at, project_id=desk.project_id)
    assert [(row.id, row.title, row.status) for row in tasks] == [
        (first.id, "first", "pending"), (second.id, "second", "pending"),
    ]  # fmt: skip
    assert ask(list_tasks_as_of, at=at, page_size=1, page_start=1) == tasks[1:]
    edges = ask(list_task_dependencies_as_of, at=at)
    assert [(row.task_id, row.depends_on_id) for row in edges] == [(second.id, first.id)]
    ready = ask(list_ready_tasks_as_of, at=at, project_id=desk.project_id)
    assert [row.id for row in ready] == [first.id]
    assert ask(list_tasks_as_of, at=at - timedelta(days=1)) == []
