"""Where a column's values come from: a column of a table, through subqueries, views and CTEs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqltypist.nullness.kinds import CTE, GROUP, SELECT, SUBQUERY, TABLE

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


class Origin(NamedTuple):
    """A column of a table, read from rows that the statement found there."""

    table: int
    column: int
    with_heirs: bool
    path: tuple[tuple[int, int], ...]
    """The entries that lead to it: columns with one path are of one row."""


def origin(prover: Prover, var: Node, scope: Scope) -> Origin | None:
    """Find the table's column whose value a column gives, where it is not NULL; else nothing.

    Rows that the statement itself writes or locks are left out: it may have waited for them, and
    sees a later version of them than of what they refer to.
    """
    scope = scope[: len(scope) - var.number("varlevelsup")]
    number = var.number("varattno")
    entry = scope[-1].entry(var.number("varno")) if scope else None
    if entry is None or number <= 0:
        return None
    found = _behind(prover, var, entry, scope)
    here = (id(scope[-1].query), var.number("varno"))
    return found._replace(path=(here, *found.path)) if found else None


def _behind(prover: Prover, var: Node, entry: Node, scope: Scope) -> Origin | None:
    number, kind = var.number("varattno"), entry.number("rtekind")
    if kind == TABLE:
        query = scope[-1].query
        if var.number("varno") == query.number("resultRelation") or query.nodes("rowMarks"):
            return None
        return Origin(entry.number("relid"), number, entry.flag("inh"), ())
    if kind == GROUP:
        return _of(prover, entry.nodes("groupexprs")[number - 1], scope)
    if kind == SUBQUERY:
        return _of_query(prover, entry.node("subquery"), number, scope)
    if kind == CTE:
        cte, around = prover.find_cte(entry, scope)
        if not cte.flag("cterecursive"):
            return _of_query(prover, cte.node("ctequery"), number, around)
    return None


def _of_query(prover: Prover, query: Node, number: int, outer: Scope) -> Origin | None:
    if query.number("commandType") != SELECT or query.optional("setOperations"):
        return None
    for each in query.nodes("targetList"):
        if each.number("resno") == number:
            return _of(prover, each.node("expr"), prover.enter(query, outer))
    return None


def _of(prover: Prover, expression: Node, scope: Scope) -> Origin | None:
    while expression.tag == "RELABELTYPE":
        expression = expression.node("arg")
    return origin(prover, expression, scope) if expression.tag == "VAR" else None
