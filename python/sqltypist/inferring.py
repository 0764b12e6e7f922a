"""Puts together what is known of a query: its parameters and columns with their Python types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqltypist import batches, copying
from sqltypist import intent as intents
from sqltypist.errors import Problem, ProblemsFound
from sqltypist.nullness import Prover
from sqltypist.tree import TreeError
from sqltypist.types import PythonType, Types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.catalog import Catalog
    from sqltypist.copying import Copy
    from sqltypist.describing import Description, ResultColumn
    from sqltypist.loading import Override, Query

# What reading a tree of another shape than expected may end in: it must never be a traceback.
NOT_UNDERSTOOD = (
    TreeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    StopIteration,
)


_NO_COPY = (
    "-- copy is for *! with INSERT INTO a table (its columns) VALUES (a bare parameter for each), "
    "and nothing else"
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a generated function."""

    name: str
    pg_type: str
    python: PythonType
    nullable: bool


@dataclass(frozen=True)
class Column:
    """A column of a row class."""

    name: str
    pg_type: str
    python: PythonType
    nullable: bool
    comment: str = ""
    why: str = ""
    """In a few words, what decided whether it may be NULL."""
    relation_oid: int = 0
    """The table or view that it comes straight from, 0 when none."""


@dataclass(frozen=True)
class TypedQuery:
    """A query with everything that its function needs."""

    query: Query
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    exactly_one: bool
    """Whether it always gives one row."""
    warnings: tuple[str, ...] = ()
    lockstep: tuple[tuple[str, ...], ...] = ()
    """The parameters of each group of arrays that must be of one length."""
    copy: Copy | None = None
    """The COPY of its twin, where it has one."""
    table: str = ""
    """The table whose row class it shares; empty where it has its own."""

    def types(self) -> list[PythonType]:
        """Give the types of its columns and parameters."""
        columns = [each.python for each in self.columns]
        return columns + [each.python for each in self.parameters]


@dataclass
class _Nulls:
    """The nullness of each column, and of its elements where it is an array."""

    columns: list[bool]
    reasons: list[str]
    elements: list[bool]
    exactly_one: bool


def infer(query: Query, description: Description, catalog: Catalog) -> TypedQuery:
    """Infer a query's types; raises ProblemsFound with every wrong override."""
    problems: list[Problem] = []
    warnings = [description.warning] if description.warning else []
    intent = _intent(query, description, catalog, problems, warnings)
    nulls = _nulls(description, catalog, intent, warnings)
    _override(query, description.columns, nulls, problems)
    types = Types(catalog)

    parameters = [
        Parameter(
            name=name,
            pg_type=types.shown(description.parameter_types[number - 1]),
            python=types.parameter(
                description.parameter_types[number - 1],
                nullable_elements=intent.has_nullable_elements(number),
            ),
            nullable=intent.is_nullable(number),
        )
        for name, number in ((name, query.numbers[name]) for name in query.parameters)
    ]
    columns = [
        Column(
            name=each.name,
            pg_type=types.shown(each.type_oid),
            python=types.column(each.type_oid, nullable_elements=nulls.elements[position]),
            nullable=nulls.columns[position],
            comment=_comment(catalog, each),
            why=nulls.reasons[position],
            relation_oid=each.relation_oid,
        )
        for position, each in enumerate(description.columns)
    ]
    if query.is_streamed and not (query.operator or batches.can_stream(description.tree)):
        problems.append(query.problem("-- stream: only a query that changes nothing has a cursor"))
    copy = copying.find(query, catalog) if query.is_copied and query.operator == "*!" else None
    if query.is_copied and copy is None:
        problems.append(query.problem(_NO_COPY))
    if problems:
        raise ProblemsFound(problems)
    return TypedQuery(
        query,
        tuple(parameters),
        tuple(columns),
        nulls.exactly_one,
        tuple(warnings),
        _lockstep(query, description, catalog, warnings),
        copy,
    )


