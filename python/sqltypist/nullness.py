"""Which columns of a query can be NULL, from its rewritten tree.

Every method proves; what it cannot prove may be NULL. A *fact* is a column that a strict condition
has proven non-null, with the outer joins that had touched it by then. An outer join whose nullable
side has a fact beyond it is *void*: in the rows that remain it nulled nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sqltypist import functions as known_functions
from sqltypist.tree import Node, TreeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqltypist.catalog import Catalog, Function
    from sqltypist.intent import Intent

Stack: TypeAlias = "tuple[Node, ...]"
"""The queries around an expression, outermost first."""

SELECT, UPDATE, INSERT, DELETE, MERGE = 1, 2, 3, 4, 5
ON_CONFLICT_UPDATE = 2
INNER, LEFT, FULL, RIGHT = 0, 1, 2, 3
TABLE, SUBQUERY, JOIN, FUNCTION, VALUES, CTE, GROUP = 0, 1, 2, 3, 5, 6, 9
OLD, NEW = 1, 2
EXISTS_LINK, ALL_LINK, ANY_LINK, EXPRESSION_LINK, ARRAY_LINK = 0, 1, 2, 4, 6
CURRENT_SCHEMA = 14
FIRST_WITH_GROUP_ENTRY = 180000
"""The first version whose tree marks what grouping sets null."""

# Bits of a window's frame: it begins at the partition's start or at the current row, ends at the
# current row or at the partition's end, and excludes nothing; such a frame always holds the current
# row.
FRAME_BEGINS = 0x20 | 0x200
FRAME_ENDS = 0x400 | 0x100
FRAME_EXCLUDES = 0x8000 | 0x10000 | 0x20000


class Fact(NamedTuple):
    """A column known to be non-null, and the outer joins that had touched it."""

    relation: int
    column: int
    joins: frozenset[int]


class Sides(NamedTuple):
    """The range-table entries on both sides of a join."""

    left: frozenset[int]
    right: frozenset[int]


@dataclass
class Knowledge:
    """What the FROM and WHERE of one query prove."""

    facts: set[Fact] = field(default_factory=set[Fact])
    sides: dict[int, Sides] = field(default_factory=dict[int, Sides])
    void: set[tuple[int, bool]] = field(default_factory=set[tuple[int, bool]])
    """Outer joins that nulled nothing on a side: (join, whether it is the left side)."""

    def is_void(self, join: int, relation: int) -> bool:
        """Tell whether an outer join is proven not to have nulled this entry's side."""
        sides = self.sides.get(join)
        return sides is not None and (join, relation in sides.left) in self.void


