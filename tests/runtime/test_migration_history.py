"""What was applied is noted, and a migration that is not as it was applied is noticed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskspine.errors import MigrationFailed
from taskspine.migrations import migrate, rollback, status, validate
from taskspine.migrations.catalog import differences, read_catalog
from taskspine.migrations.history import Step, history, steps_in
from taskspine.server import Databases, connect
from taskspine.settings import in_schema

if TYPE_CHECKING:
    from collections.abc import Generator

FIRST = "20260101000000_first.sql"
SECOND = "20260102000000_second.sql"
THIRD = "20260103000000_third.sql"
HISTORY = (
    Path(__file__).parents[2] / "schema" / "operations" / "migration_history.sql"
).read_text()
REFUSE = "\n".join(
    (Path(__file__).parents[2] / "schema" / "common" / name).read_text()
    for name in ("refuse.sql", "refuse_rewriting.sql")
)


@pytest.fixture
def url(server: Databases) -> Generator[str]:
    name = "taskspine_test_history"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations; the first makes the table of history, and drops it on the way back."""
    down = "DROP TABLE migration_history;\nDROP TYPE migration_direction;\n"
    down += "DROP FUNCTION refuse_rewriting;\nDROP FUNCTION refuse;\n"
    write(tmp_path, FIRST, f"{REFUSE}\n{HISTORY}", down)
    write(tmp_path, SECOND, "CREATE TABLE second ();\n", "DROP TABLE second;\n")
    return tmp_path


def write(folder: Path, name: str, up: str, down: str = "") -> None:
    (folder / name).write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}")


def told(url: str) -> list[tuple[str, str]]:
    """Name what was noted, the earliest first."""
    return [(row.name, row.direction) for row in reversed(history(url))]


def test_forth_and_back_is_noted_with_its_file_and_its_time(url: str, folder: Path) -> None:
    migrate(url, folder=folder)
    second, first = history(url)
    for row, file in ((first, FIRST), (second, SECOND)):
        assert row.version == file[:14]
        assert row.sha256 == hashlib.sha256((folder / file).read_bytes()).hexdigest()
        assert row.duration is not None
        assert 0 < row.duration.total_seconds() < 60
    rollback(url, folder=folder)
    migrate(url, folder=folder)
    assert told(url) == [("first", "up"), ("second", "up"), ("second", "down"), ("second", "up")]
    assert validate(url, folder=folder) == []


def test_what_makes_the_table_of_history_can_be_taken_back(url: str, folder: Path) -> None:
    migrate(url, folder=folder)
    rollback(url, folder=folder)
    rollback(url, folder=folder)
    assert history(url) == []
    assert "[ ] " + FIRST in status(url, folder=folder)
    migrate(url, folder=folder)
    assert told(url) == [("first", "up"), ("second", "up")]


def test_what_came_before_a_failure_is_noted(url: str, folder: Path) -> None:
    write(folder, THIRD, "CREATE TABLE second ();\n")
    with pytest.raises(MigrationFailed, match="third"):
        migrate(url, folder=folder)
    assert told(url) == [("first", "up"), ("second", "up")]


def test_what_another_program_did_is_noted_when_we_come_by(url: str, folder: Path) -> None:
    migrate(url, folder=folder)
    with connect(in_schema(url, "taskspine")) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE version = %s", [SECOND[:14]])
        connection.execute("DROP TABLE second")
        connection.execute("CREATE TABLE third ()")
        connection.execute("INSERT INTO schema_migrations VALUES (%s)", [THIRD[:14]])
    (folder / SECOND).unlink()
    write(folder, THIRD, "CREATE TABLE third ();\n")
    migrate(url, folder=folder)
    latest = history(url)[0]
    assert (latest.name, latest.direction, latest.duration) == ("third", "up", None)


def test_several_at_once_note_each_migration_once(url: str, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(url, folder=folder), range(4)))
    assert told(url) == [("first", "up"), ("second", "up")]


