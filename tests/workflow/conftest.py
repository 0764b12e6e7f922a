"""Every test of a query gets a connection, a project to ask about, and both ways to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asking import ask, connection, desk
from taskspine.queries.workflows import create_workflow

if TYPE_CHECKING:
    from uuid import UUID

    from work import Desk

__all__ = ["ask", "connection", "desk"]


@pytest.fixture
def workflow_id(desk: Desk) -> UUID:
    """A workflow of the desk's project."""
    return create_workflow(desk.connection, project_id=desk.project_id, name="a workflow").id
