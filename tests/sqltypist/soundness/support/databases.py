"""Random databases: one schema for each variant of the data, all of one definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from values import literal

if TYPE_CHECKING:
    from random import Random

_FOLDER = Path(__file__).parent
FIXED = (_FOLDER / "fixed.sql").read_text()
LATE = (_FOLDER / "late.sql").read_text()
LATE_SINCE_18 = (_FOLDER / "late_since_18.sql").read_text()

COLUMN_TYPES = (
    "int4", "int4", "int8", "numeric", "text", "text", "bool", "date", "timestamptz", "timestamp",
    "jsonb", "int4[]", "text[]", "int4range", "mood", "small", "tag", "pair", "float8", "interval",
    "mood[]", "jsonb[]", "uuid",
)  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A table or a view, as queries see it."""

    name: str
    columns: tuple[tuple[str, str], ...]
    is_table: bool
    is_written: bool
    """Whether INSERT, UPDATE, DELETE and MERGE may name it."""
    generated: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    keys: tuple[tuple[str, ...], ...] = ()
    """The columns of its unique indexes."""


@dataclass
class Database:
    """The definition of a database, and the schemas that hold its variants."""

    schemas: list[str]
    relations: list[Relation] = field(default_factory=list[Relation])
    references: list[tuple[str, str, str, str]] = field(
        default_factory=list[tuple[str, str, str, str]]
    )
    """Table, column, the table that it refers to, and that one's column."""


@dataclass(frozen=True)
class Variant:
    """How the data of a schema is drawn."""

    rows: int
    nulls: float
    empty: float = 0.0
    """The share of tables that stay empty."""


VARIANTS = (
    Variant(rows=0, nulls=0),
    Variant(rows=7, nulls=0.7),
    Variant(rows=8, nulls=0.35),
    Variant(rows=6, nulls=0.3, empty=0.35),
    Variant(rows=2, nulls=1),
)


def definition(random: Random, version: int) -> str:
    """Write a database's tables of random columns."""
    tables = [_table(random, f"random{number}", version) for number in range(3)]
    return "\n".join([FIXED, *tables])


def _table(random: Random, name: str, version: int) -> str:
    columns: list[tuple[str, str]] = []
    lines: list[str] = []
    for number in range(random.randint(3, 7)):
        column, type_name = f"c{number}", random.choice(COLUMN_TYPES)
        columns.append((column, type_name))
        required = " NOT NULL" if random.random() < 0.35 else ""
        lines.append(f"{column} {type_name}{required}")
    lines += [f"CHECK ({_check(random, columns)})" for _ in range(random.randint(0, 2))]
    if random.random() < 0.5:
        column, type_name = random.choice(columns)
        of_own_type = type_name.removesuffix("[]") in {"mood", "small", "tag", "pair"}
        can_be_virtual = version >= 180000 and not of_own_type
        kind = random.choice(["STORED", "VIRTUAL"]) if can_be_virtual else "STORED"
        expression = random.choice(
            [f"{column} IS NULL", f"num_nulls({column}) + 1", f"nullif(num_nulls({column}), 1)"]
        )
        made = "bool" if expression.endswith("IS NULL") else "int4"
        lines.append(f"made {made} GENERATED ALWAYS AS ({expression}) {kind}")
    return f"CREATE TABLE {name} ({', '.join(lines)});"


def _check(random: Random, columns: list[tuple[str, str]], depth: int = 2) -> str:
    """Write a condition, of which NULL is as good as true."""
    column, _ = random.choice(columns)
    if depth and random.random() < 0.5:
        left, right = (_check(random, columns, depth - 1) for _ in range(2))
        return random.choice(
            [f"({left} OR {right})", f"({left} AND {right})", f"NOT ({left})", f"({left}) IS TRUE",
             f"({left}) IS NOT FALSE", f"CASE WHEN {left} THEN {right} ELSE {left} END",
             f"coalesce({left}, {right})"]
        )  # fmt: skip
    return random.choice(
        [f"{column} IS NOT NULL", f"{column} IS NULL", f"{column} IS DISTINCT FROM NULL",
         f"{column}::text <> ''", f"num_nonnulls({column}, {random.choice(columns)[0]}) > 0",
         f"{column}::text IN ('a', '1', '2')", f"{column}::text = 'a' IS NOT NULL"]
    )  # fmt: skip


