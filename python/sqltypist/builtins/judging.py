"""What the calls prove of a function, on one server and on several."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqltypist.builtins import Builtin, Column, Condition, Kind, Needs, both, minimal
from sqltypist.builtins.calls import HAS_ELEMENTS, HAS_NULL_ELEMENT, HAS_ROWS, IS_NULL, Call
from sqltypist.builtins.grid import UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqltypist.builtins.calls import Subject

ENOUGH = 6
"""Calls with distinct arguments that must give something before a function is called total."""

# Functions that are total with some constants: the argument, and whether with all constants but
# those that gave NULL, instead of with those alone that gave none.
CONDITIONAL = {
    "current_setting": (2, False),
    "date_part": (1, False),
    "extract": (1, False),
    "jsonb_path_exists": (4, False),
    "jsonb_path_exists_tz": (4, False),
    "to_number": (2, True),
}

_KINDS: dict[str, Kind] = {"f": "function", "a": "aggregate", "w": "window"}
_QUOTED_DEFAULT = re.compile(r"'((?:[^']|'')*)'(::.*)?")
_COLUMNS: tuple[Column, ...] = ("total", "elements", "nullable")

Tried = tuple[Call, int]
"""A call and the code that it gave."""


@dataclass
class Tally:
    """How many calls of the same kind gave what a promise wants, and how many broke it."""

    good: int = 0
    bad: int = 0


@dataclass(frozen=True)
class Finding:
    """What one server says of a function: nothing, where too few calls gave anything."""

    builtin: Builtin | None
    is_unsupported: bool = False
    """The server was built without what the function needs."""


def judge(subject: Subject, tried: Sequence[Tried]) -> Finding:
    """Tell what the calls of a function prove on one server."""
    seen = [(call, code) for call, code in tried if code >= 0]
    if not seen:
        return Finding(None, any(code == UNSUPPORTED for _, code in tried))
    builtin = _judge_set(subject, seen) if subject.is_set else _judge_result(subject, seen)
    if builtin is None:
        return Finding(None)
    defaults = {
        number: _constant(text)
        for number, text in enumerate(subject.defaults, 1)
        if text is not None
    }
    return Finding(replace(builtin, defaults=defaults))


def _judge_set(subject: Subject, seen: Sequence[Tried]) -> Builtin | None:
    columns = _columns(subject, seen)
    if columns is None:
        return None
    builtin = Builtin(subject.signature, "set", columns=columns)
    if "nullable" not in columns:
        return builtin
    breaking = (
        call for call, code in seen if code >> 1 and call.present(subject.arity) == _all(subject)
    )
    return replace(builtin, witness=_witness(subject, breaking))


def _judge_result(subject: Subject, seen: Sequence[Tried]) -> Builtin | None:
    over_rows = [each for each in seen if not each[0].is_over_no_rows]
    plain = [each for each in over_rows if not each[0].is_explicit]
    builtin = Builtin(subject.signature, _KINDS[subject.kind], needs=_needs(subject, plain))
    if not builtin.needs:
        breaking = (
            call
            for call, code in plain
            if code & IS_NULL and call.present(subject.arity) == _all(subject)
        )
        builtin = replace(
            builtin,
            witness=_witness(subject, breaking),
            condition=_condition(subject, plain) if subject.name in CONDITIONAL else None,
        )
        if builtin.witness is None:
            return None
    if subject.gives_array:
        builtin = replace(builtin, filled=_filled(subject, plain))
    if subject.takes_any_number:
        explicit = [each for each in over_rows if each[0].is_explicit]
        builtin = replace(builtin, variadic_needs=_needs(subject, explicit))
    if subject.kind == "a":
        codes = [code for call, code in seen if call.is_over_no_rows]
        is_certain = len(codes) >= ENOUGH and not any(codes)
        builtin = replace(builtin, is_certain_over_no_rows=is_certain)
    return builtin


def join(findings: Sequence[Finding]) -> Builtin | None:
    """Give what holds on every server that has a function, the newest last."""
    able = [each.builtin for each in findings if not each.is_unsupported]
    known = [each for each in able if each is not None]
    if len(known) < len(able):  # where too little is known, nothing holds but that it gives NULL
        known = [
            replace(each, condition=None, filled=())
            for each in known
            if _gives_null(each) and each.kind != "set"
        ]
    if not known:
        return None
    joined = known[-1]
    for each in reversed(known[:-1]):
        joined = _joined(joined, each)
    return joined if _gives_null(joined) else replace(joined, witness=None)


def _gives_null(builtin: Builtin) -> bool:
    return "nullable" in builtin.columns or (builtin.kind != "set" and not builtin.needs)


def _joined(newer: Builtin, older: Builtin) -> Builtin:
    explicit = None
    if newer.variadic_needs is not None and older.variadic_needs is not None:
        explicit = both(newer.variadic_needs, older.variadic_needs)
    return replace(
        newer,
        needs=both(newer.needs, older.needs),
        variadic_needs=explicit,
        condition=_joined_condition(newer, older),
        is_certain_over_no_rows=newer.is_certain_over_no_rows and older.is_certain_over_no_rows,
        filled=both(newer.filled, older.filled),
        columns=tuple(
            max(one, other, key=_COLUMNS.index)
            for one, other in zip(newer.columns, older.columns, strict=False)
        ),
        defaults=newer.defaults if newer.defaults == older.defaults else {},
        witness=newer.witness or older.witness,
    )


def _joined_condition(newer: Builtin, older: Builtin) -> Condition | None:
    if newer.needs:  # total with every constant
        return older.condition
    if older.needs:
        return newer.condition
    one, other = newer.condition, older.condition
    if one is None or other is None:
        return None
    if one.is_negated:
        return replace(one, constants=one.constants | other.constants)
    constants = one.constants & other.constants
    return replace(one, constants=constants) if constants else None


def _tallies(
    tried: Iterable[Tried], key: Callable[[Call], frozenset[int]], good: int, bad: int
) -> dict[frozenset[int], Tally]:
    tallies: dict[frozenset[int], Tally] = defaultdict(Tally)
    for call, code in tried:
        tally = tallies[key(call)]
        if code & bad:
            tally.bad += 1
        elif not good or code & good:
            tally.good += 1
    return tallies


def _all(subject: Subject) -> frozenset[int]:
    return frozenset(range(1, subject.arity + 1))


def _subsets(arity: int) -> list[frozenset[int]]:
    numbers = range(1, arity + 1)
    return [
        frozenset(each)
        for size in range(arity + 1)
        for each in itertools.combinations(numbers, size)
    ]


def _needs(subject: Subject, tried: Sequence[Tried]) -> Needs:
    """Give the sets of arguments such that no call in which they are present gave NULL."""
    tallies = _tallies(tried, lambda call: call.present(subject.arity), 0, IS_NULL)
    everything = _all(subject)

    def holds(present: frozenset[int]) -> bool:
        tally = tallies.get(present, Tally())
        return tally.bad == 0 and tally.good >= min(ENOUGH, _possible(subject, present))

    if not subject.sees_every_mask:
        return (everything,) if holds(everything) else ()
    good = {each for each in _subsets(subject.arity) if holds(each)}
    return minimal(
        each
        for each in good
        if all(more in good for more in _subsets(subject.arity) if each <= more)
    )


def _filled(subject: Subject, tried: Sequence[Tried]) -> Needs:
    """Give the sets of arguments such that no call in which they are solid gave a NULL element."""
    tallies = _tallies(
        tried, lambda call: call.solid(subject.arity), HAS_ELEMENTS, HAS_NULL_ELEMENT
    )
    everything = _all(subject)
    if tallies[everything].good < ENOUGH:
        return ()
    return minimal(
        each
        for each in _subsets(subject.arity)
        if all(tally.bad == 0 for solid, tally in tallies.items() if each <= solid)
    )


def _columns(subject: Subject, seen: Sequence[Tried]) -> tuple[Column, ...] | None:
    if sum(bool(code & HAS_ROWS) for _, code in seen) < ENOUGH:
        return None
    everything = _all(subject)
    columns: list[Column] = []
    for number in range(1, max(1, subject.column_count) + 1):
        breaking = [call for call, code in seen if code >> number & 1]
        if not breaking:
            columns.append("total")
        elif any(call.solid(subject.arity) == everything for call in breaking):
            columns.append("nullable")
        else:
            columns.append("elements")
    return tuple(columns)


def _condition(subject: Subject, tried: Sequence[Tried]) -> Condition | None:
    argument, is_negated = CONDITIONAL[subject.name]
    if argument > subject.arity:
        return None
    everything = _all(subject)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for call, code in tried:
        if call.present(subject.arity) == everything:
            tally = tallies[(call.rows[0][argument - 1].text or "").lower()]
            if code & IS_NULL:
                tally.bad += 1
            else:
                tally.good += 1
    total = frozenset(
        each for each, tally in tallies.items() if tally.bad == 0 and tally.good >= ENOUGH
    )
    if not total:
        return None
    constants = (
        frozenset(each for each, tally in tallies.items() if tally.bad) if is_negated else total
    )
    return Condition(argument, constants, is_negated)


def _possible(subject: Subject, present: frozenset[int]) -> float:
    """Give how many distinct calls there are with some arguments present."""
    if subject.takes_rows:
        return math.inf
    return math.prod(2 if subject.types[each - 1] == "bool" else math.inf for each in present)


def _witness(subject: Subject, breaking: Iterable[Call]) -> str | None:
    """Give the plainest of the calls."""
    shown = (call.written(subject, shown=True) for call in breaking)
    readable = (each for each in shown if "  " not in each and each.isprintable())
    return min(readable, key=lambda each: ("pg_temp" in each, len(each), each), default=None)


def _constant(default: str) -> str | None:
    """Give the text of a default; None of a NULL, and of what is no constant."""
    if match := _QUOTED_DEFAULT.fullmatch(default):
        return match[1].replace("''", "'")
    return None if default.startswith("NULL") else default
