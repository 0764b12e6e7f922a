"""Tells whether two expressions are the same, by a canonical text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.catalog import Catalog
    from sqltypist.tree import Value

# Where an expression stands in the text, and how it was written.
_WRITING = frozenset(
    {
        "location", "list_start", "list_end", "varnosyn", "varattnosyn", "funcformat",
        "relabelformat", "coerceformat", "convertformat", "row_format", "vartypmod",
    }
)  # fmt: skip
# Two of these may give two values, or are queries of their own.
_NEVER_THE_SAME = frozenset({"SUBLINK", "NEXTVALUEEXPR", "CASETESTEXPR", "COERCETODOMAINVALUE"})
_CALLS = {
    "FUNCEXPR": "funcid",
    "OPEXPR": "opfuncid",
    "AGGREF": "aggfnoid",
    "WINDOWFUNC": "winfnoid",
}


def shape(
    expression: Node, catalog: Catalog, is_void: Callable[[int, int], bool] | None = None
) -> str | None:
    """Give the canonical text of an expression, or nothing when each use may give another value.

    `is_void` tells of a join, for an entry, that it has nulled nothing: it is left out.
    """
    parts: list[str] = []
    return "".join(parts) if _write(expression, catalog, parts, is_void) else None


def _write(
    value: Value, catalog: Catalog, parts: list[str], is_void: Callable[[int, int], bool] | None
) -> bool:
    if isinstance(value, Node):
        if value.tag in _NEVER_THE_SAME or _is_volatile(value, catalog):
            return False
        if is_void and value.tag == "VAR" and not value.number("varlevelsup"):
            joins, relation = value.members("varnullingrels"), value.number("varno")
            left = frozenset(each for each in joins if not is_void(each, relation))
            value = value.but("varnullingrels", left)
        parts.append(f"{{{value.tag}")
        for name, inner in value.fields.items():
            if name not in _WRITING:
                parts.append(f" {name} ")
                if not _write(inner, catalog, parts, is_void):
                    return False
        parts.append("}")
    elif isinstance(value, list):
        parts.append("(")
        for each in value:
            if not _write(each, catalog, parts, is_void):
                return False
            parts.append(" ")
        parts.append(")")
    elif isinstance(value, frozenset):
        parts.append(str(sorted(value)))
    else:
        parts.append(repr(value))
    return True


def _is_volatile(node: Node, catalog: Catalog) -> bool:
    field = _CALLS.get(node.tag)
    if field is None:
        return False
    function = catalog.functions.get(node.number(field))
    return function is None or function.is_volatile
