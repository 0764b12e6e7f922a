"""The functions and operators of a server, as its catalog lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from values import NAMES

if TYPE_CHECKING:
    import psycopg

# What reads files, waits, takes locks, runs text as SQL, or makes values of any size.
_UNWANTED = re.compile(
    r"^(pg_(?!get_(viewdef|userbyid|expr|indexdef|functiondef)|size|column|typeof|input|encoding)"
    r"|lo_|txid|binary_|brin|gin|gist|spg|hash|bt|ts_(stat|debug|parse)|has_|row_security"
    r"|query_to|cursor_to|database_to|schema_to|table_to|inet_(client|server)|current_query"
    r"|json.?_populate|json.?_to_record|interval_accum|.*_trans|.*_accum|.*_combine|.*_final|.*_out$"
    r"|prs_|ts_token|ts_lexize|parse_ident|dsnowball|dispell|dsynonym|thesaurus|record_image"
    r"|repeat$|lpad$|rpad$|array_fill$|generate_series$|random|factorial$|set_|setval|nextval"
    r"|currval|lastval|power$|dpow$|numeric_power$|numeric_exp$|exp$|pg_sleep|amvalid|fmgr"
    r"|.*(_support|sel|joinsel|_handler|_recv|_send|send|_cmp|_sortsupport)$)"
)

_SIGNATURES = """
SELECT quote_ident(p.proname), p.prokind, p.proretset,
    p.pronamespace <> 'pg_catalog'::regnamespace,
    ARRAY(SELECT coalesce(nullif(e.typname, '') || '[]', t.typname)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS a (oid, n)
        JOIN pg_type AS t ON t.oid = a.oid
        LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typlen = -1 ORDER BY a.n),
    coalesce(e.typname || '[]', t.typname), p.provariadic <> 0,
    ARRAY(SELECT coalesce(e.typname || '[]', t.typname)
        FROM unnest(p.proallargtypes, p.proargmodes) WITH ORDINALITY AS a (oid, mode, n)
        JOIN pg_type AS t ON t.oid = a.oid
        LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typlen = -1
        WHERE a.mode IN ('o', 'b', 't') ORDER BY a.n)
FROM pg_proc AS p
JOIN pg_type AS t ON t.oid = p.prorettype
LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typlen = -1
LEFT JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.prokind IN ('f', 'a') AND p.provolatile IN ('i', 's') AND coalesce(g.aggkind, 'n') = 'n'
    AND p.pronamespace IN ('pg_catalog'::regnamespace, current_schema::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_aggregate AS a WHERE p.oid IN (a.aggtransfn, a.aggfinalfn,
        a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn) AND p.oid < 16384
        AND p.proname ~ '_')
ORDER BY p.pronamespace <> 'pg_catalog'::regnamespace, p.oid < 16384 DESC, p.proname,
    p.proargtypes::regtype[]::text
"""

_OPERATORS = """
SELECT o.oprname,
    ARRAY(SELECT coalesce(e.typname || '[]', t.typname)
        FROM unnest(ARRAY[o.oprleft, o.oprright]) WITH ORDINALITY AS a (oid, n)
        JOIN pg_type AS t ON t.oid = a.oid
        LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typlen = -1 ORDER BY a.n),
    coalesce(e.typname || '[]', t.typname)
FROM pg_operator AS o
JOIN pg_type AS t ON t.oid = o.oprresult
LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typlen = -1
WHERE o.oprcode <> 0
    AND o.oprnamespace IN ('pg_catalog'::regnamespace, current_schema::regnamespace)
ORDER BY o.oid < 16384 DESC, o.oprname, o.oprleft::regtype::text, o.oprright::regtype::text
"""

# What stands for a type that the catalog leaves open, by its element.
_OPEN = {
    "int4": "int4range", "text": None, "mood": None, "jsonb": None, "date": "daterange",
    "timestamptz": "tstzrange",
}  # fmt: skip
_MULTI = {"int4": "int4multirange", "date": "datemultirange"}


@dataclass(frozen=True)
class Signature:
    name: str
    arguments: tuple[str, ...]
    result: str
    is_variadic: bool = False
    columns: tuple[str, ...] = ()
    """Of a function that gives rows, the types of their columns."""


@dataclass
class Library:
    """What can be called, by the type that it gives."""

    functions: dict[str, list[Signature]] = field(default_factory=dict[str, list[Signature]])
    aggregates: dict[str, list[Signature]] = field(default_factory=dict[str, list[Signature]])
    operators: dict[str, list[Signature]] = field(default_factory=dict[str, list[Signature]])
    sets: list[Signature] = field(default_factory=list[Signature])
    own: dict[str, list[Signature]] = field(default_factory=dict[str, list[Signature]])
    """The functions of the database itself, which are met more often."""
    own_sets: list[Signature] = field(default_factory=list[Signature])

    @classmethod
    def read(cls, connection: psycopg.Connection[Any]) -> Library:
        """Read what can be called with the types that there are values of."""
        library = cls()
        for name, kind, is_set, is_own, arguments, result, variadic, out in connection.execute(
            _SIGNATURES.encode()
        ):
            if _UNWANTED.match(name):
                continue
            for types in _settled([*arguments, result, *out]):
                given, rest = types[: len(arguments)], types[len(arguments) :]
                signature = Signature(name, given, rest[0], variadic, rest[1:] or rest[:1])
                if is_set:
                    (library.own_sets if is_own else library.sets).append(signature)
                elif is_own and kind != "a":
                    library.own.setdefault(rest[0], []).append(signature)
                elif kind == "a":
                    library.aggregates.setdefault(rest[0], []).append(signature)
                else:
                    library.functions.setdefault(rest[0], []).append(signature)
        for name, arguments, result in connection.execute(_OPERATORS.encode()):
            for types in _settled([*arguments, result]):
                operator = Signature(name, types[:-1], types[-1])
                library.operators.setdefault(types[-1], []).append(operator)
        return library


def _settled(types: list[str]) -> list[tuple[str, ...]]:
    """Put known types in the place of open ones; give nothing when a type has no values here."""
    found: list[tuple[str, ...]] = []
    if any(each.startswith("any") for each in types):
        choices = [_replaced(types, element) for element in _OPEN]
    else:
        choices = [types]
    for choice in choices:
        result_ok = all(each in NAMES or each in {"any", "record", "void"} for each in choice)
        if result_ok and tuple(choice) not in found:
            found.append(tuple(choice))
    return found


def _replaced(types: list[str], element: str) -> list[str]:
    stand_in = {
        "anyelement": element, "anycompatible": element, "anynonarray": element,
        "anycompatiblenonarray": element, "anyarray": f"{element}[]",
        "anycompatiblearray": f"{element}[]", "anyrange": _OPEN[element],
        "anycompatiblerange": _OPEN[element], "anymultirange": _MULTI.get(element),
        "anycompatiblemultirange": _MULTI.get(element), "anyenum": "mood",
    }  # fmt: skip
    return [stand_in.get(each, each) or "none" for each in types]
