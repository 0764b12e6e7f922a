"""Compares what is claimed of a statement with what it gives on each variant of a database."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import databases
import psycopg
from library import Library
from pieces import Piece, shrink
from statements import Statements
from values import text_of

from sqltypist.describing import connect
from sqltypist.errors import ProblemsFound
from sqltypist.inferring import infer
from sqltypist.loading import Query

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from databases import Database

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Connection
    from sqltypist.inferring import TypedQuery

_PARAMETER = re.compile(r"%\((\w+)\)s")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NULL_ELEMENT = re.compile(rb"(?:^|[{,])NULL(?=[,}])")
MANY_ROWS = 20_000


@dataclass(frozen=True)
class Broken:
    """A claim that does not hold, seen on data."""

    what: str
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.column} ({self.why})" if self.column else self.what


@dataclass
class Tally:
    """What a run has seen."""

    statements: int = 0
    refused: int = 0
    """Statements that the server did not parse."""
    columns: int = 0
    claimed: int = 0
    """Columns claimed never to be NULL."""
    rows: int = 0
    with_rows: int = 0
    """Statements that gave a row on some variant."""
    one_row: int = 0
    """Statements claimed to give exactly one row."""
    witnessed: int = 0
    """Columns not claimed of which a NULL was seen."""
    silent: int = 0
    """Columns not claimed of statements that gave rows, and no NULL was seen."""
    errors: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    warnings: dict[str, str] = field(default_factory=dict[str, str])
    """What inference could not read, each with one statement."""

    @property
    def valid(self) -> float:
        return 1 - self.refused / max(self.statements, 1)

    @property
    def claimed_share(self) -> float:
        return self.claimed / max(self.columns, 1)

    def __str__(self) -> str:
        return (
            f"{self.statements} statements, {self.valid:.0%} valid, {self.with_rows} with rows "
            f"({self.rows} rows); {self.columns} columns, {self.claimed_share:.0%} claimed "
            f"non-null; of the others {self.witnessed} seen NULL, {self.silent} not; "
            f"{self.one_row} claimed to give one row; {sum(self.errors.values())} errors"
        )


@dataclass(frozen=True)
class Failure:
    """A statement of which a claim is broken, as small as it could be made."""

    place: str
    statement: str
    broken: Broken

    def __str__(self) -> str:
        return f"{self.place}\n    {self.statement}\n    {self.broken}"


def as_query(statement: str) -> Query:
    """Make a query of a statement's text."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(statement)))
    return Query(
        name="random",
        operator="",
        path=Path("random.sql"),
        line=1,
        source=f"-- name: random({', '.join(names)})\n{as_written(statement)}",
        doc="",
        parameters=names,
        text=statement,
        numbers={name: number for number, name in enumerate(names, 1)},
    )


def as_written(statement: str) -> str:
    """Write a statement as a query file has it."""
    return _PARAMETER.sub(r":\1", statement).replace("%%", "%")


class Laboratory:
    """A random database, and the connections to try statements on it."""

    def __init__(
        self, url: str, random: Random, database: Database, described: tuple[Connection, Catalog],
        library: Library,
    ) -> None:  # fmt: skip
        self.database = database
        self.tally = Tally()
        self._random = random
        self._connection, self._catalog = described
        self._library = library
        self._variants = [_open(url, schema) for schema in database.schemas]
        self._version = self._variants[0].info.server_version

    def close(self) -> None:
        for connection in self._variants:
            connection.close()

    def statements(self, random: Random) -> Statements:
        return Statements(random, self._library, self.database, version=self._version)

    def try_statement(self, made: Statements, place: str) -> Failure | None:
        """Make a statement and look for a broken claim, which is then made small."""
        piece = made.statement()
        self.tally.statements += 1
        types = dict(made.parameters)
        broken = self.check(str(piece), types, self.tally)
        if broken is None:
            return None
        found = [broken]

        def fails(smaller: Piece) -> bool:
            again = self.check(str(smaller), types)
            if again is None or again.what != broken.what:
                return False
            found.append(again)
            return True

        piece = shrink(piece, fails)
        return Failure(place, as_written(str(piece)), found[-1])

    def check(
        self, statement: str, types: dict[str, str], tally: Tally | None = None
    ) -> Broken | None:
        """Give the first claim about a statement that its rows break."""
        tally = tally or Tally()
        query = as_query(statement)
        try:
            description = self._connection.describe(query)
        except ProblemsFound as error:
            tally.refused += 1
            tally.refusals[error.problems[0].message.splitlines()[0]] += 1
            return None
        typed = infer(query, description, self._catalog)
        for warning in typed.warnings:
            tally.warnings.setdefault(warning, as_written(statement))
        tally.columns += len(typed.columns)
        tally.claimed += sum(not each.nullable for each in typed.columns)
        tally.one_row += typed.exactly_one
        seen: set[int] = set()
        before = tally.rows
        for number, connection in enumerate(self._variants):
            values = self._values(typed, types, number)
            result = self._run(connection, query.text, values, tally)
            if result is None:
                continue
            tally.rows += result.ntuples
            broken = compare(typed, result, seen)
            if broken is not None:
                return broken
        tally.with_rows += tally.rows > before
        open_ones = {n for n, each in enumerate(typed.columns) if each.nullable}
        tally.witnessed += len(open_ones & seen)
        tally.silent += len(open_ones - seen) if tally.rows > before else 0
        return None

    def _values(self, typed: TypedQuery, types: dict[str, str], number: int) -> dict[str, Any]:
        """Draw what a caller may pass: NULL only where the parameter takes it."""
        values: dict[str, Any] = {}
        for each in typed.parameters:
            if each.nullable and number % 2:
                values[each.name] = None
                continue
            drawn = text_of(self._random, types[each.name])
            while "NULL" in drawn and "| None" not in each.python.name:
                drawn = text_of(self._random, types[each.name])
            values[each.name] = drawn
        return values

    def _run(
        self, connection: psycopg.Connection[Any], text: str, values: dict[str, Any], tally: Tally
    ) -> psycopg.pq.abc.PGresult | None:
        connection.execute("BEGIN")
        try:
            cursor = connection.execute(text.encode(), values)
            return cursor.pgresult
        except psycopg.Error as error:
            tally.errors[error.diag.message_primary or str(error)] += 1
            return None
        finally:
            connection.execute("ROLLBACK")


