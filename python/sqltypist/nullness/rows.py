"""How many rows a query gives: at least one, at most one, exactly one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness.constants import boolean, number
from sqltypist.nullness.facts import Column
from sqltypist.nullness.kinds import (
    CTE,
    EMPTY_SET,
    FULL,
    FUNCTION,
    INNER,
    INSERT,
    LEFT,
    RIGHT,
    SELECT,
    SETS,
    SIMPLE_SET,
    SUBQUERY,
    TABLE,
    UNION,
    VALUES,
)
from sqltypist.nullness.origins import origin
from sqltypist.nullness.versions import ON_CONFLICT_UPDATE, is_rewritten

if TYPE_CHECKING:
    from sqltypist.catalog import ForeignKey
    from sqltypist.nullness.joins import Join
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node


def exactly_one(prover: Prover, query: Node, outer: Scope = ()) -> bool:
    """Tell whether a query gives one row, no more and no less.

    A trigger could leave out what an INSERT inserts; then the generated function raises.
    """
    if query.number("commandType") == INSERT:
        return _inserts_one(query)
    return at_least_one(prover, query, outer) and at_most_one(query, outer)


def at_least_one(prover: Prover, query: Node, outer: Scope = ()) -> bool:
    """Tell whether a query always gives a row."""
    if query.number("commandType") == INSERT:
        return _inserts_one(query) and not is_rewritten(prover, query)
    if (
        query.number("commandType") != SELECT
        or query.flag("hasTargetSRFs")
        or query.optional("havingQual")
        or query.nodes("rowMarks")  # SKIP LOCKED leaves rows out
        or not _passes_limit(query)
    ):
        return False
    scope = prover.enter(query, outer)
    operation = query.optional("setOperations")
    if operation is not None:
        return _some_arm_gives(prover, operation, scope)
    if gives_total(query):
        return True
    return source_gives(prover, query.node("jointree"), scope)


def at_most_one(query: Node, outer: Scope = ()) -> bool:
    """Tell whether a query never gives two rows."""
    if query.number("commandType") == INSERT:
        return _inserts_one(query)
    if query.number("commandType") != SELECT or query.flag("hasTargetSRFs"):
        return False
    limit = query.optional("limitCount")
    if limit is not None and number(limit) in {0, 1} and not query.number("limitOption"):
        return True
    if query.optional("setOperations") or query.nodes("groupClause"):
        return False
    sets = query.nodes("groupingSets")
    if sets:
        return len(sets) == 1 and sets[0].number("kind") == EMPTY_SET
    if query.flag("hasAggs") or query.optional("havingQual"):
        return True
    return _source_is_single(query, query.node("jointree"), outer)


# An INSERT of one row gives it back, unless a conflict may leave it out.
def _inserts_one(query: Node) -> bool:
    conflict = query.optional("onConflict")
    return not (query.flag("hasTargetSRFs") or query.node("jointree").nodes("fromlist")) and (
        conflict is None
        or (
            conflict.number("action") == ON_CONFLICT_UPDATE
            and conflict.optional("onConflictWhere") is None
        )
    )


def _passes_limit(query: Node) -> bool:
    limit, offset = query.optional("limitCount"), query.optional("limitOffset")
    if offset is not None and number(offset) != 0:
        return False
    if limit is None or (limit.tag == "CONST" and limit.flag("constisnull")):
        return True
    count = number(limit)
    return count is not None and count > 0


def gives_total(query: Node) -> bool:
    """Tell whether a query gives a row about no rows at all.

    It does without GROUP BY, and with an empty grouping set.
    """
    if query.nodes("groupingSets"):
        return all(may_be_empty(each) for each in query.nodes("groupingSets"))
    groups = query.flag("hasAggs") or query.optional("havingQual") is not None
    return groups and not query.nodes("groupClause")


def may_be_empty(grouping: Node) -> bool:
    """Tell whether a grouping set can be the empty one: (), ROLLUP, CUBE, or a list with such."""
    kind = grouping.number("kind")
    if kind == SETS:
        return any(map(may_be_empty, grouping.nodes("content")))
    return kind != SIMPLE_SET


def _some_arm_gives(prover: Prover, node: Node, scope: Scope) -> bool:
    if node.tag == "RANGETBLREF":
        return _entry_gives(prover, node.number("rtindex"), scope)
    return node.number("op") == UNION and any(
        _some_arm_gives(prover, node.node(side), scope) for side in ("larg", "rarg")
    )


def source_gives(prover: Prover, node: Node, scope: Scope) -> bool:
    """Tell whether a part of FROM always gives a row."""
    if node.tag == "RANGETBLREF":
        return _entry_gives(prover, node.number("rtindex"), scope)
    condition = node.optional("quals")
    if node.tag == "FROMEXPR":
        parts = node.nodes("fromlist")
        if condition is None or boolean(condition):
            return all(source_gives(prover, each, scope) for each in parts)
        if len(parts) == 1 and parts[0].tag == "RANGETBLREF":
            return _is_referenced(prover, parts[0].number("rtindex"), condition, scope)
        return False
    left = source_gives(prover, node.node("larg"), scope)
    right = source_gives(prover, node.node("rarg"), scope)
    match node.number("jointype"):
        case 0:  # INNER
            return left and right and (condition is None or bool(boolean(condition)))
        case 1:  # LEFT
            return left
        case 2:  # FULL
            return left or right
        case 3:  # RIGHT
            return right
        case _:
            return False


def _entry_gives(prover: Prover, number: int, scope: Scope) -> bool:
    entry = scope[-1].entry(number)
    if entry is None:
        return False
    kind = entry.number("rtekind")
    if kind == SUBQUERY:
        return at_least_one(prover, entry.node("subquery"), scope)
    if kind == CTE and not entry.flag("self_reference"):
        cte, around = prover.find_cte(entry, scope)
        return not cte.flag("cterecursive") and at_least_one(prover, cte.node("ctequery"), around)
    return kind == VALUES or (kind == FUNCTION and _is_one_value(entry))


def _is_one_value(entry: Node) -> bool:
    calls = [each.node("funcexpr") for each in entry.nodes("functions")]
    return len(calls) == 1 and calls[0].tag == "FUNCEXPR" and not calls[0].flag("funcretset")


def _source_is_single(query: Node, node: Node, outer: Scope) -> bool:
    """Tell whether a part of FROM never gives two rows."""
    if node.tag == "RANGETBLREF":
        entry = query.nodes("rtable")[node.number("rtindex") - 1]
        kind = entry.number("rtekind")
        if kind == SUBQUERY:
            return at_most_one(entry.node("subquery"), outer)
        if kind == VALUES:
            return len(entry.rows("values_lists")) == 1
        return kind == FUNCTION and _is_one_value(entry)
    if node.tag == "FROMEXPR":
        return all(_source_is_single(query, each, outer) for each in node.nodes("fromlist"))
    return node.number("jointype") in {INNER, LEFT, RIGHT} and all(
        _source_is_single(query, node.node(side), outer) for side in ("larg", "rarg")
    )


def always_finds(prover: Prover, join: Join, scope: Scope) -> bool:
    """Tell whether a left or right join finds a partner for every row that it keeps."""
    kind = join.node.number("jointype")
    if kind == FULL:
        return False
    optional = join.node.node("rarg" if kind == LEFT else "larg")
    condition = join.node.optional("quals")
    if condition is None or boolean(condition):
        return source_gives(prover, optional, scope)
    return optional.tag == "RANGETBLREF" and _is_referenced(
        prover, optional.number("rtindex"), condition, scope
    )


def _is_referenced(prover: Prover, target: int, condition: Node, scope: Scope) -> bool:
    """Tell whether a condition is a foreign key's own, so that it finds the row it refers to.

    No column of the key may be NULL; the referring columns may belong to a query around this one,
    or come out of a subquery. A condition that compares a row's columns with themselves finds the
    row itself.
    """
    entry = scope[-1].entry(target)
    if entry is None or not _is_whole_table(entry):
        return False
    sources: set[tuple[int, int]] = set()
    pairs: set[tuple[int, int, int]] = set()
    origins: set[tuple[int, bool, tuple[tuple[int, int], ...]]] = set()
    for conjunct in _conjuncts(condition):
        pair = _pair(conjunct, target)
        if pair is None:
            return False
        own, other = pair
        found = origin(prover, other, scope)
        if found is None or not _is_present(prover, other, scope):
            return False
        sources.add((other.number("varlevelsup"), other.number("varno")))
        origins.add((found.table, found.with_heirs, found.path))
        pairs.add((found.column, own.number("varattno"), conjunct.number("opno")))
    if len(sources) != 1 or len(origins) != 1:
        return False
    [(table, with_heirs, _)] = origins
    if table == entry.number("relid") and all(column == own for column, own, _ in pairs):
        return prover.catalog.is_own_equality({operator for *_, operator in pairs})
    [(level, relation)] = sources
    source = scope[-1 - level].entry(relation)
    return any(
        pairs <= key.pairs
        and (key.holds_in_heirs or not with_heirs)
        and (
            len(key.columns) == len(pairs)
            or (source is not None and _is_whole_key(prover, key, source, (level, relation), scope))
        )
        for key in prover.catalog.foreign_keys.get((table, entry.number("relid")), ())
    )


def _is_whole_key(
    prover: Prover, key: ForeignKey, source: Node, place: tuple[int, int], scope: Scope
) -> bool:
    """Tell whether no column of a key is NULL, those that the condition leaves out among them."""
    level, relation = place
    return source.number("rtekind") == TABLE and all(
        prover.tables.never_null(source, column)
        or scope[-1 - level].knows(Column(0, relation, column, frozenset()))
        for column in key.columns
    )


def _is_present(prover: Prover, var: Node, scope: Scope) -> bool:
    """Tell whether a referring column is not NULL in a row that the join keeps.

    Of a query around this one it must be so there: the condition itself does not prove it.
    """
    level = var.number("varlevelsup")
    return bool(prover.present(var.but("varlevelsup", 0), scope[: len(scope) - level]))


def _is_whole_table(entry: Node) -> bool:
    """Tell whether all rows of a table are seen: no security by row, no sample, no ONLY."""
    return (
        entry.number("rtekind") == TABLE
        and entry.text("relkind") in {"r", "p"}
        and entry.flag("inh")
        and not entry.nodes("securityQuals")
        and entry.optional("tablesample") is None
    )


def _conjuncts(condition: Node) -> list[Node]:
    if condition.tag == "BOOLEXPR" and condition.text("boolop") == "and":
        return [each for part in condition.nodes("args") for each in _conjuncts(part)]
    return [condition]


def _pair(conjunct: Node, target: int) -> tuple[Node, Node] | None:
    """Read an equality of a column of the target and one of another entry."""
    if conjunct.tag != "OPEXPR" or len(conjunct.nodes("args")) != 2:
        return None
    columns = [_column(each) for each in conjunct.nodes("args")]
    for own, other in (columns, columns[::-1]):
        if own is None or other is None:
            return None
        is_own = own.number("varlevelsup") == 0 and own.number("varno") == target
        is_other = other.number("varlevelsup") > 0 or other.number("varno") != target
        if is_own and is_other and own.number("varattno") > 0 and other.number("varattno") > 0:
            return own, other
    return None


def _column(expression: Node) -> Node | None:
    while expression.tag == "RELABELTYPE":
        expression = expression.node("arg")
    return expression if expression.tag == "VAR" else None
