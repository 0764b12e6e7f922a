"""What is known of the row at hand, as clauses: of the literals of each, at least one holds.

A literal says of an expression that it is not NULL, that it is, that its value is one of some
constants or none of them, or that a condition came out true or false. An expression is named by an
*atom*: a column at a stage of the joins, or anything else by its canonical text.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from enum import Enum
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
    version: int = 0
    """Which version of the row it is of, as `versions` counts them."""


Atom: TypeAlias = "Column | str"


class Said(Enum):
    """What a literal says of its atom."""

    PRESENT = "is not NULL"
    AMONG = "is one of these constants"
    OUTSIDE = "is not NULL and none of these constants"
    TRUE = "is true"
    FALSE = "is false"
    NULL = "is NULL"


@dataclass(frozen=True)
class Literal:
    """One thing that is said of an atom."""

    atom: Atom
    said: Said = Said.PRESENT
    constants: frozenset[str] = frozenset()

    @property
    def is_present(self) -> bool:
        """Whether it says, among other things, that the atom is not NULL."""
        return self.said is not Said.NULL

    def excludes(self, other: Literal) -> bool:
        """Tell whether another literal cannot hold where this one does."""
        if self.said is Said.NULL or other.said is Said.NULL:
            return self.said is not other.said and (
                _is_later(other.atom, self.atom)
                if self.said is Said.NULL
                else _is_later(self.atom, other.atom)
            )
        if not _is_later(self.atom, other.atom):
            return False
        match self.said, other.said:
            case (Said.AMONG, Said.AMONG):
                return not self.constants & other.constants
            case (Said.AMONG, Said.OUTSIDE):
                return self.constants <= other.constants
            case (Said.OUTSIDE, Said.AMONG):
                return other.constants <= self.constants
            case (Said.TRUE, Said.FALSE) | (Said.FALSE, Said.TRUE):
                return True
            case _:
                return False


def _is_later(one: Atom, other: Atom) -> bool:
    """Tell whether one atom is the other, or the same column after more joins.

    What is not NULL there was the same value before.
    """
    if isinstance(one, Column) and isinstance(other, Column):
        return one._replace(joins=other.joins) == other and one.joins >= other.joins
    return one == other


Clause: TypeAlias = "frozenset[Literal]"


@dataclass(frozen=True)
class Facts:
    """Clauses that hold, and whether there can be such a row at all."""

    clauses: frozenset[Clause] = frozenset()
    possible: bool = True

    def resolved(self) -> frozenset[Clause]:
        """Draw the conclusions: take away the literals that what is certain excludes."""
        clauses = set(self.clauses)
        while True:
            certain = [literal for clause in clauses if len(clause) == 1 for literal in clause]
            shorter = {
                frozenset(
                    literal
                    for literal in clause
                    if len(clause) == 1 or not any(each.excludes(literal) for each in certain)
                )
                for clause in clauses
            } - {frozenset[Literal]()}
            if shorter == clauses:
                return frozenset(clauses)
            clauses = shorter

    def select(self, keeps: Callable[[Atom], bool]) -> Facts:
        """Give what speaks of certain atoms alone."""
        return Facts(
            frozenset(clause for clause in self.clauses if all(keeps(each.atom) for each in clause))
        )

    def map(self, change: Callable[[Atom], Atom | None]) -> Facts:
        """Give what holds of changed atoms; a clause is dropped with an atom that becomes none."""
        found: set[Clause] = set()
        for clause in self.clauses:
            changed = {each: change(each.atom) for each in clause}
            literals = [
                replace(each, atom=atom) for each, atom in changed.items() if atom is not None
            ]
            if len(literals) == len(clause):
                found.add(frozenset(literals))
        return Facts(frozenset(found))


NOTHING = Facts()
IMPOSSIBLE = Facts(possible=False)
"""There is no such row, so that anything may be said of it."""


def fact(atom: Atom, said: Said = Said.PRESENT, constants: frozenset[str] = frozenset()) -> Facts:
    """Give the fact that something is certain of one atom."""
    return Facts(frozenset({frozenset({Literal(atom, said, constants)})}))


def both(parts: Iterable[Facts]) -> Facts:
    """Give what holds where all of them do."""
    parts = list(parts)
    if not all(each.possible for each in parts):
        return IMPOSSIBLE
    return Facts(_fewest(itertools.chain.from_iterable(each.clauses for each in parts)))


def either(parts: Iterable[Facts]) -> Facts:
    """Give what holds where at least one of them does."""
    parts = [each for each in parts if each.possible]
    if not parts:
        return IMPOSSIBLE
    clauses = parts[0].clauses
    for each in parts[1:]:
        clauses = _fewest(one | other for one in clauses for other in each.clauses)
    return Facts(clauses)


def _fewest(clauses: Iterable[Clause]) -> frozenset[Clause]:
    """Drop the clauses that a shorter one implies, and those that are too many."""
    kept: list[Clause] = []
    distinct = {each for each in clauses if not _is_empty(each)}
    # Where none is dropped for being too many, the order decides nothing.
    for clause in sorted(distinct, key=_rank if len(distinct) > _MOST_CLAUSES else len):
        if len(clause) > _LONGEST_CLAUSE or len(kept) >= _MOST_CLAUSES:
            break
        if not any(other <= clause for other in kept):
            kept.append(clause)
    return frozenset(kept)


def _is_empty(clause: Clause) -> bool:
    """Tell whether a clause says nothing: that something is NULL or is not."""
    nulls = {each.atom for each in clause if not each.is_present}
    return any(each.is_present and each.atom in nulls for each in clause)


def _rank(clause: Clause) -> tuple[int, int, list[str]]:
    """Order clauses: the short ones first, then those that say most of NULL."""
    return (
        len(clause),
        sum(each.said in {Said.TRUE, Said.FALSE} for each in clause),
        sorted(repr(each) for each in clause),
    )
