"""Tasks are found by what a person types, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_words import search_tasks
from taskspine.queries.tasks import delete_task

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_tasks_are_searched_by_words(ask: Ask, desk: Desk) -> None:
    dig = desk.task("Dig the garden")
    sow = desk.task("Sow", description="Carrots, in the garden behind the house")
    first, second = ask(search_tasks, words="gard")
    assert (first.task_id, first.is_guess, first.snippet) == (dig.id, False, "**garden**")
    assert second.task_id == sow.id
    assert "the **garden** behind" in second.snippet
    assert first.rank > second.rank
    paged = ask(search_tasks, words="gard", page_size=1, page_start=1)
    assert [row.task_id for row in paged] == [sow.id]
    assert ask(search_tasks, words="gard", status="completed") == []
    assert len(ask(search_tasks, words="garden", project_id=desk.project_id)) == 2


def test_a_slip_is_forgiven_and_what_is_deleted_is_not_found(ask: Ask, desk: Desk) -> None:
    dig = desk.task("Dig the garden")
    (guess,) = ask(search_tasks, words="gardn", project_id=desk.project_id)
    assert (guess.task_id, guess.is_guess) == (dig.id, True)
    delete_task(desk.connection, task_id=dig.id)
    assert ask(search_tasks, words="garden") == []
