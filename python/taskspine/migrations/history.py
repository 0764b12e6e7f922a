"""What was applied and taken back, and whether the files still say what was applied.

dbmate keeps the versions that a schema has. What was in their files, when and how long, is in
migration_history, which the first migration makes: it is written after the fact.

The typed queries are imported where they are called: make generate makes them on a server that this
package has set up, so it must load without them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from taskspine.server import connect
from taskspine.settings import in_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskspine.enums import MigrationDirection
    from taskspine.queries.migration_history import ListAppliedMigrationsRow
    from taskspine.queries.tables import MigrationHistoryRow

_NEWEST_VERSION = Path(__file__).parent / "newest_version.sql"
_NO_HISTORY = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedObject)
_DONE = re.compile(r"^(Applied|Rolled back): (\S+\.sql) in (\S+)$", re.MULTILINE)
_LISTED = re.compile(r"^\[([X ])\] (\S+\.sql)$", re.MULTILINE)
_PART_OF_DURATION = re.compile(r"([\d.]+)(h|ms|µs|ns|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


class Step(NamedTuple):
    """A migration that was applied or taken back; without a duration, by another program."""

    file: str
    direction: MigrationDirection
    duration: timedelta | None = None

    @property
    def version(self) -> str:
        """The digits with which the file's name begins."""
        return version_of(self.file)


def version_of(file: str) -> str:
    """Give the digits with which the name of a migration begins."""
    return file[: len(file) - len(file.lstrip("0123456789"))]


def steps_in(output: str) -> list[Step]:
    """Read what dbmate says that it has done."""
    return [
        Step(file, "up" if verb == "Applied" else "down", _duration(taken))
        for verb, file, taken in _DONE.findall(output)
    ]


def listed_in(output: str) -> list[Step]:
    """Read what dbmate says of each file: applied, or not."""
    return [Step(file, "up" if mark == "X" else "down") for mark, file in _LISTED.findall(output)]


def _duration(text: str) -> timedelta:
    parts = _PART_OF_DURATION.findall(text)
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))


def record(url: str, schema: str, folder: Path, steps: list[Step]) -> None:
    """Note what was done, unless it is noted already, or there is no table to note it in."""
    if not steps:
        return
    from taskspine.queries import migration_history as queries  # noqa: PLC0415 - see above

    with closing(connect(in_schema(url, schema))) as connection:
        try:
            with connection.transaction():
                queries.lock_migration_history(connection)
                queries.record_migrations(
                    connection,
                    versions=[step.version for step in steps],
                    names=[_name_of(step.file) for step in steps],
                    sha256s=[_digest(folder / step.file) for step in steps],
                    directions=[step.direction for step in steps],
                    durations=[step.duration for step in steps],
                )
        except _NO_HISTORY:
            return


def _name_of(file: str) -> str:
    stem = file.removesuffix(".sql")
    return stem.lstrip("0123456789").lstrip("_")[:200] or stem


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def history(url: str, *, schema: str = "taskspine") -> list[MigrationHistoryRow]:
    """List what was applied and taken back, the latest first; nothing where nobody noted it."""
    from taskspine.queries.migration_history import list_migration_history  # noqa: PLC0415 - see above

    with closing(connect(in_schema(url, schema))) as connection:
        try:
            return list_migration_history(connection)
        except _NO_HISTORY:
            return []


def newest_version(url: str, schema: str) -> str | None:
    """Give the version of the migration that dbmate applied last by order; None without any."""
    with closing(connect(in_schema(url, schema))) as connection:
        try:
            row = connection.execute(_NEWEST_VERSION.read_bytes()).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row else None


def faults(url: str, schema: str, folder: Path, listed: list[Step]) -> Iterator[str]:
    """Say what is wrong with the files, a line each: of themselves, and against what was applied.

    `listed` is what dbmate says of each file.
    """
    files = sorted(path.name for path in folder.glob("*.sql"))
    yield from _faults_of_files(folder, files)
    noted = {row.version: row for row in _applied(url, schema)}
    applied = noted.keys() | {step.version for step in listed if step.direction == "up"}
    latest = max(map(int, applied), default=0)
    for file in files:
        version = version_of(file)
        row = noted.get(version)
        if version and version not in applied and int(version) < latest:
            yield f"{file}: comes before {latest}, which is applied: give it a later version"
        elif row and row.sha256 not in {None, _digest(folder / file)}:
            moment = row.applied_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
            yield (
                f"{file}: was changed after it was applied on {moment} UTC: bring it back as it "
                "was, and write what is new into a migration of its own"
            )
    versions = {version_of(file) for file in files}
    for version, row in noted.items():
        if version not in versions:
            yield f"{version}_{row.name}.sql: is applied, but the file is gone: bring it back"


def _faults_of_files(folder: Path, files: list[str]) -> Iterator[str]:
    counts = Counter(version_of(file) for file in files)
    for file in files:
        text = (folder / file).read_text()
        version = version_of(file)
        if not version:
            yield f"{file}: has no version, and is never applied: let its name begin with one"
        elif counts[version] > 1:
            yield f"{file}: shares its version with another one: give it one of its own"
        for part in ("up", "down"):
            if not re.search(rf"^--\s*migrate:{part}\b", text, re.MULTILINE):
                yield f"{file}: has no line `-- migrate:{part}`: add it"


def _applied(url: str, schema: str) -> list[ListAppliedMigrationsRow]:
    from taskspine.queries.migration_history import list_applied_migrations  # noqa: PLC0415 - see above

    with closing(connect(in_schema(url, schema))) as connection:
        try:
            return list_applied_migrations(connection)
        except _NO_HISTORY:
            return []
