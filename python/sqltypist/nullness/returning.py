"""What RETURNING shows: the row as written, as it was, or a row that is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqltypist.nullness import conditions
from sqltypist.nullness.atoms import column_atom
from sqltypist.nullness.constants import value
from sqltypist.nullness.facts import WHOLE_ROW, Column, Said, both, fact
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
from sqltypist.nullness.versions import ON_CONFLICT_UPDATE, is_rewritten, is_target, said

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Level, Scope
    from sqltypist.tree import Node


def missing_version(level: Level, var: Node) -> Verdict | None:
    """old.x of an INSERT, which may have updated, and new.x of a DELETE, may not be there."""
    if not (level.view.in_returning and is_target(level.query, var)):
        return None
    missing = {INSERT: OLD, DELETE: NEW}.get(level.query.number("commandType"))
    if missing is not None and said(var) == missing:
        return no("there may be no such version of the row")
    return None


def written(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict:
    """Judge a column of a row that was just written by what was assigned to it."""
    level = scope[-1]
    query = level.query
    command = query.number("commandType")
    if command not in {INSERT, UPDATE} or is_rewritten(prover, query):
        return no("")
    if _is_proposed(query, var):
        return _assigned(prover, query.nodes("targetList"), var, scope)
    if not (level.view.in_returning and is_target(query, var)) or said(var) == OLD:
        return no("")
    found = _assigned(prover, query.nodes("targetList"), var, scope)
    conflict = query.optional("onConflict")
    if conflict is not None and conflict.number("action") == ON_CONFLICT_UPDATE:
        if not found:
            return found
        changes = conflict.nodes("onConflictSet")
        if any(each.number("resno") == var.number("varattno") for each in changes):
            return _assigned(prover, changes, var, scope)
        return _kept(prover, conflict.optional("onConflictWhere"), var, scope)
    return found or _checked(prover, var, entry, scope)


def _kept(prover: Prover, condition: Node | None, var: Node, scope: Scope) -> Verdict:
    """Judge a column of the row in the way of an INSERT, as the condition of DO UPDATE saw it."""
    seen = conditions.known(prover, condition, conditions.TRUE, _before(prover, scope))
    own = column_atom(prover, var, scope)
    if any(all(each.is_present and each.atom == own for each in clause) for clause in seen.clauses):
        return yes("a condition proves it")
    return no("")


def unchecked(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict | None:
    """Judge a column whose domain alone is NOT NULL: what is of the domain already is not checked.

    So the server stores the NULL of an outer join. Nothing when the promise can be believed.
    """
    level = scope[-1]
    query = level.query
    if (
        query.number("commandType") not in {INSERT, UPDATE}
        or not (level.view.in_returning and is_target(query, var))
        or said(var) == OLD
        or prover.catalog.is_not_null_itself(entry.number("relid"), var.number("varattno"))
    ):
        return None
    for assignments in (
        query.nodes("targetList"),
        conflict.nodes("onConflictSet") if (conflict := query.optional("onConflict")) else [],
    ):
        if any(each.number("resno") == var.number("varattno") for each in assignments):
            found = _assigned(prover, assignments, var, scope)
            if not found:
                return no(f"nothing checks what is of the domain already: {found.why}")
    return None


# The new row fulfils the table's checks: with what is assigned, and with what WHERE has seen of the
# rest, they may prove another column.
def _checked(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict:
    level = scope[-1]
    relation = var.number("varno")
    checks = prover.tables.of_entry(entry, relation)
    if not checks.clauses:
        return no("")
    before = _before(prover, scope)
    found = [checks]
    assigned: set[int] = set()
    for target in level.query.nodes("targetList"):
        number = target.number("resno")
        if target.flag("resjunk"):
            continue
        assigned.add(number)
        own = Column(0, relation, number, frozenset())
        constant = value(target.node("expr"))
        if constant is not None:
            found.append(fact(own, Said.AMONG, frozenset({constant})))
        elif prover.present(target.node("expr"), before):
            found.append(fact(own))
    found.append(
        level.facts.select(
            lambda atom: (
                isinstance(atom, Column)
                and atom[:2] == (0, relation)
                and atom.number not in assigned
            )
        )
    )
    wanted = Column(0, relation, var.number("varattno"), frozenset())
    if any(
        all(each.is_present and each.atom == wanted for each in clause)
        for clause in both(found).resolved()
    ):
        return yes("a check proves it of the new row")
    return no("")


def _before(prover: Prover, scope: Scope) -> Scope:
    """Give the scope of what is assigned, in which a column is that of the row as it was."""
    level = scope[-1]
    view = replace(level.view, in_returning=False)
    return (*scope[:-1], prover.level(level.query, level.joins, view))


def _is_proposed(query: Node, var: Node) -> bool:
    """Tell whether a column is one of `excluded`, the row that could not be inserted."""
    conflict = query.optional("onConflict")
    return conflict is not None and var.number("varno") == conflict.number("exclRelIndex")


def _assigned(prover: Prover, assignments: list[Node], var: Node, scope: Scope) -> Verdict:
    number = var.number("varattno")
    for each in assignments:
        if each.number("resno") == number and not each.flag("resjunk"):
            found = prover.present(each.node("expr"), _before(prover, scope))
            return yes(f"what is assigned is not null: {found.why}") if found else found
    return no("")


def merged(prover: Prover, var: Node, entry: Node, scope: Scope) -> Verdict | None:
    """Judge what MERGE returns: each of its actions gives rows of its own.

    The source is missing where a row was not matched by source; of the target, the old version
    where it was inserted, and the new one where it was deleted.
    """
    query = scope[-1].query
    actions = [
        each for each in query.nodes("mergeActionList") if each.number("commandType") != NO_ACTION
    ]
    if not is_target(query, var):
        if any(each.number("matchKind") == NOT_MATCHED_BY_SOURCE for each in actions):
            return no("a row may match no row of the source")
        return None
    commands = {each.number("commandType") for each in actions}
    missing = {OLD: INSERT, NEW: DELETE}.get(said(var))
    if missing in commands:
        return no("there may be no such version of the row")
    number = var.number("varattno")
    if number == WHOLE_ROW:
        return yes("each action gives a row")
    if entry.number("rtekind") != TABLE:
        return no("it is a column of a view")
    promised = prover.tables.column(entry, number)
    if promised or said(var) == OLD or is_rewritten(prover, query):
        return promised
    writing = [each for each in actions if each.number("commandType") != DELETE]
    if len(writing) < len(actions):
        return promised  # a row that was deleted is shown as it was
    verdicts = [
        _assigned(prover, each.nodes("targetList"), var, scope)
        if each.number("commandType") in {INSERT, UPDATE}
        else no("")
        for each in writing
    ]
    if verdicts and all(verdicts):
        return yes("each action assigns what is not null")
    return promised
