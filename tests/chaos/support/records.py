"""What racers record, repeated as a client would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racing import retried

from sqltypist.runtime import only
from taskspine.queries.error_logs import record_error
from taskspine.queries.webhook_deliveries import receive_webhook

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def err(connection: Connection, place: str) -> tuple[str, int, int]:
    """Record an error; gives its fingerprint, and how often it occurred and was reopened."""
    error = retried(
        lambda: record_error(connection, type="KeyError", message="no key", stack=place)
    )
    return error.fingerprint, error.occurrence_count, error.reopened_count


def receive(connection: Connection, delivery_id: str) -> tuple[bool, int, int]:
    """Take in a delivery; gives whether it came before, how often it came, and its event."""
    taken = only(
        retried(
            lambda: receive_webhook(
                connection, source="github", delivery_id=delivery_id, type="push", payload={}
            )
        )
    )
    return taken.is_repeated, taken.receipt_count, taken.event_id
