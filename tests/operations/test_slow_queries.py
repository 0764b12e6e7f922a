"""Slow queries are listed where the server counts them, and none where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.slow_queries import list_slow_queries

if TYPE_CHECKING:
    from asking import Ask


def test_nothing_is_slow_where_nobody_counts(ask: Ask) -> None:
    assert ask(list_slow_queries, page_size=None) == []
