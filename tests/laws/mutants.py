"""Breaks each rule of the schema, one at a time, and sees whether a pgTAP file notices.

Every check, key, unique index, trigger, policy and NOT NULL is dropped; bounds are moved by one,
parts of a condition left out, deletions made to cascade or not to. What the pgTAP files let pass
survives. A column that may be NULL is noticed by the typed Python, too, which then is stale.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from pglast import ast, parse_sql
from pglast.enums import BoolExprType
from pglast.stream import RawStream
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import pgtap_files
from sqltypist import describing
from sqltypist.catalog import Catalog as TypeCatalog
from sqltypist.catalog import set_setting
from sqltypist.inferring import TypedQuery, infer
from sqltypist.loading import Query, load_folder
from taskspine.errors import one_line_errors
from taskspine.migrations import load_schema
from taskspine.migrations.catalog import Thing, things_of
from taskspine.migrations.drafting import statements
from taskspine.server import Databases, connect
from taskspine.settings import Settings, in_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from taskspine.migrations.catalog import Catalog

ROOT = Path(__file__).parents[2]
PGTAP = ROOT / "pgtap"
SUPPORT = PGTAP / "support"
CONVENTIONS = PGTAP / "conventions.sql"
EXPLAINED = Path(__file__).parent / "survivors.toml"
LEAST_SHARE_CAUGHT = 0.95
SLOWEST_STATEMENT = "60s"


@dataclass(frozen=True)
class Mutant:
    """One rule, broken in one way."""

    rule: str
    owner: str
    how: str
    kind: str
    statements: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.how}"


def mutants(catalog: Catalog) -> list[Mutant]:
    """Give every mutant of a schema, in the order of their names."""
    keys = {
        each.parent: _columns(each.definition)
        for each in catalog.values()
        if each.kind == "constraint" and each.definition.startswith("PRIMARY KEY")
    }
    found = [mutant for each in catalog.values() for mutant in _of(each, keys)]
    return sorted(found, key=lambda each: (each.owner, str(each)))


def _of(thing: Thing, keys: dict[str, list[str]]) -> Iterator[Mutant]:
    def mutant(how: str, *statements: str) -> Mutant:
        name = f"{thing.parent}.{thing.name} NOT NULL" if thing.kind == "not null" else thing.name
        return Mutant(name, thing.parent, how, thing.kind, statements)

    if thing.kind in {"constraint", "domain constraint"}:
        yield from _of_constraint(thing, keys, mutant)
    elif thing.kind == "index" and thing.definition.startswith("CREATE UNIQUE"):
        yield mutant("dropped", thing.remove)
        if " WHERE " in thing.make:
            yield mutant("of every row", thing.remove, thing.make.split(" WHERE ", 1)[0])
    elif thing.kind == "trigger":
        yield mutant("dropped", thing.remove)
        if always := _without_condition(thing.make):
            yield mutant("without WHEN", thing.remove, always)
    elif thing.kind == "policy":
        yield mutant("dropped", thing.remove)
        for clause in ("USING", "WITH CHECK"):
            if open_to_all := _open_policy(thing.make, clause):
                yield mutant(f"{clause} (true)", thing.remove, open_to_all)
    elif thing.kind == "row security":
        yield mutant(f"not {thing.name}", thing.remove)
    elif thing.kind == "not null" and thing.name not in keys.get(thing.parent, ()):
        yield mutant("dropped", thing.remove)


def _of_constraint(thing: Thing, keys: dict[str, list[str]], mutant: object) -> Iterator[Mutant]:
    assert callable(mutant)
    definition = thing.definition
    add = thing.make.removesuffix(definition)
    key = keys.get(thing.parent, [])
    if definition.startswith("UNIQUE") and key and set(key) <= set(_columns(definition)):
        return  # it says more than the primary key, and cannot be broken before it
    is_referenced = definition.startswith(("PRIMARY KEY", "UNIQUE"))
    yield mutant("dropped", thing.remove + (" CASCADE" if is_referenced else ""))
    if definition.startswith("FOREIGN KEY"):
        for how, other in _deletions(definition):
            yield mutant(how, thing.remove, add + other)
    elif definition.startswith("CHECK"):
        for how, weaker in weakenings(definition):
            yield mutant(how, thing.remove, f"{add}CHECK ({weaker})")


def _columns(definition: str) -> list[str]:
    match = re.search(r"\(([^)]*)\)", definition)
    return match[1].split(", ") if match else []


def _deletions(definition: str) -> Iterator[tuple[str, str]]:
    """Let a deletion do something else: what is refused cascades, and what cascades is refused."""
    said = re.search(
        r" ON DELETE (CASCADE|RESTRICT|SET NULL|SET DEFAULT)(?: \([^)]*\))?", definition
    )
    if said:
        yield "ON DELETE NO ACTION", definition.replace(said[0], "")
    else:
        plain, deferrable, rest = definition.partition(" DEFERRABLE")
        yield "ON DELETE CASCADE", f"{plain} ON DELETE CASCADE{deferrable}{rest}"
    if said and said[1] in {"RESTRICT", "SET NULL"}:
        yield "ON DELETE CASCADE", definition.replace(said[0], " ON DELETE CASCADE")


def weakenings(definition: str) -> Iterator[tuple[str, str]]:
    """Give what a check becomes with a bound moved by one, or a part left out."""
    condition = definition.removesuffix(" NOT VALID").removeprefix("CHECK (")[:-1]
    for place in re.finditer(r"(<=|>=|<|>) (\(?'?)(-?\d+)(?![\d.])", condition):
        outwards = 1 if place[1][0] == "<" else -1
        moved = str(int(place[3]) + outwards)
        yield (
            f"{place[1]} {moved} instead of {place[3]}",
            condition[: place.start(3)] + moved + condition[place.end(3) :],
        )
    for place in re.finditer(r"\{(\d+)(,?)(\d*)\}", condition):
        least, most = int(place[1]), int(place[3] or place[1])
        wider = [(least, most + 1)] + ([(least - 1, most)] if least else [])
        if place[2] and not place[3]:
            wider = [(least - 1, -1)] if least else []
        for low, high in wider:
            repeated = f"{{{low},{high if high >= 0 else ''}}}"
            yield (
                f"{repeated} instead of {place[0]}",
                condition[: place.start()] + repeated + condition[place.end() :],
            )
    target = parse_sql(f"SELECT {condition}")[0].stmt.targetList[0].val
    if isinstance(target, ast.BoolExpr) and target.boolop == BoolExprType.AND_EXPR:
        for number, part in enumerate(target.args):
            rest = [each for place, each in enumerate(target.args) if place != number]
            weaker = " AND ".join(f"({RawStream()(each)})" for each in rest)
            yield f"without {RawStream()(part)}", weaker


def _without_condition(make: str) -> str:
    """Let a trigger fire for every row."""
    begin = make.find(" WHEN (")
    if begin < 0:
        return ""
    depth = 0
    for place in range(begin + 6, len(make)):
        depth += {"(": 1, ")": -1}.get(make[place], 0)
        if depth == 0:
            return make[:begin] + make[place + 1 :]
    return ""


def _open_policy(make: str, clause: str) -> str:
    begin = make.find(f" {clause} (")
    if begin < 0:
        return ""
    end = make.find(" WITH CHECK (", begin + 1) if clause == "USING" else -1
    return make[:begin] + f" {clause} (true)" + (make[end:] if end > 0 else "")


class Broken(Exception):
    """A mutant is no valid SQL."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the file that caught it, or none."""

    mutant: Mutant
    caught_by: str
    broken: str = ""


