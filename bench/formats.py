"""Measures what the binary format of results brings for values of each type, in nanoseconds.

What the server takes to write a value, plus what psycopg takes to read it, in text and in binary:
the least of several runs, processor time of psycopg, and the server's own measure of writing. The
last column is what sqltypist.formats has.
"""

from __future__ import annotations

import re
import time
from typing import Any

import psycopg
from psycopg.types.string import TextBinaryLoader
from rich.console import Console
from rich.table import Table

from sqltypist.formats import GAINS
from taskspine.server import Server

VALUES = {
    "bigint": "n::int8 * 1000000000000",
    "boolean": "n > 500",
    "bytea": "decode(md5(n::text), 'hex')",
    "character varying": "('Item number ' || n)::varchar",
    "cidr": "'10.0.0.0/8'::cidr",
    "date": "date '2030-01-01' + n",
    "daterange": "daterange(date '2030-01-01', date '2030-01-01' + n)",
    "double precision": "n / 7.0::float8",
    "inet": "'1.2.3.4'::inet",
    "int4range": "int4range(n, n + 1)",
    "int8range": "int8range(n, n + 1)",
    "integer": "n",
    "integer[]": "ARRAY[n, n + 1]",
    "interval": "n * interval '1 second'",
    "json": "json_build_object('a', n)",
    "jsonb": "jsonb_build_object('a', n)",
    "numeric": "n * 0.25",
    "numeric[]": "ARRAY[n * 0.25, n]",
    "numrange": "numrange(n, n + 1)",
    "smallint": "n::int2",
    "text": "'Item number ' || n",
    "text[]": "ARRAY['one', 'two']",
    "time without time zone": "localtime",
    "timestamp with time zone": "now() + n * interval '1 second'",
    "timestamp without time zone": "localtimestamp + n * interval '1 second'",
    "tsrange": "tsrange(localtimestamp, NULL)",
    "tstzrange": "tstzrange(now(), NULL)",
    "uuid": "gen_random_uuid()",
}
ROWS, COLUMNS, RUNS = 1000, 5, 15


def written(connection: psycopg.Connection[Any], query: str, form: str) -> float:
    """Nanoseconds that the server takes to write a value."""
    explain: Any = f"EXPLAIN (ANALYZE, SERIALIZE {form}) {query}"
    text = "\n".join(line for (line,) in connection.execute(explain).fetchall())
    found = re.search(r"Serialization: time=([\d.]+) ms", text)
    assert found is not None
    return float(found[1]) * 1e6 / ROWS / COLUMNS


def read(cursor: psycopg.Cursor[Any]) -> float:
    """Nanoseconds that psycopg takes to read a value."""
    cursor.scroll(0, "absolute")
    start = time.thread_time()
    cursor.fetchall()
    return (time.thread_time() - start) * 1e9 / ROWS / COLUMNS


def main() -> None:
    """Measure, and print."""
    table = Table("type", "text: write", "read", "binary: write", "read", "gain", "in use")
    with (
        Server() as server,
        psycopg.connect(server.url(), autocommit=True, prepare_threshold=None) as connection,
    ):
        for name, expression in VALUES.items():
            connection.execute("DROP TABLE IF EXISTS written")
            made: Any = f"SELECT {expression} AS v FROM generate_series(1, {ROWS}) AS n"
            connection.execute(f"CREATE TEMPORARY TABLE written AS {made}")
            query: Any = f"SELECT {', '.join(['v'] * COLUMNS)} FROM written"
            costs: list[float] = []
            for form in ("TEXT", "BINARY"):
                cursor = connection.cursor(binary=form == "BINARY")
                cursor.adapters.register_loader(0, TextBinaryLoader)
                cursor.execute(query)
                costs.append(min(written(connection, query, form) for _ in range(RUNS)))
                costs.append(min(read(cursor) for _ in range(RUNS)))
            gain = costs[0] + costs[1] - costs[2] - costs[3]
            shown = [f"{each:,.0f}" for each in (*costs, gain)]
            table.add_row(name, *shown, str(GAINS.get(name, "")))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
