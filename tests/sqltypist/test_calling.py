"""Statements run on kept cursors: by whom, on what connections, and after what."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.string import TextBinaryLoader
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from sqltypist.calling import CountStatement, RowsStatement, ValueStatement, forget
from sqltypist.runtime import NoRow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from psycopg import AsyncConnection, Connection


class Pair(NamedTuple):
    number: int
    label: str


class Times(NamedTuple):
    day: date
    length: timedelta


ECHO = RowsStatement(b"SELECT %(number)s::int AS number, %(label)s::text AS label", Pair)
SERIES = RowsStatement(
    b"SELECT n AS number, n::text AS label FROM generate_series(1, %(size)s::int) n", Pair
)
QUOTIENT = ValueStatement[int](b"SELECT 10 / %(divisor)s::int")
ACCENT = ValueStatement[str](b"SELECT chr(233)")
NOW = ValueStatement[Any](b"SELECT now()")
TIMES = RowsStatement(b"SELECT date '2030-02-01', interval '1 day'", Times, binary=False)
ENTER = RowsStatement(b"INSERT INTO people (mail) VALUES (%(mail)s) RETURNING 1, mail", Pair)
TOUCH = CountStatement(b"UPDATE tickets SET title = title WHERE id = ANY (%(ids)s)")


def echo(connection: Connection[Any], number: int, label: str) -> Pair:
    cursor = ECHO.cursor(connection)
    cursor.execute(ECHO.sql, ECHO.ordered({"number": number, "label": label}))
    return ECHO.only(cursor, cursor.fetchone())


async def echo_async(connection: AsyncConnection[Any], number: int, label: str) -> Pair:
    cursor = ECHO.cursor(connection)
    await cursor.execute(ECHO.sql, ECHO.ordered({"number": number, "label": label}))
    return ECHO.only(cursor, await cursor.fetchone())


def series(connection: Connection[Any], size: int) -> list[Pair]:
    cursor = SERIES.cursor(connection)
    cursor.execute(SERIES.sql, SERIES.ordered({"size": size}))
    return SERIES.all(cursor, cursor.fetchall())


def quotient(connection: Connection[Any], divisor: int | None) -> int | None:
    cursor = QUOTIENT.cursor(connection)
    cursor.execute(QUOTIENT.sql, QUOTIENT.ordered({"divisor": divisor}))
    return QUOTIENT.one(cursor, cursor.fetchone())


def touch(connection: Connection[Any], ids: list[int]) -> int:
    cursor = TOUCH.cursor(connection)
    cursor.execute(TOUCH.sql, TOUCH.ordered({"ids": ids}))
    return TOUCH.count(cursor)


class Counting(psycopg.Cursor[Any]):
    """A cursor of a project's own, which counts how often one is made."""

    made = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        type(self).made += 1


@pytest.fixture
def counted(desk_url: str) -> Generator[Connection[Any]]:
    Counting.made = 0
    with psycopg.connect(desk_url, cursor_factory=Counting) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