def _lockstep(
    query: Query, description: Description, catalog: Catalog, warnings: list[str]
) -> tuple[tuple[str, ...], ...]:
    names = {number: name for name, number in query.numbers.items()}
    try:
        groups = batches.lockstep(description.tree, catalog)
    except NOT_UNDERSTOOD as error:
        warnings.append(f"the lengths of arrays are not checked: {_said(error)}")
        return ()
    return tuple(tuple(names[number] for number in group) for group in groups)


def _comment(catalog: Catalog, column: ResultColumn) -> str:
    origin = catalog.columns.get((column.relation_oid, column.number))
    return (origin.comment if origin else None) or ""


def check_types(typed: TypedQuery) -> list[Problem]:
    """Find the parameters and columns whose types psycopg does not carry well."""
    named = [("parameter", each.name, each.python) for each in typed.parameters]
    named += [("column", each.name, each.python) for each in typed.columns]
    return [
        typed.query.problem(f"{kind} {name}: {python.refusal}")
        for kind, name, python in named
        if python.refusal
    ]


def sent_types(typed: TypedQuery) -> list[list[int]]:
    """Give the types that psycopg may send for the parameters, in the order of their numbers.

    psycopg picks the type of an int by its size, so that there are two lists when there are ints.
    """
    by_number = sorted(typed.parameters, key=lambda each: typed.query.numbers[each.name])
    small = [each.python.sent for each in by_number]
    large = [each.python.sent_large or each.python.sent for each in by_number]
    return [small] if small == large else [small, large]


def _intent(
    query: Query,
    description: Description,
    catalog: Catalog,
    problems: list[Problem],
    warnings: list[str],
) -> intents.Intent:
    try:
        intent = intents.infer(description.tree, catalog)
    except NOT_UNDERSTOOD as error:
        warnings.append(f"no parameter takes None: {_said(error)}")
        intent = intents.Intent()
    for override in query.params:
        number = query.numbers.get(override.name)
        if number is None:
            problems.append(query.problem(f"-- param: {override.name}: there is no such parameter"))
            continue
        chosen = intent.elements if override.elements else intent.nullable
        if (number in chosen) == override.nullable:
            problems.append(
                query.problem(
                    f"-- param: {override.name}: the override changes nothing: take it away"
                )
            )
        chosen.symmetric_difference_update({number})
    return intent


def _nulls(
    description: Description, catalog: Catalog, intent: intents.Intent, warnings: list[str]
) -> _Nulls:
    count = len(description.columns)
    unseen = "the query tree could not be read"
    nulls = _Nulls([True] * count, [unseen] * count, [True] * count, exactly_one=False)
    tree = description.tree
    if tree is None:
        return nulls
    prover = Prover(catalog, intent, description.bodies)
    try:
        nulls.exactly_one = prover.exactly_one(tree)
    except NOT_UNDERSTOOD as error:
        warnings.append(f"the number of its rows is not known: {_said(error)}")
    for position, column in enumerate(description.columns):
        try:
            verdict = prover.column(tree, position + 1)
            filled = prover.column(tree, position + 1, of_elements=True)
        except NOT_UNDERSTOOD as error:
            nulls.reasons[position] = f"the query tree was not understood: {_said(error)}"
            warnings.append(f"column {column.name} may be NULL: {_said(error)}")
        else:
            nulls.columns[position] = not verdict
            nulls.reasons[position] = verdict.why
            nulls.elements[position] = not filled
    return nulls


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _override(
    query: Query, columns: Sequence[ResultColumn], nulls: _Nulls, problems: list[Problem]
) -> None:
    names = [each.name for each in columns]
    for override in query.returns:
        problem = _apply(override, names, nulls)
        if problem:
            problems.append(query.problem(f"-- returns: {override.name}: {problem}"))


def _apply(override: Override, names: list[str], nulls: _Nulls) -> str:
    positions = [at for at, name in enumerate(names) if override.name in {name, "*"}]
    if not positions:
        return "there is no such column"
    chosen = nulls.elements if override.elements else nulls.columns
    if all(chosen[position] == override.nullable for position in positions):
        return "the override changes nothing: take it away"
    for position in positions:
        chosen[position] = override.nullable
        if not override.elements:
            nulls.reasons[position] = "an override says so"
    return ""
