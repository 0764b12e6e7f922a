"""An import is recorded with what it found, and found again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.import_findings import list_import_findings
from taskspine.queries.import_runs import (
    create_import_run,
    get_import_run,
    get_latest_import_run,
    list_import_runs,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.enums import ImportFindingSeverity

MINUTE = timedelta(minutes=1)


def make(
    ask: Ask,
    desk: Desk,
    *severities: ImportFindingSeverity,
    source: str = "tasks.json",
    **named: Any,
) -> Any:
    count = len(severities)
    values: dict[str, Any] = {
        "project_id": desk.project_id,
        "source": source,
        "source_sha256": "0f" * 32,
        "report": {"tasks": {"created": 1}},
        "duration": MINUTE,
        "codes": ["title_cut"] * count,
        "severities": list(severities),
        "list_names": ["master"] * count,
        "refs": [None] * count,
        "pointers": ["/tasks/0"] * count,
        "lines": [number + 1 for number in range(count)],
        "messages": ["the title is long"] * count,
        "details": [{"n": number} for number in range(count)],
    }
    return ask(create_import_run, **values | named)


def test_an_import_is_recorded_with_its_findings(ask: Ask, desk: Desk) -> None:
    made = make(ask, desk, "note", "warning")
    assert (made.status, made.duration, made.report) == (
        "completed",
        MINUTE,
        {"tasks": {"created": 1}},
    )
    assert (made.finding_count, made.resolved_count) == (2, 0)
    found = ask(list_import_findings, import_run_id=made.id)
    assert [(row.severity, row.line, row.detail) for row in found] == [
        ("note", 1, {"n": 0}),
        ("warning", 2, {"n": 1}),
    ]
    got = ask(get_import_run, import_run_id=made.id)
    assert got is not None
    assert (got.source, got.started_at + MINUTE) == ("tasks.json", got.finished_at)
    assert ask(get_import_run, import_run_id=NOBODY) is None


def test_an_import_that_set_something_aside_is_partial(ask: Ask, desk: Desk) -> None:
    partial = make(ask, desk, "note", "error")
    complete = make(ask, desk)
    assert (partial.status, complete.status) == ("partial", "completed")
    assert complete.resolved_count == 2
    assert [row.id for row in ask(list_import_runs, status="partial")] == [partial.id]


def test_the_latest_import_of_a_file_is_got(ask: Ask, desk: Desk) -> None:
    make(ask, desk)
    latest = make(ask, desk)
    make(ask, desk, source="other.json")
    found = ask(get_latest_import_run, project_id=desk.project_id, source="tasks.json")
    assert found is not None
    assert found.id == latest.id
    assert ask(get_latest_import_run, project_id=NOBODY, source="tasks.json") is None


def test_imports_are_listed_in_pages_the_latest_first(ask: Ask, desk: Desk) -> None:
    ids = [make(ask, desk, "note").id for _ in range(3)]
    rows = ask(list_import_runs, project_id=desk.project_id)
    assert [row.id for row in rows] == ids[::-1]
    assert [(row.finding_count, row.open_finding_count) for row in rows] == [(1, 1), (1, 0), (1, 0)]
    assert [row.id for row in ask(list_import_runs, page_size=1, page_start=1)] == [ids[1]]
    assert ask(list_import_runs, project_id=NOBODY) == []


def test_a_finding_that_breaks_a_rule_leaves_no_import(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.IMPORT_FINDINGS_LINE_POSITIVE):
        make(ask, desk, "note", lines=[0])
    assert ask(list_import_runs) == []
