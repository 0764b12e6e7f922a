"""Finds the queries that give the whole rows of a table: they share one row class.

The class is made of what is inferred for the query of all columns of the table, so that it says the
same as the query itself: the same names in the same order, the same types, the same nullness.
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
    names: dict[tuple[str, ...], list[Table]] = {}
    for table in catalog.tables:
        columns = tuple(each.name for each in catalog.columns_of(table.oid))
        names.setdefault(columns, []).append(table)
    taken = {camel(each.query.name) for each in queries}
    rows: dict[str, TypedQuery] = {}
    shared: list[TypedQuery] = []
    comments = {each.name: each.comment or "" for each in catalog.tables}
    for typed in queries:
        candidates = names.get(tuple(each.name for each in typed.columns), [])
        for table in candidates if has_rows(typed) else []:
            if camel(table.name) in taken:
                continue
            if table.name not in rows:
                rows[table.name] = _row(table, connection, catalog)
            if _same(typed, rows[table.name]):
                shared.append(replace(typed, table=table.name))
                break
        else:
            shared.append(typed)
    used = {each.table for each in shared}
    return shared, [TableRow(rows[name], comments[name]) for name in sorted(rows) if name in used]


def _row(table: Table, connection: Connection, catalog: Catalog) -> TypedQuery:
    """Infer the query of all columns of a table."""
    columns = ", ".join(f"t.{_quoted(each.name)}" for each in catalog.columns_of(table.oid))
    sql = f"SELECT {columns} FROM {_quoted(table.name)} AS t"  # noqa: S608
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
