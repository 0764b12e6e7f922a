"""Brings pgTAP into a test database, and runs files of tests there.

pgTAP is the server's own extension where it has one. Where not, it is the same SQL from the npm
package of it, kept in the environment once fetched.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from pglast.parser import ParseError, split
from psycopg.pq import TransactionStatus
from tap.line import Bail, Diagnostic, Plan, Result
from tap.parser import Parser

from npm import PackageMissing, check, fetch
from taskspine.errors import PgTapMissing
from taskspine.migrations import place_of
from taskspine.server import connect
from taskspine.server.programs import FETCHED
from taskspine.settings import in_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
PACKAGE = "@electric-sql/pglite-pgtap@0.0.15"
MEMBER = "share/postgresql/extension/pgtap--1.3.5.sql"
DIGEST = "92ee8ada9672e6201105a78614be8d07b8a76e5c17c85b42c279f6e48c84da68"
CACHE = FETCHED / Path(MEMBER).name
SEARCH_PATH = ("taskspine", "tests", "tap")


def install(url: str, support: Path) -> str:
    """Load pgTAP into schema `tap`, then the files of pgtap/support/ in the order of their names.

    Says which pgTAP it is.
    """
    with closing(connect(url)) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("CREATE SCHEMA tap")
        connection.execute("SET search_path = tap")
        origin = "the server's extension"
        if not _create_extension(connection):
            connection.execute(plain_sql().encode())
            major = connection.info.server_version // 10000
            origin = f"npm's {PACKAGE}, the server lacks postgresql-{major}-pgtap"
        found = connection.execute("SELECT pgtap_version()").fetchone()
    with closing(connect(in_schema(url, *SEARCH_PATH))) as connection:
        # tests.sql makes the schema that the others add to.
        for path in sorted(support.glob("*.sql"), key=lambda path: (path.stem != "tests", path)):
            text = path.read_text()
            try:
                connection.execute(text.encode())
            except psycopg.Error as error:
                raise PgTapMissing(f"{place_of(error, path, text)}: {explained(error)}") from error
    return f"pgTAP {found[0] if found else '?'} ({origin})"


def _create_extension(connection: psycopg.Connection) -> bool:
    query = "SELECT FROM pg_available_extensions WHERE name = 'pgtap'"
    if connection.execute(query).fetchone() is None:
        return False
    try:
        connection.execute("CREATE EXTENSION pgtap SCHEMA tap")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def plain_sql() -> str:
    """Give pgTAP as SQL that any role can load; fetched once, by npm."""
    if not CACHE.exists():
        text = _fetch()
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        CACHE.write_bytes(text)
    return CACHE.read_text()


def _fetch() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(fetch(PACKAGE, Path(folder))) as outer:
                inner = outer.extractfile("package/dist/pgtap.tar.gz")
                assert inner is not None
                with tarfile.open(fileobj=inner) as archive:
                    members = archive.getmembers()
                    member = next(each for each in members if each.name.endswith(MEMBER))
                    file = archive.extractfile(member)
                    assert file is not None
                    content = file.read()
            check(content, DIGEST, PACKAGE, "tests/support/pgtap_files.py")
        except PackageMissing as error:
            raise PgTapMissing(
                f"{error}, or install the distribution's pgTAP (postgresql-15-pgtap)"
            ) from None
    return content


@dataclass
class Report:
    """What one file of tests said."""

    assertions: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def run(url: str, path: Path) -> Report:
    """Run one file, which is one transaction that it rolls back, and say what failed in it."""
    text = path.read_text()
    path = Path(os.path.relpath(path))
    said: list[str] = []
    with closing(connect(in_schema(url, *SEARCH_PATH))) as connection:
        try:
            for offset, statement in statements(path, text):
                try:
                    said += execute(connection, statement)
                except psycopg.Error as error:
                    place = place_of(error, path, text, offset)
                    raise BrokenOffError(f"{place}: {explained(error)}") from error
            if connection.info.transaction_status != TransactionStatus.IDLE:
                raise BrokenOffError(f"{path}: the transaction is left open, end with ROLLBACK")
        except BrokenOffError as error:
            report = judge("\n".join(said), plan_matters=False)
            report.failures.append(str(error))
            return report
    return judge("\n".join(said))


class BrokenOffError(Exception):
    """The file was not run to its end."""


def statements(path: Path, text: str) -> list[tuple[int, str]]:
    """Take a file apart: where each statement begins, and its text."""
    try:
        pieces = split(text, only_slices=True)
    except ParseError as error:
        message, place = error.args
        line = text.count("\n", 0, place) + 1
        raise BrokenOffError(f"{path}:{line}: {message}") from None
    return [(piece.start, text[piece]) for piece in pieces]


def execute(connection: psycopg.Connection, statement: str) -> Iterator[str]:
    """Run a statement, and give the lines that it said."""
    cursor = connection.execute(statement.encode())
    for row in cursor.fetchall() if cursor.description else []:
        for value in row:
            yield from str(value).splitlines()


def explained(error: psycopg.Error) -> str:
    diagnostic = error.diag
    parts = [diagnostic.message_primary or str(error), diagnostic.message_detail]
    parts += [diagnostic.message_hint, diagnostic.context]
    return "\n  ".join(part for part in parts if part)


def judge(said: str, *, plan_matters: bool = True) -> Report:
    """Read what a file said, in the Test Anything Protocol."""
    report = Report()
    planned: list[int] = []
    is_failing = False
    # A fixture may give a number, and tap.py would take 1234 for the plan 1..4.
    tap = "\n".join(line for line in said.splitlines() if not line.isdigit())
    for line in Parser().parse_text(tap):
        if isinstance(line, Plan):
            planned.append(line.expected_tests)
        elif isinstance(line, Result):
            report.assertions += 1
            is_failing = not line.ok
            if is_failing:
                report.failures.append(f"not ok {line.number} {line.description}")
            elif line.skip:
                report.skipped.append(line.description)
        elif isinstance(line, Diagnostic):
            if is_failing:
                report.failures.append(f"  {line.text}")
        elif isinstance(line, Bail):
            report.failures.append(f"bailed out: {line.reason}")
    if plan_matters:
        if len(planned) != 1:
            report.failures.append(f"{len(planned) or 'no'} plans: begin with SELECT plan(...)")
        elif planned[0] != report.assertions:
            report.failures.append(f"planned {planned[0]} tests but ran {report.assertions}")
        if report.assertions == 0:
            report.failures.append("no test ran")
    return report
