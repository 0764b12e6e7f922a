"""A parent changes its list beside a new subtask that its mover's snapshot does not show."""

from __future__ import annotations

import psycopg
import pytest

SETUP = """
    INSERT INTO projects (name, slug) VALUES ('p', 'p');
    INSERT INTO task_lists (project_id, name) SELECT id, list.name FROM projects,
        unnest(ARRAY['here', 'there']) AS list (name);
    INSERT INTO tasks (project_id, task_list_id, ref, title)
    SELECT project_id, id, 'parent', 'Parent' FROM task_lists WHERE name = 'here';
"""
ADD = """
    INSERT INTO tasks (project_id, task_list_id, parent_id, title)
    SELECT project_id, task_list_id, id, 'Child' FROM tasks WHERE ref = 'parent'
"""
MOVE = """
    UPDATE tasks SET task_list_id = (SELECT id FROM task_lists WHERE name = 'there')
    WHERE ref = 'parent'
"""


@pytest.mark.parametrize(
    "level",
    [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE],
)
def test_a_parent_does_not_leave_a_subtask_that_is_not_seen(
    database_url: str, level: psycopg.IsolationLevel
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as adder,
        psycopg.connect(database_url) as mover,
    ):
        adder.execute(SETUP)
        mover.isolation_level = level
        mover.execute("SELECT count(*) FROM tasks")  # the snapshot is taken here
        adder.execute(ADD)
        with pytest.raises(psycopg.errors.SerializationFailure):
            mover.execute(MOVE)
        mover.rollback()
        assert adder.execute("SELECT * FROM check_invariants()").fetchall() == []
