"""The kinds of expressions, each by a rule of its own. A kind without a rule may be NULL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from sqltypist.nullness import (
    aggregates,
    conditions,
    functions,
    grouping,
    inlining,
    jsons,
    references,
    rows,
)
from sqltypist.nullness.aggregates import under
from sqltypist.nullness.atoms import atom, text
from sqltypist.nullness.conditions import NOT_FALSE, NOT_TRUE, TRUE
from sqltypist.nullness.constants import number
from sqltypist.nullness.joins import IS_LEFT, IS_RIGHT
from sqltypist.nullness.kinds import (
    ALL_LINK,
    ANY_LINK,
    ARRAY_LINK,
    EXISTS_LINK,
    FULL,
    JOIN,
    SUBQUERY,
    VALUE_LINK,
)
from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.nullness.facts import Atom, Facts
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

Rule: TypeAlias = "Callable[[Prover, Node, Scope], Verdict]"

CURRENT_SCHEMA = 14
DEEPEST_LOGIC = 2


def present(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Tell whether an expression is never NULL."""
    left_out = grouping.left_out(prover, expression, scope)
    if left_out is not None:
        return left_out
    rule = _RULES.get(expression.tag)
    verdict = (
        rule(prover, expression, scope)
        if rule is not None
        else no(f"nothing is known of {expression.tag}")
    )
    if (
        not verdict
        and expression.tag not in {"VAR", "CONST"}
        and _is_proven(prover, expression, scope)
    ):
        return yes("a condition proves it")
    return verdict


def _is_proven(prover: Prover, expression: Node, scope: Scope) -> bool:
    """Tell whether a condition has found just this expression not to be NULL."""
    if not scope or not any(
        isinstance(each.atom, str) for clause in scope[-1].clauses for each in clause
    ):
        return False
    return any(
        wanted is not None and scope[-1].knows(wanted)
        for wanted in (
            text(prover, expression, scope),
            text(prover, expression, scope, as_seen=True),
        )
    )


def _always(why: str) -> Rule:
    return lambda _prover, _expression, _scope: yes(why)


def _never(why: str) -> Rule:
    return lambda _prover, _expression, _scope: no(why)


def _const(_prover: Prover, expression: Node, _scope: Scope) -> Verdict:
    if expression.flag("constisnull"):
        return no("it is NULL")
    return yes("it is a constant")


# A parameter is never None where its type says so.
def _param(prover: Prover, expression: Node, _scope: Scope) -> Verdict:
    if expression.number("paramkind") != 0:
        return no("it comes from a subquery")
    if prover.parameters.is_nullable(expression.number("paramid")):
        return no("the parameter may be None")
    return yes("the parameter is never None")


# CURRENT_DATE and its like; CURRENT_SCHEMA is NULL when no schema of the path exists.
def _session(_prover: Prover, expression: Node, _scope: Scope) -> Verdict:
    if expression.number("op") == CURRENT_SCHEMA:
        return no("no schema of the search path may exist")
    return yes("it is of the session")


