"""Rules are broken in the ways that matter, and what breaks is caught or told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import mutants
from mutants import Jury, Mutant, Verdict, courtrooms, judged, weakenings

if TYPE_CHECKING:
    from collections.abc import Generator

    from taskspine.migrations.catalog import Catalog
    from taskspine.server import Databases


@pytest.mark.parametrize(
    ("check", "weaker"),
    [
        ("CHECK (VALUE >= 0 AND VALUE <= 10)", {
            ">= -1 instead of 0": "VALUE >= -1 AND VALUE <= 10",
            "<= 11 instead of 10": "VALUE >= 0 AND VALUE <= 11",
            "without value >= 0": "(value <= 10)",
            "without value <= 10": "(value >= 0)",
        }),
        ("CHECK (type ~ '^[a-z]{1,9}$'::text)", {
            "{1,10} instead of {1,9}": "type ~ '^[a-z]{1,10}$'::text",
            "{0,9} instead of {1,9}": "type ~ '^[a-z]{0,9}$'::text",
        }),
        ("CHECK (number > 0)", {"> -1 instead of 0": "number > -1"}),
        ("CHECK (hash ~ '^[0-9a-f]{64}$'::text)", {
            "{64,65} instead of {64}": "hash ~ '^[0-9a-f]{64,65}$'::text",
            "{63,64} instead of {64}": "hash ~ '^[0-9a-f]{63,64}$'::text",
        }),
    ],
)  # fmt: skip
def test_a_check_is_weakened_at_its_bounds(check: str, weaker: dict[str, str]) -> None:
    assert dict(weakenings(check)) == weaker


@pytest.fixture(scope="module")
def court(server: Databases) -> Generator[tuple[Catalog, Jury, list[mutants.Courtroom]]]:
    with courtrooms(server, 1) as opened:
        yield opened


Court = tuple["Catalog", Jury, list[mutants.Courtroom]]


@pytest.mark.parametrize(
    ("name", "witness"),
    [
        ("agents_name_key: dropped", "pgtap/work/agents.sql"),
        ("task_priority_in_range: >= -1 instead of 0", "pgtap/work/tasks.sql"),
        ("task_lists_project_id_fkey: ON DELETE NO ACTION", ""),
        ("agents_record_change: dropped", "pgtap/conventions.sql"),
        ("agents.is_active NOT NULL: dropped", "pgtap/conventions.sql"),
        ("task_executions_one_running_per_task: dropped", "pgtap/work/task_executions.sql"),
    ],
)
def test_a_broken_rule_is_noticed(court: Court, name: str, witness: str) -> None:
    catalog, _, rooms = court
    mutant = next(each for each in mutants.mutants(catalog) if str(each) == name)
    found = rooms[0].try_mutant(mutant)
    assert found.caught_by, found.broken
    assert found.caught_by == witness or not witness


def test_what_breaks_nothing_survives(court: Court) -> None:
    mutant = Mutant("agents_are_slow", "agents", "dropped", "index", ("SELECT 1",))
    assert court[2][0].try_mutant(mutant) == Verdict(mutant, "")
    told = judged([Verdict(mutant, "")], [mutant], court[1])
    assert told[0] == "agents_are_slow: dropped survives: add its boundary to pgtap/work/agents.sql"


def test_a_mutant_that_is_no_sql_is_told(court: Court) -> None:
    mutant = Mutant("x", "agents", "dropped", "index", ("DROP INDEX nowhere",))
    assert "nowhere" in court[2][0].try_mutant(mutant).broken


def test_an_explanation_of_what_is_caught_is_stale(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = Mutant("x", "agents", "dropped", "index", ())
    monkeypatch.setattr(mutants, "explained", lambda: {"x: dropped": "", "y: dropped": ""})
    told = judged([Verdict(mutant, "pgtap/work/agents.sql")], [mutant], court[1])
    assert [line.split(":")[0] for line in told] == ["y", "x"]


def test_explanations_have_reasons_and_are_of_mutants(court: Court) -> None:
    known = {str(each) for each in mutants.mutants(court[0])}
    for name, reason in mutants.explained().items():
        assert name in known, f"take {name} out of {mutants.EXPLAINED.name}"
        assert len(reason) > 20
