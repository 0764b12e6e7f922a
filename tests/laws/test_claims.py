"""Every query, run on a populated database, keeps what its types promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from drawing import Draw
from sqltypist.describing import connect
from sqltypist.inferring import infer
from sqltypist.loading import load_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqltypist.inferring import TypedQuery

QUERIES = Path(__file__).parents[2] / "queries"
DOMAINS = ("record", "work", "workflow", "access", "delivery", "knowledge", "operations")
POPULATION = [Path(__file__).parent / "populated" / f"{domain}.sql" for domain in DOMAINS]
ROUNDS = 25
"""Each with other parameters, in a transaction that is rolled back."""

# Nothing to give in a sound database.
EMPTY_WHEN_SOUND = {"list_broken_invariants"}
LEAST_SHARE_WITH_ROWS = 0.9
LEAST_CLAIMED = 300
"""Columns claimed never to be NULL, of queries that gave rows."""


@dataclass
class Seen:
    """What the runs of a query gave."""

    runs: int = 0
    rows: int = 0
    broken: list[str] = field(default_factory=list[str])
    refusals: set[str] = field(default_factory=set[str])


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
