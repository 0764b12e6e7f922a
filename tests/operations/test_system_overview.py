"""The whole system in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.alert_rules import create_alert_rule
from taskspine.queries.alerts import evaluate_alerts
from taskspine.queries.metrics import record_metric
from taskspine.queries.system_overview import get_system_overview

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from work import Desk


def test_the_overview_counts_what_is_to_be_done(ask: Ask, desk: Desk) -> None:
    desk.completed()
    desk.task("later", desk.task("first"))
    seen = ask(get_system_overview)
    assert seen is not None
    assert (seen.total_tasks, seen.pending_tasks, seen.waiting_tasks) == (3, 2, 1)
    assert (seen.completed_tasks, seen.running_executions, seen.active_projects) == (1, 0, 1)


def test_the_overview_counts_what_is_wrong(ask: Ask, connection: Connection) -> None:
    create_alert_rule(connection, name="busy", metric="load", threshold=1)
    record_metric(connection, name="load", value=2)
    evaluate_alerts(connection)
    seen = ask(get_system_overview)
    assert seen is not None
    assert (seen.open_alerts, seen.open_errors, seen.unhealthy_components) == (1, 0, 0)
