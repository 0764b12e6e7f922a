"""Fills a database as life would: many projects, a large graph of tasks, a long history.

Each table is filled by example. `tests/laws/populated/` puts some valid rows into every table; here
they are multiplied, with new keys, references to other rows, and moments spread over a year. Tasks,
edges and attempts are planned first, so that all that the database keeps by itself agrees with
them. So a new table needs nothing here but examples; `COUNTS` and `OWN` are for those that are to
be larger, or not quite like their examples.

    python -m taskspine.server run --schema -- python tests/support/populate.py --scale 0.1
"""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import psycopg
import typer
from psycopg import sql

from taskspine.server import connect
from taskspine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[1] / "laws" / "populated"
DOMAINS = ("record", "work", "workflow", "access", "delivery", "knowledge", "operations")
CATALOG = Path(__file__).with_suffix(".sql")

# Rows at scale 1. What is not named here has a history's number, or that of a plain table.
COUNTS = {
    "projects": 200,
    "agents": 100,
    "task_lists": 600,
    "tasks": 100_000,
    "task_details": 90_000,
    "task_contexts": 120_000,
    "audit_log": 1_000_000,
    "events": 150_000,
    "metrics": 200_000,
}
# A smaller database has fewer of these, but not as much fewer.
FEW = {"projects", "agents", "task_lists"}
EDGES_A_TASK = 3
PARTITIONED, HISTORY, PLAIN = 100_000, 40_000, 2_000
SPAN = 365 * 24 * 3600
"""Seconds from the first moment to the last."""

NULL = "\\N"
Row = dict[str, str | None]


@dataclass
class Key:
    """A foreign key."""

    columns: list[str]
    referred: str
    referred_columns: list[str]


@dataclass
class Unique:
    """A unique index: what it is over, and which examples it is about."""

    columns: list[str]
    condition: str
    is_null_a_value: bool
    holds: list[bool] = field(default_factory=list[bool])
    seen: set[tuple[str | None, ...]] = field(default_factory=set[tuple[str | None, ...]])
    varied: str | None = None


@dataclass
class Table:
    """A table, and examples of its rows."""

    name: str
    types: dict[str, str]
    identities: list[str]
    keys: list[Key]
    uniques: list[Unique]
    month_column: str | None
    is_history: bool
    is_seeded: bool
    examples: list[Row] = field(default_factory=list[Row])
    anchor: str | None = None
    offsets: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    units: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def moments(self) -> list[str]:
        return [name for name, type_ in self.types.items() if type_ == "timestamptz"]


