"""Columns, by what happens to them between their origin and the place where they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from sqltypist.nullness import functions, returning
from sqltypist.nullness.atoms import column_atom
from sqltypist.nullness.facts import WHOLE_ROW
from sqltypist.nullness.kinds import (
    CTE,
    FULL,
    FUNCTION,
    GROUP,
    JOIN,
    LEFT,
    MERGE,
    RIGHT,
    SELECT,
    SUBQUERY,
    TABLE,
    TABLE_FUNCTION,
    VALUES,
)
from sqltypist.nullness.received import Received
from sqltypist.nullness.tablefuncs import table_function
from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Level, Scope
    from sqltypist.tree import Node

Rule: TypeAlias = "Callable[[Prover, Node, Node, Scope, bool], Verdict]"

_JOIN_NAMES = {LEFT: "LEFT JOIN", FULL: "FULL JOIN", RIGHT: "RIGHT JOIN"}


def column(prover: Prover, var: Node, scope: Scope, *, of_elements: bool = False) -> Verdict:
    """Judge a column: first by facts and joins, then by what it is a column of."""
    inner = scope
    scope = scope[: len(scope) - var.number("varlevelsup")]
    level = scope[-1]
    entry = level.entry(var.number("varno"))
    if entry is None:
        return no("its table is not known")
    if not of_elements:
        decided = _decided(prover, var, entry, inner, scope)
        if decided is not None:
            return decided
    elif var.number("varattno") == WHOLE_ROW:
        return no("a row is no array")
    rule = _RULES.get(entry.number("rtekind"))
    if rule is None:
        return no(f"nothing is known of {_name(entry, var)}")
    return rule(prover, var, entry, scope, of_elements)


def _decided(prover: Prover, var: Node, entry: Node, inner: Scope, scope: Scope) -> Verdict | None:
    """Decide by what is known of the row, where that decides."""
    level = scope[-1]
    missing = returning.missing_version(level, var)
    if missing is None and level.view.in_returning and level.query.number("commandType") == MERGE:
        missing = returning.merged(prover, var, entry, scope)
    if missing is not None:
        return missing
    if _is_proven(prover, var, inner):
        return yes(f"a condition proves {_name(entry, var)}")
    relation = var.number("varno")
    for join in sorted(var.members("varnullingrels")):
        if not level.is_void(join, relation):
            return no(_nulled(level, join, entry))
    if var.number("varattno") == WHOLE_ROW:
        return yes(f"a row of {_alias(entry)} is there")
    return None


def _is_proven(prover: Prover, var: Node, scope: Scope) -> bool:
    """Tell whether a fact proves the column: of its own query, or of one inside it."""
    own = column_atom(prover, var, scope)
    outermost = own.level
    for distance in range(outermost + 1):
        level = scope[len(scope) - 1 - distance]
        if level.knows(own._replace(level=outermost - distance)):
            return True
    return False


def _nulled(level: Level, join: int, entry: Node) -> str:
    found = level.entry(join)
    if found is not None and found.number("rtekind") == JOIN:
        kind = _JOIN_NAMES.get(found.number("jointype"), "outer join")
        return f"a {kind} may find no {_alias(entry)}"
    return "a grouping set may leave it out"


def _alias(entry: Node) -> str:
    names = entry.optional("eref")
    return (names.text("aliasname") if names else None) or "it"


def _name(entry: Node, var: Node) -> str:
    names = entry.optional("eref")
    number = var.number("varattno")
    columns = names.strings("colnames") if names else []
    alias = _alias(entry)
    if not 0 < number <= len(columns):
        return alias
    return columns[number - 1] if alias.startswith("*") else f"{alias}.{columns[number - 1]}"


# A table: what its own rules promise; or what a statement has just written.
def _of_table(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    if of_elements:
        return no(f"an array in {_name(entry, var)} may hold a NULL")
    number = var.number("varattno")
    promised = prover.tables.column(entry, number)
    if promised:
        unchecked = returning.unchecked(prover, var, entry, scope)
        return promised if unchecked is None else unchecked
    formula = prover.tables.formula(entry, var.but("varlevelsup", 0))
    if formula is not None:
        found = prover.present(formula, scope)
        return yes(f"it is generated: {found.why}") if found else found
    return returning.written(prover, var, entry, scope) or promised


def _of_subquery(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    received = Received.of(scope[-1], var.number("varno"))
    return prover.column(
        entry.node("subquery"), var.number("varattno"), scope, received, of_elements=of_elements
    )


# A merged column of a join is an expression over its sides.
def _of_join(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    alias = entry.nodes("joinaliasvars")[var.number("varattno") - 1]
    return prover.judge(alias, scope, of_elements=of_elements)


def _of_values(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    number = var.number("varattno")
    found = [
        prover.judge(row[number - 1], scope, of_elements=of_elements)
        for row in entry.rows("values_lists")
    ]
    return all_of("VALUES", found)


def _of_group(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    level = scope[-1]
    grouped = prover.level(level.query, level.joins, replace(level.view, in_aggregate=True))
    expression = entry.nodes("groupexprs")[var.number("varattno") - 1]
    return prover.judge(expression, (*scope[:-1], grouped), of_elements=of_elements)


# A recursive CTE is assumed to keep its promise, and then checked under that assumption.
def _of_cte(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    number = var.number("varattno")
    cte, around = prover.find_cte(entry, scope)
    query = cte.node("ctequery")
    width = len(cte.strings("ctecolnames"))
    if not cte.flag("cterecursive"):
        received = (
            Received.of(scope[-1], var.number("varno"))
            if query.number("commandType") == SELECT
            else None
        )
        if number > width:
            return no(f"nothing is known of {_name(entry, var)}")
        return prover.column(query, number, around, received, of_elements=of_elements)
    made = _made_by_search(cte, number)
    if made is not None:
        return made
    key = (id(cte), number, of_elements)
    if key not in prover.assumed:
        prover.assumed[key] = True
        prover.forget()
        verdict = prover.column(query, number, around, of_elements=of_elements)
        prover.forget()
        if verdict:
            del prover.assumed[key]
            return verdict
        prover.assumed[key] = False
        return verdict
    if prover.assumed[key]:
        return yes(f"{_name(entry, var)} is not null in the rows before")
    return no(f"{_name(entry, var)} may be null in the rows before")


def _made_by_search(cte: Node, number: int) -> Verdict | None:
    """Judge the columns that SEARCH and CYCLE add; they are made from rows, and never NULL."""
    added: set[str] = set()
    for clause, names in (
        ("search_clause", ("search_seq_column",)),
        ("cycle_clause", ("cycle_mark_column", "cycle_path_column")),
    ):
        node = cte.optional(clause)
        if node is not None:
            added |= {node.text(name) or "" for name in names}
            if clause == "cycle_clause" and any(
                mark is None or mark.tag != "CONST" or mark.flag("constisnull")
                for mark in (node.optional("cycle_mark_value"), node.optional("cycle_mark_default"))
            ):
                added.discard(node.text("cycle_mark_column") or "")
    columns = cte.strings("ctecolnames")
    name = columns[number - 1] if 0 < number <= len(columns) else ""
    return yes(f"{name} is made of each row") if name in added else None


def _of_function(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    return functions.column_in_from(
        prover, var.number("varattno"), entry, scope, of_elements=of_elements
    )


def _of_table_function(
    prover: Prover,
    var: Node,
    entry: Node,
    scope: Scope,
    of_elements: bool,
) -> Verdict:
    if of_elements:
        return no("an array from a document may hold a NULL")
    return table_function(prover, entry.node("tablefunc"), var.number("varattno"), scope)


_RULES: dict[int, Rule] = {
    CTE: _of_cte,
    FUNCTION: _of_function,
    GROUP: _of_group,
    JOIN: _of_join,
    SUBQUERY: _of_subquery,
    TABLE: _of_table,
    TABLE_FUNCTION: _of_table_function,
    VALUES: _of_values,
}
