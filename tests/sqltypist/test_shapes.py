"""What is generated besides the functions: shared rows, streams, checks of lengths, first lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist import project as projects
from sqltypist.errors import ProblemsFound
from sqltypist.formatting import Imports

if TYPE_CHECKING:
    from collections.abc import Generator

    from conftest import Project

PEOPLE = "p.id, p.mail, p.nickname, p.joined_at FROM people AS p"


def module(project: Project, text: str) -> str:
    """The module that is generated for queries."""
    configuration = project.alone(text)
    found = projects.files(configuration, projects.infer(configuration, project.url))
    return found[project.root / "src/desk/queries/some.py"]


@pytest.mark.parametrize(
    ("sql", "is_shared"),
    [
        (f"SELECT {PEOPLE}", True),
        (f"WITH q AS (SELECT {PEOPLE}) SELECT q.id, q.mail, q.nickname, q.joined_at FROM q", True),
        ("UPDATE people SET nickname = 'a' RETURNING id, mail, nickname, joined_at", True),
        ("SELECT p.mail, p.id, p.nickname, p.joined_at FROM people AS p", False),
        ("SELECT p.id, p.mail, p.nickname FROM people AS p", False),
        ("SELECT p.id, p.mail, 'x' AS nickname, p.joined_at FROM people AS p", False),
        ("SELECT p.id, p.mail, 5 AS nickname, p.joined_at FROM people AS p", False),
        (f"SELECT {PEOPLE} WHERE p.nickname IS NOT NULL", False),
        (
            f"SELECT {PEOPLE} RIGHT JOIN tickets AS t ON p.id = t.assigned_to",
            False,
        ),
    ],
)
def test_whole_rows_of_a_table_share_its_class(project: Project, sql: str, is_shared: bool) -> None:
    text = module(project, f"-- name: find_them()^\n{sql};\n")
    assert ("from desk.queries.tables import PeopleRow\n" in text) == is_shared
    assert ("class FindThemRow:" in text) != is_shared


@pytest.fixture
def zoo(desk_url: str) -> Generator[str]:
    """A schema with tables of one shape."""
    with psycopg.connect(desk_url, autocommit=True) as connection:
        connection.execute("""
            CREATE SCHEMA zoo;
            SET search_path = zoo;
            CREATE TABLE apes (id int NOT NULL, name text NOT NULL);
            CREATE TABLE zebras (id int NOT NULL, name text NOT NULL);
            CREATE TABLE wide (id int NOT NULL, name text NOT NULL, more text);
            CREATE TABLE lone (a int, b text);
            CREATE VIEW seen AS SELECT id + 1 AS a, name || '!' AS b FROM zebras
                UNION ALL SELECT NULL, NULL;
        """)
        yield "zoo"
        connection.execute("DROP SCHEMA zoo CASCADE")


def test_tables_of_one_shape(project: Project, zoo: str) -> None:
    """A row is named after the table that it comes from, and after none where that is unknown."""
    configuration = project.alone(
        "-- name: list_zebras()\nSELECT z.id, z.name FROM zebras AS z;\n\n"
        "-- name: list_apes()\nSELECT a.id, a.name FROM apes AS a;\n\n"
        "-- name: list_both()\n"
        "SELECT z.id, z.name FROM zebras AS z UNION SELECT a.id, a.name FROM apes AS a;\n\n"
        "-- name: list_wide()\nSELECT w.id, w.name FROM wide AS w;\n\n"
        "-- name: list_seen()\nSELECT s.a, s.b FROM seen AS s;\n\n"
        "-- name: list_lone()\nSELECT s.a, s.b FROM lone AS s;\n"
    )
    inferred = projects.infer(replace(configuration, search_path=zoo), project.url)
    tables = {each.query.name: each.table for each in inferred.queries}
    assert tables == {
        "list_zebras": "zebras",
        "list_apes": "apes",
        "list_both": "",
        "list_wide": "",
        "list_seen": "lone",
        "list_lone": "lone",
    }
    assert [each.typed.table for each in inferred.tables] == ["apes", "lone", "zebras"]


def test_a_class_of_that_name_is_not_hidden(project: Project) -> None:
    text = module(project, f"-- name: people()\nSELECT {PEOPLE};\n")
    assert "class PeopleRow:\n" in text
    assert "import PeopleRow" not in text


def test_where_the_rows_of_tables_go(project: Project) -> None:
    configuration = replace(
        project.configuration, tables="desk.rows", composites="desk.things", locate="desk.at:here"
    )
    inferred = projects.infer(configuration, project.url)
    found = {
        str(path.relative_to(project.root)): text
        for path, text in projects.files(configuration, inferred).items()
    }
    assert "class RoomsRow:" in found["src/desk/rows.py"]
    assert "class Address:" in found["src/desk/things.py"]
    assert "from desk.things import Address\n" in found["src/desk/rows.py"]
    assert "from desk.rows import RoomsRow\n" in found["src/desk/queries/rooms.py"]
    assert '    "address": Address,\n' in found["src/desk/queries/__init__.py"]


def test_the_package_registers_only_where_it_must(project: Project) -> None:
    configuration = project.alone("-- name: is_it()$\nSELECT 'open'::ticket_state;\n")
    found = projects.files(configuration, projects.infer(configuration, project.url))
    assert "register" not in found[project.root / "src/desk/queries/__init__.py"]
    assert project.root / "src/desk/queries/composites.py" not in found
    assert project.root / "src/desk/queries/tables.py" not in found


def test_the_first_line(project: Project) -> None:
    first = module(project, "-- name: is_it()$\nSELECT true;\n").partition("\n")[0]
    name, digest = "# Generated by sqltypist from alone/some.sql (sha256 ", first[-44:]
    version = digest.partition("PostgreSQL ")[2].partition(";")[0]
    assert first.startswith(name)
    assert version.isdigit()
    same = module(project, "-- name: is_it()$\r\nSELECT true;\r\n").partition("\n")[0]
    other = module(project, "-- name: is_it()$\nSELECT  true;\n").partition("\n")[0]
    assert same == first != other


def test_a_minor_version_makes_nothing_stale(project: Project) -> None:
    inferred = projects.infer(project.configuration, project.url)
    later = replace(inferred.catalog, version_number=inferred.catalog.version_number + 1)
    same = replace(inferred, catalog=later)
    assert projects.files(project.configuration, inferred) == projects.files(
        project.configuration, same
    )


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT x.a FROM unnest(:one::int[], :two::text[]) AS x (a, b)", "one two"),
        ("SELECT x.a FROM unnest(:one::int[]) AS x (a)", ""),
        ("SELECT x.a FROM unnest(:one::int[]) AS x (a), unnest(:two::int[]) AS y (b)", ""),
        (
            "SELECT x.a FROM ROWS FROM (unnest(:one::int[]), now(), unnest(:two::text[])) AS x (a)",
            "one two",
        ),
        ("SELECT unnest(:one::int[]) AS a, unnest(:two::int[]) AS b", "one two"),
        (
            "SELECT (SELECT count(*) FROM unnest(:one::int[], :two::int[]) AS x (a, b)) AS a",
            "one two",
        ),
        ("SELECT x.a FROM unnest(:one::int[], :one::int[] || 5, :two::int[]) AS x (a)", "one two"),
        ("SELECT x.a FROM unnest(:one::int[], ARRAY[1, 2]) AS x (a)", ""),
    ],
)
def test_arrays_that_are_taken_apart_side_by_side(project: Project, sql: str, names: str) -> None:
    parameters = [each for each in ("one", "two") if f":{each}" in sql]
    text = module(project, f"-- name: find_them({', '.join(parameters)})\n{sql};\n")
    said = ", ".join(f"{each}={each}" for each in names.split())
    assert text.count(f"    same_length({said})\n") == (2 if names else 0)
    assert text.count("same_length(") == (2 if names else 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-- name: a()^\n-- stream\nSELECT 1 AS a;", "stream is for queries that give a list"),
        ("-- name: a()!\n-- stream\nDELETE FROM people;", "stream is for queries that give a list"),
        (
            "-- name: a()\n-- stream\nDELETE FROM people RETURNING id;",
            "only a query that changes nothing has a cursor",
        ),
        (
            "-- name: a()\n-- stream\nWITH d AS (DELETE FROM people RETURNING id) TABLE d;",
            "only a query that changes nothing has a cursor",
        ),
        (
            "-- name: a(batch_size)\n-- stream\nSELECT :batch_size::int AS a;",
            "parameter batch_size is an argument of the stream",
        ),
    ],
)
def test_what_cannot_be_streamed(project: Project, text: str, said: str) -> None:
    with pytest.raises(ProblemsFound, match=said):
        module(project, text + "\n")


@pytest.mark.parametrize(
    ("sql", "copy"),
    [
        (
            "INSERT INTO answers (ticket_id, number, author_id, body) VALUES (:a, :b, :c, :d)",
            '"answers", "ticket_id", "number", "author_id", "body"',
        ),
        ("insert into PEOPLE(mail)values(:a) -- all of them", '"PEOPLE", "mail"'),
        ('INSERT INTO desk."people" ("mail", nickname) VALUES (:a, :b)', ""),
        ("INSERT INTO people (mail, nickname) VALUES (:a, lower(:b))", None),
        ("INSERT INTO people (mail, nickname) VALUES (:a, 'x')", None),
        ("INSERT INTO people (mail, nickname) VALUES (:a, :b::text)", None),
        ("INSERT INTO people (mail) VALUES (:a) ON CONFLICT DO NOTHING", None),
        ("INSERT INTO people (mail) VALUES (:a) RETURNING id", None),
        ("INSERT INTO people (mail) VALUES (:a), (:b)", None),
        ("INSERT INTO tickets OVERRIDING SYSTEM VALUE VALUES (:a)", None),
        ("UPDATE people SET mail = :a", None),
    ],
)
def test_what_is_a_copy(project: Project, sql: str, copy: str | None) -> None:
    names = ", ".join(each for each in "abcd" if f":{each}" in sql)
    query = f"-- name: put({names})*!\n-- copy\n{sql};\n"
    if copy is None:
        with pytest.raises(ProblemsFound, match=r"-- copy is for \*! with INSERT INTO a table"):
            module(project, query)
        return
    quoted = copy or """'desk."people"', '"mail"', "nickname\""""
    assert f"\n_PUT_COPY = copy_into({quoted})\n" in module(project, query)


