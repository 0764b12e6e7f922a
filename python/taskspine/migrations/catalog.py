"""What a schema holds, thing by thing, and in which things two schemas differ."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql
from psycopg.rows import class_row

from taskspine.server import connect
from taskspine.settings import in_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_FOLDER = Path(__file__).parent


class Key(NamedTuple):
    """Which thing is meant: its kind, the name of what it belongs to (or nothing), its own name."""

    kind: str
    parent: str
    name: str

    def __str__(self) -> str:
        """Say it in words, as a failure names it."""
        if self.kind in {"column", "default", "not null"}:
            return f"{self.kind} {self.parent}.{self.name}"
        if self.kind in {"comment", "grant"} or not self.parent:
            return f"{self.kind} {self.name}"
        return f"{self.kind} {self.name} of {self.parent}"


class Thing(NamedTuple):
    """One thing of a schema, with the statement that makes it and the one that removes it."""

    kind: str
    parent: str
    name: str
    definition: str
    make: str
    remove: str

    @property
    def key(self) -> Key:
        """Which thing this is."""
        return Key(self.kind, self.parent, self.name)


Catalog = dict[Key, Thing]


def read_catalog(url: str, schema: str = "taskspine") -> Catalog:
    """Read everything that a schema holds, rows included: meant for a schema without data."""
    with closing(connect(in_schema(url, schema))) as connection:
        return things_of(connection)


def things_of(connection: psycopg.Connection) -> Catalog:
    """Read everything in the schema that comes first on the connection's search path."""
    with connection.cursor(row_factory=class_row(Thing)) as cursor:
        cursor.execute((_FOLDER / "catalog.sql").read_bytes())
        things = cursor.fetchall()
    things += _seeds(connection)
    return {thing.key: thing for thing in things}


def _seeds(connection: psycopg.Connection) -> Iterator[Thing]:
    tables: list[tuple[str, list[str], list[str]]] = connection.execute(
        (_FOLDER / "seeds.sql").read_bytes()
    ).fetchall()
    for table, columns, key_columns in tables:
        if columns:
            yield from _rows(connection, table, columns, key_columns)


def _rows(
    connection: psycopg.Connection, table: str, columns: list[str], key_columns: list[str]
) -> Iterator[Thing]:
    name = _name(table)
    names = [_name(column) for column in columns]
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(each) for each in names)
    query = sql.SQL("SELECT {} FROM {}").format(texts, name)
    rows: list[tuple[str | None, ...]] = connection.execute(query).fetchall()
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        key = {each: values[each] for each in key_columns if each in values} or values
        condition = sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(_name(column), sql.Literal(value))
            for column, value in key.items()
        )
        make = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            name, sql.SQL(", ").join(names), sql.SQL(", ").join(map(sql.Literal, row))
        )
        remove = sql.SQL("DELETE FROM {} WHERE {}").format(name, condition)
        yield Thing(
            "row", table, ", ".join(map(str, key.values())), str(values),
            make.as_string(connection), remove.as_string(connection),
        )  # fmt: skip


def _name(name: str) -> sql.Composable:
    """Write a name as schema/ does: quoted only where it must be."""
    is_plain = re.fullmatch("[a-z_][a-z0-9_]*", name)
    if is_plain:
        return sql.SQL(name)  # pyright: ignore[reportArgumentType]
    return sql.Identifier(name)


class Difference(NamedTuple):
    """One thing that two schemas do not have in common: gone, new, or not the same."""

    key: Key
    before: Thing | None
    after: Thing | None


def differences(before: Catalog, after: Catalog) -> list[Difference]:
    """Say which things differ, in the order of their names."""
    pairs = (Difference(key, before.get(key), after.get(key)) for key in before | after)
    return sorted(
        each
        for each in pairs
        if each.before is None
        or each.after is None
        or each.before.definition != each.after.definition
    )
