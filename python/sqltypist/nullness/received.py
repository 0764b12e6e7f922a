"""What a query around a subquery knows of the subquery's columns, in the row at hand.

A condition on a column of a view or of a CTE is a condition on what stands behind the column there:
an outer join inside it may be void for the rows that remain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqltypist.nullness import conditions
from sqltypist.nullness.facts import NOTHING, WHOLE_ROW, Column, both, either
from sqltypist.nullness.kinds import SELECT

if TYPE_CHECKING:
    from sqltypist.nullness.facts import Facts
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Level, Scope


@dataclass(frozen=True)
class Received:
    """Clauses over the numbers of output columns: at least one of each is not NULL."""

    clauses: frozenset[frozenset[int]]

    @classmethod
    def of(cls, level: Level, relation: int) -> Received | None:
        """Gather what a query knows of the columns of one of its entries; nothing if nothing."""
        found: set[frozenset[int]] = set()
        for clause in level.clauses:
            numbers = frozenset(
                each.atom.number
                for each in clause
                if isinstance(each.atom, Column)
                and each.is_present
                and each.atom[:2] == (0, relation)
                and each.atom.number != WHOLE_ROW
            )
            if len(numbers) == len({each.atom for each in clause}) and all(
                each.is_present for each in clause
            ):
                found.add(numbers)
        return cls(frozenset(found)) if found else None

    def into(self, prover: Prover, scope: Scope) -> Scope:
        """Carry it into the subquery, as knowledge of the expressions behind the columns.

        It speaks of one row of the result. Where a window looks at other rows too, it holds for
        this row alone; where rows are grouped, a column that is grouped by is the same in all.
        """
        level = scope[-1]
        query = level.query
        if query.number("commandType") != SELECT or query.flag("hasTargetSRFs"):
            return scope
        behind = {
            each.number("resno"): each.node("expr")
            for each in query.nodes("targetList")
            if not each.flag("resjunk")
        }
        known: list[Facts] = []
        for clause in self.clauses:
            ways = [
                conditions.present(prover, behind[number], scope) if number in behind else NOTHING
                for number in clause
            ]
            known.append(either(ways))
        facts = both(known)
        view = level.view
        if query.flag("hasWindowFuncs"):
            view = replace(view, here=both([view.here, facts]))
        else:
            view = replace(view, given=both([view.given, facts]))
        return (*scope[:-1], prover.level(query, level.joins, view))
