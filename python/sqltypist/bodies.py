"""Reads the bodies of the project's own functions in SQL, as query trees.

A body is parsed like a query, its arguments being parameters. One that cannot be read without doubt
is left out: nothing is known of what the function gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqltypist.catalog import Catalog, Function
    from sqltypist.tree import Node

Signature: TypeAlias = "tuple[int, tuple[int, ...]]"
"""A function, and the types of its arguments in a call."""
_ATOMIC = re.compile(r"^\s*BEGIN\s+ATOMIC\s+(?P<body>.*?);?\s*END\s*$", re.IGNORECASE | re.DOTALL)
_RETURN = re.compile(r"^\s*RETURN\s+(?P<value>.*)$", re.IGNORECASE | re.DOTALL)
# What is no name, then a name with what qualifies it.
_PIECE = re.compile(
    r"""
      (?P<other> --[^\n]* | /\*[\s\S]*?\*/ | \b[eE]'(?:[^'\\]|\\[\s\S]|'')*' | '(?:[^']|'')*'
        | \$(?P<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$(?(tag)(?P=tag))\$ | \$\d+ )
    | (?P<name> (?:(?P<before>[A-Za-z_]\w*|"(?:[^"]|"")+")\s*\.\s*)*
        (?P<last>[A-Za-z_]\w*|"(?:[^"]|"")+") )
    """,
    re.VERBOSE,
)


class Bodies:
    """The bodies of functions, each read once."""

    def __init__(
        self, catalog: Catalog, parse: Callable[[str, Sequence[int], str], Node | None]
    ) -> None:
        self._catalog = catalog
        self._parse = parse
        self._found: dict[Signature, Node | None] = {}

    def used_by(self, tree: Node) -> dict[Signature, Node]:
        """Give the bodies of the functions that a tree calls, and of those that they call."""
        found: dict[Signature, Node] = {}
        waiting = [tree]
        while waiting:
            for node in waiting.pop().descendants():
                if node.tag != "FUNCEXPR":
                    continue
                key = signature(node, self._catalog)
                body = self._of(key) if key not in found else None
                if body is not None:
                    found[key] = body
                    waiting.append(body)
        return found

    def _of(self, key: Signature) -> Node | None:
        function = self._catalog.functions.get(key[0])
        if function is None or function.is_builtin or function.body is None:
            return None
        if key not in self._found:
            self._found[key] = self._read(function, function.body, key[1])
        return self._found[key]

    def _read(self, function: Function, body: str, types: Sequence[int]) -> Node | None:
        if function.has_other_settings or len(types) < len(function.argument_types) or 0 in types:
            return None
        text = numbered(_statement(body), function.name, function.argument_names)
        tree = self._parse(text, types, function.search_path)
        if tree is None or text == body:
            return tree
        # A column hides an argument of its name: then the body means another thing.
        columns = {
            name
            for node in (tree, *tree.descendants())
            if node.tag == "ALIAS"
            for name in node.strings("colnames")
        }
        return None if columns & set(function.argument_names) else tree


def signature(call: Node, catalog: Catalog) -> Signature:
    """Give what tells the body of a call from others: the types that polymorphic arguments have."""
    oid = call.number("funcid")
    function = catalog.functions.get(oid)
    declared = function.argument_types if function else ()
    given = [each.type_oid for each in call.nodes("args")]
    found: list[int] = []
    for place, each in enumerate(declared):
        of = catalog.types.get(each)
        if of is not None and not of.name.startswith("any"):
            found.append(each)
        else:
            found.append(given[place] if place < len(given) else 0)
    return oid, tuple(found)


def _statement(body: str) -> str:
    atomic = _ATOMIC.match(body)
    if atomic:
        return atomic["body"]
    value = _RETURN.match(body)
    return f"SELECT {value['value']}" if value else body


def numbered(body: str, function: str, names: Sequence[str]) -> str:
    """Write a body with $1, $2, ... for the names of the arguments.

    A name that is not an argument's own, as in `table.name` or `AS name`, makes the text invalid or
    is left as it is.
    """
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1) if name}

    def replace(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match.group()
        *before, last = (_folded(each) for each in re.split(r"\s*\.\s*", match["name"]))
        called = body[match.end() :].lstrip().startswith("(")
        if last not in numbers or called or before not in ([], [function]):
            return match.group()
        return numbers[last]

    return _PIECE.sub(replace, body)


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
