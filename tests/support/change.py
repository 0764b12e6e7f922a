"""A project in which pull requests are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqltypist.runtime import only
from taskspine.queries.pull_requests import create_pull_request

if TYPE_CHECKING:
    from taskspine.queries.tables import PullRequestsRow
    from work import Desk

REPOSITORY = "octo/app"


def pull_request(desk: Desk, number: int = 1, **named: Any) -> PullRequestsRow:
    """Create a pull request of octo/app in the project of a desk."""
    named = {"repository": REPOSITORY, "title": "A change", "branch": "feature"} | named
    return only(
        create_pull_request(desk.connection, project_id=desk.project_id, number=number, **named)
    )
