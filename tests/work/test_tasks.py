"""Tasks are created, found, listed in claim order, and moved along the legal moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from taskspine import enums, rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_details import get_task_details
from taskspine.queries.task_executions import complete_task, get_task_execution
from taskspine.queries.tasks import (
    batch_create_task,
    batch_update_task,
    count_tasks,
    count_tasks_by_status,
    create_task,
    delete_task,
    erase_task,
    get_task,
    get_task_by_ref,
    import_task_changes,
    import_task_statuses,
    import_tasks,
    list_broken_invariants,
    list_subtasks,
    list_tasks,
    list_tasks_as_imported,
    lock_tasks,
    preview_task_deletion,
    preview_task_status,
    restore_task,
    set_task_assignee,
    set_task_parent,
    set_task_priority,
    set_task_status,
    stream_list_tasks,
    update_task,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.enums import TaskOrder


def test_a_task_is_created_and_found(ask: Ask, desk: Desk) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    task = ask(
        create_task,
        project_id=desk.project_id,
        task_list_id=desk.list_id,
        title="Dig",
        type="garden",
        priority=8,
        max_attempts=5,
        complexity_score=2,
        estimated_hours=3,
        assignee_type="person",
        assignee="ada",
        not_before=later,
        due_at=later,
        created_by="grace",
    )
    assert task is not None
    assert (task.ref[:2], task.status, task.priority) == ("T-", "pending", 8)
    found = ask(get_task, task_id=task.id)
    assert found is not None
    assert (found.type, found.max_attempts, found.complexity_score) == ("garden", 5, 2)
    assert (found.assignee, found.not_before, found.due_at) == ("ada", later, later)
    assert (found.created_by, found.estimated_hours, found.attempts) == ("grace", 3, 0)
    by_ref = ask(get_task_by_ref, task_list_id=desk.list_id, ref=task.ref)
    assert by_ref is not None
    assert by_ref.id == task.id


def test_a_creation_that_is_repeated_gives_the_first_task(ask: Ask, desk: Desk) -> None:
    wanted = {"project_id": desk.project_id, "task_list_id": desk.list_id}
    first = ask(create_task, **wanted, title="one", idempotency_key="k")
    again = ask(create_task, **wanted, title="two", idempotency_key="k")
    assert first == again
    assert len(ask(list_tasks, project_id=desk.project_id)) == 1


def test_a_task_that_is_not_there_is_none(ask: Ask, desk: Desk) -> None:
    assert ask(get_task, task_id=NOBODY) is None
    assert ask(get_task_by_ref, task_list_id=desk.list_id, ref="none") is None
    assert ask(list_subtasks, task_id=NOBODY) == []
    assert ask(list_tasks, project_id=NOBODY) == []
    assert ask(count_tasks_by_status, project_id=NOBODY) == []
    assert ask(preview_task_status, task_id=NOBODY, status="failed") == []
    assert ask(set_task_assignee, task_id=NOBODY) is None
    assert ask(set_task_parent, task_id=NOBODY) is None
    assert ask(set_task_priority, task_id=NOBODY, priority=1) is None
    assert ask(set_task_status, task_id=NOBODY, status="failed") is None


def test_a_task_breaks_no_rule_of_its_columns(ask: Ask, desk: Desk) -> None:
    wanted = {"project_id": desk.project_id, "task_list_id": desk.list_id}
    desk.task(ref="1")
    with pytest.raises(RuleBroken, match=rules.TASKS_TASK_LIST_ID_REF_KEY):
        ask(create_task, **wanted, title="again", ref="1")
    with pytest.raises(RuleBroken) as caught:
        ask(create_task, **wanted, title="urgent", priority=11)
    assert (caught.value.rule, caught.value.table) == ("task_priority_in_range", "task_priority")
    with pytest.raises(RuleBroken, match="task_title_has_1_to_500_characters"):
        ask(create_task, **wanted, title=" ")
    with pytest.raises(RuleBroken, match=rules.TASKS_TASK_LIST_ID_PROJECT_ID_FKEY):
        ask(create_task, project_id=NOBODY, task_list_id=desk.list_id, title="lost")


def test_tasks_are_listed_in_claim_order_page_by_page(ask: Ask, desk: Desk) -> None:
    desk.task("b")
    desk.task("c", type="bug")
    desk.task("a", priority=9, assignee_type="agent", assignee="ada")
    of = {"project_id": desk.project_id}
    assert [row.title for row in ask(list_tasks, **of)] == ["a", "b", "c"]
    assert [row.title for row in ask(list_tasks, **of, type="bug")] == ["c"]
    assert [row.title for row in ask(list_tasks, **of, assignee="ada")] == ["a"]
    assert [row.title for row in ask(list_tasks, **of, status="completed")] == []
    assert [row.title for row in ask(list_tasks, **of, page_size=1, page_start=1)] == ["b"]
    assert [row.title for row in ask(list_tasks, **of, created_after=datetime.now(UTC))] == []


def test_tasks_are_listed_and_counted_by_any_criterion(ask: Ask, desk: Desk) -> None:
    soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (1, 9))
    parent = desk.task("b", due_at=later)
    desk.task("c", parent_id=parent.id, due_at=soon, tags=["wet", "cold"])
    desk.task("a", priority=7, assignee_type="person", assignee="bob")
    wanted: list[tuple[dict[str, Any], str]] = [
        ({}, "abc"),
        ({"task_list_id": desk.list_id}, "abc"),
        ({"task_list_id": NOBODY}, ""),
        ({"parent_id": parent.id}, "c"),
        ({"status": "pending"}, "abc"),
        ({"type": "bug"}, ""),
        ({"priority_from": 7}, "a"),
        ({"assignee": "bob"}, "a"),
        ({"tag": "cold"}, "c"),
        ({"created_after": soon}, ""),
        ({"due_before": later}, "c"),
    ]
    for criteria, titles in wanted:
        rows = ask(list_tasks, project_id=desk.project_id, **criteria)
        assert "".join(row.title for row in rows) == titles
        assert ask(count_tasks, project_id=desk.project_id, **criteria) == len(titles)


def test_tasks_are_listed_in_any_order(ask: Ask, desk: Desk) -> None:
    day = datetime.now(UTC)
    desk.task("a", ref="3", complexity_score=9, due_at=day, estimated_hours=1)
    desk.task("b", ref="1", priority=9, due_at=day - timedelta(days=1))
    desk.task("c", ref="2", complexity_score=2, estimated_hours=8)
    orders: list[tuple[TaskOrder, str, str]] = [
        ("priority", "acb", "bac"),
        ("created_at", "abc", "cba"),
        ("updated_at", "abc", "cba"),
        ("due_at", "bac", "abc"),
        ("ref", "bca", "acb"),
        ("title", "abc", "cba"),
        ("status", "bac", "bac"),
        ("complexity_score", "cab", "acb"),
        ("estimated_hours", "acb", "cab"),
    ]
    for order_by, up, down in orders:
        for is_descending, titles in ((False, up), (True, down)):
            rows = ask(
                list_tasks,
                project_id=desk.project_id,
                order_by=order_by,
                is_descending=is_descending,
            )
            assert "".join(row.title for row in rows) == titles, order_by
    streamed = stream_list_tasks(desk.connection, project_id=desk.project_id, order_by="title")
    assert "".join(row.title for row in streamed) == "abc"


def test_a_task_is_created_with_its_document(ask: Ask, desk: Desk) -> None:
    wanted = {"project_id": desk.project_id, "task_list_id": desk.list_id, "title": "Dig"}
    task = ask(create_task, **wanted, description="deep", tags=["wet"], idempotency_key="k")
    assert task is not None
    document = get_task_details(desk.connection, task_id=task.id)
    assert document is not None
    assert (document.description, document.tags, document.context) == ("deep", ["wet"], {})
    again = ask(create_task, **wanted, description="deeper", idempotency_key="k")
    assert again == task
    assert get_task_details(desk.connection, task_id=task.id) == document
    with pytest.raises(RuleBroken, match="task_details_tags_is_array_of_text"):
        ask(create_task, **wanted, tags={"wet": True})
    bare = ask(create_task, **wanted)
    assert bare is not None
    assert get_task_details(desk.connection, task_id=bare.id) is None


def test_many_tasks_are_created_and_changed_at_once(desk: Desk) -> None:
    of = {"project_id": desk.project_id, "task_list_id": desk.list_id}
    made = batch_create_task(desk.connection, [{**of, "title": title} for title in "abc"])
    ids = [task.id for task in made if task]
    assert len(ids) == 3
    changed = batch_update_task(
        desk.connection, [{"task_id": task_id, "priority": 9} for task_id in (*ids, NOBODY)]
    )
    assert [task and task.priority for task in changed] == [9, 9, 9, None]


def test_a_task_changes_in_what_is_named(ask: Ask, desk: Desk) -> None:
    day = datetime.now(UTC) + timedelta(days=1)
    task = desk.task("Dig", estimated_hours=3, due_at=day, complexity_score=2)
    changed = ask(
        update_task,
        task_id=task.id,
        ref="D-1",
        title="Dig deep",
        type="garden",
        priority=7,
        max_attempts=2,
        actual_hours=Decimal("1.5"),
        capabilities=["spade"],
        not_before=day,
    )
    assert changed is not None
    assert (changed.ref, changed.title, changed.type, changed.priority) == (
        "D-1", "Dig deep", "garden", 7,
    )  # fmt: skip
    assert (changed.max_attempts, changed.estimated_hours, changed.actual_hours) == (
        2, Decimal(3), Decimal("1.5"),
    )  # fmt: skip
    assert (changed.complexity_score, changed.not_before, changed.due_at) == (2, day, day)
    assert changed.capabilities == ["spade"]
    emptied = ask(
        update_task,
        task_id=task.id,
        cleared=enums.TASK_OPTIONAL_COLUMN_LABELS,
    )
    assert emptied is not None
    assert (emptied.complexity_score, emptied.estimated_hours, emptied.actual_hours) == (None,) * 3
    assert (emptied.capabilities, emptied.not_before, emptied.due_at) == (None,) * 3
    assert emptied.title == "Dig deep"
    assert ask(update_task, task_id=NOBODY, title="none") is None
    desk.task(ref="2")
    with pytest.raises(RuleBroken, match=rules.TASKS_TASK_LIST_ID_REF_KEY):
        ask(update_task, task_id=task.id, ref="2")


def test_a_deleted_task_is_hidden_until_it_is_brought_back(ask: Ask, desk: Desk) -> None:
    task = desk.task("dig", ref="1")
    desk.task("sow", parent_id=task.id)
    of = {"project_id": desk.project_id}
    assert ask(delete_task, task_id=task.id) == 2
    assert ask(delete_task, task_id=task.id) == 0
    assert ask(list_tasks, **of) == []
    assert ask(count_tasks, **of) == 0
    assert ask(count_tasks_by_status, **of) == []
    assert ask(list_subtasks, task_id=task.id) == []
    assert ask(get_task_by_ref, task_list_id=desk.list_id, ref="1") is None
    deleted = ask(get_task, task_id=task.id)
    assert deleted is not None
    assert (deleted.status, deleted.status_reason) == ("cancelled", "deleted")
    assert deleted.deleted_at is not None
    with pytest.raises(RuleBroken, match="tasks_deleted_are_closed"):
        ask(set_task_status, task_id=task.id, status="pending", reason="after all")
    back = ask(restore_task, task_id=task.id)
    assert back is not None
    assert (back.ref, back.status) == ("1", "cancelled")
    assert ask(restore_task, task_id=task.id) is None
    assert [row.title for row in ask(list_tasks, **of)] == ["dig", "sow"]


def test_a_deleted_task_is_erased_when_nothing_depends_on_it(ask: Ask, desk: Desk) -> None:
    task = desk.task("dig", description="deep")
    after = desk.task("sow", task)
    assert ask(erase_task, task_id=task.id) == 0
    assert ask(delete_task, task_id=task.id) == 1
    with pytest.raises(RuleBroken, match=rules.TASK_DEPENDENCIES_DEPENDS_ON_ID_FKEY):
        ask(erase_task, task_id=task.id)
    desk.connection.execute("DELETE FROM task_dependencies")
    assert ask(erase_task, task_id=task.id) == 1
    assert ask(get_task, task_id=task.id) is None
    assert ask(get_task, task_id=after.id) is not None


def test_tasks_are_counted_by_status(ask: Ask, desk: Desk) -> None:
    desk.completed()
    desk.task()
    desk.task()
    rows = ask(count_tasks_by_status, project_id=desk.project_id)
    assert [(row.status, row.task_count) for row in rows] == [("pending", 2), ("completed", 1)]
    assert ask(list_broken_invariants) == []


def test_a_broken_invariant_is_named(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    desk.connection.execute("SET session_replication_role = replica")
    desk.connection.execute("UPDATE tasks SET open_blockers = 3")
    (fault,) = ask(list_broken_invariants)
    assert fault.invariant == "tasks.open_blockers counts the open blockers"
    assert (fault.subject, fault.detail) == (str(task.id), "3, but there are 0")


def test_subtasks_hang_under_their_parent(ask: Ask, desk: Desk) -> None:
    parent, child = desk.task("garden"), desk.task("dig")
    moved = ask(set_task_parent, task_id=child.id, parent_id=parent.id)
    assert moved is not None
    assert moved.parent_id == parent.id
    assert [row.title for row in ask(list_subtasks, task_id=parent.id)] == ["dig"]
    with pytest.raises(RuleBroken, match="tasks_parents_acyclic"):
        ask(set_task_parent, task_id=parent.id, parent_id=child.id)
    ask(set_task_parent, task_id=child.id)
    assert ask(list_subtasks, task_id=parent.id) == []


def test_a_responsible_one_is_named_with_a_type(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    row = ask(set_task_assignee, task_id=task.id, assignee_type="person", assignee="ada")
    assert row is not None
    assert row.assigned_at is not None
    nobody = ask(set_task_assignee, task_id=task.id)
    assert nobody is not None
    assert (nobody.assignee, nobody.assigned_at) == (None, None)
    with pytest.raises(RuleBroken, match="tasks_assignee_has_a_type") as caught:
        ask(set_task_assignee, task_id=task.id, assignee="ada")
    assert caught.value.hint == "Set assignee and assignee_type together, or both to null."


def test_a_priority_changes_the_order(ask: Ask, desk: Desk) -> None:
    desk.task("one")
    two = desk.task("two")
    row = ask(set_task_priority, task_id=two.id, priority=6)
    assert row is not None
    assert (row.ref, row.priority) == (two.ref, 6)
    assert desk.claim().title == "two"


def test_a_task_moves_along_the_legal_moves(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    held = ask(set_task_status, task_id=task.id, status="blocked", reason="ask first")
    assert held is not None
    assert (held.status, held.status_reason) == ("blocked", "ask first")
    with pytest.raises(RuleBroken, match="tasks_status_follows_transitions") as caught:
        ask(set_task_status, task_id=task.id, status="completed")
    assert caught.value.table == "tasks"
    assert caught.value.detail == (
        "From blocked a task can go to pending, in_progress, cancelled, deferred."
    )


def test_a_closed_task_is_reopened_with_a_reason(ask: Ask, desk: Desk) -> None:
    task = desk.completed()
    with pytest.raises(RuleBroken, match="tasks_reopened_with_a_reason"):
        ask(set_task_status, task_id=task.id, status="pending")
    again = ask(set_task_status, task_id=task.id, status="pending", reason="not deep enough")
    assert again is not None
    assert again.completed_at is None


def test_a_move_by_hand_takes_the_attempt_away_and_frees_those_who_wait(
    ask: Ask, desk: Desk
) -> None:
    task = desk.task(priority=9)
    after = desk.task("after", task)
    claim = desk.claim()
    ask(set_task_status, task_id=task.id, status="completed")
    assert complete_task(desk.connection, execution_id=claim.execution_id) is None
    attempt = get_task_execution(desk.connection, execution_id=claim.execution_id)
    assert attempt is not None
    assert attempt.status == "cancelled"
    assert desk.state(after).open_blockers == 0


def test_two_in_conflict_are_never_both_in_progress(ask: Ask, desk: Desk) -> None:
    one, two = desk.task(), desk.task()
    desk.connection.execute(
        "INSERT INTO task_dependencies (task_id, depends_on_id, kind) VALUES (%s, %s, 'conflicts')",
        (one.id, two.id),
    )
    ask(set_task_status, task_id=one.id, status="in_progress")
    with pytest.raises(RuleBroken, match="tasks_in_conflict_never_both_in_progress"):
        ask(set_task_status, task_id=two.id, status="in_progress")


def test_a_change_of_status_can_be_looked_at_before(ask: Ask, desk: Desk) -> None:
    task = desk.task(ref="1")
    desk.task("after", task, ref="2")
    rows = ask(preview_task_status, task_id=task.id, status="completed")
    assert [(row.ref, row.to_status, row.effect) for row in rows] == [
        ("2", "pending", "becomes free"), ("1", "completed", "changes"),
    ]  # fmt: skip
    assert desk.state(task).status == "pending"
    assert ask(preview_task_status, task_id=task.id, status="pending") == []


def test_a_deletion_can_be_looked_at_before(ask: Ask, desk: Desk) -> None:
    task = desk.task(ref="1")
    desk.task("under it", ref="2", parent_id=task.id)
    desk.task("after", task, ref="3")
    rows = ask(preview_task_deletion, task_id=task.id)
    assert [(row.ref, row.to_status, row.effect) for row in rows] == [
        ("1", "cancelled", "is deleted"),
        ("2", "cancelled", "is deleted"),
        ("3", "pending", "keeps waiting"),
    ]
    assert desk.state(task).status == "pending"
    assert ask(preview_task_deletion, task_id=NOBODY) == []


def test_an_import_creates_changes_and_moves_tasks(ask: Ask, desk: Desk) -> None:
    rows = ask(
        import_tasks,
        project_id=desk.project_id,
        task_list_id=desk.list_id,
        refs=["1", "1.1"],
        parent_refs=[None, "1"],
        titles=["garden", "dig"],
        statuses=["pending", "completed"],
        priorities=[5, 8],
        complexity_scores=[None, 3],
        estimated_hours=[None, 2],
        assignees=[None, "ada"],
        created_by="import",
    )
    ids = {row.ref: row.id for row in rows}
    assert list(ids) == ["1", "1.1"]
    child = ask(get_task, task_id=ids["1.1"])
    assert child is not None
    assert (child.parent_id, child.status, child.assignee) == (ids["1"], "completed", "ada")
    change = {"title": "the garden", "priority": 9}
    assert ask(import_task_changes, task_ids=[ids["1"], NOBODY], changes=[change, {}]) == 1
    assert (
        ask(import_task_statuses, task_ids=[ids["1"]], statuses=["deferred"], source="a file") == 1
    )
    garden = ask(get_task, task_id=ids["1"])
    assert garden is not None
    assert (garden.title, garden.priority) == ("the garden", 9)
    assert (garden.status, garden.status_reason) == ("deferred", "a file says deferred")
    known = ask(list_tasks_as_imported, task_list_id=desk.list_id)
    assert [(row.ref, row.has_details, row.imported) for row in known] == [
        ("1", False, None), ("1.1", False, None),
    ]  # fmt: skip
    assert [row.status for row in ask(lock_tasks, task_ids=[ids["1"], NOBODY])] == ["deferred"]
