"""How components were when somebody last looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.component_latest_health import (
    get_component_latest_health,
    list_component_latest_health,
)
from taskspine.queries.components import create_component
from taskspine.queries.health_checks import record_health_check
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_the_latest_look_counts(ask: Ask, connection: Connection) -> None:
    a, b = (create_component(connection, name=name, type="manager").id for name in "ab")
    for status in ("unhealthy", "healthy"):
        record_health_check(connection, component_id=b, status=status, response_time_ms=3)
    found = ask(get_component_latest_health, component_id=b)
    assert found is not None
    assert (found.component_name, found.status, found.response_time_ms) == ("b", "healthy", 3)
    unseen = ask(get_component_latest_health, component_id=a)
    assert unseen is not None
    assert (unseen.status, unseen.checked_at) == ("unknown", None)
    assert ask(get_component_latest_health, component_id=NOBODY) is None
    statuses = [row.status for row in ask(list_component_latest_health)]
    assert statuses == ["unknown", "healthy"]
    healthy = ask(list_component_latest_health, status="healthy")
    assert [row.component_name for row in healthy] == ["b"]