class Nullness:
    """Proves columns of one statement non-null."""

    def __init__(self, catalog: Catalog, intent: Intent) -> None:
        self._catalog = catalog
        self._intent = intent
        self._knowledge: dict[int, Knowledge] = {}
        self._assumed: dict[tuple[int, int, bool], bool] = {}
        self._assigning: set[int] = set()

    def present(self, expression: Node | None, stack: Stack) -> bool:
        """Tell whether an expression is proven never to be NULL."""
        if expression is None:
            return False
        rule = _RULES.get(expression.tag)
        return rule is not None and rule(self, expression, stack)

    def filled(self, expression: Node | None, stack: Stack) -> bool:
        """Tell whether an array is proven to have no NULL among its elements."""
        if expression is None:
            return False
        rule = _ELEMENT_RULES.get(expression.tag)
        return rule is not None and rule(self, expression, stack)

    def column(
        self, query: Node, number: int, stack: Stack = (), *, elements: bool = False
    ) -> bool:
        """Tell whether an output column is never NULL, or has no NULL among its elements."""
        operation = query.optional("setOperations")
        if operation and query.number("commandType") == SELECT:
            return self._set_operation(query, operation, number, stack, elements=elements)
        entry = next((each for each in output(query) if each.number("resno") == number), None)
        if entry is None:
            raise TreeError(f"there is no output column {number}")
        expression = entry.node("expr")
        if self._is_grouped_before_18(query) and expression.tag not in {"AGGREF", "GROUPINGFUNC"}:
            return False
        prove = self.filled if elements else self.present
        return prove(expression, (*stack, query))

    def exactly_one(self, query: Node) -> bool:
        """Tell whether a query gives one row, no more and no less.

        An INSERT of one row does, unless a conflict may leave the row out. A trigger could, too;
        then the generated function raises.
        """
        if query.flag("hasTargetSRFs"):
            return False
        if query.number("commandType") == INSERT:
            conflict = query.optional("onConflict")
            return not query.node("jointree").nodes("fromlist") and (
                conflict is None
                or (
                    conflict.number("action") == ON_CONFLICT_UPDATE
                    and conflict.optional("onConflictWhere") is None
                )
            )
        if query.number("commandType") != SELECT:
            return False
        if any(
            query.fields.get(name)
            for name in ("havingQual", "limitCount", "limitOffset", "setOperations", "groupClause")
        ):
            return False
        source = query.node("jointree")
        return not query.fields.get("groupingSets") and (
            query.flag("hasAggs") or not (source.nodes("fromlist") or source.optional("quals"))
        )

    def _all(self, expressions: list[Node], stack: Stack) -> bool:
        return all(self.present(each, stack) for each in expressions)

    def _any(self, expressions: list[Node], stack: Stack) -> bool:
        return any(self.present(each, stack) for each in expressions)

    # Set operations: UNION keeps what both sides promise; a row of INTERSECT is in both sides, so
    # one promise is enough; a row of EXCEPT comes from the left.
    def _set_operation(
        self, query: Node, node: Node, number: int, stack: Stack, *, elements: bool
    ) -> bool:
        if node.tag == "RANGETBLREF":
            entry = query.nodes("rtable")[node.number("rtindex") - 1]
            return self.column(entry.node("subquery"), number, (*stack, query), elements=elements)
        left = self._set_operation(query, node.node("larg"), number, stack, elements=elements)
        right = self._set_operation(query, node.node("rarg"), number, stack, elements=elements)
        return {1: left and right, 2: left or right, 3: left}[node.number("op")]

    # What FROM and WHERE prove.

    def _known(self, query: Node) -> Knowledge:
        known = self._knowledge.get(id(query))
        if known is None:
            known = self._knowledge[id(query)] = Knowledge()
            source = query.optional("jointree")
            if source and query.number("commandType") != MERGE:
                known.facts = self._facts(source, known)
            known.void = {
                (join, fact.relation in known.sides[join].left)
                for fact in known.facts
                for join in fact.joins
                if join in known.sides
            }
        return known

    def _facts(self, node: Node, known: Knowledge) -> set[Fact]:
        """Give the facts that hold for the rows that a part of FROM emits."""
        if node.tag == "RANGETBLREF":
            return set()
        if node.tag == "FROMEXPR":
            parts = [self._facts(each, known) for each in node.nodes("fromlist")]
            return set[Fact]().union(*parts, self._forced(node.optional("quals")))
        left, right = node.node("larg"), node.node("rarg")
        below = self._facts(left, known) | self._facts(right, known)
        sides = known.sides[node.number("rtindex")] = Sides(_entries(left), _entries(right))
        forced = self._forced(node.optional("quals"))
        match node.number("jointype"):
            case 0:
                return below | forced
            case 1:  # ON speaks of the joined rows alone: it proves nothing of the left side
                return below | {fact for fact in forced if fact.relation in sides.right}
            case 3:
                return below | {fact for fact in forced if fact.relation in sides.left}
            case _:
                return below

    def _forced(self, condition: Node | None) -> set[Fact]:  # noqa: PLR0911
        """Give the columns that cannot be NULL where a condition is true."""
        if condition is None:
            return set()
        match condition.tag:
            case "BOOLEXPR":
                parts = condition.nodes("args")
                connective = condition.text("boolop")
                if connective == "and":
                    return set[Fact]().union(*map(self._forced, parts))
                if connective == "or":
                    return functools.reduce(_common, map(self._forced, parts))
                return self._strict(parts[0])
            case "NULLTEST":  # IS NOT NULL
                proves = condition.number("nulltesttype") == 1 and not condition.flag("argisrow")
                return self._strict(condition.node("arg")) if proves else set()
            case "BOOLEANTEST":  # IS TRUE, IS FALSE, IS NOT UNKNOWN
                proves = condition.number("booltesttype") in {0, 2, 5}
                return self._strict(condition.node("arg")) if proves else set()
            case (
                "SCALARARRAYOPEXPR"
            ):  # = ANY; a NULL array is NULL, and ALL of an empty one is true
                function = self._function(condition, "opfuncid")
                if not (function and function.is_strict and condition.flag("useOr")):
                    return set()
                return set[Fact]().union(*map(self._strict, condition.nodes("args")))
            case "SUBLINK":  # x = ANY (SELECT ...), and x IN
                test = condition.optional("testexpr")
                is_any = condition.number("subLinkType") == ANY_LINK
                return self._strict(test) if is_any and test and test.tag == "OPEXPR" else set()
            case _:
                return self._strict(condition)

    def _strict(self, expression: Node | None) -> set[Fact]:  # noqa: PLR0911
        """Give the columns whose NULL makes an expression NULL."""
        if expression is None:
            return set()
        match expression.tag:
            case "VAR":
                if expression.number("varlevelsup"):
                    return set()
                relation, column = expression.number("varno"), expression.number("varattno")
                return {Fact(relation, column, expression.members("varnullingrels"))}
            case "RELABELTYPE" | "COERCEVIAIO" | "COLLATEEXPR":
                return self._strict(expression.node("arg"))
            case "OPEXPR" | "FUNCEXPR":
                name = "opfuncid" if expression.tag == "OPEXPR" else "funcid"
                function = self._function(expression, name)
                if not (function and function.is_strict):
                    return set()
                return set[Fact]().union(*map(self._strict, expression.nodes("args")))
            case _:
                return set()

    def _function(self, node: Node, name: str) -> Function | None:
        return self._catalog.functions.get(node.number(name))

    # Columns.

    def _var(self, var: Node, stack: Stack) -> bool:
        return self._reference(var, stack, elements=False)

    def _var_filled(self, var: Node, stack: Stack) -> bool:
        return self._reference(var, stack, elements=True)

    def _reference(self, var: Node, stack: Stack, *, elements: bool) -> bool:
        stack = stack[: len(stack) - var.number("varlevelsup")]
        query = stack[-1]
        entry = query.nodes("rtable")[var.number("varno") - 1]
        if not elements:
            decided = self._decided(query, var, entry)
            if decided is not None:
                return decided
        elif var.number("varattno") == 0:
            return False
        kind = entry.number("rtekind")
        if kind in {TABLE, FUNCTION}:
            prove = self._table_column if kind == TABLE else self._function_column
            return not elements and prove(query, var, entry, stack)
        rule = _ENTRY_RULES.get(kind)
        return rule is not None and rule(self, var, entry, stack, elements)

    def _decided(self, query: Node, var: Node, entry: Node) -> bool | None:
        """Decide by what happens to a column between its origin and the result, where that does."""
        if query.number("commandType") == MERGE:
            return self._merged(query, var, entry)
        if self._version_missing(query, var):
            return False
        if self._proven(query, var):
            return True
        known, relation = self._known(query), var.number("varno")
        if not all(known.is_void(each, relation) for each in var.members("varnullingrels")):
            return False
        return True if var.number("varattno") == 0 else None  # 0 is the whole row

    def _subquery_column(self, var: Node, entry: Node, stack: Stack, elements: bool) -> bool:
        number = var.number("varattno")
        return self.column(entry.node("subquery"), number, stack, elements=elements)

    def _listed_column(self, var: Node, entry: Node, stack: Stack, elements: bool) -> bool:
        prove, number = self.filled if elements else self.present, var.number("varattno")
        return all(prove(row[number - 1], stack) for row in entry.rows("values_lists"))

    def _grouped_column(self, var: Node, entry: Node, stack: Stack, elements: bool) -> bool:
        prove, number = self.filled if elements else self.present, var.number("varattno")
        return prove(entry.nodes("groupexprs")[number - 1], stack)

    # MERGE gives the row as it now is, or as it was when deleted, so the target's NOT NULL holds;
    # the source, and the row's other version, may be missing.
    def _merged(self, query: Node, var: Node, entry: Node) -> bool:
        is_target = var.number("varno") == query.number("resultRelation")
        if not is_target or _returning_type(var) or entry.number("rtekind") != TABLE:
            return False
        column = var.number("varattno")
        return column != 0 and self._catalog.never_null(entry.number("relid"), column)

    # RETURNING old.x of an INSERT, which may also have updated, and new.x of a DELETE.
    def _version_missing(self, query: Node, var: Node) -> bool:
        if var.number("varno") != query.number("resultRelation"):
            return False
        missing = {INSERT: OLD, DELETE: NEW}.get(query.number("commandType"))
        return missing is not None and _returning_type(var) == missing

    # A fact speaks of the row as WHERE saw it: RETURNING of an UPDATE shows another.
    def _proven(self, query: Node, var: Node) -> bool:
        relation, column = var.number("varno"), var.number("varattno")
        if (
            query.number("commandType") == UPDATE
            and relation == query.number("resultRelation")
            and _returning_type(var) != OLD
            and not self._is_kept(query, column)
        ):
            return False
        known, joins = self._known(query), var.members("varnullingrels")
        return any(
            fact.relation == relation
            and fact.column == column
            and fact.joins <= joins
            and all(known.is_void(each, relation) for each in joins - fact.joins)
            for fact in known.facts
        )

    def _is_kept(self, query: Node, column: int) -> bool:
        entry = query.nodes("rtable")[query.number("resultRelation") - 1]
        origin = self._catalog.columns.get((entry.number("relid"), column))
        if origin is None or origin.is_generated or self._is_rewritten(entry):
            return False
        return all(each.number("resno") != column for each in query.nodes("targetList"))

    def _is_rewritten(self, entry: Node) -> bool:
        return (
            entry.text("relkind") not in {"r", "p"}
            or entry.number("relid") in self._catalog.rewriting
        )

    # Below 18 the tree does not say what ROLLUP, CUBE and GROUPING SETS null: it may be anything.
    def _is_grouped_before_18(self, query: Node) -> bool:
        return bool(
            query.fields.get("groupingSets")
            and self._catalog.version_number < FIRST_WITH_GROUP_ENTRY
        )

    def _table_column(self, query: Node, var: Node, entry: Node, stack: Stack) -> bool:
        column = var.number("varattno")
        if self._catalog.never_null(entry.number("relid"), column):
            return True
        written = (
            var.number("varno") == query.number("resultRelation")
            and query.number("commandType") in {INSERT, UPDATE}
            and _returning_type(var) != OLD
        )
        return written and self._written(query, column, entry, stack)

    # RETURNING shows what was just written, unless a trigger or ON CONFLICT wrote something else.
    def _written(self, query: Node, column: int, entry: Node, stack: Stack) -> bool:
        if (
            id(query) in self._assigning
            or query.optional("onConflict")
            or self._is_rewritten(entry)
        ):
            return False
        target = next(
            (
                each
                for each in query.nodes("targetList")
                if each.number("resno") == column and not each.flag("resjunk")
            ),
            None,
        )
        if target is None:
            return False
        self._assigning.add(id(query))
        try:
            return self.present(target.node("expr"), stack)
        finally:
            self._assigning.discard(id(query))

    # FULL JOIN USING merges with COALESCE: at least one side is there, so both sides' own promises
    # hold.
    def _joined_column(self, var: Node, entry: Node, stack: Stack, elements: bool) -> bool:
        alias = entry.nodes("joinaliasvars")[var.number("varattno") - 1]
        if elements:
            return self.filled(alias, stack)
        if alias.tag == "COALESCEEXPR" and entry.number("jointype") == FULL:
            join = var.number("varno")
            return self._all([_untouched(each, join) for each in alias.nodes("args")], stack)
        return self.present(alias, stack)

    def _function_column(self, _query: Node, var: Node, entry: Node, stack: Stack) -> bool:
        column = var.number("varattno")
        calls = entry.nodes("functions")
        width = sum(each.number("funccolcount") for each in calls)
        if column > width:  # WITH ORDINALITY
            return entry.flag("funcordinality")
        if len(calls) != 1:  # ROWS FROM pads the shorter ones
            return False
        call = calls[0].node("funcexpr")
        if call.tag != "FUNCEXPR":
            return self.present(call, stack)
        function = self._function(call, "funcid")
        if not function or not function.is_builtin:
            return False
        arguments = call.nodes("args")
        if function.name == "unnest" and len(arguments) == 1:
            return self.filled(arguments[0], stack)
        return function.name in known_functions.SETS or (
            function.name in known_functions.SETS_OF_KEYS and column == 1
        )

    # A recursive CTE is assumed to keep its promise, and then checked under that assumption.
    def _cte_column(self, var: Node, entry: Node, stack: Stack, elements: bool) -> bool:
        column = var.number("varattno")
        stack = stack[: len(stack) - entry.number("ctelevelsup")]
        name = entry.text("ctename")
        cte = next(each for each in stack[-1].nodes("cteList") if each.text("ctename") == name)
        key = (id(cte), column, elements)
        if key in self._assumed:
            return self._assumed[key]
        self._assumed[key] = True
        holds = self.column(cte.node("ctequery"), column, stack, elements=elements)
        if holds:
            del self._assumed[key]
        else:
            self._assumed[key] = False
        return holds

    # Expressions, each by its own rule.

    def _always(self, _expression: Node, _stack: Stack) -> bool:
        return True

    def _const(self, expression: Node, _stack: Stack) -> bool:
        return not expression.flag("constisnull")

    def _param(self, expression: Node, _stack: Stack) -> bool:
        return expression.number("paramkind") == 0 and not self._intent.is_nullable(
            expression.number("paramid")
        )

    def _session(self, expression: Node, _stack: Stack) -> bool:
        return expression.number("op") != CURRENT_SCHEMA  # NULL when no schema of the path exists

    def _inner(self, expression: Node, stack: Stack) -> bool:
        return self.present(expression.node("arg"), stack)

    def _to_domain(self, expression: Node, stack: Stack) -> bool:
        refuses = self._catalog.domain_refuses_null(expression.number("resulttype"))
        return refuses or self._inner(expression, stack)

    def _all_arguments(self, expression: Node, stack: Stack) -> bool:
        return self._all(expression.nodes("args"), stack)

    def _any_argument(self, expression: Node, stack: Stack) -> bool:
        return self._any(expression.nodes("args"), stack)

    def _case(self, expression: Node, stack: Stack) -> bool:
        results = [each.node("result") for each in expression.nodes("args")]
        return self.present(expression.optional("defresult"), stack) and self._all(results, stack)

    def _json_constructor(self, expression: Node, _stack: Stack) -> bool:
        return expression.number("type") in {1, 2}  # JSON_OBJECT and JSON_ARRAY

    def _operator(self, expression: Node, stack: Stack) -> bool:
        function = self._function(expression, "opfuncid")
        if not function or not function.is_builtin:
            return False
        arguments = expression.nodes("args")
        if function.name in {"array_append", "array_prepend", "array_cat"}:
            return self._any(arguments, stack)
        return self._is_total_operator(function) and self._all(arguments, stack)

    def _is_total_operator(self, function: Function) -> bool:
        return function.is_strict and (
            self._is_plain(function) or function.name in known_functions.TOTAL_ON_JSON
        )

    def _is_plain(self, function: Function) -> bool:
        types = (self._catalog.types.get(each) for each in function.argument_types)
        return all(each is not None and each.name in known_functions.PLAIN_TYPES for each in types)

    def _call(self, expression: Node, stack: Stack) -> bool:
        function = self._function(expression, "funcid")
        if not function or not function.is_builtin or expression.flag("funcretset"):
            return False
        arguments = expression.nodes("args")
        if expression.flag("funcvariadic") and not self.present(arguments[-1], stack):
            return False
        if function.name in known_functions.ALWAYS:
            return True
        if function.name in known_functions.FIRST_DECIDES:
            return self.present(arguments[0], stack)
        total = function.name in known_functions.TOTAL_ON_JSON or (
            function.name in known_functions.TOTAL and self._is_plain(function)
        )
        return total and function.is_strict and self._all(arguments, stack)

    # Without GROUP BY, and with an empty grouping set, an aggregate may see no row at all.
    def _aggregate(self, expression: Node, stack: Stack) -> bool:
        function = self._function(expression, "aggfnoid")
        if not function or not function.is_builtin:
            return False
        if function.name in known_functions.COUNTING:
            return True
        query = stack[len(stack) - 1 - expression.number("agglevelsup")]
        grouped = bool(query.nodes("groupClause")) and not any(
            _may_be_empty(each) for each in query.nodes("groupingSets")
        )
        if not grouped or expression.optional("aggfilter"):
            return False
        if function.name in known_functions.COLLECTING:
            return True
        arguments = [each.node("expr") for each in expression.nodes("args")]
        return function.name in known_functions.AGGREGATES and self._all(
            arguments + expression.nodes("aggdirectargs"), stack
        )

    def _window(self, expression: Node, stack: Stack) -> bool:  # noqa: PLR0911
        function = self._function(expression, "winfnoid")
        if not function or not function.is_builtin:
            return False
        if function.name in known_functions.RANKING:
            return True
        if expression.optional("aggfilter"):
            return False
        arguments = expression.nodes("args")
        if function.name in {"lag", "lead"}:
            return len(arguments) == 3 and self._all(arguments, stack)
        if function.name == "ntile":
            return self._all(arguments, stack)
        number = expression.number("winref")
        window = next(
            each for each in stack[-1].nodes("windowClause") if each.number("winref") == number
        )
        frame = window.number("frameOptions")
        if not (frame & FRAME_BEGINS and frame & FRAME_ENDS) or frame & FRAME_EXCLUDES:
            return False
        if function.name in known_functions.COLLECTING:
            return True
        named = function.name in known_functions.AGGREGATES or function.name in {
            "first_value",
            "last_value",
        }
        return named and self._all(arguments, stack)

    def _sublink(self, expression: Node, stack: Stack) -> bool:
        query = expression.node("subselect")
        match expression.number("subLinkType"):
            case 0 | 6:  # EXISTS, ARRAY
                return True
            case 4:
                return self.exactly_one(query) and self.column(query, 1, stack)
            case 1 | 2:  # ALL, ANY, IN
                test = expression.optional("testexpr")
                if test is None or test.tag != "OPEXPR":
                    return False
                function = self._function(test, "opfuncid")
                return (
                    function is not None
                    and function.is_builtin
                    and self._is_total_operator(function)
                    and self.present(test.nodes("args")[0], stack)
                    and self.column(query, 1, stack)
                )
            case _:
                return False

    def _array_comparison(self, expression: Node, stack: Stack) -> bool:
        function = self._function(expression, "opfuncid")
        return (
            function is not None
            and function.is_builtin
            and self._is_total_operator(function)
            and self._all(expression.nodes("args"), stack)
            and self.filled(expression.nodes("args")[1], stack)
        )

    # Elements of arrays.

    def _param_filled(self, expression: Node, _stack: Stack) -> bool:
        return expression.number("paramkind") == 0 and not self._intent.has_nullable_elements(
            expression.number("paramid")
        )

    def _array_filled(self, expression: Node, stack: Stack) -> bool:
        prove = self.filled if expression.flag("multidims") else self.present
        return all(prove(each, stack) for each in expression.nodes("elements"))

    def _sublink_filled(self, expression: Node, stack: Stack) -> bool:
        return expression.number("subLinkType") == ARRAY_LINK and self.column(
            expression.node("subselect"), 1, stack
        )

    def _aggregate_filled(self, expression: Node, stack: Stack) -> bool:
        function = self._function(expression, "aggfnoid")
        if not (function and function.is_builtin and function.name == "array_agg"):
            return False
        arguments = [each.node("expr") for each in expression.nodes("args")]
        return not _is_array(arguments[0], self._catalog) and self.present(arguments[0], stack)

    def _inner_filled(self, expression: Node, stack: Stack) -> bool:
        return self.filled(expression.node("arg"), stack)

    def _all_filled(self, expression: Node, stack: Stack) -> bool:
        return all(self.filled(each, stack) for each in expression.nodes("args"))


