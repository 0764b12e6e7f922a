"""What is claimed of random statements holds on random data.

`make soundness SECONDS=600 SEED=7` goes on for as long as it is told to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import claims
from claims import Failure, Tally, as_written, search
from pieces import Piece, listed, make, maybe, shrink

if TYPE_CHECKING:
    import pytest

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Description
    from sqltypist.inferring import TypedQuery
    from sqltypist.loading import Query

SEEDS = ("1", "2", "3")
STATEMENTS = 400
"""For each seed, which makes a database of its own."""

# From here on a run says something: below, it would prove nothing, and pass.
LEAST_VALID = 0.85
LEAST_COLUMNS = 4_000
LEAST_CLAIMED = 0.35
LEAST_WITH_ROWS = 400
LEAST_CLAIMED_AS_ONE_ROW = 40


def run(url: str, seeds: tuple[str, ...], statements: int) -> tuple[list[Failure], Tally]:
    tally = Tally()
    failures = [each for seed in seeds for each in search(url, seed, statements, tally)]
    return failures, tally


def test_claims_hold(laboratory_url: str) -> None:
    failures, tally = run(laboratory_url, SEEDS, STATEMENTS)
    print(tally)
    assert not failures, "\n\n".join(map(str, failures))
    assert not tally.warnings
    assert tally.valid >= LEAST_VALID, tally.refusals.most_common(5)
    assert tally.columns >= LEAST_COLUMNS
    assert tally.claimed_share >= LEAST_CLAIMED
    assert tally.with_rows >= LEAST_WITH_ROWS
    assert tally.one_row >= LEAST_CLAIMED_AS_ONE_ROW


def test_a_false_claim_is_found(laboratory_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    infer = claims.infer

    def credulous(query: Query, description: Description, catalog: Catalog) -> TypedQuery:
        typed = infer(query, description, catalog)
        return replace(typed, columns=tuple(replace(c, nullable=False) for c in typed.columns))

    monkeypatch.setattr(claims, "infer", credulous)
    failures, tally = run(laboratory_url, SEEDS[:1], 40)
    assert len(failures) > tally.statements / 10
    # and told in a few words
    lengths = sorted(len(failure.statement) for failure in failures)
    assert lengths[len(lengths) // 2] < 150, failures


def test_a_seed_gives_the_same_again(laboratory_url: str) -> None:
    first, second = (run(laboratory_url, ("again",), 25)[1] for _ in range(2))
    assert (first.columns, first.claimed) == (second.columns, second.claimed)
    assert first.columns


def test_a_piece_shrinks_to_what_matters() -> None:
    piece = make(
        "query", "SELECT @ FROM t@",
        listed(", ", ["a", make("expression int4", "b + @", make("expression int4", "x")), "c"]),
        maybe(" WHERE d"),
    )  # fmt: skip
    assert str(piece) == "SELECT a, b + x, c FROM t WHERE d"
    assert str(shrink(piece, lambda smaller: "x" in str(smaller))) == "SELECT x FROM t"
    assert isinstance(piece, Piece)


def test_a_statement_is_shown_as_a_file_has_it() -> None:
    assert as_written("SELECT %(a)s::text LIKE 'x%%'") == "SELECT :a::text LIKE 'x%'"
