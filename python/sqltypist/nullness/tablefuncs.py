"""JSON_TABLE and XMLTABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.jsons import EXISTS, UNKNOWN_ON_ERROR
from sqltypist.nullness.verdict import Verdict, no, yes

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

JSON = 1


def table_function(_prover: Prover, function: Node, number: int, _scope: Scope) -> Verdict:
    """Judge a column: of those of NESTED, each may be NULL."""
    place = number - 1
    if function.number("functype") == JSON:
        return _json_column(function, place)
    if place == function.number("ordinalitycol"):
        return yes("it is the row's number")
    if place in function.members("notnulls"):
        return yes("XMLTABLE has it NOT NULL")
    return no("the document may lack it")


def _json_column(function: Node, place: int) -> Verdict:
    plan = function.optional("plan")
    if plan is None or not plan.number("colMin") <= place <= plan.number("colMax"):
        return no("NESTED may find nothing")
    value = function.items("colvalexprs")[place]
    if value is None:
        return yes("it is the row's number")
    error = value.optional("on_error")
    if (
        value.tag == "JSONEXPR"
        and value.number("op") == EXISTS
        and (error is None or error.number("btype") != UNKNOWN_ON_ERROR)
    ):
        return yes("EXISTS is true or false")
    return no("the document may lack it")
