"""PostgreSQL's types in Python: how psycopg gives them, and how it takes them."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqltypist.names import camel

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    is_binary: bool = True
    """Whether psycopg gives the same in the binary format as in text."""
    refusal: str = ""
    """Why generated code cannot have this type, and what to do about it."""
    enum: str = ""
    """The enum type that the generated module of enums has to hold."""
    composite: str = ""
    """The class that the generated module of composites has to hold."""
    registers: tuple[int, ...] = ()
    """The types that a connection must know before psycopg gives this one, each after its parts."""


@dataclass(frozen=True)
class Composite:
    """A composite type, as the class that is made of it."""

    name: str
    fields: tuple[tuple[str, PythonType, str], ...]
    """The name, the type and the comment of each field; each may be NULL."""
    comment: str


_WORD = re.compile(r"\w+")
_DATETIME = (("datetime", "datetime"),)
_DECIMAL = (("decimal", "Decimal"),)
_JSON = "sqltypist.runtime"


def _addresses(*names: str, sent: int) -> PythonType:
    imports = tuple(("ipaddress", name) for name in names)
    return PythonType(" | ".join(names), imports, sent=sent)


# What psycopg gives as text, and in the binary format as bytes.
_AS_TEXT = (
    "bit varbit macaddr macaddr8 regclass regcollation regconfig regdictionary regnamespace "
    "regoper regoperator regproc regprocedure regrole regtype"
)
_SCALARS = {
    **dict.fromkeys(_AS_TEXT.split(), PythonType("str", is_binary=False)),
    "bool": PythonType("bool", sent=16),
    "bpchar": PythonType("str"),
    "bytea": PythonType("bytes", sent=17),
    "char": PythonType("str", is_binary=False),
    "cidr": _addresses("IPv4Network", "IPv6Network", sent=650),
    "date": PythonType("date", (("datetime", "date"),), sent=1082),
    "float4": PythonType("float", sent=701, is_binary=False),
    "float8": PythonType("float", sent=701),
    "inet": _addresses("IPv4Address", "IPv4Interface", "IPv6Address", "IPv6Interface", sent=869),
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
    "timetz": PythonType("time", (("datetime", "time"),), sent=1266),
    "uuid": PythonType("UUID", (("uuid", "UUID"),), sent=2950),
    "varchar": PythonType("str"),
    "void": PythonType("None", is_binary=False),
}

# The class that says of a range which of the server's own types it is; psycopg would else guess
# from a bound, and not at all where there is none.
_RANGES = {
    "datemultirange": "DateMultirange",
    "daterange": "DateRange",
    "int4multirange": "Int4Multirange",
    "int4range": "Int4Range",
    "int8multirange": "Int8Multirange",
    "int8range": "Int8Range",
    "nummultirange": "NumericMultirange",
    "numrange": "NumericRange",
    "tsmultirange": "TimestampMultirange",
    "tsrange": "TimestampRange",
    "tstzmultirange": "TimestamptzMultirange",
    "tstzrange": "TimestamptzRange",
}


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

    def composite(self, oid: int) -> Composite:
        """Give the class of a composite type that a column or a parameter has."""
        found = self._base(oid)
        fields = tuple(
            (each.name, self._inside(each.type_oid), each.comment or "")
            for each in self._catalog.columns_of(found.relation_oid or 0)
        )
        return Composite(camel(found.name), fields, found.comment or "")

    def _column(self, oid: int, *, nullable_elements: bool) -> PythonType:
        found = self._base(oid)
        element_oid = self._element(found)
        if element_oid is None:
            return self._scalar(found)
        element = self._inside(element_oid)
        null = " | None" if nullable_elements and element.name != "Json" else ""
        return replace(element, name=f"list[{element.name}{null}]", wrap="")

    def _parameter(self, oid: int, *, nullable_elements: bool) -> PythonType:
        found = self._base(oid)
        element_oid = self._element(found)
        if element_oid is None:
            return _input(self._scalar(found))
        element = _input(self._scalar(self._base(element_oid)))
        null = " | None" if nullable_elements and element.name != "JsonInput" else ""
        return replace(
            element,
            name=f"Sequence[{element.name}{null}]",
            imports=(*element.imports, ("collections.abc", "Sequence")),
            sent=self._array(element.sent),
            sent_large=self._array(element.sent_large),
            wrap=f"{element.wrap}[]",
        )

    def _base(self, oid: int) -> Type:
        found = self._catalog.base(oid)
        if found is None:
            raise _UnsupportedType(f"the type {oid} is unknown to this database")
        return found

    def _element(self, found: Type) -> int | None:
        """Give the type of an array's elements; int2vector, for one, is no array to psycopg."""
        element = self._catalog.types.get(found.element_oid or 0)
        return element.oid if element and element.array_oid == found.oid else None

    def _array(self, oid: int) -> int:
        found = self._catalog.types.get(oid)
        return found.array_oid if found else 0

    def _inside(self, oid: int) -> PythonType:
        """Give the type of an element or of a field.

        Inside of an array or of a composite, a domain goes under its own name, and what psycopg
        does not know has to be known by its own.
        """
        python, base = self._column(oid, nullable_elements=True), self._base(oid)
        named = [base.oid] if base.kind == "e" or _is_text(base) else []
        named += [oid] if oid != base.oid else []
        registers = tuple(dict.fromkeys((*python.registers, *named)))
        return replace(python, registers=registers, is_binary=python.is_binary or base.kind == "e")

    def _scalar(self, found: Type) -> PythonType:
        if found.name == "record":
            raise _UnsupportedType(
                "a row without a type has no Python type: name its columns instead"
            )
        is_builtin = found.schema == "pg_catalog"
        if is_builtin and found.name in _SCALARS:
            return _SCALARS[found.name]
        if _is_text(found):
            return PythonType("str", is_binary=False)
        if found.kind in {"r", "m"} and found.subtype_oid:
            return self._range(found, found.subtype_oid)
        if found.kind not in {"e", "c"} or is_builtin:
            raise _UnsupportedType(
                f"the type {found.shown} has no Python type here: cast a column to one that has, "
                f"as in ::text, and a parameter from it, as in :name::text::{found.shown}"
            )
        if found.schema not in self._catalog.schemas:
            raise _UnsupportedType(
                f"the type {found.shown} is outside the search path: cast it to text"
            )
        if found.kind == "e":
            return PythonType(camel(found.name), is_binary=False, enum=found.name)
        return self._row(found)

    def _range(self, found: Type, subtype_oid: int) -> PythonType:
        """Give the type of a range: psycopg knows the server's own, and others are registered."""
        bound = self._inside(subtype_oid)
        wrap = _RANGES.get(found.name, "") if found.schema == "pg_catalog" else ""
        kind = "Range" if found.kind == "r" else "Multirange"
        return PythonType(
            f"{kind}[{bound.name}]",
            (*bound.imports, (f"psycopg.types.{kind.lower()}", kind)),
            sent=found.oid,
            wrap=wrap,
            is_binary=bound.is_binary,
            enum=bound.enum,
            registers=bound.registers if wrap else (*bound.registers, found.oid),
        )

    def _row(self, found: Type) -> PythonType:
        if found.relation_kind != "c":
            raise _UnsupportedType(
                f"a whole row of {found.shown} has no Python type, as its columns may change: name "
                "them, or take to_jsonb() of it"
            )
        fields = self.composite(found.oid).fields
        used = {word for _, each, _ in fields for word in _WORD.findall(each.name)}
        for name, _, _ in fields:
            if not name.isidentifier() or keyword.iskeyword(name) or name in used:
                raise _UnsupportedType(
                    f"the type {found.shown} has a field {name!r}, which a field cannot be named "
                    "in Python, or not beside such a type: name the fields of the column instead"
                )
        return PythonType(
            camel(found.name),
            sent=found.oid,
            is_binary=all(each.is_binary for _, each, _ in fields),
            composite=camel(found.name),
            registers=(*_registers(each for _, each, _ in fields), found.oid),
        )


def _is_text(found: Type) -> bool:
    """Tell whether a type is text of a kind that an extension made, such as citext."""
    return found.kind == "b" and found.category == "S" and found.schema != "pg_catalog"


def _registers(types: Iterable[PythonType]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(oid for each in types for oid in each.registers))


def _input(python: PythonType) -> PythonType:
    """JSON goes in wider than it comes out: any mapping, any sequence."""
    if python.name != "Json":
        return python
    return replace(python, name="JsonInput", imports=((_JSON, "JsonInput"),))
