"""What aiosql or psycopg would misread is refused with its place and a remedy.

Each trap shows both: what aiosql makes of a file, and what is said of it.
"""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import aiosql
import psycopg
import pytest
from aiosql.types import SQLOperationType

from sqltypist import project, runtime
from sqltypist.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AIOSQL = int(importlib.metadata.version("aiosql").split(".")[0])


def lint_folder(folder: Path) -> list[str]:
    return [str(problem) for problem in project.lint(Configuration(folder, queries="."))]


def lint_text(folder: Path, text: str) -> list[str]:
    (folder / "a.sql").write_text(text)
    return lint_folder(folder)


def loaded(text: str) -> Any:
    """Load a text as a generated module does."""
    return runtime.read(text)


def fails_to_load(text: str) -> bool:
    try:
        loaded(text)
    except (aiosql.SQLParseException, aiosql.SQLLoadException, ValueError, AttributeError):
        return True
    return False


def psycopg_refuses(text: str) -> bool:
    """Tell whether psycopg finds a placeholder that is none; it looks before it needs a server."""
    query = psycopg._queries.PostgresQuery(psycopg.adapt.Transformer())  # noqa: SLF001
    try:
        query.convert(loaded(text).bad.sql, {})
    except psycopg.ProgrammingError:
        return True
    return False


def sends(*words: str) -> Callable[[str], bool]:
    """Say that aiosql sends what stands nowhere in the file."""
    return lambda text: all(word in loaded(text).bad.sql for word in words)


def lacks(*words: str) -> Callable[[str], bool]:
    """Say that aiosql does not send what stands in the file."""
    return lambda text: all(word in text and word not in loaded(text).bad.sql for word in words)


def documents(word: str) -> Callable[[str], bool]:
    return lambda text: word in (loaded(text).bad.__doc__ or "")


