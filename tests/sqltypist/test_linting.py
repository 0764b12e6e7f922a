"""What aiosql or psycopg would misread is refused with its place and a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist import project
from sqltypist.configuration import Configuration

if TYPE_CHECKING:
    from pathlib import Path


def lint_text(folder: Path, text: str) -> list[str]:
    (folder / "a.sql").write_text(text)
    return [str(problem) for problem in project.lint(Configuration(folder, queries="."))]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("SELECT 7 % 2;", 2, "psycopg takes % for a placeholder"),
        ("SELECT 1\nWHERE 'a' LIKE 'a%';", 3, "write %%"),
        ("SELECT 1; -- 100 % sure", 2, "write %%"),
        ("SELECT a[1:2] FROM b;", 2, "aiosql takes :2 for a parameter: put a space before 2"),
        ("SELECT $$ at 5:pm $$;", 2, "aiosql takes :pm in a dollar-quoted string"),
        ("SELECT 1; -- see note:here", 2, "aiosql takes :here in a comment"),
        (r"SELECT E'it\'s';", 2, r"aiosql misreads \' in a string"),
        ("SELECT 1;\n-- ----------", 3, "a banner ends up in the docstring"),
        ("SELECT 1;\n-- The next one is worse.", 3, "move it below the next name line"),
    ],
)
def test_refusals(tmp_path: Path, body: str, line: int, said: str) -> None:
    (tmp_path / "b.sql").write_text("-- name: fine()$\nSELECT true;\n")
    names = {"pm": "pm", "here": "here"}
    parameters = next((name for name in names if f":{name}" in body), "")
    found = lint_text(tmp_path, f"-- name: bad({parameters})\n{body}\n")
    assert any(each.startswith(f"a.sql:{line}: bad:") and said in each for each in found), found


@pytest.mark.parametrize(
    "body",
    [
        "SELECT :a::text, ':b', 'it''s :c', \"d:e\", 7 %% 2, array[1, 2][1 : 2];",
        "-- Why: it's so.\nSELECT :a::text\n-- and this: because\nWHERE true;",
        "SELECT :a::text, to_char(now(), 'HH24:MI'); -- a remark",
        "SELECT E'\\n', $$ plain $$, 'a'::text || :a;",
    ],
)
def test_what_is_read_alike_passes(tmp_path: Path, body: str) -> None:
    assert lint_text(tmp_path, f"-- name: good(a)\n{body}\n") == []


def test_a_change_without_a_result_needs_its_operator(tmp_path: Path) -> None:
    text = "-- name: a()\nDELETE FROM b;\n\n-- name: c()\nDELETE FROM b RETURNING id;\n"
    assert lint_text(tmp_path, text) == [
        "a.sql:1: a: it changes data and returns nothing: give its name the operator !"
    ]