def _open(url: str, schema: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    connection.prepare_threshold = None
    for setting, value in (
        ("search_path", schema), ("statement_timeout", "2s"), ("client_min_messages", "error"),
        ("work_mem", "16MB"), ("temp_file_limit", "64MB"), ("jit", "off"),
    ):  # fmt: skip
        connection.execute("SELECT set_config(%s, %s, false)", [setting, value])
    return connection


def compare(typed: TypedQuery, result: psycopg.pq.abc.PGresult, seen: set[int]) -> Broken | None:
    """Compare claims with rows; adds to `seen` the columns in which there is a NULL."""
    # A trigger may leave a row out: then the generated function raises.
    may_be_quiet = not result.ntuples and "INTO quiet" in typed.query.text
    if typed.exactly_one and result.ntuples != 1 and not may_be_quiet:
        return Broken(f"claimed to give exactly one row, gave {result.ntuples}", "", "")
    rows = range(min(result.ntuples, MANY_ROWS))
    for number, column in enumerate(typed.columns):
        values = [result.get_value(row, number) for row in rows]
        name = f"column {number + 1}, {column.name}"
        if None in values:
            seen.add(number)
            if not column.nullable:
                return Broken("claimed never to be NULL", name, column.why)
        python = column.python.name
        is_filled = python.startswith("list[") and "| None" not in python and "Json" not in python
        if is_filled and any(map(has_null_element, values)):
            return Broken("claimed to have no NULL among its elements", name, column.why)
    return None


def has_null_element(value: bytes | None) -> bool:
    return value is not None and _NULL_ELEMENT.search(_QUOTED.sub(b"", value)) is not None


@contextmanager
def laboratory(url: str, random: Random, prefix: str) -> Generator[Laboratory]:
    """Make a random database with its variants, and drop it at the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        database = databases.create(connection, random, prefix)
        library = Library.read(connection)
        _add_views_and_functions(connection, random, database, library)
        library = Library.read(connection)
        try:
            with connect(url, search_path=database.schemas[0]) as described:
                lab = Laboratory(url, random, database, described, library)
                try:
                    yield lab
                finally:
                    lab.close()
        finally:
            databases.drop(connection, database)


def _add_views_and_functions(
    connection: psycopg.Connection[Any], random: Random, database: Database, library: Library
) -> None:
    made = Statements(random, library, database, version=connection.info.server_version)
    for number in range(4):
        for _ in range(10):
            columns = random.randint(2, 5)
            sql = made.view(columns)
            if databases.add_view(connection, database, f"view_{number}", columns, sql):
                break
    for number in range(6):
        for _ in range(10):
            if databases.add_function(connection, database, made.function(f"function_{number}")):
                break


def search(url: str, seed: str, statements: int, tally: Tally) -> Iterator[Failure]:
    """Try statements on the database of a seed; give the failures as they come."""
    with laboratory(url, Random(seed), "random") as lab:
        lab.tally = tally
        for number in range(statements):
            place = f"{seed}:{number}"
            failure = lab.try_statement(lab.statements(Random(place)), place)
            if failure is not None:
                yield failure
