"""Reads a folder of query files through aiosql."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiosql
from aiosql.types import SQLOperationType

from sqltypist import runtime
from sqltypist.errors import Problem, ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

OPERATORS = {
    SQLOperationType.SELECT: "",
    SQLOperationType.SELECT_ONE: "^",
    SQLOperationType.SELECT_VALUE: "$",
    SQLOperationType.INSERT_UPDATE_DELETE: "!",
    SQLOperationType.INSERT_RETURNING: "<!",
    SQLOperationType.INSERT_UPDATE_DELETE_MANY: "*!",
    SQLOperationType.SCRIPT: "#",
}

# aiosql finds the beginning of a query in the same way.
_NAME_LINE = re.compile(r"--\s*name\s*:\s*(?P<name>[\w-]+)")
_OVERRIDE = re.compile(r"^(?P<of>returns|param)\s*:\s*(?P<items>.+)$")
_ITEM = re.compile(r"^(?P<name>\w+|\*)(?P<elements>\[\])?(?P<mark>[!?])$")
_PLACEHOLDER = re.compile(r"%\((?P<name>\w+)\)s|%%")


@dataclass(frozen=True)
class Override:
    """`total!` or `note?` in a comment; with `[]` it speaks of the elements of an array.

    The name `*` stands for all columns of a result.
    """

    name: str
    elements: bool
    nullable: bool


@dataclass(frozen=True)
class Query:
    """One named query, as aiosql loaded it."""

    name: str
    operator: str
    path: Path
    """The file, relative to the folder of queries."""
    line: int
    """The line of its name, counted from 1."""
    source: str
    """Its whole text in the file, from the name line to the next."""
    doc: str
    parameters: tuple[str, ...]
    """In the order of the name line; without a list there, in the order of their first use."""
    text: str
    """The SQL as psycopg gets it, with `%(name)s` for each parameter."""
    returns: tuple[Override, ...] = ()
    params: tuple[Override, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict[str, int], compare=False)
    """The number of each parameter in `numbered()`."""

    def problem(self, message: str, line: int | None = None) -> Problem:
        """Say what is wrong with this query."""
        return Problem(self.path, line or self.line, self.name, message)

    def numbered(self) -> tuple[str, list[tuple[int, int]]]:
        """Give the SQL with $1, $2, ... as psycopg sends it, and where each piece of it came from.

        A pair (there, here) says that from character `there` of the result on, text comes from
        character `here` of `text`.
        """
        pieces: list[str] = []
        places: list[tuple[int, int]] = [(0, 0)]
        length = last = 0
        for match in _PLACEHOLDER.finditer(self.text):
            name = match["name"]
            written = f"${self.numbers[name]}" if name else "%"
            pieces += [self.text[last : match.start()], written]
            length += match.start() - last + len(written)
            last = match.end()
            places.append((length, last))
        pieces.append(self.text[last:])
        return "".join(pieces), places


def load_folder(folder: Path) -> list[Query]:
    """Load every query file below a folder; raises ProblemsFound with all that is wrong."""
    if not folder.is_dir():
        raise SqltypistError(f"{folder} is not a folder of query files")
    queries: list[Query] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.sql")):
        try:
            queries += load_file(path, path.relative_to(folder))
        except ProblemsFound as error:
            problems += error.problems
    if not queries and not problems:
        raise SqltypistError(f"no query was found below {folder}")
    problems += _twins(queries)
    if problems:
        raise ProblemsFound(problems)
    return queries


def load_file(path: Path, shown: Path) -> list[Query]:
    """Load one file, whose problems are told under the path `shown`."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        message = f"the file is not UTF-8: {error.reason}"
        raise ProblemsFound([Problem(shown, line, "", message)]) from None
    problems: list[Problem] = []
    queries: list[Query] = []
    chunks = list(_chunks(content))
    for line, name, source in chunks:
        try:
            queries.append(_load(source, name, shown, line))
        except (ValueError, aiosql.SQLParseException, aiosql.SQLLoadException) as error:
            problems.append(Problem(shown, line, name, f"aiosql cannot load it: {error}"))
        except ProblemsFound as error:
            problems += error.problems
    if not problems:
        problems += _compare(content, queries, shown)
    if problems:
        raise ProblemsFound(problems)
    return queries


