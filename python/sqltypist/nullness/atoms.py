"""Names expressions, so that what is known of one is found again where it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.constants import uncast
from sqltypist.nullness.facts import Column
from sqltypist.nullness.shapes import shape
from sqltypist.nullness.versions import AS_SEEN, said, version

if TYPE_CHECKING:
    from sqltypist.nullness.facts import Atom
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

# What is to be said of these is said of their parts.
_OF_PARTS = frozenset({"CONST", "BOOLEXPR", "NULLTEST", "BOOLEANTEST"})


def atom(prover: Prover, expression: Node, scope: Scope) -> Atom | None:
    """Give the atom of an expression; none for a constant and for what has no lasting value."""
    expression = uncast(expression)
    if expression.tag == "VAR":
        return column_atom(prover, expression, scope)
    return None if expression.tag in _OF_PARTS else text(prover, expression, scope)


def column_atom(prover: Prover, var: Node, scope: Scope) -> Column:
    """Give the atom of a column as an expression refers to it."""
    joins = var.members("varnullingrels") if "varnullingrels" in var else frozenset[int]()
    return Column(
        var.number("varlevelsup"),
        var.number("varno"),
        var.number("varattno"),
        joins,
        version(prover, var, scope),
    )


def text(prover: Prover, expression: Node, scope: Scope, *, as_seen: bool = False) -> str | None:
    """Give the canonical text of an expression over rows as WHERE sees them, else nothing.

    As it is seen, joins are left out of it that are proven to have nulled nothing.
    """
    own = [each for each in (expression, *expression.descendants()) if each.tag == "VAR"]
    if any(not said(each) and version(prover, each, scope) != AS_SEEN for each in own):
        return None
    return shape(expression, prover.catalog, scope[-1].is_void if as_seen and scope else None)
