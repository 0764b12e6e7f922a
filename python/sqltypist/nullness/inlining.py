"""Functions of the project: what their bodies in SQL say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.verdict import Verdict, no

if TYPE_CHECKING:
    from sqltypist.catalog import Function
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


def result(prover: Prover, function: Function, call: Node, scope: Scope) -> Verdict:
    """Judge what a function gives as a value: the first row of its last query, or NULL."""
    return column(prover, function, call, 1, scope)


def column(
    prover: Prover,
    function: Function,
    call: Node,
    number: int,
    scope: Scope,
    *,
    of_elements: bool = False,
) -> Verdict:
    """Judge a column of what a function gives."""
    del prover, call, number, scope, of_elements
    return no(f"nothing is known of what {function.name}() gives")
