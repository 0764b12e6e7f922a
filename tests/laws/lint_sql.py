"""Reads every SQL file by PostgreSQL's own grammar, and the migrations' up parts with squawk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pglast import ast
from pglast.parser import ParseError, parse_plpgsql_json, parse_sql, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDERS = ("schema", "seeds", "queries", "migrations", "pgtap", "python", "tests", "deploy")


def problems(path: Path, text: str) -> Iterator[str]:
    """Say what the server could not read in a file, with the line."""
    text = re.sub(r"^\\.*$", lambda line: " " * len(line[0]), text, flags=re.MULTILINE)
    if "-- name: " in text:
        text = without_parameters(text)
    try:
        statements = parse_sql(text)
    except ParseError as error:
        yield told(path, text, error)
        return
    for each in statements:
        if isinstance(each.stmt, ast.CreateFunctionStmt | ast.DoStmt):
            begin = each.stmt_location or 0
            end = begin + each.stmt_len if each.stmt_len else len(text)
            line = text.count("\n", 0, begin)
            source = text[begin:end]
            for problem in problems_inside(each.stmt, source):
                leading = re.match(r"(?:\s*--[^\n]*\n)*\s*", source)
                skipped = leading[0].count("\n") if leading else 0
                yield f"{path}:{line + skipped + 1}: {problem}"


def problems_inside(statement: ast.Node, source: str) -> Iterator[str]:
    """Say what is wrong in the body of a function, where it is a string."""
    if isinstance(statement, ast.DoStmt):
        options, language = statement.args, "plpgsql"
    else:
        assert isinstance(statement, ast.CreateFunctionStmt)
        options, language = statement.options, "sql"
    named = {each.defname: each.arg for each in options or ()}
    if "language" in named:
        language = named["language"].sval
    body = named.get("as")
    try:
        if language == "plpgsql":
            # The grammar outside of a server knows no type, so none that is an array.
            parse_plpgsql_json(re.sub(r"\bVARIADIC (?=_\w+ \w)", "", source, count=1))
        elif language == "sql" and body is not None:
            parse_sql(body[0].sval)
    except ParseError as error:
        yield f"in the body: {error.args[0]}"


def without_parameters(text: str) -> str:
    """Put $1 where aiosql has :name, without moving what follows."""
    tokens = scan(text)
    for colon, name in reversed(list(pairwise(tokens))):
        is_parameter = colon.name == "ASCII_58" and name.start == colon.end + 1
        if is_parameter and re.match(r"[A-Za-z_]", text[name.start : name.end + 1]):
            width = name.end + 1 - colon.start
            text = text[: colon.start] + "$1".ljust(width) + text[name.end + 1 :]
    return text


def told(path: Path, text: str, error: ParseError) -> str:
    message = str(error.args[0])
    place = error.args[1] if len(error.args) > 1 else 0
    return f"{path}:{text.count(chr(10), 0, place) + 1}: {message}"


def up_part(text: str) -> str:
    """Give the part of a migration that goes forward, each line where it was."""
    return text.split("-- migrate:down", 1)[0]


def squawk(folder: Path) -> int:
    """Let squawk read the up parts of all migrations."""
    paths = sorted(folder.glob("*.sql"))
    if not paths:
        return 0
    program = Path(sysconfig.get_path("scripts")) / "squawk"
    with tempfile.TemporaryDirectory() as copies:
        parts = Path(copies) / folder.name
        parts.mkdir()
        for path in paths:
            (parts / path.name).write_text(up_part(path.read_text()))
        result = subprocess.run(
            [
                program,
                "--reporter",
                "json",
                "--config",
                ROOT / ".squawk.toml",
                *parts.glob("*.sql"),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
    try:
        found = json.loads(result.stdout or "[]")
    except ValueError:
        found = []
        print(result.stdout, result.stderr, file=sys.stderr)
    for each in found:
        place = f"{folder / Path(each['file']).name}:{each['line'] + 1}"
        print(
            f"{place}: {each['rule_name']}: {each['message']}", each["help"] or "", file=sys.stderr
        )
    return result.returncode


def main() -> None:
    found = [
        problem
        for name in FOLDERS
        for path in sorted((ROOT / name).rglob("*.sql"))
        for problem in problems(path.relative_to(ROOT), path.read_text())
    ]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    sys.exit(bool(found) or squawk(ROOT / "migrations"))


if __name__ == "__main__":
    main()
