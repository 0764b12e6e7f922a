"""Seeds are added where they are missing, and leave alone what somebody changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskspine.errors import MigrationFailed
from taskspine.migrations.seeding import seed, seed_files

if TYPE_CHECKING:
    import psycopg

    from taskspine.server import Databases

SEEDS = Path(__file__).parents[2] / "seeds"


def test_seeds_are_added_once(database_url: str, connection: psycopg.Connection) -> None:
    seed(database_url)
    connection.execute("DELETE FROM task_priority_aliases WHERE alias IN ('low', 'high')")
    first = seed(database_url)
    assert first["task_priority_aliases"] == 2
    assert sum(first.values()) == 2
    assert set(seed(database_url).values()) == {0}


def test_a_row_that_was_changed_stays(database_url: str, connection: psycopg.Connection) -> None:
    seed(database_url)
    connection.execute("UPDATE task_priority_aliases SET priority = 9 WHERE alias = 'high'")
    assert set(seed(database_url).values()) == {0}
    found = connection.execute("SELECT priority FROM task_priority_aliases WHERE alias = 'high'")
    assert found.fetchall() == [(9,)]


def test_every_file_is_applied(database_url: str) -> None:
    assert set(seed(database_url)) == {path.stem for path in SEEDS.rglob("*.sql")}


def test_tables_come_after_those_that_they_refer_to() -> None:
    stems = [path.stem for path in seed_files()]
    assert stems.index("task_status_transitions") < stems.index("task_priority_aliases")


def test_all_seeds_are_added_or_none(
    database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    good, bad = (tmp_path / f"work/task_{kind}_aliases.sql" for kind in ("status", "priority"))
    good.write_text("INSERT INTO task_status_aliases (alias, status) VALUES ('x', 'pending');")
    bad.write_text("\nINSERT INTO task_priority_aliases (alias, priority) VALUES ('x', 99);")
    with pytest.raises(MigrationFailed, match=r"task_priority_aliases\.sql:\d: .*in_range"):
        seed(database_url, folder=tmp_path)
    query = "SELECT count(*) FROM task_status_aliases WHERE alias = 'x'"
    assert connection.execute(query).fetchone() == (0,)


def test_a_database_without_the_schema_is_told_so(server: Databases) -> None:
    name = "taskspine_test_seeds"
    url = server.create_database(name)
    try:
        with pytest.raises(MigrationFailed, match="migrate the database first"):
            seed(url)
    finally:
        server.drop_database(name)
