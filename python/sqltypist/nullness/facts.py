"""What is known of the row at hand: at least one of some expressions is not NULL.

An *atom* is a column at a stage of the joins, or another expression by its canonical text. A
*clause* is a set of atoms of which at least one is not NULL; with one atom it is a plain fact.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WHOLE_ROW = 0
"""The number that stands for a row as a whole: that it is there."""

# Beyond these sizes clauses are dropped, which loses knowledge and claims nothing.
_LONGEST_CLAUSE = 8
_MOST_CLAUSES = 80


class Column(NamedTuple):
    """A column of a range-table entry, after the outer joins that may have nulled it by then."""

    level: int
    """How many queries further out the entry is."""
    relation: int
    number: int
    joins: frozenset[int]


Atom: TypeAlias = "Column | str"
Clause: TypeAlias = "frozenset[Atom]"


@dataclass(frozen=True)
class Facts:
    """Clauses that hold, atoms that are NULL, and whether there can be such a row at all."""

    clauses: frozenset[Clause] = frozenset()
    nulls: frozenset[Atom] = frozenset()
    possible: bool = True

    def resolved(self) -> frozenset[Clause]:
        """Give the clauses without the atoms that are known to be NULL."""
        if not self.nulls:
            return self.clauses
        return frozenset(clause - self.nulls for clause in self.clauses) - {frozenset[Atom]()}

    def select(self, keeps: Callable[[Atom], bool]) -> Facts:
        """Give what speaks of certain atoms alone."""
        return Facts(
            frozenset(clause for clause in self.clauses if all(map(keeps, clause))),
            frozenset(filter(keeps, self.nulls)),
        )

    def map(self, change: Callable[[Atom], Atom | None]) -> Facts:
        """Give what holds of changed atoms; a clause is dropped with an atom that becomes none."""
        changed = {atom: change(atom) for clause in self.clauses for atom in clause}
        return Facts(
            frozenset(
                frozenset(new for atom in clause if (new := changed[atom]) is not None)
                for clause in self.clauses
                if all(changed[atom] is not None for atom in clause)
            ),
            frozenset(new for atom in self.nulls if (new := change(atom)) is not None),
        )


NOTHING = Facts()
IMPOSSIBLE = Facts(possible=False)
"""There is no such row, so that anything may be said of it."""


def fact(atom: Atom) -> Facts:
    """Give the fact that one atom is not NULL."""
    return Facts(frozenset({frozenset({atom})}))


def both(parts: Iterable[Facts]) -> Facts:
    """Give what holds where all of them do."""
    parts = list(parts)
    if not all(each.possible for each in parts):
        return IMPOSSIBLE
    return Facts(
        _fewest(itertools.chain.from_iterable(each.clauses for each in parts)),
        frozenset[Atom]().union(*(each.nulls for each in parts)),
    )


def either(parts: Iterable[Facts]) -> Facts:
    """Give what holds where at least one of them does."""
    parts = [each for each in parts if each.possible]
    if not parts:
        return IMPOSSIBLE
    clauses = parts[0].clauses
    for each in parts[1:]:
        clauses = _fewest(one | other for one in clauses for other in each.clauses)
    nulls = parts[0].nulls
    for each in parts[1:]:
        nulls &= each.nulls
    return Facts(clauses, nulls)


def _fewest(clauses: Iterable[Clause]) -> frozenset[Clause]:
    """Drop the clauses that a shorter one implies, and those that are too many."""
    kept: list[Clause] = []
    for clause in sorted(set(clauses), key=lambda each: (len(each), sorted(map(repr, each)))):
        if len(clause) > _LONGEST_CLAUSE or len(kept) >= _MOST_CLAUSES:
            break
        if not any(other <= clause for other in kept):
            kept.append(clause)
    return frozenset(kept)
