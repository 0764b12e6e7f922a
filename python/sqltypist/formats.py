"""Chooses the format in which a query's results come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqltypist.names import camel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqltypist.inferring import Column

# Nanoseconds that a value takes less in the binary format, to be written by the server and to be
# read by psycopg, as bench/formats.py measures them; the rest differs by no more than 20.
GAINS = {
    "bigint": 30,
    "bytea": 50,
    "cidr": 2300,
    "date": -40,
    "daterange": 470,
    "double precision": 300,
    "inet": 2200,
    "int4range": 540,
    "int8range": 580,
    "integer[]": 150,
    "interval": 70,
    "jsonb": -190,
    "numeric": -360,
    "numeric[]": -510,
    "numrange": -300,
    "text[]": 90,
    "time without time zone": 30,
    "timestamp with time zone": 110,
    "timestamp without time zone": 20,
    "tsrange": 3300,
    "tstzrange": 4000,
    "uuid": 50,
}

_LOOK = 1600
"""What a query in text pays for its look at how the session writes dates and intervals."""


def choose(
    columns: Iterable[Column], *, many: bool
) -> Literal["text", "binary", "binary with enums"]:
    """Choose the quicker format, or text where psycopg gives something else in the binary one.

    `many` says that there may be more than one row. An enum comes as bytes in the binary format,
    unless its cursor is told better.
    """
    gain, has_enums = 0, False
    for each in columns:
        is_enum = each.python.name == camel(each.python.enum) != ""
        if not (each.python.is_binary or is_enum):
            return "text"
        gain += GAINS.get(each.pg_type, 0)
        has_enums = has_enums or is_enum
    if gain < (0 if many else -_LOOK):
        return "text"
    return "binary with enums" if has_enums else "binary"
