"""Pull requests are opened by agents and people, and reported by the host of the code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from change import REPOSITORY, pull_request
from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.pull_requests import (
    CreatePullRequestItem,
    UpdatePullRequestItem,
    add_pull_request_comment,
    batch_create_pull_request,
    batch_record_pull_request,
    batch_update_pull_request,
    create_pull_request,
    delete_pull_request,
    erase_pull_request,
    get_pull_request,
    get_pull_request_by_number,
    list_pull_requests,
    record_pull_request,
    restore_pull_request,
    set_pull_request_status,
    update_pull_request,
)
from taskspine.queries.tasks import create_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.queries.tables import PullRequestsRow

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_pull_request_is_created_for_an_attempt_and_found(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    claim = desk.claim()
    made = ask(
        create_pull_request,
        project_id=desk.project_id,
        repository=REPOSITORY,
        number=7,
        title="A change",
        branch="feature",
        execution_id=claim.execution_id,
        commit_sha="abcdef0",
        metadata={"additions": 3},
    )
    assert made is not None
    assert (made.task_id, made.execution_id) == (task.id, claim.execution_id)
    assert (made.status, made.base_branch, made.metadata) == ("open", "main", {"additions": 3})
    assert made.opened_at is not None
    assert ask(get_pull_request, pull_request_id=made.id) == made
    assert ask(get_pull_request_by_number, repository="Octo/App", number=7) == made


def test_a_pull_request_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_pull_request, pull_request_id=NOBODY) is None
    assert ask(get_pull_request_by_number, repository=REPOSITORY, number=7) is None
    assert ask(set_pull_request_status, pull_request_id=NOBODY, status="open") is None
    assert ask(update_pull_request, pull_request_id=NOBODY, title="x") is None
    assert ask(add_pull_request_comment, pull_request_id=NOBODY, comment={}) is None


def test_a_number_is_taken_once(desk: Desk) -> None:
    pull_request(desk)
    with pytest.raises(RuleBroken, match=rules.PULL_REQUESTS_ONE_PER_REPOSITORY_AND_NUMBER):
        pull_request(desk)


def test_many_are_created_and_changed_in_one_round_trip(desk: Desk) -> None:
    nothing = dict.fromkeys(
        CreatePullRequestItem.__annotations__ | UpdatePullRequestItem.__annotations__
    )
    shared = {"project_id": desk.project_id, "repository": REPOSITORY, "branch": "feature"}
    made = batch_create_pull_request(
        desk.connection, [nothing | shared | {"number": n, "title": f"Change {n}"} for n in (1, 2)]
    )
    changed = batch_update_pull_request(
        desk.connection,
        [nothing | {"pull_request_id": row.id, "title": row.title + "!"} for row in made if row],
    )
    assert [row.title for row in changed if row] == ["Change 1!", "Change 2!"]
    reports = [
        nothing
        | shared
        | {"number": n, "title": "A report", "base_branch": "main", "host_updated_at": NOON}
        for n in (2, 3)
    ]
    recorded = batch_record_pull_request(desk.connection, reports)
    assert [row.title for row in recorded if row] == ["A report", "A report"]


def test_an_update_leaves_what_is_none_and_clears_what_is_named(ask: Ask, desk: Desk) -> None:
    made = pull_request(desk, author="ada", url="https://example.org/1", description="why")
    changed = ask(
        update_pull_request, pull_request_id=made.id, title="New", cleared=["url", "description"]
    )
    assert changed is not None
    assert (changed.title, changed.author, changed.url) == ("New", "ada", None)
    assert (changed.description, changed.branch) == (None, "feature")
    kept = ask(update_pull_request, pull_request_id=made.id)
    assert kept is not None
    assert (kept.title, kept.author) == ("New", "ada")


def test_pull_requests_are_listed_by_criteria_in_an_order(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    for number, title, named in (
        (3, "b", {"author": "ada"}),
        (1, "c", {"status": "draft", "task_id": task.id}),
        (2, "a", {"repository": "octo/lib", "author": "bob"}),
    ):
        pull_request(desk, number, title=title, **named)

    def numbers(**named: Any) -> list[int]:
        return [row.number for row in ask(list_pull_requests, **named)]

    assert numbers() == [3, 1, 2]
    assert numbers(is_descending=True) == [2, 1, 3]
    assert numbers(order_by="number") == [1, 2, 3]
    assert numbers(order_by="number", is_descending=True) == [3, 2, 1]
    assert numbers(order_by="title") == [2, 3, 1]
    assert numbers(order_by="title", is_descending=True) == [1, 3, 2]
    assert numbers(order_by="status") == [1, 3, 2]
    assert numbers(order_by="updated_at", is_descending=True) == [2, 1, 3]
    assert numbers(page_size=1, page_start=1) == [1]
    assert numbers(project_id=NOBODY) == []
    assert numbers(task_id=task.id) == numbers(status="draft") == [1]
    assert numbers(repository="OCTO/lib") == numbers(author="bob") == [2]
    assert numbers(created_after=datetime.now(UTC) + timedelta(hours=1)) == []


def test_a_deleted_pull_request_is_left_out_and_can_be_restored_or_erased(
    ask: Ask, desk: Desk
) -> None:
    made = pull_request(desk)
    assert ask(erase_pull_request, pull_request_id=made.id) == 0
    assert ask(delete_pull_request, pull_request_id=made.id) == 1
    assert ask(delete_pull_request, pull_request_id=made.id) == 0
    assert ask(list_pull_requests) == []
    assert ask(get_pull_request_by_number, repository=REPOSITORY, number=1) is None
    deleted = ask(get_pull_request, pull_request_id=made.id)
    assert deleted is not None
    assert deleted.deleted_at is not None
    assert ask(restore_pull_request, pull_request_id=made.id) is not None
    assert ask(restore_pull_request, pull_request_id=made.id) is None
    assert len(ask(list_pull_requests)) == 1
    ask(delete_pull_request, pull_request_id=made.id)
    assert ask(erase_pull_request, pull_request_id=made.id) == 1
    assert ask(get_pull_request, pull_request_id=made.id) is None


def test_a_status_moves_along_the_transitions(ask: Ask, desk: Desk) -> None:
    made = pull_request(desk, status="draft")
    with pytest.raises(RuleBroken, match=rules.PULL_REQUESTS_STATUS_FOLLOWS_TRANSITIONS):
        ask(set_pull_request_status, pull_request_id=made.id, status="merged")
    for status in ("open", "failed_validation", "open", "approved", "merged"):
        moved = ask(set_pull_request_status, pull_request_id=made.id, status=status)
        assert moved is not None
        assert moved.status == status
    assert moved.merged_at is not None
    assert moved.closed_at == moved.merged_at


def test_a_comment_is_added_and_one_with_its_id_replaced(ask: Ask, desk: Desk) -> None:
    made = pull_request(desk)
    for comment in (
        {"body": "hm"},
        {"id": 1, "author": "ada", "body": "god"},
        {"id": None, "body": "so"},
        {"id": None, "body": "well"},
        {"id": 1, "author": "ada", "body": "good"},
    ):
        row = ask(add_pull_request_comment, pull_request_id=made.id, comment=comment)
    assert row is not None
    assert row.review_comments == [
        {"body": "hm"},
        {"id": None, "body": "so"},
        {"id": None, "body": "well"},
        {"id": 1, "author": "ada", "body": "good"},
    ]
    with pytest.raises(
        RuleBroken, match=rules.PULL_REQUESTS_REVIEW_COMMENTS_HAVE_KNOWN_KEYS_WELL_TYPED
    ):
        ask(add_pull_request_comment, pull_request_id=made.id, comment={"line": "3"})


class TestReportsOfTheHost:
    """What a webhook says, once, twice, late, or of what nobody has heard of."""

    @pytest.fixture
    def report(self, ask: Ask, desk: Desk) -> Any:
        def report(minutes: float, **named: Any) -> PullRequestsRow | None:
            return ask(
                record_pull_request,
                **{
                    "project_id": desk.project_id,
                    "repository": REPOSITORY,
                    "number": 1,
                    "title": "A change",
                    "branch": "feature",
                    "base_branch": "main",
                    "host_updated_at": NOON + timedelta(minutes=minutes),
                }
                | named,
            )

        return report

    def test_the_first_one_creates_it(self, report: Any) -> None:
        row = report(0, author="ada")
        assert (row.status, row.author, row.opened_at) == ("open", "ada", NOON)

    def test_a_later_one_changes_it(self, report: Any) -> None:
        first = report(0, url="https://example.org/1", status="draft")
        later = report(5, title="Better", status="open", commit_sha="abcdef0")
        assert later.id == first.id
        assert (later.title, later.url, later.commit_sha) == (
            "Better",
            "https://example.org/1",
            "abcdef0",
        )
        assert later.opened_at == NOON + timedelta(minutes=5)

    def test_one_that_comes_twice_changes_nothing(self, report: Any, desk: Desk) -> None:
        for _ in range(2):
            row = report(0, status="merged")
        assert row.merged_at == NOON
        changes = desk.connection.execute(
            "SELECT count(*) FROM audit_log WHERE entity_type = 'pull_requests'"
        )
        assert changes.fetchone() == (1,)

    def test_one_that_comes_late_is_none(self, report: Any, ask: Ask) -> None:
        merged = report(5, status="merged")
        assert report(0, title="Old", status="open") is None
        assert ask(get_pull_request, pull_request_id=merged.id) == merged

    def test_of_two_of_one_second_the_one_that_can_follow_is_later(
        self, report: Any, ask: Ask
    ) -> None:
        merged = report(0, status="merged")
        assert report(0, status="open") is None
        assert ask(get_pull_request, pull_request_id=merged.id) == merged

    def test_one_may_tell_of_several_moves(self, report: Any) -> None:
        report(0, status="draft")
        assert report(5, status="merged").status == "merged"

    def test_none_takes_back_a_merge(self, report: Any) -> None:
        report(0, status="merged")
        with pytest.raises(RuleBroken, match=rules.PULL_REQUESTS_STATUS_FOLLOWS_TRANSITIONS):
            report(5, status="open")

    def test_one_without_a_status_leaves_it(self, report: Any) -> None:
        report(0, status="approved")
        assert report(5).status == "approved"

    def test_one_of_what_was_created_here_brings_it_up_to_date(
        self, report: Any, desk: Desk
    ) -> None:
        task = desk.task()
        made = pull_request(desk, task_id=task.id)
        row = report(0, status="review_requested")
        assert (row.id, row.task_id, row.status) == (made.id, task.id, "review_requested")

    def test_a_deleted_pull_request_stays_deleted(self, report: Any, ask: Ask, desk: Desk) -> None:
        made = pull_request(desk)
        ask(delete_pull_request, pull_request_id=made.id)
        row = report(0)
        assert row.id == made.id
        assert row.deleted_at is not None

    def test_a_pull_request_stays_in_its_project(self, report: Any, connection: Any) -> None:
        first = report(0)
        other = Desk(connection, "other")
        assert report(5, project_id=other.project_id).project_id == first.project_id
        task = create_task(
            connection, project_id=other.project_id, task_list_id=other.list_id, title="elsewhere"
        )
        with pytest.raises(RuleBroken, match=rules.PULL_REQUESTS_TASK_IS_OF_THE_PROJECT):
            report(9, task_id=task.id)
