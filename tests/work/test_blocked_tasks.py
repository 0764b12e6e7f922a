"""What cannot be claimed is listed with what keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from taskspine.queries.blocked_tasks import list_blocked_tasks
from taskspine.queries.projects import set_project_paused
from taskspine.queries.task_dependencies import create_task_dependency
from taskspine.queries.task_external_dependencies import create_task_external_dependency
from taskspine.queries.tasks import set_task_status

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_each_task_that_waits_says_for_what(ask: Ask, desk: Desk) -> None:
    one, two = desk.task("one", ref="1"), desk.task("two", ref="2")
    desk.task("after", two, one, ref="3", priority=9)
    held = desk.task("held", ref="4", priority=8)
    set_task_status(desk.connection, task_id=held.id, status="blocked", reason="ask first")
    later = datetime.now(UTC) + timedelta(hours=1)
    desk.task("later", ref="5", priority=7, not_before=later)
    rival = desk.task("rival", ref="6", priority=6)
    create_task_dependency(
        desk.connection, task_id=rival.id, depends_on_id=one.id, kind="conflicts"
    )
    set_task_status(desk.connection, task_id=one.id, status="in_progress")
    rows = {row.title: row for row in ask(list_blocked_tasks, project_id=desk.project_id)}
    assert list(rows) == ["after", "held", "later", "rival"]
    assert (rows["after"].blocker_refs, rows["after"].open_blockers) == (["1", "2"], 2)
    assert (rows["held"].status, rows["held"].status_reason) == ("blocked", "ask first")
    assert rows["later"].not_before == later
    assert rows["rival"].conflict_refs == ["1"]
    assert rows["after"].reasons == ["waits for 1, 2"]
    assert rows["held"].reasons == ["is held: ask first"]


def test_a_task_that_waits_for_something_outside_says_so(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    create_task_external_dependency(desk.connection, task_id=task.id, target="the vendor")
    (row,) = ask(list_blocked_tasks, project_id=desk.project_id)
    assert (row.open_blockers, row.external_targets) == (1, ["the vendor"])
    assert row.project_status == "active"


def test_everything_pending_waits_for_a_paused_project(ask: Ask, desk: Desk) -> None:
    desk.task()
    assert ask(list_blocked_tasks, project_id=desk.project_id) == []
    set_project_paused(desk.connection, project_id=desk.project_id, is_paused=True)
    (row,) = ask(list_blocked_tasks, project_id=desk.project_id)
    assert row.project_paused_at is not None
