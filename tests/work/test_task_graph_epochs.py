"""The graph lock of a project keeps other writers of its edges out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from taskspine.database import connect
from taskspine.queries.task_dependencies import create_task_dependency
from taskspine.queries.task_graph_epochs import lock_task_graph

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_the_lock_is_held_until_the_end_of_the_transaction(
    ask: Ask, desk: Desk, database_url: str
) -> None:
    assert ask(lock_task_graph, project_id=desk.project_id) == 1
    task, blocker = desk.task(), desk.task()
    with connect(database_url) as other:
        other.execute("SET lock_timeout = '50ms'")
        with desk.connection.transaction():
            lock_task_graph(desk.connection, project_id=desk.project_id)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                create_task_dependency(other, task_id=task.id, depends_on_id=blocker.id)
        assert create_task_dependency(other, task_id=task.id, depends_on_id=blocker.id)
