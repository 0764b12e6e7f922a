"""Recent activity is found by who acted, on what, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from taskspine.database import connect
from taskspine.queries.agents import register_agent
from taskspine.queries.projects import create_project, set_project_status
from taskspine.queries.recent_activity import list_recent_activity

if TYPE_CHECKING:
    from asking import Ask


def test_changes_are_listed_latest_first_by_any_criterion(ask: Ask, database_url: str) -> None:
    with connect(database_url, actor="ada", agent="codex", session="s", request="r") as other:
        project = create_project(other, name="One", slug="one")
        assert project is not None
        set_project_status(other, project_id=project.id, status="inactive")
    ask(register_agent, name="bob")

    rows = ask(list_recent_activity)
    assert [(row.entity_type, row.action) for row in rows] == [
        ("agents", "insert"), ("projects", "update"), ("projects", "insert"),
    ]  # fmt: skip
    late, changed, made = rows
    assert changed.columns == ["status"]
    assert (changed.old_values, changed.new_values) == (
        {"status": "active"}, {"status": "inactive"},
    )  # fmt: skip
    assert (made.actor, made.agent, made.session_id, made.request_id) == ("ada", "codex", "s", "r")

    for criteria in (
        {"actor": "ada"}, {"agent": "codex"}, {"session_id": "s"}, {"request_id": "r"},
        {"entity_type": "projects"}, {"entity_id": str(project.id)}, {"column": "status"},
        {"until": late.occurred_at},
    ):  # fmt: skip
        assert [row.id for row in ask(list_recent_activity, **criteria)] == [changed.id, made.id]
    found = ask(list_recent_activity, action="update", since=changed.occurred_at)
    assert [row.id for row in found] == [changed.id]
    after = late.occurred_at + timedelta(microseconds=1)
    assert ask(list_recent_activity, since=after) == []
    page = ask(list_recent_activity, page_size=1, page_start=1)
    assert [row.id for row in page] == [changed.id]
