"""A pull request is followed from its task to its merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from change import pull_request
from taskspine.queries.pr_tracking import get_pr_tracking, list_pr_tracking
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_pull_request_is_shown_with_its_task_and_attempt(ask: Ask, desk: Desk) -> None:
    task = desk.task("Sail")
    claim = desk.claim()
    change = pull_request(desk, execution_id=claim.execution_id)
    shown = ask(get_pr_tracking, pull_request_id=change.id)
    assert shown is not None
    assert (shown.task_id, shown.task_title, shown.attempt) == (task.id, "Sail", 1)
    assert (shown.agent_name, shown.execution_status) == ("ada", "running")
    assert (shown.validation_verdict, shown.validation_results) == ("pending", {})


def test_pull_requests_are_shown_by_task_and_status(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    pull_request(desk, 1, task_id=task.id)
    pull_request(desk, 2, status="draft")
    assert [row.number for row in ask(list_pr_tracking)] == [1, 2]
    assert [row.number for row in ask(list_pr_tracking, task_id=task.id)] == [1]
    assert [row.number for row in ask(list_pr_tracking, status="draft")] == [2]
    assert [row.number for row in ask(list_pr_tracking, page_size=1, page_start=1)] == [2]
    assert ask(list_pr_tracking, project_id=NOBODY) == []
    assert ask(get_pr_tracking, pull_request_id=NOBODY) is None
