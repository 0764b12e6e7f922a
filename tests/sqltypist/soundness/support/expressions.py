"""Random expressions: each is asked for by its type, and built of what is in scope."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from patterns import KNOWN, ORDERED_SETS
from pieces import Part, Piece, listed, make, maybe
from values import NAMES, VALUES, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from databases import Database
    from library import Library, Signature

COMPARABLE = (
    "int4", "int8", "numeric", "text", "date", "timestamptz", "float8", "int4[]", "text[]", "mood",
    "jsonb", "int4range", "interval", "bool", "uuid", "pair",
)  # fmt: skip
COMMON = (*COMPARABLE[:10], "int4", "text", "int4", "text", "jsonb", "bool", "numeric")


_COLUMN = re.compile(r"\b[a-z]+\d*\.\w+")


@dataclass(frozen=True)
class Scope:
    """What an expression may name."""

    columns: tuple[tuple[str, str], ...] = ()
    """SQL and type of each."""
    rows: tuple[str, ...] = ()
    """Names of whole rows."""
    outer: Scope | None = None
    grouped: Scope | None = None
    """Where there are groups: what the arguments of aggregates may name."""
    has_windows: bool = False
    is_plain: bool = False
    """Whether there may be neither sub-queries nor parameters, as in a view's definition."""
    has_sets: bool = False
    """Whether there may be functions that give rows, as in the VALUES of an INSERT."""

    def all_columns(self) -> list[tuple[str, str]]:
        here = list(self.columns)
        return here + self.outer.all_columns() if self.outer else here

    def without_calls(self) -> Scope:
        """The same, where neither aggregates nor windows may stand."""
        return replace(self, grouped=None, has_windows=False)


