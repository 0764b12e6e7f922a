"""Occurrences of one error are one row, which is open until somebody has seen to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.error_logs import (
    get_error,
    list_errors,
    record_error,
    resolve_error,
    set_error_status,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.queries.tables import ErrorLogsRow


def lose_key(ask: Ask, key: str = "a") -> ErrorLogsRow:
    return ask(record_error, type="KeyError", message=f"no key '{key}'")


def test_an_error_is_recorded_and_got(ask: Ask) -> None:
    made = ask(
        record_error,
        type="KeyError",
        message="no key",
        code="E1",
        stack="in f",
        context={"file": "a.py"},
        task_id=NOBODY,
        workflow_id=NOBODY,
        user_id="ada",
        session_id="s",
        severity="critical",
    )
    assert (made.type, made.code, made.message, made.stack) == ("KeyError", "E1", "no key", "in f")
    assert (made.context, made.severity, made.status) == ({"file": "a.py"}, "critical", "open")
    assert (made.task_id, made.workflow_id) == (NOBODY, NOBODY)
    assert (made.user_id, made.session_id) == ("ada", "s")
    assert (made.occurrence_count, made.reopened_count, made.resolved_at) == (1, 0, None)
    assert ask(get_error, error_id=made.id) == made
    assert ask(get_error, error_id=NOBODY) is None


def test_an_error_that_occurs_again_is_counted_and_tells_its_news(ask: Ask) -> None:
    first = lose_key(ask)
    again = ask(
        record_error,
        type="KeyError",
        message="no key 'b'",
        context={"n": 2},
        user_id="ada",
        severity="warning",
    )
    assert (again.id, again.fingerprint) == (first.id, first.fingerprint)
    assert (again.occurrence_count, again.message, again.context) == (2, "no key 'b'", {"n": 2})
    assert (again.user_id, again.severity) == ("ada", "error")
    assert again.first_seen_at == first.first_seen_at
    assert again.last_seen_at > first.last_seen_at
    assert lose_key(ask).user_id == "ada"
    assert len(ask(list_errors)) == 1


def test_a_resolved_error_is_reopened_when_it_occurs_again(ask: Ask) -> None:
    error = lose_key(ask)
    resolved = ask(resolve_error, error_id=error.id, resolution_notes="a default")
    assert resolved is not None
    assert (resolved.status, resolved.resolution_notes) == ("resolved", "a default")
    assert resolved.resolved_at is not None
    again = lose_key(ask, "b")
    assert (again.status, again.reopened_count, again.resolved_at) == ("open", 1, None)
    assert again.resolution_notes == "a default"
    resolved = ask(resolve_error, error_id=error.id)
    assert resolved is not None
    assert (resolved.status, resolved.resolution_notes) == ("resolved", "a default")
    assert lose_key(ask).reopened_count == 2


@pytest.mark.parametrize("status", ["acknowledged", "ignored"])
def test_what_somebody_has_seen_stays_as_it_is(ask: Ask, status: str) -> None:
    error = lose_key(ask)
    ask(set_error_status, error_id=error.id, status=status)
    again = lose_key(ask)
    assert (again.status, again.occurrence_count, again.reopened_count) == (status, 2, 0)


def test_triage_of_what_is_not_there_is_none(ask: Ask) -> None:
    assert ask(resolve_error, error_id=NOBODY) is None
    assert ask(set_error_status, error_id=NOBODY, status="open") is None


def test_an_error_is_not_lost_for_its_length(ask: Ask) -> None:
    made = ask(record_error, type="KeyError", message="m" * 20_000, stack="s" * 200_000)
    assert (len(made.message), len(made.stack or "")) == (10_000, 100_000)
    with pytest.raises(RuleBroken, match=rules.ERROR_LOGS_TYPE_HAS_1_TO_200_CHARACTERS):
        ask(record_error, type="", message="")


def test_each_criterion_leaves_out_the_others(ask: Ask) -> None:
    plain = lose_key(ask)
    grave = ask(
        record_error,
        type="OSError",
        message="no disk",
        severity="critical",
        task_id=NOBODY,
        workflow_id=NOBODY,
    )
    assert ask(list_errors) == [grave, plain]
    assert ask(list_errors, page_size=1, page_start=1) == [plain]
    assert ask(list_errors, type="OSError") == [grave]
    assert ask(list_errors, least_severity="critical") == [grave]
    assert ask(list_errors, task_id=NOBODY) == [grave]
    assert ask(list_errors, workflow_id=NOBODY) == [grave]
    assert ask(list_errors, since=grave.last_seen_at) == [grave]
    assert ask(list_errors, since=datetime(2999, 1, 1, tzinfo=UTC)) == []
    ask(resolve_error, error_id=plain.id)
    assert [row.id for row in ask(list_errors, status="resolved")] == [plain.id]
