"""Measures reads through generated functions against psycopg as it comes, and against others.

Everybody runs the same SQL on one connection in autocommit, with prepared statements, and takes
turns with the others in one run. Every figure is a ratio of medians to plain psycopg's tuples: of
the time that a call takes, and of the processor's time that it takes in this process, which other
programs on the machine disturb less.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations

import aiosql
import asyncpg
import psycopg
import sqlalchemy as sa
import typer
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from taskspine.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = """
    CREATE TYPE item_state AS ENUM ('new', 'open', 'closed');
    CREATE TABLE items (
        id         uuid        NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
        number     int         NOT NULL UNIQUE,
        title      text        NOT NULL,
        note       text,
        state      item_state  NOT NULL DEFAULT 'open',
        priority   smallint    NOT NULL DEFAULT 5,
        hours      numeric     NOT NULL,
        is_public  boolean     NOT NULL DEFAULT true,
        due_on     date,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    INSERT INTO items (number, title, note, hours, due_on)
    SELECT n, 'Item number ' || n, CASE WHEN n % 2 = 0 THEN 'something of note' END, n * 0.25,
        CASE WHEN n % 3 = 0 THEN date '2030-01-01' + n END
    FROM generate_series(1, 1000) AS n;
    ANALYZE items;
"""

COLUMNS = "id, number, title, note, state, priority, hours, is_public, due_on, created_at"

QUERIES = f"""\
-- name: get_item(item_id)^
-- Get an item.
-- batch
SELECT {COLUMNS} FROM items WHERE id = :item_id;

-- name: list_items()
-- List the items.
SELECT {COLUMNS} FROM items;
"""

PROJECT = """\
[tool.sqltypist]
queries = "queries"
source = "source"
package = "made"
"""

GET = f"SELECT {COLUMNS} FROM items WHERE id = %(item_id)s"
LIST = f"SELECT {COLUMNS} FROM items"

JOBS = {"one row": 200, "1,000 rows": 3, "100 calls": 1}
"""What is measured, and how often each does it in a turn."""

AIMS = {
    ("generated", "one row"): 0.80,
    ("generated", "1,000 rows"): 1.20,
    ("generated, a batch", "100 calls"): 0.50,
}

PLAIN = "psycopg, tuples"

console = Console(width=120)


@dataclass(slots=True)
class Item:
    """What a person writes by hand to have typed rows."""

    id: UUID
    number: int
    title: str
    note: str | None
    state: str
    priority: int
    hours: Decimal
    is_public: bool
    due_on: date | None
    created_at: datetime


class Base(DeclarativeBase):
    pass


class Entity(Base):
    """The same for SQLAlchemy's ORM."""

    __tablename__ = "items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    title: Mapped[str]
    note: Mapped[str | None]
    state: Mapped[str]
    priority: Mapped[int]
    hours: Mapped[Decimal] = mapped_column(sa.Numeric)
    is_public: Mapped[bool]
    due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


ITEMS: Any = Entity.__table__
CORE_GET = sa.select(ITEMS).where(ITEMS.c.id == sa.bindparam("item_id"))
CORE_LIST = sa.select(ITEMS)
ORM_GET = sa.select(Entity).where(Entity.id == sa.bindparam("item_id"))
ORM_LIST = sa.select(Entity)


def generated(url: str, folder: Path) -> Any:
    """Let sqltypist write the module of the queries, and import it."""
    (folder / "queries").mkdir()
    (folder / "queries" / "items.sql").write_text(QUERIES)
    (folder / "pyproject.toml").write_text(PROJECT)
    config = str(folder / "pyproject.toml")
    subprocess.run(
        [sys.executable, "-m", "sqltypist", "generate", "--config", config, "--database", url],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    sys.path.insert(0, str(folder / "source"))
    return importlib.import_module("made.items")


def contestants(url: str, made: Any) -> dict[str, dict[str, Callable[[], Any]]]:
    """Give what each contestant does for each job, by job and by name."""
    connection = psycopg.connect(url, autocommit=True)
    ids = [row[0] for row in connection.execute("SELECT id FROM items LIMIT 100").fetchall()]
    one = ids[50]
    by_aiosql: Any = aiosql.from_str(QUERIES, "psycopg")
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url),
        isolation_level="AUTOCOMMIT",
    )
    core = engine.connect()

    def get(item_id: UUID) -> Any:
        return connection.execute(GET, {"item_id": item_id}).fetchone()

    def get_item(item_id: UUID) -> Any:
        return made.get_item(connection, item_id=item_id)

    def get_class(item_id: UUID) -> Any:
        return (
            connection.cursor(row_factory=class_row(Item))
            .execute(GET, {"item_id": item_id})
            .fetchone()
        )

    def list_class() -> Any:
        return connection.cursor(row_factory=class_row(Item)).execute(LIST, {}).fetchall()

    def get_aiosql(item_id: UUID) -> Any:
        return by_aiosql.get_item(connection, item_id=item_id)

    def get_core(item_id: UUID) -> Any:
        return core.execute(CORE_GET, {"item_id": item_id}).one_or_none()

    def get_orm(item_id: UUID) -> Any:
        with Session(core) as session:
            return session.execute(ORM_GET, {"item_id": item_id}).scalar_one_or_none()

    def list_orm() -> Any:
        with Session(core) as session:
            return session.execute(ORM_LIST).scalars().all()

    def pipeline() -> Any:
        with connection.pipeline():
            cursors = [connection.execute(GET, {"item_id": item_id}) for item_id in ids]
            return [cursor.fetchone() for cursor in cursors]

    def batch() -> Any:
        return made.batch_get_item(connection, [{"item_id": item_id} for item_id in ids])

    singles = {
        PLAIN: get,
        "generated": get_item,
        "psycopg, class_row": get_class,
        "aiosql": get_aiosql,
        "SQLAlchemy Core": get_core,
        "SQLAlchemy ORM": get_orm,
    }
    return {
        "one row": {name: lambda get=get: get(one) for name, get in singles.items()},
        "1,000 rows": {
            PLAIN: lambda: connection.execute(LIST, {}).fetchall(),
            "generated": lambda: made.list_items(connection),
            "psycopg, class_row": list_class,
            "aiosql": lambda: list(by_aiosql.list_items(connection)),
            "SQLAlchemy Core": lambda: core.execute(CORE_LIST).all(),
            "SQLAlchemy ORM": list_orm,
        },
        "100 calls": {
            **{
                name: lambda get=get: [get(item_id) for item_id in ids]
                for name, get in singles.items()
            },
            "psycopg, a pipeline": pipeline,
            "generated, a batch": batch,
        },
    }


