"""Retention never removes what somebody comes to need meanwhile, and waits for no busy task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moves import adopt, depend, move_by_hand
from racing import LEVELS, session

from taskspine.queries.legal_holds import create_legal_hold
from taskspine.queries.retention_policies import run_retention

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import psycopg
    from racing import Ground, Race

    Connection = psycopg.Connection[Any]

# Nobody waits for a lock as long as this, unless he waits for good.
PATIENCE = "SET lock_timeout = '5s'"


def remove_old_tasks(connection: Connection) -> int:
    connection.execute(PATIENCE)
    (run,) = run_retention(connection, data_class="tasks", keep_days=365)
    return run.row_count


def remove_old_tasks_apart(url: str) -> int:
    with session(url) as connection:
        return remove_old_tasks(connection)


def old_tasks(race: Race, ground: Ground, count: int) -> list[UUID]:
    """Make tasks that were completed long ago."""
    rows = race.connection.execute(
        """
        INSERT INTO tasks (project_id, task_list_id, title, status, completed_at)
        SELECT %s, %s, 'old', 'completed', '2020-02-02' FROM generate_series(1, %s)
        RETURNING id
        """,
        [ground.project_id, ground.task_list_id, count],
    )
    return [row[0] for row in rows]


def join_workflow(connection: Connection, old: UUID) -> None:
    connection.execute(
        """
        WITH workflow AS (
            INSERT INTO workflows (project_id, name)
            SELECT project_id, 'w' FROM tasks WHERE id = %(old)s
            RETURNING id
        )
        INSERT INTO workflow_tasks (workflow_id, task_id, position)
        SELECT id, %(old)s, 1 FROM workflow
        """,
        {"old": old},
    )


def request_pull(connection: Connection, old: UUID) -> None:
    connection.execute(
        """
        INSERT INTO pull_requests (project_id, task_id, number, repository, branch, title)
        SELECT project_id, id, 1, 'example/orrery', 'b', 'new' FROM tasks WHERE id = %s
        """,
        [old],
    )


def look_at(connection: Connection, old: UUID) -> None:
    connection.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", [old])


def is_there(race: Race, task_id: UUID) -> bool:
    return bool(race.value("SELECT EXISTS (SELECT FROM tasks WHERE id = %s)", task_id))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("move", [join_workflow, request_pull, look_at])
def test_a_task_that_somebody_is_busy_with_stays(
    race: Race, level: str, move: Callable[[Connection, UUID], None]
) -> None:
    old, alone = old_tasks(race, race.ground(), 2)
    with session(race.url, level) as busy, busy.transaction():
        move(busy, old)
        assert remove_old_tasks(race.connection) == 1
    assert [is_there(race, task) for task in (old, alone)] == [True, False]
    # Until it is needed no more: a look comes to an end.
    assert remove_old_tasks(race.connection) == (1 if move is look_at else 0)
    race.assert_sound()


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_busy_task_needs_stays_with_it(race: Race, level: str) -> None:
    tasks = old_tasks(race, race.ground(), 4)
    busy, needed, parent, _ = tasks
    race.edges([(busy, needed)])
    adopt(race.connection, busy, parent)
    with session(race.url, level) as person, person.transaction():
        look_at(person, busy)
        assert remove_old_tasks(race.connection) == 1
    assert [is_there(race, task) for task in tasks] == [True, True, True, False]
    assert remove_old_tasks(race.connection) == 3
    race.assert_sound()


MOVES: dict[str, Callable[[Connection, UUID, UUID], object]] = {
    "reopened": lambda connection, old, _: move_by_hand(connection, old, "pending"),
    "waited for": lambda connection, old, new: depend(connection, new, old),
    "a parent": lambda connection, old, new: adopt(connection, new, old),
    "held": lambda connection, *_: create_legal_hold(
        connection, project_id=None, reason="a case", ordered_by="ada"
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("move", MOVES)
def test_what_becomes_needed_while_retention_begins_stays(
    race: Race, level: str, move: str
) -> None:
    ground = race.ground()
    (old,) = old_tasks(race, ground, 1)
    (new,) = race.tasks(ground, 1)
    with session(race.url, level) as person, person.transaction():
        MOVES[move](person, old, new)
        race.start(remove_old_tasks_apart)
        race.wait_for_waiters(1)
    assert race.results() == [0]
    assert is_there(race, old)
    race.assert_sound()
