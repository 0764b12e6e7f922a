"""Edges are made and removed, and questions about the graph are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_dependencies import (
    create_task_dependency,
    create_task_dependency_by_alias,
    delete_task_dependencies,
    delete_task_dependency,
    import_task_dependencies,
    list_critical_path,
    list_root_blockers,
    list_task_dependencies,
    list_task_list_dependencies,
    list_unblocked_by,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_an_edge_is_made_read_changed_and_removed(ask: Ask, desk: Desk) -> None:
    task, blocker, friend = desk.task("b"), desk.task("a", ref="A"), desk.task("c", ref="C")
    edge = ask(create_task_dependency, task_id=task.id, depends_on_id=blocker.id, created_by="ada")
    assert edge is not None
    assert (edge.kind, edge.policy, edge.created_by) == ("blocks", "wait", "ada")
    again = ask(create_task_dependency, task_id=task.id, depends_on_id=blocker.id, policy="satisfy")
    assert again is not None
    assert (again.policy, again.created_at) == ("satisfy", edge.created_at)
    ask(create_task_dependency, task_id=task.id, depends_on_id=friend.id, kind="relates_to")
    first, second = ask(list_task_dependencies, task_id=task.id)
    assert (first.ref, first.kind, first.is_satisfied) == ("A", "blocks", False)
    assert (second.ref, second.kind, second.depends_on_status) == ("C", "relates_to", "pending")
    gone = {"task_id": task.id, "depends_on_id": blocker.id, "kind": "blocks"}
    assert ask(delete_task_dependency, **gone) == 1  # type: ignore[arg-type]
    assert ask(delete_task_dependency, **gone) == 0  # type: ignore[arg-type]
    assert desk.state(task).open_blockers == 0
    assert ask(list_task_dependencies, task_id=NOBODY) == []


def test_a_cycle_is_refused_with_its_path(ask: Ask, desk: Desk) -> None:
    one = desk.task(ref="1")
    two = desk.task("two", one, ref="2")
    three = desk.task("three", two, ref="3")
    with pytest.raises(RuleBroken) as caught:
        ask(create_task_dependency, task_id=one.id, depends_on_id=three.id)
    assert caught.value.rule == "task_dependencies_acyclic"
    assert "1 -> 3 -> 2 -> 1" in (caught.value.detail or "")
    assert caught.value.hint is not None
    with pytest.raises(RuleBroken, match=rules.TASK_DEPENDENCIES_LEAD_TO_ANOTHER_TASK):
        ask(create_task_dependency, task_id=one.id, depends_on_id=one.id)


def test_an_edge_stays_in_its_project_and_off_running_tasks(ask: Ask, desk: Desk) -> None:
    elsewhere = Desk(desk.connection, "elsewhere").task()
    task = desk.task(priority=9)
    with pytest.raises(RuleBroken, match="task_dependencies_within_one_project"):
        ask(create_task_dependency, task_id=task.id, depends_on_id=elsewhere.id)
    blocker = desk.task()
    desk.claim()
    with pytest.raises(RuleBroken, match="task_dependencies_added_while_not_running"):
        ask(create_task_dependency, task_id=task.id, depends_on_id=blocker.id)


def test_other_vocabularies_make_edges_and_parents(ask: Ask, desk: Desk) -> None:
    task, other = desk.task("a"), desk.task("b")
    pair = {"task_id": task.id, "depends_on_id": other.id}
    edge = ask(create_task_dependency_by_alias, **pair, alias="Depends-On", policy="cancel")
    assert edge is not None
    assert (edge.kind, edge.policy) == ("blocks", "cancel")
    again = ask(create_task_dependency_by_alias, **pair, alias="requires")
    assert again == edge, "it is known already"
    assert desk.state(task).open_blockers == 1
    part = ask(create_task_dependency_by_alias, **pair, alias="subtask of")
    assert part is not None
    assert (part.depends_on_id, part.kind) == (other.id, None)
    assert desk.state(task).parent_id == other.id
    assert ask(create_task_dependency_by_alias, **pair, alias="unheard of") is None
    assert (
        ask(create_task_dependency_by_alias, **pair | {"task_id": NOBODY}, alias="blocks") is None
    )
    with pytest.raises(RuleBroken, match="task_dependencies_acyclic"):
        ask(
            create_task_dependency_by_alias,
            task_id=other.id,
            depends_on_id=task.id,
            alias="blocked by",
        )
    with pytest.raises(RuleBroken, match="tasks_parents_acyclic"):
        ask(
            create_task_dependency_by_alias, task_id=other.id, depends_on_id=task.id, alias="parent"
        )


def test_the_critical_path_has_no_slack(ask: Ask, desk: Desk) -> None:
    assert ask(list_critical_path, project_id=desk.project_id) == []
    start = desk.task("start", ref="1", estimated_hours=2)
    long = desk.task("long", start, ref="2", estimated_hours=5)
    short = desk.task("short", start, ref="3")
    desk.task("end", long, short, ref="4", estimated_hours=1)
    rows = ask(list_critical_path, project_id=desk.project_id)
    assert [(row.ref, row.earliest_start, row.slack) for row in rows] == [
        ("1", 0, 0), ("2", 2, 0), ("4", 7, 0), ("3", 2, 4),
    ]  # fmt: skip
    assert [row.is_critical for row in rows] == [True, True, True, False]
    assert [row.hours for row in rows] == [2, 5, 1, 1]
    longer = ask(list_critical_path, project_id=desk.project_id, default_hours=6)
    assert [row.ref for row in longer if row.is_critical] == ["1", "3", "4"]


def test_root_blockers_are_at_the_far_end_of_each_path(ask: Ask, desk: Desk) -> None:
    roots = [desk.task(ref="1"), desk.task(ref="2")]
    middle = desk.task("middle", *roots, ref="3")
    task = desk.task("end", middle, roots[1], ref="4")
    found = ask(list_root_blockers, task_id=task.id)
    assert [(row.ref, row.depth, row.path) for row in found] == [
        ("1", 2, "4 -> 3 -> 1"), ("2", 1, "4 -> 2"),
    ]  # fmt: skip
    assert [row.external_target for row in found] == [None, None]
    assert ask(list_root_blockers, task_id=roots[0].id) == []


def test_what_a_completion_would_free_is_listed_first(ask: Ask, desk: Desk) -> None:
    one, other = desk.task(ref="1"), desk.task(ref="2")
    alone = desk.task("alone", one, ref="3")
    desk.task("both", one, other, ref="4")
    desk.task("after", alone, ref="5")
    found = ask(list_unblocked_by, task_id=one.id)
    assert [(row.ref, row.is_direct) for row in found] == [("3", True), ("4", False), ("5", False)]
    assert ask(list_unblocked_by, task_id=NOBODY) == []


def test_many_edges_come_and_go_at_once(ask: Ask, desk: Desk) -> None:
    task, one, two = desk.task(), desk.task(), desk.task()
    edges = {
        "task_ids": [task.id, task.id],
        "depends_on_ids": [one.id, two.id],
        "kinds": ["blocks", "suggests"],
    }
    assert ask(import_task_dependencies, **edges, created_by="import") == 2
    assert ask(import_task_dependencies, **edges, created_by="import") == 0
    listed = ask(list_task_list_dependencies, task_list_id=desk.list_id)
    assert {(row.depends_on_id, row.kind, row.created_by) for row in listed} == {
        (one.id, "blocks", "import"), (two.id, "suggests", "import"),
    }  # fmt: skip
    assert ask(delete_task_dependencies, **edges) == 2
    assert ask(delete_task_dependencies, **edges) == 0
    assert ask(list_task_list_dependencies, task_list_id=desk.list_id) == []
    with pytest.raises(RuleBroken, match=rules.TASK_DEPENDENCIES_LEAD_TO_ANOTHER_TASK):
        ask(
            import_task_dependencies,
            task_ids=[task.id],
            depends_on_ids=[task.id],
            kinds=["blocks"],
        )