async def contestants_async(url: str, made: Any) -> dict[str, dict[str, Callable[[], Any]]]:
    """Give the same for async code."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    cursor = await connection.execute("SELECT id FROM items LIMIT 100")
    ids = [row[0] for row in await cursor.fetchall()]
    one = ids[50]
    place = conninfo_to_dict(url)
    other = await asyncpg.connect(
        host=place["host"], port=place["port"], user=place["user"], database=place["dbname"]
    )
    asyncpg_get = GET.replace("%(item_id)s", "$1")
    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=lambda: psycopg.AsyncConnection.connect(url),
        isolation_level="AUTOCOMMIT",
    )
    core = await engine.connect()

    async def get(item_id: UUID) -> Any:
        return await (await connection.execute(GET, {"item_id": item_id})).fetchone()

    async def get_item(item_id: UUID) -> Any:
        return await made.get_item_async(connection, item_id=item_id)

    async def get_class(item_id: UUID) -> Any:
        cursor = connection.cursor(row_factory=class_row(Item))
        return await (await cursor.execute(GET, {"item_id": item_id})).fetchone()

    async def get_core(item_id: UUID) -> Any:
        return (await core.execute(CORE_GET, {"item_id": item_id})).one_or_none()

    async def get_orm(item_id: UUID) -> Any:
        async with AsyncSession(core) as session:
            return (await session.execute(ORM_GET, {"item_id": item_id})).scalar_one_or_none()

    async def get_asyncpg(item_id: UUID) -> Any:
        return await other.fetchrow(asyncpg_get, item_id)

    async def list_plain() -> Any:
        return await (await connection.execute(LIST, {})).fetchall()

    async def list_class() -> Any:
        cursor = connection.cursor(row_factory=class_row(Item))
        return await (await cursor.execute(LIST, {})).fetchall()

    async def list_items() -> Any:
        return await made.list_items_async(connection)

    async def list_core() -> Any:
        return (await core.execute(CORE_LIST)).all()

    async def list_orm() -> Any:
        async with AsyncSession(core) as session:
            return (await session.execute(ORM_LIST)).scalars().all()

    async def list_asyncpg() -> Any:
        return await other.fetch(LIST)

    async def pipeline() -> Any:
        async with connection.pipeline():
            cursors = [await connection.execute(GET, {"item_id": item_id}) for item_id in ids]
            return [await cursor.fetchone() for cursor in cursors]

    async def batch() -> Any:
        return await made.batch_get_item_async(
            connection, [{"item_id": item_id} for item_id in ids]
        )

    singles = {
        PLAIN: get,
        "generated": get_item,
        "psycopg, class_row": get_class,
        "SQLAlchemy Core": get_core,
        "SQLAlchemy ORM": get_orm,
        "asyncpg": get_asyncpg,
    }

    def single(get: Any) -> Callable[[], Any]:
        async def once() -> Any:
            return await get(one)

        return once

    def hundred(get: Any) -> Callable[[], Any]:
        async def all_of_them() -> Any:
            return [await get(item_id) for item_id in ids]

        return all_of_them

    return {
        "one row": {name: single(get) for name, get in singles.items()},
        "1,000 rows": {
            PLAIN: list_plain,
            "generated": list_items,
            "psycopg, class_row": list_class,
            "SQLAlchemy Core": list_core,
            "SQLAlchemy ORM": list_orm,
            "asyncpg": list_asyncpg,
        },
        "100 calls": {
            **{name: hundred(get) for name, get in singles.items()},
            "psycopg, a pipeline": pipeline,
            "generated, a batch": batch,
        },
    }


async def take_turns(
    doers: dict[str, Callable[[], Any]], rounds: int, calls: int
) -> dict[str, list[tuple[float, float]]]:
    """Microseconds of a call of each, in rounds in which all take turns, in a random order.

    The first is the median time of a round, the second the processor's time.
    """
    shuffled = random.Random(1)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in doers}
    for number in range(rounds + 1):
        for name, do in shuffled.sample(list(doers.items()), len(doers)):
            is_async = iscoroutinefunction(do)
            taken: list[float] = []
            before = time.thread_time()
            for _ in range(max(calls, 10) if number == 0 else calls):
                start = time.perf_counter()
                if is_async:
                    await do()
                else:
                    do()
                taken.append(time.perf_counter() - start)
            if number:  # the first is for the caches and the prepared statements
                processor = (time.thread_time() - before) / calls
                found[name].append((statistics.median(taken) * 1e6, processor * 1e6))
    return found


def measured(
    job: str, kind: str, found: dict[str, list[tuple[float, float]]]
) -> list[dict[str, Any]]:
    """Give the ratios of each to the plain one, and the lowest and highest of single rounds."""
    medians = {
        name: [statistics.median(each) for each in zip(*rounds, strict=True)]
        for name, rounds in found.items()
    }
    results = []
    for name, rounds in found.items():
        ratios = [one[0] / plain[0] for one, plain in zip(rounds, found[PLAIN], strict=True)]
        results.append({
            "job": job,
            "kind": kind,
            "what": name,
            "microseconds": medians[name][0],
            "ratio": medians[name][0] / medians[PLAIN][0],
            "spread": (min(ratios), max(ratios)),
            "processor": medians[name][1] / medians[PLAIN][1],
            "aim": AIMS.get((name, job)),
        })  # fmt: skip
    return results


async def measure(url: str, made: Any, rounds: int) -> list[dict[str, Any]]:
    """Measure all, sync first."""
    results: list[dict[str, Any]] = []
    for kind, jobs in (
        ("sync", contestants(url, made)),
        ("async", await contestants_async(url, made)),
    ):
        for job, doers in jobs.items():
            results += measured(job, kind, await take_turns(doers, rounds, JOBS[job]))
    return results


def show(results: list[dict[str, Any]]) -> None:
    table = Table("", "", "contestant", "µs", "ratio", "lowest-highest", "processor", "aim", "")
    last = None
    for each in results:
        place = (each["kind"], each["job"])
        if last not in {None, place}:
            table.add_section()
        low, high = each["spread"]
        reached = "reached" if each["aim"] and each["ratio"] <= each["aim"] else "missed"
        table.add_row(
            *(place if place != last else ("", "")), each["what"], f"{each['microseconds']:,.0f}",
            f"{each['ratio']:.2f}", f"{low:.2f}-{high:.2f}", f"{each['processor']:.2f}",
            f"<= {each['aim']:.2f}" if each["aim"] else "", reached if each["aim"] else "",
        )  # fmt: skip
        last = place
    console.print(table)


def main(
    rounds: Annotated[int, typer.Option(help="Turns of each contestant.")] = 60,
    export: Annotated[Path | None, typer.Option("--json", help="Write the results there.")] = None,
) -> None:
    """Measure, and print what was measured beside what was aimed at."""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        url = server.create_database("typed")
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(SCHEMA)
        made = generated(url, Path(folder))
        console.print(
            f"PostgreSQL {server.version} by a Unix socket, psycopg {psycopg.__version__}"
            f" ({psycopg.pq.__impl__}), Python {sys.version.split()[0]}, {rounds} turns"
        )
        results = asyncio.run(measure(url, made, rounds))
    show(results)
    if export:
        export.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
