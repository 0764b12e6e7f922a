"""Steps are created, taken, ended, and taken up again after they failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.projects import set_project_paused, set_project_status
from taskspine.queries.tasks import delete_task, restore_task
from taskspine.queries.workflow_steps import (
    claim_retryable_workflow_steps,
    complete_workflow_step,
    create_workflow_step,
    create_workflow_steps,
    delete_workflow_step,
    fail_workflow_step,
    get_workflow_step,
    list_workflow_steps,
    reopen_workflow_step,
    set_workflow_step_result,
    skip_workflow_step,
    start_workflow_step,
)
from taskspine.queries.workflows import (
    create_workflow,
    delete_workflow,
    restore_workflow,
    set_workflow_status,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


def failed(ask: Ask, workflow_id: UUID, step: str) -> UUID:
    made = ask(create_workflow_step, workflow_id=workflow_id, step=step)
    ask(start_workflow_step, workflow_step_id=made.id)
    ask(fail_workflow_step, workflow_step_id=made.id, error_message=f"no {step}")
    return made.id


def test_a_step_is_created_taken_and_completed(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    task = desk.task()
    made = ask(create_workflow_step, workflow_id=workflow_id, step="build", task_id=task.id)
    assert (made.step, made.task_id, made.status, made.retry_count) == (
        "build", task.id, "pending", 0,
    )  # fmt: skip
    assert ask(complete_workflow_step, workflow_step_id=made.id) is None
    started = ask(start_workflow_step, workflow_step_id=made.id)
    assert started is not None
    assert (started.status, started.started_at is None) == ("running", False)
    assert ask(start_workflow_step, workflow_step_id=made.id) is None
    ask(set_workflow_step_result, workflow_step_id=made.id, result={"part": 1})
    done = ask(complete_workflow_step, workflow_step_id=made.id)
    assert done is not None
    assert (done.status, done.result, done.completed_at is None) == (
        "completed", {"part": 1}, False,
    )  # fmt: skip
    assert ask(get_workflow_step, workflow_step_id=made.id) == done
    assert ask(fail_workflow_step, workflow_step_id=made.id, error_message="late") is None
    assert ask(skip_workflow_step, workflow_step_id=made.id) is None
    reopened = ask(reopen_workflow_step, workflow_step_id=made.id)
    assert reopened is not None
    assert (reopened.status, reopened.started_at) == ("pending", None)
    assert ask(reopen_workflow_step, workflow_step_id=made.id) is None
    assert ask(delete_workflow_step, workflow_step_id=made.id) == 1
    assert ask(get_workflow_step, workflow_step_id=made.id) is None
    assert ask(delete_workflow_step, workflow_step_id=made.id) == 0


def test_steps_are_listed_as_they_were_created(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    task = desk.task()
    made = ask(
        create_workflow_steps,
        workflow_id=workflow_id,
        steps=["c", "a", "b"],
        task_ids=[None, task.id, None],
    )
    ask(skip_workflow_step, workflow_step_id=made[2].id)
    listed = ask(list_workflow_steps, workflow_id=workflow_id)
    assert [row.step for row in listed] == ["c", "a", "b"]
    listed = ask(list_workflow_steps, workflow_id=workflow_id, status="skipped")
    assert [row.step for row in listed] == ["b"]
    listed = ask(list_workflow_steps, workflow_id=workflow_id, task_id=task.id)
    assert [row.step for row in listed] == ["a"]


def test_a_step_is_refused_twice_and_for_a_far_task(
    ask: Ask, desk: Desk, workflow_id: UUID
) -> None:
    ask(create_workflow_step, workflow_id=workflow_id, step="build")
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_STEPS_NAMED_ONCE_IN_A_WORKFLOW_AND_TASK):
        ask(create_workflow_step, workflow_id=workflow_id, step="build")
    far = Desk(desk.connection, "far").task()
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_STEPS_ARE_OF_THE_PROJECT):
        ask(create_workflow_step, workflow_id=workflow_id, step="build", task_id=far.id)
    with pytest.raises(RuleBroken, match=rules.WORKFLOW_STEPS_WORKFLOW_ID_FKEY):
        ask(create_workflow_step, workflow_id=NOBODY, step="build")


def test_a_failed_step_is_claimed_until_its_retries_are_used_up(
    ask: Ask, workflow_id: UUID
) -> None:
    step_id = failed(ask, workflow_id, "disk")
    (claimed,) = ask(claim_retryable_workflow_steps, max_retries=2)
    assert (claimed.id, claimed.status, claimed.retry_count) == (step_id, "running", 1)
    assert claimed.error_message == "no disk"
    assert ask(claim_retryable_workflow_steps, max_retries=2) == []
    row = ask(get_workflow_step, workflow_step_id=step_id)
    assert row is not None
    assert (row.error_message, row.completed_at) == (None, None)
    ask(fail_workflow_step, workflow_step_id=step_id, error_message="e" * 20_000)
    assert len(ask(claim_retryable_workflow_steps, max_retries=2)) == 1
    ask(fail_workflow_step, workflow_step_id=step_id, error_message="still no disk")
    assert ask(claim_retryable_workflow_steps, max_retries=2) == []
    assert len(ask(claim_retryable_workflow_steps, max_retries=3)) == 1


def test_who_lost_a_step_does_not_end_it(ask: Ask, workflow_id: UUID) -> None:
    made = ask(create_workflow_step, workflow_id=workflow_id, step="build")
    first = ask(start_workflow_step, workflow_step_id=made.id)
    assert first is not None
    ask(reopen_workflow_step, workflow_step_id=made.id)
    second = ask(start_workflow_step, workflow_step_id=made.id)
    assert second is not None
    late = {"workflow_step_id": made.id, "started_at": first.started_at}
    assert ask(complete_workflow_step, **late) is None
    assert ask(fail_workflow_step, error_message="late", **late) is None
    done = ask(
        complete_workflow_step,
        workflow_step_id=made.id,
        result={"n": 1},
        started_at=second.started_at,
    )
    assert done is not None
    assert done.result == {"n": 1}


def test_steps_are_claimed_in_turn(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    first, second, third = (failed(ask, workflow_id, step) for step in "abc")
    other = ask(create_workflow, project_id=desk.project_id, name="other")
    fourth = failed(ask, other.id, "d")
    claimed = ask(claim_retryable_workflow_steps, max_retries=9, step_count=2)
    assert {row.id for row in claimed} == {first, second}
    ask(fail_workflow_step, workflow_step_id=first, error_message="again")
    # What was retried less comes first.
    (claim,) = ask(claim_retryable_workflow_steps, max_retries=9)
    assert claim.id == third
    (claim,) = ask(claim_retryable_workflow_steps, max_retries=9, workflow_id=other.id)
    assert claim.id == fourth
    (claim,) = ask(claim_retryable_workflow_steps, max_retries=9, step_count=5)
    assert claim.id == first


def test_nothing_is_claimed_of_what_rests(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    task = desk.task()
    made = ask(create_workflow_step, workflow_id=workflow_id, step="disk", task_id=task.id)
    ask(start_workflow_step, workflow_step_id=made.id)
    ask(fail_workflow_step, workflow_step_id=made.id, error_message="no disk")
    for status in ("running", "paused"):
        ask(set_workflow_status, workflow_id=workflow_id, status=status)
    assert ask(claim_retryable_workflow_steps, max_retries=9) == []
    ask(set_workflow_status, workflow_id=workflow_id, status="running")
    ask(delete_workflow, workflow_id=workflow_id)
    assert ask(claim_retryable_workflow_steps, max_retries=9) == []
    ask(restore_workflow, workflow_id=workflow_id)
    for is_paused in (True, False):
        ask(set_project_paused, project_id=desk.project_id, is_paused=is_paused)
        assert not (is_paused and ask(claim_retryable_workflow_steps, max_retries=9))
    ask(set_project_status, project_id=desk.project_id, status="inactive")
    assert ask(claim_retryable_workflow_steps, max_retries=9) == []
    ask(set_project_status, project_id=desk.project_id, status="active")
    ask(delete_task, task_id=task.id)
    assert ask(claim_retryable_workflow_steps, max_retries=9) == []
    ask(restore_task, task_id=task.id)
    assert len(ask(claim_retryable_workflow_steps, max_retries=9)) == 1
