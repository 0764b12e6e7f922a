"""Tells psycopg of the types of a database that it would give as raw strings.

These are arrays of enums and of domains, composites, and ranges that the server does not have of
its own. A type is found by its name, on the search path of the connection, at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakSet

from psycopg import AsyncCursor, Cursor
from psycopg.pq import Format
from psycopg.rows import class_row
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.json import Json, Jsonb
from psycopg.types.multirange import MultirangeInfo, register_multirange
from psycopg.types.range import RangeInfo, register_range
from psycopg.types.string import TextBinaryLoader, TextLoader

from sqltypist.calling import forget
from sqltypist.runtime import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg import AsyncConnection, Connection

_SQL = load(Path(__file__).parent / "sql" / "registering.sql")
_JSON = {114: Json, 3802: Jsonb}
_JSON_ARRAYS = {199: Json, 3807: Jsonb}

_Connection: TypeAlias = "Connection[Any] | AsyncConnection[Any]"
_registered: dict[str, WeakSet[_Connection]] = {}


class NotRegistered(Exception):
    """The types of a package are not registered with a connection; the message says how."""


@dataclass(slots=True)
class _Found:
    """A type as the database of a connection has it."""

    name: str
    oid: int | None
    array_oid: int
    kind: str
    base_oid: int
    subtype_oid: int
    range_oid: int
    field_names: list[str]
    field_types: list[int]


def register_types(
    connection: Connection[Any], package: str, types: Mapping[str, type | None]
) -> None:
    """Register types by their names, composites with their classes.

    Raises NotRegistered where the database has no such type, or another one of that name.
    """
    with connection.transaction():
        cursor = Cursor(connection, row_factory=class_row(_Found))
        found = cursor.execute(_SQL["list_types"], {"names": [*types]}).fetchall()
    _register(connection, package, found, types)


async def register_types_async(
    connection: AsyncConnection[Any], package: str, types: Mapping[str, type | None]
) -> None:
    """Do as register_types does."""
    async with connection.transaction():
        cursor = AsyncCursor(connection, row_factory=class_row(_Found))
        await cursor.execute(_SQL["list_types"], {"names": [*types]})
        found = await cursor.fetchall()
    _register(connection, package, found, types)


def registered(connection: _Connection, package: str) -> None:
    """Raise NotRegistered unless the package's types are registered with this connection."""
    if connection not in _registered.get(package, ()):
        raise NotRegistered(
            f"call {package}.register(connection) once for each connection, or give it to the pool "
            "as configure=, and to an async one register_async: else psycopg gives values of some "
            "types as raw strings"
        )


def _register(
    connection: _Connection, package: str, found: Iterable[_Found], types: Mapping[str, type | None]
) -> None:
    for each in found:
        _register_one(connection, each, types[each.name])
    forget(connection)
    _registered.setdefault(package, WeakSet()).add(connection)


def _register_one(connection: _Connection, found: _Found, python: type | None) -> None:
    if found.oid is None:
        raise NotRegistered(
            f"the database has no type {found.name} on its search path: migrate it, or set the "
            "search path first"
        )
    adapters = connection.adapters
    match found.kind:
        case "c" if python is not None:
            _register_composite(connection, found, found.oid, python)
        case "r":
            register_range(
                RangeInfo(found.name, found.oid, found.array_oid, subtype_oid=found.subtype_oid),
                connection,
            )
        case "m":
            info = MultirangeInfo(
                found.name,
                found.oid,
                found.array_oid,
                range_oid=found.range_oid,
                subtype_oid=found.subtype_oid,
            )
            register_multirange(info, connection)
        case "b" | "e":
            TypeInfo(found.name, found.oid, found.array_oid).register(connection)
            adapters.register_loader(found.oid, TextLoader)
            adapters.register_loader(found.oid, TextBinaryLoader)
        case "d":
            TypeInfo(found.name, found.oid, found.array_oid).register(connection)
            for format_ in (Format.TEXT, Format.BINARY):
                if loader := adapters.get_loader(found.base_oid, format_):
                    adapters.register_loader(found.oid, loader)
        case _:
            raise NotRegistered(f"the type {found.name} is not what it was: generate anew")


def _register_composite(connection: _Connection, found: _Found, oid: int, python: type) -> None:
    """Register a class for a composite, whatever order the database has its fields in."""
    names = [each.name for each in fields(python)]
    if sorted(names) != sorted(found.field_names):
        raise NotRegistered(f"the type {found.name} has other fields than it had: generate anew")

    def make_object(values: Sequence[Any], info: CompositeInfo) -> Any:
        return python(**dict.fromkeys(names) | dict(zip(info.field_names, values, strict=False)))

    register_composite(
        CompositeInfo(
            found.name,
            oid,
            found.array_oid,
            field_names=found.field_names,
            field_types=found.field_types,
        ),
        connection,
        python,
        make_object=make_object,
        make_sequence=_fields_of,
    )


def _fields_of(value: Any, info: CompositeInfo) -> list[Any]:
    """Give the fields of an object of a class that was made for a composite."""
    return [
        _sent(getattr(value, name), type_oid)
        for name, type_oid in zip(info.field_names, info.field_types, strict=True)
    ]


def _sent(value: Any, type_oid: int) -> Any:
    """Wrap JSON, which psycopg would else take for something else."""
    if value is None:
        return None
    if type_oid in _JSON:
        return _JSON[type_oid](value)
    if type_oid in _JSON_ARRAYS:
        return [each if each is None else _JSON_ARRAYS[type_oid](each) for each in value]
    return value
