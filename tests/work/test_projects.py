"""Projects are created, found, paused and archived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.projects import (
    batch_create_project,
    batch_update_project,
    create_project,
    delete_project,
    erase_project,
    get_project,
    get_project_by_slug,
    import_project,
    import_project_settings,
    list_projects,
    restore_project,
    set_project_paused,
    set_project_status,
    update_project,
)
from taskspine.queries.ready_tasks import count_ready_tasks
from taskspine.queries.task_executions import claim_task
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection


def test_a_project_is_created_and_found(ask: Ask) -> None:
    project = ask(create_project, name="One", slug="one", repository_url="https://example.org/one")
    assert project is not None
    assert (project.name, project.status, project.default_branch) == ("One", "active", "main")
    assert (project.settings, project.paused_at) == ({}, None)
    found = ask(get_project, project_id=project.id)
    assert found is not None
    assert (found.id, found.repository_url) == (project.id, "https://example.org/one")
    by_slug = ask(get_project_by_slug, slug="one")
    assert by_slug is not None
    assert by_slug.id == project.id


def test_a_project_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_project, project_id=NOBODY) is None
    assert ask(get_project_by_slug, slug="nowhere") is None
    assert ask(set_project_paused, project_id=NOBODY, is_paused=True) is None
    assert ask(set_project_status, project_id=NOBODY, status="archived") is None
    assert ask(list_projects) == []


def test_a_slug_is_taken_once(ask: Ask) -> None:
    ask(create_project, name="One", slug="one")
    with pytest.raises(RuleBroken) as caught:
        ask(create_project, name="Two", slug="one")
    assert (caught.value.rule, caught.value.table) == (
        rules.PROJECTS_LIVING_SHARE_NO_SLUG,
        "projects",
    )
    with pytest.raises(RuleBroken, match=rules.PROJECTS_SLUG_IS_URL_SAFE):
        ask(create_project, name="Two", slug="Two words")


def test_projects_are_listed_by_name_and_status(ask: Ask) -> None:
    for slug in ("c", "a", "b"):
        ask(create_project, name=slug, slug=slug)
    found = ask(get_project_by_slug, slug="b")
    assert found is not None
    ask(set_project_status, project_id=found.id, status="inactive")
    assert [row.slug for row in ask(list_projects)] == ["a", "b", "c"]
    assert [row.slug for row in ask(list_projects, status="active")] == ["a", "c"]


def test_projects_are_listed_in_an_order_and_by_pages(ask: Ask) -> None:
    for name, slug in (("B", "x"), ("A", "z"), ("C", "y")):
        ask(create_project, name=name, slug=slug)

    def names(**wanted: Any) -> str:
        return "".join(row.name for row in ask(list_projects, **wanted))

    assert names() == "ABC"
    assert names(is_descending=True) == "CBA"
    assert names(order_by="slug") == "BCA"
    assert names(order_by="created_at") == "BAC"
    assert names(order_by="created_at", is_descending=True) == "CAB"
    assert names(page_size=1, page_start=1) == "B"
    assert names(is_paused=True) == ""
    assert names(created_after=datetime(2020, 2, 2, tzinfo=UTC)) == "ABC"


def test_a_project_is_found_by_any_spelling_of_its_repository(ask: Ask) -> None:
    ask(create_project, name="One", slug="one", repository_url="git@example.org:team/one.git")
    ask(create_project, name="Two", slug="two", repository_url="https://example.org/team/two")
    (found,) = ask(list_projects, repository_url="https://Example.org/team/one")
    assert (found.slug, found.repository_name) == ("one", "one")
    assert ask(list_projects, repository_url="https://example.org/team/three") == []


def test_a_project_is_changed_in_part(ask: Ask) -> None:
    project = ask(
        create_project,
        name="One",
        slug="one",
        description="the first",
        repository_url="https://example.org/team/one",
        default_branch="trunk",
        settings={"a": 1},
        status="inactive",
    )
    assert project is not None
    assert (project.default_branch, project.status) == ("trunk", "inactive")
    changed = ask(update_project, project_id=project.id, name="Eins", settings={"b": 2})
    assert changed is not None
    assert (changed.name, changed.slug, changed.settings) == ("Eins", "one", {"b": 2})
    assert changed.description == "the first"
    emptied = ask(update_project, project_id=project.id, cleared=["description", "repository_url"])
    assert emptied is not None
    assert (emptied.description, emptied.repository_url, emptied.repository_name) == (None,) * 3
    assert ask(update_project, project_id=NOBODY, name="Two") is None


def test_many_projects_are_created_and_changed_at_once(ask: Ask, connection: Connection) -> None:
    nothing = dict.fromkeys(
        ("description", "repository_url", "repository_name", "default_branch", "settings")
    )
    created = batch_create_project(
        connection,
        [{**nothing, "status": None, "name": slug, "slug": slug} for slug in ("a", "b")],
    )
    rows = [row for row in created if row is not None]
    batch_update_project(
        connection,
        [
            {**nothing, "project_id": row.id, "name": row.name * 2, "slug": None, "cleared": None}
            for row in rows
        ],
    )
    assert [row.name for row in ask(list_projects)] == ["aa", "bb"]


def test_a_deleted_project_comes_back_or_is_erased(ask: Ask, desk: Desk) -> None:
    desk.task()
    here = {"project_id": desk.project_id}
    assert ask(erase_project, **here) == 0, "it is not deleted"
    assert ask(restore_project, **here) is None
    assert ask(delete_project, **here) == 1
    assert ask(delete_project, **here) == 0
    assert ask(list_projects) == []
    assert ask(get_project_by_slug, slug=desk.slug) is None
    found = ask(get_project, **here)
    assert found is not None
    assert found.deleted_at is not None
    assert ask(claim_task, agent_id=desk.agent_id) is None
    with pytest.raises(RuleBroken, match=rules.PROJECTS_DELETED_ARE_ARCHIVED):
        ask(set_project_status, **here, status="active")
    restored = ask(restore_project, **here)
    assert restored is not None
    assert restored.status == "archived"
    ask(set_project_status, **here, status="active")
    assert ask(count_ready_tasks, **here) == 1
    ask(delete_project, **here)
    assert ask(erase_project, **here) == 1
    assert ask(get_project, **here) is None


def test_a_slug_is_free_again_when_its_project_is_deleted(ask: Ask, desk: Desk) -> None:
    ask(delete_project, project_id=desk.project_id)
    assert ask(create_project, name="Another", slug=desk.slug) is not None
    with pytest.raises(RuleBroken, match=rules.PROJECTS_LIVING_SHARE_NO_SLUG):
        ask(restore_project, project_id=desk.project_id)


def test_a_paused_project_hands_out_nothing(ask: Ask, desk: Desk) -> None:
    desk.task()
    paused = ask(set_project_paused, project_id=desk.project_id, is_paused=True)
    assert paused is not None
    assert paused.paused_at is not None
    assert ask(count_ready_tasks, project_id=desk.project_id) == 0
    again = ask(set_project_paused, project_id=desk.project_id, is_paused=True)
    assert again == paused, "it is paused since the first time"
    resumed = ask(set_project_paused, project_id=desk.project_id, is_paused=False)
    assert resumed is not None
    assert resumed.paused_at is None
    assert ask(count_ready_tasks, project_id=desk.project_id) == 1


def test_archiving_is_dated(ask: Ask, desk: Desk) -> None:
    archived = ask(set_project_status, project_id=desk.project_id, status="archived")
    assert archived is not None
    assert archived.archived_at is not None
    active = ask(set_project_status, project_id=desk.project_id, status="active")
    assert active is not None
    assert active.archived_at is None


def test_an_import_creates_a_project_once_and_adds_to_its_settings(ask: Ask) -> None:
    project = ask(import_project, name="Inbox", slug="inbox")
    assert project is not None
    assert ask(import_project, name="Another", slug="inbox") is None
    assert ask(import_project_settings, project_id=project.id, settings={"a": 1}) == 1
    assert ask(import_project_settings, project_id=project.id, settings={"a": 1}) == 0
    assert ask(import_project_settings, project_id=project.id, settings={"b": 2}) == 1
    found = ask(get_project, project_id=project.id)
    assert found is not None
    assert found.settings == {"a": 1, "b": 2}
