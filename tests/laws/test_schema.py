"""What a reader may rely on in schema/: every file is listed, and each is in the one order."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from taskspine.migrations.drafting import Statement, statements

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schema"
FILES = sorted(path for path in SCHEMA.rglob("*.sql") if path != SCHEMA / "schema.sql")
SQL = sorted(
    path
    for folder in ("schema", "seeds", "queries", "pgtap", "python", "tests", "deploy")
    for path in (ROOT / folder).rglob("*.sql")
)
WRITTEN = statements()


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def of_file(path: Path) -> list[Statement]:
    return [each for each in WRITTEN if each.path == path]


TABLE_FILES = [path for path in FILES if any(each.key.kind == "table" for each in of_file(path))]


def test_every_file_is_listed_in_schema_sql_once() -> None:
    text = (SCHEMA / "schema.sql").read_text()
    listed = re.findall(r"^\\ir\s+(\S+)$", text, re.MULTILINE)
    assert sorted(listed) == [str(path.relative_to(SCHEMA)) for path in FILES], (
        "list each file of schema/ in schema.sql, below the files that it needs"
    )


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_begins_with_what_it_is_about(path: Path) -> None:
    begin = "-- One row " if path in TABLE_FILES else "-- "
    assert path.read_text().startswith(begin), f"begin {named(path)} with: {begin}..."


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_called_after_its_table_or_view(path: Path) -> None:
    relations = {"table", "view", "materialized view"}
    owners = {each.key.name for each in of_file(path) if each.key.kind in relations}
    assert len(owners) <= 1, f"one table or view a file: {sorted(owners)}"
    assert owners <= {path.stem}, f"{named(path)} is about {owners.pop()}: name it so"


@pytest.mark.parametrize("path", TABLE_FILES, ids=named)
def test_a_table_file_is_in_order(path: Path) -> None:
    found = [(place(each), each.text.splitlines()[-1][:60]) for each in of_file(path)]
    for (before, _), (after, line) in pairwise(found):
        assert before <= after, (
            f"{line}: types, table, indexes, comments of these, rows, functions with their "
            "triggers and comments, rights and policies"
        )


def place(statement: Statement) -> int:
    """Say where in a table file a statement belongs."""
    kind, _, name = statement.key
    if kind == "comment":
        word = name.split()[0]
        if word in {"TYPE", "DOMAIN"} or " ON DOMAIN " in name:
            return 0
        return 5 if word in {"FUNCTION", "PROCEDURE", "TRIGGER"} else 3
    places = {"type": 0, "domain": 0, "sequence": 0, "table": 1, "index": 2, "statistics": 2}
    places |= {"insert": 4, "function": 5, "trigger": 5}
    return places.get(kind, 6)


@pytest.mark.parametrize("path", TABLE_FILES, ids=named)
def test_an_index_says_what_it_serves(path: Path) -> None:
    silent = [
        each.key.name
        for each in of_file(path)
        if each.key.kind == "index" and not each.text.startswith("--")
    ]
    assert not silent, "put the query or the foreign key that it serves above it"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_schema_file_fills_an_empty_schema(path: Path) -> None:
    code = re.sub(r"--[^\n]*", "", path.read_text())
    assert not re.findall(r"\bIF (?:NOT )?EXISTS\s+\w+\s*\(|\bOR REPLACE\b", code), "plain CREATE"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_foreign_key_says_what_a_deletion_does(path: Path) -> None:
    code = re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", path.read_text())
    keys = re.split(r"\bREFERENCES\b", code)[1:]
    silent = [key for key in keys if not re.match(r"\s+\w+(\s*\([^)]*\))?\s+ON DELETE\b", key)]
    assert not silent, "say ON DELETE, if only NO ACTION"


@pytest.mark.parametrize("path", SQL, ids=named)
def test_a_line_has_100_columns(path: Path) -> None:
    # A comment on an object is one string, and aiosql reads the name of a query from one line.
    may_be_long = re.compile(r"-- name: |(?:COMMENT ON .* IS)? *'.*';$")
    long = [
        f"{named(path)}:{number}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 100 and not may_be_long.match(line)
    ]
    assert not long
