"""The claim protocol: who holds an attempt may end it, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.projects import create_project
from taskspine.queries.task_executions import (
    add_task_execution_logs,
    batch_record_task_execution_usage,
    claim_task,
    claim_tasks,
    complete_and_claim_tasks,
    complete_task,
    complete_tasks,
    fail_task,
    fail_tasks,
    get_task_execution,
    heartbeat_tasks,
    list_running_tasks,
    list_task_executions,
    reap_expired_tasks,
    record_task_execution_usage,
    release_tasks,
    request_task_cancellation,
    set_task_execution_context,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask

NOW = timedelta(0)
NONE = -1


def test_the_best_ready_task_is_claimed(ask: Ask, desk: Desk) -> None:
    wanted = {"agent_id": desk.agent_id, "project_id": desk.project_id}
    assert ask(claim_task, **wanted) is None
    low = desk.task("low", priority=1)
    high = desk.task("high", low, priority=9)
    claim = ask(claim_task, **wanted, lease=timedelta(minutes=1), agent_instance="here:1")
    assert claim is not None
    assert (claim.title, claim.attempt, claim.priority) == ("low", 1, 1)
    assert claim.lease_expires_at - claim.started_at == timedelta(minutes=1)
    assert desk.state(low).status == "in_progress"
    assert desk.state(high).open_blockers == 1
    assert ask(claim_task, **wanted) is None
    attempt = ask(get_task_execution, execution_id=claim.execution_id)
    assert attempt is not None
    assert (attempt.agent_id, attempt.agent_instance) == (desk.agent_id, "here:1")


def test_a_claim_across_projects_takes_the_best_of_all(ask: Ask, desk: Desk) -> None:
    other = Desk(desk.connection, "other")
    desk.task("mine")
    other.task("theirs", priority=9)
    claims = ask(claim_tasks, agent_id=desk.agent_id, task_count=5)
    assert [claim.title for claim in claims] == ["theirs", "mine"]
    assert ask(claim_tasks, agent_id=desk.agent_id, task_count=5) == []


def test_an_unknown_agent_claims_nothing(ask: Ask, desk: Desk) -> None:
    desk.task()
    with pytest.raises(RuleBroken, match=rules.TASK_EXECUTIONS_AGENT_ID_FKEY):
        ask(claim_task, agent_id=NOBODY, project_id=desk.project_id)
    create_project(desk.connection, name="Empty", slug="empty")
    with pytest.raises(RuleBroken, match=rules.TASK_EXECUTIONS_AGENT_ID_FKEY):
        ask(claim_tasks, agent_id=NOBODY, task_count=2)


def test_a_claim_that_is_repeated_gives_the_same_attempts(ask: Ask, desk: Desk) -> None:
    for n in range(3):
        desk.task(f"task {n}")
    wanted = {"agent_id": desk.agent_id, "project_id": desk.project_id, "claim_key": "k"}
    first = ask(claim_tasks, **wanted, task_count=2)
    again = ask(claim_tasks, **wanted, task_count=2)
    assert [row.execution_id for row in first] == [row.execution_id for row in again]
    assert len(first) == 2


def test_a_claim_may_start_where_another_one_was(ask: Ask, desk: Desk) -> None:
    for n in range(3):
        desk.task(f"task {n}")
    wanted = {"agent_id": desk.agent_id, "project_id": desk.project_id}
    first, second = ask(claim_tasks, **wanted, task_count=2)
    release_tasks(desk.connection, execution_ids=[first.execution_id])
    place = {
        "after_priority": second.priority,
        "after_created_at": second.created_at,
        "after_task_id": second.task_id,
    }
    further = ask(claim_task, **wanted, **place)
    assert further is not None
    assert further.title == "task 2"
    assert ask(claim_task, **wanted, **place) is None
    top = ask(claim_task, **wanted)
    assert top is not None
    assert top.title == "task 0"


def test_a_completion_frees_those_who_wait_and_is_told_once(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    after = desk.task("after", task)
    claim = desk.claim()
    done = ask(complete_task, execution_id=claim.execution_id, output_results={"lines": 10})
    assert done is not None
    assert (done.task_id, done.attempt, done.task_status) == (task.id, 1, "completed")
    assert desk.state(after).open_blockers == 0
    assert ask(complete_task, execution_id=claim.execution_id) is None
    attempt = ask(get_task_execution, execution_id=claim.execution_id)
    assert attempt is not None
    assert (attempt.status, attempt.output_results) == ("completed", {"lines": 10})
    assert ask(complete_task, execution_id=NONE) is None
    assert ask(get_task_execution, execution_id=NONE) is None


def test_results_are_an_object(ask: Ask, desk: Desk) -> None:
    desk.task()
    claim = desk.claim()
    with pytest.raises(RuleBroken) as caught:
        ask(complete_task, execution_id=claim.execution_id, output_results=["no"])
    assert (caught.value.rule, caught.value.table) == (
        "execution_report_is_object", "execution_report",
    )  # fmt: skip
    assert ask(complete_task, execution_id=claim.execution_id) is not None


def test_many_are_completed_and_those_that_were_lost_are_missing(ask: Ask, desk: Desk) -> None:
    tasks = [desk.task(), desk.task()]
    ids = [desk.claim().execution_id, desk.claim().execution_id]
    rows = ask(complete_tasks, execution_ids=[NONE, *ids], output_results=[{}, {"n": 1}, {"n": 2}])
    assert {row.execution_id for row in rows} == set(ids)
    results = [
        row.output_results for task in tasks for row in ask(list_task_executions, task_id=task.id)
    ]
    assert results == [{"n": 1}, {"n": 2}]
    assert ask(complete_tasks, execution_ids=[]) == []


def test_one_call_completes_and_claims_the_next(ask: Ask, desk: Desk) -> None:
    one = desk.task("one", priority=9)
    desk.task("two", one)
    claim = desk.claim()
    wanted = {"agent_id": desk.agent_id, "project_id": desk.project_id, "task_count": 1}
    done, claimed = ask(
        complete_and_claim_tasks,
        execution_ids=[claim.execution_id],
        output_results=[{"ok": True}],
        **wanted,
    )
    assert (done.title, done.execution_status) == ("one", "completed")
    assert (claimed.title, claimed.execution_status) == ("two", "running")
    again = ask(
        complete_and_claim_tasks,
        execution_ids=[claimed.execution_id],
        output_results=[{}],
        **wanted,
    )
    assert [row.execution_status for row in again] == ["completed"]
    assert ask(complete_and_claim_tasks, execution_ids=[], output_results=[], **wanted) == []


def test_a_failed_attempt_is_tried_again_until_it_was_the_last(ask: Ask, desk: Desk) -> None:
    task = desk.task(max_attempts=2)
    failed = ask(
        fail_task,
        execution_id=desk.claim().execution_id,
        error_details={"message": "no luck"},
        retry_delay=NOW,
    )
    assert failed is not None
    assert failed.task_status == "pending"
    assert ask(fail_task, execution_id=failed.execution_id) is None
    (last,) = ask(
        fail_tasks,
        execution_ids=[desk.claim().execution_id, NONE],
        error_details=[{"message": "again"}, {}],
        retry_delay=NOW,
    )
    assert (last.attempt, last.task_status) == (2, "failed")
    attempts = ask(list_task_executions, task_id=task.id)
    assert [row.error_details for row in attempts] == [{"message": "no luck"}, {"message": "again"}]
    assert ask(list_task_executions, task_id=NOBODY) == []


def test_a_failed_task_waits_longer_each_time(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    ask(fail_task, execution_id=desk.claim().execution_id, retry_delay=timedelta(hours=1))
    state = desk.state(task)
    assert state.not_before is not None
    assert timedelta(minutes=59) < state.not_before - state.updated_at <= timedelta(hours=1)
    assert ask(claim_task, agent_id=desk.agent_id, project_id=desk.project_id) is None


def test_a_heartbeat_prolongs_what_still_runs(ask: Ask, desk: Desk) -> None:
    desk.task()
    claim = desk.claim()
    (row,) = ask(
        heartbeat_tasks, execution_ids=[claim.execution_id, NONE], lease=timedelta(hours=1)
    )
    assert row.lease_expires_at - claim.lease_expires_at > timedelta(minutes=50)
    assert not row.is_cancel_requested
    wish = ask(request_task_cancellation, task_id=claim.task_id)
    assert wish is not None
    assert (wish.execution_id, wish.attempt) == (claim.execution_id, 1)
    (row,) = ask(heartbeat_tasks, execution_ids=[claim.execution_id])
    assert row.is_cancel_requested
    ask(complete_task, execution_id=claim.execution_id)
    assert ask(heartbeat_tasks, execution_ids=[claim.execution_id]) == []
    assert ask(request_task_cancellation, task_id=claim.task_id) is None


def test_a_released_task_is_ready_at_once(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    claim = desk.claim()
    (row,) = ask(release_tasks, execution_ids=[claim.execution_id, NONE])
    assert (row.task_id, row.task_status) == (task.id, "pending")
    assert desk.state(task).failed_attempts == 0
    assert ask(release_tasks, execution_ids=[claim.execution_id]) == []
    assert desk.claim().attempt == 2


def test_an_expired_lease_is_reaped_once(ask: Ask, desk: Desk) -> None:
    task, kept = desk.task(ref="1", priority=9), desk.task(ref="2")
    expired, holding = desk.claim(), desk.claim()
    desk.connection.execute(
        "UPDATE task_executions SET lease_expires_at = clock_timestamp() WHERE id = %s",
        (expired.execution_id,),
    )
    running = ask(list_running_tasks, task_ids=[task.id, kept.id, NOBODY])
    assert {row.task_id for row in running} == {task.id, kept.id}
    (row,) = ask(reap_expired_tasks, attempt_count=10, retry_delay=NOW)
    assert (row.execution_id, row.ref, row.task_status) == (expired.execution_id, "1", "pending")
    assert ask(reap_expired_tasks) == []
    assert ask(complete_task, execution_id=expired.execution_id) is None
    assert ask(complete_task, execution_id=holding.execution_id) is not None
    assert ask(list_running_tasks, task_ids=[task.id, kept.id]) == []


def test_an_attempt_tells_what_it_was_given_said_and_used(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    attempt = desk.claim().execution_id
    given = ask(
        set_task_execution_context,
        execution_id=attempt,
        session_id="s-1",
        correlation_id="r-1",
        input_context={"branch": "main"},
    )
    assert given is not None
    assert (given.session_id, given.correlation_id) == ("s-1", "r-1")
    for line in ("began", "half way"):
        ask(add_task_execution_logs, execution_id=attempt, logs=line)
    ask(record_task_execution_usage, execution_id=attempt, memory_usage_mb=Decimal(90))
    used = ask(
        record_task_execution_usage,
        execution_id=attempt,
        memory_usage_mb=Decimal(70),
        input_tokens=1000,
        cost_usd=Decimal("0.25"),
    )
    assert used is not None
    assert (used.memory_usage_mb, used.input_tokens, used.cpu_time_ms) == (90, 1000, None)
    ask(complete_task, execution_id=attempt)
    late = batch_record_task_execution_usage(
        desk.connection,
        [
            {
                "execution_id": attempt,
                "memory_usage_mb": None,
                "cpu_time_ms": 50,
                "input_tokens": None,
                "output_tokens": 10,
                "cost_usd": None,
            }
        ],
    )
    assert late[0] is not None
    assert (late[0].cpu_time_ms, late[0].input_tokens) == (50, 1000)
    found = ask(get_task_execution, execution_id=attempt)
    assert found is not None
    assert (found.logs, found.input_context) == ("began\nhalf way", {"branch": "main"})
    assert (found.retry_count, found.output_tokens, found.cost_usd) == (0, 10, Decimal("0.25"))
    assert found.duration_seconds is not None
    for wanted in (
        {"task_id": task.id}, {"agent_id": desk.agent_id}, {"session_id": "s-1"},
        {"correlation_id": "r-1", "status": "completed"},
    ):  # fmt: skip
        assert [row.id for row in ask(list_task_executions, **wanted)] == [attempt]
    assert ask(list_task_executions, session_id="s-2") == []


def test_attempts_are_listed_in_an_order_and_by_pages(ask: Ask, desk: Desk) -> None:
    for cost in (2, 3, 1):
        desk.completed(f"for {cost}")
    first = [row.id for row in ask(list_task_executions)]
    for attempt, cost in zip(first, (2, 3, 1), strict=True):
        ask(record_task_execution_usage, execution_id=attempt, cost_usd=Decimal(cost))
    costly = ask(list_task_executions, order_by="cost", is_descending=True, page_size=2)
    assert [row.id for row in costly] == [first[1], first[0]]
    latest = ask(list_task_executions, order_by="started_at", is_descending=True, page_start=2)
    assert [row.id for row in latest] == first[:1]


def test_what_is_reported_keeps_to_its_rules(ask: Ask, desk: Desk) -> None:
    desk.task()
    attempt = desk.claim().execution_id
    with pytest.raises(RuleBroken, match="execution_amount_not_negative"):
        ask(record_task_execution_usage, execution_id=attempt, cost_usd=Decimal(-1))
    with pytest.raises(RuleBroken, match="execution_label_has_1_to_200_characters"):
        ask(set_task_execution_context, execution_id=attempt, session_id=" ")
    assert ask(record_task_execution_usage, execution_id=NONE) is None
    assert ask(add_task_execution_logs, execution_id=NONE, logs="lost") is None
    assert ask(set_task_execution_context, execution_id=NONE) is None