class TestValidate:
    @pytest.fixture(autouse=True)
    def applied(self, url: str, folder: Path) -> None:
        migrate(url, folder=folder)

    def test_an_edited_migration_is_noticed(self, url: str, folder: Path) -> None:
        with (folder / SECOND).open("a") as file:
            file.write("\n")
        (fault,) = validate(url, folder=folder)
        assert fault.startswith(f"{SECOND}: was changed after it was applied on 20")
        rollback(url, folder=folder)
        assert validate(url, folder=folder) == []
        migrate(url, folder=folder)
        assert validate(url, folder=folder) == []

    def test_a_missing_migration_is_noticed(self, url: str, folder: Path) -> None:
        (folder / SECOND).unlink()
        (fault,) = validate(url, folder=folder)
        assert fault == f"{SECOND}: is applied, but the file is gone: bring it back"
        with pytest.raises(MigrationFailed, match="20260102000000, the newest migration, cannot"):
            rollback(url, folder=folder)
        assert told(url) == [("first", "up"), ("second", "up")]

    def test_a_migration_before_those_applied_is_noticed(self, url: str, folder: Path) -> None:
        early = "20251231000000_early.sql"
        write(folder, early, "CREATE TABLE early ();\n")
        (fault,) = validate(url, folder=folder)
        assert fault.startswith(f"{early}: comes before {SECOND[:14]}, which is applied")

    def test_a_later_migration_is_no_fault(self, url: str, folder: Path) -> None:
        write(folder, THIRD, "CREATE TABLE third ();\n")
        assert validate(url, folder=folder) == []

    def test_a_file_that_is_no_migration_is_noticed(self, url: str, folder: Path) -> None:
        write(folder, "late.sql", "SELECT 1;\n")
        write(folder, f"{THIRD[:14]}_again.sql", "SELECT 1;\n")
        (folder / THIRD).write_text("SELECT 1;\n-- migrate:down\n")
        assert validate(url, folder=folder) == [
            f"{THIRD[:14]}_again.sql: shares its version with another one: give it one of its own",
            f"{THIRD}: shares its version with another one: give it one of its own",
            f"{THIRD}: has no line `-- migrate:up`: add it",
            "late.sql: has no version, and is never applied: let its name begin with one",
        ]


def test_without_a_table_of_history_the_files_alone_are_looked_at(url: str, tmp_path: Path) -> None:
    write(tmp_path, FIRST, "CREATE TABLE first ();\n")
    migrate(url, folder=tmp_path)
    assert history(url) == []
    assert validate(url, folder=tmp_path) == []
    write(tmp_path, "20251231000000_early.sql", "CREATE TABLE early ();\n")
    assert len(validate(url, folder=tmp_path)) == 1


def test_how_a_database_got_here_is_no_part_of_what_it_is(url: str, folder: Path) -> None:
    migrate(url, folder=folder)
    before = read_catalog(url)
    rollback(url, folder=folder)
    migrate(url, folder=folder)
    assert differences(before, read_catalog(url)) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("850µs", 0.00085), ("3.5ms", 0.0035), ("1.25s", 1.25), ("1m2.5s", 62.5), ("1h0m1s", 3601)],
)
def test_a_duration_is_read_as_dbmate_writes_it(text: str, seconds: float) -> None:
    (step,) = steps_in(f"Applying: {FIRST}\nApplied: {FIRST} in {text}\n")
    assert step[:2] == Step(FIRST, "up")[:2]
    assert step.duration is not None
    assert step.duration.total_seconds() == pytest.approx(seconds)


def test_the_commands_tell_what_is_wrong(database_url: str) -> None:
    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "taskspine.migrations", command],
            env=os.environ | {"DATABASE_URL": database_url},
            check=False,
            capture_output=True,
            text=True,
        )

    assert run("validate").stdout == "the migrations are as they were applied\n"
    assert "_create_taskspine  by " in run("history").stdout
    with connect(database_url) as connection:
        connection.execute(
            "INSERT INTO migration_history (version, name, direction) VALUES ('7', 'lost', 'up')"
        )
    failed = run("validate")
    assert failed.returncode == 1
    assert failed.stderr == "7_lost.sql: is applied, but the file is gone: bring it back\n"
    warned = run("status")
    assert warned.returncode == 0
    assert warned.stderr == failed.stderr
    assert run("migrate").stderr == failed.stderr
