"""Reads the few constants on which a proof may rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqltypist.tree import Node

BOOL, INT8, INT2, INT4, TEXT = 16, 20, 21, 23, 25
_CASTS = frozenset({1, 2})


def _bytes(node: Node) -> bytes | None:
    value = node.text("constvalue") if node.tag == "CONST" else None
    return bytes(int(each) & 0xFF for each in value.split()) if value else None


def bare(node: Node) -> Node:
    """Take the casts off an expression."""
    while True:
        if node.tag in {"RELABELTYPE", "COERCEVIAIO", "COLLATEEXPR"}:
            node = node.node("arg")
        elif (
            node.tag == "FUNCEXPR"
            and node.number("funcformat") in _CASTS
            and len(node.nodes("args")) == 1
        ):
            [node] = node.nodes("args")
        else:
            return node


def uncast(node: Node) -> Node:
    """Take off the casts that give NULL for NULL alone."""
    while node.tag in {"RELABELTYPE", "COERCEVIAIO", "COLLATEEXPR", "COERCETODOMAIN"}:
        node = node.node("arg")
    return node


def boolean(node: Node) -> bool | None:
    """Give the value of a constant of type boolean; else nothing."""
    value = _bytes(node)
    if value is None or node.number("consttype") != BOOL:
        return None
    return any(value)


def number(node: Node) -> int | None:
    """Give the value of an integer constant, cast or not; else nothing."""
    node = bare(node)
    value = _bytes(node)
    if value is None or node.number("consttype") not in {INT2, INT4, INT8}:
        return None
    return int.from_bytes(value[: node.number("constlen")], "little", signed=True)


def text(node: Node) -> str | None:
    """Give the value of a constant of type text; else nothing."""
    node = bare(node)
    value = _bytes(node)
    if value is None or node.number("consttype") != TEXT:
        return None
    return value[4:].decode("utf-8", "replace")


def item_count(array: Node) -> int | None:
    """Give how many elements an array that is written out has; else nothing.

    For a constant, only whether it has any: 0 or 1.
    """
    while array.tag in {"RELABELTYPE", "ARRAYCOERCEEXPR"}:
        array = array.node("arg")
    if array.tag == "ARRAYEXPR":
        return None if array.flag("multidims") else len(array.nodes("elements"))
    value = _bytes(array)
    if value is None or array.number("constlen") != -1 or len(value) < 8:
        return None
    # A varlena: its length, then the number of dimensions.
    return min(1, int.from_bytes(value[4:8], "little", signed=True))


def has_null_item(array: Node) -> bool | None:
    """Tell whether a constant array has a NULL among its elements; nothing when it is not seen."""
    value = _bytes(array)
    if value is None or array.number("constlen") != -1 or len(value) < 12:
        return None
    # After the number of dimensions: where the elements begin, if a bitmap of NULLs comes before.
    return int.from_bytes(value[8:12], "little", signed=True) != 0


# Types whose values are equal only when their bytes are.
_BY_BYTES = frozenset({16, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 2950})
_FIRST_OF_USERS = 16384


def value(node: Node) -> str | None:
    """Give what tells a constant from others of its type; nothing of a type where bytes do not."""
    while node.tag == "RELABELTYPE":
        node = node.node("arg")
    bytes_ = node.text("constvalue") if node.tag == "CONST" else None
    if bytes_ is None:
        return None
    kind = node.number("consttype")
    if kind not in _BY_BYTES and kind < _FIRST_OF_USERS:
        return None
    if kind >= _FIRST_OF_USERS and not (node.flag("constbyval") and node.number("constlen") == 4):
        return None  # of the types of users, enums are so
    return f"{kind}: {bytes_}"


def values(array: Node) -> frozenset[str] | None:
    """Give the constants of an array that is written out; nothing when one is none."""
    while array.tag in {"RELABELTYPE", "ARRAYCOERCEEXPR"}:
        array = array.node("arg")
    if array.tag != "ARRAYEXPR" or array.flag("multidims"):
        return None
    found = [value(each) for each in array.nodes("elements")]
    return frozenset(each for each in found if each) if found and all(found) else None
