"""PostgreSQL's types in Python: how psycopg gives them, and how it takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqltypist.names import camel

if TYPE_CHECKING:
    from sqltypist.catalog import Catalog, Type


class _UnsupportedType(Exception):
    """psycopg would give or take this type as something unexpected; the message says more."""


@dataclass(frozen=True)
class PythonType:
    """A type in an annotation, the imports that it needs, and how a value of it is sent."""

    name: str
    imports: tuple[tuple[str, str], ...] = ()
    """Pairs of module and name."""
    sent: int = 0
    """The type that psycopg says it sends; 0 lets the server decide."""
    sent_large: int = 0
    """The type that it says for the largest values of an int."""
    wrap: str = ""
    """What a value is wrapped in before it is sent."""
    refusal: str = ""
    """Why generated code cannot have this type, and what to do about it."""
    enum: str = ""
    """The enum type that the generated module of enums has to hold."""


_DATETIME = (("datetime", "datetime"),)
_DECIMAL = (("decimal", "Decimal"),)
_UUID = (("uuid", "UUID"),)
_INET = tuple(
    ("ipaddress", name) for name in ("IPv4Address", "IPv4Interface", "IPv6Address", "IPv6Interface")
)
_JSON = "sqltypist.runtime"

_SCALARS = {
    "bool": PythonType("bool", sent=16),
    "bpchar": PythonType("str"),
    "bytea": PythonType("bytes", sent=17),
    "char": PythonType("str"),
    "date": PythonType("date", (("datetime", "date"),), sent=1082),
    "float4": PythonType("float", sent=701),
    "float8": PythonType("float", sent=701),
    "inet": PythonType(" | ".join(name for _, name in _INET), _INET, sent=869),
    "int2": PythonType("int", sent=21),
    "int4": PythonType("int", sent=21, sent_large=23),
    "int8": PythonType("int", sent=21, sent_large=20),
    "interval": PythonType("timedelta", (("datetime", "timedelta"),), sent=1186),
    "json": PythonType("Json", ((_JSON, "Json"),), sent=114, wrap="Json"),
    "jsonb": PythonType("Json", ((_JSON, "Json"),), sent=3802, wrap="Jsonb"),
    "name": PythonType("str"),
    "numeric": PythonType("Decimal", _DECIMAL, sent=1700),
    "oid": PythonType("int", sent=21, sent_large=20),
    "text": PythonType("str"),
    "time": PythonType("time", (("datetime", "time"),), sent=1083),
    "timestamp": PythonType("datetime", _DATETIME, sent=1114),
    "timestamptz": PythonType("datetime", _DATETIME, sent=1184),
    "uuid": PythonType("UUID", _UUID, sent=2950),
    "varchar": PythonType("str"),
    "void": PythonType("str"),
}

# The type that psycopg says for a list, by the type of its elements.
_LISTS = {
    16: 1000, 17: 1001, 20: 1016, 21: 1005, 23: 1007, 114: 199, 701: 1022, 869: 1041, 1082: 1182,
    1083: 1183, 1114: 1115, 1184: 1185, 1186: 1187, 1700: 1231, 2950: 2951, 3802: 3807,
}  # fmt: skip


class Types:
    """Finds the Python type of a column or a parameter."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def shown(self, oid: int) -> str:
        """Give a type's name as SQL writes it."""
        found = self._catalog.types.get(oid)
        return found.shown if found else str(oid)

    def column(self, oid: int, *, nullable_elements: bool) -> PythonType:
        """Give the type in which psycopg returns a column."""
        try:
            return self._column(oid, nullable_elements=nullable_elements)
        except _UnsupportedType as error:
            return PythonType("str", refusal=str(error))

    def parameter(self, oid: int, *, nullable_elements: bool) -> PythonType:
        """Give the type that a parameter takes."""
        try:
            return self._parameter(oid, nullable_elements=nullable_elements)
        except _UnsupportedType as error:
            return PythonType("str", refusal=str(error))

    def _column(self, oid: int, *, nullable_elements: bool) -> PythonType:
        found = self._base(oid)
        if found.element_oid is None:
            return self._scalar(found)
        element_type = self._catalog.types.get(found.element_oid)
        if element_type is None or element_type.kind != "b":
            raise _UnsupportedType(
                f"psycopg returns {found.shown} as one string: cast it, as in ::text[]"
            )
        element = self._scalar(element_type)
        null = " | None" if nullable_elements and element.name != "Json" else ""
        return replace(element, name=f"list[{element.name}{null}]", wrap="")

    def _parameter(self, oid: int, *, nullable_elements: bool) -> PythonType:
        found = self._base(oid)
        if found.element_oid is None:
            return _input(self._scalar(found))
        element = _input(self._scalar(self._base(found.element_oid)))
        null = " | None" if nullable_elements and not element.wrap else ""
        return replace(
            element,
            name=f"Sequence[{element.name}{null}]",
            imports=(*element.imports, ("collections.abc", "Sequence")),
            sent=_LISTS.get(element.sent, 0),
            sent_large=_LISTS.get(element.sent_large, 0),
            wrap=f"{element.wrap}[]",
        )

    def _base(self, oid: int) -> Type:
        found = self._catalog.base(oid)
        if found is None:
            raise _UnsupportedType(f"the type {oid} is unknown to this database")
        return found

    def _scalar(self, found: Type) -> PythonType:
        if found.kind == "e":
            if found.schema not in self._catalog.schemas:
                raise _UnsupportedType(
                    f"the enum {found.shown} is outside the search path: cast it to text"
                )
            return PythonType(camel(found.name), enum=found.name)
        scalar = _SCALARS.get(found.name) if found.schema == "pg_catalog" else None
        if scalar is None:
            raise _UnsupportedType(
                f"the type {found.shown} has no Python type here: cast it to one that has, as in "
                "::text, or take its parts"
            )
        return scalar


def _input(python: PythonType) -> PythonType:
    """JSON goes in wider than it comes out: any mapping, any sequence."""
    if not python.wrap:
        return python
    return replace(python, name="JsonInput", imports=((_JSON, "JsonInput"),))
