"""Find out by experiment which built-in functions give no NULL when they are given none.

    python -m sqltypist.builtins.experiment --database URL --database URL ...

Each function is called with many values, NULLs included, on each of the servers, and `builtins.txt`
is written: what gave no NULL in any call on any server is total there, provided that enough calls
gave anything at all. A call that raises gives no NULL. The servers should be one's own: nothing
dangerous is called, but much is.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import class_row, scalar_row

from sqltypist import runtime
from sqltypist.builtins import DATA, Builtin
from sqltypist.builtins.calls import Subject, calls
from sqltypist.builtins.grid import Grid
from sqltypist.builtins.judging import Finding, join, judge

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

REVIEWED = Path(__file__).parent / "reviewed.txt"

AT_ONCE = 16
"""Calls in one statement, as long as none of them raises."""

SEPARATOR = chr(30)

LONGEST = "60s"
"""How long the calls of one function may take; no function is known to need it."""

# Called although volatile: what they do ends with the transaction or with the session.
HARMLESS = frozenset(
    {
        "array_sample", "array_shuffle", "pg_advisory_unlock", "pg_advisory_unlock_shared",
        "pg_database_size", "pg_indexes_size", "pg_relation_size", "pg_sequence_last_value",
        "pg_table_size", "pg_tablespace_size", "pg_total_relation_size", "pg_try_advisory_lock",
        "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock",
        "pg_try_advisory_xact_lock_shared", "pg_xact_commit_timestamp", "pg_xact_status", "random",
        "random_normal", "setval", "txid_status", "uuidv7",
    }
)  # fmt: skip

# Not called although stable: those of to_xml read whole schemas, the columns of the sets are those
# of a row type, and the last is but for the checks of partitions.
LEFT_OUT = frozenset(
    {
        "database_to_xml", "database_to_xml_and_xmlschema", "database_to_xmlschema",
        "json_populate_recordset", "jsonb_populate_recordset", "schema_to_xml",
        "schema_to_xml_and_xmlschema", "schema_to_xmlschema", "table_to_xml",
        "table_to_xml_and_xmlschema", "table_to_xmlschema", "satisfies_hash_partition",
    }
)  # fmt: skip

# Not called either: these speak of the moment, or of who asks, and not of their arguments alone.
OF_THE_MOMENT = ("pg_stat_get_", "has_", "pg_has_")

_SQL = runtime.load(Path(__file__).parent / "experiment.sql")


class Experiment:
    """Calls functions on one server, in a session with the scratch objects that it needs."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._grid = Grid.read(self._attempt)

    def subjects(self) -> list[Subject]:
        """Give the functions that can and may be called with arguments to vary."""
        cursor = self._connection.cursor(row_factory=class_row(Subject))
        return [each for each in cursor.execute(_SQL["list_builtins"]) if _is_tried(each)]

    def try_out(self, subject: Subject) -> Finding:
        """Call a function with all that is to be tried, and tell what that proves."""
        if any(map(self._grid.lacks, subject.types)):
            return Finding(None, is_unsupported=True)
        unique = {each.expression(subject): each for each in calls(subject, self._grid)}
        codes = self._attempt(list(unique))
        return judge(subject, list(zip(unique.values(), codes, strict=True)))

    def _attempt(self, expressions: Sequence[str]) -> list[int]:
        """Give the code of each expression: many at a time, and one by one where any raises."""
        lists = [expressions[at : at + AT_ONCE] for at in range(0, len(expressions), AT_ONCE)]
        codes = self._run([",".join(each) for each in lists])
        broken = [each for each, found in zip(lists, codes, strict=True) if len(found) < len(each)]
        alone = iter(self._run([each for some in broken for each in some]))
        return [
            code
            for each, found in zip(lists, codes, strict=True)
            for code in (found if len(found) == len(each) else [next(alone)[0] for _ in each])
        ]

    def _run(self, lists: list[str]) -> list[list[int]]:
        if not lists:
            return []
        cursor = self._connection.cursor(row_factory=scalar_row)
        with self._connection.transaction(force_rollback=True):
            return cursor.execute(_SQL["attempt"], {"lists": SEPARATOR.join(lists)}).fetchall()


@contextmanager
def experiment(url: str) -> Generator[Experiment]:
    """Open a session for the experiment, on a server of one's own."""
    options = f"-c statement_timeout={LONGEST} -c client_min_messages=error -c TimeZone=UTC"
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        for name, statement in _SQL.items():
            if name.startswith("create_"):
                connection.execute(statement)
        yield Experiment(connection)


def version(url: str) -> str:
    """Give the version of a server."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_SQL["get_version"]).fetchone()
    return str(row[0]).split()[0] if row else ""  # without what a distribution adds


def reviewed() -> dict[str, Builtin]:
    """Give what was decided by reading."""
    lines = REVIEWED.read_text(encoding="utf-8").splitlines()
    stated = [each.partition("  # ")[0] for each in lines if each and not each.startswith("#")]
    return {
        each.signature: each for each in (Builtin.parse(f"{line}  reviewed") for line in stated)
    }


def find(urls: Sequence[str]) -> dict[str, Builtin]:
    """Try all functions on all servers, the newest last; give what holds on each that has one."""
    findings: dict[str, list[Finding]] = defaultdict(list)
    with ThreadPoolExecutor() as pool:
        for here in pool.map(_find_on, urls):
            for signature, finding in here.items():
                findings[signature].append(finding)
    joined = {signature: join(each) for signature, each in findings.items()}
    known = {signature: each for signature, each in joined.items() if each}
    for signature, each in reviewed().items():  # what was read does not outweigh what was seen
        seen = known.get(signature)
        known[signature] = (join([Finding(seen), Finding(each)]) if seen else None) or each
    return known


def _find_on(url: str) -> dict[str, Finding]:
    with experiment(url) as here:
        return {each.signature: here.try_out(each) for each in here.subjects()}


def written(builtins: dict[str, Builtin], versions: Sequence[str]) -> str:
    """Give the text of the data."""
    heading = (
        "# Which built-in functions of PostgreSQL give no NULL, as the experiment in this folder\n"
        f"# saw it on {', '.join(versions)}. The package says what the words mean.\n"
    )
    return heading + "".join(f"{builtins[each].line()}\n" for each in sorted(builtins))


def main() -> None:
    """Run the experiment and write the data."""
    parser = argparse.ArgumentParser(prog="sqltypist.builtins.experiment")
    parser.add_argument(
        "--database", action="append", required=True, metavar="URL", help="the newest last"
    )
    urls: list[str] = parser.parse_args().database
    found = find(urls)
    DATA.write_text(written(found, [version(each) for each in urls]), encoding="utf-8")
    sys.stdout.write(f"{DATA}: {len(found)} functions\n")


def _is_tried(subject: Subject) -> bool:
    if subject.name in LEFT_OUT or subject.name.startswith(OF_THE_MOMENT):
        return False
    if subject.is_volatile and subject.name not in HARMLESS:
        return False
    names_columns = subject.column_count > 0 if subject.is_set else "record" in subject.types
    if subject.result == "record" and not names_columns:
        return False
    return bool(subject.types) or subject.takes_rows


if __name__ == "__main__":
    main()
