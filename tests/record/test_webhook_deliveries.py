"""A webhook's delivery becomes one event, however often it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.events import get_event, list_events
from taskspine.queries.webhook_deliveries import (
    get_webhook_delivery,
    list_webhook_deliveries,
    receive_webhook,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask


def test_a_delivery_becomes_an_event(ask: Ask) -> None:
    taken = ask(
        receive_webhook,
        source="github",
        delivery_id="d-1",
        type="pull_request.opened",
        payload={"number": 7},
        target="validator",
        correlation_id="c",
        trace_id="t",
        task_id=NOBODY,
        project_id=NOBODY,
    )
    assert taken is not None
    assert not taken.is_repeated
    event = ask(get_event, event_id=taken.event_id)
    assert event is not None
    assert (event.category, event.source, event.payload) == ("webhook", "github", {"number": 7})
    assert (event.target, event.correlation_id, event.trace_id) == ("validator", "c", "t")
    assert (event.task_id, event.project_id) == (NOBODY, NOBODY)
    assert event.occurred_at == taken.received_at


def test_a_second_delivery_gives_the_row_of_the_first(ask: Ask) -> None:
    def receive(word: str) -> tuple[int, datetime, int, bool]:
        taken = ask(receive_webhook, source="github", delivery_id="d-1", type=word, payload={})
        assert taken is not None
        assert taken.last_received_at >= taken.received_at
        return taken.event_id, taken.received_at, taken.receipt_count, taken.is_repeated

    event_id, received_at, *_ = receive("push")
    assert receive("other") == (event_id, received_at, 2, True)
    assert [event.type for event in ask(list_events)] == ["push"]
    found = ask(get_webhook_delivery, source="github", delivery_id="d-1")
    assert found is not None
    assert (found.event_id, found.receipt_count) == (event_id, 2)


def test_a_delivery_that_is_refused_may_come_again(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.EVENTS_TYPE_IS_DOTTED_IDENTIFIER):
        ask(receive_webhook, source="github", delivery_id="d-1", type="?", payload={})
    assert ask(get_webhook_delivery, source="github", delivery_id="d-1") is None
    taken = ask(receive_webhook, source="github", delivery_id="d-1", type="push", payload={})
    assert taken is not None
    assert not taken.is_repeated


def test_deliveries_are_listed_the_latest_first(ask: Ask) -> None:
    for source, delivery_id in [("github", "1"), ("linear", "1"), ("github", "2")]:
        ask(receive_webhook, source=source, delivery_id=delivery_id, type="push", payload={})
    listed = ask(list_webhook_deliveries)
    assert [(row.source, row.delivery_id) for row in listed] == [
        ("github", "2"),
        ("linear", "1"),
        ("github", "1"),
    ]
    listed = ask(list_webhook_deliveries, source="github", page_size=1, page_start=1)
    assert [(row.source, row.delivery_id) for row in listed] == [("github", "1")]
    assert ask(list_webhook_deliveries, since=datetime(2999, 1, 1, tzinfo=UTC)) == []
