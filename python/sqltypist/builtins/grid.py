"""The values that functions are tried on, and the types that a polymorphic one is tried with."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

VALUES = Path(__file__).parent / "values.txt"

RAISED, UNSUPPORTED = -1, -2
"""Codes of calls that gave nothing; the second where the server was built without what it needs."""

SCRATCH = frozenset({"mood", "pair", "nothing"})
"""Types that the experiment makes for itself."""

# What stands for "any" and anyelement.
ELEMENTS = (
    "int4", "text", "jsonb", "pair", "mood", "timestamptz", "numrange", "float8", "bool", "json",
    "numeric", "date", "interval", "uuid", "bytea", "name", "nothing", "_int4", "_text",
    "int4multirange", "inet", "point", "tsvector", "time", "bit", "money", "regclass", "xid8",
)  # fmt: skip
# What stands for the elements of an anyarray.
FEW_ELEMENTS = ("int4", "text", "jsonb", "pair", "mood", "numrange", "timestamptz", "float8")
RANGES = {
    "int4": "int4range",
    "numeric": "numrange",
    "date": "daterange",
    "timestamptz": "tstzrange",
}
MIXTURES = 60
"""How many combinations of types are tried where each argument may be of any type."""

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")
_READ_DIFFERENTLY = frozenset({"bit", "char"})
"""Types whose names mean others in a query, unless they are quoted."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value to try, or a NULL."""

    text: str | None
    sql: str
    """The value in a generated query."""
    shown: str
    """The value as a person would write it."""
    is_solid: bool
    """Not NULL, and of an array: without NULL elements, as a NULL array is, too."""

    @property
    def is_null(self) -> bool:
        """Whether this is a NULL."""
        return self.text is None


@dataclass
class Grid:
    """The values that this server accepts."""

    _attempt: Callable[[Sequence[str]], list[int]]
    _sections: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _known: dict[tuple[str, str], list[Value]] = field(
        default_factory=dict[tuple[str, str], "list[Value]"]
    )
    _lacking: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, attempt: Callable[[Sequence[str]], list[int]]) -> Grid:
        """Read the values; `attempt` gives the codes of expressions."""
        grid, names = cls(attempt), list[str]()
        for line in VALUES.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                names = [each.strip() for each in line[1:-1].split(",")]
                for name in names:
                    grid._sections.setdefault(name, [])
            elif line and not line.startswith("#"):
                for name in names:
                    grid._sections[name].append(line[1:-1].replace("''", "'"))
        return grid

    def of(self, type_name: str, *sections: str) -> list[Value]:
        """Give the values of a type; those of the first section that there is and that fits."""
        section = next((each for each in sections if each in self._sections), type_name)
        key = (type_name, section)
        if key not in self._known:
            values = self._values(type_name, section)
            codes = self._attempt([f"num_nulls({each.sql})" for each in values])
            if codes and set(codes) == {UNSUPPORTED}:
                self._lacking.add(type_name)
            found = [each for each, code in zip(values, codes, strict=True) if code >= 0]
            if not found and section != type_name:
                found = self.of(type_name)
            self._known[key] = found
        return self._known[key]

    def lacks(self, type_name: str) -> bool:
        """Tell whether this server was built without a type."""
        if type_name.startswith("any"):
            return False
        return not self.of(type_name) and type_name in self._lacking

    def _values(self, type_name: str, section: str) -> list[Value]:
        texts = self._sections.get(section)
        if texts is None and type_name.startswith("_"):
            texts = list(_arrays([each.text or "" for each in self.of(type_name[1:])]))
        elif texts is None and type_name.endswith("multirange"):
            ranges = self.of(type_name.removesuffix("multirange") + "range")
            texts = list(_multiranges([each.text or "" for each in ranges]))
        return [make(type_name, each) for each in texts or []]


