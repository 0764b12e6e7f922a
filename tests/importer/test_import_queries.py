"""The queries of an import, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sqltypist.runtime import NoRow
from taskspine.database import Connection, connect
from taskspine.errors import RuleBroken
from taskspine.queries.projects import get_project, import_project, import_project_settings
from taskspine.queries.task_dependencies import (
    delete_task_dependencies,
    import_task_dependencies,
    list_task_list_dependencies,
)
from taskspine.queries.task_details import (
    get_task_details,
    import_task_detail_changes,
    import_task_details,
)
from taskspine.queries.task_executions import list_running_tasks
from taskspine.queries.task_graph_epochs import lock_task_graph
from taskspine.queries.task_lists import import_task_lists, list_task_lists
from taskspine.queries.task_status_transitions import list_legal_moves
from taskspine.queries.tasks import (
    get_task,
    import_task_changes,
    import_task_statuses,
    import_tasks,
    list_tasks_as_imported,
    lock_tasks,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from collections.abc import Generator
    from uuid import UUID


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.fixture
def desk(connection: Connection) -> Desk:
    return Desk(connection)


def bring(desk: Desk, *refs: str, parents: dict[str, str] | None = None) -> dict[str, UUID]:
    rows = import_tasks(
        desk.connection,
        project_id=desk.project_id,
        task_list_id=desk.list_id,
        refs=refs,
        parent_refs=[(parents or {}).get(ref) for ref in refs],
        titles=[f"task {ref}" for ref in refs],
        statuses=["completed"] * len(refs),
        priorities=[7] * len(refs),
        complexity_scores=[None] * len(refs),
        estimated_hours=[None] * len(refs),
        assignees=["ada", *[None] * (len(refs) - 1)],
    )
    return {row.ref: row.id for row in rows}


def test_a_project_is_created_once(connection: Connection) -> None:
    first = import_project(connection, name="Boat", slug="boat")
    assert first is not None
    assert import_project(connection, name="Ship", slug="boat") is None


def test_settings_gain_keys(connection: Connection) -> None:
    project = import_project(connection, name="Boat", slug="boat")
    assert project is not None
    give = {"project_id": project.id}
    assert import_project_settings(connection, settings={"a": {"x": 1, "y": 2}}, **give) == 1
    assert import_project_settings(connection, settings={"b": 1}, **give) == 1
    assert import_project_settings(connection, settings={"a": {"x": 1}}, **give) == 1
    assert import_project_settings(connection, settings={"a": {"x": 1}}, **give) == 0
    found = get_project(connection, **give)
    assert found is not None
    assert found.settings == {"a": {"x": 1}, "b": 1}


def test_lists_are_created_or_gain_metadata(desk: Desk) -> None:
    rows = import_task_lists(
        desk.connection,
        project_id=desk.project_id, names=["master", "later"], metadata=[{"a": 1}, {}],
    )  # fmt: skip
    assert {row.name for row in rows} == {"master", "later"}
    import_task_lists(
        desk.connection, project_id=desk.project_id, names=["master"], metadata=[{"b": 2}]
    )
    found = list_task_lists(desk.connection, project_id=desk.project_id)
    assert [(row.name, row.metadata) for row in found] == [
        ("later", {}),
        ("master", {"a": 1, "b": 2}),
    ]


def test_tasks_find_their_parents_in_the_statement_and_in_the_list(desk: Desk) -> None:
    first = bring(desk, "1", "1.1", parents={"1.1": "1"})
    second = bring(desk, "1.1", "1.2", "2.1", parents={"1.2": "1", "2.1": "2"})
    assert second.keys() == {"1.2", "2.1"}
    rows = list_tasks_as_imported(desk.connection, task_list_id=desk.list_id)
    assert [(row.ref, row.parent_id) for row in rows] == [
        ("1", None), ("1.1", first["1"]), ("1.2", first["1"]), ("2.1", None),
    ]  # fmt: skip
    task = get_task(desk.connection, task_id=first["1"])
    assert task is not None
    assert (task.status, task.assignee_type, task.assignee) == ("completed", "person", "ada")


def test_a_task_without_a_title_is_refused(desk: Desk) -> None:
    with pytest.raises(RuleBroken, match="task_ref_has_1_to_200_characters"):
        bring(desk, "1", " ")


def test_a_change_touches_the_columns_that_it_names(desk: Desk) -> None:
    ids = bring(desk, "1", "2")
    changes = [{"title": "new", "complexity_score": 3}, {"parent_id": str(ids["1"])}]
    assert import_task_changes(desk.connection, task_ids=[*ids.values()], changes=changes) == 2
    one, two = (get_task(desk.connection, task_id=task_id) for task_id in ids.values())
    assert one is not None
    assert two is not None
    assert (one.title, one.complexity_score, one.priority, one.assignee) == ("new", 3, 7, "ada")
    assert (two.title, two.parent_id) == ("task 2", ids["1"])
    import_task_changes(
        desk.connection,
        task_ids=[*ids.values()],
        changes=[{"assignee": None, "complexity_score": None}, {"parent_id": None}],
    )
    one, two = (get_task(desk.connection, task_id=task_id) for task_id in ids.values())
    assert one is not None
    assert two is not None
    assert (one.assignee_type, one.assignee, one.complexity_score) == (None, None, None)
    assert two.parent_id is None


def test_a_move_gives_its_source_as_the_reason(desk: Desk) -> None:
    ids = bring(desk, "1")
    moves = {"task_ids": [ids["1"]], "source": "tasks.json"}
    assert import_task_statuses(desk.connection, statuses=["pending"], **moves) == 1
    task = get_task(desk.connection, task_id=ids["1"])
    assert task is not None
    assert (task.status, task.status_reason) == ("pending", "tasks.json says pending")
    with pytest.raises(RuleBroken, match="tasks_status_follows_transitions"):
        import_task_statuses(desk.connection, statuses=["failed"], **moves)


def test_documents_are_written_and_changed(desk: Desk) -> None:
    ids = bring(desk, "1")
    import_task_details(
        desk.connection,
        task_ids=[ids["1"]], descriptions=[""], details=["how"], test_strategies=["look"],
        acceptance_criteria=[["c"]], tags=[["t"]], metadata=[{"imported": {"a": 1}, "mine": 1}],
    )  # fmt: skip
    change = {"details": "", "description": "what", "metadata": {"imported": {"b": 2}}}
    import_task_detail_changes(desk.connection, task_ids=[ids["1"]], changes=[change])
    found = get_task_details(desk.connection, task_id=ids["1"])
    assert found is not None
    assert (found.description, found.details, found.test_strategy) == ("what", None, "look")
    assert (found.acceptance_criteria, found.tags) == (["c"], ["t"])
    assert found.metadata == {"imported": {"b": 2}, "mine": 1}
    rows = list_tasks_as_imported(desk.connection, task_list_id=desk.list_id)
    assert [(row.has_details, row.imported) for row in rows] == [(True, {"b": 2})]


def test_dependencies_come_once_and_go(desk: Desk) -> None:
    ids = bring(desk, "1", "2", "3")
    edges = {
        "task_ids": [ids["2"], ids["3"]],
        "depends_on_ids": [ids["1"], ids["1"]],
        "kinds": ["blocks", "suggests"],
    }
    assert import_task_dependencies(desk.connection, created_by="import", **edges) == 2
    assert import_task_dependencies(desk.connection, created_by="import", **edges) == 0
    rows = list_task_list_dependencies(desk.connection, task_list_id=desk.list_id)
    assert {(row.task_id, row.kind, row.created_by) for row in rows} == {
        (ids["2"], "blocks", "import"),
        (ids["3"], "suggests", "import"),
    }
    edges["kinds"] = ["blocks", "blocks"]
    assert delete_task_dependencies(desk.connection, **edges) == 1


def test_running_tasks_are_those_with_an_attempt(desk: Desk) -> None:
    held, free = desk.task(priority=9), desk.task()
    claim = desk.claim()
    rows = list_running_tasks(desk.connection, task_ids=[held.id, free.id])
    assert [row.task_id for row in rows] == [claim.task_id]


def test_locked_tasks_are_not_handed_out(desk: Desk, database_url: str) -> None:
    task = desk.task()
    with connect(database_url) as other, other.transaction():
        rows = lock_tasks(other, task_ids=[task.id, NOBODY])
        assert [(row.id, row.status) for row in rows] == [(task.id, "pending")]
        with pytest.raises(NoRow):
            desk.claim()
    assert desk.claim().task_id == task.id


def test_a_locked_graph_keeps_other_edges_out(desk: Desk, database_url: str) -> None:
    first, second = desk.task(), desk.task()
    desk.connection.execute("SET lock_timeout = '100ms'")
    with connect(database_url) as other, other.transaction():
        lock_task_graph(other, project_id=desk.project_id)
        with pytest.raises(Exception, match="lock timeout"):
            desk.task("third", first, second)


def test_the_legal_moves_are_those_of_the_table(connection: Connection) -> None:
    moves = {(row.from_status, row.to_status) for row in list_legal_moves(connection)}
    assert ("pending", "completed") in moves
    assert ("failed", "completed") not in moves
