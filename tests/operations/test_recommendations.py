"""What somebody should look at, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.alert_rules import create_alert_rule
from taskspine.queries.alerts import acknowledge_alert, evaluate_alerts
from taskspine.queries.metrics import record_metric
from taskspine.queries.recommendations import list_recommendations

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from work import Desk


def test_what_is_overdue_is_recommended_to_be_looked_at(ask: Ask, desk: Desk) -> None:
    assert ask(list_recommendations, category=None) == []
    task = desk.task("late")
    desk.connection.execute("UPDATE tasks SET due_at = '2020-02-02' WHERE id = %s", [task.id])
    (seen,) = ask(list_recommendations, category=None)
    assert (seen.category, seen.severity, seen.subject_id) == ("overdue", "warning", str(task.id))
    assert ask(list_recommendations, category="health") == []


def test_an_alert_is_recommended_until_somebody_cares_for_it(
    ask: Ask, connection: Connection
) -> None:
    create_alert_rule(connection, name="busy", metric="load", threshold=1, severity="critical")
    record_metric(connection, name="load", value=2)
    (alert,) = evaluate_alerts(connection)
    (seen,) = ask(list_recommendations, category="alert")
    assert (seen.severity, seen.subject_id, seen.subject) == ("critical", str(alert.id), "system")
    acknowledge_alert(connection, alert_id=alert.id)
    assert ask(list_recommendations, category="alert") == []
