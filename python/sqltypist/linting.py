"""Refuses what aiosql or psycopg would take for something else than SQL does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiosql.utils import VAR_REF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqltypist.errors import Problem
    from sqltypist.loading import Query

# SQL's own reading of a text, as PostgreSQL's scanner does it.
_SQL = re.compile(
    r"""
      (?P<comment>      --[^\n]* | /\*[\s\S]*?\*/ )
    | (?P<escape>       \b[eE]'(?:[^'\\]|\\[\s\S]|'')*' )
    | (?P<string>       '(?:[^']|'')*' )
    | (?P<quoted>       "(?:[^"]|"")*" )
    | (?P<dollar>       \$(?P<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$(?(tag)(?P=tag))\$ )
    | (?P<cast>         :: )
    | (?P<assign>       := )
    | (?P<parameter>    :[A-Za-z_]\w* )
    """,
    re.VERBOSE,
)
_BANNER = re.compile(r"^\s*--\s*[-=*#~_]{3,}|[-=*#~]{4,}\s*$")
_BARE_PERCENT = re.compile(r"(?<!%)(?:%%)*%(?!%)")
_CHANGES = re.compile(r"^\s*(?:WITH\b[\s\S]*\b)?(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_WORDS = {
    "comment": "a comment",
    "escape": "a string",
    "string": "a string",
    "quoted": "a quoted name",
    "dollar": "a dollar-quoted string",
}


def lint(queries: Iterable[Query]) -> list[Problem]:
    """Find everything to refuse in the texts of queries."""
    return [problem for query in queries for problem in lint_query(query)]


def lint_query(query: Query) -> Iterator[Problem]:
    """Find what to refuse in the text of one query."""
    yield from _misread(query)
    yield from _percents(query)
    yield from _comments(query)
    yield from _unconsumed(query)


def _misread(query: Query) -> Iterator[Problem]:
    """Compare the parameters that aiosql sees with those that SQL has."""
    body = _without_comment_lines(query.source)
    pieces = list(_SQL.finditer(body))
    real = {piece.start() for piece in pieces if piece.lastgroup == "parameter"}
    for piece in pieces:
        if piece.lastgroup == "escape" and "\\'" in piece.group():
            yield _at(query, body, piece.start(), "aiosql misreads \\' in a string: write ''")
    seen = {
        match.start("lead") + 1: match["var_name"]
        for match in VAR_REF.finditer(body)
        if match["var_name"] is not None
    }
    for start in sorted(seen.keys() ^ real):
        around = next(
            (
                each
                for each in pieces
                if each.start() <= start < each.end() and each.lastgroup in _WORDS
            ),
            None,
        )
        name = seen.get(start)
        if around is not None:
            what = _WORDS[around.lastgroup or ""]
            yield _at(
                query, body, start, f"aiosql takes :{name} in {what} for a parameter: reword it"
            )
        elif name is not None:
            yield _at(
                query,
                body,
                start,
                f"aiosql takes :{name} for a parameter: put a space before {name}",
            )
        else:
            said = body[start:].split(maxsplit=1)[0]
            yield _at(
                query,
                body,
                start,
                f"aiosql does not see the parameter {said}: look for an apostrophe before it",
            )


def _percents(query: Query) -> Iterator[Problem]:
    without = re.sub(r"%\(\w+\)s", lambda match: " " * len(match.group()), query.text)
    if _BARE_PERCENT.search(without):
        number = next(
            (
                query.line + number
                for number, line in enumerate(query.source.splitlines())
                if _BARE_PERCENT.search(line) and not line.lstrip().startswith("--")
            ),
            None,
        )
        yield query.problem(
            "psycopg takes % for a placeholder, in strings and comments too: write %%, or mod() "
            "and starts_with()",
            number,
        )


def _comments(query: Query) -> Iterator[Problem]:
    lines = query.source.rstrip().splitlines()
    for number, line in enumerate(lines):
        if number and _BANNER.match(line):
            yield query.problem(
                "a banner ends up in the docstring of the query above it: take it away",
                query.line + number,
            )
    if lines and lines[-1].lstrip().startswith("--") and len(lines) > 1:
        yield query.problem(
            "a comment after the query ends up in its docstring, not in the next one's: move it "
            "below the next name line",
            query.line + len(lines) - 1,
        )


def _unconsumed(query: Query) -> Iterator[Problem]:
    code = _SQL.sub(
        lambda piece: " " if piece.lastgroup == "comment" else piece.group(), query.text
    )
    changes = _CHANGES.match(code)
    if (
        query.operator == ""
        and changes
        and not re.search(r"\b(RETURNING|SELECT)\b", code, re.IGNORECASE)
    ):
        yield query.problem("it changes data and returns nothing: give its name the operator !")


def _without_comment_lines(source: str) -> str:
    """Blank the whole-line comments, which aiosql takes out before it looks for parameters."""
    lines = source.splitlines(keepends=True)
    return "".join("\n" if line.lstrip().startswith("--") else line for line in lines)


def _at(query: Query, body: str, position: int, message: str) -> Problem:
    return query.problem(message, query.line + body.count("\n", 0, position))
