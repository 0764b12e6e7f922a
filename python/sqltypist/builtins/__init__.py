"""What is known of PostgreSQL's built-in functions: which give no NULL when they are given none.

Strictness is not enough: a strict function returns NULL for NULL, and may return NULL for other
values too. The knowledge is `builtins.txt`, one line for each function, which `experiment` writes
after trying every function on a real server. What is not in it is unknown, and may give NULL.

    >>> of("array_length(anyarray,int4)").certain([True, True])
    False
    >>> of("array_cat(anycompatiblearray,anycompatiblearray)").certain([True, False])
    True
    >>> of("extract(text,timestamptz)").certain([True, True], ["epoch", None])
    True

Arguments are counted from 1, in the order in which the function declares them.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DATA = Path(__file__).parent / "builtins.txt"

Kind: TypeAlias = Literal["function", "aggregate", "window", "set"]

Column: TypeAlias = Literal["total", "elements", "nullable"]
"""A column of a set: never NULL; never where no array argument has a NULL element; or NULL-able."""

Needs: TypeAlias = "tuple[frozenset[int], ...]"
"""Sets of arguments, each of which suffices; none when nothing does; the empty set always does."""

_SEPARATOR = "  "


@dataclass(frozen=True)
class Condition:
    """A constant argument with which a function is total although it may give NULL with others."""

    argument: int
    constants: frozenset[str]
    is_negated: bool = False
    """The function is total with every constant but these."""

    def holds(self, constant: str | None) -> bool:
        """Tell whether a constant, None when it is not known, is one of those."""
        return constant is not None and (constant.lower() in self.constants) != self.is_negated


@dataclass(frozen=True)
class Builtin:
    """What is known of one function of pg_catalog."""

    signature: str
    kind: Kind = "function"
    needs: Needs = ()
    """Arguments that suffice, when they are not NULL, for a result that is not. Of an aggregate:
    not NULL in every row, of at least one row. Of a window function: in every row of a frame that
    is not empty."""
    variadic_needs: Needs | None = None
    """The same of a call with VARIADIC and an array, of functions that take VARIADIC "any"."""
    condition: Condition | None = None
    is_certain_over_no_rows: bool = False
    """Of an aggregate: never NULL even where it sees no row at all, as count is."""
    filled: Needs = ()
    """Arguments that suffice for an array without NULL elements; see `fills`."""
    columns: tuple[Column, ...] = ()
    """Of a set: its columns."""
    defaults: Mapping[int, str | None] = field(default_factory=dict[int, "str | None"])
    """What an argument is when it is left out, as text; None is NULL."""
    witness: str | None = None
    """A call without NULL arguments that gives NULL."""
    is_reviewed: bool = False
    """Known by reading and not by experiment; `reviewed.txt` has the reason."""

    def certain(
        self,
        present: Sequence[bool | None],
        constants: Sequence[str | None] = (),
        *,
        variadic: bool = False,
    ) -> bool:
        """Tell whether the result of a call is certainly not NULL; a set has columns instead.

        `present` tells for each argument whether it is proven not to be NULL. An argument that is
        left out is None, or missing at the end. `constants` are the values of constant arguments
        as text (`true` and `false` of a boolean), None for others; it may be shorter. `variadic`
        tells whether the call says VARIADIC, whose argument is then the last: FuncExpr's
        funcvariadic. An aggregate's arguments are its direct ones, then the aggregated.

        An aggregate is certain over at least one row; over none, see `is_certain_over_no_rows`.
        A window function is certain over a frame that has at least one row.
        """
        if self.kind == "set":
            return False
        given = self._given(present, spread=not variadic)
        if variadic and self.variadic_needs is not None:
            return _suffices(self.variadic_needs, given)
        if _suffices(self.needs, given):
            return True
        condition = self.condition
        return (
            condition is not None
            and condition.holds(self._constant(condition.argument, present, constants))
            and all(number in given for number in range(1, self.arity + 1))
        )

    def fills(self, solid: Sequence[bool | None]) -> bool:
        """Tell whether the array that a call gives, if not NULL, has no NULL among its elements.

        `solid` tells for each argument: of an array, whether it is proven to have no NULL element,
        of anything else, whether it is proven not to be NULL.
        """
        return _suffices(self.filled, self._given(solid, spread=True))

    def column(self, number: int, solid: Sequence[bool] = ()) -> bool:
        """Tell whether a column of a set, counted from 1, is certainly never NULL.

        `solid` is as in `fills`. A set of rows of an argument's own type has no columns here, and
        of `unnest` of an array of rows the one column is the whole row.
        """
        if not 1 <= number <= len(self.columns):
            return False
        column = self.columns[number - 1]
        return column == "total" or (column == "elements" and bool(solid) and all(solid))

    @property
    def arity(self) -> int:
        """The number of declared arguments."""
        return len(arguments(self.signature))

    def _given(self, present: Sequence[bool | None], *, spread: bool) -> frozenset[int]:
        """Give the declared arguments that are there; all of a VARIADIC "any" count as one."""
        flags = list(present)
        if spread and self.variadic_needs is not None:
            last = self.arity - 1
            flags = [*flags[:last], all(flags[last:])]
        flags += [None] * (self.arity - len(flags))
        return frozenset(
            number
            for number, flag in enumerate(flags, 1)
            if (self.defaults.get(number) is not None if flag is None else flag)
        )

    def _constant(
        self, argument: int, present: Sequence[bool | None], constants: Sequence[str | None]
    ) -> str | None:
        if len(present) < argument or present[argument - 1] is None:
            return self.defaults.get(argument)
        return constants[argument - 1] if len(constants) >= argument else None

    @classmethod
    def parse(cls, line: str) -> Builtin:
        """Read a line of the data. Raises ValueError when it is none."""
        signature, *fields = line.split(_SEPARATOR)
        kind: Kind = "function"
        if fields and fields[0] in get_args(Kind):
            kind = cast("Kind", fields.pop(0))
        parts: dict[str, str] = {}
        columns: list[Column] = []
        if kind != "set":
            parts["needs"] = fields.pop(0)
        for text in fields:
            name, _, rest = text.partition(" ")
            if name in get_args(Column):
                columns.append(cast("Column", name))
            elif name in parts or name not in _FIELDS:
                raise ValueError(f"not understood: {text!r} in {line!r}")
            else:
                parts[name] = rest
        return cls(
            signature=signature,
            kind=kind,
            needs=_parse_needs(parts.get("needs", "nullable")),
            variadic_needs=_parse_needs(parts["variadic"]) if "variadic" in parts else None,
            condition=_parse_condition(parts["when"]) if "when" in parts else None,
            is_certain_over_no_rows="rowless" in parts,
            filled=_parse_needs(parts.get("filled", "nullable")),
            columns=tuple(columns),
            defaults=_parse_defaults(parts.get("defaults", "")),
            witness=parts.get("null"),
            is_reviewed="reviewed" in parts,
        )

    def line(self) -> str:
        """Give the line of the data that says this."""
        fields = [self.signature]
        if self.kind != "function":
            fields.append(self.kind)
        if self.kind != "set":
            fields.append(_show_needs(self.needs))
        fields += self.columns
        if self.variadic_needs is not None:
            fields.append(f"variadic {_show_needs(self.variadic_needs)}")
        if self.condition:
            verb = "unless" if self.condition.is_negated else "in"
            constants = ",".join(each or "''" for each in sorted(self.condition.constants))
            fields.append(f"when {self.condition.argument} {verb} {{{constants}}}")
        if self.is_certain_over_no_rows:
            fields.append("rowless")
        if self.filled:
            fields.append(f"filled {_show_needs(self.filled)}")
        if self.defaults:
            shown = ("NULL" if each is None else f"'{each}'" for each in self.defaults.values())
            numbers = map(str, self.defaults)
            fields.append("defaults " + " ".join(map("=".join, zip(numbers, shown, strict=True))))
        if self.is_reviewed:
            fields.append("reviewed")
        if self.witness:
            fields.append(f"null {self.witness}")
        return _SEPARATOR.join(fields)


_FIELDS = {"variadic", "when", "rowless", "filled", "defaults", "reviewed", "null"}


def of(signature: str) -> Builtin | None:
    """Give what is known of a function of pg_catalog, or None.

    The signature is `proname(typname,typname)`, with the names that pg_type has for the declared
    types of the arguments: `abs(int4)`, `string_to_array(text,text)`, `now()`, `concat(any)`,
    `jsonb_extract_path(jsonb,_text)`.
    """
    line = _lines().get(signature)
    return None if line is None else _parsed(line)


def everything() -> list[Builtin]:
    """Give all that is known, in the order of the data."""
    return [_parsed(line) for line in _lines().values()]


def arguments(signature: str) -> list[str]:
    """Give the types in a signature."""
    inner = signature.partition("(")[2].removesuffix(")")
    return inner.split(",") if inner else []


def minimal(sets: Iterable[frozenset[int]]) -> Needs:
    """Give those sets that contain no other, in a fixed order."""
    distinct = sorted(set(sets), key=lambda each: (len(each), sorted(each)))
    return tuple(
        each
        for number, each in enumerate(distinct)
        if not any(smaller <= each for smaller in distinct[:number])
    )


def both(left: Needs, right: Needs) -> Needs:
    """Give the sets that suffice where two conditions are to hold."""
    return minimal(one | other for one, other in itertools.product(left, right))


@functools.cache
def _lines() -> dict[str, str]:
    with DATA.open(encoding="utf-8") as file:
        return {
            line.partition(_SEPARATOR)[0]: line.rstrip("\n")
            for line in file
            if not line.startswith("#") and line.strip()
        }


_parsed = functools.cache(Builtin.parse)


def _suffices(needs: Needs, given: frozenset[int]) -> bool:
    return any(each <= given for each in needs)


def _parse_needs(text: str) -> Needs:
    if text == "nullable":
        return ()
    if text == "always":
        return (frozenset(),)
    return tuple(frozenset(map(int, each.split(","))) for each in text.split("|"))


def _show_needs(needs: Needs) -> str:
    if not needs:
        return "nullable"
    if needs == (frozenset(),):
        return "always"
    return "|".join(",".join(map(str, sorted(each))) for each in needs)


def _parse_condition(text: str) -> Condition:
    argument, verb, constants = text.split(" ", 2)
    shown = constants[1:-1].split(",")
    return Condition(
        int(argument), frozenset("" if each == "''" else each for each in shown), verb == "unless"
    )


def _parse_defaults(text: str) -> dict[int, str | None]:
    pairs = (each.partition("=") for each in text.split(" ") if each)
    return {
        int(number): None if value == "NULL" else value[1:-1].replace("''", "'")
        for number, _, value in pairs
    }
