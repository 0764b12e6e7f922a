"""No query reads a large table whole without saying why, and no index serves nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import psycopg
import pytest

from drawing import Draw
from plans import LARGE, Seen, Watcher
from populate import populate
from scratch import scratch
from sqltypist.describing import connect
from sqltypist.inferring import infer
from sqltypist.loading import load_folder
from taskspine.migrations.drafting import statements

if TYPE_CHECKING:
    from collections.abc import Generator

QUERIES = Path(__file__).parents[2] / "queries"
SCALE = float(os.environ.get("SCALE") or 0.12)

# How the comment of a query says that it reads tables whole, and why.
REASON = re.compile(r"Reads the whole of ([\w, ]+): \w")

# How the comment above an index says whom it serves, where no query shows it.
BY_HAND = re.compile(r"^-- By hand: ", re.MULTILINE)


class Watched:
    """What all queries do on a populated database."""

    def __init__(self, url: str) -> None:
        with connect(url) as (described, catalog):
            typed = [
                infer(each, described.describe(each), catalog) for each in load_folder(QUERIES)
            ]
        with psycopg.connect(url, autocommit=True) as connection:
            draw = Draw(connection, Random(7))
            watcher = Watcher(connection)
            self.seen: dict[str, Seen] = {}
            self.reasons: dict[str, set[str]] = {}
            for each in typed:
                found = self.reasons[each.query.name] = reasons(each.query.doc)
                # What reads large tables whole takes long, and does the same every time.
                self.seen[each.query.name] = watcher.watch(
                    each, draw.parameters, is_long=bool(found)
                )
            self.unneeded = watcher.unneeded_indexes()


def reasons(doc: str) -> set[str]:
    """Name the tables of which a comment says why they are read whole."""
    found = REASON.findall(" ".join(doc.split()))
    return {name for each in found for name in re.split(r", | and ", each)}


@pytest.fixture(scope="module")
def watched(pytestconfig: pytest.Config) -> Generator[Watched]:
    with scratch(pytestconfig).copy() as url:
        populate(url, scale=SCALE)
        yield Watched(url)


def test_no_large_table_is_read_whole_without_a_reason(watched: Watched) -> None:
    offenders = [
        f"{name} reads all of {table} with a plan for {' and for '.join(sorted(modes))}"
        for name, seen in watched.seen.items()
        for table, modes in seen.whole.items()
        if table not in watched.reasons[name]
    ]
    if offenders:
        offenders.append(
            f"A table of more than {LARGE} rows is read by an index, or the comment of the query "
            "says: Reads the whole of <table>: <why>."
        )
        pytest.fail("\n".join(offenders), pytrace=False)


def test_an_index_serves_a_query_or_a_rule(watched: Watched) -> None:
    used = {index for seen in watched.seen.values() for index in seen.indexes}
    explained = {
        each.key.name
        for each in statements()
        if each.key.kind == "index" and BY_HAND.search(each.text)
    }
    offenders = [
        f"{name} on {table} is used by no query"
        for name, table in watched.unneeded.items()
        if name not in used and name not in explained
    ]
    if offenders:
        offenders.append("Drop it, or say above it: By hand: <what it serves>.")
        pytest.fail("\n".join(offenders), pytrace=False)


def test_nearly_every_query_runs(watched: Watched) -> None:
    silent = {name: seen.refusals for name, seen in watched.seen.items() if not seen.runs}
    assert len(silent) <= len(watched.seen) / 10, silent


def test_a_reason_names_its_tables() -> None:
    doc = "List all.\nReads the whole of tasks and\nevents: it is about all of them."
    assert reasons(doc) == {"tasks", "events"}
