"""What components say to each other is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.component_communication_summary import list_component_communication
from taskspine.queries.component_messages import send_component_message
from taskspine.queries.components import create_component
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_messages_are_counted_by_source_target_and_type(ask: Ask, connection: Connection) -> None:
    a, b = (create_component(connection, name=name, type="manager").id for name in "ab")
    for source, target, type_ in (
        (a, b, "x"),
        (a, b, "x"),
        (a, b, "y"),
        (b, a, "x"),
        (None, b, "x"),
    ):
        send_component_message(
            connection, target_component_id=target, source_component_id=source, type=type_
        )

    def counted(component_id: object = None) -> list[tuple[str | None, str, str, int]]:
        return [
            (row.source_component, row.target_component, row.message_type, row.message_count)
            for row in ask(list_component_communication, component_id=component_id)
        ]

    everything = [
        ("a", "b", "x", 2), ("a", "b", "y", 1), ("b", "a", "x", 1), (None, "b", "x", 1),
    ]  # fmt: skip
    assert counted() == everything
    assert counted(a) == everything[:3]
    assert counted(NOBODY) == []
