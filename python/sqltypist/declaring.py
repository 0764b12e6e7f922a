"""Writes the modules around those of the queries: enums, rules, tables, composites, the package."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from sqltypist.errors import SqltypistError
from sqltypist.formatting import (
    INDENT,
    Imports,
    assignment,
    bracketed,
    docstring,
    head,
    quoted,
    row_class,
)
from sqltypist.names import camel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqltypist.catalog import Rule, Type
    from sqltypist.configuration import Configuration
    from sqltypist.sharing import TableRow
    from sqltypist.types import Composite

_REGISTER = """\
Tell a connection of types that it would else read as raw strings.

Once for each connection; a pool does it for its own with configure=."""


def package(
    configuration: Configuration, types: Mapping[str, Composite | None], origin: str
) -> str:
    """Write the package's own module.

    It registers types, by their names in SQL, where there are any; composites with their class.
    """
    first = head(origin, "Typed functions, one for each named query.")
    if not types:
        return first.rstrip("\n") + "\n"
    imports, width = Imports(configuration), configuration.line_length
    imports.add(
        ("typing", "Any"),
        ("typing", "Final"),
        ("psycopg", "AsyncConnection"),
        ("psycopg", "Connection"),
        ("sqltypist.registering", "register_types"),
        ("sqltypist.registering", "register_types_async"),
        *((configuration.composites_module, each.name) for each in types.values() if each),
    )
    items = [f"{quoted(name)}: {each.name if each else None}" for name, each in types.items()]
    body = [
        "_TYPES: Final[dict[str, type | None]] = {\n",
        *(f"{INDENT}{item},\n" for item in items),
        "}\n",
    ]
    for prefix, suffix, kind in (("", "", "Connection"), ("async ", "_async", "AsyncConnection")):
        wait = "await " if prefix else ""
        body += [
            f"\n\n{prefix}def register{suffix}(connection: {kind}[Any]) -> None:\n",
            docstring(_REGISTER, INDENT, width),
            f"{INDENT}{wait}register_types{suffix}(connection, __name__, _TYPES)\n",
        ]
    return first + imports.text() + "\n" + "".join(body)


def enums(types: Iterable[Type], width: int, origin: str) -> str:
    """Write the module of the enum types."""
    parts = [head(origin, "The enum types of the database.")]
    found = [each for each in types if each.labels]
    if found:
        parts.append("from typing import Final, Literal, TypeAlias\n")
    for each in found:
        name, constant = camel(each.name), each.name.upper()
        labels = [quoted(label) for label in each.labels]
        parts.append(f"\n{name}: TypeAlias = Literal{bracketed(labels, '[', ']')}\n")
        parts.append(docstring(each.comment or f"The enum {each.name}.", "", width))
        final = f"\n{constant}_LABELS: Final[tuple[{name}, ...]] = "
        parts.append(final + bracketed(labels, "(", ",)" if len(labels) == 1 else ")") + "\n")
    return "".join(parts)


def rules(found: Iterable[Rule], width: int, origin: str) -> str:
    """Write the module of the names of constraints and of functions that enforce like one."""
    parts = [
        head(origin, "The rules of the database, by the names that a refusal gives."),
        "from typing import Final\n",
    ]
    for name, group in groupby(sorted(found, key=lambda each: each.name), lambda each: each.name):
        same = list(group)
        comments = dict.fromkeys(each.comment or f"A rule of {each.relation}." for each in same)
        constant = re.sub(r"\W", "_", name).upper()
        parts.append("\n" + assignment(f"{constant}: Final", "(", quoted(name), ")", width))
        parts.append(docstring("\n".join(comments), "", width))
    return "".join(parts)


def composites(configuration: Configuration, found: Sequence[Composite], origin: str) -> str:
    """Write the module of the composite types, each after those that it is made of."""
    imports = Imports(configuration, configuration.composites_module)
    width = configuration.line_length
    classes = [
        row_class(
            imports,
            each.name,
            each.comment or f"The composite type {each.name}.",
            [
                (name, imports.nullable(python, nullable=True), comment)
                for name, python, comment in each.fields
            ],
            width,
        )
        for each in found
    ]
    for each in found:
        if each.name in imports:
            raise SqltypistError(
                f"the composite type {each.name} has the name of a type that Python needs here: "
                "rename it"
            )
    first = head(origin, "The composite types of the database; any field may be NULL.")
    return first + "\n\n".join([imports.text(), *classes])


def tables(configuration: Configuration, found: Iterable[TableRow], origin: str) -> str:
    """Write the module of the rows of tables; each is the query of all of its columns."""
    imports, width = Imports(configuration), configuration.line_length
    classes = [
        row_class(
            imports,
            f"{camel(table.typed.table)}Row",
            table.comment or f"A row of {table.typed.table}.",
            [
                (each.name, imports.nullable(each.python, nullable=each.nullable), each.comment)
                for each in table.typed.columns
            ],
            width,
        )
        for table in found
    ]
    first = head(origin, "The rows of tables, as queries give them with all of their columns.")
    return first + "\n\n".join([imports.text(), *classes])
