"""Tasks that are deleted while others come to live under them, or in their list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moves import adopt, claim
from racing import LEVELS, retried

from taskspine.queries.task_lists import delete_task_list
from taskspine.queries.tasks import create_task, delete_task, restore_task

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from racing import Ground, Race

ROUNDS = 60
UNDER = "tasks_deleted_with_their_subtasks"


def delete(connection: psycopg.Connection[Any], task_id: UUID) -> int:
    return retried(lambda: delete_task(connection, task_id=task_id))


def restore(connection: psycopg.Connection[Any], task_id: UUID) -> bool:
    return retried(lambda: restore_task(connection, task_id=task_id)) is not None


def add(connection: psycopg.Connection[Any], ground: Ground) -> bool:
    named = {"project_id": ground.project_id, "task_list_id": ground.task_list_id}
    return retried(lambda: create_task(connection, **named, title="new")) is not None


def clear(connection: psycopg.Connection[Any], ground: Ground) -> int:
    return retried(lambda: delete_task_list(connection, task_list_id=ground.task_list_id))


@pytest.mark.parametrize("level", LEVELS)
def test_no_task_lives_under_one_that_is_deleted_meanwhile(race: Race, level: str) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    pairs = [race.tasks(ground, 2) for ground in grounds]
    rounds = race.abreast(
        level,
        [
            (delete, [(parent,) for parent, _ in pairs]),
            (adopt, [(child, parent) for parent, child in pairs]),
            (claim, [(ground, 2) for ground in grounds]),
        ],
    )
    race.assert_sound()
    for deleted, adopted, _ in rounds:
        assert (deleted, adopted) in {(2, "done"), (1, UNDER)}


@pytest.mark.parametrize("level", LEVELS)
def test_no_task_is_brought_back_under_one_that_is_deleted_meanwhile(
    race: Race, level: str
) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    pairs = [race.tasks(ground, 2) for ground in grounds]
    for parent, child in pairs:
        adopt(race.connection, child, parent)
        delete(race.connection, child)
    rounds = race.abreast(
        level,
        [
            (delete, [(parent,) for parent, _ in pairs]),
            (restore, [(child,) for _, child in pairs]),
        ],
    )
    race.assert_sound()
    for deleted, restored in rounds:
        assert (deleted, restored) in {(2, True), (1, UNDER)}


@pytest.mark.parametrize("level", LEVELS)
def test_no_list_is_deleted_with_a_task_that_is_added_meanwhile(race: Race, level: str) -> None:
    grounds = [race.ground() for _ in range(ROUNDS)]
    calls = [(ground,) for ground in grounds]
    rounds = race.abreast(level, [(clear, calls), (add, calls)])
    race.assert_sound()
    for cleared, added in rounds:
        assert (cleared, added) in {(0, True), (1, "tasks_task_list_id_project_id_fkey")}
