"""Reads a folder of query files through aiosql."""

from __future__ import annotations

import difflib
import keyword
import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import aiosql
from aiosql.queries import Queries

from sqltypist import linting, runtime, scanning
from sqltypist.errors import Problem, ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

# aiosql begins a query in the same way, wherever that stands.
_NAME = re.compile(r"--\s*name\s*:\s*")
_NAME_LINE = re.compile(
    r"(?P<name>[\w-]+)(?P<gap>[ \t]*)(?P<list>\((?P<parameters>[^()\n]*)\))?(?P<late>[ \t]*)"
    r"(?P<operator>\^|\$|<!|\*!|!|\#)?[ \t]*(?=\n|$)"
)
_OVERRIDE = re.compile(r"^(?P<of>returns|param)\s*:\s*(?P<items>.*)$")
_ITEM = re.compile(r"^(?P<name>\w+|\*)(?P<elements>\[\])?(?P<mark>[!?])$")
_FIRST_WORD = re.compile(r"^(?P<word>\w+)\s*(?P<colon>:?)\s*(?P<rest>.*)$")
_RECORD_CLASS = re.compile(r"record_class\s*:")
_OWN_COMMENT = re.compile(r"\s*--\s?(?P<said>.*)$")

_NO_NAME_LINE = (
    "aiosql begins a query wherever it reads -- name: and finds no name line here: it is the name, "
    "the parameters in parentheses and the operator, alone on a line, as in -- name: get_thing(id)^"
)
_AIOSQL_ERRORS = (ValueError, aiosql.SQLParseException, aiosql.SQLLoadException)
_OWN_ARGUMENTS = frozenset({"self", "conn"})
_OWN_ATTRIBUTES = frozenset(dir(Queries)) | {"driver_adapter", "is_aio"}


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
    is_streamed: bool = False
    """Whether it has a twin that gives its rows while they arrive."""
    is_batched: bool = False
    """Whether it has a twin that runs it many times in one round trip."""
    is_copied: bool = False
    """Whether it has a twin that inserts its rows by COPY."""
    numbers: dict[str, int] = field(default_factory=dict[str, int], compare=False)
    """The number of each parameter in `statement`."""

    def problem(self, message: str, line: int | None = None, code: str = "") -> Problem:
        """Say what is wrong with this query."""
        return Problem(self.path, line or self.line, self.name, message, code)

    @property
    def body_start(self) -> int:
        """Where its source goes on after the name line."""
        return self.source.find("\n") + 1 or len(self.source)

    @cached_property
    def statement(self) -> scanning.Statement:
        """The SQL with $1, $2, ... as the server sees it, and where each piece came from."""
        return scanning.statement(self.source, self.body_start, self.numbers)

    def numbered(self) -> str:
        """Give the SQL with $1, $2, ... as the server sees it."""
        return self.statement.text

    def line_at(self, position: int) -> int:
        """Give the line in the file of a character of the source."""
        return self.line + self.source.count("\n", 0, position)


@dataclass(frozen=True)
class Loaded:
    """What was found in a folder: the queries that can be read, and what is wrong with others."""

    queries: list[Query]
    problems: list[Problem]


def load_folder(folder: Path) -> list[Query]:
    """Load every query file below a folder; raises ProblemsFound with all that is wrong."""
    loaded = read_folder(folder)
    if loaded.problems:
        raise ProblemsFound(loaded.problems)
    return loaded.queries


def read_folder(folder: Path, *, lenient: bool = False) -> Loaded:
    """Read every query file below a folder, and tell of what is wrong in each.

    When it is lenient, it reads by its own understanding what aiosql would refuse.
    """
    if not folder.is_dir():
        said = "is not a folder" if folder.exists() else "is not there"
        raise SqltypistError(f"the folder of query files {said}: {folder}")
    queries: list[Query] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.sql")):
        if path.is_dir():
            continue
        found = _read_file(path, path.relative_to(folder), lenient=lenient)
        queries += found.queries
        problems += found.problems
    if not queries and not problems:
        raise SqltypistError(
            f"no query was found below {folder}: a query begins with -- name: get_thing(id)^ in a "
            "file *.sql"
        )
    if not lenient:
        problems += _twins(queries)
    return Loaded(queries, problems)


def _read_file(path: Path, shown: Path, *, lenient: bool) -> Loaded:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Loaded([], [Problem(shown, 1, "", f"the file cannot be read: {error.strerror}")])
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"the file is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8"
        return Loaded([], [Problem(shown, line, "", message)])
    content = content.replace("\r\n", "\n").replace("\r", "\n")  # as Path.read_text has it
    problems: list[Problem] = []
    queries: list[Query] = []
    for chunk in _chunks(content):
        query, faults = _read(chunk, shown, lenient=lenient)
        problems += faults
        if query is not None:
            queries.append(query)
    if not problems and not lenient:
        problems += _compare(content, queries, shown)
    return Loaded(queries, problems)


