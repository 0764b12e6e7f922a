"""Alert rules are created, found, changed and set inactive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.migrations.seeding import seed
from taskspine.queries.alert_rules import (
    create_alert_rule,
    delete_alert_rule,
    get_alert_rule,
    get_alert_rule_by_name,
    list_alert_rules,
    set_alert_rule_active,
    update_alert_rule,
)
from taskspine.queries.alerts import evaluate_alerts
from taskspine.queries.metrics import record_database_metrics, record_metric
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_a_rule_is_created_and_found(ask: Ask) -> None:
    made = ask(
        create_alert_rule,
        name="queue is long",
        metric="queue_size",
        threshold=100,
        clear_threshold=50,
        raise_after=timedelta(minutes=5),
        labels={"queue": "mail"},
        severity="error",
    )
    found = ask(get_alert_rule, alert_rule_id=made.id)
    assert found is not None
    assert (found.id, found.labels, found.severity) == (made.id, {"queue": "mail"}, "error")
    assert ask(get_alert_rule_by_name, name="queue is long") == found
    assert (made.comparison, made.raise_after) == ("above", timedelta(minutes=5))
    with pytest.raises(RuleBroken, match=rules.ALERT_RULES_NAME_KEY):
        ask(create_alert_rule, name="queue is long", metric="queue_size", threshold=1)
    with pytest.raises(RuleBroken, match=rules.ALERT_RULES_METRIC_FITS_SOURCE):
        ask(create_alert_rule, name="nothing", threshold=1)


def test_a_rule_is_changed_and_emptied(ask: Ask) -> None:
    made = ask(
        create_alert_rule, name="a", metric="load", threshold=2, clear_threshold=1, component="x"
    )
    changed = ask(
        update_alert_rule,
        alert_rule_id=made.id,
        name="b",
        threshold=3,
        cleared=["clear_threshold", "component", "description"],
    )
    assert changed is not None
    assert (changed.name, changed.threshold, changed.metric) == ("b", 3, "load")
    assert (changed.clear_threshold, changed.component) == (None, None)
    assert ask(update_alert_rule, alert_rule_id=NOBODY, name="c") is None


def test_rules_are_listed_in_any_order(ask: Ask) -> None:
    for name, severity in (("b", "info"), ("a", "error"), ("c", "critical")):
        ask(create_alert_rule, name=name, metric="load", threshold=1, severity=severity)
    orders = {
        (order, is_descending): "".join(
            row.name for row in ask(list_alert_rules, order_by=order, is_descending=is_descending)
        )
        for order in (None, "name", "severity", "created_at", "updated_at")
        for is_descending in (False, True)
    }
    ascending = {None: "abc", "name": "abc", "severity": "bac", "created_at": "bac"}
    ascending |= {"updated_at": "bac"}
    assert orders == {
        (order, is_descending): names[::-1] if is_descending else names
        for order, names in ascending.items()
        for is_descending in (False, True)
    }
    grave = ask(list_alert_rules, least_severity="error", source="metrics", is_active=True)
    assert [row.name for row in grave] == ["a", "c"]
    assert ask(list_alert_rules, page_size=1, page_start=3) == []


def test_a_rule_with_alerts_is_set_inactive(ask: Ask, connection: Connection) -> None:
    made = ask(create_alert_rule, name="a", metric="load", threshold=1)
    record_metric(connection, name="load", value=2)
    assert len(evaluate_alerts(connection)) == 1
    with pytest.raises(RuleBroken, match=rules.ALERTS_RULE_ID_FKEY):
        ask(delete_alert_rule, alert_rule_id=made.id)
    stopped = ask(set_alert_rule_active, alert_rule_id=made.id, is_active=False)
    assert stopped is not None
    assert stopped.evaluated_at is not None
    again = ask(set_alert_rule_active, alert_rule_id=made.id, is_active=True)
    assert again is not None
    assert (again.is_active, again.evaluated_at) == (True, None)
    other = ask(create_alert_rule, name="b", metric="load", threshold=1)
    assert ask(delete_alert_rule, alert_rule_id=other.id) == 1
    assert ask(get_alert_rule, alert_rule_id=other.id) is None
    assert ask(get_alert_rule_by_name, name="b") is None
    assert ask(set_alert_rule_active, alert_rule_id=other.id, is_active=True) is None


def test_the_seeds_watch_what_is_recorded(database_url: str, connection: Connection) -> None:
    assert seed(database_url)["alert_rules"] == 7
    assert seed(database_url)["alert_rules"] == 0
    recorded = {row.name for row in record_database_metrics(connection)}
    watched = {row.metric for row in list_alert_rules(connection) if row.metric}
    assert watched - recorded == {"error_rate_percent"}
    record_metric(connection, name="pool_use_percent", value=81, component="desk")
    assert evaluate_alerts(connection) == []
    record_metric(connection, name="pool_use_percent", value=82, component="desk")
    (raised,) = evaluate_alerts(connection)
    assert (raised.subject, raised.actual, raised.threshold) == ("desk", 82, 80)
