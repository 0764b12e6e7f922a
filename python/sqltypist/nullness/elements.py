"""Arrays without a NULL among their elements, each kind of expression by a rule of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqltypist import builtins
from sqltypist.nullness import aggregates, conditions, functions, references
from sqltypist.nullness.conditions import TRUE
from sqltypist.nullness.constants import has_null_item
from sqltypist.nullness.kinds import ARRAY_LINK
from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.catalog import Function
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

Rule: TypeAlias = "Callable[[Prover, Node, Scope], Verdict]"


def filled(prover: Prover, expression: Node | None, scope: Scope) -> Verdict:
    """Tell whether an array never has a NULL among its elements."""
    rule = _RULES.get(expression.tag) if expression is not None else None
    if expression is None or rule is None:
        return no("an element may be null")
    return rule(prover, expression, scope)


def _const(_prover: Prover, expression: Node, _scope: Scope) -> Verdict:
    if expression.flag("constisnull") or has_null_item(expression) is False:
        return yes("it is a constant")
    return no("the constant has a NULL")


def _param(prover: Prover, expression: Node, _scope: Scope) -> Verdict:
    if expression.number("paramkind") == 0 and not prover.parameters.has_nullable_elements(
        expression.number("paramid")
    ):
        return yes("the parameter has no None")
    return no("the parameter may have a None")


def _array(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    judge = prover.filled if expression.flag("multidims") else prover.present
    return all_of("ARRAY[]", [judge(each, scope) for each in expression.nodes("elements")])


def _sublink(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if expression.number("subLinkType") != ARRAY_LINK:
        return no("an element may be null")
    query = expression.node("subselect")
    found = prover.column(query, 1, scope)
    if found and functions.is_array(prover, prover.output(query)[0].node("expr")):
        return prover.column(query, 1, scope, of_elements=True)
    return found


# What FILTER lets through has come out true in its condition.
def _aggregate(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    function = prover.catalog.functions.get(expression.number("aggfnoid"))
    if function is None or not function.is_builtin or function.name != "array_agg":
        return no("an element may be null")
    inside = aggregates.within(prover, scope, in_aggregate=True)
    condition = expression.optional("aggfilter")
    if condition is not None:
        inside = aggregates.under(
            prover, inside, [conditions.known(prover, condition, TRUE, inside)]
        )
    [argument] = [each.node("expr") for each in expression.nodes("args")][:1]
    if functions.is_array(prover, argument):
        return prover.filled(argument, inside)
    return prover.present(argument, inside)


def _inner(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    return prover.filled(expression.optional("arg"), scope)


def _cast(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Judge a cast of each element: it may give NULL for what is none, as for infinity."""
    each = expression.node("elemexpr")
    for node in (each, *each.descendants()):
        if node.tag == "FUNCEXPR" and not functions.is_total(prover, node.number("funcid")):
            return no("the cast of an element may be null")
        if node.tag not in {"FUNCEXPR", "RELABELTYPE", "COERCEVIAIO", "CASETESTEXPR", "CONST"}:
            return no("the cast of an element may be null")
    return _inner(prover, expression, scope)


def _all(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    return all_of("all", [prover.filled(each, scope) for each in expression.nodes("args")])


def _case(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    results = [each.node("result") for each in expression.nodes("args")]
    otherwise = expression.optional("defresult")
    return all_of(
        "CASE",
        [prover.filled(each, scope) for each in [*results, *([otherwise] if otherwise else [])]],
    )


def _slice(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if not expression.fields.get("reflowerindexpr") or expression.optional("refassgnexpr"):
        return no("an element may be null")
    return prover.filled(expression.node("refexpr"), scope)


def _call(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    function = prover.catalog.functions.get(expression.number("funcid"))
    return _fills(prover, function, functions.positional(expression), scope)


def _operator(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    function = prover.catalog.functions.get(expression.number("opfuncid"))
    return _fills(prover, function, list(expression.nodes("args")), scope)


def _fills(
    prover: Prover, function: Function | None, arguments: list[Node | None], scope: Scope
) -> Verdict:
    if function is None or not function.is_builtin:
        return no("an element may be null")
    known = builtins.of(prover.catalog.signature(function))
    solid = [functions.is_solid(prover, each, scope) for each in arguments]
    if known is not None and known.fills(solid):
        return yes(f"{function.name}() adds no null")
    return no(f"{function.name}() may have a null element")


def _column(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    return references.column(prover, expression, scope, of_elements=True)


_RULES: dict[str, Rule] = {
    "AGGREF": _aggregate,
    "ARRAYCOERCEEXPR": _cast,
    "ARRAYEXPR": _array,
    "CASEEXPR": _case,
    "COALESCEEXPR": _all,
    "COERCETODOMAIN": _inner,
    "CONST": _const,
    "FUNCEXPR": _call,
    "OPEXPR": _operator,
    "PARAM": _param,
    "RELABELTYPE": _inner,
    "SUBLINK": _sublink,
    "SUBSCRIPTINGREF": _slice,
    "VAR": _column,
}
