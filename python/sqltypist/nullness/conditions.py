"""What is known of a row for which a condition came out in a certain way.

`known(condition, outcome)` gives what must hold where a condition is true, false, one of both, or
anything but one of them; each kind of node has its rule. A kind without one proves nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from sqltypist import builtins
from sqltypist.nullness import comparisons, functions, rows
from sqltypist.nullness.atoms import atom, text
from sqltypist.nullness.constants import (
    boolean,
    item_count,
    uncast,
    values,
)
from sqltypist.nullness.facts import (
    IMPOSSIBLE,
    NOTHING,
    Column,
    Facts,
    Said,
    both,
    either,
    fact,
)
from sqltypist.nullness.kinds import ANY_LINK, EXISTS_LINK, GROUP, JOIN, SELECT, VALUE_LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.nullness.facts import Atom
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


class Outcome(Enum):
    """What is known of a condition's value."""

    TRUE = "true"
    FALSE = "false"
    PRESENT = "true or false, or any value but NULL"
    NOT_TRUE = "false or NULL"
    NOT_FALSE = "true or NULL"
    NULL = "NULL"


TRUE, FALSE, PRESENT, NOT_TRUE, NOT_FALSE, NULL = Outcome
_OPPOSITE = {
    TRUE: FALSE,
    FALSE: TRUE,
    PRESENT: PRESENT,
    NOT_TRUE: NOT_FALSE,
    NOT_FALSE: NOT_TRUE,
    NULL: NULL,
}
_DEFINITE = {TRUE, FALSE, PRESENT}
_SAID = {TRUE: Said.TRUE, FALSE: Said.FALSE, PRESENT: Said.PRESENT, NULL: Said.NULL}

Rule: TypeAlias = "Callable[[Prover, Node, Outcome, Scope], Facts]"


def known(prover: Prover, condition: Node | None, outcome: Outcome, scope: Scope) -> Facts:
    """Give what holds of a row where a condition, or any expression, came out so."""
    if condition is None:
        return NOTHING
    return prover.remember(
        (id(condition), outcome, scope),
        condition,
        lambda: _known(prover, condition, outcome, scope),
    )


def _known(prover: Prover, condition: Node, outcome: Outcome, scope: Scope) -> Facts:
    # What is never NULL and not true is false, and the other way round.
    if outcome in {NOT_TRUE, NOT_FALSE} and prover.present(condition, scope):
        outcome = FALSE if outcome is NOT_TRUE else TRUE
    rule = _RULES.get(condition.tag)
    parts = [rule(prover, condition, outcome, scope)] if rule else []
    own = atom(prover, condition, scope)
    if own is not None and outcome in _SAID:
        parts.append(fact(own, _SAID[outcome]))
    return both(parts)


def present(prover: Prover, expression: Node | None, scope: Scope) -> Facts:
    """Give what holds of a row where an expression is not NULL."""
    return known(prover, expression, PRESENT, scope)


