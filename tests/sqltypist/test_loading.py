"""A folder of query files is loaded as aiosql loads it, and told about where it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist.errors import ProblemsFound, SqltypistError
from sqltypist.loading import Override, load_folder

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
-- About books.

-- name: get_book(id, kind)^
-- Find a book.
-- returns: note?, tags[]!
-- param: kind?
SELECT b.id, b.note, b.tags
FROM books AS b
WHERE b.kind = :kind AND b.id = :id AND b.other = :id;

-- name: delete-books()!
DELETE FROM books;
"""


def problems(folder: Path) -> list[str]:
    with pytest.raises(ProblemsFound) as caught:
        load_folder(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_query_has_all_its_parts(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "books.sql").write_text(FILE)
    book, deletion = load_folder(tmp_path)
    assert (book.name, book.operator, book.line) == ("get_book", "^", 3)
    assert book.path.as_posix() == "shop/books.sql"
    assert book.doc == "Find a book."
    assert book.parameters == ("id", "kind")
    assert book.returns == (Override("note", False, True), Override("tags", True, False))
    assert book.params == (Override("kind", False, True),)
    assert book.numbered().endswith("WHERE b.kind = $1 AND b.id = $2 AND b.other = $2;")
    assert (deletion.name, deletion.operator, deletion.line) == ("delete_books", "!", 11)


def test_one_name_in_two_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.sql").write_text("-- name: is_it()$\nSELECT true;\n")
    [problem] = problems(tmp_path)
    assert problem.startswith(
        "b.sql:1: is_it: the name is taken, and aiosql would let the last one"
    )
    assert "a.sql:1" in problem


def test_one_name_twice_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: is_it()$\nSELECT true;\n" * 2)
    [problem] = problems(tmp_path)
    assert problem.startswith(
        "a.sql:3: is_it: the name is taken, and aiosql would let the last one"
    )
    assert "a.sql:1" in problem


def test_one_stem_in_two_folders(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.sql").write_text(f"-- name: is_{name}()$\nSELECT true;\n")
    [problem] = problems(tmp_path)
    assert problem.startswith("y/a.sql:1: x/a.sql has the same stem")


def test_every_broken_query_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "-- name: a()\nSELECT :b;\n"
        "-- name: b\nSELECT 1;\n"
        "-- name: c(class)$\nSELECT :class::int;\n"
        "-- name: d()#\nSELECT 1;\n"
        "-- name: e()$\n-- returns: f\nSELECT 1 AS f;\n"
        "-- name: g(h)$\nSELECT 1;\n"
    )
    (tmp_path / "b.sql").write_bytes(b"-- name: z()$\nSELECT '\xff';\n")
    *found, last = problems(tmp_path)
    assert found == [
        "a.sql:2: a: parameter b is used and not declared: add it to the list in the name line",
        "a.sql:3: b: it declares no parameters, as aiosql wants it: write b()",
        "a.sql:5: c: parameter class has the name of a Python keyword: rename it",
        "a.sql:7: d: a script (#) has no types to infer: write single statements, or a migration",
        "a.sql:10: e: override 'f' is not a name with ! (never NULL) or ? (may be)",
        "a.sql:12: g: parameter h is declared and not used: take it away, or take it out of quotes",
    ]
    assert (
        last == "b.sql:2: the file is not UTF-8 (invalid start byte at byte 22): save it as UTF-8"
    )


def test_a_query_in_a_comment_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: a()$\nSELECT 1;\n/*\n-- name: b()$\nSELECT 2;\n*/\n")
    assert [query.name for query in load_folder(tmp_path)] == ["a"]


def test_no_folder_and_no_query(tmp_path: Path) -> None:
    with pytest.raises(SqltypistError, match="the folder of query files is not there"):
        load_folder(tmp_path / "none")
    with pytest.raises(SqltypistError, match="no query was found"):
        load_folder(tmp_path)