# A query named bad; what aiosql does with it; the line of the problem, and what is said.
TRAPS = {
    "percent": ("()\nSELECT 7 % 2;", psycopg_refuses, 2, "psycopg takes % for a placeholder"),
    "percent in a string": (
        "()\nSELECT 1\nWHERE 'a' LIKE 'a%';",
        psycopg_refuses,
        3,
        "psycopg takes % for a placeholder, in strings and comments too: write %%",
    ),
    "percent in a comment": ("()\nSELECT 1; -- 100 % sure", psycopg_refuses, 2, "write %%"),
    "slice": (
        "()\nSELECT a[1:2] FROM b;",
        sends("%(2)s"),
        2,
        "aiosql takes :2 for a parameter: put a space before 2",
    ),
    "slice from the start": ("()\nSELECT a[:2] FROM b;", sends("%(2)s"), 2, "before 2"),
    "colon in dollar quotes": (
        "(pm)\nSELECT $$ at 5:pm $$;",
        sends("%(pm)s"),
        2,
        "aiosql takes :pm in a dollar-quoted string for a parameter",
    ),
    "undeclared colon in dollar quotes": (
        "()\nSELECT 1,\n $x$ at 5:pm $x$;",
        fails_to_load,
        3,
        "aiosql takes :pm in a dollar-quoted string for a parameter",
    ),
    "colon in a trailing comment": (
        "(here)\nSELECT 1; -- see note:here",
        sends("%(here)s"),
        2,
        "aiosql takes :here in a comment for a parameter",
    ),
    "escaped quote": (
        "(a)\nSELECT E'it\\'s', :a, 'so';",
        fails_to_load,
        2,
        r"aiosql misreads \' in a string: write ''",
    ),
    "apostrophe in a trailing comment": (
        "(a)\nSELECT 1, -- it's so\n  :a, 'x';",
        fails_to_load,
        3,
        "aiosql does not see the parameter :a: look for an apostrophe before it",
    ),
    "apostrophe in a comment of another kind": (
        "(a)\nSELECT 1 /*+ it's so */,\n  :a, 'x';",
        fails_to_load,
        3,
        "aiosql does not see the parameter :a",
    ),
    "parameter in a string": (
        "(a)\nSELECT jsonb_path_exists('{}', '$ ? (@ == :a)');",
        fails_to_load,
        1,
        "parameter a is declared and not used: take it away, or take it out of quotes",
    ),
    "comment line in a string": (
        "()\nSELECT 'one\n-- two\nthree';",
        lacks("two"),
        2,
        "aiosql drops a line of a string that begins with --",
    ),
    "comment line in dollar quotes": (
        "()\nSELECT $$\n-- two\n$$;",
        lacks("two"),
        2,
        "drops a line",
    ),
    "comment in dollar quotes": (
        "()\nSELECT $$ /* two */ $$;",
        lacks("two"),
        2,
        "aiosql takes /* */ out of a dollar-quoted string",
    ),
    "spaces at the end of a line in a string": (
        "()\nSELECT 'one  \ntwo';",
        lacks("one  \n"),
        2,
        "aiosql cuts the spaces at the end of a line of a string",
    ),
    "nested comments": (
        "()\nSELECT 1 /* one /* two */ three */;",
        sends("three */"),
        2,
        "aiosql ends a comment at the first */: take the inner comment away",
    ),
    "line separator in a string": (
        "()\nSELECT 'one\u2028two';",
        lacks("one\u2028two"),
        2,
        "aiosql ends a line at U+2028",
    ),
    "form feed in a string": ("()\nSELECT 'one\ftwo';", lacks("one\ftwo"), 2, "a line at U+000C"),
    "NUL": ("()\nSELECT 1\0, 2;", sends("\0"), 2, "the character NUL ends the query"),
    "mark of a second file": ("()\nSELECT\ufeff 1;", sends("\ufeff"), 2, "character U+FEFF"),
    "hard space": ("()\nSELECT\u00a0 1;", sends("\u00a0"), 2, "invisible character U+00A0"),
    "number of a parameter": (
        "(a)\nSELECT :a, $1::int;",
        sends("$1"),
        2,
        "$1 would be taken for the number of another parameter: name it",
    ),
    "psycopg's own placeholder": (
        "()\nSELECT %(a)s;",
        sends("%(a)s"),
        2,
        "aiosql does not see %(a)s: write :a",
    ),
    "banner": (
        "()\nSELECT 1;\n-- ----------",
        documents("----"),
        3,
        "a banner ends up in the docstring of the query above it: take it away",
    ),
    "comment of the next query": (
        "()\nSELECT 1;\n-- The next one is worse.",
        documents("worse"),
        3,
        "a comment after the query ends up in its docstring",
    ),
    "record class": (
        "()\n-- record_class: Person\nSELECT 1;",
        documents("record_class"),
        2,
        "record_class is deprecated, and a generated row has its own class",
    ),
    "keyword": ("(class)\nSELECT :class;", fails_to_load, 1, "the name of a Python keyword"),
    "number as a name": ("(1st)\nSELECT :1st;", fails_to_load, 1, "parameter 1st"),
    "letter that Python changes": ("(ﬁ)\nSELECT :ﬁ;", sends("%(ﬁ)s"), 1, "cannot be a name in Py"),
    "aiosql's own argument": (
        "(conn)\nSELECT :conn;",
        sends("%(conn)s"),
        1,
        "parameter conn is the name of something of aiosql's own: rename it",
    ),
    "names that differ in case": (
        "(id, Id)\nSELECT :id, :Id;",
        sends("%(id)s", "%(Id)s"),
        1,
        "parameters id and Id differ only in case: rename one, or mend the slip",
    ),
    "parameter that is not used": (
        "(id)\nSELECT 1;",
        fails_to_load,
        1,
        "parameter id is declared and not used: take it away",
    ),
    "parameter that is not declared": (
        "(task_id)\nSELECT 1\nWHERE 1 = :task_ids;",
        fails_to_load,
        3,
        "parameter task_ids is used and not declared; is it task_id?",
    ),
    "nothing": ("()\n-- Nothing.\n;", fails_to_load, 1, "there is no SQL under its name"),
    "nothing at all": ("()", fails_to_load, 1, "there is no SQL under its name"),
    "other words in the name line": (
        "() gets it\nSELECT 1;",
        fails_to_load,
        1,
        "no name line here",
    ),
    "operator of another kind": ("()?\nSELECT 1;", fails_to_load, 1, "finds no name line here"),
}


