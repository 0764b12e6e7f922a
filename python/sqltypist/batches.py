"""Finds the arrays that a query takes apart side by side, as in unnest(:titles, :efforts).

unnest fills the shorter one with NULL, silently; the generated function checks instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqltypist.catalog import Catalog
    from sqltypist.tree import Node

_FUNCTION = 3
_SELECT = 1


def lockstep(tree: Node | None, catalog: Catalog) -> list[tuple[int, ...]]:
    """Give the numbers of the parameters of each group that unnest takes apart side by side."""
    found: dict[tuple[int, ...], None] = {}
    if tree is not None:
        for query in _queries(tree):
            for calls in _side_by_side(query):
                group = tuple(dict.fromkeys(_unnested(calls, catalog)))
                if len(group) > 1:
                    found[group] = None
    return [*found]


def can_stream(tree: Node | None) -> bool:
    """Tell whether a cursor on the server can run a query: one that changes nothing."""
    if tree is None:
        return True
    return tree.number("commandType") == _SELECT and not tree.flag("hasModifyingCTE")


def _queries(tree: Node) -> Iterator[Node]:
    """Give a query and those within it; an expression may be too deep for recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node.tag == "QUERY":
            yield node
        waiting.extend(node.children())


def _side_by_side(query: Node) -> Iterator[list[Node]]:
    """Give the functions of each ROWS FROM, and those in the list of a SELECT."""
    for entry in query.nodes("rtable"):
        if entry.number("rtekind") == _FUNCTION:
            yield [each.node("funcexpr") for each in entry.nodes("functions")]
    if query.flag("hasTargetSRFs"):
        yield [each.node("expr") for each in query.nodes("targetList")]


def _unnested(calls: list[Node], catalog: Catalog) -> Iterator[int]:
    """Give the parameters that are arguments of unnest, bare or cast."""
    for call in calls:
        if call.tag != "FUNCEXPR":
            continue
        function = catalog.functions.get(call.number("funcid"))
        if function is None or not function.is_builtin or function.name != "unnest":
            continue
        argument = call.nodes("args")[0]
        while argument.tag in {"RELABELTYPE", "ARRAYCOERCEEXPR", "COERCEVIAIO", "COERCETODOMAIN"}:
            argument = argument.node("arg")
        if argument.tag == "PARAM" and argument.number("paramkind") == 0:
            yield argument.number("paramid")