class Jury:
    """The pgTAP files, and in which order they are asked about a rule."""

    def __init__(self) -> None:
        files = sorted(path for path in PGTAP.rglob("*.sql") if SUPPORT not in path.parents)
        self.texts = {path: path.read_text() for path in files}
        self.owners = {
            each.key.name: PGTAP / each.path.relative_to(ROOT / "schema")
            for each in statements()
            if each.key.kind in {"table", "view", "domain", "materialized view"}
        }

    def order(self, mutant: Mutant) -> list[Path]:
        """Ask first the file of the table, then those that name the rule, then its domain."""
        own = self.owners.get(mutant.owner, CONVENTIONS)
        is_key = "_pkey" in mutant.rule

        def distance(path: Path) -> tuple[bool, bool, bool, bool]:
            return (
                path != (CONVENTIONS if is_key else own),
                f"'{mutant.rule}'" not in self.texts[path],
                path.parent != own.parent,
                f" {mutant.owner}" not in self.texts[path],
            )

        return sorted(self.texts, key=distance)

    def place(self, mutant: Mutant) -> str:
        return str(self.owners.get(mutant.owner, PGTAP).relative_to(ROOT))


class Courtroom:
    """A database in which mutants live for one transaction each."""

    def __init__(self, url: str, jury: Jury, queries: list[Query]) -> None:
        self._url = url
        self._jury = jury
        self._queries = queries
        self._typed: dict[str, TypedQuery] = {}
        options = {"statement_timeout": SLOWEST_STATEMENT, "client_min_messages": "warning"}
        self._connection = connect(in_schema(url, *pgtap_files.SEARCH_PATH))
        for name, value in options.items():
            set_setting(self._connection, name, value)

    def close(self) -> None:
        self._connection.close()

    def try_mutant(self, mutant: Mutant) -> Verdict:
        """Find a file that fails."""
        for path in self._jury.order(mutant):
            try:
                complaint = self.complaint(path, mutant.statements)
            except Broken as error:
                return Verdict(mutant, "", str(error))
            if complaint:
                return Verdict(mutant, str(path.relative_to(ROOT)))
        if mutant.kind == "not null" and self._types_change(mutant):
            return Verdict(mutant, "sqltypist check")
        return Verdict(mutant, "")

    def complaint(self, path: Path, changes: tuple[str, ...] = ()) -> str:
        """Say what a file finds wrong in a schema that was changed so."""
        said: list[str] = []
        self._connection.execute("BEGIN")
        try:
            for change in changes:
                try:
                    self._connection.execute(change.encode())
                except psycopg.Error as error:
                    raise Broken(f"{change}: {error}") from None
            for _, statement in pgtap_files.statements(path, self._jury.texts[path]):
                if _is_of_transaction(statement):
                    continue
                try:
                    lines = list(pgtap_files.execute(self._connection, statement))
                except psycopg.Error as error:
                    return f"{path}: {error}"
                said += lines
                if any(line.startswith("not ok") for line in lines):
                    return "\n".join(lines)
        finally:
            self._connection.execute("ROLLBACK")
        return "\n".join(pgtap_files.judge("\n".join(said)).failures)

    def _types_change(self, mutant: Mutant) -> bool:
        """Say whether the typed Python of the queries would be stale."""
        column = mutant.rule.split(".")[1].split(" ")[0]
        asked = [each for each in self._queries if re.search(rf"\b{column}\b", each.text)]
        before = [self._typed.get(each.name) for each in asked]
        if None in before:
            self._typed |= self._types([each for each in asked if each.name not in self._typed])
        after = self._types(asked, mutant.statements)
        return any(self._typed[name] != typed for name, typed in after.items())

    def _types(self, queries: list[Query], changes: tuple[str, ...] = ()) -> dict[str, TypedQuery]:
        with closing(connect(self._url)) as connection:
            connection.execute("BEGIN")
            for change in changes:
                connection.execute(change.encode())
            catalog = TypeCatalog.read(connection)
            for setting, value in describing.SETTINGS.items():
                set_setting(connection, setting, value)
            described = describing.Connection(connection, catalog)
            return {each.name: infer(each, described.describe(each), catalog) for each in queries}


