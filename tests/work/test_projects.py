"""Projects are created, found, paused and archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.projects import (
    create_project,
    get_project,
    get_project_by_slug,
    import_project,
    import_project_settings,
    list_projects,
    set_project_paused,
    set_project_status,
)
from taskspine.queries.ready_tasks import count_ready_tasks
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


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
    assert (caught.value.rule, caught.value.table) == (rules.PROJECTS_SLUG_KEY, "projects")
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
