"""Reads SQL as PostgreSQL's own scanner does, and knows where aiosql reads it otherwise.

aiosql takes the comments out of a file, drops every line that is a comment, and looks for
parameters with a regular expression that knows no dollar quotes, no escapes and no slices. What a
query means to the server and what reaches the server are two texts: `statement` is the first,
and a lint holds the second against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TOKEN = re.compile(
    r"""
      (?P<space>        \s+ )
    | (?P<remark>       --[^\n\r]* )
    | (?P<block>        /\* )
    | (?P<escape>       [eE]'(?:[^'\\]|\\[\s\S]|'')*' )
    | (?P<string>       '(?:[^']|'')*' )
    | (?P<quoted>       "(?:[^"]|"")*" )
    | (?P<dollar>       \$(?P<tag>(?:[A-Za-z_]|[^\W\d])\w*)?\$[\s\S]*?\$(?(tag)(?P=tag))\$ )
    | (?P<placeholder>  %\(\w+\)s )
    | (?P<percent>      %% )
    | (?P<positional>   \$\d+ )
    | (?P<cast>         :: )
    | (?P<assign>       := )
    | (?P<parameter>    :[^\W\d]\w* )
    | (?P<word>         [^\W\d][\w$]* )
    | (?P<number>       \d[\w.]* )
    | (?P<open>         ['"] )
    | (?P<other>        [\s\S] )
    """,
    re.VERBOSE,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")

# What aiosql's own regular expression takes for a comment in /* */: it keeps hints, and knows
# neither nesting nor dollar quotes.
_AIOSQL_COMMENT = re.compile(
    r"""
      '(?:''|[^'])*'
    | "(?:""|[^"])+"
    | --[^\n]*
    | (?P<block> /\*(?!\+[\s\S]*?\*/)[\s\S]*?\*/ )
    """,
    re.VERBOSE,
)

COMMENTS = frozenset({"remark", "block"})
QUOTES = frozenset({"escape", "string", "quoted", "dollar"})


@dataclass(frozen=True)
class Token:
    """A piece of SQL, of a kind, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.start + len(self.text)


def scan(sql: str, start: int = 0) -> Iterator[Token]:
    """Give the tokens of SQL from a position on; together they are the whole text."""
    while start < len(sql):
        found = _TOKEN.match(sql, start)
        if found is None:
            raise AssertionError("every character is a token of some kind")
        kind, end = found.lastgroup or "", found.end()
        if kind == "block":
            end = _end_of_block(sql, start)
        elif kind == "open":  # a quote that is never closed takes all the rest
            end = len(sql)
        yield Token(kind, sql[start:end], start)
        start = end


def _end_of_block(sql: str, start: int) -> int:
    """Find the end of a comment in /* */, which may hold others."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


def without_blocks(text: str) -> str:
    """Blank what aiosql takes for comments in /* */, so that every other character stays put."""
    return _AIOSQL_COMMENT.sub(
        lambda found: blank(found.group()) if found["block"] else found.group(), text
    )


def blank(text: str) -> str:
    """Write spaces for all but line ends."""
    return re.sub(r"[^\n]", " ", text)


@dataclass(frozen=True)
class Statement:
    """A query as the server sees it: with $1, $2, ... and where each piece of it came from."""

    text: str
    places: tuple[tuple[int, int], ...]
    """(there, here): from character `there` of the text on, it comes from `here` of its source."""

    def origin(self, position: int) -> int:
        """Give where in the source a character of the text came from."""
        there, here = max(pair for pair in self.places if pair[0] <= position)
        return here + position - there


def statement(source: str, start: int, numbers: dict[str, int]) -> Statement:
    """Write $1, $2, ... for the parameters of a source from a position on, and % for %%."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length = 0
    for token in scan(source.rstrip(), start):
        written = token.text.replace("%%", "%")
        number = numbers.get(token.text[1:]) if token.kind == "parameter" else None
        if number is not None:
            written = f"${number}"
        places.append((length, token.start))
        pieces.append(written)
        length += len(written)
    return Statement("".join(pieces), tuple(places) or ((0, start),))


def parameters(source: str, start: int = 0) -> list[str]:
    """Give the parameters that SQL has from a position on, each once, in their order."""
    found = (token.text[1:] for token in scan(source, start) if token.kind == "parameter")
    return list(dict.fromkeys(found))


def meaning(sql: str, ignored: Collection[str] = COMMENTS | {"space"}) -> list[Token]:
    """Give the tokens that the server heeds."""
    return [token for token in scan(sql) if token.kind not in ignored]