@pytest.mark.parametrize(("query", "aiosql_does", "line", "said"), TRAPS.values(), ids=list(TRAPS))
def test_traps(
    tmp_path: Path, query: str, aiosql_does: Callable[[str], bool], line: int, said: str
) -> None:
    (tmp_path / "b.sql").write_text("-- name: fine()$\nSELECT true;\n")
    text = f"-- name: bad{query}\n"
    assert aiosql_does(text), "aiosql no longer does this: take the trap away"
    found = lint_text(tmp_path, text)
    assert any(each.startswith(f"a.sql:{line}: ") and said in each for each in found), found


@pytest.mark.parametrize(
    "body",
    [
        "SELECT :a::text, ':b', 'it''s :c', \"d:e\", 7 %% 2, array[1, 2][1 : 2];",
        "-- Why: it's so.\nSELECT :a::text\n-- and this: because\nWHERE true;",
        "SELECT :a::text, to_char(now(), 'HH24:MI'); -- a remark",
        "SELECT E'\\n', $$ plain $$, 'a'::text || :a;",
        "SELECT /* one; it's :b */ :a -- and :: so\n;",
        "SELECT /*+ IndexScan(t) */ :a, U&'\\2028', a$b$, $1$ FROM t;".replace(", $1$", ""),
        "SELECT 1 AS \"a 'b\", :a, 'two\nlines', x := 5;",
    ],
)
def test_what_is_read_alike_passes(tmp_path: Path, body: str) -> None:
    assert lint_text(tmp_path, f"-- name: good(a)\n{body}\n") == []


def test_a_list_of_parameters_has_to_be_there(tmp_path: Path) -> None:
    """aiosql 15 loads no query without it, except those with the operators of which it has none."""
    text = "-- name: a^\nSELECT :b, :c;\n"
    assert fails_to_load(text) == (AIOSQL >= 15)
    assert loaded("-- name: a<!\nSELECT :b, :c;\n").a.sql
    wanted = "it declares no parameters, as aiosql wants it: write a(b, c)"
    assert lint_text(tmp_path, text) == [f"a.sql:1: a: {wanted}^"]
    assert lint_text(tmp_path, text.replace("^", "*!")) == [f"a.sql:1: a: {wanted}*!"]


@pytest.mark.parametrize("name", ["a ()", "a() ^", "a  (  )  ^"])
def test_aiosql_14_takes_no_spaces(tmp_path: Path, name: str) -> None:
    text = f"-- name: {name}\nSELECT 1;\n"
    assert fails_to_load(text) == (AIOSQL < 15)
    assert lint_text(tmp_path, text) == [
        "a.sql:1: a: aiosql 14 takes no space in a name line: write get_thing(id)^"
    ]


def test_a_name_line_in_a_comment_begins_a_query(tmp_path: Path) -> None:
    text = "-- name: a()$\n-- Find it by its\n-- name: the short one.\nSELECT 1;\n"
    assert fails_to_load(text)
    assert any(each.startswith("a.sql:3: aiosql begins") for each in lint_text(tmp_path, text))
    text = "-- name: a()$\nSELECT 1 -- name: b()$\n;\nSELECT 2;\n"
    assert loaded(text).available_queries == ["a", "b"]
    assert any(each.startswith("a.sql:2: aiosql begins") for each in lint_text(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "the name has the name of a Python keyword"),
        ("load_from_list", "the name is the name of something of aiosql's own"),
        ("available_queries", "the name is the name of something of aiosql's own"),
    ],
)
def test_names_that_are_taken(tmp_path: Path, name: str, said: str) -> None:
    found = lint_text(tmp_path, f"-- name: {name}()$\nSELECT 1;\n")
    assert [each for each in found if said in each], found


def test_a_name_that_aiosql_makes_itself(tmp_path: Path) -> None:
    text = "-- name: a()\nSELECT 1;\n-- name: a_cursor()\nSELECT 2;\n"
    assert fails_to_load(text) or "SELECT 1" in loaded(text).a_cursor.sql
    assert lint_text(tmp_path, text) == [
        "a.sql:3: a_cursor: aiosql makes a_cursor of a itself: rename it"
    ]