def _is_of_transaction(statement: str) -> bool:
    return bool(re.fullmatch(r"(\s*--[^\n]*\n)*\s*(BEGIN|ROLLBACK|COMMIT)\s*;?\s*", statement))


@contextmanager
def courtrooms(server: Databases, count: int) -> Generator[tuple[Catalog, Jury, list[Courtroom]]]:
    """Make a database with schema and tests, and copies of it."""
    prefix = f"taskspine_mutants_{secrets.token_hex(4)}"
    with ExitStack() as stack:

        def database(name: str, template: str | None = None) -> str:
            stack.callback(server.drop_database, name)
            return in_schema(server.create_database(name, template), "taskspine")

        url = database(prefix)
        load_schema(url)
        with closing(connect(url)) as connection:
            catalog = things_of(connection)
        pgtap_files.install(url, SUPPORT)
        jury = Jury()
        queries = load_folder(ROOT / "queries")
        rooms = [
            Courtroom(database(f"{prefix}_{number}", prefix), jury, queries)
            for number in range(count)
        ]
        for each in rooms:
            stack.callback(each.close)
        yield catalog, jury, rooms


def failing_files(room: Courtroom, jury: Jury) -> list[str]:
    """Leave out files that fail where nothing is broken, and say which."""
    complaints = {path: room.complaint(path) for path in jury.texts}
    found = {path: each for path, each in complaints.items() if each}
    for path in found:
        del jury.texts[path]
    return [f"{path.relative_to(ROOT)} fails without a mutant: {found[path]}" for path in found]


