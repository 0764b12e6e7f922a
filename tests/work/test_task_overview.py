"""A task and its document are read as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from psycopg.rows import dict_row

from taskspine.queries.task_details import update_task_details
from taskspine.queries.task_overview import get_task_overview, search_task_overview
from taskspine.queries.tasks import delete_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from typing import LiteralString

    from asking import Ask


def test_a_task_is_read_with_its_document(ask: Ask, desk: Desk) -> None:
    parent = desk.task("garden")
    task = desk.task("dig", parent, parent_id=parent.id, ref="G-1", estimated_hours=2)
    bare = ask(get_task_overview, task_id=task.id)
    assert bare is not None
    assert (bare.ref, bare.project_slug, bare.list_name) == ("G-1", desk.slug, "master")
    assert (bare.parent_id, bare.open_blockers, bare.tags) == (parent.id, 1, None)
    update_task_details(desk.connection, task_id=task.id, description="deep", tags=["wet"])
    full = ask(get_task_overview, task_id=task.id)
    assert full is not None
    assert (full.description, full.tags) == ("deep", ["wet"])


def test_actual_hours_are_those_of_the_attempts(ask: Ask, desk: Desk) -> None:
    task = desk.completed()
    desk.connection.execute(
        "UPDATE task_executions SET started_at = completed_at - interval '90 minutes'"
    )
    read = ask(get_task_overview, task_id=task.id)
    assert read is not None
    assert read.actual_hours == 1.5
    assert ask(get_task_overview, task_id=NOBODY) is None


def test_tasks_are_searched_by_their_json(ask: Ask, desk: Desk) -> None:
    task = desk.task(
        requirements=[{"type": "feature", "effort": 5}],
        affected_files=["a.py"],
        tags=["frontend", "slow"],
        context={"commit": "0a1b2c3"},
        metadata={"by": "hand"},
    )
    desk.task(requirements=[{"type": "bug", "effort": 2}])
    found: list[dict[str, Any]] = [
        {"requirements": [{"type": "feature"}]},
        {"affected_files": ["a.py"]},
        {"tags": ["slow"]},
        {"context": {"commit": "0a1b2c3"}},
        {"metadata": {"by": "hand"}},
        {"requirements_path": "$[*] ? (@.effort > 3)"},
        {"project_id": desk.project_id, "tags": ["slow"], "affected_files": ["a.py"]},
    ]
    for criteria in found:
        assert [row.id for row in ask(search_task_overview, **criteria)] == [task.id], criteria
    assert ask(search_task_overview, tags=["slow", "wet"]) == []
    assert ask(search_task_overview, project_id=NOBODY) == []
    assert len(ask(search_task_overview, page_start=1)) == 1
    delete_task(desk.connection, task_id=task.id)
    assert ask(search_task_overview, tags=["slow"]) == []
    assert ask(get_task_overview, task_id=task.id) is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("SELECT * FROM tasks WHERE status = 'pending'", {"web", "bare"}),
        ("""SELECT * FROM task_overview WHERE requirements @> '{"type": "feature"}'""", {"web"}),
        ("SELECT * FROM task_overview WHERE tags ? 'frontend'", {"web"}),
        ("SELECT * FROM active_tasks", {"begun"}),
        ("SELECT * FROM task_summary WHERE status = 'in_progress'", {"begun"}),
    ],
)
def test_queries_of_earlier_schemas_run_unchanged(
    desk: Desk, query: LiteralString, titles: set[str]
) -> None:
    desk.task("begun")
    desk.claim()
    desk.task("web", requirements={"type": "feature"}, tags=["frontend"])
    desk.task("bare")
    cursor = desk.connection.cursor(row_factory=dict_row)
    assert {row["title"] for row in cursor.execute(query)} == titles
