"""Every query, run on a populated database, keeps what its types promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sqltypist.describing import connect
from sqltypist.inferring import infer
from sqltypist.loading import load_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqltypist.inferring import Parameter, TypedQuery

QUERIES = Path(__file__).parents[2] / "queries"
DOMAINS = ("record", "work", "workflow", "access", "delivery", "knowledge", "operations")
POPULATION = [Path(__file__).parent / "populated" / f"{domain}.sql" for domain in DOMAINS]
ROUNDS = 25
"""Each with other parameters, in a transaction that is rolled back."""

MOST_ROWS = 1000
"""Of each table, to draw parameters from."""

# Nothing to give in a sound database.
EMPTY_WHEN_SOUND = {"list_broken_invariants"}
LEAST_SHARE_WITH_ROWS = 0.9
LEAST_CLAIMED = 300
"""Columns claimed never to be NULL, of queries that gave rows."""

# The table that an id is of, where its name does not say so.
IDS = {
    "parent": "tasks", "error": "error_logs", "depends_on": "tasks", "after_task": "tasks",
    "execution": "task_executions",
}  # fmt: skip
WORDS = ("one", "master", "r1", "r7", "general", "fix", "note", "p1", "new words", "ada")
VALUES = {
    "boolean": ("true", "false"),
    "integer": ("1", "2", "5"),
    "smallint": ("1", "2", "5"),
    "bigint": ("1", "2", "5"),
    "numeric": ("1", "2.5"),
    "interval": ("1 minute", "2 hours"),
    "timestamp with time zone": ("2020-01-01 00:00+00", "2099-01-01 00:00+00"),
    "jsonb": ("{}", '{"a": null}', '{"title": "other", "tags": [], "description": ""}'),
}


@dataclass
class Seen:
    """What the runs of a query gave."""

    runs: int = 0
    rows: int = 0
    broken: list[str] = field(default_factory=list[str])
    refusals: set[str] = field(default_factory=set[str])


class Draw:
    """Draws parameters: mostly those of a row that is there."""

    def __init__(self, connection: psycopg.Connection[Any], random: Random) -> None:
        self._random = random
        self._rows: dict[str, list[dict[str, str | None]]] = {}
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migrations'"
        )
        for (table,) in tables.fetchall():
            self._rows[table] = [
                row
                for (row,) in connection.execute(
                    f"SELECT jsonb_object_agg(pair.key, pair.value)"
                    f" FROM (SELECT * FROM {table} LIMIT {MOST_ROWS}) AS t,"
                    " jsonb_each_text(to_jsonb(t)) AS pair GROUP BY t".encode()
                )
            ]
        self._labels: dict[str, list[str]] = {}
        for name, label in connection.execute(
            "SELECT enumtypid::regtype::text, enumlabel FROM pg_enum ORDER BY enumsortorder"
        ):
            self._labels.setdefault(name, []).append(label)

    def parameters(self, typed: TypedQuery) -> dict[str, str | None]:
        """Draw one set of parameters, each as text."""
        table = typed.query.path.stem
        count = self._random.choice([1, 1, 2, 3])
        rows = [self._random.choice(self._rows.get(table) or [{}]) for _ in range(count)]
        return {each.name: self._one(each, table, rows) for each in typed.parameters}

    def _one(
        self, parameter: Parameter, table: str, rows: list[dict[str, str | None]]
    ) -> str | None:
        if parameter.nullable and self._random.random() < 0.4:
            return None
        if not parameter.pg_type.endswith("[]"):
            return self._value(parameter.name, parameter.pg_type, table, rows[0])
        name = _singular(parameter.name)
        values = [self._value(name, parameter.pg_type[:-2], table, row) for row in rows]
        elements = [_quoted(each) for each in values]
        if "| None" in parameter.python.name:
            elements = [each if self._random.random() < 0.7 else "NULL" for each in elements]
        return "{" + ",".join(elements) + "}"

    def _value(self, name: str, pg_type: str, table: str, row: dict[str, str | None]) -> str:
        stem = name.removesuffix("_id")
        of_table = self._table_of(stem) if name.endswith("_id") else None
        if of_table == table and stem in {_singular(table), "execution"}:
            known = row.get("id")
        else:
            known = row.get(name)
        if known is not None and self._random.random() < 0.8:
            return known
        if of_table:
            return self._random.choice(self._rows[of_table])["id"] or ""
        if name in {"slug", "ref", "name", "idempotency_key", "claim_key"}:
            return f"new-{self._random.randrange(10**9)}"
        if name in {"capabilities", "requirements", "tags", "affected_files"}:
            return "[]"
        return self._random.choice(self._labels.get(pg_type) or VALUES.get(pg_type) or WORDS)

    def _table_of(self, stem: str) -> str | None:
        """Name the table that an id is of, where one has rows to take it from."""
        plurals = (IDS.get(stem, ""), f"{stem}s", f"{stem.removesuffix('y')}ies")
        return next((each for each in plurals if self._rows.get(each)), None)


def _singular(name: str) -> str:
    if name in {"data", "metadata", "acceptance_criteria"}:
        return name
    if name.endswith(("statuses", "strategies")):
        return {"statuses": "status", "test_strategies": "test_strategy"}[name]
    return name.replace("dependencies", "dependency").removesuffix("s")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture
def typed_queries(database_url: str) -> list[TypedQuery]:
    with connect(database_url) as (described, catalog):
        return [infer(each, described.describe(each), catalog) for each in load_folder(QUERIES)]


def test_what_a_query_promises_holds(database_url: str, typed_queries: list[TypedQuery]) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for path in POPULATION:
            connection.execute(path.read_bytes())
        draw = Draw(connection, Random(7))
        seen = {each.query.name: _try(connection, draw, each) for each in typed_queries}
    assert [line for each in seen.values() for line in each.broken] == []

    giving = {
        each.query.name for each in typed_queries if each.columns and each.query.operator != "!"
    }
    silent = {name: seen[name].refusals for name in giving if not seen[name].rows}
    assert set(EMPTY_WHEN_SOUND) <= set(silent)
    claimed = [
        column
        for each in typed_queries
        for column in each.columns
        if seen[each.query.name].rows and not column.nullable
    ]
    assert len(claimed) >= LEAST_CLAIMED
    share = 1 - (len(silent) - len(EMPTY_WHEN_SOUND)) / len(giving)
    print(
        f"{len(seen)} queries, {len(giving)} with columns, {share:.0%} of these gave rows: {silent}"
    )
    assert share >= LEAST_SHARE_WITH_ROWS, silent


def _try(connection: psycopg.Connection[Any], draw: Draw, typed: TypedQuery) -> Seen:
    seen = Seen()
    for _ in range(ROUNDS):
        parameters = draw.parameters(typed)
        with connection.transaction(force_rollback=True):
            try:
                result = connection.execute(typed.query.text.encode(), parameters).pgresult
            except psycopg.DatabaseError as error:
                seen.refusals.add(str(error.diag.constraint_name or error))
                continue
        assert result is not None
        seen.runs += 1
        seen.rows += result.ntuples
        seen.broken += (f"{typed.query.name}: {each}" for each in _broken(typed, result))
    return seen


def _broken(typed: TypedQuery, result: psycopg.pq.abc.PGresult) -> Iterator[str]:
    """Tell what a result does not keep."""
    if typed.columns and typed.exactly_one and result.ntuples != 1:
        yield f"gave {result.ntuples} rows, and promises one"
    if typed.query.operator == "^" and result.ntuples > 1:
        yield f"gave {result.ntuples} rows, and promises one at most"
    for number, column in enumerate(typed.columns):
        values = [result.get_value(row, number) for row in range(result.ntuples)]
        if not column.nullable and None in values:
            yield f"{column.name} is NULL"
