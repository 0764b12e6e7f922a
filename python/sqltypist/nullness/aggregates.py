"""Aggregates and window functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqltypist import builtins
from sqltypist.nullness import conditions, constants, rows
from sqltypist.nullness.comparisons import LEAVE_NULLS_OUT, ROWS, some
from sqltypist.nullness.facts import NOTHING, Facts, both
from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from sqltypist.builtins import Builtin
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

# Bits of a window's frame: it begins at the partition's start, at the current row or before it, and
# ends at the current row, after it, or at the partition's end. Such a frame holds the current row,
# unless it excludes it.
FRAME_BEGINS = 0x20 | 0x200 | 0x800
FRAME_ENDS = 0x100 | 0x400 | 0x4000
FRAME_EXCLUDES = 0x8000 | 0x10000
FRAMED = frozenset({"first_value", "last_value", "nth_value"})


def aggregate(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Judge an aggregate: it needs a row, and what it does with one that has no NULL."""
    name, known = _function(prover, expression, "aggfnoid")
    if known is None:
        return no(f"nothing is known of {name}")
    decided = _decided_early(name, known, expression)
    if decided is not None:
        return decided
    own = scope[: len(scope) - expression.number("agglevelsup")]
    if not _has_rows(prover, own):
        return no(f"{name}() of no row is null")
    inside = within(prover, scope, in_aggregate=True)
    if name in LEAVE_NULLS_OUT:
        inside = _some_row(prover, own, inside)
    verdicts = [
        *(prover.present(each, scope) for each in expression.nodes("aggdirectargs")),
        *(prover.present(each.node("expr"), inside) for each in expression.nodes("args")),
    ]
    return _of_arguments(name, verdicts, holds=known.certain([bool(each) for each in verdicts]))


def _function(prover: Prover, expression: Node, field: str) -> tuple[str, Builtin | None]:
    """Give the name of what is called, and what is known of it where it is the server's own."""
    function = prover.catalog.functions.get(expression.number(field))
    if function is None or not function.is_builtin:
        return "this function", None
    return function.name, builtins.of(prover.catalog.signature(function))


def _decided_early(name: str, known: Builtin, expression: Node) -> Verdict | None:
    """Decide by the function alone, or by a FILTER that may leave it no row, where that does."""
    if known.is_certain_over_no_rows:
        return yes(f"{name}() is never null")
    if expression.optional("aggfilter"):
        return no(f"FILTER may leave {name}() no row")
    return None


def _of_arguments(name: str, verdicts: list[Verdict], *, holds: bool) -> Verdict:
    """Say what the arguments have decided."""
    if holds:
        return all_of(f"{name}()", verdicts) if all(verdicts) else yes(f"{name}() takes nulls in")
    for each in verdicts:
        if not each:
            return no(f"{name}() of what may be null: {each.why}")
    return no(f"{name}() may give null for what is not null")


def _has_rows(prover: Prover, scope: Scope) -> bool:
    """Tell whether an aggregate of a query sees a row at least.

    A group has one. Without GROUP BY, and with an empty grouping set, there may be none.
    """
    query = scope[-1].query
    if scope[-1].knows(ROWS):
        return True
    sets = query.nodes("groupingSets")
    if query.nodes("groupClause") and not (sets and all(map(rows.may_be_empty, sets))):
        return True
    return rows.source_gives(prover, query.node("jointree"), scope)


# Of an aggregate that leaves NULLs out, one row with a value is enough. Where it is known that some
# row has a value of something, the row may be seen as that one.
def _some_row(prover: Prover, own: Scope, inside: Scope) -> Scope:
    found = [
        conditions.present(prover, expression, inside)
        for text, expression in sorted(prover.seen.items(), key=lambda each: each[0])
        if own[-1].knows(some(text))
    ]
    return under(prover, inside, found[:1]) if found else inside


def under(prover: Prover, scope: Scope, known: list[Facts]) -> Scope:
    """Give the scope of an expression that is evaluated only where more is known."""
    if not scope:
        return scope
    level = scope[-1]
    view = replace(level.view, here=both([level.view.here, *known]))
    return (*scope[:-1], prover.level(level.query, level.joins, view))


def within(prover: Prover, scope: Scope, *, in_aggregate: bool = False) -> Scope:
    """Give the scope of the arguments of an aggregate or a window function.

    They are evaluated for other rows too, of which a condition on the row at hand says nothing.
    """
    if not scope:
        return scope
    level = scope[-1]
    view = replace(level.view, here=NOTHING, in_aggregate=in_aggregate or level.view.in_aggregate)
    return (*scope[:-1], prover.level(level.query, level.joins, view))


def window(prover: Prover, expression: Node, scope: Scope) -> Verdict:
    """Judge a window function: it needs a row in its frame, or none at all."""
    name, known = _function(prover, expression, "winfnoid")
    if known is None:
        return no(f"nothing is known of {name}")
    decided = _decided_early(name, known, expression)
    if decided is not None:
        return decided
    is_framed = known.kind == "aggregate" or name in FRAMED
    if is_framed and not _frame_has_row(expression, scope):
        return no(f"the frame of {name}() may be empty")
    arguments = expression.nodes("args")
    inside = within(prover, scope)
    verdicts = [prover.present(each, inside) for each in arguments]
    # The frame has a row, so it has a first one.
    is_first = name == "nth_value" and constants.number(arguments[1]) == 1 and all(verdicts)
    holds = is_first or known.certain([bool(each) for each in verdicts])
    return _of_arguments(name, verdicts, holds=holds)


def _frame(expression: Node, scope: Scope) -> int:
    number = expression.number("winref")
    for each in scope[-1].query.nodes("windowClause"):
        if each.number("winref") == number:
            return each.number("frameOptions")
    return FRAME_EXCLUDES


def _frame_has_row(expression: Node, scope: Scope) -> bool:
    """Tell whether a frame always holds the current row."""
    frame = _frame(expression, scope)
    return bool(frame & FRAME_BEGINS and frame & FRAME_ENDS) and not frame & FRAME_EXCLUDES