def _args(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> list[Facts]:
    return [known(prover, each, outcome, scope) for each in node.nodes("args")]


# AND is true where all are, false where one is; NOT turns it round; OR is the same seen from there.
def _logic(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    connective = node.text("boolop")
    if connective == "not":
        return known(prover, node.nodes("args")[0], _OPPOSITE[outcome], scope)
    if outcome is PRESENT:
        return either(_logic(prover, node, each, scope) for each in (TRUE, FALSE))
    if outcome is NULL:
        return NOTHING
    of_all = {TRUE, NOT_FALSE} if connective == "and" else {FALSE, NOT_TRUE}
    join = both if outcome in of_all else either
    return join(_args(prover, node, outcome, scope))


# IS NULL and IS NOT NULL; of a row they speak of all its fields.
def _null_test(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    argument = node.node("arg")
    is_null = (node.number("nulltesttype") == 0) == (outcome is TRUE)
    if outcome not in {TRUE, FALSE}:
        return NOTHING
    if not node.flag("argisrow"):
        return known(prover, argument, NULL if is_null else PRESENT, scope)
    tests_null = node.number("nulltesttype") == 0
    if outcome is TRUE and not tests_null:
        whole = text(prover, argument, scope)
        fields = [present(prover, each, scope) for each in prover.row_fields(argument, scope)]
        return both([*fields, fact(all_fields(whole)) if whole else NOTHING])
    if outcome is FALSE and tests_null:  # one field at least is there, and so is the row
        return present(prover, argument, scope)
    return NOTHING


def all_fields(row: str) -> str:
    """Name the fact that no field of a row is NULL."""
    return f"fields of {row}"


# IS [NOT] TRUE, IS [NOT] FALSE, IS [NOT] UNKNOWN.
def _truth_test(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome not in {TRUE, FALSE}:
        return NOTHING
    meant = (TRUE, NOT_TRUE, FALSE, NOT_FALSE, NULL, PRESENT)
    unmeant = (NOT_TRUE, TRUE, NOT_FALSE, FALSE, PRESENT, NULL)
    kind = node.number("booltesttype")
    found = meant[kind] if outcome is TRUE else unmeant[kind]
    return known(prover, node.node("arg"), found, scope)


# IS DISTINCT FROM, false: equal to what is not NULL is not NULL.
def _distinct(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome is not FALSE:
        return NOTHING
    left, right = node.nodes("args")
    parts: list[Facts] = []
    for one, other in ((left, right), (right, left)):
        if prover.present(other, scope):
            parts.append(present(prover, one, scope))
    return both(parts)


# CASE: one branch was taken, its condition true and all before it not.
def branches(case: Node) -> list[tuple[Node, Node]]:
    """Give the conditions and results of CASE; `CASE x WHEN y` as if it were `CASE WHEN x = y`."""
    subject = case.optional("arg")
    found: list[tuple[Node, Node]] = []
    for branch in case.nodes("args"):
        when = branch.node("expr")
        if subject is not None and when.tag == "OPEXPR":
            when = when.but(
                "args",
                [subject if uncast(e).tag == "CASETESTEXPR" else e for e in when.nodes("args")],
            )
        found.append((when, branch.node("result")))
    return found


def _case(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    ways: list[Facts] = []
    before: list[Facts] = []
    for when, then in branches(node):
        taken = known(prover, when, TRUE, scope)
        ways.append(both([*before, taken, known(prover, then, outcome, scope)]))
        before.append(known(prover, when, NOT_TRUE, scope))
    otherwise = node.optional("defresult")
    if otherwise is not None:
        ways.append(both([*before, known(prover, otherwise, outcome, scope)]))
    elif outcome not in _DEFINITE:
        ways.append(both(before))
    return either(ways)


# COALESCE: the value is that of the first argument that is not NULL.
def _coalesce(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome is NULL:
        return both(_args(prover, node, NULL, scope))
    ways: list[Facts] = []
    before: list[Facts] = []
    for each in node.nodes("args"):
        value = TRUE if outcome is TRUE else FALSE if outcome is FALSE else PRESENT
        if outcome not in _DEFINITE:
            return NOTHING
        ways.append(both([*before, known(prover, each, value, scope)]))
        before.append(known(prover, each, NULL, scope))
    return either(ways)


# GREATEST and LEAST leave NULLs out.
def _greatest(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    return either(_args(prover, node, PRESENT, scope)) if outcome in _DEFINITE else NOTHING


# NULLIF gives its first argument or NULL.
def _first_argument(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome not in _DEFINITE:
        return NOTHING
    return present(prover, node.nodes("args")[0], scope)


# Whatever a strict function or operator gives, it was given no NULL; one that gives NULL for NULL
# alone was given one where it does.
def _call(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    field = "funcid" if node.tag == "FUNCEXPR" else "opfuncid"
    function = prover.catalog.functions.get(node.number(field))
    if function is None:
        return NOTHING
    if outcome in {NOT_TRUE, NOT_FALSE, NULL}:
        if not (function.is_strict and functions.is_total(prover, node.number(field))):
            return NOTHING
        ways = [known(prover, each, NULL, scope) for each in node.nodes("args")]
        if outcome is not NULL:
            definite = FALSE if outcome is NOT_TRUE else TRUE
            ways.append(known(prover, node, definite, scope))
        return either(ways)
    found = _args(prover, node, PRESENT, scope) if function.is_strict else []
    if function.is_builtin and node.tag == "OPEXPR" and len(node.nodes("args")) == 2:
        found += comparisons.known(prover, node, function.name, outcome, scope)
    return both(found)


# = ANY (array), IN, NOT IN: only an empty array is compared with nothing.
def _of_array(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    function = prover.catalog.functions.get(node.number("opfuncid"))
    if function is None or not function.is_strict:
        return NOTHING
    one, array = node.nodes("args")
    if outcome in {NOT_TRUE, NOT_FALSE}:
        listed = values(array)
        if listed is None or not functions.is_total(prover, node.number("opfuncid")):
            return NOTHING
        definite = FALSE if outcome is NOT_TRUE else TRUE
        return either([known(prover, one, NULL, scope), known(prover, node, definite, scope)])
    if outcome is NULL:
        return NOTHING
    found = [present(prover, array, scope)]
    is_decided_by_one = (outcome is TRUE) == node.flag("useOr") and outcome is not PRESENT
    if is_decided_by_one or item_count(array):
        found.append(present(prover, one, scope))
    if not is_decided_by_one and outcome is not PRESENT and array.tag == "ARRAYEXPR":
        found += [present(prover, each, scope) for each in array.nodes("elements")]
    if outcome is not PRESENT:
        is_true = outcome is TRUE
        found.append(comparisons.listed(prover, node, function.name, scope, is_true=is_true))
        if is_true and node.flag("useOr") and function.name == "int4eq":
            found.append(comparisons.counted_among(prover, one, array, scope))
    return both(found)


# EXISTS, IN (SELECT ...): there is a row for which the query's own conditions hold. So there is
# where a subquery gives a value, unless it is an aggregate, which does for no row too.
def _sublink(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    kind = node.number("subLinkType")
    query = node.node("subselect")
    if query.number("commandType") != SELECT or outcome not in _DEFINITE:
        return NOTHING
    if kind == VALUE_LINK:
        return _value(prover, query, outcome, scope)
    if outcome is not TRUE or kind not in {EXISTS_LINK, ANY_LINK}:
        return NOTHING
    found = known(prover, node.optional("testexpr"), TRUE, scope) if kind == ANY_LINK else NOTHING
    inner = prover.enter(query, scope)[-1].facts
    return both([found, inner.map(from_within)])


def _value(prover: Prover, query: Node, outcome: Outcome, scope: Scope) -> Facts:
    if query.optional("setOperations") or not query.nodes("targetList"):
        return NOTHING
    inside = prover.enter(query, scope)
    result = query.nodes("targetList")[0].node("expr")
    found = known(prover, result, outcome, inside)
    is_of_input = not rows.gives_total(query) or comparisons.has_rows(found)
    input_facts = prover.of_input(query, scope) if is_of_input else NOTHING
    return both([found, inside[-1].facts, input_facts]).map(from_within)


# An aggregate that is not NULL has seen a row; one that leaves NULLs out, a row without.
def _aggregate(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    function = prover.catalog.functions.get(node.number("aggfnoid"))
    if function is None or not function.is_builtin or outcome not in _DEFINITE:
        return NOTHING
    known_of = builtins.of(prover.catalog.signature(function))
    if known_of is None or known_of.is_certain_over_no_rows:
        return NOTHING
    return comparisons.rows_of(prover, node, scope)


def from_within(found: Atom) -> Atom | None:
    """Give an atom of a query around a subquery as that query knows it."""
    if isinstance(found, Column) and found.level > 0:
        return found._replace(level=found.level - 1)
    return None


# (a, b) < (c, d) is not NULL only where the first pair is compared.
def _row_comparison(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome not in _DEFINITE:
        return NOTHING
    return both(present(prover, node.nodes(side)[0], scope) for side in ("largs", "rargs"))


# A cast that is no function gives NULL for NULL and for nothing else.
def _inner(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    of_truth = outcome in {TRUE, FALSE, NOT_TRUE, NOT_FALSE} and node.tag == "COERCEVIAIO"
    return NOTHING if of_truth else known(prover, node.node("arg"), outcome, scope)


# A field of a row is not NULL: the row is there.
def _field(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    return present(prover, node.node("arg"), scope) if outcome in _DEFINITE else NOTHING


# An element of an array is not NULL: the array and the subscripts are there.
def _subscript(prover: Prover, node: Node, outcome: Outcome, scope: Scope) -> Facts:
    if outcome not in _DEFINITE or node.optional("refassgnexpr"):
        return NOTHING
    return both(
        present(prover, each, scope)
        for each in (node.node("refexpr"), *node.nodes("refupperindexpr"))
    )


# A constant comes out in one way alone.
def _const(_prover: Prover, node: Node, outcome: Outcome, _scope: Scope) -> Facts:
    value = boolean(node)
    if node.flag("constisnull"):
        holds = outcome in {NOT_TRUE, NOT_FALSE, NULL}
    elif value is None:
        holds = outcome is not NULL
    else:
        holds = outcome in ({TRUE, NOT_FALSE, PRESENT} if value else {FALSE, NOT_TRUE, PRESENT})
    return NOTHING if holds else IMPOSSIBLE


# A column that stands for an expression: a merged one of a join, or one that is grouped by.
def _var(prover: Prover, var: Node, outcome: Outcome, scope: Scope) -> Facts:
    if var.number("varlevelsup") or outcome not in {*_DEFINITE, NULL}:
        return NOTHING
    entry = scope[-1].entry(var.number("varno"))
    if entry is None or var.number("varattno") <= 0:
        return NOTHING
    place = var.number("varattno") - 1
    kind = entry.number("rtekind")
    joins = var.members("varnullingrels")
    if kind == JOIN and not (joins and outcome is NULL):
        behind = known(prover, entry.nodes("joinaliasvars")[place], outcome, scope)
        return behind.map(lambda each: _after(each, joins))
    if kind == GROUP and outcome is not NULL:
        return known(prover, entry.nodes("groupexprs")[place], outcome, scope)
    return NOTHING


def _after(found: Atom, joins: frozenset[int]) -> Atom | None:
    return found._replace(joins=found.joins | joins) if isinstance(found, Column) else None


_RULES: dict[str, Rule] = {
    "AGGREF": _aggregate,
    "ARRAYCOERCEEXPR": _inner,
    "BOOLEANTEST": _truth_test,
    "BOOLEXPR": _logic,
    "CASEEXPR": _case,
    "COALESCEEXPR": _coalesce,
    "COERCETODOMAIN": _inner,
    "COERCEVIAIO": _inner,
    "COLLATEEXPR": _inner,
    "CONST": _const,
    "DISTINCTEXPR": _distinct,
    "FIELDSELECT": _field,
    "FUNCEXPR": _call,
    "MINMAXEXPR": _greatest,
    "NULLIFEXPR": _first_argument,
    "NULLTEST": _null_test,
    "OPEXPR": _call,
    "RELABELTYPE": _inner,
    "ROWCOMPAREEXPR": _row_comparison,
    "SCALARARRAYOPEXPR": _of_array,
    "SUBLINK": _sublink,
    "SUBSCRIPTINGREF": _subscript,
    "VAR": _var,
}