Rule: TypeAlias = "Callable[[Nullness, Node, Stack], bool]"

# The methods are private to the module, not to the class.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false
_RULES: dict[str, Rule] = {
    "AGGREF": Nullness._aggregate,
    "ARRAYCOERCEEXPR": Nullness._inner,
    "ARRAYEXPR": Nullness._always,
    "BOOLEANTEST": Nullness._always,
    "BOOLEXPR": Nullness._all_arguments,
    "CASEEXPR": Nullness._case,
    "COALESCEEXPR": Nullness._any_argument,
    "COERCETODOMAIN": Nullness._to_domain,
    "COERCEVIAIO": Nullness._inner,
    "COLLATEEXPR": Nullness._inner,
    "CONST": Nullness._const,
    "DISTINCTEXPR": Nullness._always,
    "FUNCEXPR": Nullness._call,
    "GROUPINGFUNC": Nullness._always,
    "JSONCONSTRUCTOREXPR": Nullness._json_constructor,
    "MERGESUPPORTFUNC": Nullness._always,
    "MINMAXEXPR": Nullness._any_argument,
    "NEXTVALUEEXPR": Nullness._always,
    "NULLTEST": Nullness._always,
    "OPEXPR": Nullness._operator,
    "PARAM": Nullness._param,
    "RELABELTYPE": Nullness._inner,
    "ROWEXPR": Nullness._always,
    "SCALARARRAYOPEXPR": Nullness._array_comparison,
    "SQLVALUEFUNCTION": Nullness._session,
    "SUBLINK": Nullness._sublink,
    "VAR": Nullness._var,
    "WINDOWFUNC": Nullness._window,
}

