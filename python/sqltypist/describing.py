"""Asks the server what a query is: Parse and Describe in the extended protocol. Nothing is run."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from sqltypist.catalog import Catalog, set_setting
from sqltypist.errors import Problem, ProblemsFound, SqltypistError
from sqltypist.tree import Node, TreeError, parse

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from psycopg.pq.abc import PGresult

    from sqltypist.loading import Query

OLDEST_SERVER = 160000


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


@contextmanager
def connect(url: str, search_path: str = "") -> Generator[tuple[Connection, Catalog]]:
    """Connect, read the catalog, and make the server print the tree of what it parses."""
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.Error as error:
        raise SqltypistError(f"no connection to the database: {str(error).strip()}") from error
    with connection:
        if search_path:
            set_setting(connection, "search_path", search_path)
        if connection.info.server_version < OLDEST_SERVER:
            version = connection.info.server_version // 10000
            raise SqltypistError(
                f"the server is PostgreSQL {version}, and inference needs 16 or later: generate on "
                "a newer server; what is generated runs on 15 too"
            )
        catalog = Catalog.read(connection)
        set_setting(connection, "debug_pretty_print", "off")
        set_setting(connection, "debug_print_rewritten", "on")
        set_setting(connection, "client_min_messages", "log")
        yield Connection(connection), catalog


class Connection:
    """A connection on which queries are described."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._pgconn = connection.pgconn
        self._encoding = connection.info.encoding
        self._printed: list[str] = []
        connection.add_notice_handler(self._notice)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        detail = diagnostic.message_detail or ""
        if detail.startswith("("):
            self._printed.append(detail)

    def describe(self, query: Query) -> Description:
        """Describe a query; raises ProblemsFound with the server's message and its place."""
        text, _ = query.numbered()
        self._printed.clear()
        result = self._parse(query, text)
        tree, warning = self._tree()
        return Description(
            parameter_types=tuple(result.param_type(i) for i in range(result.nparams)),
            columns=tuple(
                ResultColumn(
                    name=(result.fname(i) or b"").decode(self._encoding),
                    type_oid=result.ftype(i),
                    relation_oid=result.ftable(i),
                    number=result.ftablecol(i),
                )
                for i in range(result.nfields)
            ),
            tree=tree,
            warning=warning,
        )

    def accepts(self, query: Query, types: Sequence[int]) -> str:
        """Parse a query with the types that psycopg will send; give what is wrong, or nothing."""
        result = self._pgconn.prepare(b"", query.numbered()[0].encode(self._encoding), types)
        if result.status == pq.ExecStatus.COMMAND_OK:
            return ""
        return self._field(result, pq.DiagnosticField.MESSAGE_PRIMARY)

    def _parse(self, query: Query, text: str) -> PGresult:
        result = self._pgconn.prepare(b"", text.encode(self._encoding))
        if result.status == pq.ExecStatus.COMMAND_OK:
            result = self._pgconn.describe_prepared(b"")
        if result.status == pq.ExecStatus.COMMAND_OK:
            return result
        raise ProblemsFound([self._problem(query, result)])

    def _problem(self, query: Query, result: PGresult) -> Problem:
        names = {str(number): name for name, number in query.numbers.items()}
        message = self._field(result, pq.DiagnosticField.MESSAGE_PRIMARY)
        lines = [re.sub(r"\$(\d+)", lambda match: f":{names.get(match[1], match[1])}", message)]
        state = self._field(result, pq.DiagnosticField.SQLSTATE)
        position = self._field(result, pq.DiagnosticField.STATEMENT_POSITION)
        line = None
        if position.isdigit():
            line, shown, caret = place(query, int(position) - 1)
            lines += [f"    {shown}", f"    {' ' * caret}^"]
        for label, name in (
            ("detail", pq.DiagnosticField.MESSAGE_DETAIL),
            ("hint", pq.DiagnosticField.MESSAGE_HINT),
        ):
            if value := self._field(result, name):
                lines.append(f"    {label}: {value}")
        if state in {"42P18", "42P08"}:
            lines.append("    remedy: say the parameter's type where it is used, as in :name::uuid")
        return query.problem("\n".join(lines), line)

    def _field(self, result: PGresult, name: pq.DiagnosticField) -> str:
        return (result.error_field(name) or b"").decode(self._encoding, "replace")

    def _tree(self) -> tuple[Node | None, str]:
        if not self._printed:
            return None, "the server printed no query tree"
        try:
            trees = parse(self._printed[-1])
        except TreeError as error:
            return None, f"the query tree cannot be read: {error}"
        if len(trees) != 1 or trees[0].tag != "QUERY":
            return None, "a rule (CREATE RULE) makes several statements of it"
        return trees[0], ""


def place(query: Query, position: int) -> tuple[int | None, str, int]:
    """Find a character of the numbered SQL in the file: its line's number, the line, the column."""
    _, places = query.numbered()
    there, here = max(pair for pair in places if pair[0] <= position)
    at = min(here + position - there, len(query.text))
    start = query.text.rfind("\n", 0, at) + 1
    line = query.text[start:].partition("\n")[0]
    shown, caret = _as_written(line), len(_as_written(line[: at - start]))
    before = query.text[:start].count(line)
    same = [n for n, each in enumerate(query.source.splitlines()) if shown.strip() in each]
    return (query.line + same[min(before, len(same) - 1)] if same else None), shown, caret


def _as_written(text: str) -> str:
    """Write parameters as the file has them."""
    return re.sub(r"%\((\w+)\)s", r":\1", text)
