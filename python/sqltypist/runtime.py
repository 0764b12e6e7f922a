"""What generated modules import: aiosql as the loader of their SQL, and the decorator of rows.

aiosql reads the query file and hands each query to `SqltypistAdapter`, which writes parameters as
psycopg does. A generated function runs that text on a cursor whose row factory is its row class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, dataclass_transform

import aiosql
from aiosql.adapters.pyformat import PyFormatAdapter
from psycopg import AsyncServerCursor, ServerCursor
from psycopg.pq import TransactionStatus
from psycopg.types.json import Json as JsonWrapper
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from psycopg import AsyncConnection, Connection
    from psycopg.rows import AsyncRowFactory, RowFactory
    from psycopg.types.multirange import Multirange
    from psycopg.types.range import Range

ADAPTER = "sqltypist"

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
"""A JSON document as psycopg gives it; None is JSON's own null."""

JsonInput: TypeAlias = (
    Mapping[str, "JsonInput"] | Sequence["JsonInput"] | str | int | float | bool | None
)
"""A JSON document as a query takes it: any dict, list or tuple of such."""

_numbers = count(1)
_T = TypeVar("_T")
_R = TypeVar("_R")


class SqltypistAdapter(PyFormatAdapter):
    """aiosql's own psycopg adapter under a name that a project may override."""


def register() -> None:
    """Make the adapter known to aiosql under the name `sqltypist`."""
    aiosql.register_adapter(ADAPTER, SqltypistAdapter)


def read(text: str) -> Any:
    """Let aiosql read the text of a query file."""
    register()
    loader: Any = aiosql
    return loader.from_str(text, ADAPTER)


def load(path: Path) -> Mapping[str, bytes]:
    """Let aiosql read a query file; give the SQL of each query by its name, ready for psycopg."""
    queries = read(path.read_text(encoding="utf-8"))
    return {name: getattr(queries, name).sql.encode() for name in queries.available_queries}


@dataclass_transform(frozen_default=True)
def row(cls: type[_T]) -> type[_T]:
    """Make a row class: slotted, hashable, and frozen in the eyes of type checkers.

    A truly frozen dataclass takes more than twice as long to construct, so that only type checkers
    refuse an assignment.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class NoRow(Exception):
    """A query that always gives a row gave none: the database is not what it was; generate anew."""


def only(value: _T | None) -> _T:
    """Give the value of a query that always gives one row and no NULL."""
    if value is None:
        raise NoRow(NoRow.__doc__)
    return value


def optional(wrap: Callable[[_T], _R], value: _T | None) -> _R | None:
    """Wrap a value for psycopg, and let None be NULL."""
    return None if value is None else wrap(value)


def array(values: Iterable[_T]) -> list[_T]:
    """Make the list that psycopg sends as an array; it sends other sequences as something else."""
    return [*values]


def as_json(value: JsonInput) -> JsonWrapper:
    """Wrap a document for a parameter of type json, which is not jsonb."""
    return JsonWrapper(value)


def array_of_json(values: Iterable[JsonInput]) -> list[JsonWrapper]:
    """Make the list that psycopg sends as an array of json."""
    return [JsonWrapper(value) for value in values]


def array_of_jsonb(values: Iterable[JsonInput]) -> list[Jsonb]:
    """Make the list that psycopg sends as an array of jsonb."""
    return [Jsonb(value) for value in values]


def as_range(kind: type[Range[_T]], value: Range[_T] | None) -> Range[_T] | None:
    """Make a range one of a type of the server; psycopg would else guess which from a bound."""
    if value is None:
        return None
    return kind(value.lower, value.upper, value.bounds, value.isempty)


def as_multirange(
    kind: type[Multirange[_T]], value: Iterable[Range[_T]] | None
) -> Multirange[_T] | None:
    """Make a multirange one of a type of the server."""
    return None if value is None else kind(value)


def array_of_ranges(
    kind: type[Range[_T]], values: Iterable[Range[_T] | None] | None
) -> list[Range[_T] | None] | None:
    """Make the list that psycopg sends as an array of ranges of a type of the server."""
    return None if values is None else [as_range(kind, each) for each in values]


def array_of_multiranges(
    kind: type[Multirange[_T]], values: Iterable[Iterable[Range[_T]] | None] | None
) -> list[Multirange[_T] | None] | None:
    """Make the list that psycopg sends as an array of multiranges of a type of the server."""
    return None if values is None else [as_multirange(kind, each) for each in values]


def same_length(**sequences: Sequence[Any] | None) -> None:
    """Raise ValueError unless all are of one length; unnest would fill the shorter with NULL."""
    lengths = {name: len(each) for name, each in sequences.items() if each is not None}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"the sequences are of different lengths: {said}")


def copy_into(table: str, *columns: str) -> bytes:
    """Write a COPY; its names are as SQL writes them."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()


def streaming(
    connection: Connection[Any], name: str, row_factory: RowFactory[_T], batch_size: int
) -> ServerCursor[_T]:
    """Make a cursor on the server; outside of a transaction, one that needs none."""
    cursor = ServerCursor(
        connection,
        f"{name}_{next(_numbers)}",
        row_factory=row_factory,
        withhold=_needs_no_transaction(connection),
    )
    cursor.itersize = batch_size
    return cursor


def streaming_async(
    connection: AsyncConnection[Any], name: str, row_factory: AsyncRowFactory[_T], batch_size: int
) -> AsyncServerCursor[_T]:
    """Do as streaming does."""
    cursor = AsyncServerCursor(
        connection,
        f"{name}_{next(_numbers)}",
        row_factory=row_factory,
        withhold=_needs_no_transaction(connection),
    )
    cursor.itersize = batch_size
    return cursor


def _needs_no_transaction(connection: Connection[Any] | AsyncConnection[Any]) -> bool:
    return connection.autocommit and (connection.info.transaction_status == TransactionStatus.IDLE)
