"""What was learnt about a task is kept in the order in which it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_contexts import (
    create_task_context,
    create_task_contexts,
    get_task_context,
    list_task_contexts,
    list_task_contexts_by_type,
    stream_list_task_contexts,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_contexts_are_kept_and_listed(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    one = ask(
        create_task_context,
        task_id=task.id,
        type="codebase",
        data={"files": ["a.py"]},
        metadata={"by": "hand"},
        created_by="ada",
    )
    assert one is not None
    assert (one.data, one.metadata, one.created_by) == ({"files": ["a.py"]}, {"by": "hand"}, "ada")
    many = ask(
        create_task_contexts,
        task_ids=[task.id, task.id],
        types=["error", "codebase"],
        data=[{"said": "no"}, ["b.py"]],
        metadata=[{}, {"model": "any"}],
        created_by="bob",
    )
    assert [row.metadata for row in many] == [{}, {"model": "any"}]
    assert {row.created_by for row in many} == {"bob"}
    listed = ask(list_task_contexts, task_id=task.id)
    assert [row.type for row in listed] == ["codebase", "error", "codebase"]
    listed = ask(list_task_contexts, task_id=task.id, type="codebase")
    assert [row.data for row in listed] == [{"files": ["a.py"]}, ["b.py"]]
    assert ask(list_task_contexts, task_id=NOBODY) == []
    listed = ask(list_task_contexts, task_id=task.id, created_after=one.created_at)
    assert [row.type for row in listed] == ["error", "codebase"]
    listed = ask(list_task_contexts, task_id=task.id, page_size=1, page_start=1)
    assert [row.type for row in listed] == ["error"]
    streamed = stream_list_task_contexts(desk.connection, task_id=task.id)
    assert len([*streamed]) == 3
    assert ask(get_task_context, task_context_id=one.id) == one
    assert ask(get_task_context, task_context_id=0) is None
    assert ask(create_task_contexts, task_ids=[], types=[], data=[], metadata=[]) == []


def test_contexts_of_a_type_are_listed_the_latest_first(ask: Ask, desk: Desk) -> None:
    tasks = [desk.task(ref="1"), desk.task(ref="2")]
    for task in tasks:
        create_task_context(desk.connection, task_id=task.id, type="error", data={})
    create_task_context(desk.connection, task_id=tasks[0].id, type="note", data={})
    second, first = ask(list_task_contexts_by_type, type="error")
    assert (first.ref, second.ref) == ("1", "2")
    of_project = ask(list_task_contexts_by_type, type="error", project_id=desk.project_id)
    assert of_project == [second, first]
    assert ask(list_task_contexts_by_type, type="error", project_id=NOBODY) == []
    later = ask(list_task_contexts_by_type, type="error", created_after=first.created_at)
    assert later == [second]
    assert ask(list_task_contexts_by_type, type="error", page_size=1, page_start=1) == [first]


def test_a_context_belongs_to_a_task_and_is_no_bare_word(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.TASK_CONTEXTS_TASK_ID_FKEY):
        ask(create_task_context, task_id=NOBODY, type="error", data={})
    with pytest.raises(RuleBroken, match=rules.TASK_CONTEXTS_DATA_IS_ARRAY_OR_OBJECT):
        ask(create_task_context, task_id=desk.task().id, type="error", data="word")
