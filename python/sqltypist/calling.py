"""Statements as generated functions run them: on a cursor that is kept for the next time.

psycopg makes a cursor for each `connection.execute`, and finds out anew how to send each parameter
and how to read each column: a quarter of the time of a small query. A kept cursor knows. It is
taken by one user at a time, in whatever thread or task, and a second one gets a new cursor; it is
given back only after success. It is kept with its connection, and ends with it.

Results come in the binary format where psycopg gives the same in it as in text, and sooner.
"""

from __future__ import annotations

import re
from itertools import starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from psycopg import (
    AsyncClientCursor,
    AsyncCursor,
    AsyncRawCursor,
    ClientCursor,
    Cursor,
    RawCursor,
)
from psycopg.pq import Format
from psycopg.rows import BaseRowFactory, TupleRow, args_row, tuple_row
from psycopg.types.string import TextBinaryLoader

from sqltypist.runtime import only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from psycopg import AsyncConnection, Connection
    from psycopg.rows import RowMaker

_T = TypeVar("_T")
_Connection: TypeAlias = "Connection[Any] | AsyncConnection[Any]"
_Cursor: TypeAlias = "Cursor[TupleRow] | AsyncCursor[TupleRow]"

_CLIENT: tuple[type[Any], ...] = (ClientCursor, AsyncClientCursor)
_RAW: tuple[type[Any], ...] = (RawCursor, AsyncRawCursor)

_PLACEHOLDER = re.compile(rb"%%|%\((?P<name>\w+)\)s")

_KEPT = "_sqltypist_kept"
_LARGE = 100
"""A cursor holds its last result; with more rows than this it is not kept."""

_UNKNOWN = 0
"""The type whose loader psycopg takes for types that it does not know, such as enums."""


class _Kept:
    """The cursors of a connection that wait for their next use.

    It is the row factory of its cursors too, so that each finds its way back to it, and not to one
    that was made for other settings in between.
    """

    __slots__ = ("cursors", "encoding", "info", "styles", "zone")

    def __init__(self, connection: _Connection) -> None:
        self.cursors: dict[Statement, _Cursor] = {}
        self.info = connection.info
        self.zone = self.info.timezone
        self.encoding = self.info.encoding
        self.styles = self._styles()

    def __call__(self, _cursor: object) -> RowMaker[TupleRow]:
        """Give plain tuples, which psycopg makes fastest."""
        return tuple

    def holds(self, *, binary: bool) -> bool:
        """Say whether its cursors still read results as the session writes them."""
        info = self.info
        return (
            info.timezone is self.zone
            and info.encoding == self.encoding
            and (binary or self._styles() == self.styles)
        )

    def _styles(self) -> tuple[str | None, str | None]:
        status = self.info.parameter_status
        return status("DateStyle"), status("IntervalStyle")


def forget(connection: _Connection) -> None:
    """Let go of the cursors kept with a connection, which know its adapters as they once were.

    To be called after a change of `connection.adapters` where queries have already run.
    """
    if getattr(connection, _KEPT, None) is not None:
        setattr(connection, _KEPT, None)


def _by_position(sql: bytes) -> tuple[bytes, Callable[[Mapping[str, Any]], Any]]:
    """Give the SQL, and what makes of parameters by name what psycopg is given with it.

    Parameters by position take psycopg a microsecond less. One that is used twice has to keep its
    name, as it would else be two.
    """
    names = [each["name"].decode() for each in _PLACEHOLDER.finditer(sql) if each["name"]]
    if not names or len(set(names)) < len(names):
        return sql, dict
    positional = _PLACEHOLDER.sub(lambda each: b"%s" if each["name"] else each[0], sql)
    if len(names) == 1:
        [name] = names
        return positional, lambda parameters: (parameters[name],)
    return positional, itemgetter(*names)


