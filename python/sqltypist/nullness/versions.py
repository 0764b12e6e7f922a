"""Which version of a row a column is of, where a statement changes it.

WHERE sees the row as it was. RETURNING shows it as it is, as it was, or both; so what WHERE has
proven holds there for what was not changed in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.kinds import DELETE, INSERT, MERGE, NEW, OLD, UPDATE

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

AS_SEEN = 0
"""The version that FROM and WHERE see; of an INSERT, the new row."""
WHICHEVER = 3
"""Of MERGE: the row as it is, or as it was when it is gone."""
ON_CONFLICT_UPDATE = 2


def said(var: Node) -> int:
    """Give which version a column says that it is of: old, new, or neither."""
    return var.number("varreturningtype") if "varreturningtype" in var else 0  # from 18 on


def is_target(query: Node, var: Node) -> bool:
    """Tell whether a column is one of the table that a statement changes."""
    return var.number("varno") == query.number("resultRelation")


def version(prover: Prover, var: Node, scope: Scope) -> int:
    """Give the version that a column is of, in terms of what WHERE has seen."""
    depth = var.number("varlevelsup")
    if depth >= len(scope):
        return AS_SEEN
    level = scope[-1 - depth]
    query = level.query
    if not (level.view.in_returning and is_target(query, var)):
        return AS_SEEN
    match query.number("commandType"):
        case command if command == UPDATE:
            is_new = said(var) != OLD and is_overwritten(prover, query, var.number("varattno"))
            return NEW if is_new else AS_SEEN
        case command if command == DELETE:
            return NEW if said(var) == NEW else AS_SEEN
        case command if command == INSERT:
            return OLD if said(var) == OLD else AS_SEEN
        case command if command == MERGE:
            return {OLD: AS_SEEN, NEW: NEW}.get(said(var), WHICHEVER)
        case _:
            return AS_SEEN


def is_overwritten(prover: Prover, query: Node, number: int) -> bool:
    """Tell whether an UPDATE may show another value of a column than its WHERE has seen."""
    entry = query.nodes("rtable")[query.number("resultRelation") - 1]
    if number == 0:  # the row as a whole is there before and after
        return False
    origin = prover.catalog.columns.get((entry.number("relid"), number))
    if origin is None or origin.is_generated or is_rewritten(prover, query):
        return True
    return any(each.number("resno") == number for each in query.nodes("targetList"))


def is_rewritten(prover: Prover, query: Node) -> bool:
    """Tell whether a trigger, or a view, may store something else than what a statement writes."""
    entry = query.nodes("rtable")[query.number("resultRelation") - 1]
    if entry.text("relkind") not in {"r", "p"}:
        return True
    command = query.number("commandType")
    conflict = query.optional("onConflict")
    updates = command == UPDATE
    changed = query.nodes("targetList")
    if conflict is not None and conflict.number("action") == ON_CONFLICT_UPDATE:
        updates = True
        changed = conflict.nodes("onConflictSet")
    written = {each.number("resno") for each in changed if not each.flag("resjunk")}
    return any(
        command == MERGE
        or (trigger.on_insert and command == INSERT)
        or (trigger.on_update and updates and (not trigger.columns or trigger.columns & written))
        for trigger in prover.catalog.rewriting.get(entry.number("relid"), ())
    )
