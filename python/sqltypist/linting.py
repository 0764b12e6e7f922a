"""Refuses what aiosql or psycopg would take for something else than SQL does."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from aiosql.utils import VAR_REF

from sqltypist import scanning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqltypist.errors import Problem
    from sqltypist.loading import Query
    from sqltypist.scanning import Token

_BANNER = re.compile(r"^\s*--\s*[-=*#~_]{3,}|[-=*#~]{4,}\s*$")
_BARE_PERCENT = re.compile(r"(?<!%)(?:%%)*%(?!%)")
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_ODD_LINE_END = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")  # where str.splitlines ends a line
_INVISIBLE = re.compile(r"[^\S \t\n\r\v\f]|[\u200b-\u200f\u2060\ufeff]")
_COMMENT_LINE = re.compile(r"^\s*--", re.MULTILINE)
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_READS = frozenset({"SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "FETCH", "EXECUTE"})
BARE_VALUE = "aiosql gives a bare value for <! with one column: write $ for it, or ^"
_WORDS = {
    "remark": "a comment",
    "block": "a comment",
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
    if query.operator == "#":
        return
    yield from misread(query)
    yield from _percents(query)
    yield from _comments(query)
    yield from _unconsumed(query)


def changes_data(query: Query) -> bool:
    """Tell whether a statement, or one in its WITH, writes to a table."""
    tokens = scanning.meaning(query.source[query.body_start :])
    before = [None, *tokens]
    return _verb(tokens) in _WRITES or any(
        token.text.upper() in _WRITES and last is not None and last.text == "("
        for last, token in zip(before, tokens, strict=False)
    )


def misread(query: Query) -> list[Problem]:
    """Find where aiosql reads something else than PostgreSQL does."""
    found = [*_characters(query), *_foreign(query), *_escapes(query), *_parameters(query)]
    return found or list(_differences(query))


def _characters(query: Query) -> Iterator[Problem]:
    """Find characters that nobody sees, and that someone takes for something else."""
    source = query.source
    for token in scanning.scan(source, query.body_start):
        if "\0" in token.text:
            at = token.start + token.text.index("\0")
            yield _at(query, at, "the character NUL ends the query for the driver: take it out")
        odd = _ODD_LINE_END.search(token.text)
        if odd and token.kind not in {"space", "remark"}:
            yield _at(
                query,
                token.start + odd.start(),
                f"aiosql ends a line at U+{ord(odd.group()):04X}: write it as an escape, as in "
                r"U&'\2028'",
            )
        hidden = _INVISIBLE.search(token.text)
        if hidden and token.kind not in _WORDS and not odd:
            yield _at(
                query,
                token.start + hidden.start(),
                f"the invisible character U+{ord(hidden.group()):04X} is no space for PostgreSQL: "
                "take it out",
            )


def _foreign(query: Query) -> Iterator[Problem]:
    """Find parameters as others write them, and comments as only PostgreSQL ends them."""
    for token in scanning.scan(query.source, query.body_start):
        if token.kind == "positional":
            message = f"{token.text} would be taken for the number of another parameter: name it"
            yield _at(query, token.start, message)
        elif token.kind == "placeholder":
            name = token.text[2:-2]
            yield _at(query, token.start, f"aiosql does not see {token.text}: write :{name}")
        elif token.kind == "block" and "/*" in token.text[2:]:
            message = "aiosql ends a comment at the first */: take the inner comment away"
            yield _at(query, token.start, message)


def _escapes(query: Query) -> Iterator[Problem]:
    for token in scanning.scan(query.source, query.body_start):
        if token.kind == "escape" and "\\'" in token.text:
            yield _at(query, token.start, "aiosql misreads \\' in a string: write ''")


def _parameters(query: Query) -> Iterator[Problem]:
    """Compare the parameters that aiosql sees with those that SQL has."""
    source = query.source
    tokens = list(scanning.scan(source, query.body_start))
    real = {token.start for token in tokens if token.kind == "parameter"}
    seen = {
        match.start("lead") + 1: match["var_name"]
        for match in VAR_REF.finditer(_as_aiosql_has_it(query))
        if match["var_name"] is not None
    }
    for start in sorted(seen.keys() ^ real):
        inside = next((each for each in tokens if each.start <= start < each.end), None)
        name = seen.get(start)
        if name is None:
            said = source[start:].split(maxsplit=1)[0].rstrip(",;)")
            message = f"aiosql does not see the parameter {said}: look for an apostrophe before it"
        elif inside is not None and inside.kind in _WORDS:
            message = (
                f"aiosql takes :{name} in {_WORDS[inside.kind]} for a parameter: put a space "
                "behind the colon, or reword it"
            )
        else:
            message = f"aiosql takes :{name} for a parameter: put a space before {name}"
        yield _at(query, start, message)


def _differences(query: Query) -> Iterator[Problem]:
    """Compare what the file says with what reaches the server, token by token.

    aiosql takes comments and the ends of lines out of strings too, where they are none.
    """
    said = scanning.meaning(query.source[query.body_start :])
    sent = scanning.meaning(query.text)
    if not query.text or any(token.kind == "open" for token in said):
        return  # the server finds the quote that is open
    for position, token in enumerate(said):
        there = sent[position].text if position < len(sent) else ""
        if there in {token.text, f"%({token.text[1:]})s"}:
            continue
        yield _at(query, query.body_start + token.start, _difference(token))
        return
    if len(sent) > len(said):
        yield query.problem(
            "aiosql sends more than PostgreSQL reads in the file: look at its comments"
        )


def _difference(token: Token) -> str:
    if token.kind in scanning.QUOTES:
        what = _WORDS[token.kind]
        if _COMMENT_LINE.search(token.text):
            return f"aiosql drops a line of {what} that begins with --: begin it otherwise"
        if "/*" in token.text:
            return f"aiosql takes /* */ out of {what}: write it with || in two parts"
        if re.search(r"[ \t]\n", token.text):
            return f"aiosql cuts the spaces at the end of a line of {what}: put no spaces there"
    return (
        f"aiosql reads something else than PostgreSQL from {token.text.split()[0]:.20} on: look "
        "for an apostrophe or a /* in a comment"
    )


def _percents(query: Query) -> Iterator[Problem]:
    body = _PLACEHOLDER.sub(lambda match: scanning.blank(match.group()), _as_aiosql_has_it(query))
    for match in _BARE_PERCENT.finditer(body):
        yield _at(
            query,
            match.end() - 1,
            "psycopg takes % for a placeholder, in strings and comments too: write %%, or mod() "
            "and starts_with()",
        )


def _comments(query: Query) -> Iterator[Problem]:
    lines = query.source.rstrip().split("\n")
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
    """Find what aiosql never runs: a query without an operator is a generator."""
    tokens = scanning.meaning(query.source[query.body_start :])
    verb = _verb(tokens)
    if not verb or query.operator in {"!", "*!"}:
        return
    if verb in _WRITES:
        words = [token.text.upper() for token in _outermost(tokens)]
        if "RETURNING" not in words:
            yield query.problem("it changes data and returns nothing: give its name the operator !")
        elif query.operator == "<!" and not {",", "*"} & set(words[words.index("RETURNING") :]):
            yield query.problem(BARE_VALUE)
    elif verb not in _READS and query.operator == "":
        yield query.problem(
            f"aiosql runs it only when its rows are read, and {verb} has none: give its name the "
            "operator !, or ^ where it has a row"
        )


def _verb(tokens: list[Token]) -> str:
    """Give the word that says what a statement does; behind WITH it stands after a parenthesis."""
    words = [token.text.upper() for token in tokens]
    start = next((number for number, word in enumerate(words) if word != "("), len(words))
    if words[start : start + 1] != ["WITH"]:
        return words[start] if start < len(words) and tokens[start].kind == "word" else ""
    outer = [token.text.upper() for token in _outermost(tokens[start:])]
    verbs = _WRITES | {"SELECT", "VALUES", "TABLE"}
    pairs = itertools.pairwise(outer)
    return next((word for before, word in pairs if word in verbs and before not in {"AS", ","}), "")


def _outermost(tokens: list[Token]) -> Iterator[Token]:
    """Give the tokens outside of parentheses."""
    depth = 0
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            depth -= 1
        if depth == 0:
            yield token


def _as_aiosql_has_it(query: Query) -> str:
    """Blank the comments that aiosql takes out before it looks for parameters."""
    lines = scanning.without_blocks(query.source).split("\n")
    return "\n".join(" " * len(line) if line.lstrip().startswith("--") else line for line in lines)


def _at(query: Query, position: int, message: str) -> Problem:
    return query.problem(message, query.line_at(position))