def create(connection: psycopg.Connection[Any], random: Random, prefix: str) -> Database:
    """Make the schemas of a database, each with data of its own."""
    connection.execute("SET client_min_messages = error")
    version = connection.info.server_version
    text = definition(random, version)
    database = Database([f"{prefix}_{number}" for number in range(len(VARIANTS))])
    for schema, variant in zip(database.schemas, VARIANTS, strict=True):
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        connection.execute(f"SET search_path = {schema}".encode())
        connection.execute(text.encode())
        if not database.relations:
            _read(connection, database)
        _fill(connection, random, database, variant)
        connection.execute(LATE.encode())
        if version >= 180000:
            connection.execute(LATE_SINCE_18.encode())
    return database


def add_view(
    connection: psycopg.Connection[Any], database: Database, name: str, columns: int, sql: str
) -> bool:
    """Add a view to all schemas, and tell whether the server takes it."""
    names = ", ".join(f"c{number}" for number in range(1, columns + 1))
    try:
        with connection.transaction():
            for schema in database.schemas:
                connection.execute(f"SET LOCAL search_path = {schema}".encode())
                connection.execute(f"CREATE VIEW {name} ({names}) AS {sql}".encode())
    except psycopg.Error:
        return False
    connection.execute(f"SET search_path = {database.schemas[0]}".encode())
    _read(connection, database)
    return True


def add_function(connection: psycopg.Connection[Any], database: Database, definition: str) -> bool:
    """Add a function to all schemas, and tell whether the server takes it."""
    try:
        with connection.transaction():
            for schema in database.schemas:
                connection.execute(f"SET LOCAL search_path = {schema}".encode())
                connection.execute(definition.encode())
    except psycopg.Error:
        return False
    return True


def drop(connection: psycopg.Connection[Any], database: Database) -> None:
    for schema in database.schemas:
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


_COLUMNS = """
SELECT c.relname, c.relkind, a.attname, a.attnotnull, a.attgenerated <> '' AS generated,
    CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN e.typname || '[]' ELSE t.typname END AS type
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_type AS e ON e.oid = t.typelem
WHERE c.relnamespace = current_schema::regnamespace AND c.relkind IN ('r', 'p', 'v')
ORDER BY c.oid, a.attnum
"""
_REFERENCES = """
SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname
FROM pg_constraint AS c
CROSS JOIN unnest(c.conkey, c.confkey) AS k (here, there)
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.here
JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.there
WHERE c.contype = 'f' AND c.connamespace = current_schema::regnamespace
ORDER BY c.oid, k.here
"""
_KEYS = """
SELECT i.indrelid::regclass::text, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
JOIN pg_class AS c ON c.oid = i.indrelid
WHERE i.indisunique AND c.relnamespace = current_schema::regnamespace
GROUP BY i.indexrelid, i.indrelid ORDER BY i.indexrelid
"""


def _read(connection: psycopg.Connection[Any], database: Database) -> None:
    keys: dict[str, list[tuple[str, ...]]] = {}
    for table, columns in connection.execute(_KEYS.encode()):
        keys.setdefault(table, []).append(tuple(columns))
    found: dict[tuple[str, str], list[Any]] = {}
    for name, kind, *column in connection.execute(_COLUMNS.encode()):
        found.setdefault((name, kind), []).append(column)
    database.relations = [
        Relation(
            name=name,
            columns=tuple((column, type_name) for column, _, _, type_name in columns),
            is_table=kind != "v",
            is_written=kind != "v" or name in {"written_view", "filtered_view"},
            generated=frozenset(column for column, _, generated, _ in columns if generated),
            required=frozenset(column for column, required, _, _ in columns if required),
            keys=tuple(keys.get(name, ())),
        )
        for (name, kind), columns in found.items()
    ]
    database.references = list(connection.execute(_REFERENCES.encode()))


def _fill(
    connection: psycopg.Connection[Any], random: Random, database: Database, variant: Variant
) -> None:
    """Insert rows, leaving out what a constraint refuses."""
    with connection.transaction():
        for relation in database.relations:
            if not relation.is_table or random.random() < variant.empty:
                continue
            for _ in range(variant.rows):
                insert = _insert(random, relation, variant)
                try:
                    with connection.transaction():
                        connection.execute(insert.encode())
                except psycopg.errors.IntegrityError:
                    pass


def _insert(random: Random, relation: Relation, variant: Variant) -> str:
    names: list[str] = []
    given: list[str] = []
    for column, type_name in relation.columns:
        if column in relation.generated:
            continue
        names.append(column)
        nullable = column not in relation.required and type_name != "tag"
        is_null = nullable and random.random() < variant.nulls
        given.append("NULL" if is_null else literal(random, type_name))
    return f"INSERT INTO {relation.name} ({', '.join(names)}) VALUES ({', '.join(given)})"
