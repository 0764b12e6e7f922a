"""Findings of imports are listed by what counts, resolved and opened again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine.queries.import_findings import (
    list_import_findings,
    reopen_import_finding,
    resolve_import_finding,
)
from taskspine.queries.import_runs import create_import_run
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


@pytest.fixture
def run_id(ask: Ask, desk: Desk) -> UUID:
    """An import that found a note, a warning and an error."""
    made = ask(
        create_import_run,
        project_id=desk.project_id,
        source="tasks.json",
        source_sha256="0f" * 32,
        report={},
        duration=timedelta(seconds=1),
        codes=["a", "b", "c"],
        severities=["note", "warning", "error"],
        list_names=[None, "master", "master"],
        refs=[None, "1", "2"],
        pointers=["", "/tasks/0", "/tasks/1"],
        lines=[1, 2, 3],
        messages=["first", "second", "third"],
        details=[{}, {}, {}],
    )
    assert made is not None
    return made.id


def test_each_criterion_leaves_out_the_others(ask: Ask, desk: Desk, run_id: UUID) -> None:
    def codes(**criteria: object) -> list[str]:
        return [row.code for row in ask(list_import_findings, **criteria)]

    assert codes() == codes(import_run_id=run_id) == codes(project_id=desk.project_id)
    assert codes(is_open=True) == ["a", "b", "c"]
    assert codes(least_severity="warning") == ["b", "c"]
    assert codes(least_severity="error") == ["c"]
    assert codes(page_size=1, page_start=1) == ["b"]
    assert codes(project_id=NOBODY) == codes(import_run_id=NOBODY) == codes(is_open=False) == []


@pytest.mark.usefixtures("run_id")
def test_a_finding_is_resolved_and_opened_again(ask: Ask) -> None:
    first = ask(list_import_findings)[0]
    assert ask(reopen_import_finding, import_finding_id=first.id) is None
    resolved = ask(resolve_import_finding, import_finding_id=first.id, resolution="mended")
    assert resolved is not None
    assert resolved.resolved_at is not None
    assert resolved.resolved_by
    assert resolved.resolution == "mended"
    assert ask(resolve_import_finding, import_finding_id=first.id) is None
    assert [row.id for row in ask(list_import_findings, is_open=False)] == [first.id]
    reopened = ask(reopen_import_finding, import_finding_id=first.id)
    assert reopened is not None
    assert (reopened.resolved_at, reopened.resolved_by, reopened.resolution) == (None, None, None)
