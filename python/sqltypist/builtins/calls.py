"""Which calls to try of a function, and how they are written."""

# ruff: noqa: S608 -- the statements are made of the catalog's own names and of quoted literals

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqltypist.builtins.grid import Grid, Value, instances, make

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST, MOST_OVER_ROWS = 2500, 1000
"""Calls with the same arguments NULL, of a function and of an aggregate or a window function; where
more are possible, a sample of them."""
FEWEST = 30
"""Calls of each combination of types, however many combinations there are."""
SPREAD = 3
"""The most arguments that VARIADIC "any" is given."""
HALF = 0.5
ROWS = 30
"""Rows that are looked at of a function that gives a set."""
MOST_MASKED = 5
"""Arguments of which every subset is made NULL; of more, one at a time, and all."""

# A window's frames, each of which holds the current row.
FRAMES = (
    "",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
)

# What a call gives, as bits. Of a set, a bit for each column instead, from the second.
IS_NULL, HAS_ELEMENTS, HAS_NULL_ELEMENT = 1, 2, 4
HAS_ROWS = 1


@dataclass(frozen=True)
class Subject:
    """A function as the catalog has it."""

    name: str
    quoted: str
    kind: str
    is_set: bool
    is_strict: bool
    is_volatile: bool
    types: list[str]
    is_variadic: bool
    defaults: list[str | None]
    result: str
    gives_array: bool
    column_count: int
    aggregate_kind: str
    direct_count: int

    @property
    def signature(self) -> str:
        """The name under which the data has the function."""
        return f"{self.name}({','.join(self.types)})"

    def sections(self, number: int) -> tuple[str, str]:
        """Give the names under which the grid may have values for an argument."""
        return f"{self.name}({';'.join(self.types)}) {number}", f"{self.name} {number}"

    @property
    def arity(self) -> int:
        """The number of declared arguments."""
        return len(self.types)

    @property
    def takes_any_number(self) -> bool:
        """Whether it takes VARIADIC "any"."""
        return self.is_variadic and self.types[-1] == "any"

    @property
    def takes_rows(self) -> bool:
        """Whether it is an aggregate or a window function."""
        return self.kind in {"a", "w"}

    @property
    def sees_every_mask(self) -> bool:
        """Whether it may give something for NULL, so that NULLs are to be tried."""
        return not self.is_strict or self.takes_rows


@dataclass(frozen=True, slots=True)
class Call:
    """A call to try: one row of arguments, or of an aggregate or a window function several."""

    rows: tuple[tuple[Value, ...], ...]
    is_explicit: bool = False
    """Whether it says VARIADIC."""
    frame: str = ""
    is_over_no_rows: bool = False
    """Whether an aggregate is to see none of the rows."""

    def present(self, arity: int) -> frozenset[int]:
        """Give the arguments that are not NULL in any row; those of VARIADIC "any" count as one."""
        return _folded([[not each.is_null for each in row] for row in self.rows], arity)

    def solid(self, arity: int) -> frozenset[int]:
        """Give the arguments that are solid in every row."""
        return _folded([[each.is_solid for each in row] for row in self.rows], arity)

    def written(self, subject: Subject, *, shown: bool = False) -> str:
        """Give the call as SQL, for people if shown, of an aggregate in a subquery of its own."""
        name = subject.quoted if shown else f"pg_catalog.{subject.quoted}"
        rows = [[each.shown if shown else each.sql for each in row] for row in self.rows]
        if subject.takes_rows:
            return _over_rows(subject, self, name, rows)
        arguments = rows[0]
        if self.is_explicit or (subject.is_variadic and not subject.takes_any_number):
            arguments = [*arguments[:-1], f"VARIADIC {arguments[-1]}"]
        return f"{name}({', '.join(arguments)})"

    def expression(self, subject: Subject) -> str:
        """Give an expression that makes the call and gives its code."""
        written = self.written(subject)
        if subject.kind == "w":
            return f"(SELECT bit_or(num_nulls(s.r)) FROM {written} AS s (r))"
        if subject.is_set:
            return _set_expression(subject, written)
        if not subject.gives_array:
            return f"num_nulls({written})"
        return (
            "(SELECT num_nulls(s.r) + coalesce((SELECT 2 + 4 * max(num_nulls(u.e))"
            " FROM (SELECT unnest(s.r) AS e) AS u), 0)"
            f" FROM (SELECT {written} AS r OFFSET 0) AS s)"
        )


@dataclass(frozen=True)
class Sampler:
    """Takes some of what is possible, where that is too much."""

    chance: random.Random
    most: int

    def rows(self, pools: Sequence[Sequence[Value]]) -> Iterator[tuple[Value, ...]]:
        """Give all rows that the pools make, or a sample of them."""
        total = math.prod(map(len, pools))
        if total <= self.most:
            yield from itertools.product(*pools)
            return
        for drawn in self.chance.sample(range(total), self.most):
            number, row = drawn, list[Value]()
            for pool in pools:
                number, index = divmod(number, len(pool))
                row.append(pool[index])
            yield tuple(row)

    def some_rows(
        self, pools: Sequence[Sequence[Value]], values: Sequence[Sequence[Value]], direct: int
    ) -> tuple[tuple[Value, ...], ...]:
        """Give a few rows, one at least from the pools alone, others also with other values.

        The direct arguments, which come first, are the same in all.
        """
        rows = [first := tuple(map(self.chance.choice, pools))]
        for _ in range(self.chance.randint(1, 4)):
            if self.chance.random() < HALF:
                chosen = [
                    self.chance.choice((some, more)) or some
                    for some, more in zip(pools, values, strict=True)
                ]
                drawn = tuple(map(self.chance.choice, chosen))
                rows.append(first[:direct] + drawn[direct:])
            else:
                rows.append(rows[-1])
        self.chance.shuffle(rows)
        return tuple(rows)


