"""Parses the text in which PostgreSQL prints a query tree.

The text is made of nodes `{TAG :field value ...}`, lists `( ... )`, lists of integers `(i 1 2)` and
of object ids `(o 1 2)`, sets `(b 1 3)`, strings, `<>` for nothing, and backslashes before what
would be misread. A constant's bytes, `4 [ 0 1 0 0 ]`, are kept as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = "Node | list[Value] | frozenset[int] | int | str | bool | None"

_TOKEN = re.compile(r"[(){}]|(?:[^\s(){}\\]+|\\[\s\S])+")
_NUMBERS = frozenset({"b", "i", "o", "x"})
"""What begins a list of numbers; a word in another list would stand in quotes."""
_WORDS: dict[str, Value] = {"<>": None, "true": True, "false": False}
_BRACKETS = frozenset("(){}")
_LOGGED_LINE = 78
_INTEGER = re.compile(r"-?\d+")
_ESCAPE = re.compile(r"\\([\s\S])")


BOOL = 16
_BOOLEAN = frozenset(
    {
        "BOOLEANTEST", "BOOLEXPR", "DISTINCTEXPR", "JSONISPREDICATE", "NULLTEST", "ROWCOMPAREEXPR",
        "SCALARARRAYOPEXPR",
    }
)  # fmt: skip
# Where the kinds of expressions keep the type of their value.
_TYPE_FIELDS = (
    "vartype", "consttype", "paramtype", "funcresulttype", "opresulttype", "aggtype", "wintype",
    "coalescetype", "casetype", "array_typeid", "minmaxtype", "row_typeid", "refrestype",
    "resulttype",
)  # fmt: skip


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

    def items(self, name: str) -> list[Node | None]:
        """Give a field that is a list of nodes and of nothing; nothing is an empty list."""
        value = self.fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            items = [each for each in value if each is None or isinstance(each, Node)]
            if len(items) == len(value):
                return items
        raise self._wrong(name)

    def numbers(self, name: str) -> list[int]:
        """Give a field that is a list of numbers; nothing is an empty list."""
        value = self.fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            numbers = [each for each in value if isinstance(each, int)]
            if len(numbers) == len(value):
                return numbers
        raise self._wrong(name)

    def strings(self, name: str) -> list[str]:
        """Give a field that is a list of names; nothing is an empty list."""
        value = self.fields.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return ["" if each is None else str(each) for each in value]
        raise self._wrong(name)

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
        if isinstance(value, bool):  # a name may be true, too
            return "true" if value else "false"
        if value is None or isinstance(value, str | int):
            return value if value is None else str(value)
        raise self._wrong(name)

    def members(self, name: str) -> frozenset[int]:
        """Give a field that is a set of numbers."""
        value = self.fields.get(name)
        if isinstance(value, frozenset):
            return value
        raise self._wrong(name)

    @property
    def type_oid(self) -> int:
        """The type of an expression's value; 0 where the node does not say it."""
        if self.tag in _BOOLEAN:
            return BOOL
        for name in _TYPE_FIELDS:
            if name in self.fields:
                return self.number(name)
        return 0

    def children(self) -> Iterator[Node]:
        """Give the nodes right below this one."""
        for value in self.fields.values():
            if isinstance(value, Node):
                yield value
            elif isinstance(value, list):
                yield from _nodes(value)

    def descendants(self) -> Iterator[Node]:
        """Give all nodes below this one, each before those below it."""
        below = [*self.children()][::-1]
        while below:
            node = below.pop()
            yield node
            below += [*node.children()][::-1]


def _nodes(values: list[Value]) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list):
            yield from _nodes(value)


def parse(text: str) -> list[Node]:
    """Parse a list of query trees as the server logs it; raises TreeError where it is none."""
    values = _values(_unwrapped(text))
    if len(values) != 1:
        raise TreeError(f"one list was expected, not {len(values)}")
    return Node("TREES", {"trees": values[0]}).nodes("trees")


def parse_one(text: str) -> Value:
    """Parse one printed value, be it a node or a list; raises TreeError where it is none."""
    values = _values(text)
    if len(values) != 1:
        raise TreeError(f"one value was expected, not {len(values)}")
    return values[0]


def unknown_tags(tree: Node) -> set[str]:
    """Give the tags of nodes that no server has that this was written for.

    A utility statement, such as EXPLAIN, holds a statement as it was before its analysis: it is
    passed over.
    """
    found: set[str] = set()
    below = [tree]
    while below:
        node = below.pop()
        found.add(node.tag)
        if node.fields.get("utilityStmt") is None:
            below += node.children()
    return found - KNOWN_TAGS


def _unwrapped(text: str) -> str:
    """Undo the wrapping of a logged tree.

    The server puts a line end in the place of the last space in 78 bytes, be it a space in a name
    or not, and breaks a word of more bytes in two. (A line end in a name comes back as a space.)
    """
    lines = text.split("\n")
    ends = ("" if _is_cut(line) else " " for line in lines)
    return "".join(part for pair in zip(lines, ends, strict=True) for part in pair)


def _is_cut(line: str) -> bool:
    return len(line) <= _LOGGED_LINE == len(line.encode()) and " " not in line[1:]


