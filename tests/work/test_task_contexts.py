"""What was learnt about a task is kept in the order in which it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.task_contexts import (
    create_task_context,
    create_task_contexts,
    list_task_contexts,
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
    )
    assert [row.metadata for row in many] == [{}, {}]
    listed = ask(list_task_contexts, task_id=task.id)
    assert [row.type for row in listed] == ["codebase", "error", "codebase"]
    listed = ask(list_task_contexts, task_id=task.id, type="codebase")
    assert [row.data for row in listed] == [{"files": ["a.py"]}, ["b.py"]]
    assert ask(list_task_contexts, task_id=NOBODY) == []
    assert ask(create_task_contexts, task_ids=[], types=[], data=[]) == []


def test_a_context_belongs_to_a_task_and_is_no_bare_word(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.TASK_CONTEXTS_TASK_ID_FKEY):
        ask(create_task_context, task_id=NOBODY, type="error", data={})
    with pytest.raises(RuleBroken, match=rules.TASK_CONTEXTS_DATA_IS_ARRAY_OR_OBJECT):
        ask(create_task_context, task_id=desk.task().id, type="error", data="word")