def calls(subject: Subject, grid: Grid) -> Iterator[Call]:
    """Give the calls to try of a function: the same in every run."""
    combinations = list(_combinations(subject))
    sampler = Sampler(
        random.Random(subject.signature),  # noqa: S311 -- the same in every run, not secret
        max(FEWEST, (MOST_OVER_ROWS if subject.takes_rows else MOST) // len(combinations)),
    )
    for types, is_explicit in combinations:
        values = [grid.of(each, *subject.sections(n)) for n, each in enumerate(types, 1)]
        masks = _masks(len(types)) if subject.sees_every_mask else [(True,) * len(types)]
        for mask in masks:
            pools = [
                some if is_present else [make(each, None)]
                for each, some, is_present in zip(types, values, mask, strict=True)
            ]
            if not all(pools):
                continue
            if subject.takes_rows:
                yield from _row_calls(subject, sampler, pools, values)
            else:
                yield from (Call((row,), is_explicit) for row in sampler.rows(pools))


def _combinations(subject: Subject) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give the types to call a function with, and whether the last of them is said VARIADIC."""
    if not subject.takes_any_number:
        for types in instances(subject.types, subject.signature):
            yield types, False
        return
    fixed = subject.types[:-1]
    if subject.aggregate_kind == "h":  # as many direct arguments as aggregated ones
        for types in instances([*fixed, "any"], subject.signature):
            yield types * 2, False
        return
    for count in range(1, SPREAD + 1):
        for types in instances([*fixed, *["any"] * count], subject.signature):
            yield types, False
    for array in ("_int4", "_text", "_jsonb"):
        yield (*fixed, array), True


def _masks(count: int) -> Iterator[tuple[bool, ...]]:
    if count <= MOST_MASKED:
        yield from itertools.product((True, False), repeat=count)
        return
    yield (True,) * count
    yield (False,) * count
    for absent in range(count):
        yield tuple(number != absent for number in range(count))


# Where an argument is to be NULL, it is so in one row at least.
def _row_calls(
    subject: Subject,
    sampler: Sampler,
    pools: Sequence[Sequence[Value]],
    values: Sequence[Sequence[Value]],
) -> Iterator[Call]:
    frames = itertools.cycle(FRAMES if subject.kind == "w" else ("",))
    for number, row in enumerate(sampler.rows(pools)):
        yield Call((row,), frame=next(frames))
        if number < FEWEST and subject.kind == "a":
            yield Call((row,), is_over_no_rows=True)
    for _ in range(sampler.most // 4):
        yield Call(sampler.some_rows(pools, values, subject.direct_count), frame=next(frames))


def _folded(rows: list[list[bool]], arity: int) -> frozenset[int]:
    columns = [all(column) for column in zip(*rows, strict=True)]
    if len(columns) > arity:
        columns = [*columns[: arity - 1], all(columns[arity - 1 :])]
    return frozenset(number for number, holds in enumerate(columns, 1) if holds)


def _over_rows(subject: Subject, call: Call, name: str, rows: list[list[str]]) -> str:
    direct = subject.direct_count
    names = [f"v.a{number}" for number in range(direct + 1, len(rows[0]) + 1)]
    columns = ", ".join(["n", *(each.removeprefix("v.") for each in names)])
    source = f"(VALUES {', '.join(_listed(n, row[direct:]) for n, row in enumerate(rows))})"
    if subject.aggregate_kind == "n":
        arguments = ", ".join(names) or ("*" if subject.name == "count" else "")
        called = f"{name}({arguments})"
    else:
        called = f"{name}({', '.join(rows[0][:direct])}) WITHIN GROUP (ORDER BY {', '.join(names)})"
    if subject.kind == "w":
        called += f" OVER (ORDER BY v.n{call.frame})"
    where = " WHERE false" if call.is_over_no_rows else ""
    return f"(SELECT {called} FROM {source} AS v ({columns}){where})"


def _listed(number: int, row: list[str]) -> str:
    return f"({', '.join([str(number), *row])})"


def _set_expression(subject: Subject, written: str) -> str:
    count = max(1, subject.column_count)
    names = [f"c{number}" for number in range(1, count + 1)]
    source = f"SELECT {written} AS r LIMIT {ROWS}"
    if subject.column_count > 1:
        source = f"SELECT (s.r).* FROM ({source}) AS s"
    bits = " + ".join(
        ["1", *(f"{2**number} * num_nulls(t.{name})" for number, name in enumerate(names, 1))]
    )
    return f"(SELECT coalesce(bit_or({bits}), 0) FROM ({source}) AS t ({', '.join(names)}))"
