"""The text of a query tree is read back as it was meant."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist.loading import Query
from sqltypist.tree import Node, TreeError, parse, unknown_tags

if TYPE_CHECKING:
    from pathlib import Path

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Connection


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


@pytest.mark.parametrize(
    "text",
    [
        "({A :b 1)",
        "({A :b 1}",
        "({A :b {C :d (}})",
        "({A :b (i 1 x)})",
        "({A :b (b 1 2})",
        "({A :constvalue 4 [ 1 2})",
        "({A :b 1}) ({A :b 1})",
        "{",
        ")",
        "}",
        "(",
        "{A :b",
        "\\",
        "(5)",
        "({A :b 1 2})",
    ],
)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(TreeError):
        parse(text)


def test_random_garbage_is_a_tree_or_refused() -> None:
    dice = random.Random(11)
    words = [
        "{",
        "}",
        "(",
        ")",
        ":a",
        ":constvalue",
        "[",
        "]",
        "<>",
        "b",
        "i",
        "-7",
        '"',
        '"x"',
        "\\",
    ]
    words += ["{A", "A", "\\ ", "\\{", "true", "1.5", "\n", "é"]
    refused = 0
    for _ in range(20_000):
        text = " ".join(dice.choices(words, k=dice.randrange(1, 12)))
        try:
            parse(f"({{A {text}}})" if dice.random() < 0.5 else text)
        except TreeError:
            refused += 1
    assert refused > 10_000


def test_a_cut_tree_is_refused_wherever_it_is_cut() -> None:
    text = r'({A :b {C :d (1 "x\ y" <>) :e (b 1 2)} :f \<> :constvalue 4 [ 1 2 ] :g ({H} {I})})'
    [whole] = parse(text)
    assert [each.tag for each in whole.nodes("g")] == ["H", "I"]
    for end in range(len(text)):
        with pytest.raises(TreeError):
            parse(text[:end])


def test_a_deep_tree_takes_no_stack() -> None:
    depth = 50_000
    node: Node | None = one("{A :b " * depth + "<>" + "}" * depth)
    for _ in range(depth):
        assert node is not None
        node = node.optional("b")
    assert node is None
    [list_] = parse("({A :b " + "(" * depth + ")" * depth + "})")
    assert list_.tag == "A"


def test_a_large_tree_is_read_in_little_time() -> None:
    """A megabyte takes less than a second even where much else runs; time grows with the size."""
    text = (
        "("
        + "{OPEXPR :opno 96 :args ({VAR :varno 1 :varnullingrels (b 1 2) :s a\\ b})} " * 15_000
        + ")"
    )
    assert len(text) > 1_000_000
    started = time.process_time()
    assert len(parse(text)) == 15_000
    assert time.process_time() - started < 5


NAMES = [
    "plain",
    'a {b} ""c"" \\d',
    "(b 1 2)",
    "<>",
    "5",
    "-5",
    "true",
    "{",
    ")",
    '""',
    '""x',
    'x""',
    " leading and trailing ",
    "line\nend and\ttab",
    ":varno 1",
    "[ 1 2 ]",
    "日本 é",
    "\\",
    "\\\\n",
    "b",
    "(" * 63,
    "\\" * 60,
    "s p" * 20,
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_kind_come_back_as_the_server_had_them(
    described: tuple[Connection, Catalog], tmp_path: Path, name: str
) -> None:
    """As the alias of a column, of a table, of a WITH query, and in a string."""
    plain = name.replace('""', '"')
    sql = (
        f'WITH "{name}" AS (SELECT 1 AS "{name}") SELECT "{name}"."{name}" AS "{name}" '
        f"FROM \"{name}\" WHERE {psycopg.sql.quote(plain)} <> ''"
    )
    source = f"-- name: a()\n{sql}"
    query = Query("a", "", tmp_path, 1, source, "", (), sql)
    description = described[0].describe(query)
    assert description.warning == ""
    assert description.tree is not None
    if "\n" in plain:  # the one that does not come back
        return
    [target] = description.tree.nodes("targetList")
    assert target.text("resname") == plain == description.columns[0].name
    [cte] = description.tree.nodes("cteList")
    [entry] = description.tree.nodes("rtable")
    assert cte.text("ctename") == entry.text("ctename") == plain
    assert entry.node("eref").text("aliasname") == plain
    assert unknown_tags(description.tree) == set()


def test_unknown_nodes_are_named_and_utility_statements_passed_over() -> None:
    assert unknown_tags(one("{QUERY :a ({VAR} ({NEWVAR}) {CONST :b {NEWER}})}")) == {
        "NEWVAR",
        "NEWER",
    }
    assert unknown_tags(one("{QUERY :utilityStmt {EXPLAINSTMT :query {SELECTSTMT}}}")) == set()