class Made:
    """The keys of the rows that were made in a table, and to which project each belongs."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.homes: list[str | None] = []
        self.of_home: dict[str | None, list[int]] = defaultdict(list)

    def add(self, row: Row, home: str | None) -> None:
        self.of_home[home].append(len(self.rows))
        self.rows.append(row)
        self.homes.append(home)


def populate(url: str, *, scale: float = 1.0, seed: int = 1) -> dict[str, int]:
    """Fill an empty database; gives the number of rows of each table."""
    with closing(connect(url)) as connection:
        connection.execute("SET synchronous_commit = off")
        seeded = _counts(connection)
        for domain in DOMAINS:
            connection.execute((EXAMPLES / f"{domain}.sql").read_bytes())
        with connection.transaction():
            # Past the triggers, whose effects are planned here. Needs a superuser.
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            _Population(connection, seeded, scale, Random(seed)).make()
        connection.execute("SELECT count(*) FROM seal_audit_log()")
        connection.execute("VACUUM ANALYZE")
        return _counts(connection)


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    names = [row[0] for row in connection.execute(CATALOG.read_bytes())]
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, count(*) FROM {}").format(name, sql.Identifier(name)) for name in names
    )
    return dict(connection.execute(query).fetchall())


class _Population:
    """One filling of a database."""

    def __init__(
        self, connection: psycopg.Connection[Any], seeded: dict[str, int], scale: float,
        random: Random,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._scale = scale
        self.random = random
        query = "SELECT pg_current_xact_id()::text::bigint - 1"
        self.newest_transaction: int = connection.execute(query).fetchall()[0][0]
        self.made: dict[str, Made] = defaultdict(Made)
        self.tables = {
            each.name: each for each in map(self._table, connection.execute(CATALOG.read_bytes()))
        }
        for name, number in seeded.items():
            self.tables[name].is_seeded = number > 0
        self.until = int(datetime.now(UTC).replace(minute=0, second=0, microsecond=0).timestamp())
        self.since = self.until - SPAN
        self._referred = {
            key.referred: sorted({
                column for table in self.tables.values() for other in table.keys
                if other.referred == key.referred for column in other.referred_columns
            })
            for table in self.tables.values() for key in table.keys
        }  # fmt: skip

    def _table(self, row: tuple[Any, ...]) -> Table:
        name, types, identities, keys, uniques, month_column, is_history = row
        return Table(
            name, types, identities, [Key(**each) for each in keys],
            [Unique(**each) for each in uniques], month_column, is_history, is_seeded=False,
        )  # fmt: skip

    def make(self) -> None:
        for table in self.tables.values():
            self._read_examples(table)
        graph = {
            each.name: {key.referred for key in each.keys} - {each.name}
            for each in self.tables.values()
        }
        # What tells of other tables without a foreign key comes last.
        late = LATE | {name for name, each in self.tables.items() if "entity_id" in each.types}
        for name in set(graph) & late:
            graph[name] |= set(graph) - late
        for name in TopologicalSorter(graph).static_order():
            table = self.tables[name]
            if table.examples and not table.is_seeded and name not in LEFT_ALONE:
                self._fill(table)
        for statement in FOLLOWING:
            self._connection.execute(statement.encode())
        # The changes are older than the seals of the examples, which are made anew.
        self._connection.execute("DELETE FROM audit_seals")

    def count(self, table: Table) -> int:
        """Say how many rows a table gets."""
        usual = PLAIN
        if table.month_column:
            usual = PARTITIONED
        elif table.is_history:
            usual = HISTORY
        scale = self._scale**0.5 if table.name in FEW else self._scale
        return max(3, int(COUNTS.get(table.name, usual) * scale))

    # Examples.

    def _read_examples(self, table: Table) -> None:
        moments = set(table.moments)
        selected = [
            sql.SQL("extract(epoch FROM {0})::numeric(20, 6)::text").format(sql.Identifier(name))
            if name in moments
            else sql.SQL("{}::text").format(sql.Identifier(name))
            for name in table.types
        ]
        conditions = (each.condition or "true" for each in table.uniques)
        selected += [sql.SQL(f"coalesce({each}, false)") for each in conditions]
        query = sql.SQL("SELECT {} FROM {} ORDER BY tableoid, ctid LIMIT 5000").format(
            sql.SQL(", ").join(selected), sql.Identifier(table.name)
        )
        for row in self._connection.execute(query):
            example = dict(zip(table.types, row, strict=False))
            for unique, holds in zip(table.uniques, row[len(table.types) :], strict=True):
                unique.holds.append(holds)
                unique.seen.add(tuple(example[name] for name in unique.columns))
            table.examples.append(example)
        table.anchor = next(
            (
                name
                for name in ("created_at", table.month_column, *table.moments)
                if name in moments
            ),
            None,
        )
        for name in moments:
            values = [float(row[name] or 0) for row in table.examples if is_finite(row[name])]
            table.units[name] = next(
                (
                    unit
                    for unit in (86400, 3600)
                    if values and not any(each % unit for each in values)
                ),
                1,
            )
        for example in table.examples:
            table.offsets.append(_offsets(example, table))
            for name in table.types:
                if (value := example[name]) is not None and name not in moments:
                    example[name] = escaped(value)
        referring = {column for key in table.keys for column in key.columns}
        for unique in table.uniques:
            unique.varied = next(
                (
                    name for name in reversed(unique.columns)
                    if name not in referring and name not in table.identities
                    and table.types[name] in VARIATIONS
                    and not set(unique.columns) & set(table.identities)
                ),
                None,
            )  # fmt: skip

    # Rows.

    def _fill(self, table: Table) -> None:
        if table.month_column:
            self._make_months(table)
        columns = sql.SQL(", ").join(map(sql.Identifier, table.types))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        try:
            with self._connection.cursor().copy(statement) as copy:
                lines: list[str] = []
                for row in self._rows(table):
                    lines.append(
                        "\t".join([NULL if each is None else each for each in row.values()])
                    )
                    if len(lines) == 2000:
                        copy.write("\n".join(lines) + "\n")
                        lines.clear()
                if lines:
                    copy.write("\n".join(lines) + "\n")
        except psycopg.Error as error:
            error.add_note(f"of what was made for {table.name} by example")
            raise
        for name in table.identities:
            self._connection.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, {}), (SELECT max({}) FROM {}))"
                ).format(table.name, name, sql.Identifier(name), sql.Identifier(table.name))
            )

    def _make_months(self, table: Table) -> None:
        self._connection.execute(
            "SELECT make_month_partition(%s, month::date) FROM generate_series("
            "date_trunc('month', to_timestamp(%s) AT TIME ZONE 'UTC'),"
            " clock_timestamp() AT TIME ZONE 'UTC', '1 month') AS month",
            [table.name, self.since],
        )

    def _rows(self, table: Table) -> Iterator[Row]:
        planned = OWN.get(table.name, by_chance)(self, table)
        numbers = {name: count(self._start(table, name)) for name in table.identities}
        made = self.made[table.name]
        kept = self._referred.get(table.name, [])
        serial = count(1)
        for place, birth, own in planned:
            for _ in range(3):
                row = dict(table.examples[place])
                home = self._refer(table, row, own)
                self._vary(table, row, place, next(serial))
                for name, offset in table.offsets[place].items():
                    unit = table.units[name]
                    row[name] = moment((birth + offset) // unit * unit)
                for name, numbered in numbers.items():
                    row[name] = str(next(numbered))
                if "id" in row and table.types["id"] == "uuid":
                    row["id"] = self.uuid(birth)
                row |= {name: value for name, value in own.items() if name in row}
                if self._is_new(table, row, place):
                    break
            else:
                continue
            if kept:
                home = row["id"] if table.name == "projects" else row.get("project_id") or home
                made.add({name: row[name] for name in kept}, home)
            yield row

    def _start(self, table: Table, name: str) -> int:
        return max((int(each[name] or 0) for each in table.examples), default=0) + 1

    def _refer(self, table: Table, row: Row, own: dict[str, str | None]) -> str | None:
        """Let a row refer to others, all of one project."""
        home: str | None = None
        is_set: set[str] = set(own)
        row |= {name: value for name, value in own.items() if name in row}
        if "project_id" in own:
            home = own["project_id"]
        for key in self._ordered(table):
            # A generated column follows from the entity that is named beside it.
            is_open = not is_set >= set(key.columns) and set(key.columns) <= row.keys()
            if not is_open or any(row[name] is None for name in key.columns):
                continue
            made = self.made[key.referred]
            if not made.rows:
                for name in key.columns:
                    row[name] = None
                continue
            near = made.of_home.get(home) if home else None
            index = near[self.skewed(len(near))] if near else self.skewed(len(made.rows))
            home = home or made.homes[index]
            for name, referred in zip(key.columns, key.referred_columns, strict=True):
                row[name] = made.rows[index][referred]
                is_set.add(name)
        return home

    def _ordered(self, table: Table) -> list[Key]:
        """Take first the keys that say most: of several columns, and to what has a project."""
        return sorted(table.keys, key=lambda key: (-len(key.columns), key.referred == "projects"))

    def _vary(self, table: Table, row: Row, place: int, number: int) -> None:
        for unique in table.uniques:
            name = unique.varied
            if name and unique.holds[place] and (value := row[name]) is not None:
                row[name] = VARIATIONS[table.types[name]](value, number, self.random)

    def _is_new(self, table: Table, row: Row, place: int) -> bool:
        found = [
            (unique, tuple(row[name] for name in unique.columns))
            for unique in table.uniques
            if unique.holds[place]
        ]
        if any(
            key in unique.seen and (unique.is_null_a_value or None not in key)
            for unique, key in found
        ):
            return False
        for unique, key in found:
            unique.seen.add(key)
        return True

    def entity(self, example: Row) -> Row:
        """Choose another row of the table that an example names."""
        made = self.made.get(example.get("entity_type") or "")
        if not made or not made.rows or "id" not in made.rows[0]:
            return {}
        return {"entity_id": made.rows[self.skewed(len(made.rows))]["id"]}

    # Chance.

    def skewed(self, number: int) -> int:
        """Draw a place below a number: the first ones come more often."""
        return int(number * self.random.random() ** 1.6)

    def uuid(self, birth: int) -> str:
        """Draw a time-ordered UUID."""
        bits = self.random.getrandbits(84)
        high = (birth * 1000 + (bits & 1023) % 1000) << 80 | 7 << 76 | (bits >> 72) << 64
        return str(UUID(int=high | 2 << 62 | bits & (1 << 62) - 1))

    def births(self, number: int) -> Iterator[int]:
        """Give moments in order, spread over the whole time."""
        for place in range(number):
            yield self.since + int((place + self.random.random()) * SPAN / number)


def by_chance(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan rows as the examples are, in the order of time."""
    number = population.count(table)
    places = len(table.examples)
    for birth in population.births(number):
        place = population.random.randrange(places)
        yield place, birth, population.entity(table.examples[place])


