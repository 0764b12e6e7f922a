"""What grouping sets leave out, on servers whose tree does not say it (before 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.kinds import SETS, SIMPLE_SET
from sqltypist.nullness.shapes import shape
from sqltypist.nullness.verdict import Verdict, no

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


def left_out(prover: Prover, expression: Node, scope: Scope) -> Verdict | None:
    """Tell whether an expression is one that is grouped by in some grouping sets and not in all."""
    if prover.marks_grouping_sets or not scope or expression.tag == "AGGREF":
        return None
    depth = expression.number("varlevelsup") if expression.tag == "VAR" else 0
    if depth >= len(scope):
        return None
    level = scope[-1 - depth]
    query = level.query
    if not query.nodes("groupingSets") or level.view.in_aggregate:
        return None
    own = expression.but("varlevelsup", 0) if depth else expression
    wanted = shape(own, prover.catalog)
    common = _in_all(query.nodes("groupingSets"))
    grouped = {each.number("tleSortGroupRef") for each in query.nodes("groupClause")}
    for entry in query.nodes("targetList"):
        reference = entry.number("ressortgroupref")
        if reference in grouped - common and (
            wanted is None or shape(entry.node("expr"), prover.catalog) == wanted
        ):
            return no("a grouping set may leave it out")
    return None


def is_blurred(prover: Prover, query: Node) -> bool:
    """Tell whether a column of a query may be one that a grouping set has left out, unmarked."""
    return bool(query.fields.get("groupingSets")) and not prover.marks_grouping_sets


def _in_all(groupings: list[Node]) -> set[int]:
    """Give what every grouping set has: the sets are all combinations of those that are listed."""
    return set[int]().union(*map(_common, groupings))


def _common(grouping: Node) -> set[int]:
    kind = grouping.number("kind")
    if kind == SIMPLE_SET:
        return set(grouping.numbers("content"))
    if kind == SETS:
        sets = [_common(each) for each in grouping.nodes("content")]
        return {each for each in sets[0] if all(each in other for other in sets)} if sets else set()
    return set()  # (), ROLLUP and CUBE have the empty set among theirs
