"""Finds the COPY that does what an INSERT of one row does, for many rows at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqltypist import scanning

if TYPE_CHECKING:
    from sqltypist.catalog import Catalog
    from sqltypist.loading import Query

_NAME = r'(?:[^\W\d][\w$]*|"(?:[^"]|"")+")'
_PARAMETER = r":[^\W\d]\w*"
_INSERT = re.compile(  # what it matches is one of the project's own queries
    rf"INSERT INTO (?P<table>(?:{_NAME} \. )?(?P<name>{_NAME})) "  # noqa: S608 - a pattern
    rf"\( (?P<columns>{_NAME}(?: , {_NAME})*) \) "
    rf"VALUES \( (?P<values>{_PARAMETER}(?: , {_PARAMETER})*) \)(?: ;)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Copy:
    """The table and the columns of a COPY, as SQL writes them, and the parameter of each."""

    table: str
    columns: tuple[str, ...]
    parameters: tuple[str, ...]


def find(query: Query, catalog: Catalog) -> Copy | None:
    """Give the COPY for a query, or nothing where it does more than insert its parameters."""
    tokens = scanning.meaning(query.source[query.body_start :])
    found = _INSERT.fullmatch(" ".join(token.text for token in tokens))
    if found is None:
        return None
    name = found["name"]
    name = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
    if name not in {each.name for each in catalog.tables}:  # a view takes no COPY
        return None
    return Copy(
        found["table"].replace(" . ", "."),
        tuple(found["columns"].split(" , ")),
        tuple(each.removeprefix(":") for each in found["values"].split(" , ")),
    )