def is_finite(value: str | None) -> bool:
    return value is not None and "Infinity" not in value


def _offsets(example: Row, table: Table) -> dict[str, int]:
    """Say how far the moments of an example lie from its anchor: whole minutes, in their order."""
    found = {name: float(example[name] or 0) for name in table.moments if is_finite(example[name])}
    for name in table.moments:
        if example[name] is not None and name not in found:
            example[name] = (example[name] or "").lower()
    anchor = found.get(table.anchor or "", min(found.values(), default=0))
    offsets: dict[str, int] = {}
    last_value, last = float("-inf"), -SPAN * 100
    for name, value in sorted(found.items(), key=lambda each: each[1]):
        offset = round((value - anchor) / 60) * 60
        offset = max(offset, last + 1) if value > last_value else last
        offsets[name] = offset
        last_value, last = value, offset
    return offsets


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def escaped(value: str) -> str:
    """Write a value as COPY reads it."""
    return (
        value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    )


def other_text(value: str, number: int, random: Random) -> str:
    """Give another text of the same kind."""
    if re.fullmatch(r"[0-9a-f]{7,}", value):
        return f"{random.getrandbits(4 * len(value)):0{len(value)}x}"
    # In letters: what groups texts by their words leaves out the numbers in them.
    word = ""
    while number:
        number, digit = divmod(number, 20)
        word += "bcdfghjklmnpqrstvwxz"[digit]
    return f"{value}{' ' if ' ' in value or value[0].isupper() else ''}{word}"