def _values(text: str) -> list[Value]:
    """Read the values one after another, without recursion: a tree may be thousands deep."""
    words: list[str] = _TOKEN.findall(text)
    try:
        return _read(words)
    except (IndexError, ValueError):  # a word was awaited, or the end of a list
        raise TreeError("the tree ends too early, or has a word where a number belongs") from None


def _read(words: list[str]) -> list[Value]:
    root: list[Value] = []
    node, items, name = None, root, ""  # the node and its field, or the list, that is being read
    above: list[tuple[Node | None, list[Value]]] = []
    at = 0
    while at < len(words) or above:
        word = words[at]
        if above and word == (")" if node is None else "}") and not name:
            node, items = above.pop()
            at += 1
        elif node is not None and not name:
            if not word.startswith(":"):
                raise TreeError(f"a field of {node.tag} was expected, not {word!r:.60}")
            if word == ":constvalue":
                node.fields["constvalue"], at = _bytes(words, at + 1)
            else:
                name, at = word[1:], at + 1
        else:
            value: Value
            inside: Node | list[Value] | None = None
            if word in _BRACKETS:
                value, inside, at = _opened(words, at)
            else:
                value, at = _scalar(word), at + 1
            if node is None:
                items.append(value)
            else:
                node.fields[name] = value
                name = ""
            if inside is not None:
                above.append((node, items))
                node, items = (inside, items) if isinstance(inside, Node) else (None, inside)
    return root


def _opened(words: list[str], at: int) -> tuple[Value, Node | list[Value] | None, int]:
    """Give a value in brackets, the same when it is yet to be filled, and where words go on."""
    word = words[at]
    if word == "{":
        node = Node(words[at + 1], {})
        return node, node, at + 2
    if word == "(" and words[at + 1] in _NUMBERS:
        end = words.index(")", at)
        numbers = [int(each) for each in words[at + 2 : end]]
        return frozenset(numbers) if words[at + 1] == "b" else [*numbers], None, end + 1
    if word == "(":
        items: list[Value] = []
        return items, items, at + 1
    raise TreeError(f"a value was expected, not {word!r}")


def _bytes(words: list[str], at: int) -> tuple[str | None, int]:
    """Give the bytes of a constant, `4 [ 0 1 0 0 ]`, as text, and where the words go on."""
    if words[at] == "<>":
        return None, at + 1
    end = words.index("]", at)
    return " ".join(words[at + 2 : end]), end + 1


def _scalar(word: str) -> Value:
    if word in _WORDS:
        return _WORDS[word]
    if word[0] == '"':  # a string among others; it ends in a quote, and has no space inside
        word = word[1:-1]
    elif _INTEGER.fullmatch(word):
        return int(word)
    return _ESCAPE.sub(r"\1", word) if "\\" in word else word


# Every node that servers 16 to 18 print in the tree of a statement.
KNOWN_TAGS = frozenset(
    {
        "AGGREF", "ALIAS", "ALTERNATIVESUBPLAN", "ARRAYCOERCEEXPR", "ARRAYEXPR",
        "BOOLEANTEST", "BOOLEXPR", "CASE", "CASEEXPR", "CASETESTEXPR", "CASEWHEN",
        "COALESCE", "COALESCEEXPR", "COERCETODOMAIN", "COERCETODOMAINVALUE",
        "COERCEVIAIO", "COLLATEEXPR", "COMMONTABLEEXPR", "CONST", "CONVERTROWTYPEEXPR",
        "CTECYCLECLAUSE", "CTESEARCHCLAUSE", "CURRENTOFEXPR", "DISTINCTEXPR",
        "FIELDSELECT", "FIELDSTORE", "FROMEXPR", "FUNCEXPR", "GROUPINGFUNC",
        "GROUPINGSET", "INFERENCEELEM", "JOINEXPR", "JSONBEHAVIOR", "JSONCONSTRUCTOREXPR",
        "JSONEXPR", "JSONFORMAT", "JSONISPREDICATE", "JSONRETURNING", "JSONTABLEPATH",
        "JSONTABLEPATHSCAN", "JSONTABLESIBLINGJOIN", "JSONVALUEEXPR", "MERGEACTION",
        "MERGESUPPORTFUNC", "MINMAXEXPR", "NAMEDARGEXPR", "NEXTVALUEEXPR", "NULLIFEXPR",
        "NULLTEST", "ONCONFLICTEXPR", "OPEXPR", "PARAM", "QUERY", "RANGETBLENTRY",
        "RANGETBLFUNCTION", "RANGETBLREF", "RELABELTYPE", "RETURNINGEXPR",
        "ROWCOMPAREEXPR", "ROWEXPR", "ROWMARKCLAUSE", "RTEPERMISSIONINFO",
        "SCALARARRAYOPEXPR", "SETOPERATIONSTMT", "SETTODEFAULT", "SORTGROUPCLAUSE",
        "SQLVALUEFUNCTION", "SUBLINK", "SUBPLAN", "SUBSCRIPTINGREF", "TABLEFUNC",
        "TABLESAMPLECLAUSE", "TARGETENTRY", "VAR", "WINDOWCLAUSE", "WINDOWFUNC",
        "WITHCHECKOPTION", "XMLEXPR",
    }
)  # fmt: skip