def test_of_one_name_in_two_files_one_wins(tmp_path: Path) -> None:
    for number, place in enumerate(("a.sql", "b.sql", "deep/c.sql"), start=1):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"-- name: get_it()$\nSELECT {number};\n")
    both = (
        aiosql.from_path(tmp_path, "psycopg", mandatory_parameters=False)
        if AIOSQL >= 15
        else (aiosql.from_path(tmp_path, "psycopg"))
    )
    winner: Any = both
    assert winner.get_it.sql in {"SELECT 1;", "SELECT 2;"}  # and the other is gone
    assert winner.deep.get_it.sql == "SELECT 3;"  # a folder is a name of its own
    found = lint_folder(tmp_path)
    assert [each.split(",")[0] for each in found] == [
        "b.sql:1: get_it: the name is taken",
        "deep/c.sql:1: get_it: the name is taken",
    ]
    assert "a.sql:1; rename one" in found[0]


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        (
            "()",
            "DELETE FROM b",
            "it changes data and returns nothing: give its name the operator !",
        ),
        (
            "()^",
            "DELETE FROM b",
            "it changes data and returns nothing: give its name the operator !",
        ),
        ("()", "INSERT INTO b SELECT 1", "it changes data and returns nothing"),
        ("()", "WITH c AS (SELECT 1 AS d) UPDATE b SET d = c.d FROM c", "returns nothing"),
        (
            "()",
            "WITH c AS (DELETE FROM b RETURNING d) INSERT INTO e (d) SELECT d FROM c",
            "returns nothing",
        ),
        ("()", "MERGE INTO b USING c ON true WHEN MATCHED THEN DELETE", "returns nothing"),
        ("()", "TRUNCATE b", "aiosql runs it only when its rows are read, and TRUNCATE has none"),
        ("()", "CALL tidy()", "aiosql runs it only when its rows are read, and CALL has none"),
        ("()<!", "INSERT INTO b VALUES (1, 2) RETURNING id;", "aiosql gives a bare value for <!"),
        ("()<!", "INSERT INTO b VALUES (1, 2) RETURNING id, c", ""),
        ("()<!", "INSERT INTO b VALUES (1, 2) RETURNING b.*", ""),
        ("()", "DELETE FROM b RETURNING id", ""),
        ("()", "WITH c AS (DELETE FROM b RETURNING id) SELECT id FROM c", ""),
        ("()", "WITH c AS MATERIALIZED (SELECT 1) SELECT id FROM b FOR UPDATE", ""),
        ("()", "(SELECT 1) UNION (SELECT 2)", ""),
        ("()", "VALUES (1)", ""),
        ("()", "SHOW work_mem", ""),
        ("()!", "DELETE FROM b", ""),
        ("()!", "TRUNCATE b", ""),
    ],
)
def test_what_aiosql_would_never_run(tmp_path: Path, head: str, body: str, said: str) -> None:
    """aiosql's function without an operator is a generator: nobody reads it, nothing happens."""
    text = f"-- name: a{head}\n{body};\n"
    if head == "()":
        assert loaded(text).a.operation == SQLOperationType.SELECT
    found = lint_text(tmp_path, text)
    assert len(found) == bool(said), found
    assert not said or said in found[0]


def test_scripts_are_not_looked_into(tmp_path: Path) -> None:
    [found] = lint_text(tmp_path, "-- name: a()#\nSELECT 7 % 2; DELETE FROM b;\n")
    assert "a script (#) has no types to infer" in found


def test_all_is_told_in_one_run(tmp_path: Path) -> None:
    text = "-- name: a(b)$\nSELECT 7 % 2, 8 % :b;\n-- name: c()$\nSELECT 9 % 2;\n"
    text += "-- name: d\nSELECT 1;\n"
    assert [each.split(" ")[0] for each in lint_text(tmp_path, text)] == [
        "a.sql:2:",
        "a.sql:2:",
        "a.sql:4:",
        "a.sql:5:",
    ]
