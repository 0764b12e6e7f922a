"""The change log told over again: what it says must be what is there, in every audited table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_AUDITED = """
SELECT DISTINCT relation.relname, change.tgargs
FROM pg_trigger AS change
JOIN pg_class AS relation ON relation.oid = change.tgrelid
JOIN pg_proc AS called ON called.oid = change.tgfoid
WHERE called.proname = 'record_change' AND relation.relnamespace = current_schema()::regnamespace
ORDER BY relation.relname
"""
_CHANGES = """
SELECT entity_id, action::text, old_values, new_values FROM audit_log
WHERE entity_type = %s ORDER BY id
"""
_Row = dict[str, Any]


def untold(connection: psycopg.Connection[Any]) -> list[str]:
    """List where the log contradicts itself, or the rows that are there; empty when it is true."""
    faults = []
    for table, arguments in connection.execute(_AUDITED).fetchall():
        name, key, *derived = bytes(arguments).decode().rstrip("\0").split("\0")
        present = dict(_present(connection, table, key.split(), [*derived, "updated_at"]))
        changes = connection.execute(_CHANGES, [name]).fetchall()
        faults += [f"{table} {fault}" for fault in _compared(changes, present)]
    return faults


def _present(
    connection: psycopg.Connection[Any], table: str, key: list[str], left_out: list[str]
) -> Iterator[tuple[str, _Row]]:
    rows = sql.SQL("SELECT to_jsonb(audited) - %s::text[] FROM {} AS audited")
    for (row,) in connection.execute(rows.format(sql.Identifier(table)), [left_out]):
        yield "/".join(str(row[column]) for column in key), row


def _compared(
    changes: list[tuple[str, str, _Row | None, _Row | None]], present: dict[str, _Row]
) -> Iterator[str]:
    told: dict[str, _Row] = {}
    # Seeds are there before their table is audited: of them the log knows what has changed.
    whole = set()
    gone = set()
    for entity, action, old, new in changes:
        before = told.get(entity, {})
        known = old or {}
        if action == "insert" and (entity in told):
            yield f"{entity}: inserted twice"
        if action != "insert" and entity in gone:
            yield f"{entity}: {action} of what was deleted"
        if entity in whole and any(before.get(name) != known[name] for name in known):
            yield f"{entity}: {action} from {known}, but it was {before}"
        if action == "delete":
            if entity in whole and known != before:
                yield f"{entity}: deleted as {known}, but it was {before}"
            told.pop(entity, None)
            whole.discard(entity)
            gone.add(entity)
            continue
        if action == "insert":
            whole.add(entity)
            gone.discard(entity)
        told[entity] = before | (new or {})
    for entity, row in told.items():
        there = present.get(entity)
        if there is None:
            yield f"{entity}: told as {row}, but not there"
        elif (row if entity in whole else there | row) != there:
            yield f"{entity}: told as {row}, but it is {there}"
    for entity in gone & present.keys():
        yield f"{entity}: told as deleted, but there"
