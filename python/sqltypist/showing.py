"""Shows what was inferred: to programs in a fixed form of JSON, to people as a table."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqltypist.errors import SqltypistError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqltypist.inferring import Column, Parameter, TypedQuery

_WORDS = {
    "exactly_one": "exactly one row",
    "zero_or_one": "one row or none",
    "many": "any number of rows",
    "count": "the number of rows",
    "none": "nothing",
}


def rows(typed: TypedQuery) -> str:
    """Say how much a query gives: exactly_one, zero_or_one, many, count or none."""
    operator = typed.query.operator
    if operator in {"!", "*!"}:
        return "count"
    if operator == "#" or not typed.columns:
        return "none"
    if operator == "":
        return "many"
    return "exactly_one" if typed.exactly_one else "zero_or_one"


def as_data(version: str, queries: Iterable[TypedQuery]) -> dict[str, Any]:
    """Give what was inferred in the form that other tools read.

    A name that is taken is shown with its folder, as aiosql has it, and else with its place.
    """
    found: dict[str, Any] = {}
    for typed in queries:
        query = typed.query
        names = (
            query.name,
            ".".join((*query.path.parent.parts, query.name)),
            f"{query.name} ({query.path.as_posix()}:{query.line})",
        )
        key = next(name for name in names if name not in found)
        found[key] = {
            "file": query.path.as_posix(),
            "line": query.line,
            "operator": query.operator,
            "rows": rows(typed),
            "params": {each.name: _typed(each) for each in typed.parameters},
            "columns": [
                {"name": each.name, **_typed(each), "why": why(each)} for each in typed.columns
            ],
        }
    return {"server": version.partition(" ")[0], "queries": found}


def _typed(each: Column | Parameter) -> dict[str, Any]:
    return {"pg_type": each.pg_type, "nullable": each.nullable, "python": each.python.name}


def why(column: Column) -> str:
    """Say what decided whether a column may be NULL."""
    return column.why or ("nothing proves it" if column.nullable else "the query tree proves it")


def brief(typed: TypedQuery) -> str:
    """Give a query's parameters and columns, a line for each."""
    query = typed.query
    lines = [f"{query.name}{query.operator}  {query.path.as_posix()}:{query.line}"]
    for sign, each in [("->", p) for p in typed.parameters] + [("<-", c) for c in typed.columns]:
        null = "  or NULL" if each.nullable else ""
        lines.append(f"    {sign} {each.name}  {each.pg_type}  {each.python.name}{null}")
    return "\n".join(lines)


def explained(typed: TypedQuery) -> str:
    """Give a query's parameters and columns as tables, with what decided."""
    query = typed.query
    parts = [f"{query.name}  {query.path.as_posix()}:{query.line}  gives {_WORDS[rows(typed)]}"]
    if query.doc:
        parts.append(f"    {query.doc.splitlines()[0]}")
    if typed.parameters:
        head = ["parameter", "type", "NULL", "python"]
        parts += ["", *_table(head, [_cells(each) for each in typed.parameters])]
    if typed.columns:
        head = ["column", "type", "NULL", "python", "why"]
        parts += ["", *_table(head, [[*_cells(each), why(each)] for each in typed.columns])]
    parts += [f"    warning: {warning}" for warning in typed.warnings]
    return "\n".join(parts)


def _cells(each: Column | Parameter) -> list[str]:
    return [each.name, each.pg_type, "may be" if each.nullable else "never", each.python.name]


def _table(head: list[str], lines: list[list[str]]) -> list[str]:
    cells = [head, ["-" * len(word) for word in head], *lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["    " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]


def chosen(queries: Sequence[TypedQuery], patterns: Sequence[str]) -> list[TypedQuery]:
    """Give the queries whose names match; raises SqltypistError where a pattern matches none."""
    names = [typed.query.name for typed in queries]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = difflib.get_close_matches(pattern, names)
            hint = f": is it {' or '.join(near)}?" if near else ""
            raise SqltypistError(f"there is no query {pattern}{hint}")
    return [typed for typed in queries if matches(typed.query.name, patterns)]


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a name is asked for; without patterns, every name is."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
