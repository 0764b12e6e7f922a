"""psycopg gives the same in the binary format as in text, wherever generated code asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.string import TextBinaryLoader

from sqltypist import types

if TYPE_CHECKING:
    from psycopg import Connection

# Extreme values of every type, as SQL writes them.
VALUES = {
    "bool": ["true", "false"],
    "bpchar": ["a ", "", "é\u20ac"],
    "bytea": ["", "\\x00ff27"],
    "cidr": ["10.0.0.0/8", "::/0", "2001:db8::/32", "1.2.3.4/32"],
    "date": ["0001-01-01", "9999-12-31", "infinity", "-infinity", "0044-03-15 BC", "10000-01-01"],
    "float8": ["0.1", "1.7976931348623157e308", "5e-324", "NaN", "Infinity", "-Infinity", "-0"],
    "inet": ["1.2.3.4", "1.2.3.4/8", "::1", "2001:db8::/32", "0.0.0.0/0"],
    "int2": ["-32768", "32767"],
    "int4": ["-2147483648", "2147483647"],
    "int8": ["-9223372036854775808", "9223372036854775807"],
    "interval": [
        "0", "1 month", "-1 month", "13 months 1 day", "-13 months 40 days -1.000001 s",
        "1 year -1 month", "178000000 years", "1 day -1 second", "-1 day 1 second",
        "-25 months", "-0.000001 s", "999999999 days 23:59:59.999999",
        "14 months -3 days 0.000001 s",
    ],
    "json": ["null", '{"a": 1.10, "b": 1e400, "a": 2}', '"\\u00e9"', "12345678901234567890"],
    "jsonb": ["null", '{"a": [1.10, 1e300, null]}', '"é"', "1.0"],
    "name": ["", "a name"],
    "numeric": [
        "0", "0.00", "-0.0", "1.50", "NaN", "Infinity", "-Infinity", "1e-16383", "1e130", "0.0001",
        "10000", "-99999999999999.00000000", "9" * 500 + "." + "1" * 500,
    ],
    "oid": ["0", "4294967295"],
    "text": ["", "é\u20ac\U0001f600", "a\nb\\"],
    "time": ["00:00", "23:59:59.999999", "24:00"],
    "timestamp": [
        "0001-01-01", "9999-12-31 23:59:59.999999", "infinity", "-infinity", "0044-03-15 BC",
        "10000-01-01",
    ],
    "timestamptz": [
        "0001-01-01 00:00+00", "0001-01-02 00:00+00", "9999-12-31 23:59:59.999999+00", "infinity",
        "-infinity", "1900-01-01 00:00+00", "1883-11-18 17:00+00", "2024-03-10 06:59:59+00",
        "2024-03-10 07:00+00", "2024-11-03 05:30+00", "2024-11-03 06:30+00", "0044-03-15 BC",
    ],
    "timetz": ["00:00+15:59", "23:59:59.999999-15:59:59", "12:00:00.1+05:30"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "varchar": ["", "a "],
    "int4range": ["empty", "[1,5)", "(,)", "[1,)", "(,5]"],
    "int8range": ["empty", "[1,9223372036854775807)"],
    "numrange": ["[1.50,2.0]", "(NaN,)", "empty", "(,)", "[-Infinity,Infinity)"],
    "daterange": ["[2020-01-01,2020-02-01)", "(,)", "[2020-01-01,infinity)"],
    "tsrange": ["[2020-01-01,)", "empty"],
    "tstzrange": ["[2024-03-10 06:59+00,2024-03-10 07:01+00)"],
    "int4multirange": ["{}", "{[1,2),[5,9)}"],
    "int8multirange": ["{}", "{[1,2),[5,9)}"],
    "nummultirange": ["{[1.5,2.50]}"],
    "datemultirange": ["{[2020-01-01,2020-02-01)}"],
    "tsmultirange": ["{[2020-01-01,)}"],
    "tstzmultirange": ["{[2024-03-10 06:59+00,2024-03-10 07:01+00)}"],
}  # fmt: skip


def outcome(connection: Connection[Any], expression: str, value: str, *, binary: bool) -> Any:
    """Give a value with all that equality leaves out, or the kind of its refusal."""
    query: Any = expression
    try:
        row = connection.execute(query, [value], binary=binary).fetchone()
    except (psycopg.DataError, NotImplementedError) as error:
        return type(error)
    assert row is not None
    return type(row[0]), repr(row[0])


def test_every_type_that_comes_binary_has_values_here() -> None:
    scalars = types._SCALARS.items()  # noqa: SLF001 - all of them, whatever they are
    ranges = types._RANGES  # noqa: SLF001
    assert {*VALUES} == {name for name, each in scalars if each.is_binary} | {*ranges}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_same_in_both_formats(desk: Connection[Any], name: str, zone: str) -> None:
    desk.autocommit = True  # a value may be refused
    desk.execute("SELECT set_config('TimeZone', %s, false)", [zone])
    for shape in ("%s::text::{}", "ARRAY[%s::text::{}]", "ARRAY[[NULL, %s::text::{}]]"):
        for value in VALUES[name]:
            expression = "SELECT " + shape.format(name)
            in_text = outcome(desk, expression, value, binary=False)
            assert outcome(desk, expression, value, binary=True) == in_text, (expression, value)


@pytest.mark.parametrize(
    ("name", "value"), [("float4", "0.1"), ('"char"', ""), ("macaddr", "0" * 12)]
)
def test_other_types_differ(desk: Connection[Any], name: str, value: str) -> None:
    expression = f"SELECT %s::text::{name}"
    in_text = outcome(desk, expression, value, binary=False)
    assert outcome(desk, expression, value, binary=True) != in_text


def test_an_endless_interval_is_refused_where_text_gives_nothing(desk: Connection[Any]) -> None:
    desk.autocommit = True
    expression = "SELECT %s::text::interval"
    in_text = outcome(desk, expression, "infinity", binary=False)
    in_binary = outcome(desk, expression, "infinity", binary=True)
    if desk.info.server_version < 170000:  # it has none, and says so
        assert in_binary == in_text == psycopg.errors.InvalidDatetimeFormat
    else:
        assert in_text[1] == "datetime.timedelta(0)"
        assert in_binary is psycopg.DataError


def test_an_enum_comes_as_text(desk: Connection[Any]) -> None:
    cursor = desk.cursor(binary=True)
    cursor.adapters.register_loader(0, TextBinaryLoader)
    assert cursor.execute("SELECT 'open'::ticket_state").fetchone() == ("open",)
