"""The demo ends with a drained list, whatever list it is given, and says what it could not do."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from taskspine.database import connect
from taskspine.demo.agent import troubled
from taskspine.demo.play import Played, Script, play, prepare
from taskspine.demo.staff import AgentFailed, Staff
from taskspine.demo.stage import LiveStage, PlainStage, Stage, stage_for
from taskspine.demo.summary import Summary, picture, sum_up
from taskspine.demo.watching import Watch
from taskspine.errors import TaskspineError
from taskspine.importer import ImportRefused
from taskspine.queries.task_executions import (
    complete_task,
    fail_task,
    list_task_executions,
    reap_expired_tasks,
)
from taskspine.queries.tasks import list_tasks
from taskspine.settings import parameters_of
from work import Desk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from taskspine.server import Databases

DATABASE = f"taskspine_test_demo_{secrets.token_hex(4)}"
QUICK = Script(agents=3, length=1.5, lease=2.0, look=0.05)
SLOWER = Script(agents=3, length=4.0, lease=2.0, look=0.05)
SECONDS = 300
NOW = timedelta(0)


def file_of(folder: Path, tasks: Iterable[dict[str, object]]) -> Path:
    path = folder / "garden.json"
    path.write_text(json.dumps({"tasks": [{"description": "", "title": "?"} | t for t in tasks]}))
    return path


def chain(folder: Path, count: int) -> Path:
    """Two tasks that wait for nothing, and each further one for the one two places before."""
    return file_of(
        folder,
        (
            {"id": n, "title": f"Bed {n}", "dependencies": [n - 2] if n > 2 else []}
            for n in range(1, count + 1)
        ),
    )


def played(url: str, file: Path, stage: Stage, script: Script = QUICK) -> tuple[Played, Summary]:
    with stage:
        outcome = play(url, file, script, stage)
    with connect(url) as connection:
        return outcome, sum_up(connection, outcome)


def console(**options: bool) -> Console:
    return Console(file=StringIO(), width=80, **options)  # type: ignore[arg-type]


def text_of(shown: Console) -> str:
    assert isinstance(shown.file, StringIO)
    return shown.file.getvalue()


def test_a_list_is_drained_though_tasks_fail_and_an_agent_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    shown = console()
    outcome, summary = played(database_url, chain(tmp_path, 24), stage_for(shown), SLOWER)
    shown.print(picture(summary))
    assert summary.is_good
    assert summary.statuses == {"completed": 24}
    assert len(outcome.killed) == 1
    assert summary.taken_over >= 1
    failing = [n for n in range(1, 25) if troubled(str(n), seed=QUICK.seed, rate=QUICK.failures)]
    assert summary.failed_attempts + summary.taken_over >= len(failing) > 0
    assert summary.retries == summary.failed_attempts + summary.taken_over
    assert summary.attempts == 24 + summary.retries
    assert [row.ref for row in outcome.critical_path] == [str(n) for n in range(1, 25, 2)]
    said = text_of(shown)
    for pattern in (
        "imported .*: 24 tasks in 1 list",
        "killed",
        "hired .in the place of",
        r"invariants +sound",
    ):
        assert re.search(pattern, said), pattern


def test_a_terminal_shows_a_live_display(database_url: str, tmp_path: Path) -> None:
    shown = console(force_terminal=True)
    stage = stage_for(shown)
    assert isinstance(stage, LiveStage)
    _, summary = played(database_url, chain(tmp_path, 8), stage)
    assert summary.is_good
    said = text_of(shown)
    for pattern in ("works on", "just became ready", "/8", "waits for work", "completed"):
        assert re.search(pattern, said), pattern


def test_what_no_agent_may_do_is_left_and_said(database_url: str, tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        [
            {"id": 1, "status": "in-progress"},
            {"id": 2, "status": "deferred"},
            {"id": 3, "status": "pending", "dependencies": [1, 2]},
            {"id": 4, "status": "pending", "dependencies": [3]},
            {"id": 5, "status": "blocked"},
            {"id": 6, "status": "review"},
        ],
    )
    shown = console()
    outcome, summary = played(database_url, file, PlainStage(shown))
    assert outcome.put_back == 1
    assert {left.ref: left.reason for left in summary.left} == {
        "2": "put off",
        "3": "waits for 2 (deferred)",
        "4": "waits for 2 (deferred)",
        "5": "held by a person",
        "6": "waits for a review",
    }
    assert (summary.left_count, summary.statuses["completed"]) == (5, 1)
    assert summary.is_good
    assert "put back in the queue" in text_of(shown)
    shown.print(picture(summary))
    assert "5 tasks that no agent may do:" in text_of(shown)
    with connect(database_url) as connection:
        done = list_tasks(connection, project_id=outcome.report.project_id, status="completed")
        assert [len(list_task_executions(connection, task_id=row.id)) > 0 for row in done] == [True]


@pytest.mark.parametrize("is_live", [False, True])
def test_a_title_does_not_steer_the_terminal(
    database_url: str, tmp_path: Path, is_live: bool
) -> None:
    titles = ["\x1b]0;gone\x07Dig", "Sow \x9b2J", "[red]Reap"]
    file = file_of(tmp_path, ({"id": n, "title": title} for n, title in enumerate(titles)))
    shown = console(force_terminal=is_live)
    _, summary = played(database_url, file, stage_for(shown))
    shown.print(picture(summary))
    said = text_of(shown)
    assert r"\x1b]0;gone\x07Dig" in said
    assert "[red]Reap" in said
    assert not {"\x07", "\x9b"} & {*said}
    assert "\x1b]0" not in said


def test_a_list_where_nothing_is_to_be_done_hires_nobody(database_url: str, tmp_path: Path) -> None:
    outcome, summary = played(
        database_url, file_of(tmp_path, [{"id": 1, "status": "done"}]), PlainStage(console())
    )
    assert (summary.attempts, outcome.killed, outcome.critical_path) == (0, [], [])
    assert summary.is_good


def test_a_list_without_tasks_is_refused(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(TaskspineError, match=r"garden\.json has no tasks"):
        play(database_url, file_of(tmp_path, []), QUICK, PlainStage(console()))


def test_what_happened_between_two_looks_is_told(database_url: str) -> None:
    shown = console()
    stage = PlainStage(shown)
    with connect(database_url) as connection:
        desk = Desk(connection)
        watch = Watch(connection, desk.project_id)

        def look() -> None:
            stage.show(watch.look(), ["ada"], [])

        desk.task("Sow", desk.task("Dig"))
        look()
        held = desk.claim().execution_id
        look()
        fail_task(
            connection, execution_id=held, error_details={"message": "a root"}, retry_delay=NOW
        )
        look()
        desk.claim()
        look()
        connection.execute("UPDATE task_executions SET lease_expires_at = clock_timestamp()")
        reap_expired_tasks(connection, retry_delay=NOW)
        look()
        held = desk.claim().execution_id
        look()
        complete_task(connection, execution_id=held, output_results={})
        look()
    assert [line.partition(" s  ")[2] for line in text_of(shown).splitlines()] == [
        "1 ready, 1 waiting",
        "ada starts T-1 Dig",
        "ada failed T-1 Dig (a root)",
        "T-1 Dig is ready",
        "ada tries again T-1 Dig (attempt 2)",
        "ada lost T-1 Dig (the lease ran out)",
        "T-1 Dig is ready",
        "ada takes over T-1 Dig (attempt 3)",
        "ada completed T-1 Dig",
        "T-2 Sow is ready",
        "1 completed, 1 ready",
    ]


def wait_for_the_end_of(staff: Staff) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        staff.check()
        time.sleep(0.05)


def test_an_agent_that_ends_by_itself_is_an_error(database_url: str) -> None:
    arguments = {"project": "nowhere", "pause": 1, "lease": 1, "failures": 0, "seed": 1}
    with Staff(database_url, arguments) as staff:
        name = staff.hire()
        reason = f"the agent {name} ended by itself: taskspine: no project has the slug 'nowhere'"
        with pytest.raises(AgentFailed, match=re.escape(reason)):
            wait_for_the_end_of(staff)


def test_a_bad_file_leaves_the_demo_of_before_as_it_is(server: Databases, tmp_path: Path) -> None:
    class Untouched:
        def url(self) -> str:
            return server.url()

    bad = tmp_path / "tasks.json"
    bad.write_text('{"tasks": [')
    with pytest.raises(ImportRefused, match="cut short"):
        prepare(Untouched(), DATABASE, bad)  # type: ignore[arg-type]


def test_the_database_that_the_url_names_is_never_made_anew(
    server: Databases, tmp_path: Path
) -> None:
    own = parameters_of(server.url())["dbname"]
    with pytest.raises(TaskspineError, match="name another"):
        prepare(server, own, chain(tmp_path, 1))


def demo(server: Databases, *arguments: str) -> subprocess.Popen[str]:
    # A shell starts what runs in the background with SIGINT ignored, which children inherit.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "-m", "taskspine.demo", "--database", DATABASE, *arguments],
        env=os.environ | {"DATABASE_URL": server.url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_command_can_be_interrupted(server: Databases, by: signal.Signals) -> None:
    try:
        with demo(server, "--agents", "2") as process:
            assert process.stdout is not None
            for line in process.stdout:
                if "completed" in line and "starts" not in line and "0.0 s" not in line:
                    process.send_signal(by)
                    break
            said, _ = process.communicate(timeout=SECONDS)
        assert "stopped; the agents have gone" in said
        assert process.returncode == 130
    finally:
        server.drop_database(DATABASE)


def test_the_command_makes_the_data_of_before_anew_and_says_where_they_stay(
    server: Databases, tmp_path: Path
) -> None:
    server.create_database(DATABASE)
    try:
        with demo(server, "--agents", "2", "--file", str(chain(tmp_path, 2))) as process:
            said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        assert "2 completed" in said
        assert f"the data stay in database {DATABASE}" in said
    finally:
        server.drop_database(DATABASE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "there is no such file"), ("", "the file is empty"), ("[1, 2", "cut short")],
)
def test_a_bad_file_is_refused_in_one_line(
    server: Databases, tmp_path: Path, content: str | None, reason: str
) -> None:
    path = tmp_path / "tasks.json"
    if content is not None:
        path.write_text(content)
    with demo(server, "--file", str(path)) as process:
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert re.fullmatch(rf"taskspine: .*{reason}.*\n", said)
