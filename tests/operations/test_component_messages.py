"""Components send messages, claim them, answer them, and try again what failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine.queries.component_messages import (
    claim_component_messages,
    complete_component_message,
    fail_component_message,
    get_component_message,
    list_component_messages,
    reap_component_messages,
    retry_component_messages,
    send_component_message,
    set_component_message_delivered,
    set_component_message_sent,
    stream_list_component_messages,
)
from taskspine.queries.components import create_component, delete_component
from work import NOBODY

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from taskspine.database import Connection

AT_ONCE = timedelta(0)


@pytest.fixture
def planner(connection: Connection) -> UUID:
    return create_component(connection, name="planner", type="manager").id


@pytest.fixture
def builder(connection: Connection) -> UUID:
    return create_component(connection, name="builder", type="generator").id


def test_a_message_is_sent_claimed_and_answered(ask: Ask, planner: UUID, builder: UUID) -> None:
    sent = ask(
        send_component_message,
        target_component_id=builder,
        source_component_id=planner,
        type="build",
        payload={"task": 1},
        correlation_id="c",
    )
    assert sent is not None
    assert ask(claim_component_messages, component_id=planner) == []
    (claimed,) = ask(claim_component_messages, component_id=builder)
    assert (claimed.id, claimed.payload, claimed.retry_count) == (sent.id, {"task": 1}, 0)
    assert ask(claim_component_messages, component_id=builder) == []
    answered = ask(
        complete_component_message,
        component_message_id=sent.id,
        retry_count=0,
        response={"ok": True},
    )
    assert answered is not None
    found = ask(get_component_message, component_message_id=sent.id)
    assert found is not None
    assert (found.status, found.response) == ("processed", {"ok": True})
    assert found.delivered_at is not None
    assert found.completed_at is not None
    assert ask(complete_component_message, component_message_id=sent.id, retry_count=0) is None


def test_messages_come_in_their_order(ask: Ask, builder: UUID) -> None:
    sent = [
        ask(send_component_message, target_component_id=builder, type="build") for _ in range(3)
    ]
    first = ask(claim_component_messages, component_id=builder, claim_limit=2)
    rest = ask(claim_component_messages, component_id=builder, claim_limit=2)
    assert [row.id for row in (*first, *rest)] == [row.id for row in sent if row]


def test_a_message_is_not_claimed_before_its_time_or_after(ask: Ask, builder: UUID) -> None:
    now = datetime.now(UTC)
    ask(
        send_component_message,
        target_component_id=builder,
        type="build",
        not_before=now + timedelta(hours=1),
    )
    late = ask(send_component_message, target_component_id=builder, type="build", expires_at=now)
    assert late is not None
    assert ask(claim_component_messages, component_id=builder) == []
    assert [row.id for row in ask(reap_component_messages)] == [late.id]
    assert ask(retry_component_messages) == []


def test_nobody_sends_to_a_component_that_is_deleted(ask: Ask, builder: UUID) -> None:
    ask(delete_component, component_id=builder)
    assert ask(send_component_message, target_component_id=builder, type="build") is None
    assert ask(send_component_message, target_component_id=NOBODY, type="build") is None


def test_a_late_answer_to_an_earlier_try_changes_nothing(ask: Ask, builder: UUID) -> None:
    sent = ask(send_component_message, target_component_id=builder, type="build", max_retries=1)
    assert sent is not None
    ask(claim_component_messages, component_id=builder, answer_within=AT_ONCE)
    assert [row.id for row in ask(reap_component_messages)] == [sent.id]
    assert ask(reap_component_messages) == []
    (again,) = ask(retry_component_messages, delay=AT_ONCE)
    assert (again.id, again.retry_count) == (sent.id, 1)
    ask(claim_component_messages, component_id=builder)
    answers = [
        ask(complete_component_message, component_message_id=sent.id, retry_count=count)
        for count in (0, 1)
    ]
    assert [answer is not None for answer in answers] == [False, True]


def test_what_fails_is_tried_again_later_and_not_for_ever(ask: Ask, builder: UUID) -> None:
    sent = ask(send_component_message, target_component_id=builder, type="build", max_retries=2)
    assert sent is not None
    waits = []
    for count in range(3):
        failed = ask(
            fail_component_message,
            component_message_id=sent.id,
            retry_count=count,
            error_message="no",
        )
        assert failed is not None
        for again in ask(retry_component_messages, target_component_id=builder):
            assert again.not_before is not None
            waits.append(round((again.not_before - datetime.now(UTC)).total_seconds(), -1))
    assert waits == [10, 20]
    assert ask(fail_component_message, component_message_id=sent.id, retry_count=2) is None


def test_a_dispatcher_sends_and_hears_of_delivery(ask: Ask, builder: UUID) -> None:
    sent = ask(send_component_message, target_component_id=builder, type="build")
    assert sent is not None
    named = {"component_message_id": sent.id, "retry_count": 0}
    on_its_way = ask(set_component_message_sent, **named)
    assert on_its_way is not None
    assert on_its_way.sent_at is not None
    assert ask(set_component_message_sent, **named) is None
    assert ask(claim_component_messages, component_id=builder) == []
    there = ask(set_component_message_delivered, **named)
    assert there is not None
    assert (there.status, there.answer_until) == ("delivered", on_its_way.answer_until)
    assert ask(set_component_message_delivered, **named) is None


def test_what_was_delivered_without_being_sent_is_to_be_answered_too(
    ask: Ask, builder: UUID
) -> None:
    sent = ask(send_component_message, target_component_id=builder, type="build")
    assert sent is not None
    there = ask(set_component_message_delivered, component_message_id=sent.id, retry_count=0)
    assert there is not None
    assert there.answer_until is not None
    assert there.delivered_at is not None
    assert there.answer_until - there.delivered_at > timedelta(minutes=4)


def test_messages_are_listed_by_whom_and_what(ask: Ask, planner: UUID, builder: UUID) -> None:
    for number in range(4):
        ask(
            send_component_message,
            target_component_id=builder,
            source_component_id=planner if number % 2 else None,
            type="build" if number < 2 else "test",
            correlation_id=f"c{number}",
        )

    def found(**criteria: object) -> list[str | None]:
        return [row.correlation_id for row in ask(list_component_messages, **criteria)]

    assert found() == ["c3", "c2", "c1", "c0"]
    assert found(source_component_id=planner) == ["c3", "c1"]
    assert found(target_component_id=builder, type="build") == ["c1", "c0"]
    assert found(target_component_id=planner) == []
    assert found(correlation_id="c2", status="pending") == ["c2"]
    assert found(status="failed") == []
    assert found(page_size=1, page_start=2) == ["c1"]


def test_messages_are_streamed(connection: Connection, builder: UUID) -> None:
    for _ in range(3):
        send_component_message(connection, target_component_id=builder, type="build")
    assert len([*stream_list_component_messages(connection, batch_size=2)]) == 3


def test_a_message_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_component_message, component_message_id=0) is None
