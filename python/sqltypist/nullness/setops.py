"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.kinds import INTERSECT, UNION
from sqltypist.nullness.verdict import yes

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.received import Received
    from sqltypist.nullness.scope import Scope
    from sqltypist.nullness.verdict import Verdict
    from sqltypist.tree import Node


def set_operation(
    prover: Prover,
    query: Node,
    node: Node,
    number: int,
    outer: Scope,
    *,
    received: Received | None,
    of_elements: bool,
) -> Verdict:
    """Tell what a column of a set operation is, from its arms.

    UNION keeps what both arms promise; a row of INTERSECT is in both, so that one promise is
    enough; a row of EXCEPT comes from the left arm.
    """

    def judge(arm: Node) -> Verdict:
        if arm.tag == "RANGETBLREF":
            entry = query.nodes("rtable")[arm.number("rtindex") - 1]
            scope = prover.enter(query, outer)
            return prover.column(
                entry.node("subquery"), number, scope, received, of_elements=of_elements
            )
        left = judge(arm.node("larg"))
        operation = arm.number("op")
        if operation == UNION:
            right = judge(arm.node("rarg")) if left else left
            return left if not left or right.why == left.why else _in_both(left, right)
        if operation == INTERSECT:
            return left or judge(arm.node("rarg"))
        return left

    return judge(node)


def _in_both(left: Verdict, right: Verdict) -> Verdict:
    return yes(f"in both arms: {left.why}; {right.why}") if right else right
