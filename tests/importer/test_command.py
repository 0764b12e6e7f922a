"""`taskspine import`, from outside: what it prints, and with which status it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from taskspine.settings import changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    Run = Callable[..., subprocess.CompletedProcess[str]]

ONE_GOOD_ONE_BAD = {"tasks": [{"id": 1, "title": "Keel"}, {"id": 2}]}


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Write a file, import it with these options, and give what the command said."""

    def run(
        content: object, *options: str, url: str = database_url
    ) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "boat.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        command = [sys.executable, "-c", "from taskspine.cli import main; main()", "import"]
        return subprocess.run(
            [*command, str(file), *options],
            env=os.environ | {"DATABASE_URL": url, "COLUMNS": "200"},
            check=False, capture_output=True, text=True,
        )  # fmt: skip

    return run


def test_the_report_is_shown(run: Run) -> None:
    done = run(ONE_GOOD_ONE_BAD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("boat created from ")
    assert ["tasks", "1", "0", "0", "0"] in [line.split() for line in done.stdout.splitlines()]
    assert "1 error\n" in done.stdout
    assert "line 1, at /tasks/1: task 2 has no title, and was set aside. Give " in done.stdout
    assert run(ONE_GOOD_ONE_BAD).stdout.startswith("boat brought up to date from ")


def test_the_report_is_given_as_json(run: Run) -> None:
    done = run(ONE_GOOD_ONE_BAD, "--json", "--project", "ship")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["project"]["slug"] == "ship"
    assert report["project"]["is_new"] is True
    assert report["tasks"] == {"created": 1, "changed": 0, "removed": 0, "unchanged": 0}
    assert report["duration_seconds"] > 0
    (finding,) = report["findings"]
    assert finding["code"] == "task_without_title"
    assert finding["severity"] == "error"
    assert (finding["list"], finding["ref"]) == ("master", "2")
    assert (finding["pointer"], finding["line"]) == ("/tasks/1", 1)
    assert finding["message"]
    assert finding["remedy"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "boat.json: the file is empty. Restore it from version control."),
        ('{"tasks": [', "boat.json, line 1, column "),
        ("<<<<<<< HEAD\n{}", "boat.json, line 1"),
        ([1], "this is a bare array, not a file of Task Master. Give a tasks.json"),
        ({"tasks": [{"id": 1}]}, "none of its tasks can be imported: task 1 has no title"),
    ],
)
def test_what_cannot_be_imported_ends_in_one_line_and_status_1(
    run: Run, content: object, message: str
) -> None:
    done = run(content)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("taskspine: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_that_was_not_migrated_is_told(run: Run, database_url: str) -> None:
    done = run(ONE_GOOD_ONE_BAD, url=changed(database_url, options="-csearch_path=nowhere"))
    assert done.returncode == 1
    assert done.stderr.endswith("of this version: make migrate\n")


def test_a_role_that_may_not_write_is_told(
    run: Run, connection: psycopg.Connection, database_url: str
) -> None:
    role = f"reader_{os.getpid()}"
    connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'reader'")
    try:
        connection.execute(f"GRANT USAGE ON SCHEMA taskspine TO {role}")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA taskspine TO {role}")
        done = run(ONE_GOOD_ONE_BAD, url=changed(database_url, user=role, password="reader"))
    finally:
        connection.execute(f"DROP OWNED BY {role}")
        connection.execute(f"DROP ROLE {role}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "taskspine: nothing was imported: permission denied for table projects\n"
    )


def test_what_would_steer_a_terminal_is_shown_as_an_escape(run: Run) -> None:
    done = run({"tasks": [{"id": 1, "title": "Keel", "tags": {"\x1b[2J": "\x9b1m"}}]})
    assert r'is {"\u001b[2J": "\x9b1m"}: kept' in done.stdout.replace("\n", " ")
    refused = run(
        {"tasks": [], "\x1b]0;x\x07": {"tasks": []}, "ma\x1bster": {"tasks": [{"id": 1}]}}
    )
    for said in (done.stdout, refused.stdout, refused.stderr):
        assert not {each for each in said if not each.isprintable()} - {"\n"}


def test_a_finding_spells_a_value_as_the_file_does(run: Run) -> None:
    done = run({"tasks": [{"id": 1, "title": "Keel", "dependencies": [None], "priority": True}]})
    assert "a dependency that names no task: null." in done.stdout
    assert "the priority true of task 1 is unknown" in done.stdout


def test_a_file_without_tasks_makes_an_empty_project_and_says_so(run: Run) -> None:
    done = run({"tasks": []})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("the file has no tasks: what is missing can be imported later\n")


def test_many_findings_are_cut_on_the_screen(run: Run) -> None:
    bad = [{"id": number} for number in range(2, 40)]
    done = run({"tasks": [{"id": 1, "title": "Keel"}, *bad]})
    assert "38 errors" in done.stdout
    assert done.stdout.count("error /") == 20
    assert "and 18 more: --json shows all" in done.stdout
