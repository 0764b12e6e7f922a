"""The system is as well as its latest measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.components import create_component
from taskspine.queries.metrics import record_metric
from taskspine.queries.system_health import get_system_health, list_system_health

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_the_latest_measurements_are_told(ask: Ask, connection: Connection) -> None:
    create_component(connection, name="desk", type="manager")
    for value in (90, 40):
        record_metric(connection, name="cpu_percent", value=value)
    record_metric(connection, name="queue_size", value=3, component="desk")
    found = ask(get_system_health, component="system")
    assert found is not None
    assert (found.cpu_percent, found.queue_size) == (40, None)
    rows = [(row.component, row.cpu_percent, row.queue_size) for row in ask(list_system_health)]
    assert rows == [("desk", None, 3), ("system", 40, None)]
    assert ask(get_system_health, component="nobody") is None
