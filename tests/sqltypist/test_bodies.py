"""Functions in SQL are looked into."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist.bodies import numbered
from sqltypist.describing import connect
from sqltypist.inferring import TypedQuery, infer
from sqltypist.loading import load_folder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from taskspine.server import Databases


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("SELECT a + b", "SELECT $1 + $2"),
        ("SELECT A", "SELECT $1"),
        ('SELECT "a", "A"', 'SELECT $1, "A"'),
        ("SELECT t.a FROM t", "SELECT t.a FROM t"),
        ("SELECT f.a FROM t", "SELECT $1 FROM t"),
        ("SELECT a(1), b (2)", "SELECT a(1), b (2)"),
        ("SELECT 'a', $$a$$, $x$ b $x$, E'\\'a'", "SELECT 'a', $$a$$, $x$ b $x$, E'\\'a'"),
        ("SELECT 1 -- a\n + /* b */ a", "SELECT 1 -- a\n + /* b */ $1"),
        ("SELECT $1 + $2", "SELECT $1 + $2"),
    ],
)
def test_arguments_become_numbers(body: str, expected: str) -> None:
    assert numbered(body, "f", ["a", "b"]) == expected


SCHEMA = """
CREATE SCHEMA own;
SET search_path = own;
CREATE TABLE numbers (n int);
INSERT INTO numbers VALUES (NULL), (0), (1), (2);
CREATE FUNCTION plain(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
CREATE FUNCTION nothing(a int) RETURNS void LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION guarded(a int) RETURNS int LANGUAGE sql AS 'SELECT coalesce(a, 0)';
CREATE FUNCTION strict_guarded(a int) RETURNS int LANGUAGE sql STRICT AS 'SELECT coalesce(a, 0)';
CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT coalesce(a, 0); END;
CREATE FUNCTION returning_one(a int) RETURNS int LANGUAGE sql RETURN coalesce(a, 0);
CREATE FUNCTION sometimes(a int) RETURNS int LANGUAGE sql AS 'SELECT 1 WHERE a > 0';
CREATE FUNCTION either(a anyelement, b anyelement) RETURNS anyelement
    LANGUAGE sql AS 'SELECT coalesce(a, b)';
CREATE FUNCTION hidden(title text) RETURNS text
    LANGUAGE sql AS 'SELECT title FROM (SELECT NULL::text AS title) AS s';
CREATE FUNCTION two(a int) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT NULL::int';
CREATE FUNCTION outwards(a int) RETURNS int LANGUAGE sql AS 'SELECT guarded(a)';
CREATE FUNCTION with_default(a int DEFAULT NULL) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION rows_of(a int) RETURNS TABLE (x int, y int)
    LANGUAGE sql AS 'SELECT coalesce(a, 0), a FROM generate_series(1, 2)';
CREATE FUNCTION strict_rows(a int) RETURNS SETOF int LANGUAGE sql STRICT AS 'SELECT a';
CREATE FUNCTION pair(a int, OUT x int, OUT y int) LANGUAGE sql AS 'SELECT a, coalesce(a, 0)';
CREATE FUNCTION elsewhere() RETURNS int
    LANGUAGE sql SET search_path = pg_catalog AS 'SELECT count(*)::int FROM pg_class';
CREATE FUNCTION itself(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE OR REPLACE FUNCTION itself(a int) RETURNS int
    LANGUAGE sql AS 'SELECT CASE WHEN a > 0 THEN itself(a - 1) ELSE 0 END';
"""

# Each statement with its columns in order: ! is never NULL, ? was seen to be; ~ never is, which is
# not known.
STATEMENTS = {
    "SELECT plain(1), plain(n) FROM numbers": "!?",
    "SELECT nothing(1)": "?",
    "SELECT guarded(n), strict_guarded(n), strict_guarded(2) FROM numbers": "!?!",
    "SELECT atomic(n), returning_one(n), outwards(n) FROM numbers": "!!!",
    "SELECT sometimes(n) FROM numbers": "?",
    "SELECT either(n, 1), either(n, n), either('a'::text, NULL) FROM numbers": "!?!",
    "SELECT hidden('x'), two(1)": "??",
    "SELECT with_default(), with_default(1)": "?!",
    "SELECT elsewhere(), itself(3)": "!~",
    "SELECT r.x, r.y FROM numbers, rows_of(n) AS r": "!?",
    "SELECT r.x, r.y FROM rows_of(1) AS r": "!!",
    "SELECT r FROM numbers, strict_rows(n) AS r": "!",
    "SELECT p.x, p.y, (pair(n)).y AS z FROM numbers, pair(n) AS p": "?!!",
}


@pytest.fixture(scope="module")
def calls(
    server: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[str, Path]]:
    name = f"sqltypist_{secrets.token_hex(4)}"
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    yield url, tmp_path_factory.mktemp("calls")
    server.drop_database(name)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_calls_are_judged_by_the_bodies(calls: tuple[str, Path], statement: str) -> None:
    url, folder = calls
    typed = described(url, folder, statement)
    assert not typed.warnings
    marks = "".join("?" if column.nullable else "!" for column in typed.columns)
    assert marks == STATEMENTS[statement].replace("~", "?"), [each.why for each in typed.columns]
    with psycopg.connect(url, options="-c search_path=own") as connection:
        rows = connection.execute(statement.encode()).fetchall()
    for mark, values in zip(STATEMENTS[statement], zip(*rows, strict=True), strict=True):
        # psycopg shows the result of a void function as an empty string.
        assert (None in values or "" in values) == (mark == "?"), values


def described(url: str, folder: Path, statement: str) -> TypedQuery:
    (folder / "a.sql").write_text(f"-- name: q()\n{statement};\n")
    [query] = load_folder(folder)
    with connect(url, "own") as (connection, catalog):
        return infer(query, connection.describe(query), catalog)
