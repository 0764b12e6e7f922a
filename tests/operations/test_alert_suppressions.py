"""While works go on, nobody is told of alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.alert_rules import create_alert_rule
from taskspine.queries.alert_suppressions import (
    create_alert_suppression,
    delete_alert_suppression,
    list_alert_suppressions,
)
from taskspine.queries.alerts import evaluate_alerts
from taskspine.queries.metrics import record_metric
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_an_alert_is_suppressed_while_works_go_on(ask: Ask, connection: Connection) -> None:
    rule = create_alert_rule(connection, name="a", metric="load", threshold=1)
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = ask(
        create_alert_suppression, ends_at=soon, reason="works", rule_id=rule.id, subject="system"
    )
    for component in ("system", "other"):
        record_metric(connection, name="load", value=2, component=component)
    raised = {row.subject: row.suppressed_until for row in evaluate_alerts(connection)}
    assert raised == {"system": soon, "other": None}
    assert ask(list_alert_suppressions) == [made]
    assert ask(list_alert_suppressions, since=soon) == []
    assert ask(delete_alert_suppression, alert_suppression_id=made.id) == 1
    assert ask(delete_alert_suppression, alert_suppression_id=made.id) == 0


def test_suppressions_are_of_rules_that_exist_and_end_last_first(ask: Ask) -> None:
    now = datetime.now(UTC)
    for hours in (2, 1, 3):
        ask(create_alert_suppression, ends_at=now + timedelta(hours=hours), reason=f"{hours}")
    assert [row.reason for row in ask(list_alert_suppressions)] == ["3", "2", "1"]
    assert [row.reason for row in ask(list_alert_suppressions, page_size=1, page_start=1)] == ["2"]
    with pytest.raises(RuleBroken, match=rules.ALERT_SUPPRESSIONS_RULE_ID_FKEY):
        ask(create_alert_suppression, ends_at=now + timedelta(hours=1), reason="a", rule_id=NOBODY)