_ELEMENT_RULES: dict[str, Rule] = {
    "AGGREF": Nullness._aggregate_filled,
    "ARRAYCOERCEEXPR": Nullness._inner_filled,
    "ARRAYEXPR": Nullness._array_filled,
    "COALESCEEXPR": Nullness._all_filled,
    "PARAM": Nullness._param_filled,
    "RELABELTYPE": Nullness._inner_filled,
    "SUBLINK": Nullness._sublink_filled,
    "VAR": Nullness._var_filled,
}


_ENTRY_RULES: dict[int, Callable[[Nullness, Node, Node, Stack, bool], bool]] = {
    SUBQUERY: Nullness._subquery_column,
    JOIN: Nullness._joined_column,
    VALUES: Nullness._listed_column,
    CTE: Nullness._cte_column,
    GROUP: Nullness._grouped_column,
}


def _common(one: set[Fact], other: set[Fact]) -> set[Fact]:
    return one & other


def output(query: Node) -> list[Node]:
    """Give the entries of a query's result, in their order."""
    name = "targetList" if query.number("commandType") == SELECT else "returningList"
    return [each for each in query.nodes(name) if not each.flag("resjunk")]


def _returning_type(var: Node) -> int:
    return var.number("varreturningtype") if "varreturningtype" in var else 0  # from 18 on


