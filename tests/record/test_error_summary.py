"""Errors are summed up by type and severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.error_logs import record_error, resolve_error
from taskspine.queries.error_summary import list_error_summary

if TYPE_CHECKING:
    from asking import Ask


def test_errors_are_counted_by_type_and_severity(ask: Ask) -> None:
    assert ask(list_error_summary) == []
    for key in "abb":
        lost = ask(record_error, type="KeyError", message="no key", stack=f"in {key}")
    ask(record_error, type="OSError", message="no disk", severity="critical")
    ask(resolve_error, error_id=lost.id)
    disk, keys = ask(list_error_summary)
    assert (disk.type, disk.severity, disk.error_count) == ("OSError", "critical", 1)
    assert (keys.type, keys.error_count, keys.occurrence_count) == ("KeyError", 2, 3)
    assert (keys.unresolved_count, keys.resolved_count, keys.ignored_count) == (1, 1, 0)
