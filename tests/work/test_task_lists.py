"""The lists of a project have names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_lists import (
    create_task_list,
    delete_task_list,
    get_task_list,
    get_task_list_by_name,
    import_task_lists,
    list_task_lists,
    update_task_list,
)
from taskspine.queries.tasks import delete_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_lists_are_created_found_and_listed_by_name(ask: Ask, desk: Desk) -> None:
    made = ask(create_task_list, project_id=desk.project_id, name="later", description="not now")
    assert made is not None
    found = ask(get_task_list_by_name, project_id=desk.project_id, name="later")
    assert found is not None
    assert (found.id, found.description, found.metadata) == (made.id, "not now", {})
    names = [row.name for row in ask(list_task_lists, project_id=desk.project_id)]
    assert names == ["later", "master"]


def test_a_list_that_is_not_there_is_none(ask: Ask, desk: Desk) -> None:
    assert ask(get_task_list_by_name, project_id=desk.project_id, name="never") is None
    assert ask(list_task_lists, project_id=NOBODY) == []


def test_a_name_is_taken_once_in_a_project_that_exists(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.TASK_LISTS_PROJECT_ID_NAME_KEY):
        ask(create_task_list, project_id=desk.project_id, name="master")
    with pytest.raises(RuleBroken, match=rules.TASK_LISTS_PROJECT_ID_FKEY):
        ask(create_task_list, project_id=NOBODY, name="master")


def test_an_import_adds_to_the_lists_that_are_there(ask: Ask, desk: Desk) -> None:
    rows = ask(
        import_task_lists,
        project_id=desk.project_id,
        names=["master", "spring"],
        metadata=[{"a": 1}, {}],
    )
    assert {row.name for row in rows} == {"master", "spring"}
    ask(import_task_lists, project_id=desk.project_id, names=["master"], metadata=[{"b": 2}])
    found = ask(get_task_list_by_name, project_id=desk.project_id, name="master")
    assert found is not None
    assert (found.id, found.metadata) == (desk.list_id, {"a": 1, "b": 2})


def test_a_list_changes_in_what_is_named(ask: Ask, desk: Desk) -> None:
    changed = ask(update_task_list, task_list_id=desk.list_id, description="now", metadata={"a": 1})
    assert changed is not None
    assert (changed.name, changed.description, changed.metadata) == ("master", "now", {"a": 1})
    renamed = ask(update_task_list, task_list_id=desk.list_id, name="main", cleared=["description"])
    assert renamed is not None
    assert (renamed.name, renamed.description, renamed.metadata) == ("main", None, {"a": 1})
    assert ask(get_task_list, task_list_id=desk.list_id) == renamed
    assert ask(update_task_list, task_list_id=NOBODY, name="none") is None
    assert ask(get_task_list, task_list_id=NOBODY) is None


def test_a_list_is_deleted_when_no_task_lives_in_it(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    assert ask(delete_task_list, task_list_id=desk.list_id) == 0
    delete_task(desk.connection, task_id=task.id)
    assert ask(delete_task_list, task_list_id=desk.list_id) == 1
    assert ask(delete_task_list, task_list_id=desk.list_id) == 0
    assert ask(list_task_lists, project_id=desk.project_id) == []
