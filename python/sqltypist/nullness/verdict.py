"""What was found of an expression, and what decided it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is proven never to be NULL; true in a condition when it is."""

    holds: bool
    why: str
    """In a few words, for people."""

    def __bool__(self) -> bool:
        return self.holds


def yes(why: str) -> Verdict:
    """Say that it is never NULL."""
    return Verdict(holds=True, why=why)


def no(why: str) -> Verdict:
    """Say that it may be NULL, or that nothing proves that it is not."""
    return Verdict(holds=False, why=why)


def all_of(what: str, verdicts: Iterable[Verdict]) -> Verdict:
    """Say that it is never NULL where none of its parts is; the first that may be decides."""
    reasons: dict[str, None] = {}
    for verdict in verdicts:
        if not verdict:
            return no(f"{what} of what may be null: {verdict.why}")
        reasons[verdict.why] = None
    said = ", ".join([*reasons][:2])
    return yes(f"{what} of what is not null: {said}" if said else f"{what} is never null")
