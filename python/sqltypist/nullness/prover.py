"""Proves columns and expressions of one statement never to be NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqltypist.nullness import elements, expressions, kinds, rows
from sqltypist.nullness.joins import Joins
from sqltypist.nullness.scope import PLAIN, Level, View
from sqltypist.nullness.setops import set_operation
from sqltypist.nullness.tables import Tables
from sqltypist.nullness.verdict import no
from sqltypist.tree import Node, TreeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqltypist.bodies import Signature
    from sqltypist.catalog import Catalog
    from sqltypist.nullness.facts import Facts
    from sqltypist.nullness.received import Received
    from sqltypist.nullness.scope import Scope
    from sqltypist.nullness.verdict import Verdict

_Found = TypeVar("_Found")

FIRST_WITH_GROUP_ENTRY = 180000
"""The first version whose tree marks what grouping sets null."""


class Parameters(Protocol):
    """What is known of a statement's parameters, by their numbers."""

    def is_nullable(self, number: int) -> bool:
        """Tell whether it may be NULL."""
        ...

    def has_nullable_elements(self, number: int) -> bool:
        """Tell whether an element of it may be NULL."""
        ...


class Prover:
    """Holds what all rules need, and finds the rule of an expression."""

    def __init__(
        self,
        catalog: Catalog,
        parameters: Parameters,
        bodies: Mapping[Signature, Node],
        calling: frozenset[int] = frozenset(),
    ) -> None:
        self.catalog = catalog
        self.parameters = parameters
        self.bodies = bodies
        """The trees of functions in SQL."""
        self.calling = calling
        """The functions whose bodies are being judged."""
        self.tables = Tables(self)
        self.seen: dict[str, Node] = {}
        """The arguments of aggregates of which it is known that some row has them."""
        self._found: dict[object, tuple[Node, Any]] = {}
        self._entered: dict[tuple[int, Scope], Scope] = {}
        self._known = 0
        self.concluding = 0
        """How many queries are drawing conclusions: what is found meanwhile may be too little."""
        self.assumed: dict[tuple[int, int, bool], bool] = {}
        """What is assumed of columns of recursive CTEs while it is being checked."""

    def present(self, expression: Node | None, scope: Scope) -> Verdict:
        """Tell whether an expression is never NULL."""
        if expression is None:
            return no("it is not there")
        return self.remember(
            (id(expression), None, scope),
            expression,
            lambda: expressions.present(self, expression, scope),
        )

    def remember(self, key: object, node: Node, find: Callable[[], _Found]) -> _Found:
        """Find something of a node once, as long as what is known stays the same."""
        if key in self._found:
            known: _Found = self._found[key][1]
            return known
        before = self._known
        found = find()
        if before == self._known and not self.concluding:
            self._found[key] = node, found  # the node is kept, so that no other has its id
        return found

    def forget(self) -> None:
        """Find everything anew: more is known, or less, than before."""
        self._known += 1
        self._found.clear()

    def filled(self, expression: Node | None, scope: Scope) -> Verdict:
        """Tell whether an array never has a NULL among its elements."""
        return elements.filled(self, expression, scope)

    def judge(self, expression: Node | None, scope: Scope, *, of_elements: bool) -> Verdict:
        """Tell one or the other."""
        return (self.filled if of_elements else self.present)(expression, scope)

    def level(self, query: Node, joins: Joins, view: View = PLAIN) -> Level:
        """Give a query as an expression in it sees it."""
        return Level(query, joins, view)

    def enter(self, query: Node, outer: Scope) -> Scope:
        """Go into a query; once in the same way, as long as all is known that will be."""
        key = id(query), outer
        if key in self._entered:
            return self._entered[key]
        scope = (*outer, self.level(query, Joins(self, query, outer)))
        if not self.concluding:
            self._entered[key] = scope
        return scope

    def of_input(self, query: Node, outer: Scope) -> Facts:
        """Give what is known of the rows that a query groups, or gives as they are."""
        return self.level(query, Joins(self, query, outer), View(in_aggregate=True)).facts

    def column(
        self,
        query: Node,
        number: int,
        outer: Scope = (),
        received: Received | None = None,
        *,
        of_elements: bool = False,
    ) -> Verdict:
        """Tell whether an output column is never NULL, or has no NULL among its elements.

        What is received is known of the row's columns from the query around this one.
        """
        operation = query.optional("setOperations")
        if operation is not None and query.number("commandType") == kinds.SELECT:
            return set_operation(
                self, query, operation, number, outer, received=received, of_elements=of_elements
            )
        entry = next((each for each in self.output(query) if each.number("resno") == number), None)
        if entry is None:
            raise TreeError(f"there is no output column {number}")
        scope = self.enter(query, outer)
        if query.number("commandType") != kinds.SELECT:
            scope = (*outer, self.level(query, scope[-1].joins, View(in_returning=True)))
        if received is not None:
            scope = received.into(self, scope)
        return self.judge(entry.node("expr"), scope, of_elements=of_elements)

    def exactly_one(self, query: Node) -> bool:
        """Tell whether a query gives one row, no more and no less."""
        return rows.exactly_one(self, query)

    def find_cte(self, entry: Node, scope: Scope) -> tuple[Node, Scope]:
        """Find the CTE of an entry, and the queries around it."""
        around = scope[: len(scope) - entry.number("ctelevelsup")]
        name = entry.text("ctename")
        for each in around[-1].query.nodes("cteList"):
            if each.text("ctename") == name:
                return each, around
        raise TreeError(f"there is no CTE {name}")

    def row_fields(self, row: Node, scope: Scope) -> list[Node]:
        """Give the fields of a row as expressions, as far as they are seen, and the row itself."""
        if row.tag == "ROWEXPR":
            return row.nodes("args")
        if row.tag != "VAR" or row.number("varattno") or row.number("varlevelsup"):
            return [row]
        entry = scope[-1].entry(row.number("varno"))
        names = entry.optional("eref") if entry else None
        count = len(names.strings("colnames")) if names else 0
        return [row, *(row.but("varattno", number) for number in range(1, count + 1))]

    def output(self, query: Node) -> list[Node]:
        """Give the entries of a query's result, in their order."""
        name = "targetList" if query.number("commandType") == kinds.SELECT else "returningList"
        return [each for each in query.nodes(name) if not each.flag("resjunk")]

    @property
    def marks_grouping_sets(self) -> bool:
        """Whether the tree says which columns grouping sets null."""
        return self.catalog.version_number >= FIRST_WITH_GROUP_ENTRY
