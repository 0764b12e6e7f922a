"""A query that the server refuses is told of with its place, its message and a remedy."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from sqltypist import describing, inferring, loading, runtime
from sqltypist import project as projects
from sqltypist.describing import OLDEST_SERVER, connect
from sqltypist.errors import ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Description
    from sqltypist.inferring import TypedQuery
    from sqltypist.loading import Query
    from sqltypist.tree import Node


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


@pytest.mark.parametrize(
    "line",
    [
        "WHERE id = :id AND nope",
        "WHERE :id = id AND :id = id AND nope",
        "\tWHERE\tid = :id\tAND\tnope",
        "WHERE 'é' <> 'ü' AND id = :id AND nope",
        "WHERE '日本' <> '😀' AND id = :id AND nope",
        "WHERE 'e\u0301' <> 'e' AND id = :id AND nope",
        "WHERE '7 %%' <> '8 %%%%' AND id = :id AND nope",
        "WHERE /* é :id */ id = :id AND nope -- so",
    ],
)
def test_the_caret_stands_under_the_right_character(project: Project, line: str) -> None:
    [found] = problems(project, f"-- name: a(id)\n-- Ä.\nSELECT id\nFROM people\n{line};\n")
    head, shown, caret = found.split("\n")
    assert head == 'some.sql:5: a: column "nope" does not exist'
    assert shown == f"    {line};"
    before = shown[: shown.index("nope")]
    assert caret == "".join(map(room, before)) + "^"


def room(character: str) -> str:
    """Give the space that a character of these tests takes."""
    if character in {"\t", "\u0301"}:
        return character.strip("\u0301")
    return "  " if ord(character) > 0x2000 else " "


def test_the_caret_in_a_line_too_long_to_show(project: Project) -> None:
    long = ", ".join(f"{n} AS c{n}" for n in range(200))
    [found] = problems(project, f"-- name: a()\nSELECT {long}, nope, {long} FROM people;\n")
    _, shown, caret = found.split("\n")
    assert shown.index("nope") == caret.index("^")
    assert len(shown) < 200
    assert shown.startswith("    ... ")
    assert shown.endswith(" ...")


def test_the_caret_at_the_end(project: Project) -> None:
    assert problems(
        project, "-- name: a()\n\nSELECT 1 +\n\n\n-- name: b()$\nSELECT true AS b;\n"
    ) == ["some.sql:3: a: syntax error at end of input\n    SELECT 1 +\n              ^"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_every_editor(project: Project, encoding: str, end: str) -> None:
    """What the file begins with, and how its lines end, changes neither lines nor SQL."""
    text = (
        "-- name: a(id)^\n-- Ä.\nSELECT p.id,\n    'x\ny' AS xy\nFROM people AS p\n"
        "WHERE p.id = :id;\n"
        "-- name: b()$\nSELECT true AS b;\n"
    )
    configuration = project.alone("")
    file = project.root / "alone/some.sql"
    file.write_bytes(text.replace("\n", end).encode(encoding))
    inferred = projects.infer(configuration, project.url)
    assert [each.query.line for each in inferred.queries] == [1, 8]
    assert runtime.load(file)["a"].decode().splitlines()[1:3] == ["    'x", "y' AS xy"]
    file.write_bytes(text.replace("p.id =", "p.ib =").replace("\n", end).encode(encoding))
    with pytest.raises(ProblemsFound, match=r"some\.sql:7: a: column p\.ib does not exist"):
        projects.infer(configuration, project.url)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "SELECT 1 AS a; SELECT 2",
            "remedy: a query is one statement: give each a name of its own",
        ),
        ("SELECT nothing.f(:x)", 'schema "nothing" does not exist'),
        ("SELECT 1 AS a FROM people WHERE mail = 5", "hint: No operator matches"),
        ("SELECT 'open", "unterminated quoted string"),
        ("SELECT 1 /* open", "unterminated /* comment"),
        ("SELECT $a$ open", "unterminated dollar-quoted string"),
        ("INSERT INTO people (id, id) VALUES (:x, :x) RETURNING id", "specified more than once"),
    ],
)
def test_what_the_server_refuses(project: Project, sql: str, said: str) -> None:
    name = "a(x)" if ":x" in sql else "a()"
    found = problems(project, f"-- name: {name}\n{sql};\n")
    assert any(each.startswith("some.sql:2: a: ") and said in each for each in found) or (
        "multiple commands" in found[0] and said in found[0]
    ), found


def test_problems_of_all_rooms_are_shown_in_one_run(project: Project) -> None:
    """Of the reader, the lint, the server, the names and the types."""
    found = problems(
        project,
        "-- name: a\nSELECT true AS a;\n"
        "-- name: b()\nSELECT 7 % 2 AS b;\n"
        "-- name: c()\nSELECT nothing;\n"
        "-- name: d()\nSELECT 1 AS d, 2 AS d;\n"
        "-- name: e()\nSELECT null::pg_lsn AS e;\n"
        "-- name: f()\n-- returns: f!\nSELECT true AS f;\n",
    )
    assert [each.split(" ")[1] for each in found] == ["a:", "b:", "c:", "d:", "e:", "f:"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("-- return: id!", "it looks like an override: write -- returns: id!"),
        ("-- returns id?", "it looks like an override: write -- returns: id?"),
        ("-- Returns: id!, id?", "it looks like an override: write -- returns: id!, id?"),
        ("-- retruns: id?", "it looks like an override: write -- returns: id?"),
        ("-- params: id?", "it looks like an override: write -- param: id?"),
        ("-- returns: id", "override 'id' is not a name with ! (never NULL) or ? (may be)"),
        ("-- returns:", "override '' is not a name with !"),
        ("-- streams", "it looks like a wish for a twin: write -- stream"),
        ("-- Batched.", "it looks like a wish for a twin: write -- batch"),
    ],
)
def test_a_slip_in_an_override_is_noticed(project: Project, comment: str, said: str) -> None:
    [found] = problems(project, f"-- name: a(id)\n-- A.\n{comment}\nSELECT :id::uuid AS id;\n")
    assert found == f"some.sql:3: a: {said}" or found.startswith(f"some.sql:3: a: {said}")


def test_an_override_below_the_sql_is_noticed(project: Project) -> None:
    [found] = problems(project, "-- name: a()\nSELECT id\n-- returns: id?\nFROM people;\n")
    assert found == "some.sql:3: a: an override stands right under the name line, not below SQL"


@pytest.mark.parametrize(
    "comment",
    [
        "-- Returns: the id.",
        "-- Returns the id!",
        "-- parameters: id",
        "-- Really?",
        "-- A batch of them.",
    ],
)
def test_words_that_are_no_override(project: Project, comment: str) -> None:
    configuration = project.alone(f"-- name: a()\n{comment}\nSELECT p.id FROM people AS p;\n")
    [found] = projects.infer(configuration, project.url).queries
    assert found.query.doc == comment.removeprefix("-- ")


# What a tree may do.


def inferred_with(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], sql: str
) -> TypedQuery:
    """Infer a query whose tree the server prints otherwise."""
    real = describing.parse
    monkeypatch.setattr(describing, "parse", lambda text: real(change(text)))
    [found] = projects.infer(project.alone(f"-- name: a()\n{sql};\n"), project.url).queries
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "the query tree cannot be read"),
        (lambda text: text.replace("{OPEXPR", "{NEWEXPR"), "are unknown here (NEWEXPR)"),
        (lambda text: text.replace(":varno ", ":varnumber "), "VAR.varno is 'missing'"),
        (lambda text: text.replace(":rtekind 0", ":rtekind zero"), "RANGETBLENTRY.rtekind is"),
        (lambda text: text.replace("{QUERY", "{INQUIRY"), "makes several statements of it"),
        (lambda text: text[:0] + "()", "makes several statements of it"),
        (lambda text: text.replace(":resno 2", ":resno 3"), "there is no output column 2"),
    ],
)
def test_a_tree_of_another_shape_ends_in_null_and_a_warning(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], said: str
) -> None:
    sql = "SELECT p.id, length(p.mail) + 1 AS size FROM people AS p"
    found = inferred_with(project, monkeypatch, change, sql)
    assert any(said in warning for warning in found.warnings), found.warnings
    assert [each.nullable for each in found.columns][-1]
    assert [each.pg_type for each in found.columns] == ["uuid", "integer"]


def test_the_catalog_alone_proves_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is NOT NULL comes as NULL through an outer join."""
    sql = "SELECT p.id FROM tickets AS t LEFT JOIN people AS p ON p.id = t.assigned_to"
    found = inferred_with(project, monkeypatch, lambda text: text[:100], sql)
    assert found.columns[0].nullable


