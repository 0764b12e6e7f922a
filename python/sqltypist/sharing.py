"""Finds the queries that give the whole rows of a table: they share one row class.

The class is made of what is inferred for the query of all columns of the table, so that it says the
same as the query itself: the same names in the same order, the same types, the same nullness. What
comes straight from another table never shares it, and what comes from a view or a function does
where no two tables have such rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqltypist import inferring
from sqltypist.emitting import check_names, has_rows
from sqltypist.loading import Query
from sqltypist.names import camel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.catalog import Catalog, Table
    from sqltypist.describing import Connection
    from sqltypist.inferring import TypedQuery


@dataclass(frozen=True)
class TableRow:
    """The row class of a table."""

    typed: TypedQuery
    """The query of all columns of the table."""
    comment: str


def share(
    queries: Sequence[TypedQuery], connection: Connection, catalog: Catalog
) -> tuple[list[TypedQuery], list[TableRow]]:
    """Give the queries, with the table of those that share its row class, and these classes."""
    tables: dict[tuple[str, ...], list[Table]] = {}
    for each in catalog.tables:
        columns = tuple(column.name for column in catalog.columns_of(each.oid))
        tables.setdefault(columns, []).append(each)
    taken = {camel(each.query.name) for each in queries}
    rows: dict[int, TableRow] = {}
    shared: list[TypedQuery] = []
    for typed in queries:
        table = _table(typed, tables.get(tuple(each.name for each in typed.columns), []), catalog)
        if table is None or camel(table.name) in taken or not has_rows(typed):
            shared.append(typed)
            continue
        if table.oid not in rows:
            rows[table.oid] = TableRow(_row(table, connection, catalog), table.comment or "")
        is_same = _same(typed, rows[table.oid].typed)
        shared.append(replace(typed, table=table.name) if is_same else typed)
    used = {each.table for each in shared}
    found = [each for each in rows.values() if each.typed.table in used]
    return shared, sorted(found, key=lambda each: each.typed.table)


def _table(typed: TypedQuery, tables: list[Table], catalog: Catalog) -> Table | None:
    """Choose the table whose rows a query gives, of those that have columns of such names."""
    origins = {each.relation_oid for each in typed.columns}
    straight = [each for each in tables if origins == {each.oid}]
    if straight or origins & {each.oid for each in catalog.tables}:
        return straight[0] if straight else None
    return tables[0] if len(tables) == 1 else None


def _row(table: Table, connection: Connection, catalog: Catalog) -> TypedQuery:
    """Infer the query of all columns of a table."""
    columns = ", ".join(f"t.{_quoted(each.name)}" for each in catalog.columns_of(table.oid))
    sql = f"SELECT {columns} FROM {_quoted(table.name)} AS t"  # noqa: S608 - described, never run
    name = f"list_{table.name}"
    source = f"-- name: {name}()\n{sql};\n"
    query = Query(name, "", Path("tables.sql"), 1, source, "", (), sql)
    typed = inferring.infer(query, connection.describe(query), catalog)
    return replace(typed, table=table.name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _same(one: TypedQuery, other: TypedQuery) -> bool:
    if check_names(one) or len(one.columns) != len(other.columns):
        return False
    return all(
        (a.name, a.pg_type, a.python, a.nullable) == (b.name, b.pg_type, b.python, b.nullable)
        for a, b in zip(one.columns, other.columns, strict=True)
    )