@dataclass(frozen=True)
class _Chunk:
    """A piece of a file in which aiosql sees one query."""

    line: int
    begins_line: bool
    source: str


def _chunks(content: str) -> Iterator[_Chunk]:
    starts = list(_NAME.finditer(scanning.without_blocks(content)))
    ends = [start.start() for start in starts[1:]] + [len(content)]
    for start, end in zip(starts, ends, strict=False):  # a file without a query has an end too
        before = content[content.rfind("\n", 0, start.start()) + 1 : start.start()]
        yield _Chunk(
            line=content.count("\n", 0, start.start()) + 1,
            begins_line=not before.strip() and "\n" not in start.group(),
            source=content[start.start() : end],
        )


def _read(chunk: _Chunk, shown: Path, *, lenient: bool) -> tuple[Query | None, list[Problem]]:
    """Read one query, and tell of what is wrong with it; gives no query that cannot be used."""
    head = _NAME.sub("", chunk.source, count=1)
    guess = re.match(r"[\w-]+", head)
    name = guess.group().replace("-", "_") if guess else ""
    signature = _NAME_LINE.match(head)
    if signature is None or not chunk.begins_line:
        return None, [Problem(shown, chunk.line, "", _NO_NAME_LINE)]
    declared = _declared(signature)
    body = chunk.source.partition("\n")[2]
    has_sql = any(token.text != ";" for token in scanning.meaning(body))
    used = scanning.parameters(chunk.source, len(chunk.source) - len(body))
    known = used if declared is None else [each for each in used if each in declared]
    comment = _Comment(body)
    query = Query(
        name=name,
        operator=signature["operator"] or "",
        path=shown,
        line=chunk.line,
        source=chunk.source,
        doc=comment.doc,
        parameters=tuple(each for each in declared or known if each in known),
        text="",
        returns=tuple(comment.overrides["returns"]),
        params=tuple(comment.overrides["param"]),
        is_streamed=comment.is_streamed,
        is_batched=comment.is_batched,
        is_copied=comment.is_copied,
        numbers={each: number for number, each in enumerate(known, start=1)},
    )
    problems = [
        *(query.problem(message, query.line + line) for message, line in comment.faults),
        *_faults(query, signature, declared, used),
    ]
    if not has_sql:
        return None, [*problems, query.problem("there is no SQL under its name")]
    refusal = ""
    try:
        query = replace(query, text=getattr(runtime.read(chunk.source), name).sql)
    except (*_AIOSQL_ERRORS, AttributeError) as error:
        refusal = re.sub(r" at <unknown>:\d+", "", str(error))
    if problems or refusal:
        problems += linting.misread(query)  # which may be why
    if refusal and not problems:
        problems.append(query.problem(f"aiosql cannot load it: {refusal}"))
    return (query if lenient or not problems else None), problems


def _declared(signature: re.Match[str]) -> list[str] | None:
    """Give the parameters of a name line, or nothing where it has no list."""
    if signature["list"] is None:
        return None
    items = signature["parameters"].split(",")
    return [each.strip().replace("-", "_") for each in items] if items != [""] else []


def _faults(
    query: Query, signature: re.Match[str], declared: list[str] | None, used: list[str]
) -> Iterator[Problem]:
    """Find what is wrong with a name line."""
    if query.operator == "#":
        yield query.problem(
            "a script (#) has no types to infer: write single statements, or a migration"
        )
        return
    if signature["gap"] or (signature["late"] and query.operator):
        yield query.problem("aiosql 14 takes no space in a name line: write get_thing(id)^")
    if declared is None:
        wanted = f"{query.name}({', '.join(used)}){query.operator}"
        yield query.problem(f"it declares no parameters, as aiosql wants it: write {wanted}")
        declared = used
    elif "" in declared and declared != [""]:
        yield query.problem("the list of parameters has a comma too many")
    for name in used:
        if name not in declared:
            near = difflib.get_close_matches(name, declared, 1)
            hint = f"; is it {near[0]}?" if near else ": add it to the list in the name line"
            first = next(
                token
                for token in scanning.scan(query.source, query.body_start)
                if token.text == f":{name}"
            )
            yield query.problem(
                f"parameter {name} is used and not declared{hint}", query.line_at(first.start)
            )
    for name in dict.fromkeys(filter(None, declared)):
        if name not in used:
            yield query.problem(
                f"parameter {name} is declared and not used: take it away, or take it out of quotes"
            )
        if declared.count(name) > 1:
            yield query.problem(f"parameter {name} is declared twice")
        yield from _name_faults(query, f"parameter {name}", name, _OWN_ARGUMENTS)
    folded: dict[str, str] = {}
    for name in dict.fromkeys([*declared, *used]):
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            yield query.problem(
                f"parameters {other} and {name} differ only in case: rename one, or mend the slip"
            )
    yield from _name_faults(query, "the name", query.name, _OWN_ATTRIBUTES)


