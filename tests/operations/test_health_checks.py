"""How components are is recorded, each time that somebody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from taskspine.queries.components import create_component, delete_component
from taskspine.queries.health_checks import (
    batch_record_health_check,
    list_health_checks,
    record_health_check,
    stream_list_health_checks,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from taskspine.queries.health_checks import RecordHealthCheckItem

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_looks_are_recorded_and_listed(ask: Ask, connection: Connection) -> None:
    a, b = (create_component(connection, name=name, type="manager").id for name in "ab")
    looks = [
        ask(
            record_health_check,
            component_id=component_id,
            status=status,
            response_time_ms=12.5,
            details={"disk": "full"},
            checked_at=NEW_YEAR + timedelta(days=day),
        )
        for day, (component_id, status) in enumerate(
            [(a, "healthy"), (b, "unhealthy"), (a, "degraded")]
        )
    ]

    def found(**criteria: object) -> list[str]:
        return [row.status for row in ask(list_health_checks, **criteria)]

    assert found() == ["degraded", "unhealthy", "healthy"]
    assert found(component_id=a) == ["degraded", "healthy"]
    assert found(status="unhealthy") == ["unhealthy"]
    assert found(since=NEW_YEAR + timedelta(days=1), until=NEW_YEAR + timedelta(days=2)) == [
        "unhealthy"
    ]
    assert found(page_size=1, page_start=1) == ["unhealthy"]
    assert looks[0] is not None
    assert looks[0].details == {"disk": "full"}


def test_nobody_looks_at_a_component_that_is_deleted(ask: Ask, connection: Connection) -> None:
    made = create_component(connection, name="a", type="manager")
    delete_component(connection, component_id=made.id)
    assert ask(record_health_check, component_id=made.id, status="healthy") is None
    assert ask(record_health_check, component_id=NOBODY, status="healthy") is None


def test_many_looks_are_recorded_at_once_and_streamed(connection: Connection) -> None:
    made = create_component(connection, name="a", type="manager")
    look: RecordHealthCheckItem = {
        "component_id": made.id,
        "status": "healthy",
        "response_time_ms": None,
        "details": None,
        "checked_at": None,
    }
    batch_record_health_check(connection, [look] * 3)
    assert len([*stream_list_health_checks(connection, batch_size=2)]) == 3
