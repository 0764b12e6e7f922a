"""What FROM and WHERE prove: which columns are not NULL, and which outer joins nulled nothing.

An outer join *nulls* the columns of a side where it finds no partner. A fact about a column beyond
the join says that it did not: in the rows that remain, the join is void on that side, and its own
condition holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqltypist.nullness import conditions, grouping, rows
from sqltypist.nullness.conditions import TRUE
from sqltypist.nullness.facts import NOTHING, Column, Facts, both, either
from sqltypist.nullness.kinds import (
    FULL,
    INNER,
    LEFT,
    MATCHED,
    MERGE,
    NO_ACTION,
    RIGHT,
    TABLE,
)

if TYPE_CHECKING:
    from sqltypist.nullness.facts import Atom, Literal
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope, Side
    from sqltypist.tree import Node

IS_LEFT, IS_RIGHT = True, False


@dataclass(frozen=True)
class Join:
    """An outer join: the entries of its sides, and what its condition proves."""

    node: Node
    left: frozenset[int]
    right: frozenset[int]
    matched: Facts
    """What holds of a row for which it found a partner."""

    @property
    def nulled(self) -> tuple[bool, ...]:
        """The sides that it may null."""
        return {LEFT: (IS_RIGHT,), RIGHT: (IS_LEFT,), FULL: (IS_LEFT, IS_RIGHT)}[
            self.node.number("jointype")
        ]

    def entries(self, side: bool) -> frozenset[int]:
        """Give the entries of a side."""
        return self.left if side is IS_LEFT else self.right


class Joins:
    """The joins of one query."""

    def __init__(self, prover: Prover, query: Node, outer: Scope) -> None:
        self._prover = prover
        self._query = query
        self._outer = outer
        self._outer_joins: dict[int, Join] = {}
        self._implications: dict[Literal, frozenset[Side]] = {}
        self._always: tuple[Facts, Facts] | None = None
        # HAVING speaks of groups, and what it says of a column is so in each of a group's rows.
        self._so_far: tuple[Facts, frozenset[Side]] | None = None

    def side_of(self, join: int, relation: int) -> bool | None:
        """Tell on which side of an outer join an entry is; nothing where it is on none."""
        found = self._outer_joins.get(join)
        if found is None:
            return None
        return IS_LEFT if relation in found.left else IS_RIGHT if relation in found.right else None

    def conclude(
        self, more: Facts, unnulled: frozenset[Side], *, of_input: bool
    ) -> tuple[Facts, frozenset[Side]]:
        """Draw all conclusions: the facts, and the sides of joins that were not nulled.

        Of a query that gives a row about no rows at all, what FROM and WHERE prove holds for its
        input alone, which its aggregates see.
        """
        if self._so_far is not None:  # asked for while drawing them
            return self._so_far
        read, having = self._read()
        if grouping.is_blurred(self._prover, self._query):
            having = NOTHING  # what it says of a column may be of one that was left out
            is_known = of_input
        else:
            is_known = of_input or not rows.gives_total(self._query)
        facts, void = both([having, more, *([read] if is_known else [])]), unnulled
        self._prover.concluding += 1
        try:
            while True:
                self._so_far = facts, void
                found = void | self._found(facts)
                scope = self._scope()
                found |= {
                    (number, side)
                    for number, join in self._outer_joins.items()
                    for side in join.nulled
                    if (number, side) not in found and rows.always_finds(self._prover, join, scope)
                }
                if found == void:
                    return facts, void
                void = found
                facts = both([facts, *self._matches(void)])
        finally:
            self._so_far = None
            self._prover.concluding -= 1

    def _matches(self, void: frozenset[Side]) -> list[Facts]:
        """Give what the conditions of joins prove that found a partner for every row."""
        return [
            join.matched
            for number, join in self._outer_joins.items()
            if all((number, side) in void for side in join.nulled)
        ]

    def _found(self, facts: Facts) -> set[Side]:
        """Give the sides of joins of which the facts say that the join has found a row there."""
        found: set[Side] = set()
        for clause in facts.resolved():
            implied = [self._implied(each) for each in clause]
            found |= {each for each in implied[0] if all(each in other for other in implied)}
        return found

    def _implied(self, literal: Literal) -> frozenset[Side]:
        """Give the sides of joins where a row was found if a literal holds.

        A column of a side is not NULL beyond its join; then the join's own condition holds, which
        may say the same of another join.
        """
        atom = literal.atom
        if not literal.is_present or not isinstance(atom, Column) or atom.level:
            return frozenset()
        if literal not in self._implications:
            self._implications[literal] = frozenset()  # what implies itself implies no more
            found: set[Side] = set()
            for number in atom.joins & self._outer_joins.keys():
                join = self._outer_joins[number]
                side = self.side_of(number, atom.relation)
                if side is None:
                    continue
                found.add((number, side))
                if join.nulled == (side,):
                    found |= self._found(join.matched)
            self._implications[literal] = frozenset(found)
        return self._implications[literal]

    def _read(self) -> tuple[Facts, Facts]:
        """Read FROM and WHERE, and HAVING, once."""
        if self._always is None:
            self._always = NOTHING, NOTHING  # what is asked for meanwhile knows nothing yet
            source = self._query.optional("jointree")
            found: list[Facts] = []
            if source is not None:
                found.append(self._part(source))
            found.append(self._merging())
            found += [
                self._prover.tables.of_entry(entry, number)
                for number, entry in enumerate(self._query.nodes("rtable"), start=1)
                if entry.number("rtekind") == TABLE
            ]
            self._implications.clear()
            self._always = both(found), self._when(self._query.optional("havingQual"))
            self._prover.forget()
        return self._always

    def _scope(self) -> Scope:
        return (*self._outer, self._prover.level(self._query, self))

    def _when(self, condition: Node | None) -> Facts:
        return conditions.known(self._prover, condition, TRUE, self._scope())

    # MERGE gives the rows of its actions, each under its condition.
    def _merging(self) -> Facts:
        if self._query.number("commandType") != MERGE:
            return NOTHING
        matched = self._when(self._query.optional("mergeJoinCondition"))
        return either(
            both(
                [
                    self._when(action.optional("qual")),
                    matched if action.number("matchKind") == MATCHED else NOTHING,
                ]
            )
            for action in self._query.nodes("mergeActionList")
            if action.number("commandType") != NO_ACTION
        )

    def _part(self, node: Node) -> Facts:
        """Give what holds for the rows that a part of FROM gives, where it gives any."""
        if node.tag == "RANGETBLREF":
            return NOTHING
        if node.tag == "FROMEXPR":
            parts = [self._part(each) for each in node.nodes("fromlist")]
            return both([*parts, self._when(node.optional("quals"))])
        left, right = node.node("larg"), node.node("rarg")
        below = [self._part(left), self._part(right)]
        matched = self._when(node.optional("quals"))
        kind = node.number("jointype")
        if kind == INNER:
            return both([*below, matched])
        join = Join(node, entries(left), entries(right), matched)
        self._outer_joins[node.number("rtindex")] = join
        # ON speaks of the rows that found a partner: of a side that is kept whole, it says nothing.
        about = {LEFT: join.right, RIGHT: join.left}.get(kind, frozenset[int]())
        return both([*below, matched.select(lambda atom: _is_about(atom, about))])


def _is_about(atom: Atom, relations: frozenset[int]) -> bool:
    return isinstance(atom, Column) and atom.level == 0 and atom.relation in relations


def entries(node: Node) -> frozenset[int]:
    """Give the entries that a part of FROM is made of."""
    if node.tag == "RANGETBLREF":
        return frozenset({node.number("rtindex")})
    if node.tag == "FROMEXPR":
        return frozenset[int]().union(*map(entries, node.nodes("fromlist")))
    return entries(node.node("larg")) | entries(node.node("rarg")) | {node.number("rtindex")}