# A cast that is no function gives NULL for NULL alone.
def _inner(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    return prover.present(expression.optional("arg"), scope)


def _to_domain(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if prover.catalog.domain_refuses_null(expression.number("resulttype")):
        return yes("the domain is not null")
    return _inner(prover, expression, scope)


# AND, OR and NOT of what is true or false is true or false. One that is false decides AND, and one
# that is true decides OR: so each need only not be NULL where no other decides.
def _boolean(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    connective = expression.text("boolop") or ""
    arguments = expression.nodes("args")
    undecided = NOT_FALSE if connective == "and" else NOT_TRUE
    found: list[Verdict] = []
    for each in arguments:
        verdict = prover.present(each, scope)
        if not verdict and len(arguments) > 1 and _is_shallow(each):
            others = [
                conditions.known(prover, other, undecided, scope)
                for other in arguments
                if other is not each
            ]
            verdict = prover.present(each, under(prover, scope, others)) or verdict
        found.append(verdict)
    return all_of(connective.upper(), found)


def _is_shallow(argument: Node) -> bool:
    """Tell whether an argument can be judged once more: each level of logic doubles the work."""
    levels = sum(each.tag == "BOOLEXPR" for each in (argument, *argument.descendants()))
    return levels <= DEEPEST_LOGIC


# GREATEST and LEAST leave NULLs out.
def _greatest(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    return _first_of(prover, expression, scope) or no("all its arguments may be null")


def _first_of(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    for each in expression.nodes("args"):
        found = prover.present(each, scope)
        if found:
            return yes(f"one argument is not null: {found.why}")
    return no("all its arguments may be null")


# COALESCE needs one argument that is not NULL. It may be one in each case: of the sides of a FULL
# JOIN one is there; and of a clause one atom.
def _coalesce(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    found = _first_of(prover, expression, scope)
    if found or not scope:
        return found
    arguments = expression.nodes("args")
    level = scope[-1]
    atoms = [atom(prover, each, scope) for each in arguments]

    def is_argument(known: Atom) -> bool:
        return any(wanted is not None and level.implies(known, wanted) for wanted in atoms)

    if level.has_fact(is_argument):
        return yes("a condition proves that one argument is not null")
    for join in _full_joins(arguments, scope):
        views = [
            replace(level.view, unnulled=level.view.unnulled | {(join, side)})
            for side in (IS_LEFT, IS_RIGHT)
            if (join, side) not in level.view.unnulled
        ]
        scopes = [(*scope[:-1], prover.level(level.query, level.joins, view)) for view in views]
        if len(scopes) > 1 and all(_first_of(prover, expression, each) for each in scopes):
            return yes("of a FULL JOIN one side is there")
    return found


def _full_joins(arguments: list[Node], scope: Scope) -> list[int]:
    joins: set[int] = set()
    for argument in arguments:
        for node in (argument, *argument.descendants()):
            if node.tag == "VAR" and node.number("varlevelsup") == 0:
                joins |= node.members("varnullingrels")
    found: list[int] = []
    for join in sorted(joins):
        entry = scope[-1].entry(join)
        if entry and entry.number("rtekind") == JOIN and entry.number("jointype") == FULL:
            found.append(join)
    return found


# CASE needs every branch that can be taken, ELSE with them; in each, its condition has come out
# true, and all conditions before it have not.
def _case(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    before: list[Facts] = []
    found: list[Verdict] = []
    for condition, result in conditions.branches(expression):
        known = [*before, conditions.known(prover, condition, TRUE, scope)]
        before.append(conditions.known(prover, condition, NOT_TRUE, scope))
        if all(each.possible for each in known):
            found.append(prover.present(result, under(prover, scope, known)))
    otherwise = expression.optional("defresult")
    if otherwise is None or (otherwise.tag == "CONST" and otherwise.flag("constisnull")):
        if all(each.possible for each in before):
            return no("CASE has no ELSE")
    elif all(each.possible for each in before):
        found.append(prover.present(otherwise, under(prover, scope, before)))
    return all_of("CASE", found)


# A subquery in an expression; as a value it needs a row.
def _sublink(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    query = expression.node("subselect")
    match expression.number("subLinkType"):
        case link if link == EXISTS_LINK:
            return yes("EXISTS is true or false")
        case link if link == ARRAY_LINK:
            return yes("ARRAY() is never null")
        case link if link == VALUE_LINK:
            if not rows.at_least_one(prover, query, scope):
                return no("the subquery may give no row")
            return prover.column(query, 1, scope)
        case link if link in {ANY_LINK, ALL_LINK}:
            return _quantified(prover, expression, query, scope)
        case _:
            return no("nothing is known of this subquery")


# x = ANY (SELECT y): NULL where a comparison is and none decides.
def _quantified(prover: Prover, expression: Node, query: Node, scope: Scope) -> Verdict:
    test = expression.optional("testexpr")
    if test is None:
        return no("nothing is known of this comparison")
    comparisons = [test] if test.tag == "OPEXPR" else test.nodes("args")
    found: list[Verdict] = []
    for each in comparisons:
        if each.tag != "OPEXPR" or not functions.is_total(prover, each.number("opfuncid")):
            return no("nothing is known of this comparison")
        found.append(prover.present(each.nodes("args")[0], scope))
    found += [prover.column(query, number, scope) for number in range(1, len(comparisons) + 1)]
    return all_of("IN", found)


# x = ANY (array): NULL where x or an element is.
def _of_array(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if not functions.is_total(prover, expression.number("opfuncid")):
        return no("nothing is known of this comparison")
    one, array = expression.nodes("args")
    return all_of(
        "ANY",
        [prover.present(one, scope), prover.present(array, scope), prover.filled(array, scope)],
    )


def _row_comparison(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    sides = [*expression.nodes("largs"), *expression.nodes("rargs")]
    return all_of("a comparison", [prover.present(each, scope) for each in sides])


# An element may lie outside; a slice of an array is an array, be it empty.
def _subscript(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    if not expression.fields.get("reflowerindexpr") or expression.optional("refassgnexpr"):
        array, places = expression.node("refexpr"), expression.items("refupperindexpr")
        place = number(places[0]) if len(places) == 1 and places[0] is not None else None
        if place and array.tag == "ARRAYEXPR" and not array.flag("multidims"):
            elements = array.nodes("elements")
            if place <= len(elements):
                return prover.present(elements[place - 1], scope)
        return no("a subscript may find nothing")
    bounds = [
        each
        for name in ("refupperindexpr", "reflowerindexpr")
        for each in expression.items(name)
        if each is not None
    ]
    parts = [expression.node("refexpr"), *bounds]
    return all_of("a slice", [prover.present(each, scope) for each in parts])


# A field of a row that is seen whole is the column; of any other it may be NULL.
def _field(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    row, place = expression.node("arg"), expression.number("fieldnum")
    if row.tag == "ROWEXPR":
        fields = row.nodes("args")
        if 0 < place <= len(fields):
            return prover.present(fields[place - 1], scope)
    if row.tag == "VAR" and row.number("varattno") == 0:
        return prover.present(row.but("varattno", place), scope)
    whole = text(prover, row, scope)
    if whole is not None and scope and scope[-1].knows(conditions.all_fields(whole)):
        return yes("a condition proves that no field of it is null")
    if row.tag == "VAR":
        return _field_of_column(prover, expression, row, scope)
    if row.tag == "FUNCEXPR" and not row.flag("funcretset"):
        function = prover.catalog.functions.get(row.number("funcid"))
        if function is not None and not function.is_builtin:
            return inlining.column(prover, function, row, place, scope)
    return no("a field of a row may be null")


def _field_of_column(prover: Prover, expression: Node, row: Node, scope: Scope) -> Verdict:
    """Judge a field of a row that a subquery gives as one column."""
    around = scope[: len(scope) - row.number("varlevelsup")]
    entry = around[-1].entry(row.number("varno")) if around else None
    if entry is None or entry.number("rtekind") != SUBQUERY:
        return no("a field of a row may be null")
    found = prover.present(row, scope)
    query = entry.node("subquery")
    if not found or query.optional("setOperations"):
        return no("a field of a row may be null")
    for each in prover.output(query):
        if each.number("resno") == row.number("varattno"):
            behind = expression.but("arg", each.node("expr"))
            return prover.present(behind, prover.enter(query, around))
    return no("a field of a row may be null")


_RULES: dict[str, Rule] = {
    "AGGREF": aggregates.aggregate,
    "ARRAYCOERCEEXPR": _inner,
    "ARRAYEXPR": _always("ARRAY[] is never null"),
    "BOOLEANTEST": _always("IS TRUE and its like are true or false"),
    "BOOLEXPR": _boolean,
    "CASEEXPR": _case,
    "COALESCEEXPR": _coalesce,
    "COERCETODOMAIN": _to_domain,
    "COERCEVIAIO": _inner,
    "COLLATEEXPR": _inner,
    "CONST": _const,
    "CONVERTROWTYPEEXPR": _inner,
    "DISTINCTEXPR": _always("IS DISTINCT FROM is true or false"),
    "FIELDSELECT": _field,
    "FUNCEXPR": functions.call,
    "GROUPINGFUNC": _always("GROUPING() is a number"),
    "JSONCONSTRUCTOREXPR": jsons.constructor,
    "JSONEXPR": jsons.value,
    "JSONISPREDICATE": jsons.predicate,
    "JSONVALUEEXPR": jsons.inner,
    "MERGESUPPORTFUNC": _always("merge_action() is never null"),
    "MINMAXEXPR": _greatest,
    "NEXTVALUEEXPR": _always("a sequence gives a number"),
    "NULLIFEXPR": _never("NULLIF may be null"),
    "NULLTEST": _always("IS NULL is true or false"),
    "OPEXPR": functions.operator,
    "PARAM": _param,
    "RELABELTYPE": _inner,
    "RETURNINGEXPR": _never("there may be no such version of the row"),
    "ROWCOMPAREEXPR": _row_comparison,
    "ROWEXPR": _always("a row is never null"),
    "SCALARARRAYOPEXPR": _of_array,
    "SQLVALUEFUNCTION": _session,
    "SUBLINK": _sublink,
    "SUBSCRIPTINGREF": _subscript,
    "VAR": references.column,
    "WINDOWFUNC": aggregates.window,
}
