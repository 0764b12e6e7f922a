"""Asks the server what a query is: Parse and Describe in the extended protocol. Nothing is run."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sqltypist.bodies import Bodies
from sqltypist.catalog import Catalog, get_setting, set_setting
from sqltypist.errors import Problem, ProblemsFound, SqltypistError
from sqltypist.tree import Node, TreeError, parse, unknown_tags

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from psycopg.pq.abc import PGresult

    from sqltypist.bodies import Signature
    from sqltypist.loading import Query

OLDEST_SERVER = 160000
CONNECT_SECONDS = 10
LONGEST_LINE = 160
LOCK_NOT_AVAILABLE = "55P03"

# The server prints the tree of what it parses, on one line, to the client alone; and it does not
# wait for ever behind a migration that holds a table.
SETTINGS = {
    "debug_print_parse": "off",
    "debug_pretty_print": "off",
    "debug_print_rewritten": "on",
    "client_min_messages": "log",
    "lock_timeout": "10s",
}

_OF_NO_TYPE = "say the parameter's type where it is used, as in :name::uuid"
_REMEDIES = {
    "42P18": _OF_NO_TYPE,
    "42P08": _OF_NO_TYPE,
    "42501": "GRANT USAGE ON SCHEMA to the role; it needs no right on tables",
}


@dataclass(frozen=True)
class ResultColumn:
    """A column of the result, and the table's column that it came from, 0 when none."""

    name: str
    type_oid: int
    relation_oid: int
    number: int


@dataclass(frozen=True)
class Description:
    """What the server says of a query."""

    parameter_types: tuple[int, ...]
    columns: tuple[ResultColumn, ...]
    tree: Node | None
    """The rewritten tree of the statement itself, or nothing when it could not be read."""
    warning: str = ""
    bodies: Mapping[Signature, Node] = field(default_factory=dict["Signature", "Node"])
    """The trees of the functions in SQL that it calls."""


@contextmanager
def connect(url: str, search_path: str = "") -> Generator[tuple[Connection, Catalog]]:
    """Connect, read the catalog, and make the server print the tree of what it parses.

    Raises SqltypistError when there is no such server, no right to use it, or nothing to ask.
    """
    with _open(url) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            version = connection.info.server_version // 10000
            raise SqltypistError(
                f"the server is PostgreSQL {version}, and inference needs 16 or later: generate on "
                "a newer server; what is generated runs on 15 too"
            )
        try:
            if search_path:
                set_setting(connection, "search_path", search_path)
            catalog = Catalog.read(connection)
            for setting, value in SETTINGS.items():
                set_setting(connection, setting, value)
        except psycopg.Error as error:
            raise SqltypistError(f"the server does not answer: {str(error).strip()}") from error
        missing = missing_schemas(search_path, catalog.schemas)
        yield Connection(connection, catalog, missing), catalog


def _open(url: str) -> psycopg.Connection[Any]:
    """Open a connection that speaks UTF-8 and does not wait for ever."""
    try:
        given = make_conninfo(url, client_encoding="utf8")
        if "connect_timeout" not in conninfo_to_dict(given) and not os.environ.get(
            "PGCONNECT_TIMEOUT"
        ):
            given = make_conninfo(given, connect_timeout=CONNECT_SECONDS)
        return psycopg.connect(given, autocommit=True)
    except (psycopg.Error, UnicodeError) as error:
        said = re.sub(r":[^:@/\s]+@", ":***@", str(error).strip())
        remedy = "name it with --database, DATABASE_URL or PGHOST, PGDATABASE and so on"
        if url.startswith("postgresql+"):
            remedy = "a driver is no part of libpq's URL: begin it with postgresql://"
        raise SqltypistError(
            f"no connection to the database: {said}\n    remedy: {remedy}"
        ) from None


def missing_schemas(search_path: str, found: Sequence[str]) -> list[str]:
    """Give the schemas of a search path that the server does not search."""
    named = [
        quoted.replace('""', '"') if quoted else plain.lower()
        for quoted, plain in re.findall(r'"((?:[^"]|"")+)"|([^\s,"]+)', search_path)
    ]
    return [each for each in named if each not in found and each not in {"$user", "pg_catalog"}]


