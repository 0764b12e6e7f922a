"""The text of a query tree is read back as it was meant."""

from __future__ import annotations

import pytest

from sqltypist.tree import Node, TreeError, parse


def one(text: str) -> Node:
    [node] = parse(f"({text})")
    return node


def test_fields_have_their_types() -> None:
    node = one("{VAR :varno 1 :location -1 :inh true :alias <> :varnullingrels (b 3 5)}")
    assert (node.tag, node.number("varno"), node.number("location")) == ("VAR", 1, -1)
    assert node.flag("inh") is True
    assert node.optional("alias") is None
    assert node.members("varnullingrels") == {3, 5}


def test_lists_of_nodes_and_of_rows() -> None:
    node = one("{RTE :args ({A} {B :x 1}) :values_lists (({A}) ({B})) :none <> :oids (o 23 25)}")
    assert [each.tag for each in node.nodes("args")] == ["A", "B"]
    assert [[each.tag for each in row] for row in node.rows("values_lists")] == [["A"], ["B"]]
    assert node.nodes("none") == []
    assert [each.tag for each in node.children()] == ["A", "B", "A", "B"]


def test_names_that_look_like_something_else() -> None:
    node = one(r'{T :a :b :c \<> :d \12 :e a\ b\(c\) :f "q\"x" :g "" :h truely}')
    assert node.text("a") == ":b"
    assert node.text("c") == "<>"
    assert node.text("d") == "12"
    assert node.text("e") == "a b(c)"
    assert node.text("f") == 'q"x'
    assert node.text("g") == ""
    assert node.text("h") == "truely"


def test_bytes_of_a_constant_are_passed_over() -> None:
    node = one("{CONST :constisnull false :constvalue 4 [ 1 0 -128 0 ] :after 7}")
    assert node.number("after") == 7
    assert one("{CONST :constvalue <> :after 8}").number("after") == 8


@pytest.mark.parametrize("text", ["({A :b", "({A b 1})", "{A}", "({A :b )})", ""])
def test_what_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(TreeError):
        parse(text)


def test_a_field_of_another_type_is_refused() -> None:
    node = one("{A :b 1}")
    for read in (node.node, node.nodes, node.rows, node.flag, node.members, node.optional):
        with pytest.raises(TreeError, match=r"A\.b is 1"):
            read("b")
    with pytest.raises(TreeError, match="missing"):
        node.number("c")