def _chunks(content: str) -> Iterator[tuple[int, str, str]]:
    starts = list(_NAME_LINE.finditer(content))
    ends = [start.start() for start in starts[1:]] + [len(content)]
    for start, end in zip(starts, ends, strict=True):
        line = content.count("\n", 0, start.start()) + 1
        yield line, start["name"].replace("-", "_"), content[start.start() : end]


def _load(source: str, name: str, shown: Path, line: int) -> Query:
    loaded = runtime.read(source)
    function = getattr(loaded, name)
    text: str = function.sql
    used = [m["name"] for m in _PLACEHOLDER.finditer(text) if m["name"]]
    numbers = {used_name: number for number, used_name in enumerate(dict.fromkeys(used), start=1)}
    declared: Sequence[str] = function.parameters or list(numbers)
    doc, returns, params, faults = _comment(source)
    query = Query(
        name=name,
        operator=OPERATORS[function.operation],
        path=shown,
        line=line,
        source=source,
        doc=doc,
        parameters=tuple(declared),
        text=text,
        returns=tuple(returns),
        params=tuple(params),
        numbers=numbers,
    )
    problems = [query.problem(fault) for fault in faults]
    if query.operator == "#":
        problems.append(
            query.problem(
                "a script (#) has no types to infer: write single statements, or a migration"
            )
        )
    problems += [
        query.problem(f"parameter {each} has the name of a Python keyword: rename it")
        for each in query.parameters
        if keyword.iskeyword(each)
    ]
    if keyword.iskeyword(name):
        problems.append(query.problem("the name is a Python keyword: rename it"))
    if problems:
        raise ProblemsFound(problems)
    return query


def _comment(source: str) -> tuple[str, list[Override], list[Override], list[str]]:
    """Read the comment under the name line: the words for people, and the overrides."""
    words: list[str] = []
    overrides: dict[str, list[Override]] = {"returns": [], "param": []}
    faults: list[str] = []
    for raw in source.splitlines()[1:]:
        line = raw.strip()
        if not line.startswith("--"):
            break
        said = line.removeprefix("--").removeprefix(" ").rstrip()
        override = _OVERRIDE.match(said)
        if not override:
            words.append(said)
            continue
        for item in override["items"].split(","):
            match = _ITEM.match(item.strip())
            if match:
                overrides[override["of"]].append(
                    Override(match["name"], bool(match["elements"]), match["mark"] == "?")
                )
            else:
                faults.append(
                    f"override {item.strip()!r} is not a name with ! (never NULL) or ? (may be)"
                )
    return "\n".join(words).strip(), overrides["returns"], overrides["param"], faults


def _compare(content: str, queries: list[Query], shown: Path) -> list[Problem]:
    """At run time aiosql reads the whole file: it must give what it gave query by query."""
    if len({query.name for query in queries}) < len(queries):
        return []
    try:
        whole = runtime.read(content)
    except (ValueError, aiosql.SQLParseException, aiosql.SQLLoadException) as error:
        return [Problem(shown, 1, "", f"aiosql cannot load the file: {error}")]
    return [
        query.problem(
            "aiosql reads it differently in its file than alone: look for an open quote or comment"
        )
        for query in queries
        if getattr(getattr(whole, query.name, None), "sql", None) != query.text
    ]


def _twins(queries: list[Query]) -> Iterator[Problem]:
    names: dict[str, Query] = {}
    stems: dict[str, Path] = {}
    for query in queries:
        first = names.setdefault(query.name, query)
        if first is not query:
            yield query.problem(f"the name is taken: {first.path}:{first.line}")
        stem = stems.setdefault(query.path.stem, query.path)
        if stem != query.path:
            yield query.problem(f"{stem} has the same stem, and a module has one file: rename one")
