"""Calls of functions and operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist import builtins
from sqltypist.nullness import constants, inlining
from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.catalog import Function
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


def call(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Judge the call of a function."""
    function = prover.catalog.functions.get(expression.number("funcid"))
    if function is None:
        return no("the function is not known")
    if expression.flag("funcretset"):
        return _in_select_list(prover, expression, scope)
    if not function.is_builtin:
        return inlining.result(prover, function, expression, scope)
    return _of_builtin(
        prover,
        function,
        positional(expression),
        scope,
        variadic=expression.flag("funcvariadic"),
    )


def operator(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Judge an operator by its function."""
    function = prover.catalog.functions.get(expression.number("opfuncid"))
    if function is None or not function.is_builtin or expression.flag("opretset"):
        return no("the operator is not the server's own")
    return _of_builtin(prover, function, list(expression.nodes("args")), scope)


def positional(expression: Node) -> list[Node | None]:
    """Give a call's arguments in the function's order, nothing where one was left out."""
    found: list[Node | None] = []
    for written, each in enumerate(expression.nodes("args")):
        place, argument = written, each
        if each.tag == "NAMEDARGEXPR":  # name => value
            place, argument = each.number("argnumber"), each.node("arg")
        found += [None] * (place + 1 - len(found))
        found[place] = argument
    return found


def _of_builtin(
    prover: Prover,
    function: Function,
    arguments: Sequence[Node | None],
    scope: Scope,
    *,
    variadic: bool = False,
) -> Verdict:
    """Judge a call of a function of the server's own by what is known of the function."""
    known = builtins.of(prover.catalog.signature(function))
    name = f"{function.name}()"
    if known is None:
        return no(f"nothing is known of {name}")
    verdicts = [prover.present(each, scope) if each else None for each in arguments]
    flags = [None if each is None else bool(each) for each in verdicts]
    given = [each for each in verdicts if each is not None]
    if known.certain(flags, [_constant(each) for each in arguments], variadic=variadic):
        present = [each for each in given if each]
        if len(present) == len(given) or not present:
            return all_of(name, present)
        return yes(f"{name} needs no more: {present[0].why}")
    for each in given:
        if not each:
            return no(f"{name} of what may be null: {each.why}")
    return no(f"{name} may give null for what is not null")


def _constant(expression: Node | None) -> str | None:
    if expression is None:
        return None
    truth = constants.boolean(expression)
    if truth is not None:
        return "true" if truth else "false"
    number = constants.number(expression)
    return constants.text(expression) if number is None else str(number)


def is_total(prover: Prover, function_oid: int) -> bool:
    """Tell whether a function of the server's own gives no NULL when it is given none."""
    function = prover.catalog.functions.get(function_oid)
    if function is None or not function.is_builtin:
        return False
    known = builtins.of(prover.catalog.signature(function))
    return known is not None and known.certain([True] * len(function.argument_types))


# Several sets in one select list give NULL where one is shorter; a single one gives its own rows.
def _in_select_list(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if not scope or _count_of_sets(scope[-1].query) != 1:
        return no("of several sets in the select list one may be shorter")
    return _column_of_set(prover, expression, 1, scope)


def _count_of_sets(query: Node) -> int:
    return sum(
        (node.tag == "FUNCEXPR" and node.flag("funcretset"))
        or (node.tag == "OPEXPR" and node.flag("opretset"))
        for entry in query.nodes("targetList")
        for node in entry.descendants()
    )


def _column_of_set(
    prover: Prover, expression: Node, number: int, scope: Scope, *, of_elements: bool = False
) -> Verdict:
    function = prover.catalog.functions.get(expression.number("funcid"))
    if function is None:
        return no("the function is not known")
    name = f"{function.name}()"
    if not function.is_builtin:
        return inlining.column(prover, function, expression, number, scope, of_elements=of_elements)
    known = builtins.of(prover.catalog.signature(function))
    if known is None or of_elements:
        return no(f"nothing is known of {name}")
    if known.columns[:1] == ("elements",) and prover.catalog.is_row_type(
        expression.number("funcresulttype")
    ):
        return no("a field of a row may be null")
    solid = [is_solid(prover, each, scope) for each in positional(expression)]
    if known.column(number, solid):
        return yes(f"{name} gives no null")
    return no(f"{name} may give null")


def is_solid(prover: Prover, argument: Node | None, scope: Scope) -> bool:
    """Tell whether an array has no NULL element; of anything else, whether it is not NULL."""
    if argument is None:
        return False
    if is_array(prover, argument):
        return bool(prover.filled(argument, scope))
    return bool(prover.present(argument, scope))


def is_array(prover: Prover, expression: Node) -> bool:
    """Tell whether an expression may be an array; what is not seen to be none may."""
    found = prover.catalog.base(expression.type_oid)
    return found is None or found.element_oid is not None


def column_in_from(
    prover: Prover, number: int, entry: Node, scope: Scope, *, of_elements: bool
) -> Verdict:
    """Judge a column of a function in FROM, of several side by side, and of their ordinality."""
    calls = entry.nodes("functions")
    if number > sum(each.number("funccolcount") for each in calls):
        return yes("WITH ORDINALITY counts") if entry.flag("funcordinality") else no("")
    if len(calls) != 1:
        return no("the shorter of several sets is padded with nulls")
    expression = calls[0].node("funcexpr")
    if expression.tag != "FUNCEXPR":
        return prover.judge(expression, scope, of_elements=of_elements)
    if expression.flag("funcretset"):
        return _column_of_set(prover, expression, number, scope, of_elements=of_elements)
    function = prover.catalog.functions.get(expression.number("funcid"))
    if prover.catalog.is_row_type(expression.number("funcresulttype")):
        if function is not None and not function.is_builtin:
            return inlining.column(
                prover, function, expression, number, scope, of_elements=of_elements
            )
        return no("a field of a row may be null")
    return prover.judge(expression, scope, of_elements=of_elements)
