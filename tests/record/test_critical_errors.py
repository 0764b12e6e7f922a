"""A critical error is listed until somebody has seen to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.critical_errors import list_critical_errors
from taskspine.queries.error_logs import record_error, resolve_error

if TYPE_CHECKING:
    from asking import Ask


def test_critical_errors_are_listed_until_they_are_resolved(ask: Ask) -> None:
    ask(record_error, type="KeyError", message="no key")
    first = ask(record_error, type="OSError", message="no disk", severity="critical")
    second = ask(record_error, type="OSError", message="no power", severity="critical")
    assert [row.id for row in ask(list_critical_errors)] == [second.id, first.id]
    assert [row.id for row in ask(list_critical_errors, page_size=1, page_start=1)] == [first.id]
    ask(resolve_error, error_id=second.id)
    assert [row.id for row in ask(list_critical_errors)] == [first.id]