async def desk_async(desk_url: str) -> AsyncGenerator[AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(desk_url) as connection:
        yield connection
        await connection.rollback()


def test_a_cursor_is_used_again(counted: Connection[Any]) -> None:
    assert [echo(counted, n, str(n)) for n in range(10)] == [Pair(n, str(n)) for n in range(10)]
    assert Counting.made == 1
    assert quotient(counted, 3) == 3
    assert Counting.made == 2


def test_one_that_holds_much_is_not_kept(counted: Connection[Any]) -> None:
    assert len(series(counted, 100)) == 100
    assert series(counted, 0) == []
    assert Counting.made == 1
    assert series(counted, 101)[100] == (101, "101")
    series(counted, 1)
    assert Counting.made == 2


def test_parameters_go_by_position_where_each_is_used_once() -> None:
    one = CountStatement(b"SELECT %(a)s, '%%(b)s' LIKE '50%%'")
    assert one.sql == b"SELECT %s, '%%(b)s' LIKE '50%%'"
    assert one.ordered({"a": 1}) == (1,)
    assert ECHO.ordered({"label": "x", "number": 1}) == (1, "x")
    twice = CountStatement(b"SELECT %(a)s, %(b)s, %(a)s")
    assert twice.sql == b"SELECT %(a)s, %(b)s, %(a)s"
    assert twice.ordered({"a": 1, "b": 2}) == {"a": 1, "b": 2}


def test_two_users_never_have_one_cursor(counted: Connection[Any]) -> None:
    first, second = ECHO.cursor(counted), ECHO.cursor(counted)
    assert first is not second
    ECHO.keep(first)
    assert ECHO.cursor(counted) is first


def test_batches_give_what_single_calls_give() -> None:
    found = [(1, "a"), None]
    assert ECHO.one_each(found) == [Pair(1, "a"), None]
    assert ECHO.only_each(found[:1]) == [Pair(1, "a")]
    assert ECHO.all_each([[(1, "a"), (2, "b")], []]) == [[Pair(1, "a"), Pair(2, "b")], []]
    assert QUOTIENT.one_each([(1,), (None,), None]) == [1, None, None]
    assert QUOTIENT.only_each([(1,), (2,)]) == [1, 2]
    for nothing in (lambda: ECHO.only_each(found), lambda: QUOTIENT.only_each([(None,)])):
        with pytest.raises(NoRow):
            nothing()


def test_of_a_batch_all_runs_count_or_none(desk_url: str) -> None:
    people = [{"mail": f"{number % 30}@desk"} for number in range(31)]
    with psycopg.connect(desk_url, autocommit=True) as connection:
        cursor = ENTER.cursor(connection)
        with pytest.raises(psycopg.errors.UniqueViolation):
            cursor.executemany(ENTER.sql, map(ENTER.ordered, people), returning=True)
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (0,)


def test_threads_share_a_connection(desk: Connection[Any]) -> None:
    def work(number: int) -> list[Pair]:
        return [echo(desk, number, f"{number}.{turn}") for turn in range(100)]

    with ThreadPoolExecutor(8) as threads:
        for number, found in enumerate(threads.map(work, range(8))):
            assert found == [Pair(number, f"{number}.{turn}") for turn in range(100)]


async def test_tasks_share_a_connection(desk_async: AsyncConnection[Any]) -> None:
    found = await asyncio.gather(*(echo_async(desk_async, n, str(n)) for n in range(100)))
    assert found == [Pair(n, str(n)) for n in range(100)]


async def test_a_cancelled_task_leaves_no_cursor_behind(desk_async: AsyncConnection[Any]) -> None:
    await echo_async(desk_async, 1, "")
    taken = ECHO.cursor(desk_async)
    ECHO.keep(taken)
    waiting = asyncio.create_task(echo_async(desk_async, 2, ""))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await desk_async.rollback()
    assert ECHO.cursor(desk_async) is not taken
    assert await echo_async(desk_async, 3, "") == Pair(3, "")


def test_a_connection_is_not_kept_alive(desk_url: str) -> None:
    connection = psycopg.connect(desk_url)
    echo(connection, 1, "")
    connection.close()
    gone = weakref.ref(connection)
    del connection
    gc.collect()
    assert gone() is None


def test_a_pool_can_drop_a_connection(desk_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "psycopg.pool")  # a record would hold the connection
    with ConnectionPool(desk_url, min_size=1, max_size=1, open=True) as pool:
        for number in range(3):
            with pool.connection() as connection:
                assert echo(connection, number, "") == Pair(number, "")
        gone = weakref.ref(connection)
        with pool.connection() as connection:
            connection.close()
        del connection
        with pool.connection() as connection:
            assert echo(connection, 4, "") == Pair(4, "")
        gc.collect()
        assert gone() is None


async def test_a_pool_for_async_code(desk_url: str) -> None:
    async with AsyncConnectionPool(desk_url, min_size=2, open=False) as pool:

        async def work(number: int) -> Pair:
            async with pool.connection() as connection:
                return await echo_async(connection, number, "")

        assert await asyncio.gather(*map(work, range(20))) == [Pair(n, "") for n in range(20)]


def test_an_error_costs_the_cursor_and_nothing_else(counted: Connection[Any]) -> None:
    assert quotient(counted, 5) == 2
    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero), counted.transaction():
            quotient(counted, 0)
        assert quotient(counted, None) is None
    assert Counting.made == 3


def test_nothing_where_there_always_is_something(desk: Connection[Any]) -> None:
    with pytest.raises(NoRow):
        QUOTIENT.only(QUOTIENT.cursor(desk), (None,))
    with pytest.raises(NoRow):
        ECHO.only(ECHO.cursor(desk), None)


@pytest.mark.parametrize("kind", [psycopg.Cursor, psycopg.ClientCursor, psycopg.RawCursor])
def test_connections_with_cursors_and_rows_of_other_kinds(desk_url: str, kind: Any) -> None:
    with psycopg.connect(desk_url, row_factory=dict_row, cursor_factory=kind) as connection:
        for _ in range(7):
            assert echo(connection, 1, "é") == Pair(1, "é")
            assert series(connection, 2) == [(1, "1"), (2, "2")]
            assert quotient(connection, 2) == 5
            assert touch(connection, [-1]) == 0
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}


@pytest.mark.parametrize(
    "kind", [psycopg.AsyncCursor, psycopg.AsyncClientCursor, psycopg.AsyncRawCursor]
)
async def test_async_connections_with_other_cursors(desk_url: str, kind: Any) -> None:
    async with await psycopg.AsyncConnection.connect(
        desk_url, row_factory=dict_row, cursor_factory=kind
    ) as connection:
        for _ in range(7):
            assert await echo_async(connection, 1, "é") == Pair(1, "é")