def verdicts(chosen: list[Mutant], rooms: list[Courtroom]) -> Iterator[Verdict]:
    """Try mutants in all rooms at once."""
    free: SimpleQueue[Courtroom] = SimpleQueue()
    for each in rooms:
        free.put(each)

    def trial(mutant: Mutant) -> Verdict:
        room = free.get()
        try:
            return room.try_mutant(mutant)
        finally:
            free.put(room)

    with ThreadPoolExecutor(len(rooms)) as pool:
        yield from pool.map(trial, chosen)


def explained() -> dict[str, str]:
    """Read why some mutants survive."""
    return tomllib.loads(EXPLAINED.read_text())


def run(
    server: Databases, *, sample: int = 0, seed: int = 1, only: str = "", rooms: int = 0
) -> tuple[list[str], float]:
    """Try the mutants; gives what is wrong, and the share of those that were caught."""
    count = rooms or (os.cpu_count() or 2) + 1
    with courtrooms(server, count) as (catalog, jury, opened):
        every = mutants(catalog)
        chosen = [each for each in every if only in f"{each.owner} {each}"]
        if sample:
            chosen = Random(seed).sample(chosen, min(sample, len(chosen)))
        failing = failing_files(opened[0], jury)
        shown = sys.stderr.isatty()
        tried = track(verdicts(chosen, opened), "mutants", len(chosen), disable=not shown)
        found: list[Verdict] = []
        for each in tried:
            found.append(each)
            if not each.caught_by:
                print(f"{len(found)}/{len(chosen)} {each.mutant}", file=sys.stderr, flush=True)
            if not shown and len(found) % 100 == 0:
                print(f"{len(found)}/{len(chosen)} tried", file=sys.stderr, flush=True)
    return failing + judged(found, every, jury), share(found)


def judged(found: list[Verdict], every: list[Mutant], jury: Jury) -> list[str]:
    """Say what is wrong, a line each."""
    reasons = explained()
    caught = {str(each.mutant) for each in found if each.caught_by}
    wrong = [f"{each.mutant} cannot be tried: {each.broken}" for each in found if each.broken]
    wrong += [
        f"{each.mutant} survives: add its boundary to {jury.place(each.mutant)}"
        for each in found
        if not each.caught_by and not each.broken and str(each.mutant) not in reasons
    ]
    named = f"take it out of {EXPLAINED.relative_to(ROOT)}"
    wrong += [f"{name} is no mutant: {named}" for name in reasons.keys() - set(map(str, every))]
    wrong += [f"{name} is caught: {named}" for name in reasons if name in caught]
    return wrong


def share(found: list[Verdict]) -> float:
    """Give the share of mutants that were caught."""
    tried = [each for each in found if not each.broken]
    return sum(bool(each.caught_by) for each in tried) / max(1, len(tried))


def main(
    sample: Annotated[int, typer.Option(help="Try only so many, drawn by chance.")] = 0,
    seed: Annotated[int, typer.Option(help="Which chance.")] = 1,
    only: Annotated[str, typer.Option(help="Only those whose table or rule holds this.")] = "",
) -> None:
    """Break each rule of the schema, and list what no pgTAP file notices."""
    url = Settings.load().url()
    if url is None:
        sys.exit("DATABASE_URL is not set: make mutants")
    begin = time.monotonic()
    with one_line_errors():
        wrong, caught = run(Databases(url), sample=sample, seed=seed, only=only)
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{caught:.1%} caught in {time.monotonic() - begin:.0f} seconds")
    sys.exit(caught < LEAST_SHARE_CAUGHT or bool(wrong))


if __name__ == "__main__":
    typer.run(main)