def _name_faults(query: Query, what: str, name: str, taken: Collection[str]) -> Iterator[Problem]:
    """Find why Python or aiosql cannot have a name."""
    if keyword.iskeyword(name):
        yield query.problem(f"{what} has the name of a Python keyword: rename it")
    elif not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        yield query.problem(f"{what} cannot be a name in Python: rename it")
    elif name in taken:
        yield query.problem(f"{what} is the name of something of aiosql's own: rename it")


class _Comment:
    """The comment under the name line: the words for people, overrides, twins."""

    def __init__(self, body: str) -> None:
        self.overrides: dict[str, list[Override]] = {"returns": [], "param": []}
        self.faults: list[tuple[str, int]] = []
        """What is wrong, and how many lines under the name line."""
        self.is_streamed = self.is_batched = self.is_copied = False
        words: list[str] = []
        is_leading = True
        for number, line in enumerate(body.split("\n"), start=1):
            comment = _OWN_COMMENT.match(line)
            is_leading = is_leading and comment is not None
            if comment is None:
                continue
            said = comment["said"].rstrip()
            override = _OVERRIDE.match(said)
            if not is_leading:
                if override and _are_items(override["items"]):
                    self.faults.append(
                        ("an override stands right under the name line, not below SQL", number)
                    )
            elif override:
                self._read(override, number)
            elif said == "stream":
                self.is_streamed = True
            elif said == "batch":
                self.is_batched = True
            elif said == "copy":
                self.is_copied = True
            elif _RECORD_CLASS.match(said):
                self.faults.append(
                    ("record_class is deprecated, and a generated row has its own class", number)
                )
            else:
                words.append(said)
                self._suspect(said, number)
        self.doc = "\n".join(words).strip()

    def _read(self, override: re.Match[str], number: int) -> None:
        for item in override["items"].split(","):
            match = _ITEM.match(item.strip())
            if match:
                self.overrides[override["of"]].append(
                    Override(match["name"], bool(match["elements"]), match["mark"] == "?")
                )
            else:
                said = f"override {item.strip()!r} is not a name with ! (never NULL) or ? (may be)"
                self.faults.append((said, number))

    def _suspect(self, said: str, number: int) -> None:
        """Notice a word to sqltypist that is misspelt."""
        twin = difflib.get_close_matches(said.rstrip(":;.").lower(), ("stream", "batch"), 1, 0.75)
        if twin:
            self.faults.append((f"it looks like a wish for a twin: write -- {twin[0]}", number))
        first = _FIRST_WORD.match(said)
        if first is None or not _are_items(first["rest"]):
            return
        near = difflib.get_close_matches(first["word"].lower(), ("returns", "param"), 1, 0.7)
        if near:
            message = f"it looks like an override: write -- {near[0]}: {first['rest'].strip()}"
            self.faults.append((message, number))


def _are_items(text: str) -> bool:
    return all(_ITEM.match(each.strip()) for each in text.split(","))


def _compare(content: str, queries: list[Query], shown: Path) -> list[Problem]:
    """At run time aiosql reads the whole file: it must give what it gave query by query."""
    names = {query.name: query for query in queries}
    if len(names) < len(queries):
        return []
    made = [query for name, query in names.items() if name.removesuffix("_cursor") in names]
    made = [query for query in made if query.name.endswith("_cursor")]
    if made:
        return [
            query.problem(f"aiosql makes {query.name} of {query.name[:-7]} itself: rename it")
            for query in made
        ]
    try:
        whole = runtime.read(content)
    except _AIOSQL_ERRORS as error:
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
            yield query.problem(
                f"the name is taken, and aiosql would let the last one win: {first.path}:"
                f"{first.line}; rename one"
            )
    for path in dict.fromkeys(query.path for query in queries):
        stem = stems.setdefault(path.stem.casefold(), path)
        if stem != path:
            message = f"{stem} has the same stem, and a module has one file: rename one"
            yield Problem(path, 1, "", message)
