"""What the comparison of an expression with a constant proves."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from sqltypist.nullness import conditions
from sqltypist.nullness.atoms import atom, text
from sqltypist.nullness.constants import bare, number, value, values
from sqltypist.nullness.facts import IMPOSSIBLE, NOTHING, Column, Facts, Said, both, either, fact
from sqltypist.nullness.kinds import VALUE_LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

ROWS: Final = "there are rows"
"""The atom that stands for an aggregate having seen a row."""

_NUMBERS = re.compile(r"^(?:int(?:2|4|8|24|42|28|82|48|84)|numeric_|float8|float4)(?P<kind>\w\w)$")
_EQUAL = re.compile(
    r"^(?:bool|int2|int4|int8|text|enum_|uuid_|date_|name|char|oid)(?P<kind>eq|ne)$"
)
_TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
_FIRST_OF_USERS = 16384
_MOST_COUNTED = 4

LEAVE_NULLS_OUT: Final = frozenset(
    {"avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "every", "max", "min", "sum"}
)
"""The aggregates that are not NULL just when one of their values is not."""


def known(
    prover: Prover, node: Node, function: str, outcome: conditions.Outcome, scope: Scope
) -> list[Facts]:
    """Give what a comparison proves beyond that neither side is NULL."""
    if outcome is conditions.PRESENT:
        return []
    is_true = outcome is conditions.TRUE
    left, right = node.nodes("args")
    found = [_of_equality(prover, node, function, scope, is_true=is_true)]
    found += _of_truth(prover, left, right, function, scope, is_true=is_true)
    number_match = _NUMBERS.match(function)
    if number_match:
        kind = number_match["kind"] if is_true else _NEGATED.get(number_match["kind"], "")
        found.append(_counted(prover, left, kind, right, scope))
        found.append(_counted(prover, right, _TURNED.get(kind, ""), left, scope))
        found.append(_stand_in(prover, left, kind, right, scope))
        found.append(_stand_in(prover, right, _TURNED.get(kind, ""), left, scope))
    return found


# x = 'a' and x <> 'a': the value is among some constants, or outside of them.
def _of_equality(
    prover: Prover, node: Node, function: str, scope: Scope, *, is_true: bool
) -> Facts:
    match = _EQUAL.match(function)
    if not match or node.number("inputcollid") >= _FIRST_OF_USERS:
        return NOTHING
    for one, other in itertools.permutations(node.nodes("args")):
        constant = value(other)
        own = atom(prover, _relabelled(one), scope) if constant else None
        if constant and own is not None:
            is_equal = (match["kind"] == "eq") == is_true
            return fact(own, Said.AMONG if is_equal else Said.OUTSIDE, frozenset({constant}))
    return NOTHING


def _relabelled(expression: Node) -> Node:
    while expression.tag == "RELABELTYPE":
        expression = expression.node("arg")
    return expression


def listed(prover: Prover, node: Node, function: str, scope: Scope, *, is_true: bool) -> Facts:
    """Read x IN ('a', 'b') and x NOT IN ('a', 'b')."""
    match = _EQUAL.match(function)
    one, array = node.nodes("args")
    constants = values(array)
    own = atom(prover, _relabelled(one), scope)
    if not match or not constants or own is None or node.number("inputcollid") >= _FIRST_OF_USERS:
        return NOTHING
    is_equal = match["kind"] == "eq"
    if is_equal == node.flag("useOr"):  # = ANY is what <> ALL is not
        return fact(own, Said.AMONG if is_equal == is_true else Said.OUTSIDE, constants)
    return NOTHING


# (a IS NULL) = (b IS NULL): both came out the same.
def _of_truth(
    prover: Prover, left: Node, right: Node, function: str, scope: Scope, *, is_true: bool
) -> list[Facts]:
    if function not in {"booleq", "boolne"}:
        return []
    same = (function == "booleq") == is_true
    ways = (
        (conditions.TRUE, conditions.TRUE if same else conditions.FALSE),
        (conditions.FALSE, conditions.FALSE if same else conditions.TRUE),
    )
    return [
        either(
            both(
                [
                    conditions.known(prover, left, one, scope),
                    conditions.known(prover, right, other, scope),
                ]
            )
            for one, other in ways
        )
    ]


def _counted(prover: Prover, counting: Node, kind: str, limit: Node, scope: Scope) -> Facts:
    """Read count(*) > 0, num_nonnulls(a, b) = 1, GROUPING(a) = 0 and the like."""
    bound = number(limit)
    if bound is None or kind not in _NEGATED:
        return NOTHING
    counting = bare(counting)

    def allows(count: int) -> bool:
        return compare(kind, count, bound)

    if counting.tag == "SUBLINK" and counting.number("subLinkType") == VALUE_LINK:
        return NOTHING if allows(0) else _counted_rows(prover, counting, scope)
    if counting.tag == "AGGREF":
        function = prover.catalog.functions.get(counting.number("aggfnoid"))
        if function is not None and function.is_builtin and function.name == "count":
            return NOTHING if allows(0) else rows_of(prover, counting, scope)
    if counting.tag == "GROUPINGFUNC":
        return (
            NOTHING
            if _allows_more(allows, len(counting.nodes("args")))
            else _grouped(prover, counting, scope)
        )
    if counting.tag == "FUNCEXPR" and not counting.flag("funcvariadic"):
        return _nulls_counted(prover, counting, allows, scope)
    return NOTHING


def _allows_more(allows: Callable[[int], bool], columns: int) -> bool:
    return any(allows(bits) for bits in range(1, 2**columns))


def counted_among(prover: Prover, one: Node, array: Node, scope: Scope) -> Facts:
    """Read num_nulls(a, b) IN (0, 2)."""
    one = bare(one)
    if one.tag != "FUNCEXPR" or array.tag != "ARRAYEXPR" or one.flag("funcvariadic"):
        return NOTHING
    listed = [number(each) for each in array.nodes("elements")]
    return NOTHING if None in listed else _nulls_counted(prover, one, listed.__contains__, scope)


def _nulls_counted(
    prover: Prover, call: Node, allows: Callable[[int], bool], scope: Scope
) -> Facts:
    function = prover.catalog.functions.get(call.number("funcid"))
    if function is None or not function.is_builtin:
        return NOTHING
    if function.name not in {"num_nulls", "num_nonnulls"}:
        return NOTHING
    arguments = call.nodes("args")
    if len(arguments) > _MOST_COUNTED:
        return NOTHING
    ways: list[Facts] = []
    for picked in itertools.product((conditions.NULL, conditions.PRESENT), repeat=len(arguments)):
        counted = conditions.NULL if function.name == "num_nulls" else conditions.PRESENT
        if allows(picked.count(counted)):
            ways.append(
                both(
                    conditions.known(prover, argument, each, scope)
                    for argument, each in zip(arguments, picked, strict=True)
                )
            )
    return either(ways)


# A column that the row's grouping set has is NULL only where its own values are.
def _grouped(prover: Prover, node: Node, scope: Scope) -> Facts:
    found: list[Facts] = []
    query = scope[-1].query
    for relation, entry in enumerate(query.nodes("rtable"), start=1):
        for place, behind in enumerate(entry.nodes("groupexprs"), start=1):
            wanted = text(prover, behind, scope)
            if (
                wanted is not None
                and wanted in {text(prover, each, scope) for each in node.nodes("args")}
                and prover.present(behind, scope)
            ):
                found.append(fact(Column(0, relation, place, frozenset({relation}))))
    return both(found)


def _counted_rows(prover: Prover, link: Node, scope: Scope) -> Facts:
    """Read (SELECT count(*) FROM ...) > 0: there is such a row."""
    query = link.node("subselect")
    targets = query.nodes("targetList")
    if query.optional("setOperations") or len(targets) != 1 or query.nodes("groupClause"):
        return NOTHING
    counting = targets[0].node("expr")
    function = (
        prover.catalog.functions.get(counting.number("aggfnoid"))
        if counting.tag == "AGGREF"
        else None
    )
    if function is None or not function.is_builtin or function.name != "count":
        return NOTHING
    return prover.of_input(query, scope).map(conditions.from_within)


def rows_of(prover: Prover, aggregate: Node, scope: Scope) -> Facts:
    """Give the facts that an aggregate has seen a row, and one in which its arguments are there."""
    found = [fact(ROWS)]
    function = prover.catalog.functions.get(aggregate.number("aggfnoid"))
    if function is None or function.name not in {*LEAVE_NULLS_OUT, "count"}:
        return found[0]
    for each in aggregate.nodes("args"):
        expression = each.node("expr")
        own = text(prover, expression, scope)
        if own is not None and not aggregate.optional("aggfilter"):
            prover.seen[own] = expression
            found.append(fact(some(own)))
    return both(found)


def some(expression: str) -> str:
    """Name the fact that an expression is not NULL in some row of the group."""
    return f"some row has {expression}"


def has_rows(found: Facts) -> bool:
    """Tell whether an aggregate is known to have seen a row."""
    return any(all(each.atom == ROWS for each in clause) for clause in found.resolved() if clause)


# coalesce(x, 0) > 5: what stands in for NULL does not fulfil it, so that x is there.
def _stand_in(prover: Prover, side: Node, kind: str, limit: Node, scope: Scope) -> Facts:
    bound = number(limit)
    side = bare(side)
    if bound is None or kind not in _NEGATED or side.tag != "COALESCEEXPR":
        return NOTHING
    ways: list[Facts] = []
    for each in side.nodes("args"):
        constant = number(each)
        if constant is not None and not compare(kind, constant, bound):
            ways.append(IMPOSSIBLE)
        else:
            ways.append(conditions.present(prover, each, scope))
        if constant is not None:
            break
    return either(ways)


def compare(kind: str, one: int, other: int) -> bool:
    """Compare two numbers as an operator does."""
    return {
        "eq": one == other,
        "ne": one != other,
        "lt": one < other,
        "le": one <= other,
        "gt": one > other,
        "ge": one >= other,
    }[kind]
