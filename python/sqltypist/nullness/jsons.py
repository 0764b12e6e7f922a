"""The standard's functions on JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqltypist.nullness.verdict import Verdict, all_of, no, yes

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope
    from sqltypist.tree import Node

EXISTS: Final = 0
QUERY: Final = 1
OBJECT: Final = 1
ARRAY: Final = 2
AGGREGATES: Final = frozenset({3, 4})
STRICT: Final = frozenset({5, 6, 7})
"""JSON(), JSON_SCALAR() and JSON_SERIALIZE()."""

# What is done on empty or on error.
RAISES: Final = 1
UNKNOWN_ON_ERROR: Final = 5
_GIVES_DOCUMENT: Final = frozenset({2, 6, 7})
DEFAULT: Final = 8

_DOCUMENTS = frozenset({114, 3802})


def constructor(prover: Prover, node: Node, scope: Scope) -> Verdict:
    """JSON_OBJECT and JSON_ARRAY always build one; the aggregates are judged as such."""
    kind = node.number("type")
    if kind in {OBJECT, ARRAY}:
        return yes("JSON_OBJECT and JSON_ARRAY always give a document")
    if kind in AGGREGATES:
        return prover.present(node.optional("func"), scope)
    if kind in STRICT:
        return all_of("JSON()", [prover.present(each, scope) for each in node.nodes("args")])
    return no("nothing is known of this constructor")


def value(prover: Prover, node: Node, scope: Scope) -> Verdict:
    """JSON_EXISTS, JSON_QUERY and JSON_VALUE; the last gives NULL for JSON's null."""
    for part in ("formatted_expr", "path_spec"):
        found = prover.present(node.optional(part), scope)
        if not found:
            return found
    kind = node.number("op")
    error = node.optional("on_error")
    if kind == EXISTS:
        if error is not None and error.number("btype") == UNKNOWN_ON_ERROR:
            return no("JSON_EXISTS is UNKNOWN on error")
        return yes("JSON_EXISTS is true or false")
    if (
        kind == QUERY
        and node.node("returning").number("typid") in _DOCUMENTS
        and _gives(prover, node.optional("on_empty"), scope)
        and _gives(prover, error, scope)
    ):
        return yes("JSON_QUERY gives a document or an error")
    return no("the document may lack it")


def _gives(prover: Prover, behavior: Node | None, scope: Scope) -> bool:
    if behavior is None:
        return False
    kind = behavior.number("btype")
    return (
        kind == RAISES
        or kind in _GIVES_DOCUMENT
        or (kind == DEFAULT and bool(prover.present(behavior.optional("expr"), scope)))
    )


def inner(prover: Prover, node: Node, scope: Scope) -> Verdict:
    """Judge a document in a certain format."""
    return prover.present(node.optional("formatted_expr"), scope)


def predicate(prover: Prover, node: Node, scope: Scope) -> Verdict:
    """IS JSON, NULL for NULL."""
    return prover.present(node.optional("expr"), scope)