class Connection:
    """A connection on which queries are described."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        catalog: Catalog,
        missing_schemas: Sequence[str] = (),
    ) -> None:
        self.missing_schemas = tuple(missing_schemas)
        """Schemas of the search path that are not there, or that the role may not use."""
        self._connection = connection
        self._pgconn = connection.pgconn
        self._printed: list[str] = []
        self._bodies = Bodies(catalog, self._body)
        connection.add_notice_handler(self._notice)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        detail = diagnostic.message_detail or ""
        if detail.startswith("("):
            self._printed.append(detail)

    def describe(self, query: Query) -> Description:
        """Describe a query.

        Raises ProblemsFound with the server's message and its place, and SqltypistError when the
        connection is lost.
        """
        self._printed.clear()
        result = self._parse(query, query.numbered())
        tree, warning = self._tree()
        return Description(
            parameter_types=tuple(result.param_type(i) for i in range(result.nparams)),
            columns=tuple(
                ResultColumn(
                    name=(result.fname(i) or b"").decode("utf-8", "replace"),
                    type_oid=result.ftype(i),
                    relation_oid=result.ftable(i),
                    number=result.ftablecol(i),
                )
                for i in range(result.nfields)
            ),
            tree=tree,
            warning=warning,
            bodies=self._bodies.used_by(tree) if tree is not None else {},
        )

    def _body(self, text: str, types: Sequence[int], search_path: str) -> Node | None:
        """Parse the body of a function, under its own search path; nothing when it is refused."""
        before = get_setting(self._connection, "search_path")
        set_setting(self._connection, "search_path", search_path or before)
        try:
            self._printed.clear()
            result = self._prepare(text, types)
            return self._tree()[0] if result.status == pq.ExecStatus.COMMAND_OK else None
        finally:
            set_setting(self._connection, "search_path", before)

    def accepts(self, query: Query, types: Sequence[int]) -> str:
        """Parse a query with the types that psycopg will send; give what is wrong, or nothing."""
        result = self._prepare(query.numbered(), types)
        if result.status == pq.ExecStatus.COMMAND_OK:
            return ""
        return _field(result, pq.DiagnosticField.MESSAGE_PRIMARY)

    def _parse(self, query: Query, text: str) -> PGresult:
        result = self._prepare(text)
        if result.status == pq.ExecStatus.COMMAND_OK:
            result = self._pgconn.describe_prepared(b"")
        if result.status == pq.ExecStatus.COMMAND_OK:
            return result
        raise ProblemsFound([problem(query, result)])

    def _prepare(self, text: str, types: Sequence[int] | None = None) -> PGresult:
        try:
            result = self._pgconn.prepare(b"", text.encode(), types)
        except psycopg.Error as error:
            raise SqltypistError(f"the connection is lost: {str(error).strip()}") from error
        if self._pgconn.status != pq.ConnStatus.OK:
            said = self._pgconn.error_message.decode("utf-8", "replace").strip()
            raise SqltypistError(f"the connection is lost: {said}")
        if _field(result, pq.DiagnosticField.SQLSTATE) == LOCK_NOT_AVAILABLE:
            raise SqltypistError(
                "another session holds a lock on a table of a query, perhaps a migration: "
                "wait for its end, then run it again"
            )
        return result

    def _tree(self) -> tuple[Node | None, str]:
        if not self._printed:
            return None, (
                "the server printed no query tree, so that every column may be NULL: connect to it "
                "directly, not through a pooler"
            )
        try:
            trees = parse(self._printed[-1])
        except TreeError as error:
            return None, f"the query tree cannot be read, so that every column may be NULL: {error}"
        if len(trees) != 1 or trees[0].tag != "QUERY":
            return None, (
                "a rule (CREATE RULE) makes several statements of it, so that every column may be "
                "NULL"
            )
        unknown = sorted(unknown_tags(trees[0]))
        if unknown:
            return trees[0], (
                f"its tree has nodes that are unknown here ({', '.join(unknown)}): what depends on "
                "them may be NULL"
            )
        return trees[0], ""


def problem(query: Query, result: PGresult) -> Problem:
    """Say what the server refused: its message, the place in the file, and a remedy."""
    names = {str(number): name for name, number in query.numbers.items()}
    message = _field(result, pq.DiagnosticField.MESSAGE_PRIMARY)
    lines = [re.sub(r"\$(\d+)", lambda match: f":{names.get(match[1], match[1])}", message)]
    state = _field(result, pq.DiagnosticField.SQLSTATE)
    position = _field(result, pq.DiagnosticField.STATEMENT_POSITION)
    line = None
    if position.isdigit():
        origin = query.statement.origin(int(position) - 1)
        line = query.line_at(origin)
        lines += pointed(query.source, origin)
    for label, name in (
        ("detail", pq.DiagnosticField.MESSAGE_DETAIL),
        ("hint", pq.DiagnosticField.MESSAGE_HINT),
    ):
        if value := _field(result, name):
            lines.append(f"    {label}: {value}")
    if remedy := _remedy(state, message):
        lines.append(f"    remedy: {remedy}")
    return query.problem("\n".join(lines), line, state)


def _field(result: PGresult, name: pq.DiagnosticField) -> str:
    return (result.error_field(name) or b"").decode("utf-8", "replace")


def _remedy(state: str, message: str) -> str:
    if "multiple commands" in message:
        return "a query is one statement: give each a name of its own"
    return _REMEDIES.get(state, "")


def pointed(source: str, position: int) -> list[str]:
    """Show the line of a character, and a caret under it, as a terminal will show both."""
    position = min(position, len(source.rstrip()))
    start = source.rfind("\n", 0, position) + 1
    line = source[start:].partition("\n")[0].rstrip()
    at = min(position - start, len(line))
    if len(line) > LONGEST_LINE:  # show what is around the place
        first = max(0, at - LONGEST_LINE // 2)
        before = "... " if first else ""
        after = " ..." if first + LONGEST_LINE < len(line) else ""
        line = f"{before}{line[first : first + LONGEST_LINE]}{after}"
        at += len(before) - first
    return [f"    {line}", f"    {''.join(map(_room, line[:at]))}^"]


def _room(character: str) -> str:
    """Give as much space as a character takes on a terminal."""
    if character == "\t":
        return "\t"
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return ""
    return "  " if unicodedata.east_asian_width(character) in {"W", "F"} else " "
