"""The queries around an expression, and what each knows of its row at hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from sqltypist.nullness.facts import NOTHING, Column, Facts, both

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.nullness.facts import Atom, Clause
    from sqltypist.nullness.joins import Joins
    from sqltypist.tree import Node

Side: TypeAlias = "tuple[int, bool]"
"""One side of a join: the join's entry, and whether it is the left side."""


@dataclass(frozen=True)
class View:
    """How an expression sees its query."""

    given: Facts = NOTHING
    """What holds for all rows of the query, by what is done with its result."""
    here: Facts = NOTHING
    """What holds for the row at hand alone, as in a branch of CASE."""
    unnulled: frozenset[Side] = frozenset()
    """Sides of joins of which it is assumed that the join nulls nothing."""
    in_aggregate: bool = False
    """Whether the expression is evaluated on rows before they are grouped."""
    in_returning: bool = False
    """Whether the expression is one of RETURNING."""


PLAIN = View()
"""How WHERE sees it: nothing more is known."""


class Level:
    """One query, seen from an expression in it."""

    def __init__(self, query: Node, joins: Joins, view: View) -> None:
        self.query = query
        self.joins = joins
        self.view = view
        self._key = (id(query), view)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def entry(self, number: int) -> Node | None:
        """Give an entry of the range table, counted from 1."""
        table = self.query.nodes("rtable")
        return table[number - 1] if 0 < number <= len(table) else None

    @cached_property
    def _knowledge(self) -> tuple[Facts, frozenset[Side]]:
        return self.joins.conclude(
            both([self.view.given, self.view.here]),
            self.view.unnulled,
            of_input=self.view.in_aggregate,
        )

    @property
    def facts(self) -> Facts:
        """What is known of the row."""
        return self._knowledge[0]

    @property
    def void(self) -> frozenset[Side]:
        """The sides of outer joins that are proven not to have been nulled."""
        return self._knowledge[1]

    @cached_property
    def clauses(self) -> frozenset[Clause]:
        """What is known of the row, with its conclusions."""
        return self.facts.resolved()

    def is_void(self, join: int, relation: int) -> bool:
        """Tell whether a join is proven not to have nulled an entry's side."""
        side = self.joins.side_of(join, relation)
        return side is not None and (join, side) in self.void

    def has_fact(self, implies: Callable[[Atom], bool]) -> bool:
        """Tell whether one clause has only atoms that are not NULL and each imply something."""
        return any(
            all(each.is_present and implies(each.atom) for each in clause)
            for clause in self.clauses
        )

    def knows(self, wanted: Atom) -> bool:
        """Tell whether an atom is known not to be NULL."""
        return self.has_fact(lambda atom: self.implies(atom, wanted))

    def implies(self, atom: Atom, wanted: Atom) -> bool:
        """Tell whether one atom being there means that another is.

        A column that is not NULL after some joins was not NULL before them; and joins that nulled
        nothing in between change nothing.
        """
        if not (isinstance(atom, Column) and isinstance(wanted, Column)):
            return atom == wanted
        return atom._replace(joins=wanted.joins) == wanted and (
            all(self.is_void(each, atom.relation) for each in wanted.joins - atom.joins)
            if not atom.level
            else wanted.joins <= atom.joins
        )


Scope: TypeAlias = "tuple[Level, ...]"
"""The queries around an expression, outermost first."""
