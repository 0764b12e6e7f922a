"""What random statements and doubt have found: each was claimed wrongly once."""

# ruff: noqa: E501
from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from claims import as_query, compare, has_null_element
from psycopg.conninfo import make_conninfo

from sqltypist.describing import connect
from sqltypist.inferring import infer

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Connection
    from taskspine.server import Databases

# A row about no rows: WHERE has proven nothing of a column of the query around.
TOTALS = [
    "SELECT (SELECT coalesce(max(c.id), p.n) FROM children AS c WHERE c.id = p.n AND c.b = 99) FROM parents AS p",
    "SELECT l.x FROM parents AS p, LATERAL (SELECT p.n AS x, count(*) AS k FROM children AS c WHERE c.id = p.n) AS l",
    "SELECT p.n FROM parents AS p WHERE EXISTS (SELECT 1 FROM children AS c WHERE c.id = p.n HAVING true)",
    "SELECT p.n FROM parents AS p WHERE EXISTS (SELECT 1 FROM children AS c WHERE c.id = p.n GROUP BY ())",
    "SELECT p.n FROM parents AS p WHERE EXISTS (SELECT 1 FROM children AS c WHERE c.id = p.n GROUP BY GROUPING SETS ((), (c.a)))",
    "SELECT ARRAY(SELECT p.n FROM children AS c WHERE c.id = p.n HAVING true) FROM parents AS p",
]
# RETURNING shows another row than the one that WHERE has seen.
CHANGES = [
    "UPDATE children SET a = NULL WHERE nullif(a, 1) IS NOT NULL RETURNING nullif(a, 1)",
    "UPDATE children SET a = NULL, b = NULL WHERE coalesce(a, b) IS NOT NULL RETURNING coalesce(a, b)",
    "UPDATE children SET a = NULL WHERE a IS NOT NULL AND b IS NULL RETURNING coalesce(a, b)",
]
CHANGES_SINCE_18 = [
    "DELETE FROM children WHERE a IS NOT NULL RETURNING coalesce(new.a, new.b)",
    "UPDATE children SET a = NULL WHERE a IS NOT NULL RETURNING CASE WHEN old.a IS NOT NULL THEN new.a ELSE 0 END",
]
# One row that is three, or none.
ROWS = [
    "INSERT INTO made (a) VALUES (generate_series(1, 3)) RETURNING a",
    "WITH i AS (INSERT INTO quiet VALUES (1, 'x') RETURNING v) SELECT (SELECT v FROM i)",
    "SELECT add_quietly()",
    "SELECT q.v FROM (VALUES (1)) AS o (x) LEFT JOIN add_quietly() AS q (v) ON true",
    "SELECT nothing(1)",
]
ELEMENTS = [
    "SELECT ARRAY(SELECT c.numbers FROM children AS c WHERE c.numbers IS NOT NULL AND cardinality(c.numbers) = 2)",
    "SELECT ARRAY(SELECT c.at FROM children AS c WHERE c.at IS NOT NULL)::time[]",
]
ELEMENTS_SINCE_18 = [
    "SELECT array_agg(c.document)::int[] FROM children AS c WHERE c.document = 'null'"
]
CASTS = ["SELECT ('infinity'::timestamp)::time", "SELECT \"time\"('infinity'::timestamptz)"]
# Columns that grouping sets leave out.
GROUPS = [
    "SELECT 'x'::text AS t, count(*) FROM children GROUP BY ROLLUP (t)",
    "SELECT coalesce(a, b) FROM either GROUP BY GROUPING SETS ((a, b), (a), (b))",
    "SELECT array_agg(b) FROM either GROUP BY ROLLUP (a) HAVING a IS NULL",
]
# A key that is put together from two rows finds nothing.
KEYS = [
    "WITH w AS (SELECT parent_id, code FROM children) SELECT p.note FROM (SELECT a.parent_id, b.code FROM w AS a, w AS b) AS s LEFT JOIN parents AS p ON p.id = s.parent_id AND p.code = s.code",
    "SELECT p.note FROM (SELECT a.parent_id, b.code FROM children AS a, children AS b) AS s LEFT JOIN parents AS p ON p.id = s.parent_id AND p.code = s.code",
    "SELECT p.note FROM (SELECT a.id, b.code FROM parents AS a, parents AS b) AS s LEFT JOIN parents AS p ON p.id = s.id AND p.code = s.code",
]
# An aggregate that is not NULL over no rows.
RANKS = [
    "SELECT max(c.id) FROM children AS c WHERE false HAVING rank(1) WITHIN GROUP (ORDER BY c.a) > 0",
    "SELECT CASE WHEN percent_rank(1) WITHIN GROUP (ORDER BY c.a) IS NOT NULL THEN max(c.id) ELSE 0 END FROM children AS c WHERE c.id > 100",
]
# What a generated column is made of, where it is read from further inside.
GENERATED = [
    "SELECT l.x FROM parents AS p, LATERAL (SELECT m.x FROM made AS g, LATERAL (SELECT g.maybe AS x) AS m) AS l",
    "SELECT ARRAY(SELECT m.always FROM either UNION ALL SELECT m.maybe) FROM made AS m",
]

SINCE_18 = {*CHANGES_SINCE_18, *ELEMENTS_SINCE_18}
FOUND = [
    *TOTALS, *CHANGES, *CHANGES_SINCE_18, *ROWS, *ELEMENTS, *ELEMENTS_SINCE_18, *CASTS, *GROUPS,
    *KEYS, *RANKS, *GENERATED,
]  # fmt: skip


@pytest.fixture(scope="module")
def found_url(server: Databases) -> Generator[str]:
    """The URL of the database in which it was found."""
    name = f"sqltypist_{secrets.token_hex(4)}"
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "found.sql").read_bytes())
    yield make_conninfo(url)
    server.drop_database(name)


@pytest.fixture(scope="module")
def inquiry(found_url: str) -> Generator[tuple[Connection, Catalog]]:
    with connect(found_url) as both:
        yield both


@pytest.mark.parametrize("statement", FOUND, ids=range(len(FOUND)))
def test_what_was_claimed_wrongly_is_claimed_no_more(
    found_url: str, inquiry: tuple[Connection, Catalog], statement: str
) -> None:
    described, catalog = inquiry
    if statement in SINCE_18 and catalog.version_number < 180000:
        pytest.skip("the statement is of PostgreSQL 18")
    query = as_query(statement)
    typed = infer(query, described.describe(query), catalog)
    assert not typed.warnings
    with psycopg.connect(found_url) as connection:
        result = connection.execute(statement.encode()).pgresult
        connection.rollback()
    assert result is not None
    values = [
        result.get_value(row, column)
        for row in range(result.ntuples)
        for column in range(result.nfields)
    ]
    assert None in values or any(map(has_null_element, values)) or result.ntuples != 1
    assert compare(typed, result, set()) is None