@dataclass
class Expressions:
    """Makes expressions; what makes queries is built on it."""

    random: Random
    library: Library
    database: Database
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    """The type of each parameter, by its name."""
    version: int = 180000
    _names: int = 0
    _hot: list[str] = field(default_factory=list[str])
    """Columns that conditions speak of: a claim that rests on one is about such a column."""
    _tested: list[tuple[str, Piece]] = field(default_factory=list[tuple[str, Piece]])
    """Expressions that conditions speak of, with their types."""

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def some_type(self) -> str:
        if self.chance(0.75):
            return self.random.choice(COMMON)
        return self.random.choice(list(VALUES))

    def query(self, types: Sequence[str], scope: Scope, depth: int) -> Piece:
        """Make a query of columns of these types."""
        raise NotImplementedError

    # Expressions.

    def expression(self, type_name: str, scope: Scope, depth: int) -> Piece:
        """Make an expression of a type."""
        kind = f"expression {type_name}"
        if type_name in {"any", "record"}:
            return self.expression(self.some_type(), scope, depth)
        again = self._again(type_name, scope) if self.chance(0.15) else None
        if again is not None:
            return again
        if depth <= 0 or self.chance(0.3):
            return make(kind, "@", self._leaf(type_name, scope))
        choices: list[tuple[int, Callable[[str, Scope, int], Part | None]]] = [
            (2, self._case), (2, self._coalesce), (1, self._nullif), (1, self._greatest),
            (1 if scope.is_plain else 3, self._subquery), (8, self._known), (3, self._function),
            (4, self._operator),
        ]  # fmt: skip
        if scope.grouped:
            choices.append((14, self._aggregate))
        if scope.has_windows:
            choices.append((7, self._window))
        weights = [weight for weight, _ in choices]
        for _ in range(4):
            [(_, maker)] = self.random.choices(choices, weights)
            made = maker(type_name, scope, depth - 1)
            if made is not None:
                return make(kind, "@", made)
        return make(kind, "@", self._leaf(type_name, scope))

    def _again(self, type_name: str, scope: Scope) -> Piece | None:
        """Give an expression that a condition has spoken of, where it means something here."""
        if scope.grouped:
            return None
        here = {sql for sql, _ in scope.all_columns()}
        fitting = [
            piece
            for each, piece in self._tested
            if each == type_name and here.issuperset(_COLUMN.findall(str(piece)))
        ]
        return self.random.choice(fitting) if fitting else None

    def _test(self, type_name: str, piece: Piece, scope: Scope) -> None:
        """Keep an expression of a condition, to be met again."""
        columns = _COLUMN.findall(str(piece))
        self._hot += columns
        if not scope.grouped and columns and len(str(piece)) < 200:
            self._tested.append((type_name, piece))

    def _leaf(self, type_name: str, scope: Scope) -> Part:
        fitting = [sql for sql, each in scope.columns if each == type_name]
        if scope.outer and self.chance(0.4 if fitting else 1):
            fitting = [sql for sql, each in scope.all_columns() if each == type_name] or fitting
        if fitting and self.chance(0.85):
            hot = [sql for sql in fitting if sql in self._hot]
            return self.random.choice(hot if hot and self.chance(0.6) else fitting)
        if self.chance(0.08):
            return f"NULL::{type_name}"
        if not scope.is_plain and type_name in VALUES and self.chance(0.12):
            return self.parameter(type_name)
        others = [(sql, each) for sql, each in scope.columns if each != type_name]
        if type_name == "text" and others and self.chance(0.5):
            return f"({self.random.choice(others)[0]})::text"
        return literal(self.random, type_name)

    def parameter(self, type_name: str) -> str:
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = type_name
        return f"%({name})s::{type_name}"

    def _case(self, type_name: str, scope: Scope, depth: int) -> Part:
        otherwise = (
            maybe(" ELSE @", self.expression(type_name, scope, depth)) if self.chance(0.7) else ""
        )
        if self.chance(0.3):
            subject = self.random.choice(COMPARABLE)
            return make(
                "", "CASE @ WHEN @ THEN @@ END", self.expression(subject, scope, depth),
                self.expression(subject, scope, depth - 1),
                self.expression(type_name, scope, depth),
                otherwise,
            )  # fmt: skip
        second = maybe(
            " WHEN @ THEN @", self.condition(scope, depth), self.expression(type_name, scope, depth)
        )
        return make(
            "", "CASE WHEN @ THEN @@@ END", self.condition(scope, depth),
            self.expression(type_name, scope, depth), second if self.chance(0.3) else "", otherwise,
        )  # fmt: skip

    def _coalesce(self, type_name: str, scope: Scope, depth: int) -> Part:
        count = self.random.randint(2, 3)
        items: list[Part] = [self.expression(type_name, scope, depth) for _ in range(count)]
        return make("", "coalesce(@)", listed(", ", items))

    def _greatest(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        if type_name not in COMPARABLE:
            return None
        items: list[Part] = [self.expression(type_name, scope, depth) for _ in range(2)]
        name = self.random.choice(["greatest", "least"])
        return make("", f"{name}(@)", listed(", ", items))

    def _nullif(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        if type_name not in COMPARABLE:
            return None
        return make(
            "", "nullif(@, @)", self.expression(type_name, scope, depth),
            self.expression(type_name, scope, depth - 1),
        )  # fmt: skip

    def _subquery(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        if scope.is_plain or depth < 0:
            return None
        inner = Scope(outer=scope.without_calls())
        if type_name == "bool" and self.chance(0.5):
            return make("", "EXISTS (@)", self.query([self.some_type()], inner, depth))
        if type_name.endswith("[]") and self.chance(0.5):
            return make("", "ARRAY(@)", self.query([type_name[:-2]], inner, depth))
        query = self.query([type_name], inner, depth)
        text = str(query)
        if any(word in text[-20:] for word in ("LIMIT", "OFFSET", "FETCH")) or self.chance(0.08):
            return make("", "(@)", query)
        return make("", "(@@)", query, maybe(" LIMIT 1"))

    def _function(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        own = self.library.own.get(type_name)
        fitting = own if own and self.chance(0.25) else self.library.functions.get(type_name)
        return self._call(self.random.choice(fitting), scope, depth) if fitting else None

    def _call(self, signature: Signature, scope: Scope, depth: int) -> Part:
        items = self.arguments(signature, scope, depth)
        return make("", f"{signature.name}(@)", listed(", ", items))

    def arguments(self, signature: Signature, scope: Scope, depth: int) -> list[Part]:
        """Make the arguments of a call."""
        types = list(signature.arguments)
        items: list[Part] = [self.expression(each, scope, depth - 1) for each in types]
        if signature.is_variadic and types[-1] != "any":
            last = items.pop()
            if self.chance(0.4):
                items.append(make("", "VARIADIC @", last))
            else:
                element = types[-1].removesuffix("[]")
                items += [self.expression(element, scope, depth - 1) for _ in range(2)]
        elif signature.is_variadic and self.chance(0.5):
            items.append(self.expression("any", scope, depth - 1))
        return items

    def _operator(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        if type_name == "bool":
            return self.condition(scope, depth)
        fitting = self.library.operators.get(type_name)
        if not fitting:
            return None
        signature = self.random.choice(fitting)
        symbol = signature.name.replace("%", "%%")
        items = [self.expression(each, scope, depth - 1) for each in signature.arguments]
        if len(items) == 1:
            return make("", "(@ @)", symbol, *items)
        return make("", "(@ @ @)", items[0], symbol, items[1])

    # What people write most, and what is known to answer NULL.

    def _known(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        patterns = KNOWN.get(type_name)
        if type_name.endswith("[]"):
            element = type_name[:-2]
            patterns = [*(patterns or []), f"ARRAY[{{{element}}}, {{{element}}}]",
                        f"array_append({{{type_name}}}, {{{element}}})",
                        f"({{{type_name}}})[1:2]", f"array_remove({{{type_name}}}, {{{element}}})",
                        f"ARRAY[{{{element}}}]::{type_name}"]  # fmt: skip
        elif f"{type_name}[]" in NAMES:
            patterns = [*(patterns or []), f"({{{type_name}[]}})[1]"]
        if not patterns:
            return None
        return self.fill(self.random.choice(patterns), scope, depth)

    def fill(self, pattern: str, scope: Scope, depth: int) -> Piece:
        """Make a piece of a pattern whose {types} stand for expressions."""
        parts: list[Part] = []
        for number, text in enumerate(pattern.replace("}", "{").split("{")):
            if number % 2:
                parts.append(self.expression(text, scope, depth - 1))
            elif text:
                parts.append(text.replace("\x01", "{").replace("\x02", "}"))
        return Piece("", tuple(parts))

    # Conditions.

    def condition(self, scope: Scope, depth: int) -> Piece:
        """Make a condition, mostly about columns."""
        kind = "expression bool"
        if depth > 0 and self.chance(0.4):
            both = [self.condition(scope, depth - 1) for _ in range(2)]
            return self.random.choice([
                lambda: make(kind, "(@)", listed(" AND ", list(both))),
                lambda: make(kind, "(@)", listed(" OR ", list(both))),
                lambda: make(kind, "NOT (@)", both[0]),
                lambda: make(kind, f"(@) IS {self._truth()}", both[0]),
            ])()  # fmt: skip
        made = self.random.choices(
            [self._test_null, self._compare, self._member, self._other_test, self._known_test],
            [5, 6, 3, 1, 4],
        )[0](scope, depth - 1)
        return make(kind, "@", made)

    def _truth(self) -> str:
        return self.random.choice(
            ["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"]
        )

    def _test_null(self, scope: Scope, depth: int) -> Part:
        test = self.random.choice(["IS NULL", "IS NOT NULL", "IS NOT NULL"])
        if scope.rows and self.chance(0.15):
            return f"{self.random.choice(scope.rows)} {test}"
        type_name = self._present_type(scope)
        return make("", f"@ {test}", self.operand(type_name, scope, depth))

    def _present_type(self, scope: Scope) -> str:
        types = [each for _, each in scope.columns]
        return self.random.choice(types) if types and self.chance(0.85) else self.some_type()

    def operand(self, type_name: str, scope: Scope, depth: int) -> Piece:
        """Make something to compare: mostly a column."""
        made = self.expression(type_name, scope, depth if self.chance(0.35) else 0)
        self._test(type_name, made, scope)
        return made

    def _compare(self, scope: Scope, depth: int) -> Part:
        type_name = self._present_type(scope)
        if type_name not in COMPARABLE:
            type_name = self.random.choice(COMPARABLE)
        left = self.operand(type_name, scope, depth)
        right = self.operand(type_name, scope, depth)
        sign = self.random.choice(
            ["=", "=", "<>", "<", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]
        )
        if self.chance(0.1):
            word = self.random.choice(["BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC"])
            return make("", f"@ {word} @ AND @", left, right, self.operand(type_name, scope, depth))
        if self.chance(0.08):
            other = self._present_type(scope)
            other = other if other in COMPARABLE else "text"
            pair = [self.operand(other, scope, depth) for _ in range(2)]
            return make("", f"(@, @) {sign} (@, @)", left, pair[0], right, pair[1])
        return make("", f"@ {sign} @", left, right)

    def _member(self, scope: Scope, depth: int) -> Part:
        type_name = self._present_type(scope)
        if type_name not in COMPARABLE or type_name == "pair":
            type_name = self.random.choice(COMPARABLE[:7])
        left = self.operand(type_name, scope, depth)
        word = self.random.choice(["IN", "NOT IN"])
        if self.chance(0.5) and not scope.is_plain and depth >= 0:
            inner = Scope(outer=scope.without_calls())
            query = self.query([type_name], inner, depth)
            if self.chance(0.6):
                return make("", f"@ {word} (@)", left, query)
            link = self.random.choice(["= ANY", "<> ALL", "< ALL", "= ALL"])
            return make("", f"@ {link} (@)", left, query)
        if self.chance(0.4) and f"{type_name}[]" in NAMES:
            link = self.random.choice(["= ANY", "<> ALL", "> ANY", "<= ALL"])
            return make("", f"@ {link} (@)", left, self.operand(f"{type_name}[]", scope, depth))
        items: list[Part] = [self.operand(type_name, scope, 0) for _ in range(2)]
        return make("", f"@ {word} (@)", left, listed(", ", items))

    def _other_test(self, scope: Scope, depth: int) -> Part:
        fitting = self.library.operators["bool"]
        signature = self.random.choice(fitting)
        symbol = signature.name.replace("%", "%%")
        items = [self.expression(each, scope, depth - 1) for each in signature.arguments]
        if len(items) == 1:
            return make("", "(@ @)", symbol, *items)
        return make("", "(@ @ @)", items[0], symbol, items[1])

    def _known_test(self, scope: Scope, depth: int) -> Part:
        if not scope.is_plain and self.chance(0.3) and depth >= 0:
            inner = Scope(outer=scope.without_calls())
            word = self.random.choice(["EXISTS", "NOT EXISTS"])
            return make("", f"{word} (@)", self.query([self.some_type()], inner, depth))
        if not scope.is_plain and self.chance(0.3):
            # NULL lets everything through
            type_name = self._present_type(scope)
            type_name = type_name if type_name in COMPARABLE else "text"
            mark = self.parameter(type_name)
            return make("", f"({mark} IS NULL OR @ = {mark})", self.operand(type_name, scope, 0))
        return self.fill(self.random.choice(KNOWN["bool"]), scope, depth)

    # Aggregates and windows.

    def _aggregate(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        inner = scope.grouped
        assert inner is not None
        ordered = ORDERED_SETS.get(type_name)
        if ordered and self.chance(0.15):
            call: Part = self.fill(self.random.choice(ordered), inner, depth)
        else:
            fitting = self.library.aggregates.get(type_name)
            if not fitting:
                return None
            signature = self.random.choice(fitting)
            if not signature.arguments:
                call = "count(*)"
            else:
                items: list[Part] = [
                    self.expression(each, inner, min(depth, 1)) for each in signature.arguments
                ]
                distinct = "DISTINCT " if len(items) == 1 and self.chance(0.15) else ""
                call = make("", f"{signature.name}({distinct}@)", listed(", ", items))
        if self.chance(0.15):
            return make("", "@@", call, maybe(" FILTER (WHERE @)", self.condition(inner, 1)))
        return call

    def _window(self, type_name: str, scope: Scope, depth: int) -> Part | None:
        flat = replace(scope, has_windows=False)
        patterns = [
            "lag({T})", "lead({T}, 1)", "lag({T}, 1, {T})", "lag({T}, {int4})", "lead({T}, 0)",
            "first_value({T})", "last_value({T})", "nth_value({T}, 1)", "nth_value({T}, 2)",
        ]  # fmt: skip
        if type_name == "int8":
            patterns += ["row_number()", "rank()", "dense_rank()", "count(*)", "count({text})"] * 2
        if type_name == "int4":
            patterns += ["ntile(2)", "ntile({int4})"] * 2
        if type_name == "float8":
            patterns += ["percent_rank()", "cume_dist()"] * 3
        fitting = [each for each in self.library.aggregates.get(type_name, []) if each.arguments]
        if fitting and self.chance(0.5):
            signature = self.random.choice(fitting)
            given = ", ".join(f"{{{each}}}" for each in signature.arguments)
            call: Part = self.fill(f"{signature.name}({given})", flat, depth)
            if self.chance(0.2):
                call = make("", "@@", call, maybe(" FILTER (WHERE @)", self.condition(flat, 1)))
        else:
            pattern = self.random.choice(patterns).replace("{T}", f"{{{type_name}}}")
            call = self.fill(pattern, flat, depth)
        return make("", "@ OVER (@)", call, self._frame(flat))

    def _frame(self, scope: Scope) -> Piece:
        partition: Part = ""
        if self.chance(0.4):
            partition = maybe("PARTITION BY @", self.operand(self._sortable(scope), scope, 0))
        order: Part = ""
        is_ranged = False
        if self.chance(0.75):
            key = self._sortable(scope)
            is_ranged = key in {"int4", "int8", "numeric", "float8"}
            order = maybe(" ORDER BY @", self.operand(key, scope, 0))
        if not order or self.chance(0.5):
            return Piece("", (partition, order))
        unit = self.random.choice(["ROWS", "ROWS", "GROUPS", *(["RANGE"] if is_ranged else [])])
        start, end = self.random.choice([
            ("UNBOUNDED PRECEDING", "CURRENT ROW"), ("1 PRECEDING", "1 FOLLOWING"),
            ("1 PRECEDING", "1 PRECEDING"), ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
            ("1 FOLLOWING", "2 FOLLOWING"), ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"),
            ("2 PRECEDING", "1 PRECEDING"), ("0 PRECEDING", "0 FOLLOWING"),
            ("1 PRECEDING", "CURRENT ROW"), ("UNBOUNDED PRECEDING", "1 PRECEDING"),
            ("CURRENT ROW", "CURRENT ROW"),
        ])  # fmt: skip
        exclude = self.random.choice(
            ["", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES", " EXCLUDE GROUP"]
        )
        frame = maybe(f" {unit} BETWEEN {start} AND {end}@", maybe(exclude) if exclude else "")
        return Piece("", (partition, order, frame))

    def _sortable(self, scope: Scope) -> str:
        type_name = self._present_type(scope)
        return type_name if type_name in COMPARABLE else "int4"
