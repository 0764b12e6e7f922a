"""What is here is found by what it is called elsewhere, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.external_references import (
    batch_set_external_reference,
    get_external_reference,
    list_external_references,
    list_referenced_entities,
    remove_external_reference,
    set_external_reference,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_task_is_found_by_its_issue_and_an_issue_by_its_task(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    issue = {
        "entity_type": "tasks",
        "entity_id": task.id,
        "system": "linear",
        "kind": "issue",
        "external_id": "ENG-7",
    }
    made = ask(set_external_reference, **issue, metadata={"team": "ENG"})
    assert made is not None
    again = ask(set_external_reference, **issue, url="https://linear.app/eng/7")
    assert again is not None
    assert (again.id, again.url, again.metadata) == (
        made.id, "https://linear.app/eng/7", {"team": "ENG"},
    )  # fmt: skip
    where = {"system": "linear", "kind": "issue", "external_id": "ENG-7"}
    (found,) = ask(list_referenced_entities, **where)
    assert (found.entity_type, found.entity_id) == ("tasks", task.id)
    assert ask(list_referenced_entities, **where, entity_type="projects") == []
    here = {"entity_type": "tasks", "entity_id": task.id}
    assert [row.external_id for row in ask(list_external_references, **here)] == ["ENG-7"]
    assert ask(list_external_references, **here, system="github") == []
    got = ask(get_external_reference, external_reference_id=made.id)
    assert got is not None
    assert (got.url, got.updated_at) == (again.url, again.updated_at)
    assert ask(remove_external_reference, external_reference_id=made.id) == 1
    assert ask(remove_external_reference, external_reference_id=made.id) == 0
    assert ask(get_external_reference, external_reference_id=made.id) is None


def test_many_references_are_made_at_once(ask: Ask, desk: Desk) -> None:
    made = batch_set_external_reference(
        desk.connection,
        [
            {
                "entity_type": "projects",
                "entity_id": desk.project_id,
                "system": "github",
                "kind": kind,
                "external_id": "1",
                "url": None,
                "metadata": None,
            }
            for kind in ("repository", "organisation")
        ],
    )
    assert len(made) == 2
    listed = ask(list_external_references, entity_type="projects", entity_id=desk.project_id)
    assert [row.kind for row in listed] == ["organisation", "repository"]


def test_a_reference_is_to_a_task_that_exists(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.EXTERNAL_REFERENCES_TASK_ID_FKEY):
        ask(
            set_external_reference,
            entity_type="tasks",
            entity_id=NOBODY,
            system="linear",
            kind="issue",
            external_id="ENG-7",
        )
