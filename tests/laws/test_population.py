"""A populated database is sound, the same for the same seed, and has rows in every table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from populate import populate
from scratch import scratch
from taskspine.server import connect

if TYPE_CHECKING:
    from collections.abc import Generator

SCALE = 0.02


@pytest.fixture(scope="module")
def populated(pytestconfig: pytest.Config) -> Generator[tuple[str, dict[str, int]]]:
    with scratch(pytestconfig).copy() as url:
        yield url, populate(url, scale=SCALE)


def test_every_table_has_rows(populated: tuple[str, dict[str, int]]) -> None:
    empty = [name for name, number in populated[1].items() if not number]
    assert not empty, "put rows of each into tests/laws/populated/<domain>.sql"


def test_what_the_database_keeps_agrees(populated: tuple[str, dict[str, int]]) -> None:
    with connect(populated[0]) as connection:
        assert connection.execute("SELECT * FROM check_invariants()").fetchall() == []
        assert connection.execute("SELECT * FROM verify_audit_log()").fetchall() == []


def test_references_lead_somewhere(populated: tuple[str, dict[str, int]]) -> None:
    """The copies bypass the triggers that see to it."""
    with connect(populated[0]) as connection:
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
            " AND connamespace = current_schema()::regnamespace"
        ).fetchall()
        for table, name, definition in keys:
            # Added anew, a key is checked of every row.
            with connection.transaction(force_rollback=True):
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def test_the_same_seed_gives_the_same_rows(
    populated: tuple[str, dict[str, int]], database_url: str
) -> None:
    again = populate(database_url, scale=SCALE)
    assert again == populated[1]
    query = "SELECT id FROM tasks WHERE ref LIKE 'T-%' AND created_at < now() - interval '1 day'"
    found = []
    for url in (populated[0], database_url):
        with connect(url) as connection:
            found.append(set(connection.execute(query).fetchall()))
    assert found[0] == found[1]
    assert len(found[0]) > 1000
