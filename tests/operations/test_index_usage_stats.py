"""Indexes are listed by how much they are used; the examples of users run unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.index_usage_stats import list_index_usage

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_unused_indexes_are_listed_by_the_query_that_users_know(connection: Connection) -> None:
    rows = connection.execute(
        "SELECT * FROM index_usage_stats WHERE usage_category = 'UNUSED'"
    ).fetchall()
    assert rows


def test_indexes_are_listed_the_largest_first(ask: Ask) -> None:
    rows = ask(list_index_usage, usage_category=None)
    sizes = [row.index_size_bytes or 0 for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert "tasks_ready_idx" in {row.indexname for row in rows}
    unused = ask(list_index_usage, usage_category="UNUSED")
    assert {row.idx_scan for row in unused} == {0}