def _entries(node: Node) -> frozenset[int]:
    if node.tag == "RANGETBLREF":
        return frozenset({node.number("rtindex")})
    if node.tag == "FROMEXPR":
        return frozenset[int]().union(*map(_entries, node.nodes("fromlist")))
    return _entries(node.node("larg")) | _entries(node.node("rarg")) | {node.number("rtindex")}


def _untouched(expression: Node, join: int) -> Node:
    """Give the expression as it was before a join could null it."""
    if expression.tag == "VAR":
        joins = expression.members("varnullingrels") - {join}
        return expression.but("varnullingrels", joins)
    if expression.tag in {"RELABELTYPE", "COERCEVIAIO"}:
        return expression.but("arg", _untouched(expression.node("arg"), join))
    if expression.tag == "FUNCEXPR":  # both sides cast to one type
        return expression.but("args", [_untouched(each, join) for each in expression.nodes("args")])
    return expression


def _may_be_empty(grouping: Node) -> bool:
    """Tell whether a grouping set can be the empty one: (), ROLLUP, CUBE, or a list with such."""
    kind = grouping.number("kind")
    return kind in {0, 2, 3} or (kind == 4 and any(map(_may_be_empty, grouping.nodes("content"))))


def _is_array(expression: Node, catalog: Catalog) -> bool:
    """Tell whether an expression may be an array; what is not seen to be none may."""
    for name in ("vartype", "paramtype", "consttype", "funcresulttype", "opresulttype"):
        if name in expression:
            found = catalog.base(expression.number(name))
            return found is None or found.element_oid is not None
    return True
