"""Sets of queries whose NULLs are known: the claims are compared with them, and they with data.

Each folder of truth/ is a set: `schema.sql` and `queries/`, where schemaNN.sql and pgNN.sql are for
servers from that version on; `truth.json`, what can be NULL; and its witnesses, each `witness*.sql`
a state of the database, `witness.json` the parameters to run the queries with.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from sqltypist import project as projects
from sqltypist.configuration import Configuration
from sqltypist.loading import Query, load_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from taskspine.server import Databases

SETS = sorted(path.parent for path in (Path(__file__).parent / "truth").glob("*/truth.json"))

EXACT = 0.95
RANDOM_STATES = 4
ROWS = 5
TRIES = 40

# A run may fail on the data: a key twice, a number out of range, two rows where one is expected.
FAILS_ON_DATA = (
    psycopg.IntegrityError,
    psycopg.DataError,
    psycopg.errors.CardinalityViolation,
    psycopg.errors.WithCheckOptionViolation,
)

# The rows of witnesses and of chance have small numbers.
LATE_IDENTITIES = """
SELECT setval(pg_get_serial_sequence(attrelid::regclass::text, attname), 1000)
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
WHERE attidentity <> '' AND relnamespace = current_schema()::regnamespace
"""


@dataclass
class Truth:
    """A set, in a schema of its own of a database, without what the server is too old for."""

    folder: Path
    url: str
    root: Path
    version: int
    queries: list[Query] = field(default_factory=list[Query])

    def __post_init__(self) -> None:
        for path in since(self.version, (self.folder / "queries").rglob("*.sql")):
            shutil.copy(path, self.root)
        self.queries = load_folder(self.root)

    @cached_property
    def known(self) -> dict[str, dict[str, dict[str, bool]]]:
        """Give, by query, whether each of its columns and params can be NULL."""
        queries = json.loads((self.folder / "truth.json").read_bytes())["queries"]
        return {query.name: queries[query.name] for query in self.queries}

    @cached_property
    def parameters(self) -> dict[str, list[dict[str, str | None]]]:
        """Give, by query, the parameters that make columns NULL; others are made by chance."""
        path = self.folder / "witness.json"
        if not path.exists():
            return {}
        found: dict[str, list[dict[str, str | None]]] = json.loads(path.read_bytes())["parameters"]
        return found

    @cached_property
    def witnesses(self) -> dict[str, bytes]:
        """Give the scripts of rows, by name."""
        paths = since(self.version, self.folder.glob("witness*.sql"))
        return {path.stem: path.read_bytes() for path in paths}


def since(version: int, paths: Iterable[Path]) -> list[Path]:
    """Give the files that a server can take: a number that ends a name asks for that version."""
    needed = {path: re.search(r"(?:pg|schema|witness)(\d+)$", path.stem) for path in paths}
    return sorted(path for path, at in needed.items() if not at or int(at[1]) * 10000 <= version)


@pytest.fixture(scope="module", params=SETS, ids=lambda folder: folder.name)
def truth(
    request: pytest.FixtureRequest, server: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Truth]:
    name = f"sqltypist_{secrets.token_hex(4)}"
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version
        connection.execute("CREATE SCHEMA truth")
        connection.execute("SET search_path = truth")
        for script in since(version, request.param.glob("schema*.sql")):
            connection.execute(script.read_bytes())
        connection.execute(LATE_IDENTITIES)
    url = make_conninfo(url, options="-c search_path=truth -c timezone=UTC")
    yield Truth(request.param, url, tmp_path_factory.mktemp(request.param.name), version)
    server.drop_database(name)


def test_what_is_claimed_is_true_and_nearly_all_that_is_true_is_claimed(truth: Truth) -> None:
    configuration = Configuration(root=truth.root, queries=".")
    inferred = projects.infer(configuration, truth.url, strict=False)
    assert {typed.query.name for typed in inferred.queries} == set(truth.known)
    differences: dict[str, list[str]] = {"unsound": [], "not claimed": [], "parameter": []}
    columns = parameters = 0
    for typed in inferred.queries:
        known = truth.known[typed.query.name]
        assert not typed.warnings, (typed.query.name, typed.warnings)  # every tree is understood
        assert all(each.why for each in typed.columns), typed.query.name
        assert [each.name for each in typed.columns] == list(known["columns"]), typed.query.name
        assert {each.name for each in typed.parameters} == set(known["params"]), typed.query.name
        columns += len(known["columns"])
        parameters += len(known["params"])
        for column in typed.columns:
            if column.nullable != known["columns"][column.name]:
                kind = "not claimed" if column.nullable else "unsound"
                differences[kind].append(f"{typed.query.name}.{column.name}")
        differences["parameter"] += [
            f"{typed.query.name}(:{each.name})"
            for each in typed.parameters
            if each.nullable != known["params"][each.name]
        ]
    report = "\n".join(
        f"{kind}, {len(names)}: {', '.join(names)}" for kind, names in differences.items()
    )
    assert not differences["unsound"], report
    assert len(differences["not claimed"]) <= (1 - EXACT) * columns, f"of {columns}\n{report}"
    assert len(differences["parameter"]) <= (1 - EXACT) * parameters, f"of {parameters}\n{report}"


def test_data_bears_the_truth_out(truth: Truth) -> None:
    """A column is seen NULL when, and only when, the truth says that it can be."""
    with psycopg.connect(truth.url) as connection:
        runs = Runs(truth, connection)
        for seed, state in enumerate(states(truth, connection)):
            runs.run_all(state, random.Random(seed))
            connection.rollback()
    known = {
        (name, column): nullable
        for name, each in truth.known.items()
        for column, nullable in each["columns"].items()
    }
    giving = [name for name, each in truth.known.items() if each["columns"]]
    assert not [name for name in giving if name not in runs.gave_rows], "gave no row"
    assert not {each: state for each, state in runs.nulls.items() if not known[each]}, "was NULL"
    assert not [each for each in known if known[each] and each not in runs.nulls], "never NULL"


class Runs:
    """What was seen of each query, over all states and parameters."""

    def __init__(self, truth: Truth, connection: psycopg.Connection) -> None:
        self._truth = truth
        self._connection = connection
        self._values = Values(connection)
        self._types = {query.name: self._parameter_types(query) for query in truth.queries}
        self.gave_rows: set[str] = set()
        self.nulls: dict[tuple[str, str], str] = {}
        """By query and column, the state in which it was NULL."""

    def _parameter_types(self, query: Query) -> dict[str, int]:
        self._connection.pgconn.prepare(b"", query.numbered().encode())
        described = self._connection.pgconn.describe_prepared(b"")
        return {name: described.param_type(number - 1) for name, number in query.numbers.items()}

    def run_all(self, state: str, chance: random.Random) -> None:
        """Run every query with its own parameters and some by chance; take back what it did."""
        for query in self._truth.queries:
            nullable = self._truth.known[query.name]["params"]
            by_chance = {
                name: self._values.choose(oid, chance, nullable=nullable[name])
                for name, oid in self._types[query.name].items()
            }
            for parameters in [*self._truth.parameters.get(query.name, []), by_chance]:
                with (
                    suppress(*FAILS_ON_DATA),
                    self._connection.transaction(force_rollback=True),
                ):
                    self._run(query, parameters, state)

    def _run(self, query: Query, parameters: dict[str, str | None], state: str) -> None:
        cursor = self._connection.execute(query.text.encode(), parameters)
        # psycopg cannot read every date; only NULL matters.
        result, columns = cursor.pgresult, cursor.description or []
        assert result
        if result.ntuples:
            self.gave_rows.add(query.name)
        for row in range(result.ntuples):
            for number, column in enumerate(columns):
                if result.get_value(row, number) is None:
                    self.nulls.setdefault((query.name, column.name), state)


def states(truth: Truth, connection: psycopg.Connection) -> Iterator[str]:
    """Fill the database in one way after the other; between them, the caller rolls back."""
    yield "empty"
    for name, script in truth.witnesses.items():
        connection.execute(script)
        yield name
    for seed in range(RANDOM_STATES):
        # Every other one on top of the first witness, whose rows satisfy what chance seldom does.
        for script in list(truth.witnesses.values())[: seed % 2]:
            connection.execute(script)
        fill(connection, random.Random(seed))
        yield f"random {seed}"


# Ordinary and odd values of each type, as PostgreSQL reads them from text.
VALUES: dict[str, list[str]] = {
    "bool": ["true", "false"],
    "int4": ["0", "1", "2", "3", "4", "7"],
    "int8": ["0", "1", "2", "3", "4", "7"],
    "float8": ["0", "1.5", "-2", "NaN", "infinity"],
    "numeric": ["0", "0.5", "1", "3", "100", "NaN"],
    "text": ["", "a", "Ada", "x", "555", "new", "late", "W1", "AB1", "AB2", "ZZ3", "a@b"],
    "date": ["2025-03-01", "2026-01-05", "2026-02-03", "infinity", "-infinity"],
    "time": ["00:00", "12:30"],
    "timestamp": ["2025-03-01", "2026-01-05", "2026-02-03", "infinity", "-infinity"],
    "timestamptz": ["2025-03-01", "2026-01-05", "2026-02-03", "infinity", "-infinity"],
    "interval": ["0", "1 day", "-3 hours"],
    "jsonb": ["null", "{}", "[]", '{"language": null, "list": [null]}', '{"gift": 1}', "[null]"],
    "uuid": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"],
    "tsvector": ["", "'lamp'"],
    "int4range": ["empty", "(,)", "[1,5)", "(,3]"],
    "numrange": ["empty", "(,)", "[1,5)", "(,3]"],
    "daterange": ["empty", "(,)", "[2026-01-01,2026-06-01)", "[2026-01-01,)", "(,infinity)"],
    "tstzrange": ["empty", "(,)", "[2026-01-01,2026-06-01)", "[2026-01-01,)", "(,infinity)"],
    "datemultirange": ["{}", "{(,)}", "{[2026-01-01,2026-02-01),[2026-03-01,)}"],
    "tstzmultirange": ["{}", "{(,)}", "{[2026-01-01,2026-02-01),[2026-03-01,)}"],
}
NULLS = 0.3
PARENTS = 0.9

COLUMNS = """
SELECT c.relname, a.attname, a.atttypid, NOT a.attnotnull
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition AND a.attgenerated = ''
ORDER BY c.oid, a.attnum
"""

FOREIGN_KEYS = """
SELECT
    (SELECT relname FROM pg_class WHERE oid = confrelid),
    array(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
    array(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid = 0
"""

TYPE = """
SELECT
    typname, typtype, typbasetype, typelem, typcategory,
    array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = pg_type.oid ORDER BY enumsortorder),
    array(SELECT atttypid FROM pg_attribute
        WHERE attrelid = typrelid AND attnum > 0 ORDER BY attnum)
FROM pg_type
WHERE oid = %s
"""


def fill(connection: psycopg.Connection, chance: random.Random) -> None:
    """Insert random rows into every table, without those that a constraint refuses."""
    tables: dict[str, dict[str, tuple[int, bool]]] = {}
    for table, column, oid, nullable in connection.execute(COLUMNS).fetchall():
        tables.setdefault(table, {})[column] = (oid, nullable)
    values = Values(connection)
    # Parents stand before their children in the schema, so their rows are there already.
    for table, columns in tables.items():
        parents = [
            (key, _keys(connection, parent, parent_key))
            for parent, key, parent_key in connection.execute(FOREIGN_KEYS, (table,)).fetchall()
        ]
        insert = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        written = 0
        for _ in range(TRIES):
            row = {
                name: values.choose(oid, chance, nullable=nullable)
                for name, (oid, nullable) in columns.items()
            }
            for key, keys in parents:
                if keys and chance.random() < PARENTS and None not in [row[name] for name in key]:
                    row.update(zip(key, chance.choice(keys), strict=True))
            try:
                with connection.transaction():
                    connection.execute(insert, list(row.values()))
            except FAILS_ON_DATA:
                continue
            written += 1
            if written == ROWS:
                break


def _keys(connection: psycopg.Connection, table: str, columns: list[str]) -> list[tuple[str, ...]]:
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(each)) for each in columns),
        sql.Identifier(table),
    )
    return connection.execute(query).fetchall()


class Values:
    """Makes values of every type, as text, from those of the base types."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._known: dict[int, list[str]] = {}

    def choose(self, oid: int, chance: random.Random, *, nullable: bool) -> str | None:
        """Give a value of a type, or NULL where that can be."""
        if nullable and chance.random() < NULLS:
            return None
        return chance.choice(self._all(oid))

    def _all(self, oid: int) -> list[str]:
        if oid not in self._known:
            self._known[oid] = self._make(oid)
        return self._known[oid]

    def _make(self, oid: int) -> list[str]:
        row = self._connection.execute(TYPE, (oid,)).fetchone()
        assert row
        name, kind, base, element, category, labels, fields = row
        if kind == "d":
            return self._all(base)
        if kind == "e":
            return list(labels)
        if kind == "c":
            full = ",".join(_quoted(self._all(each)[-1]) for each in fields)
            return [f"({',' * (len(fields) - 1)})", f"({full})"]
        if category == "A":
            one, other = (_quoted(self._all(element)[place]) for place in (0, -1))
            return ["{}", "{NULL}", f"{{{one},{other}}}", f"{{NULL,{other}}}"]
        return VALUES[name]


def _quoted(text: str) -> str:
    """Write an element of an array or a composite."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
