"""Clauses: what follows from several things that are known at once."""

from __future__ import annotations

from itertools import pairwise

from sqltypist.nullness.facts import (
    IMPOSSIBLE,
    NOTHING,
    Column,
    Facts,
    Literal,
    Said,
    both,
    either,
    fact,
)

NO_JOIN: frozenset[int] = frozenset()
A, B, C = (Column(0, 1, number, NO_JOIN) for number in (1, 2, 3))
LATER_A = A._replace(joins=frozenset({7}))


def certain(facts: Facts) -> set[object]:
    """Give what is certain not to be NULL."""
    return {
        literal.atom
        for clause in facts.resolved()
        if len(clause) == 1
        for literal in clause
        if literal.is_present
    }


def among(column: Column, *constants: str) -> Facts:
    return fact(column, Said.AMONG, frozenset(constants))


def outside(column: Column, *constants: str) -> Facts:
    return fact(column, Said.OUTSIDE, frozenset(constants))


def test_all_of_a_conjunction_holds() -> None:
    assert certain(both([fact(A), fact(B)])) == {A, B}


def test_of_a_disjunction_holds_what_all_its_parts_say() -> None:
    parts = [both([fact(A), fact(B)]), both([fact(A), fact(C)])]
    found = either(parts)
    assert certain(found) == {A}
    assert frozenset({Literal(B), Literal(C)}) in found.clauses


def test_what_cannot_be_says_nothing_against_what_can() -> None:
    assert either([IMPOSSIBLE, fact(A)]) == fact(A)
    assert not both([IMPOSSIBLE, fact(A)]).possible
    assert not either([IMPOSSIBLE]).possible
    assert either([NOTHING, fact(A)]) == NOTHING


def test_of_two_the_one_is_there_when_the_other_is_null() -> None:
    one_of_both = either([fact(A), fact(B)])
    assert certain(one_of_both) == set()
    assert certain(both([one_of_both, fact(A, Said.NULL)])) == {B}


def test_conclusions_follow_from_conclusions() -> None:
    chain = [
        either([fact(A, Said.NULL), fact(B)]),
        either([fact(B, Said.NULL), fact(C)]),
    ]
    assert certain(both([*chain, fact(A)])) == {A, B, C}
    assert certain(both(chain)) == set()


def test_a_value_excludes_others() -> None:
    unless_cart = either([among(A, "cart"), fact(B)])
    assert B in certain(both([unless_cart, among(A, "paid", "sent")]))
    assert B not in certain(both([unless_cart, among(A, "paid", "cart")]))
    assert B in certain(both([unless_cart, outside(A, "cart", "lost")]))
    assert B not in certain(both([unless_cart, outside(A, "lost")]))
    once_done = either([outside(A, "done"), fact(B)])
    assert B in certain(both([once_done, among(A, "done")]))
    assert B not in certain(both([once_done, among(A, "done", "open")]))


def test_what_is_there_after_a_join_was_there_before_and_not_the_other_way_round() -> None:
    unless_null = either([fact(A, Said.NULL), fact(B)])
    assert B in certain(both([unless_null, fact(LATER_A)]))
    later = either([fact(LATER_A, Said.NULL), fact(B)])
    assert B not in certain(both([later, fact(A)]))


def test_versions_of_a_row_are_told_apart() -> None:
    new = A._replace(version=2)
    unless_null = either([fact(A, Said.NULL), fact(B)])
    assert B not in certain(both([unless_null, fact(new)]))


def test_what_says_nothing_is_dropped() -> None:
    assert either([fact(A), fact(A, Said.NULL)]) == NOTHING


def test_atoms_can_be_renamed_and_left_out() -> None:
    facts = both([fact(A), either([fact(B), fact(C)])])
    renamed = facts.map(lambda atom: B if atom == A else None)
    assert renamed == fact(B)
    assert facts.select(lambda atom: atom == A) == fact(A)


def test_too_many_clauses_lose_knowledge_and_claim_nothing() -> None:
    columns = [Column(0, 1, number, NO_JOIN) for number in range(1, 40)]
    pairs = [both([fact(one), fact(other)]) for one, other in pairwise(columns)]
    found = either(pairs[:12])
    assert certain(found) == set()
    assert len(found.clauses) <= 80