class Statement:
    """The SQL of a query, with what is known of its parameters and results.

    A cursor is given `sql`, and what `ordered` makes of the parameters by name.
    """

    def __init__(self, sql: bytes, *, binary: bool = True, enums: bool = False) -> None:
        """Take the SQL as psycopg does, with `%(name)s` for parameters, and how results come.

        `binary` asks for the binary format; `enums` says that there are columns of enums, which
        would come as bytes in it.
        """
        self.sql, self.ordered = _by_position(sql)
        self._is_binary = binary
        self._has_enums = enums

    @overload
    def cursor(self, connection: Connection[Any]) -> Cursor[TupleRow]: ...

    @overload
    def cursor(self, connection: AsyncConnection[Any]) -> AsyncCursor[TupleRow]: ...

    def cursor(self, connection: _Connection) -> _Cursor:
        """Take the cursor that is kept for this statement, or else make one."""
        kept: _Kept | None = getattr(connection, _KEPT, None)
        if kept is None or not kept.holds(binary=self._is_binary):
            kept = _Kept(connection)
            setattr(connection, _KEPT, kept)
        return kept.cursors.pop(self, None) or self._new(connection, kept)

    def _new(self, connection: Any, kept: _Kept) -> Any:
        cursor = connection.cursor(row_factory=kept)
        if isinstance(cursor, _RAW):  # it would want $1 in the SQL
            is_async = isinstance(cursor, AsyncCursor)
            cursor = (AsyncCursor if is_async else Cursor)(connection, row_factory=kept)
        if isinstance(cursor, _CLIENT):  # it writes parameters by settings that nobody watches
            cursor.row_factory = tuple_row
        elif self._is_binary:
            cursor.format = Format.BINARY
            if self._has_enums:
                cursor.adapters.register_loader(_UNKNOWN, TextBinaryLoader)
        return cursor

    def keep(self, cursor: _Cursor) -> None:
        """Give a cursor back."""
        kept = cursor.row_factory
        if isinstance(kept, _Kept):
            kept.cursors[self] = cursor


class CountStatement(Statement):
    """A statement that gives the number of its rows."""

    def count(self, cursor: Cursor[TupleRow]) -> int:
        """Give the number of rows that were changed."""
        if cursor.connection.info.pipeline_status:
            with cursor.connection.pipeline():  # which awaits what is under way
                pass
        return self._count(cursor)

    async def count_async(self, cursor: AsyncCursor[TupleRow]) -> int:
        """Do as `count` does."""
        if cursor.connection.info.pipeline_status:
            async with cursor.connection.pipeline():
                pass
        return self._count(cursor)

    def _count(self, cursor: _Cursor) -> int:
        count = cursor.rowcount
        self.keep(cursor)
        return count


class RowsStatement(Statement, Generic[_T]):
    """A statement that gives rows, each made into an object."""

    def __init__(
        self, sql: bytes, make: Callable[..., _T], *, binary: bool = True, enums: bool = False
    ) -> None:
        """Take what makes an object of the columns of a row, and the rest as a Statement."""
        super().__init__(sql, binary=binary, enums=enums)
        self._make = make
        self.row_factory: BaseRowFactory[_T] = args_row(make)

    def one(self, cursor: _Cursor, columns: TupleRow | None) -> _T | None:
        """Make the object of a row, if there is one."""
        self.keep(cursor)
        return None if columns is None else self._make(*columns)

    def only(self, cursor: _Cursor, columns: TupleRow | None) -> _T:
        """Make the object of a row that there always is."""
        self.keep(cursor)
        return self._make(*only(columns))

    def all(self, cursor: _Cursor, rows: Sequence[TupleRow]) -> list[_T]:
        """Make the objects of many rows."""
        if len(rows) <= _LARGE:
            self.keep(cursor)
        return list(starmap(self._make, rows))

    def one_each(self, found: Iterable[TupleRow | None]) -> list[_T | None]:
        """Do for each run of a batch as `one` does; its cursor is not kept."""
        return [None if columns is None else self._make(*columns) for columns in found]

    def only_each(self, found: Iterable[TupleRow | None]) -> list[_T]:
        """Do for each run of a batch as `only` does."""
        return [self._make(*only(columns)) for columns in found]

    def all_each(self, found: Iterable[Sequence[TupleRow]]) -> list[list[_T]]:
        """Do for each run of a batch as `all` does."""
        return [list(starmap(self._make, rows)) for rows in found]


class ValueStatement(Statement, Generic[_T]):
    """A statement that gives one value."""

    def one(self, cursor: _Cursor, columns: TupleRow | None) -> _T | None:
        """Give the value of a row; None where there is no row too."""
        self.keep(cursor)
        return None if columns is None else columns[0]

    def only(self, cursor: _Cursor, columns: TupleRow | None) -> _T:
        """Give a value that there always is, and that is never NULL."""
        return only(self.one(cursor, columns))

    def one_each(self, found: Iterable[TupleRow | None]) -> list[_T | None]:
        """Do for each run of a batch as `one` does; its cursor is not kept."""
        return [None if columns is None else columns[0] for columns in found]

    def only_each(self, found: Iterable[TupleRow | None]) -> list[_T]:
        """Do for each run of a batch as `only` does."""
        return [only(value) for value in self.one_each(found)]