def test_a_copy_of_one_row(project: Project) -> None:
    with pytest.raises(ProblemsFound, match=r"-- copy is for \*!"):
        module(project, "-- name: put(a)!\n-- copy\nINSERT INTO people (mail) VALUES (:a);\n")


@pytest.mark.parametrize(
    "text",
    [
        "-- name: a(id)!\n-- batch\nDELETE FROM people WHERE id = :id;",
        "-- name: a()^\n-- batch\nSELECT 1 AS a;",
        "-- name: a(of)$\n-- batch\nSELECT pg_notify('a', :of);",
    ],
)
def test_what_cannot_be_batched(project: Project, text: str) -> None:
    with pytest.raises(ProblemsFound, match="-- batch is for queries that have parameters and"):
        module(project, text + "\n")


def test_batches_of_each_kind(project: Project) -> None:
    text = module(
        project,
        "-- name: a(n)\n-- batch\nSELECT :n::int AS n;\n\n"
        "-- name: batch_b(n)$\n-- batch\nSELECT count(*) FROM people WHERE :n::int = 1;\n\n"
        "-- name: c(ns, ms)^\n-- batch\nSELECT x.n, x.m FROM unnest(:ns::int[], :ms::int[])\n"
        "AS x (n, m);\n",
    )
    head = "def batch_a(connection: Connection[Any], rows: Iterable[AItem]) -> list[list[ARow]]:"
    assert head in text
    assert "return _A.all_each(found)" in text
    assert "-> list[int]:" in text
    assert "def batch_batch_b(" in text
    assert "return _BATCH_B.only_each(found)" in text
    assert "-> list[CRow | None]:" in text
    assert text.count("same_length(") == 2  # in the functions for one row


@pytest.mark.parametrize("name", ["batch_a", "stream_a", "a_async", "batch_a_async"])
def test_a_twin_has_no_name_of_another_query(project: Project, name: str) -> None:
    text = (
        "-- name: a(n)\n-- batch\n-- stream\nSELECT :n::int AS n;\n\n"
        f"-- name: {name}()\nSELECT 1 AS n;\n"
    )
    with pytest.raises(ProblemsFound, match=f"the function {name} is made of the query a too"):
        module(project, text)


def test_the_word_stream_in_a_sentence(project: Project) -> None:
    text = module(project, "-- name: list_it()\n-- A stream of words.\nSELECT 1 AS a;\n")
    assert "def stream_list_it" not in text
    assert '"""A stream of words."""' in text


def test_one_name_from_two_modules(project: Project) -> None:
    imports = Imports(project.configuration)
    imports.add(("desk.enums", "Range"), ("psycopg.types.range", "Range"), ("typing", "Any"))
    assert imports.twins() == ["Range"]
