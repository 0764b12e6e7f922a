"""Query files read alike: in alphabetical order, named by a verb that says what they give."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from sqltypist.loading import Query, load_folder

QUERIES = load_folder(Path(__file__).parents[2] / "queries")

ONE, MANY, VALUE, NUMBER, NUMBER_OF_MANY = "^", "", "$", "!", "*!"
READS = {
    "get": {ONE},
    "list": {MANY},
    "search": {MANY},
    "preview": {MANY},
    "count": {VALUE},
    "is": {VALUE},
    "has": {VALUE},
}
# What changes rows gives them as they now are: one or none, or those of several.
CHANGES = {
    "acknowledge", "add", "archive", "claim", "complete", "compute", "create", "evaluate", "fail",
    "heartbeat", "make", "reap", "receive", "record", "register", "release", "reopen",
    "request", "resolve", "restore", "retry", "revert", "revoke", "rotate", "run", "seal",
    "send", "set", "skip", "start", "suppress", "take", "tick", "update", "verify",
}  # fmt: skip
# What is done for a caller's own bookkeeping may give a number.
BULK = {
    "delete": {NUMBER},
    "erase": {NUMBER},
    "import": {ONE, MANY, NUMBER},
    "load": {NUMBER_OF_MANY},
    "lock": {MANY, NUMBER},
    "refresh": {MANY, NUMBER, VALUE},
    "remove": {NUMBER},
}


def test_a_name_is_of_one_query() -> None:
    counts = Counter(query.name for query in QUERIES)
    assert [name for name, count in counts.items() if count > 1] == []


def test_the_queries_of_a_file_are_in_alphabetical_order() -> None:
    for path, queries in groupby(QUERIES, key=lambda query: query.path):
        names = [query.name for query in sorted(queries, key=lambda query: query.line)]
        assert names == sorted(names), path


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_has_the_operator_of_its_verb(query: Query) -> None:
    verb = query.name.split("_")[0]
    wanted = READS | BULK | {change: {ONE, MANY} for change in CHANGES}
    assert verb in wanted, (
        f"{verb}_ is no verb of the house: take one of {', '.join(sorted(wanted))}"
    )
    if verb == "count" and "_by_" in query.name:
        assert query.operator == MANY
    else:
        assert query.operator in wanted[verb]
    if verb in CHANGES:
        changes = r"\b(INSERT INTO|UPDATE|DELETE FROM)\b"
        assert not re.search(changes, query.text) or "RETURNING" in query.text


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_says_what_it_gives(query: Query) -> None:
    assert re.match(r"[A-Z][^.]*\.", query.doc), "its comment becomes the docstring"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_names_its_columns(query: Query) -> None:
    code = re.sub(r"--[^\n]*|'(?:[^']|'')*'|count\(\*\)", "", query.text)
    assert not re.search(r"(SELECT|RETURNING|,)\s+(\w+\.)?\*", code)


@pytest.mark.parametrize(
    "query", [query for query in QUERIES if query.operator == MANY], ids=lambda query: query.name
)
def test_a_list_is_in_order(query: Query) -> None:
    # A function that lists gives its rows in the order of its own.
    in_order = r"\bORDER BY\b|\bFROM list_\w+\("
    if query.name.split("_")[0] in {"list", "search"}:
        assert re.search(in_order, query.text), "rows come in a total order"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_leaves_the_transaction_alone(query: Query) -> None:
    assert not re.search(r"\b(BEGIN|COMMIT|ROLLBACK|SAVEPOINT)\b", query.text)
