"""What an import does to a database that is empty, that has the file already, or that went on."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from inbox import Inbox, a_task
from taskspine.database import Connection, connect
from taskspine.importer import (
    Counts,
    FindingCode,
    ImportPlan,
    ImportRefused,
    ImportReport,
    import_file,
    import_plan,
)
from taskspine.queries import tasks
from taskspine.queries.projects import get_project_by_slug, list_projects
from taskspine.queries.task_dependencies import create_task_dependency, delete_task_dependency
from taskspine.queries.task_executions import complete_task, list_running_tasks, release_tasks
from taskspine.queries.task_lists import list_task_lists
from taskspine.queries.tasks import (
    create_task,
    delete_task,
    get_task,
    list_broken_invariants,
    list_subtasks,
    set_task_assignee,
    set_task_parent,
    set_task_priority,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from uuid import UUID


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.fixture
def inbox(connection: Connection, tmp_path: Path) -> Inbox:
    return Inbox(connection, tmp_path)


def codes(report: ImportReport) -> list[FindingCode]:
    return [finding.code for finding in report.findings]


# The first time


def test_a_file_becomes_a_project_named_after_its_folder(inbox: Inbox) -> None:
    report = inbox.bring(a_task(1), a_task(2, 1))
    assert (report.project_slug, report.is_new_project) == ("inbox", True)
    assert report.lists == Counts(created=1)
    assert report.tasks == Counts(created=2)
    assert report.dependencies == Counts(created=1)
    assert report.findings == ()
    assert report.duration_seconds > 0


def test_all_that_a_task_says_arrives(inbox: Inbox) -> None:
    inbox.bring(
        a_task(
            1,
            title="Lay the keel",
            description="The first timber",
            details="Oak",
            testStrategy="Look along it",
            status="done",
            priority="high",
            complexity=7,
            estimatedHours=2.5,
            assignee="ada",
            labels=["hull"],
            acceptanceCriteria=["straight"],
            colour="brown",
        )
    )
    task, details = inbox.task("1"), inbox.details("1")
    assert (task.title, task.status, task.priority) == ("Lay the keel", "completed", 8)
    assert (task.complexity_score, task.estimated_hours) == (7, 2.5)
    assert (task.assignee_type, task.assignee) == ("person", "ada")
    assert task.completed_at is not None
    assert (details.description, details.details) == ("The first timber", "Oak")
    assert details.test_strategy == "Look along it"
    assert (details.tags, details.acceptance_criteria) == (["hull"], ["straight"])
    assert isinstance(details.metadata, dict)
    assert details.metadata["taskmaster"]["original"]["colour"] == "brown"
    assert details.metadata["taskmaster"]["original"]["status"] == "done"


def test_a_task_in_progress_arrives_without_an_attempt(inbox: Inbox) -> None:
    inbox.bring(a_task(1, status="in-progress"))
    assert inbox.task("1").status == "in_progress"
    assert list_running_tasks(inbox.connection, task_ids=[inbox.id("1")]) == []


def test_subtasks_have_parents_at_any_depth(inbox: Inbox) -> None:
    inbox.bring(a_task(1, subtasks=[a_task(1, subtasks=[a_task(1)]), a_task(2, 1)]))
    assert [row.ref for row in list_subtasks(inbox.connection, task_id=inbox.id("1"))] == [
        "1.1",
        "1.2",
    ]
    assert inbox.task("1.1.1").parent_id == inbox.id("1.1")
    assert inbox.edges() == {("1.2", "1.1")}


def test_what_is_open_blocks_and_what_is_done_does_not(inbox: Inbox) -> None:
    inbox.bring(a_task(1, status="done"), a_task(2), a_task(3, 1, 2), a_task(4, 1))
    assert inbox.task("3").open_blockers == 1
    assert inbox.task("4").open_blockers == 0


def test_tasks_are_claimed_in_the_order_of_the_file(inbox: Inbox) -> None:
    inbox.bring(*(a_task(number) for number in range(60, 0, -1)))
    assert [inbox.claim().ref for _ in range(60)] == [str(number) for number in range(60, 0, -1)]


def test_each_list_of_a_file_is_a_list_of_the_project(inbox: Inbox) -> None:
    report = inbox.bring(
        master={"tasks": [a_task(1)], "metadata": {"created": "yesterday"}},
        later={"tasks": [a_task(1), a_task(2, 1)], "mood": "good"},
    )
    assert report.lists == Counts(created=2)
    rows = list_task_lists(inbox.connection, project_id=inbox.project_id)
    assert {row.name: row.metadata for row in rows} == {
        "master": {"taskmaster": {"metadata": {"created": "yesterday"}}},
        "later": {"taskmaster": {"extra": {"mood": "good"}}},
    }


def test_what_stands_beside_the_lists_is_kept_with_the_project(inbox: Inbox) -> None:
    inbox.bring(a_task(1), projectName="Boat")
    project = get_project_by_slug(inbox.connection, slug="inbox")
    assert project is not None
    assert project.settings == {"taskmaster": {"projectName": "Boat"}}


def test_a_project_that_is_there_is_found_by_its_slug(inbox: Inbox) -> None:
    inbox.bring(a_task(1))
    inbox.write(a_task(1), a_task(2))
    report = import_file(inbox.connection, inbox.file, project="inbox")
    assert (report.is_new_project, report.tasks.created) == (False, 1)
    other = import_file(inbox.connection, inbox.file, project="other")
    assert (other.is_new_project, other.tasks.created) == (True, 2)


def test_an_empty_list_is_imported(inbox: Inbox) -> None:
    report = inbox.bring(master={"tasks": []})
    assert (report.lists, report.tasks) == (Counts(created=1), Counts())


# The second time


def test_a_second_import_writes_nothing(inbox: Inbox) -> None:
    inbox.bring(
        a_task(1, status="done", labels=["a"], subtasks=[a_task(1), a_task(2, 1)]),
        a_task(2, 1, 99, status="nonsense"),
        projectName="Boat",
    )
    before = inbox.everything()
    report = inbox.again()
    assert inbox.everything() == before
    assert report.lists == Counts(unchanged=1)
    assert report.tasks == Counts(unchanged=4)
    assert report.dependencies == Counts(unchanged=2)
    assert sorted(codes(report)) == ["dependency_dangling", "status_unknown"]


def test_a_newer_version_changes_only_what_changed(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, details="old"), a_task(3, 1))
    before = {row[2] for row in inbox.everything() if row[0].startswith("task")}
    report = inbox.bring(a_task(1), a_task(2, details="new"), a_task(3, 1), a_task(4, 3))
    after = {row[2] for row in inbox.everything() if row[0].startswith("task")}
    assert report.tasks == Counts(created=1, changed=1, unchanged=2)
    assert report.dependencies == Counts(created=1, unchanged=1)
    assert inbox.details("2").details == "new"
    assert len(before - after) == 1  # the document of task 2
    assert len(after - before) == 4  # that, and task 4 with its document and its edge


def test_every_field_can_change_and_become_empty(inbox: Inbox) -> None:
    full = {
        "title": "new", "description": "d", "details": "e", "testStrategy": "f", "priority": "low",
        "complexity": 3, "estimatedHours": 4, "assignee": "bob", "tags": ["t"],
        "acceptanceCriteria": ["c"],
    }  # fmt: skip
    inbox.bring(a_task(1))
    inbox.bring(a_task(1, **full))
    task, details = inbox.task("1"), inbox.details("1")
    assert (task.title, task.priority, task.complexity_score) == ("new", 3, 3)
    assert (task.estimated_hours, task.assignee, task.assignee_type) == (4, "bob", "person")
    assert (details.description, details.details, details.test_strategy) == ("d", "e", "f")
    assert (details.tags, details.acceptance_criteria) == (["t"], ["c"])
    inbox.bring(a_task(1))
    task, details = inbox.task("1"), inbox.details("1")
    assert (task.title, task.priority, task.complexity_score) == ("task 1", 5, None)
    assert (task.estimated_hours, task.assignee, task.assignee_type) == (None, None, None)
    assert (details.description, details.details, details.test_strategy) == (None, None, None)
    assert (details.tags, details.acceptance_criteria) == ([], [])


def test_what_the_database_says_stays_where_the_file_has_not_changed_it(inbox: Inbox) -> None:
    inbox.bring(a_task(1, priority="low", details="old"))
    set_task_priority(inbox.connection, task_id=inbox.id("1"), priority=9)
    set_task_assignee(
        inbox.connection, task_id=inbox.id("1"), assignee_type="agent", assignee="ada"
    )
    inbox.bring(a_task(1, priority="low", details="new"))
    task = inbox.task("1")
    assert (task.priority, task.assignee_type, task.assignee) == (9, "agent", "ada")
    assert inbox.details("1").details == "new"


def test_a_task_made_by_hand_is_met_by_its_ref(inbox: Inbox) -> None:
    inbox.bring(a_task(1))
    rows = list_task_lists(inbox.connection, project_id=inbox.project_id)
    create_task(
        inbox.connection,
        project_id=inbox.project_id, task_list_id=rows[0].id, title="mine", ref="2",
    )  # fmt: skip
    report = inbox.bring(a_task(1), a_task(2, 1, details="text"))
    assert report.tasks == Counts(changed=1, unchanged=1)
    assert (inbox.task("2").title, inbox.details("2").details) == ("task 2", "text")
    assert inbox.edges() == {("2", "1")}


def test_a_lost_task_is_kept_and_reported(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, 1))
    rows = list_task_lists(inbox.connection, project_id=inbox.project_id)
    create_task(
        inbox.connection,
        project_id=inbox.project_id, task_list_id=rows[0].id, title="mine", ref="by-hand",
    )  # fmt: skip
    report = inbox.bring(a_task(1))
    assert [(finding.code, finding.ref) for finding in report.findings] == [
        ("task_not_in_file", "2")
    ]
    assert inbox.task("2").status == "pending"
    assert inbox.edges() == {("2", "1")}


def test_a_repaired_parent_gets_its_subtasks(inbox: Inbox) -> None:
    inbox.bring({"id": 1, "subtasks": [a_task(1)]}, a_task(2))
    assert inbox.task("1.1").parent_id is None
    inbox.bring(a_task(1, subtasks=[a_task(1)]), a_task(2))
    assert inbox.task("1.1").parent_id == inbox.id("1")


# Dependencies


def test_a_lost_dependency_goes_only_if_an_import_made_it(
    inbox: Inbox,
) -> None:
    inbox.bring(a_task(1), a_task(2), a_task(3, 1))
    create_task_dependency(
        inbox.connection, task_id=inbox.id("3"), depends_on_id=inbox.id("2"), created_by="bob"
    )
    report = inbox.bring(a_task(1), a_task(2), a_task(3))
    assert report.dependencies == Counts(removed=1)
    assert inbox.edges() == {("3", "2")}
    assert inbox.task("3").open_blockers == 1


def test_a_dependency_that_a_person_removed_stays_away(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2), a_task(3, 1))
    delete_task_dependency(
        inbox.connection, task_id=inbox.id("3"), depends_on_id=inbox.id("1"), kind="blocks"
    )
    assert inbox.again().dependencies == Counts(unchanged=1)
    inbox.bring(a_task(1), a_task(2), a_task(3, 1, 2))
    assert inbox.edges() == {("3", "2")}


def test_a_task_waits_on_for_one_that_the_file_has_lost_or_broken(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2), a_task(3, 1, 2))
    report = inbox.bring({"id": 1}, a_task(3, 1, 2))
    assert inbox.edges() == {("3", "1"), ("3", "2")}
    assert sorted(codes(report)) == [
        "dependency_dangling",
        "dependency_set_aside",
        "task_not_in_file",
        "task_without_title",
    ]
    inbox.bring(a_task(1), a_task(3))
    assert inbox.edges() == set()


def test_a_dependency_can_turn_round(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, 1))
    report = inbox.bring(a_task(1, 2), a_task(2))
    assert report.dependencies == Counts(created=1, removed=1)
    assert inbox.edges() == {("1", "2")}


def test_other_kinds_of_dependencies_arrive(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, {"id": 1, "type": "conflicts-with"}))
    assert (inbox.task("2").open_blockers, inbox.task("2").conflicts) == (0, 1)


def test_a_dependency_against_one_made_by_hand_is_reported_until_it_fits(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2), a_task(3, 2))
    ends = {"task_id": inbox.id("1"), "depends_on_id": inbox.id("3")}
    create_task_dependency(inbox.connection, **ends)
    report = inbox.bring(a_task(1), a_task(2, 1), a_task(3, 2))
    assert codes(report) == ["dependency_refused"]
    assert "task_dependencies_acyclic (Cycle: 2 -> 1 -> 3 -> 2" in report.findings[0].message
    before = inbox.everything()
    report = inbox.again()
    assert (codes(report), report.tasks) == (["dependency_refused"], Counts(unchanged=3))
    assert inbox.everything() == before
    delete_task_dependency(inbox.connection, **ends, kind="blocks")
    report = inbox.again()
    assert (report.findings, report.dependencies.created) == ((), 1)


def test_a_task_that_an_agent_works_on_is_not_made_to_wait(inbox: Inbox) -> None:
    inbox.bring(a_task(1))
    claim = inbox.claim()
    report = inbox.bring(a_task(1, 2), a_task(2))
    assert codes(report) == ["dependency_refused"]
    assert "task_dependencies_added_while_not_running" in report.findings[0].message
    release_tasks(inbox.connection, execution_ids=[claim.execution_id])
    assert codes(inbox.again()) == []
    assert inbox.edges() == {("1", "2")}


# Progress


def test_an_import_never_resets_what_an_agent_has_done(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, 1))
    complete_task(inbox.connection, execution_id=inbox.claim().execution_id, output_results={})
    before = inbox.everything()
    assert inbox.again().tasks == Counts(unchanged=2)
    assert inbox.everything() == before
    report = inbox.bring(a_task(1, details="more"), a_task(2, 1))
    assert (inbox.task("1").status, report.findings) == ("completed", ())


def test_a_status_that_the_file_has_changed_is_followed(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2, 1))
    inbox.bring(a_task(1, status="done"), a_task(2, 1))
    assert inbox.task("1").status == "completed"
    assert inbox.task("2").open_blockers == 0
    report = inbox.bring(a_task(1, status="pending"), a_task(2, 1))
    assert (inbox.task("1").status, report.findings) == ("pending", ())
    assert inbox.task("1").status_reason == "tasks.json says pending"
    assert inbox.task("2").open_blockers == 1


def test_an_illegal_move_is_a_finding(inbox: Inbox) -> None:
    inbox.bring(a_task(1, status="failed"))
    report = inbox.bring(a_task(1, status="review"))
    assert codes(report) == ["status_kept"]
    assert report.findings[0].message == (
        "task 1 is failed and does not become review: there is no such move"
    )
    assert inbox.task("1").status == "failed"
    assert inbox.again().findings == ()


def test_what_was_closed_meanwhile_is_not_reopened(inbox: Inbox) -> None:
    inbox.bring(a_task(1))
    complete_task(inbox.connection, execution_id=inbox.claim().execution_id, output_results={})
    report = inbox.bring(a_task(1, status="in-progress"))
    assert codes(report) == ["status_kept"]
    assert inbox.task("1").status == "completed"


def test_what_was_deleted_stays_deleted(inbox: Inbox) -> None:
    inbox.bring(a_task(1), a_task(2))
    deleted = inbox.id("2")
    delete_task(inbox.connection, task_id=deleted)
    assert inbox.again().findings == ()
    report = inbox.bring(a_task(1), a_task(2, status="blocked", subtasks=[a_task(1)]))
    assert codes(report) == [FindingCode.TASK_REFUSED, FindingCode.STATUS_KEPT]
    found = get_task(inbox.connection, task_id=deleted)
    assert found is not None
    assert found.deleted_at is not None
    assert found.status == "cancelled"


def test_a_running_attempt_is_taken_away_only_when_the_file_closes_the_task(inbox: Inbox) -> None:
    inbox.bring(a_task(1))
    claim = inbox.claim()
    report = inbox.bring(a_task(1, status="deferred"))
    assert codes(report) == ["status_kept"]
    assert report.findings[0].message.endswith("an agent is working on it")
    assert [row.task_id for row in list_running_tasks(inbox.connection, task_ids=[claim.task_id])]
    report = inbox.bring(a_task(1, status="cancelled"))
    assert (inbox.task("1").status, report.findings) == ("cancelled", ())
    assert list_running_tasks(inbox.connection, task_ids=[claim.task_id]) == []


def test_tasks_in_conflict_do_not_both_start(inbox: Inbox) -> None:
    other = a_task(2, {"id": 1, "kind": "conflicts"})
    inbox.bring(a_task(1), other)
    report = inbox.bring(a_task(1, status="in-progress"), other | {"status": "in-progress"})
    assert codes(report) == ["status_kept"]
    assert "tasks_in_conflict_never_both_in_progress" in report.findings[0].message
    assert sorted([inbox.task("1").status, inbox.task("2").status]) == ["in_progress", "pending"]


# What the database refuses


def test_a_refused_task_is_set_aside_and_never_loses_the_rest(
    inbox: Inbox, plan: Callable[..., ImportPlan]
) -> None:
    sound = plan({"tasks": [a_task(n, *([n - 1] if n > 1 else [])) for n in range(1, 13)]})
    spoilt = {
        "2": {"title": " "}, "3": {"priority": 11}, "4": {"priority": 99_999},
        "5": {"status": "nonsense"}, "6": {"ref": "r" * 201}, "7": {"estimated_hours": -1.0},
        "8": {"title": "nul \0"}, "9": {"details": "x" * 1_048_577}, "10": {"tags": [1]},
        "11": {"title": "\ud800"},
    }  # fmt: skip
    tasks = tuple(replace(task, **spoilt.get(task.ref, {})) for task in sound.lists[0].tasks)
    report = import_plan(
        inbox.connection, replace(sound, lists=(replace(sound.lists[0], tasks=tasks),))
    )
    refused = {
        finding.ref: finding.message.partition("refused by ")[2].partition(",")[0]
        for finding in report.findings
        if finding.code == "task_refused"
    }
    assert len(refused) == len(spoilt)
    assert refused["2"] == "task_title_has_1_to_500_characters"
    assert refused["3"] == "task_priority_in_range"
    assert refused["7"] == "task_hours_not_negative"
    assert refused["9"] == "task_details_details_up_to_1_mb"
    assert refused["10"] == "task_details_tags_is_array_of_text"
    assert report.tasks == Counts(created=2)
    assert report.dependencies == Counts()
    assert list_broken_invariants(inbox.connection) == []


def test_a_subtask_of_a_refused_task_is_kept_without_it(
    inbox: Inbox, plan: Callable[..., ImportPlan]
) -> None:
    sound = plan({"tasks": [a_task(1, subtasks=[a_task(1)])]})
    parent, child = sound.lists[0].tasks
    spoilt = replace(sound.lists[0], tasks=(replace(parent, title=""), child))
    report = import_plan(inbox.connection, replace(sound, lists=(spoilt,)), project="inbox")
    assert codes(report) == ["task_refused"]
    assert inbox.task("1.1").parent_id is None


def test_a_plan_with_a_cycle_loses_one_edge_of_it(
    inbox: Inbox, plan: Callable[..., ImportPlan]
) -> None:
    sound = plan({"tasks": [a_task(n, *([n - 1] if n > 1 else [])) for n in range(1, 41)]})
    first = sound.lists[0].dependencies[0]
    closing = replace(first, task_ref="1", depends_on_ref="40")
    spoilt = replace(sound.lists[0], dependencies=(*sound.lists[0].dependencies, closing, closing))
    report = import_plan(inbox.connection, replace(sound, lists=(spoilt,)), project="inbox")
    assert codes(report) == ["dependency_refused"]
    assert report.dependencies == Counts(created=39)
    assert list_broken_invariants(inbox.connection) == []


def test_a_refused_change_is_a_finding_and_is_tried_again(inbox: Inbox) -> None:
    inbox.bring({"id": 1, "subtasks": [a_task(1)]}, a_task(2))
    inbox.bring({"id": 1, "subtasks": [a_task(1)]}, a_task(2), a_task(3))
    rows = list_task_lists(inbox.connection, project_id=inbox.project_id)
    mine = create_task(
        inbox.connection,
        project_id=inbox.project_id, task_list_id=rows[0].id, title="mine", ref="1",
        parent_id=inbox.id("1.1"),
    )  # fmt: skip
    assert mine is not None
    report = inbox.bring(a_task(1, subtasks=[a_task(1)]), a_task(2), a_task(3, details="x"))
    assert codes(report) == ["change_refused"]
    assert "tasks_parents_acyclic" in report.findings[0].message
    assert report.tasks == Counts(changed=2, unchanged=2)
    before = inbox.everything()
    assert codes(inbox.again()) == ["change_refused"]
    assert inbox.everything() == before
    set_task_parent(inbox.connection, task_id=mine.id, parent_id=None)
    assert inbox.again().findings == ()
    assert inbox.task("1.1").parent_id == mine.id


def test_a_rule_of_somebodys_own_names_the_tasks_that_break_it(inbox: Inbox) -> None:
    inbox.connection.execute(
        "ALTER TABLE tasks ADD CONSTRAINT tasks_hours_are_estimated"
        " CHECK (estimated_hours IS NOT NULL)"
    )
    report = inbox.bring(
        *(a_task(n, **({} if n in (3, 40) else {"estimatedHours": 1})) for n in range(1, 51))
    )
    assert [finding.ref for finding in report.findings] == ["3", "40"]
    assert all("tasks_hours_are_estimated" in each.message for each in report.findings)
    assert report.tasks == Counts(created=48)


def test_a_task_that_was_refused_gets_its_subtasks_once_it_is_taken(inbox: Inbox) -> None:
    rule = "ADD CONSTRAINT tasks_titles_are_long CHECK (length(title) > 1)"
    file = (a_task(1, title="x", subtasks=[a_task(1), a_task(2, 1)]), a_task(2, 1))
    inbox.connection.execute(f"ALTER TABLE tasks {rule}")
    assert codes(inbox.bring(*file)) == ["task_refused", "dependency_refused"]
    before = inbox.everything()
    assert codes(inbox.again()) == ["task_refused", "dependency_refused"]
    assert inbox.everything() == before
    inbox.connection.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_titles_are_long")
    report = inbox.again()
    assert (report.findings, report.dependencies.created) == ((), 1)
    assert inbox.task("1.1").parent_id == inbox.id("1")
    assert inbox.edges() == {("1.2", "1.1"), ("2", "1")}


def test_a_subtask_waits_on_for_a_sibling_that_the_file_has_lost(inbox: Inbox) -> None:
    inbox.bring(a_task(1, subtasks=[a_task(5), a_task(6, 5)]))
    inbox.bring(a_task(1, subtasks=[a_task(6, 5)]))
    assert inbox.edges() == {("1.6", "1.5")}


# All or nothing


def test_a_file_without_a_usable_task_creates_nothing(inbox: Inbox) -> None:
    inbox.write({"id": 1})
    with pytest.raises(ImportRefused, match=r"line 1, at /tasks/0: none of its tasks .* no title"):
        import_file(inbox.connection, inbox.file)
    assert list_projects(inbox.connection) == []


def test_a_project_is_named_by_a_slug(inbox: Inbox) -> None:
    inbox.write(a_task(1))
    with pytest.raises(ImportRefused, match=r"Name it my-boat, say"):
        import_file(inbox.connection, inbox.file, project="My Boat!")


@pytest.mark.parametrize("after", [20, 45])
def test_an_import_that_is_cut_off_leaves_no_trace(
    inbox: Inbox, database_url: str, after: int
) -> None:
    inbox.bring(a_task(1), a_task(2, 1))
    before = inbox.everything()
    inbox.write(*(a_task(n, *([n - 1] if n > 1 else [])) for n in range(1, 41)))
    calls: list[int] = []
    with connect(database_url) as victim:

        def terminate(done: int, _total: int) -> None:
            calls.append(done)
            if done >= after:
                inbox.connection.execute(
                    "SELECT pg_terminate_backend(%s, 5000)", [victim.info.backend_pid]
                )

        with pytest.raises(psycopg.OperationalError):
            import_file(victim, inbox.file, progress=terminate)
    assert calls[-1] >= after
    assert inbox.everything() == before
    assert inbox.again().tasks.created == 38


def test_an_error_of_the_caller_leaves_no_trace(inbox: Inbox) -> None:
    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    inbox.write(a_task(1))
    with pytest.raises(KeyboardInterrupt):
        import_file(inbox.connection, inbox.file, progress=fail)
    assert list_projects(inbox.connection) == []


@pytest.mark.parametrize("is_known", [False, True])
def test_two_imports_of_one_file_at_once_write_it_once(
    inbox: Inbox, database_url: str, is_known: bool
) -> None:
    if is_known:
        inbox.bring(a_task(1))
    inbox.write(*(a_task(n, *([n - 1] if n > 1 else [])) for n in range(1, 201)))
    reports: list[ImportReport] = []
    barrier = threading.Barrier(4)

    def bring() -> None:
        with connect(database_url) as connection:
            barrier.wait()
            reports.append(import_file(connection, inbox.file))

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.tasks.created for report in reports) == [0, 0, 0, 200 - is_known]
    assert sorted(report.dependencies.created for report in reports) == [0, 0, 0, 199]
    assert sum(report.tasks.changed for report in reports) == 0
    assert sum(report.is_new_project for report in reports) == (not is_known)
    assert list_broken_invariants(inbox.connection) == []


def test_a_task_that_somebody_creates_meanwhile_is_met(
    inbox: Inbox, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.bring(a_task(1))
    list_id = list_task_lists(inbox.connection, project_id=inbox.project_id)[0].id
    inbox.write(a_task(1), a_task(2))
    look = tasks.list_tasks_as_imported
    with connect(database_url) as other:

        def create(*connection: Connection, **named: UUID) -> list[tasks.ListTasksAsImportedRow]:
            rows = look(*connection, **named)
            if not other.execute("SELECT FROM tasks WHERE ref = '2'").rowcount:
                tasks.create_task(
                    other,
                    project_id=inbox.project_id, task_list_id=list_id, title="mine", ref="2",
                )  # fmt: skip
            return rows

        monkeypatch.setattr(tasks, "list_tasks_as_imported", create)
        report = import_file(inbox.connection, inbox.file)
    assert report.tasks == Counts(changed=1, unchanged=1)
    assert inbox.task("2").title == "task 2"


def test_an_import_can_be_part_of_a_transaction(inbox: Inbox) -> None:
    inbox.write(a_task(1))
    with inbox.connection.transaction() as transaction:
        import_file(inbox.connection, inbox.file)
        raise psycopg.Rollback(transaction)
    assert list_projects(inbox.connection) == []


def test_many_tasks_need_few_statements(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[bytes] = []
    execute = psycopg.Cursor.execute

    def listen(cursor: psycopg.Cursor, query: bytes, *rest: object, **more: object) -> object:
        texts.append(query)
        return execute(cursor, query, *rest, **more)  # type: ignore[arg-type]

    inbox.write(*(a_task(n, *range(max(1, n - 300), n - 297)) for n in range(1, 1001)))
    monkeypatch.setattr(psycopg.Cursor, "execute", listen)
    import_file(inbox.connection, inbox.file)
    assert len(texts) < 40
    texts.clear()
    import_file(inbox.connection, inbox.file)
    assert len(texts) < 10