def test_a_pooler_that_forbids_prepared_statements(desk_url: str) -> None:
    with psycopg.connect(desk_url, prepare_threshold=None, autocommit=True) as connection:
        for number in range(7):
            assert echo(connection, number, "") == Pair(number, "")
        [prepared] = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchall()
        assert prepared == (0,)


def test_statements_are_prepared_once(desk: Connection[Any]) -> None:
    for number in range(20):
        echo(desk, number, "")
    found = desk.execute("SELECT statement FROM pg_prepared_statements").fetchall()
    assert [each for (each,) in found if "AS label" in each] == [
        "SELECT $1::int AS number, $2::text AS label"
    ]


def test_pipelines(desk: Connection[Any]) -> None:
    ticket = a_ticket(desk)
    for _ in range(3):
        with desk.pipeline():
            assert [echo(desk, n, "") for n in range(7)] == [Pair(n, "") for n in range(7)]
            assert touch(desk, [ticket]) == 1
            assert series(desk, 2)[1] == (2, "2")
        assert echo(desk, 8, "") == Pair(8, "")
        assert touch(desk, [ticket]) == 1


def test_an_error_in_a_pipeline(desk_url: str) -> None:
    def after_another(connection: Connection[Any]) -> None:
        with connection.pipeline():
            connection.execute("SELECT 1 / 0")
            quotient(connection, 1)

    with psycopg.connect(desk_url, autocommit=True) as connection:
        assert quotient(connection, 1) == 10
        with pytest.raises(psycopg.errors.DivisionByZero), connection.pipeline():
            quotient(connection, 0)
        assert quotient(connection, 5) == 2
        with pytest.raises((psycopg.errors.DivisionByZero, psycopg.errors.PipelineAborted)):
            after_another(connection)
        assert quotient(connection, 5) == 2


def test_the_time_zone_is_that_of_the_session(desk: Connection[Any]) -> None:
    for zone in ("UTC", "Asia/Kolkata", "America/New_York", "Asia/Kolkata"):
        desk.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        for _ in range(2):
            cursor = NOW.cursor(desk)
            cursor.execute(NOW.sql, {})
            moment = NOW.only(cursor, cursor.fetchone())
            assert moment.utcoffset() == moment.astimezone(ZoneInfo(zone)).utcoffset()


def test_the_styles_of_text_are_those_of_the_session(desk: Connection[Any]) -> None:
    for style, interval_style in (
        ("ISO", "postgres"),
        ("SQL, DMY", "postgres"),
        ("ISO", "iso_8601"),
    ):
        desk.execute("SELECT set_config('DateStyle', %s, true)", [style])
        desk.execute("SELECT set_config('IntervalStyle', %s, true)", [interval_style])
        for _ in range(2):
            cursor = TIMES.cursor(desk)
            cursor.execute(TIMES.sql, {})
            if interval_style == "postgres":
                assert TIMES.only(cursor, cursor.fetchone()) == (date(2030, 2, 1), timedelta(1))
            else:
                with pytest.raises(NotImplementedError):
                    cursor.fetchone()


def test_a_cursor_does_not_return_to_another_time_zone(desk: Connection[Any]) -> None:
    taken = NOW.cursor(desk)
    taken.execute(NOW.sql, {})
    desk.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")
    NOW.keep(NOW.cursor(desk))
    NOW.keep(taken)
    assert NOW.cursor(desk) is not taken


def test_the_encoding_is_that_of_the_session(desk: Connection[Any]) -> None:
    for encoding in ("UTF8", "LATIN1", "UTF8"):
        desk.execute("SELECT set_config('client_encoding', %s, true)", [encoding])
        cursor = ACCENT.cursor(desk)
        cursor.execute(ACCENT.sql, {})
        assert ACCENT.only(cursor, cursor.fetchone()) == "é"


def test_adapters_that_change_are_seen_when_cursors_are_forgotten(desk: Connection[Any]) -> None:
    class Loud(TextBinaryLoader):
        def load(self, data: Any) -> str:
            return super().load(data).upper()

    forget(desk)
    assert echo(desk, 1, "a") == Pair(1, "a")
    desk.adapters.register_loader("text", Loud)
    forget(desk)
    assert echo(desk, 1, "a") == Pair(1, "A")


def test_a_closed_connection(desk_url: str) -> None:
    with psycopg.connect(desk_url) as connection:
        echo(connection, 1, "")
    with pytest.raises(psycopg.OperationalError):
        echo(connection, 1, "")


def a_ticket(connection: Connection[Any]) -> int:
    row = connection.execute(
        "WITH person AS (INSERT INTO people (mail) VALUES ('ann@desk') RETURNING id)"
        " INSERT INTO tickets (opened_by, title) SELECT id, 'no power' FROM person RETURNING id"
    ).fetchone()
    assert row is not None
    return int(row[0])
