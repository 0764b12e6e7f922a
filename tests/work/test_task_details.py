"""The document of a task is written, and what is not named stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_details import (
    batch_update_task_details,
    get_task_details,
    import_task_detail_changes,
    import_task_details,
    update_task_details,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_document_is_written_and_read(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    assert ask(get_task_details, task_id=task.id) is None
    made = ask(
        update_task_details,
        task_id=task.id,
        description="Dig",
        details="deep",
        test_strategy="look",
        requirements=[{"type": "feature"}],
        acceptance_criteria=["it is deep"],
        affected_files=["garden.txt"],
        tags=["outdoors"],
        context={"soil": "sand"},
        metadata={"by": "hand"},
    )
    changed = ask(update_task_details, task_id=task.id, details="deeper", tags=["outdoors", "wet"])
    read = ask(get_task_details, task_id=task.id)
    assert made is not None
    assert changed is not None
    assert read is not None
    assert (made.details, changed.details, read.details) == ("deep", "deeper", "deeper")
    assert (read.description, read.test_strategy) == ("Dig", "look")
    assert (read.requirements, read.acceptance_criteria) == ([{"type": "feature"}], ["it is deep"])
    assert (read.affected_files, read.tags) == (["garden.txt"], ["outdoors", "wet"])
    assert (read.context, read.metadata) == ({"soil": "sand"}, {"by": "hand"})


def test_what_is_cleared_of_a_document_is_empty(ask: Ask, desk: Desk) -> None:
    task = desk.task(description="Dig", details="deep", test_strategy="look", tags=["wet"])
    changed = ask(update_task_details, task_id=task.id, cleared=["description", "details"])
    assert changed is not None
    assert (changed.description, changed.details, changed.tags) == (None, None, ["wet"])
    assert changed.test_strategy == "look"
    emptied = ask(update_task_details, task_id=task.id, cleared=["test_strategy"], tags=[])
    assert emptied is not None
    assert (emptied.test_strategy, emptied.tags) == (None, [])


def test_many_documents_change_at_once(desk: Desk) -> None:
    tasks = [desk.task(), desk.task(description="Dig")]
    changed = batch_update_task_details(
        desk.connection, [{"task_id": task.id, "tags": ["wet"]} for task in tasks]
    )
    assert [row and (row.description, row.tags) for row in changed] == [
        (None, ["wet"]), ("Dig", ["wet"]),
    ]  # fmt: skip


def test_a_document_belongs_to_a_task_and_is_well_shaped(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.TASK_DETAILS_TASK_ID_FKEY):
        ask(update_task_details, task_id=NOBODY, description="nobody's")
    with pytest.raises(RuleBroken, match="task_details_tags"):
        ask(update_task_details, task_id=desk.task().id, tags={"not": "an array"})


def test_an_import_writes_documents_and_changes_what_it_names(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    count = ask(
        import_task_details,
        task_ids=[task.id],
        descriptions=["Dig"],
        details=[""],
        test_strategies=["look"],
        acceptance_criteria=[["deep"]],
        tags=[["wet"]],
        metadata=[{"imported": 1}],
    )
    assert count == 1
    changes = [{"description": "", "details": "deep", "metadata": {"seen": True}}]
    assert ask(import_task_detail_changes, task_ids=[task.id], changes=changes) == 1
    assert ask(import_task_detail_changes, task_ids=[NOBODY], changes=changes) == 0
    read = ask(get_task_details, task_id=task.id)
    assert read is not None
    assert (read.description, read.details, read.test_strategy) == (None, "deep", "look")
    assert read.metadata == {"imported": 1, "seen": True}
