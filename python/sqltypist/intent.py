"""For which parameters NULL is meaningful, from the rewritten query tree.

NULL means something where a parameter is assigned to a column that may hold it, is an argument of a
function of the project whose default for it is NULL, where it is tested
with IS NULL or IS DISTINCT FROM, stands in COALESCE, or in LIMIT or OFFSET. Elsewhere NULL makes a
condition unknown and the query pointless: such a parameter does not take None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqltypist.catalog import Catalog
    from sqltypist.tree import Node

_COERCIONS = frozenset(
    {"RELABELTYPE", "COERCEVIAIO", "COERCETODOMAIN", "COLLATEEXPR", "ARRAYCOERCEEXPR"}
)
_CASTS = frozenset({1, 2})
_WRITING = frozenset({2, 3, 5})


@dataclass
class Intent:
    """The numbers of the parameters that take None, and of those whose elements may be None."""

    nullable: set[int] = field(default_factory=set[int])
    elements: set[int] = field(default_factory=set[int])

    def is_nullable(self, number: int) -> bool:
        """Tell whether a parameter takes None."""
        return number in self.nullable

    def has_nullable_elements(self, number: int) -> bool:
        """Tell whether the elements of an array parameter may be None."""
        return number in self.elements


def infer(tree: Node | None, catalog: Catalog) -> Intent:
    """Find the parameters of a statement for which NULL is meaningful."""
    intent = Intent()
    if tree is not None:
        _Walk(catalog, intent).visit(tree, ())
    return intent


class _Walk:
    def __init__(self, catalog: Catalog, intent: Intent) -> None:
        self._catalog = catalog
        self._intent = intent

    def visit(self, node: Node, stack: tuple[Node, ...]) -> None:
        if node.tag == "QUERY":
            stack = (*stack, node)
            self._query(node, stack)
        elif node.tag == "NULLTEST":
            self._accept(node.node("arg"))
        elif node.tag in {"COALESCEEXPR", "DISTINCTEXPR"}:
            for each in node.nodes("args"):
                self._accept(each)
        elif node.tag == "FUNCEXPR":
            self._call(node)
        for child in node.children():
            self.visit(child, stack)

    def _call(self, call: Node) -> None:
        function = self._catalog.functions.get(call.number("funcid"))
        if function is None or not function.nullable_arguments:
            return
        for position, given in enumerate(call.nodes("args"), start=1):
            if given.tag == "NAMEDARGEXPR":  # name => value, counted from 0
                number, argument = given.number("argnumber") + 1, given.node("arg")
            else:
                number, argument = position, given
            if number in function.nullable_arguments:
                self._accept(argument)

    def _accept(self, expression: Node | None) -> None:
        number = _parameter(expression)
        if number is not None:
            self._intent.nullable.add(number)

    def _query(self, query: Node, stack: tuple[Node, ...]) -> None:
        self._accept(query.optional("limitCount"))
        self._accept(query.optional("limitOffset"))
        if query.number("commandType") not in _WRITING or not query.number("resultRelation"):
            return
        relation = query.nodes("rtable")[query.number("resultRelation") - 1].number("relid")
        assigned = query.nodes("targetList")
        conflict = query.optional("onConflict")
        if conflict:
            assigned = assigned + conflict.nodes("onConflictSet")
        for action in query.nodes("mergeActionList"):
            assigned = assigned + action.nodes("targetList")
        for entry in assigned:
            column = entry.number("resno")
            if entry.flag("resjunk") or self._catalog.refuses_null(relation, column):
                continue
            for number, is_element in _sources(entry.node("expr"), stack):
                (self._intent.elements if is_element else self._intent.nullable).add(number)


def _bare(expression: Node) -> Node:
    """Take the casts off an expression."""
    while True:
        if expression.tag in _COERCIONS:
            expression = expression.node("arg")
        elif expression.tag == "FUNCEXPR" and expression.number("funcformat") in _CASTS:
            expression = expression.nodes("args")[0]
        else:
            return expression


def _parameter(expression: Node | None) -> int | None:
    if expression is None:
        return None
    expression = _bare(expression)
    if expression.tag == "PARAM" and expression.number("paramkind") == 0:
        return expression.number("paramid")
    return None


def _sources(expression: Node, stack: tuple[Node, ...]) -> Iterator[tuple[int, bool]]:
    """Give the parameters whose value, or whose elements, an expression passes on."""
    number = _parameter(expression)
    if number is not None:
        yield number, False
        return
    var = _bare(expression)
    if var.tag != "VAR" or var.number("varattno") <= 0:
        return
    stack = stack[: len(stack) - var.number("varlevelsup")]
    entry = stack[-1].nodes("rtable")[var.number("varno") - 1]
    column = var.number("varattno")
    match entry.number("rtekind"):
        case 1:
            yield from _outputs(entry.node("subquery"), column, stack)
        case 3:
            functions = entry.nodes("functions")
            if column <= len(functions) and all(
                each.number("funccolcount") == 1 for each in functions
            ):
                call = functions[column - 1].node("funcexpr")
                number = _parameter(call.nodes("args")[0]) if call.fields.get("args") else None
                if number is not None:
                    yield number, True
        case 5:
            for row in entry.rows("values_lists"):
                yield from _sources(row[column - 1], stack)
        case 6 if not entry.flag("self_reference"):
            above = stack[: len(stack) - entry.number("ctelevelsup")]
            for cte in above[-1].nodes("cteList"):
                if cte.text("ctename") == entry.text("ctename"):
                    yield from _outputs(cte.node("ctequery"), column, above)
        case _:
            pass


def _outputs(query: Node, column: int, stack: tuple[Node, ...]) -> Iterator[tuple[int, bool]]:
    """Give the parameters that a column of a query passes on, in every arm of a UNION."""
    if query.number("commandType") != 1:
        return
    if query.optional("setOperations"):
        for entry in query.nodes("rtable"):
            if entry.number("rtekind") == 1:
                yield from _outputs(entry.node("subquery"), column, (*stack, query))
        return
    for entry in query.nodes("targetList"):
        if entry.number("resno") == column:
            yield from _sources(entry.node("expr"), (*stack, query))
