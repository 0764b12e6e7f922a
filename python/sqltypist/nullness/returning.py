"""What RETURNING shows: the row as written, as it was, or a row that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness import conditions
from sqltypist.nullness.facts import WHOLE_ROW
from sqltypist.nullness.kinds import (
    DELETE,
    INSERT,
    NEW,
    NO_ACTION,
    NOT_MATCHED_BY_SOURCE,
    OLD,
    TABLE,
    UPDATE,
)
from sqltypist.nullness.verdict import Verdict, no, yes

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

ON_CONFLICT_UPDATE = 2


def version(var: Node) -> int:
    """Give which version of the row a column is of, if it says so."""
    return var.number("varreturningtype") if "varreturningtype" in var else 0  # from 18 on


def _is_target(query: Node, var: Node) -> bool:
    return var.number("varno") == query.number("resultRelation")


def missing_version(query: Node, var: Node) -> Verdict | None:
    """old.x of an INSERT, which may have updated, and new.x of a DELETE, may not be there."""
    if not _is_target(query, var):
        return None
    missing = {INSERT: OLD, DELETE: NEW}.get(query.number("commandType"))
    if missing is not None and version(var) == missing:
        return no("there may be no such version of the row")
    return None


def is_overwritten(prover: Prover, query: Node, var: Node) -> bool:
    """Tell whether an UPDATE may show another value than the one that its WHERE has seen."""
    if (
        query.number("commandType") != UPDATE
        or id(query) in prover.assigning
        or not _is_target(query, var)
        or version(var) == OLD
    ):
        return False
    entry = query.nodes("rtable")[var.number("varno") - 1]
    number = var.number("varattno")
    if number == WHOLE_ROW:
        return False
    origin = prover.catalog.columns.get((entry.number("relid"), number))
    if origin is None or origin.is_generated or is_rewritten(prover, entry):
        return True
    return any(each.number("resno") == number for each in query.nodes("targetList"))


def is_rewritten(prover: Prover, entry: Node) -> bool:
    """Tell whether a trigger, or a view, may store something else than what is written."""
    return (
        entry.text("relkind") not in {"r", "p"} or entry.number("relid") in prover.catalog.rewriting
    )


def written(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict:
    """Judge a column of a row that was just written by what was assigned to it.

    In what is assigned, a column of the target is that of the row as it was.
    """
    query = scope[-1].query
    command = query.number("commandType")
    if command == INSERT and _is_proposed(query, var):
        target = query.nodes("rtable")[query.number("resultRelation") - 1]
        if is_rewritten(prover, target):
            return no("")
        return _assigned(prover, query, query.nodes("targetList"), var, scope)
    if (
        id(query) in prover.assigning
        or not _is_target(query, var)
        or command not in {INSERT, UPDATE}
        or version(var) == OLD
        or is_rewritten(prover, entry)
    ):
        return no("")
    found = _assigned(prover, query, query.nodes("targetList"), var, scope)
    conflict = query.optional("onConflict")
    if found and conflict is not None and conflict.number("action") == ON_CONFLICT_UPDATE:
        changes = conflict.nodes("onConflictSet")
        if any(each.number("resno") == var.number("varattno") for each in changes):
            return _assigned(prover, query, changes, var, scope)
        return _kept(prover, conflict.optional("onConflictWhere"), var, scope)
    return found


def _kept(prover: Prover, condition: Node | None, var: Node, scope: Scope) -> Verdict:
    """Judge a column of the row in the way of an INSERT, as the condition of DO UPDATE saw it."""
    seen = conditions.known(prover, condition, conditions.TRUE, scope)
    own = conditions.column_atom(var)
    if any(all(each.is_present and each.atom == own for each in clause) for clause in seen.clauses):
        return yes("a condition proves it")
    return no("")


def _is_proposed(query: Node, var: Node) -> bool:
    """Tell whether a column is one of `excluded`, the row that could not be inserted."""
    conflict = query.optional("onConflict")
    return conflict is not None and var.number("varno") == conflict.number("exclRelIndex")


def _assigned(
    prover: Prover, query: Node, assignments: list[Node], var: Node, scope: Scope
) -> Verdict:
    number = var.number("varattno")
    target = next(
        (
            each
            for each in assignments
            if each.number("resno") == number and not each.flag("resjunk")
        ),
        None,
    )
    if target is None:
        return no("")
    before = prover.assigning
    prover.assigning = before | {id(query)}
    try:
        found = prover.present(target.node("expr"), scope)
    finally:
        prover.assigning = before
    return yes(f"what is assigned is not null: {found.why}") if found else found


def merged(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict | None:
    """Judge what MERGE returns: each of its actions gives rows of its own.

    The source is missing where a row was not matched by source; of the target, the old version
    where it was inserted, and the new one where it was deleted.
    """
    query = scope[-1].query
    actions = [
        each for each in query.nodes("mergeActionList") if each.number("commandType") != NO_ACTION
    ]
    if not _is_target(query, var):
        if any(each.number("matchKind") == NOT_MATCHED_BY_SOURCE for each in actions):
            return no("a row may match no row of the source")
        return None
    commands = {each.number("commandType") for each in actions}
    missing = {OLD: INSERT, NEW: DELETE}.get(version(var))
    if missing in commands:
        return no("there may be no such version of the row")
    number = var.number("varattno")
    if number == WHOLE_ROW:
        return yes("each action gives a row")
    if entry.number("rtekind") != TABLE:
        return no("it is a column of a view")
    promised = prover.tables.column(entry, number)
    if (
        promised
        or id(query) in prover.assigning
        or version(var) == OLD
        or is_rewritten(prover, entry)
    ):
        return promised
    writing = [each for each in actions if each.number("commandType") != DELETE]
    if len(writing) < len(actions):
        return promised  # a row that was deleted is shown as it was
    verdicts = [
        _assigned(prover, query, each.nodes("targetList"), var, scope)
        if each.number("commandType") in {INSERT, UPDATE}
        else no("")
        for each in writing
    ]
    if verdicts and all(verdicts):
        return yes("each action assigns what is not null")
    return promised
