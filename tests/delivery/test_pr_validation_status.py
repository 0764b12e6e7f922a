"""What the validations of a pull request come to is computed, never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from change import pull_request
from taskspine.queries.pr_validation_status import (
    get_pr_validation_status,
    list_pr_validation_status,
)
from taskspine.queries.pull_requests import update_pull_request
from taskspine.queries.validations import create_validation
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_new_commit_is_to_be_validated_anew(ask: Ask, desk: Desk) -> None:
    change = pull_request(desk, commit_sha="abcdef0")
    ask(
        create_validation,
        type="tests",
        validator="ci",
        result="failed",
        pull_request_id=change.id,
        score=20,
    )
    status = ask(get_pr_validation_status, pull_request_id=change.id)
    assert status is not None
    assert (status.verdict, status.failed_validations, status.average_score) == ("failed", 1, 20)
    ask(update_pull_request, pull_request_id=change.id, commit_sha="0123456")
    status = ask(get_pr_validation_status, pull_request_id=change.id)
    assert status is not None
    assert (status.verdict, status.total_validations) == ("pending", 0)


def test_pull_requests_are_listed_by_verdict(ask: Ask, desk: Desk) -> None:
    for number in (1, 2):
        pull_request(desk, number)
    listed = ask(list_pr_validation_status, project_id=desk.project_id, verdict="pending")
    assert [row.number for row in listed] == [1, 2]
    assert ask(list_pr_validation_status, project_id=desk.project_id, verdict="failed") == []
    assert len(ask(list_pr_validation_status, project_id=desk.project_id)) == 2
    assert ask(get_pr_validation_status, pull_request_id=NOBODY) is None
