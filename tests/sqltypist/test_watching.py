"""`watch` generates on save, goes on after a mistake, and ends cleanly."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist import watching
from sqltypist.cli import main

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conftest import Project

PYTHON = Path(__file__).parents[2] / "python"
MODULES = "src/desk/queries"
PATIENCE = 60.0


class Watched:
    """A process that watches, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def until(self, words: str) -> list[str]:
        """Wait for a line with these words; give the lines up to it."""
        seen: list[str] = []
        until = time.monotonic() + PATIENCE
        while not seen or words not in seen[-1]:
            try:
                seen.append(self._lines.get(timeout=0.2))
            except queue.Empty:
                has_ended = self.process.poll() is not None and self._lines.empty()
                if has_ended or time.monotonic() > until:
                    pytest.fail(f"{words!r} was not said, but {seen}")
        return seen

    def fall_silent(self, seconds: float = 1.5) -> None:
        """Wait until it has nothing more to say."""
        for _ in range(40):
            try:
                self._lines.get(timeout=seconds)
            except queue.Empty:
                return
        pytest.fail("it says the same again and again")


@contextmanager
def watch(project: Project, *more: str) -> Generator[Watched]:
    """Watch a project whose modules are fresh."""
    config = str(project.root / "pyproject.toml")
    assert main(["generate", "--config", config, "--database", project.url]) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "sqltypist", "watch", "--config", config, *more],
        env=os.environ | {"PYTHONPATH": str(PYTHON), "DATABASE_URL": project.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watched = Watched(process)
    try:
        yield watched
    finally:
        watched.end()


def module(project: Project) -> str:
    return (project.root / MODULES / "own.py").read_text()


OWN = "-- name: get_own()$\n-- Give something of one's own.\nSELECT 1 AS own;\n"


def test_a_day_with_watch(project: Project) -> None:
    file = project.root / "queries/desk/own.sql"
    with watch(project) as watched:
        watched.until("nothing changed")

        file.write_text(OWN)
        assert watched.until("own.py")[0].endswith(" 1 file changed")
        assert "Give something of one's own." in module(project)

        before = module(project)
        file.write_text(OWN.replace("1 AS", "nothing AS"))
        said = watched.until("1 problem; nothing was written")
        assert any('column "nothing" does not exist' in line for line in said)
        assert module(project) == before

        mended = project.root / "queries/desk/mended"
        mended.write_text(OWN.replace("Give", "Get"))
        mended.replace(file)  # as many editors save
        watched.until("own.py")
        assert "Get something of one's own." in module(project)

        file.unlink()
        watched.until("own.py")
        assert not (project.root / MODULES / "own.py").exists()

        watched.process.send_signal(signal.SIGINT)
        assert watched.process.wait(PATIENCE) == 0
    assert not list(project.root.rglob("*.new"))


def test_the_configuration_is_watched_too(project: Project) -> None:
    config = project.root / "pyproject.toml"
    text = config.read_text()
    with watch(project) as watched:
        watched.until("nothing changed")
        config.write_text(text.replace('package = "desk.queries"', 'package = "desk.other"'))
        watched.until("other/tickets.py")
        config.write_text(text.replace("package", "pakage"))
        watched.until("has no key pakage: is it package?")
        elsewhere = project.root / "elsewhere"
        shutil.move(project.root / "queries", elsewhere)
        (elsewhere / "own.sql").write_text(OWN)
        config.write_text(text.replace('"queries"', '"elsewhere"', 1))
        watched.until("own.py")
        (elsewhere / "own.sql").write_text(OWN.replace("Give", "Get"))
        watched.until("own.py")
        assert "Get something of one's own." in module(project)


def test_a_folder_may_go_and_come_back(project: Project) -> None:
    folder, aside = project.root / "queries", project.root / "aside"
    with watch(project) as watched:
        watched.until("nothing changed")
        folder.rename(aside)
        watched.until("the folder of query files is not there")
        aside.rename(folder)
        watched.until("nothing changed")


def test_changes_of_the_schema_are_seen_when_asked_for(project: Project) -> None:
    """The database is looked at every so often, and only what is new is told."""
    with watch(project, "--poll-schema", "0.5") as watched:
        watched.until("nothing changed")
        watched.fall_silent()
        with psycopg.connect(project.url, autocommit=True) as connection:
            try:
                connection.execute("ALTER TABLE people RENAME COLUMN mail TO post")
                watched.until("problems; nothing was written")
                # A look in the middle of a change sees some of both; the next one mends it.
                watched.fall_silent()
                connection.execute("ALTER TABLE people RENAME COLUMN post TO mail")
                watched.until("changed")
                watched.fall_silent()
                connection.execute("COMMENT ON COLUMN people.joined_at IS 'The first day.'")
                watched.until("changed")
            finally:
                connection.execute("COMMENT ON COLUMN people.joined_at IS NULL")
        watched.until("changed")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which passes only when somebody sleeps."""
    now = [0.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(
        watching.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    return now


def test_files_that_change_together_are_one_change(clock: list[float], tmp_path: Path) -> None:
    def look() -> watching.Snapshot:
        # From 1 s on something changes at every look, until 1.5 s have passed.
        size = int(min(max(clock[0], 1.0), 1.5) * 100)
        return {tmp_path: (0, size, 0)}

    changes: Iterator[bool] = watching.changes(look)
    assert next(changes)
    assert clock[0] == 0
    assert next(changes)
    assert 1.5 <= clock[0] < 2


def test_a_change_without_end_counts_in_the_end(clock: list[float], tmp_path: Path) -> None:
    changes = watching.changes(lambda: {tmp_path: (int(clock[0] * 1000), 0, 0)})
    assert next(changes)
    assert next(changes)
    assert clock[0] < watching.LONGEST_SECONDS + 1


def test_it_comes_again_after_a_while(clock: list[float]) -> None:
    changes = watching.changes(dict, again_after=5)
    assert [next(changes) for _ in range(3)] == [True, False, False]
    assert 10 <= clock[0] < 11
