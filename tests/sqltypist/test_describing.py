"""A query that the server refuses is told of with its place, its message and a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist import project as projects
from sqltypist.describing import OLDEST_SERVER, connect
from sqltypist.errors import ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from conftest import Project


def problems(project: Project, text: str) -> list[str]:
    with pytest.raises(ProblemsFound) as caught:
        projects.infer(project.alone(text), project.url)
    return [str(problem) for problem in caught.value.problems]


def test_all_broken_queries_are_shown_in_one_run(project: Project) -> None:
    found = problems(
        project,
        "-- name: a(id)^\n-- What it is.\nSELECT p.id\nFROM people AS p\nWHERE p.name = :id;\n\n"
        "-- name: b()\nSELECT 1 FROM a;\n\n"
        "-- name: c()$\nSELECT 1 +;\n",
    )
    assert found == [
        "some.sql:5: a: column p.name does not exist\n    WHERE p.name = :id;\n          ^",
        'some.sql:8: b: relation "a" does not exist\n    SELECT 1 FROM a;\n                  ^',
        'some.sql:11: c: syntax error at or near ";"\n    SELECT 1 +;\n              ^',
    ]


def test_the_caret_stands_behind_parameters_too(project: Project) -> None:
    [found] = problems(
        project, "-- name: a(long_name)\nSELECT id FROM people WHERE id = :long_name AND nope;\n"
    )
    line, shown, caret = found.split("\n")
    assert line == 'some.sql:2: a: column "nope" does not exist'
    assert shown.index("nope") == caret.index("^")


def test_a_parameter_of_no_type(project: Project) -> None:
    [found] = problems(project, "-- name: a(x)$\nSELECT :x IS NULL;\n")
    assert found.startswith("some.sql:1: a: could not determine data type of parameter :x")
    assert "remedy: say the parameter's type where it is used, as in :name::uuid" in found


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT p AS a FROM people AS p", "a whole row of people has no Python type"),
        ("SELECT '(1,2)'::point AS a", "the type point has no Python type here"),
        ("SELECT 1 + 1", "column 1 is named '?column?': name it"),
        ("SELECT 1 AS a, 2 AS a", "two columns are named a"),
        ('SELECT 1 AS "class"', "column class has the name of a Python keyword"),
        ("SELECT current_date AS date", "column date has the name of a type that its row uses"),
        ("DELETE FROM people WHERE false", "give its name the operator !"),
    ],
)
def test_what_python_cannot_have(project: Project, sql: str, said: str) -> None:
    assert any(said in each for each in problems(project, f"-- name: a()\n{sql};\n"))


def test_what_the_server_takes_but_not_from_psycopg(project: Project) -> None:
    [found] = problems(project, "-- name: a(size)$\nSELECT float4abs(:size);\n")
    assert "with the types that psycopg sends, the server says" in found


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("-- returns: nothing!", "-- returns: nothing: there is no such column"),
        ("-- returns: *!", "-- returns: *: the override changes nothing"),
        ("-- returns: id!", "-- returns: id: the override changes nothing"),
        ("-- param: nothing?", "-- param: nothing: there is no such parameter"),
        ("-- param: id!", "-- param: id: the override changes nothing"),
    ],
)
def test_an_override_must_name_and_change_something(
    project: Project, comment: str, said: str
) -> None:
    [found] = problems(
        project, f"-- name: a(id)\n{comment}\nSELECT p.id FROM people AS p WHERE p.id = :id;\n"
    )
    assert said in found


def test_a_server_too_old_is_refused(desk_url: str) -> None:
    with psycopg.connect(desk_url) as connection:
        is_old = connection.info.server_version < OLDEST_SERVER
    if is_old:
        with (
            pytest.raises(
                SqltypistError, match="is PostgreSQL 15, and inference needs 16 or later"
            ),
            connect(desk_url),
        ):
            pass
    else:
        with connect(desk_url) as (_, catalog):
            assert catalog.version_number >= OLDEST_SERVER


def test_no_server() -> None:
    with (
        pytest.raises(SqltypistError, match="no connection to the database"),
        connect("host=127.0.0.1 port=1"),
    ):
        pass