@pytest.mark.parametrize("error", [RecursionError, KeyError, IndexError, ValueError, TypeError])
def test_no_failure_of_a_rule_is_the_readers(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    real = inferring.infer

    def failing(query: Query, description: Description, catalog: Catalog) -> TypedQuery:
        if description.tree is not None:
            raise error("deep down")
        return real(query, description, catalog)

    monkeypatch.setattr(inferring, "infer", failing)
    [found] = projects.infer(project.alone("-- name: a()\nSELECT 1 AS a;\n"), project.url).queries
    assert found.columns[0].nullable
    [warning] = found.warnings
    assert f"({error.__name__}: " in warning
    assert str(found.query.problem(warning)).startswith("some.sql:1: a: its query tree is not")


@pytest.mark.parametrize("depth", [300, 1500])
def test_a_deep_expression(project: Project, depth: int) -> None:
    """Some 1,500 deep is what the server itself takes with half of its stack."""
    sql = " || ".join(["p.name"] * depth)
    text = f"-- name: a()\nSELECT p.id, {sql} AS long FROM people AS p;\n".replace(
        "p.name", "p.mail"
    )
    [found] = projects.infer(project.alone(text), project.url).queries
    assert found.warnings == ()
    assert [each.nullable for each in found.columns] == [False, False]


def test_mutated_trees_raise_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of a tree are dropped, doubled, swapped and replaced, a thousand times."""
    sql = (
        "WITH r AS (SELECT t.id, t.title FROM tickets AS t WHERE t.id > 5) "
        "SELECT p.id, r.title, count(*) AS n, coalesce(max(p.mail), '') AS m, "
        "CASE WHEN r.id IS NULL THEN 1 ELSE 2 END AS c FROM people AS p "
        "LEFT JOIN r ON r.title = p.mail WHERE EXISTS (SELECT FROM tickets AS t WHERE t.id = r.id) "
        "GROUP BY p.id, r.id, r.title"
    )
    dice = random.Random(20)
    real = describing.parse

    def mutated(text: str) -> list[Node]:
        words = text.split(" ")
        for _ in range(dice.choice([1, 1, 2, 5])):
            at = dice.randrange(len(words) or 1)
            match dice.randrange(5):
                case 0:
                    del words[at]
                case 1:
                    words.insert(at, words[dice.randrange(len(words))])
                case 2:
                    words[at] = dice.choice(["<>", "-1", "99999999999999999999", "(", "}", ":x"])
                case 3:
                    words[at] = words[dice.randrange(len(words))]
                case _:
                    words = words[: max(9, at)]
        return real(" ".join(words))

    configuration = project.alone(f"-- name: a()\n{sql};\n")
    [query] = loading.load_folder(configuration.queries_folder)
    monkeypatch.setattr(describing, "parse", mutated)
    warned = 0
    with connect(project.url) as (connection, catalog):
        for _ in range(1000):
            found = projects.type_query(query, connection.describe(query), catalog)
            assert len(found.columns) == 5
            warned += bool(found.warnings)
    assert warned > 300


def test_a_lost_connection_is_told_of(desk_url: str, project: Project) -> None:
    [query] = loading.load_folder(project.alone("-- name: a()$\nSELECT 1;\n").queries_folder)
    with connect(make_conninfo(desk_url, application_name="lost")) as (connection, _):
        with psycopg.connect(desk_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'lost'"
            )
        with pytest.raises(SqltypistError, match="the connection is lost: "):
            connection.describe(query)


def test_it_does_not_wait_for_ever_behind_a_migration(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(describing.SETTINGS, "lock_timeout", "100ms")
    configuration = project.alone("-- name: a()\nSELECT p.id FROM people AS p;\n")
    with psycopg.connect(project.url) as migration:
        migration.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(SqltypistError, match="another session holds a lock"):
            projects.infer(configuration, project.url)


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("desk", []),
        ("desk, public", ["public"]),
        ('"$user", Desk', []),
        ('"Desk","a ""b"', ["Desk", 'a "b']),
        ("", []),
    ],
)
def test_schemas_that_are_not_searched(path: str, missing: list[str]) -> None:
    assert describing.missing_schemas(path, ["desk"]) == missing


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