def other_bytes(value: str, _number: int, random: Random) -> str:
    digits = len(value) - value.rfind("x") - 1
    return f"\\\\x{random.getrandbits(4 * digits):0{digits}x}"


def other_uuid(_value: str, _number: int, random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


VARIATIONS: dict[str, Callable[[str, int, Random], str]] = {
    "text": other_text,
    "bytea": other_bytes,
    "uuid": other_uuid,
    "int4": lambda _value, number, _random: str(number),
    "int8": lambda _value, number, _random: str(number),
}


# What is not as its examples are.


class Plan:
    """The tasks of all projects with their edges and attempts, before there are rows."""

    def __init__(self, population: _Population, table: Table) -> None:
        self.random = population.random
        self.number = population.count(table)
        lists = population.made["task_lists"]
        homes = list(lists.of_home)
        weights = [1 / (10 + rank) for rank in range(len(homes))]
        self.lists = [
            lists.of_home[home] for home in self.random.choices(homes, weights, k=self.number)
        ]
        self.list_of = [self.random.choice(each) for each in self.lists]
        self.home_of = [lists.homes[each] for each in self.list_of]
        self.births = list(population.births(self.number))
        self.ids = [population.uuid(each) for each in self.births]
        self.statuses: list[str] = []
        self.open_blockers = [0] * self.number
        self.conflicts = [0] * self.number
        self.parents: list[int | None] = [None] * self.number
        self.edges: list[tuple[int, int, str, str]] = []
        self.attempts: list[list[str]] = []
        self.waits_outside: list[tuple[int, bool]] = []
        self._relate()
        for _ in range(population.count(population.tables["task_external_dependencies"])):
            task = self.random.randrange(self.number)
            is_open = self.statuses[task] in {"pending", "blocked", "deferred"}
            self.waits_outside.append((task, is_open))
            self.open_blockers[task] += is_open

    def _relate(self) -> None:
        earlier: dict[str | None, list[int]] = defaultdict(list)
        in_list: dict[int, list[int]] = defaultdict(list)
        random = self.random
        for task in range(self.number):
            mine = earlier[self.home_of[task]]
            chosen: set[int] = set()
            for _ in range(min(len(mine), int(random.expovariate(1 / (EDGES_A_TASK + 0.62))))):
                chosen.add(mine[-1 - int(len(mine) * random.random() ** 3)])
            edges = [(other, *self._kind()) for other in sorted(chosen)]
            status = self._status(task, edges)
            for other, kind, policy in edges:
                if kind == "conflicts":
                    if status == self.statuses[other] == "in_progress":
                        continue
                    self.conflicts[task] += 1
                    self.conflicts[other] += 1
                self.edges.append((task, other, kind, policy))
            self.statuses.append(status)
            self.attempts.append(self._attempts(status))
            siblings = in_list[self.list_of[task]]
            if siblings and random.random() < 0.15:
                parent = siblings[-1 - self.random.randrange(min(10, len(siblings)))]
                if parent not in chosen:
                    self.parents[task] = parent
            siblings.append(task)
            mine.append(task)

    def _kind(self) -> tuple[str, str]:
        kind = self.random.choices(
            ("blocks", "suggests", "relates_to", "conflicts"), (86, 7, 6, 1)
        )[0]
        return kind, self.random.choices(("wait", "satisfy", "cancel"), (85, 10, 5))[0]

    def _status(self, task: int, edges: list[tuple[int, str, str]]) -> str:
        closed = {"failed", "cancelled"}
        is_to_go = False
        for other, kind, policy in edges:
            status = self.statuses[other]
            is_satisfied = status == "completed" or (policy == "satisfy" and status in closed)
            self.open_blockers[task] += kind == "blocks" and not is_satisfied
            is_to_go |= kind == "blocks" and policy == "cancel" and status in closed
        if is_to_go:
            return "cancelled"
        if self.open_blockers[task]:
            return self.random.choices(
                ("pending", "blocked", "deferred", "cancelled"), (80, 4, 6, 10)
            )[0]
        is_old = task < self.number * 0.85
        return self.random.choices(
            (
                "completed", "failed", "cancelled", "in_progress", "review", "validation",
                "pending", "blocked", "deferred",
            ),
            (950, 6, 8, 3, 3, 2, 16, 4, 4) if is_old else (400, 10, 20, 40, 30, 20, 400, 20, 30),
        )[0]  # fmt: skip

    def _attempts(self, status: str) -> list[str]:
        failures = ["failed", "timeout"]
        earlier = self.random.choices(
            ([], ["cancelled"], [self.random.choice(failures)]), (80, 8, 12)
        )[0]
        if status == "completed":
            return [*earlier, "completed"] if self.random.random() < 0.9 else []
        if status == "in_progress":
            return [*earlier, "running"] if self.random.random() < 0.8 else earlier
        if status == "failed":
            return [*earlier, *self.random.choices(failures, k=3)]
        return earlier if self.random.random() < 0.3 else []

    def birth_of_attempt(self, task: int, attempt: int, until: int) -> int:
        if self.attempts[task][attempt] == "running":
            return until - 300 + task % 300
        return min(self.births[task] + 3600 * (attempt + 1), until)


def _of_status(table: Table) -> dict[str | None, list[int]]:
    places: dict[str | None, list[int]] = defaultdict(list)
    for place, example in enumerate(table.examples):
        places[example["status"]].append(place)
    return places


def projects(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan projects, most of them active, all begun before their tasks."""
    places = [
        place for place, each in enumerate(table.examples)
        if not (each.get("paused_at") or each.get("deleted_at") or each.get("archived_at"))
    ]  # fmt: skip
    for number in range(population.count(table)):
        is_usual = places and number % 20
        place = population.random.choice(places if is_usual else range(len(table.examples)))
        yield place, population.since - 86400 + number, {}


def tasks(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan tasks whose counts and moments agree with their edges and attempts."""
    plan = PLANS[id(population)] = Plan(population, table)
    lists = population.made["task_lists"].rows
    places = _of_status(table)
    random = population.random
    for task in range(plan.number):
        status, birth = plan.statuses[task], plan.births[task]
        attempts = plan.attempts[task]
        has_started = bool(attempts) or status in {
            "in_progress",
            "review",
            "validation",
            "completed",
        }
        done = min(birth + 7200 + 3600 * len(attempts), population.until + 1)
        parent = plan.parents[task]
        fixed: Row = {
            "id": plan.ids[task],
            "project_id": plan.home_of[task],
            "task_list_id": lists[plan.list_of[task]]["id"],
            "parent_id": plan.ids[parent] if parent is not None else None,
            "ref": f"T-{1000 + task}",
            "type": random.choices(
                ("feature", "bug", "general", "refactor", "test", "docs"), (40, 25, 15, 10, 6, 4)
            )[0],
            "priority": str(random.choices(range(11), (1, 1, 3, 10, 8, 45, 8, 8, 10, 4, 2))[0]),
            "max_attempts": "3" if len(attempts) < 4 else "5",
            "status": status,
            "open_blockers": str(plan.open_blockers[task]),
            "conflicts": str(plan.conflicts[task]),
            "attempts": str(len(attempts)),
            "failed_attempts": str(sum(each in {"failed", "timeout"} for each in attempts)),
            "created_at": moment(birth),
            "updated_at": moment(done),
            "started_at": moment(birth + 3600) if has_started else None,
            "completed_at": moment(done) if status == "completed" else None,
            "deleted_at": None,
        }
        yield random.choice(places[status] or places["pending"]), birth, fixed


def task_details(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan the documents of the first tasks."""
    plan = PLANS[id(population)]
    for task in range(min(population.count(table), plan.number)):
        place = population.random.randrange(len(table.examples))
        yield place, plan.births[task], {"task_id": plan.ids[task]}


def task_dependencies(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan the edges, which lead from later tasks to earlier ones."""
    plan = PLANS[id(population)]
    places = list(range(len(table.examples)))
    for task, other, kind, policy in plan.edges:
        holder = None
        if kind == "conflicts":
            holder = next(
                (each for each in (task, other) if plan.statuses[each] == "in_progress"), None
            )
        fixed: Row = {
            "task_id": plan.ids[task],
            "depends_on_id": plan.ids[other],
            "kind": kind,
            "policy": policy,
            "holder_id": plan.ids[holder] if holder is not None else None,
        }
        yield population.random.choice(places), plan.births[task], fixed


def task_external_dependencies(
    population: _Population, table: Table
) -> Iterator[tuple[int, int, Row]]:
    """Plan what tasks wait for outside: open while the task waits, there when it has started."""
    plan = PLANS[id(population)]
    places: dict[bool, list[int]] = defaultdict(list)
    for place, example in enumerate(table.examples):
        places[example["satisfied_at"] is None].append(place)
    for task, is_open in plan.waits_outside:
        place = population.random.choice(places[is_open])
        yield place, plan.births[task], {"task_id": plan.ids[task]}


def task_executions(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan the attempts; those that run have begun just now."""
    plan = PLANS[id(population)]
    places = _of_status(table)
    for task, attempts in enumerate(plan.attempts):
        for number, status in enumerate(attempts):
            birth = plan.birth_of_attempt(task, number, population.until)
            ended = None if status == "running" else moment(birth + 60 + task % 3000)
            fixed: Row = {
                "task_id": plan.ids[task],
                "attempt": str(number + 1),
                "status": status,
                "started_at": moment(birth),
                "heartbeat_at": moment(birth + 60),
                "lease_expires_at": moment(birth + 4500),
                "completed_at": ended,
            }
            found = places[status] or places["failed"] or places["completed"]
            yield population.random.choice(found), birth, fixed


def audit_log(population: _Population, table: Table) -> Iterator[tuple[int, int, Row]]:
    """Plan changes of rows that are there, mostly updates of tasks."""
    random, plan = population.random, PLANS[id(population)]
    places: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for place, example in enumerate(table.examples):
        places[example["entity_type"], example["action"]].append(place)
    kinds = list(places)
    weights = [
        (20 if table == "tasks" else 1) * {"update": 8, "insert": 2}.get(action or "", 1)
        for table, action in kinds
    ]
    number = population.count(table)
    chosen = random.choices(kinds, weights, k=number)
    for place, birth in enumerate(population.births(number)):
        transaction_id = 1 + place * population.newest_transaction // number
        example = random.choice(places[chosen[place]])
        fixed = population.entity(table.examples[example])
        if chosen[place][0] == "tasks":
            fixed = _of_a_task(plan, population.skewed(plan.number), table.examples[example])
        yield example, birth, {**fixed, "transaction_id": str(transaction_id)}


def _of_a_task(plan: Plan, task: int, example: Row) -> Row:
    """Let a change of a task end at the status that the task has."""
    values = example["new_values"]
    if values is not None:
        values = re.sub(r'"status": "\w+"', f'"status": "{plan.statuses[task]}"', values)
    return {"entity_id": plan.ids[task], "new_values": values}


PLANS: dict[int, Plan] = {}
OWN: dict[str, Callable[[_Population, Table], Iterator[tuple[int, int, Row]]]] = {
    "projects": projects,
    "tasks": tasks,
    "task_details": task_details,
    "task_dependencies": task_dependencies,
    "task_executions": task_executions,
    "task_external_dependencies": task_external_dependencies,
    "audit_log": audit_log,
}
LATE = {"events"}
# What follows from other rows, which the database makes itself.
LEFT_ALONE = {"task_graph_epochs", "task_words", "audit_seals"}
FOLLOWING = (
    "INSERT INTO task_graph_epochs (project_id) SELECT id FROM projects ON CONFLICT DO NOTHING",
    """
    INSERT INTO task_words (task_id, title_words, text_words)
    SELECT task.id, words_of_title(task.ref, task.title),
        words_of_text(detail.description, detail.details)
    FROM tasks AS task LEFT JOIN task_details AS detail ON detail.task_id = task.id
    ON CONFLICT DO NOTHING
    """,
    # Alerts are evaluated all the time. Who starts after a year has a year of samples to judge.
    "UPDATE alert_rules SET evaluated_at = clock_timestamp() WHERE evaluated_at IS NOT NULL",
    # So are messages that nobody answered in time.
    """
    UPDATE component_messages SET status = 'timeout', completed_at = least(expires_at, answer_until)
    WHERE status IN ('pending', 'sent', 'delivered')
        AND least(expires_at, answer_until) <= clock_timestamp()
    """,
)


def main(
    scale: Annotated[float, typer.Option(help="1 means 100,000 tasks.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same rows.")] = 1,
) -> None:
    """Fill the database of DATABASE_URL, and say how many rows each table has."""
    url = Settings.load().url()
    if url is None:
        sys.exit("DATABASE_URL is not set")
    begin = time.monotonic()
    for name, number in populate(url, scale=scale, seed=seed).items():
        print(f"{name:<32} {number:>9,}")
    print(f"{time.monotonic() - begin:.0f} seconds")


if __name__ == "__main__":
    typer.run(main)
