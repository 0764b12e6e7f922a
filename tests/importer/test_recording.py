"""An import leaves a record of itself and of what it found, in one transaction with the rest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from inbox import Inbox, a_task
from taskspine.database import Connection, connect
from taskspine.importer import ImportRefused, import_file
from taskspine.queries.import_findings import list_import_findings, resolve_import_finding
from taskspine.queries.import_runs import get_import_run, list_import_runs

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

BAD = {"id": 2}
GOOD = a_task(1)


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url, actor="ada") as connection:
        yield connection


@pytest.fixture
def inbox(connection: Connection, tmp_path: Path) -> Inbox:
    return Inbox(connection, tmp_path)


def test_an_import_says_what_it_did(inbox: Inbox) -> None:
    report = inbox.bring(a_task(1), a_task(2, 1))
    assert report.run_id is not None
    run = get_import_run(inbox.connection, import_run_id=report.run_id)
    assert run is not None
    assert (run.project_id, run.source) == (inbox.project_id, str(inbox.file))
    assert run.source_sha256 == hashlib.sha256(inbox.file.read_bytes()).hexdigest()
    assert (run.status, run.actor) == ("completed", "ada")
    assert run.duration is not None
    assert 0 < run.duration.total_seconds() <= report.duration_seconds
    none = {"created": 0, "changed": 0, "removed": 0, "unchanged": 0}
    assert run.report == {
        "is_new_project": True,
        "lists": none | {"created": 1},
        "tasks": none | {"created": 2},
        "dependencies": none | {"created": 1},
        "findings": {},
    }


def test_what_it_found_is_kept_with_its_place_and_reason(inbox: Inbox) -> None:
    report = inbox.bring(GOOD, BAD, a_task(3, 9))
    assert report.run_id is not None
    rows = list_import_findings(inbox.connection, import_run_id=report.run_id)
    assert [(row.code, row.severity, row.list_name, row.ref) for row in rows] == [
        ("task_without_title", "error", "master", "2"),
        ("dependency_dangling", "warning", "master", "3"),
    ]
    for row, finding in zip(rows, report.findings, strict=True):
        assert (row.pointer, row.line) == (finding.pointer, finding.line)
        assert (row.message, row.detail) == (finding.message, finding.detail)
        assert row.resolved_at is None
    run = get_import_run(inbox.connection, import_run_id=report.run_id)
    assert run is not None
    assert run.status == "partial"


def test_an_import_that_has_nothing_new_to_say_is_not_recorded(inbox: Inbox) -> None:
    first = inbox.bring(GOOD, BAD)
    before = inbox.everything()
    again = inbox.again()
    assert again.run_id is None
    assert [each.code for each in again.findings] == [each.code for each in first.findings]
    assert inbox.everything() == before


def test_a_file_that_was_changed_is_recorded_though_no_task_is(inbox: Inbox) -> None:
    inbox.bring(GOOD)
    inbox.file.write_text(json.dumps({"tasks": [GOOD]}, indent=4))
    assert inbox.again().run_id is not None


def test_other_findings_are_recorded_though_neither_file_nor_tasks_changed(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2))
    inbox.bring(a_task(1))
    (finding,) = list_import_findings(inbox.connection, is_open=True)
    assert finding.code == "task_not_in_file"
    inbox.connection.execute("DELETE FROM tasks WHERE ref = '2'")
    assert inbox.again().run_id is not None
    assert list_import_findings(inbox.connection, is_open=True) == []


def test_a_later_import_resolves_what_an_earlier_one_has_found(inbox: Inbox) -> None:
    inbox.bring(GOOD, BAD, a_task(3, 9))
    mended = inbox.bring(GOOD, a_task(2), a_task(3, 9))
    (still,) = list_import_findings(inbox.connection, is_open=True)
    assert (still.code, still.import_run_id) == ("dependency_dangling", mended.run_id)
    resolved = list_import_findings(inbox.connection, is_open=False)
    assert {row.resolution for row in resolved} == {"a later import"}
    assert {row.resolved_by for row in resolved} == {None}


def test_what_a_person_resolved_stays_so(inbox: Inbox) -> None:
    inbox.bring(GOOD, BAD)
    (finding,) = list_import_findings(inbox.connection)
    resolve_import_finding(inbox.connection, import_finding_id=finding.id, resolution="not needed")
    inbox.again()
    (same,) = list_import_findings(inbox.connection)
    assert (same.resolution, same.resolved_by) == ("not needed", "ada")


def test_other_files_of_the_project_keep_their_findings(inbox: Inbox) -> None:
    inbox.bring(GOOD, BAD)
    other = inbox.file.with_name("other.json")
    other.write_text(json.dumps({"other": {"tasks": [GOOD, BAD]}}))
    import_file(inbox.connection, other, project="inbox")
    assert len(list_import_findings(inbox.connection, is_open=True)) == 2


def test_an_import_that_fails_leaves_no_record(inbox: Inbox) -> None:
    inbox.file.write_text('{"tasks": [')
    with pytest.raises(ImportRefused):
        inbox.again()
    inbox.bring(GOOD)
    before = inbox.everything()

    def fall(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    inbox.write(GOOD, a_task(2), BAD)
    with pytest.raises(KeyboardInterrupt):
        import_file(inbox.connection, inbox.file, progress=fall)
    assert inbox.everything() == before


def test_what_is_too_long_to_be_told_is_cut(inbox: Inbox) -> None:
    deep = {"k" * 3000: {"l" * 3000: "\0"}}
    report = inbox.bring(a_task(1, **deep))
    (finding,) = report.findings
    assert len(finding.pointer) > 4000
    (row,) = list_import_findings(inbox.connection)
    assert row.pointer == finding.pointer[:4000]


def test_runs_are_listed_with_their_findings(inbox: Inbox) -> None:
    inbox.bring(GOOD, BAD)
    inbox.bring(GOOD)
    second, first = list_import_runs(inbox.connection, project_id=inbox.project_id)
    assert (first.finding_count, first.open_finding_count) == (1, 0)
    assert second.finding_count == second.open_finding_count
