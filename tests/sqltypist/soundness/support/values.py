"""Values of each type, those included that make functions answer NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

# Types of which columns are made.
VALUES = {
    "bool": ["true", "false"],
    "int2": ["0", "1", "2", "-1"],
    "int4": ["0", "1", "2", "3", "-1", "7"],
    "int8": ["0", "1", "2", "3", "-5"],
    "numeric": ["0", "1", "2.50", "-1.5", "NaN", "Infinity"],
    "float8": ["0", "1", "0.5", "-2", "NaN", "-Infinity"],
    "text": ["", "a", "b", "ab", "a,b", "1", "A", "{}", "null"],
    "date": ["2024-02-29", "1999-12-31", "infinity", "-infinity"],
    "timestamp": ["2024-02-29 10:00", "infinity", "-infinity"],
    "timestamptz": ["2024-02-29 10:00+00", "2030-01-01 00:00+02", "infinity", "-infinity"],
    "time": ["00:00", "12:30:15.5"],
    "interval": ["0", "1 day", "-2 hours", "1 month 3 days"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "018f0000-0000-7000-8000-000000000001"],
    "bytea": ["", "\\x00ff"],
    "json": ["null", "{}", "[1, null]", '{"a": null, "b": 2}', "3"],
    "jsonb": [
        "null", "{}", "[]", "1", '"a"', "true", '{"a": 1, "b": null}', '[1, null, "a"]',
        '{"a": {"b": [1, null]}}', '[{"a": 1}, {"a": null}, {}]',
    ],
    "mood": ["sad", "ok", "glad"],
    "small": ["1", "2"],
    "tag": ["", "x", "yz"],
    "pair": ["(1,a)", "(,)", "(2,)"],
    "int4range": ["empty", "[1,5)", "(,)", "[2,)", "(,4)"],
    "tstzrange": ["empty", "[2024-01-01,2025-01-01)", "(,)", "[2024-01-01,infinity]"],
    "int4multirange": ["{}", "{[1,3),[5,9)}", "{(,)}"],
    "int4[]": ["{}", "{1}", "{1,2,3}", "{NULL}", "{1,NULL,3}", "[0:1]={5,6}", "{{1,2},{3,NULL}}"],
    "text[]": ["{}", "{a}", "{a,b}", "{NULL,NULL}", "{a,NULL}", '{"NULL",""}'],
    "mood[]": ["{}", "{sad,glad}", "{NULL}"],
    "jsonb[]": ["{}", '{"null",NULL}', '{"[1]"}'],
    "date[]": ["{}", "{infinity}", "{2024-02-29,NULL}"],
}  # fmt: skip

# Types that only functions and operators bring in.
RARE = {
    "bit": ["1", "0"],
    "box": ["(1,1),(0,0)", "(3,3),(2,2)"],
    "bpchar": ["a", ""],
    "bool[]": ["{}", "{t,NULL}"],
    "cidr": ["10.0.0.0/8", "::/0"],
    "circle": ["<(0,0),1>", "<(9,9),0>"],
    "daterange": ["empty", "[2024-01-01,)", "(,)"],
    "datemultirange": ["{}", "{[2024-01-01,)}"],
    "float4": ["0", "1.5", "NaN"],
    "float8[]": ["{}", "{0.5,NULL}", "{0}"],
    "inet": ["127.0.0.1", "10.1.0.0/16", "::1"],
    "int2[]": ["{}", "{1,NULL}"],
    "int8[]": ["{}", "{1,NULL}"],
    "int8range": ["empty", "[1,)", "(,)"],
    "json[]": ["{}", '{"null",NULL}'],
    "line": ["{1,-1,0}", "{1,-1,5}"],
    "lseg": ["[(0,0),(1,1)]", "[(5,5),(6,5)]"],
    "macaddr": ["08:00:2b:01:02:03"],
    "money": ["0", "1.50"],
    "name": ["a", "pg_class", "nowhere"],
    "numeric[]": ["{}", "{1.5,NULL}"],
    "numrange": ["empty", "[1,)", "(,)"],
    "oid": ["0", "1259", "23", "2200"],
    "path": ["[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"],
    "point": ["(0,0)", "(2,3)"],
    "polygon": ["((0,0),(1,1),(2,0))"],
    "regclass": ["pg_class"],
    "regtype": ["int4"],
    "timestamptz[]": ["{}", "{infinity,NULL}"],
    "timetz": ["12:00+02"],
    "tsquery": ["a & b", ""],
    "tsvector": ["a:1 b:2", ""],
    "varbit": ["", "101"],
    "xml": ["<a>1</a>"],
    "jsonpath": [
        "$", "$.a", "$[*]", "strict $.a.b", "$[*] ? (@ > 1)", "$.a.size()", "exists($.b)",
    ],
}  # fmt: skip

NAMES = [*VALUES, *RARE]


def text_of(random: Random, type_name: str) -> str:
    """Give the text of a value; of a plain number mostly a small one, so that rows meet."""
    return random.choice(VALUES.get(type_name) or RARE[type_name])


def literal(random: Random, type_name: str) -> str:
    """Give a value as SQL."""
    value = text_of(random, type_name)
    if type_name == "bool":
        return value
    if type_name in {"int4", "numeric"} and value.lstrip("-").replace(".", "").isdigit():
        return f"({value})" if type_name == "int4" or "." in value else f"({value}.0)"
    quoted = value.replace("'", "''").replace("%", "%%")
    return f"'{quoted}'::{type_name}"
