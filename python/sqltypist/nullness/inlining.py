"""Functions of the project: what their bodies in SQL say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqltypist.bodies import signature
from sqltypist.nullness import functions, rows
from sqltypist.nullness import prover as provers
from sqltypist.nullness.verdict import Verdict, no, yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.catalog import Function
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

VOID = 2278


@dataclass(frozen=True)
class _Arguments:
    """The arguments of a call as parameters of the body."""

    present: Sequence[bool]
    filled: Sequence[bool]

    def is_nullable(self, number: int) -> bool:
        """Tell whether it may be NULL."""
        return not (0 < number <= len(self.present) and self.present[number - 1])

    def has_nullable_elements(self, number: int) -> bool:
        """Tell whether an element of it may be NULL."""
        return not (0 < number <= len(self.filled) and self.filled[number - 1])


def result(prover: Prover, function: Function, call: Node, scope: Scope) -> Verdict:
    """Judge what a function gives as a value: the first row of its last query, or NULL."""
    name = f"{function.name}()"
    arguments = functions.positional(call)
    verdicts = [
        prover.present(each, scope) if each is not None else no("it is left out")
        for each in arguments
    ]
    if function.is_strict:
        for each in verdicts:
            if not each:
                return no(f"{name} of what may be null: {each.why}")
    if _refuses_null(prover, function):
        return yes(f"{name} gives a domain that is not null")
    body = prover.bodies.get(signature(call, prover.catalog))
    if body is None:
        return no(f"nothing is known of what {name} gives")
    if function.result_type == VOID:
        return no(f"{name} gives nothing")
    inside = _inside(prover, function, call, scope)
    if inside is None:
        return no(f"{name} calls itself")
    if not rows.at_least_one(inside, body):
        return no(f"{name} may find no row")
    found = inside.column(body, 1)
    return yes(f"{name}: {found.why}") if found else no(f"{name}: {found.why}")


# A function in PL/pgSQL casts what it returns to the domain; one in SQL that finds no row does not.
def _refuses_null(prover: Prover, function: Function) -> bool:
    return function.language == "plpgsql" and prover.catalog.domain_refuses_null(
        function.result_type
    )


def column(
    prover: Prover,
    function: Function,
    call: Node,
    number: int,
    scope: Scope,
    *,
    of_elements: bool = False,
) -> Verdict:
    """Judge a column of the rows that a function in FROM, or a set, gives.

    A strict function that is given NULL gives no row.
    """
    name = f"{function.name}()"
    body = prover.bodies.get(signature(call, prover.catalog))
    if body is None:
        return no(f"nothing is known of what {name} gives")
    inside = _inside(prover, function, call, scope)
    if inside is None:
        return no(f"{name} calls itself")
    width = len(prover.output(body))
    if number > width or (
        width == 1 and prover.catalog.is_row_type(prover.output(body)[0].node("expr").type_oid)
    ):
        return no(f"nothing is known of the fields of what {name} gives")
    if not function.returns_set:
        if function.is_strict and not all(
            each and prover.present(each, scope) for each in functions.positional(call)
        ):
            return no(f"{name} gives a row of nulls for null")
        if not rows.at_least_one(inside, body):
            return no(f"{name} may find no row")
    found = inside.column(body, number, of_elements=of_elements)
    return yes(f"{name}: {found.why}") if found else no(f"{name}: {found.why}")


def _inside(prover: Prover, function: Function, call: Node, scope: Scope) -> Prover | None:
    """Go into the body of a function, whose parameters are what the call gives it."""
    oid = call.number("funcid")
    if oid in prover.calling:
        return None
    arguments = functions.positional(call)
    is_called = function.is_strict and function.returns_set
    present = [is_called or bool(each and prover.present(each, scope)) for each in arguments]
    filled = [bool(each and prover.filled(each, scope)) for each in arguments]
    return provers.Prover(
        prover.catalog, _Arguments(present, filled), prover.bodies, prover.calling | {oid}
    )
