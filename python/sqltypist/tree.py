"""Parses the text in which PostgreSQL prints a query tree.

The text is made of nodes `{TAG :field value ...}`, lists `( ... )`, lists of integers `(i 1 2)` and
of object ids `(o 1 2)`, sets `(b 1 3)`, strings, `<>` for nothing, and backslashes before what
would be misread. A constant's bytes, `4 [ 0 1 0 0 ]`, are passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = "Node | list[Value] | frozenset[int] | int | str | bool | None"

_TOKEN = re.compile(r'[(){}]|"(?:\\[\s\S]|[^"\\])*"|(?:\\[\s\S]|[^\s(){}\\])+')
_INTEGER = re.compile(r"-?\d+")
_ESCAPE = re.compile(r"\\([\s\S])")


class TreeError(Exception):
    """The tree is not as this version of the analysis knows it."""


class Node:
    """One node: its tag and its fields, each read by the type that it must have."""

    __slots__ = ("fields", "tag")

    def __init__(self, tag: str, fields: dict[str, Value]) -> None:
        self.tag = tag
        self.fields = fields

    def __repr__(self) -> str:
        return f"{{{self.tag} {self.fields}}}"

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def but(self, name: str, value: Value) -> Node:
        """Give the same node with one field of another value."""
        fields = dict(self.fields)
        fields[name] = value
        return Node(self.tag, fields)

    def _wrong(self, name: str) -> TreeError:
        return TreeError(f"{self.tag}.{name} is {self.fields.get(name, 'missing')!r:.60}")

    def optional(self, name: str) -> Node | None:
        """Give a field that is a node or nothing."""
        value = self.fields.get(name)
        if value is None or isinstance(value, Node):
            return value
        raise self._wrong(name)

    def node(self, name: str) -> Node:
        """Give a field that is a node."""
        value = self.fields.get(name)
        if isinstance(value, Node):
            return value
        raise self._wrong(name)

    def nodes(self, name: str) -> list[Node]:
        """Give a field that is a list of nodes; nothing is an empty list."""
        value = self.fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            nodes = [each for each in value if isinstance(each, Node)]
            if len(nodes) == len(value):
                return nodes
        raise self._wrong(name)

    def rows(self, name: str) -> list[list[Node]]:
        """Give a field that is a list of lists of nodes."""
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise self._wrong(name)
        return [Node("ROW", {"row": each}).nodes("row") for each in value]

    def number(self, name: str) -> int:
        """Give a field that is a number."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(name)

    def flag(self, name: str) -> bool:
        """Give a field that is true or false."""
        value = self.fields.get(name)
        if isinstance(value, bool):
            return value
        raise self._wrong(name)

    def text(self, name: str) -> str | None:
        """Give a field that is text or nothing."""
        value = self.fields.get(name)
        return value if value is None or isinstance(value, str) else str(value)

    def members(self, name: str) -> frozenset[int]:
        """Give a field that is a set of numbers."""
        value = self.fields.get(name)
        if isinstance(value, frozenset):
            return value
        raise self._wrong(name)

    def children(self) -> Iterator[Node]:
        """Give the nodes right below this one."""
        for value in self.fields.values():
            yield from _nodes(value)


def _nodes(value: Value) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def parse(text: str) -> list[Node]:
    """Parse a printed list of query trees."""
    try:
        value = _Parser(text).value()
    except IndexError:
        raise TreeError("the tree ends too early") from None
    return Node("TREES", {"trees": value}).nodes("trees")


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def take(self) -> str:
        word: str = self.tokens[self.at]
        self.at += 1
        return word

    def peek(self) -> str:
        word: str = self.tokens[self.at]
        return word

    def value(self) -> Value:
        word = self.take()
        if word == "{":
            return self.node()
        if word == "(":
            return self.items()
        if word in {")", "}"}:
            raise TreeError(f"a value was expected, not {word!r}")
        return _scalar(word)

    def node(self) -> Node:
        node = Node(self.take(), {})
        while self.peek() != "}":
            name = self.take()
            if not name.startswith(":"):
                raise TreeError(f"a field of {node.tag} was expected, not {name!r:.60}")
            node.fields[name[1:]] = self.constant() if name == ":constvalue" else self.value()
        self.take()
        return node

    def constant(self) -> Value:
        if self.take() != "<>":
            while self.take() != "]":
                pass
        return None

    def items(self) -> Value:
        kind = self.peek()
        if kind in {"b", "i", "o", "x"}:
            self.take()
            numbers: list[Value] = []
            members: set[int] = set()
            while (word := self.take()) != ")":
                numbers.append(int(word))
                members.add(int(word))
            return frozenset(members) if kind == "b" else numbers
        values: list[Value] = []
        while self.peek() != ")":
            values.append(self.value())
        self.take()
        return values


def _scalar(word: str) -> Value:
    if word == "<>":
        return None
    if word.startswith('"'):
        return _ESCAPE.sub(r"\1", word[1:-1])
    if _INTEGER.fullmatch(word):
        return int(word)
    if word in {"true", "false"}:
        return word == "true"
    return _ESCAPE.sub(r"\1", word)
