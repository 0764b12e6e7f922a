"""Alerts are raised by rules, and acknowledged, suppressed and resolved by people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine.queries.alert_rules import create_alert_rule
from taskspine.queries.alerts import (
    acknowledge_alert,
    count_alerts_by_status,
    evaluate_alerts,
    get_alert,
    list_alerts,
    reopen_suppressed_alert,
    resolve_alert,
    suppress_alert,
)
from taskspine.queries.metrics import record_metric
from work import NOBODY

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from taskspine.database import Connection
    from taskspine.enums import Severity


def raised(connection: Connection, subject: str = "desk", severity: Severity = "warning") -> UUID:
    """Raise an alert about a subject, by a rule of its own."""
    create_alert_rule(
        connection,
        name=f"{subject} is busy",
        metric="load",
        component=subject,
        threshold=1,
        severity=severity,
    )
    record_metric(connection, name="load", value=2, component=subject)
    (alert,) = evaluate_alerts(connection)
    return alert.id


def test_what_is_bad_is_raised_and_what_is_good_again_is_resolved(
    ask: Ask, connection: Connection
) -> None:
    alert_id = raised(connection)
    found = ask(get_alert, alert_id=alert_id)
    assert found is not None
    assert (found.subject, found.severity, found.threshold, found.actual, found.status) == (
        "desk", "warning", 1, 2, "active",
    )  # fmt: skip
    assert ask(evaluate_alerts) == []
    record_metric(connection, name="load", value=0, component="desk")
    (over,) = ask(evaluate_alerts)
    assert (over.id, over.status, over.resolved_by) == (alert_id, "resolved", None)


def test_people_acknowledge_suppress_and_resolve(ask: Ask, connection: Connection) -> None:
    alert_id = raised(connection)
    known = ask(acknowledge_alert, alert_id=alert_id, note="I look at it")
    assert known is not None
    assert (known.status, known.note, known.acknowledged_by) == (
        "acknowledged", "I look at it", "postgres",
    )  # fmt: skip
    assert ask(acknowledge_alert, alert_id=alert_id) is None
    quiet = ask(suppress_alert, alert_id=alert_id)
    assert quiet is not None
    assert (quiet.status, quiet.suppressed_until, quiet.note) == (
        "suppressed",
        None,
        "I look at it",
    )
    assert ask(suppress_alert, alert_id=alert_id) is None
    again = ask(reopen_suppressed_alert, alert_id=alert_id)
    assert again is not None
    assert again.status == "acknowledged"
    assert ask(reopen_suppressed_alert, alert_id=alert_id) is None
    over = ask(resolve_alert, alert_id=alert_id, note="mended")
    assert over is not None
    assert (over.status, over.note, over.resolved_by) == ("resolved", "mended", "postgres")
    assert ask(resolve_alert, alert_id=alert_id) is None


def test_a_suppression_that_is_over_makes_an_alert_active_again(
    ask: Ask, connection: Connection
) -> None:
    alert_id = raised(connection)
    until = datetime.now(UTC) - timedelta(seconds=1)
    ask(suppress_alert, alert_id=alert_id, suppressed_until=until)
    (again,) = ask(evaluate_alerts)
    assert (again.id, again.status, again.suppressed_until) == (alert_id, "active", None)


def test_alerts_are_listed_and_counted(ask: Ask, connection: Connection) -> None:
    a, b, c = (
        raised(connection, subject, severity)
        for subject, severity in (("a", "error"), ("b", "info"), ("c", "error"))
    )
    acknowledge_alert(connection, alert_id=c)
    resolve_alert(connection, alert_id=b)

    def found(**criteria: object) -> str:
        return "".join(row.subject for row in ask(list_alerts, **criteria))

    assert found() == "cba"
    assert found(order_by="raised_at") == "abc"
    assert found(order_by="raised_at", is_descending=True) == "cba"
    assert found(order_by="severity") == "bca"
    assert found(order_by="severity", is_descending=True) == "cab"
    assert found(order_by="status") == "acb"
    assert found(order_by="status", is_descending=True) == "bca"
    assert found(order_by="subject") == "abc"
    assert found(order_by="subject", is_descending=True) == "cba"
    assert found(statuses=["active", "acknowledged"]) == "ca"
    assert found(subject="b", least_severity="info") == "b"
    assert found(least_severity="error") == "ca"
    assert found(since=datetime.now(UTC)) == ""
    assert found(until=datetime.now(UTC), page_size=1, page_start=1) == "b"
    alert = ask(get_alert, alert_id=a)
    assert alert is not None
    assert found(rule_id=alert.rule_id) == "a"
    counts = [(row.severity, row.status, row.alert_count) for row in ask(count_alerts_by_status)]
    assert counts == [("error", "active", 1), ("error", "acknowledged", 1)]


@pytest.mark.parametrize(
    "query", [acknowledge_alert, get_alert, reopen_suppressed_alert, resolve_alert, suppress_alert]
)
def test_an_alert_that_is_not_there_is_none(ask: Ask, query: object) -> None:
    assert ask(query, alert_id=NOBODY) is None