def make(type_name: str, text: str | None) -> Value:
    """Give a value of a type; its NULL when the text is None."""
    literal = sql.NULL if text is None else sql.Literal(text)
    schema = "pg_temp" if type_name.removeprefix("_") in SCRATCH else "pg_catalog"
    written = sql.SQL("{}::{}").format(literal, sql.Identifier(schema, type_name)).as_string()
    is_array = type_name.startswith("_")
    is_solid = is_array if text is None else not (is_array and "NULL" in text)
    return Value(text, written, _shown(type_name, literal.as_string(), schema), is_solid)


def instances(types: Sequence[str], seed: str) -> list[tuple[str, ...]]:
    """Give the combinations of real types that stand for declared ones, polymorphic or not."""
    if types.count("any") > 1:
        chance = random.Random(seed)  # noqa: S311 -- to be the same in every run, not secret
        return list(
            dict.fromkeys(
                tuple(chance.choice(ELEMENTS) if each == "any" else each for each in types)
                for _ in range(MIXTURES)
            )
        )
    return list(dict.fromkeys(_instances(types)))


def _instances(types: Sequence[str]) -> Iterator[tuple[str, ...]]:
    kinds = {
        each.removeprefix("anycompatible").removeprefix("any")
        for each in types
        if each.startswith("any")
    }
    if kinds & {"range", "multirange"}:
        elements: Sequence[str] = tuple(RANGES)
    elif "enum" in kinds:
        elements = ("mood",)
    elif "array" in kinds:
        elements = FEW_ELEMENTS
        if "anyarray" in types:  # these two are arrays, too
            for vector in ("int2vector", "oidvector"):
                yield tuple(vector if each == "anyarray" else each for each in types)
    elif kinds or "any" in types:
        elements = ELEMENTS
    elif "record" in types:
        elements = ("pair", "nothing")
    else:
        elements = ("",)
    for element in elements:
        if not ("anynonarray" in types and element.startswith("_")):
            yield tuple(_real(each, element) for each in types)


def _real(declared: str, element: str) -> str:
    if declared in {"record", "any"}:
        return element
    if not declared.startswith("any"):
        return declared
    kind = declared.removeprefix("any").removeprefix("compatible")
    if kind == "array":
        return f"_{element}"
    if kind in {"range", "multirange"}:
        return RANGES[element].removesuffix("range") + kind
    return element


def _shown(type_name: str, literal: str, schema: str) -> str:
    bare = literal.strip("'")
    if (type_name == "int4" and bare.isdigit()) or (type_name == "bool" and literal != "NULL"):
        return bare
    name = type_name.removeprefix("_")
    if not _PLAIN_NAME.fullmatch(name) or name in _READ_DIFFERENTLY:
        name = f'"{name}"'
    if schema == "pg_temp":
        name = f"pg_temp.{name}"
    return f"{literal}::{name}{'[]' if type_name.startswith('_') else ''}"


def _arrays(elements: Sequence[str]) -> Iterator[str]:
    if not elements:
        return
    quoted = ['"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in elements]
    a, b, c, d = (quoted[number % len(quoted)] for number in (1, 0, 2, len(quoted) - 1))
    yield from (
        "{}", f"{{{a}}}", f"{{{a},{b}}}", f"{{{c},{a},{d}}}", f"{{{a},{a}}}", f"{{{d}}}",
        f"[2:3]={{{a},{b}}}", f"{{{{{a},{b}}},{{{b},{d}}}}}", f"[0:1][3:3]={{{{{a}}},{{{b}}}}}",
        "{NULL}", f"{{{a},NULL}}", f"{{NULL,{a},{b}}}", f"{{{{{a},NULL}},{{{b},{a}}}}}",
    )  # fmt: skip


def _multiranges(ranges: Sequence[str]) -> Iterator[str]:
    yield "{}"
    yield from (f"{{{each}}}" for each in ranges)
    yield from (f"{{{one},{other}}}" for one, other in itertools.pairwise(ranges))
