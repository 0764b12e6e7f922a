"""What racers do about pull requests and templates, repeated as a client would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from racing import retried

from sqltypist.runtime import only
from taskspine.queries.pull_requests import add_pull_request_comment, record_pull_request
from taskspine.queries.templates import create_template

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Ground

    from taskspine.enums import PullRequestStatus

    Connection = psycopg.Connection[Any]

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def report(
    connection: Connection, ground: Ground, number: int, minute: int, status: PullRequestStatus
) -> bool:
    """Record what the host reports; says whether it was news."""
    row = retried(
        lambda: record_pull_request(
            connection,
            project_id=ground.project_id,
            repository="octo/app",
            number=number,
            title=f"as of {minute}",
            branch="feature",
            base_branch="main",
            status=status,
            host_updated_at=NOON + timedelta(minutes=minute),
        )
    )
    return row is not None


def comment(connection: Connection, pull_request_id: UUID, words: str) -> None:
    """Add a comment."""
    retried(
        lambda: add_pull_request_comment(
            connection, pull_request_id=pull_request_id, comment={"body": words}
        )
    )


def write_version(connection: Connection, name: str) -> int:
    """Create the next version of a template; gives its number."""
    made = retried(
        lambda: create_template(connection, name=name, type="prompt", content="Hello"),
        # A strict isolation level hides the version that has come meanwhile; the keys do not.
        psycopg.errors.UniqueViolation,
    )
    return only(made).version
