"""A change is found by its id, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.agents import register_agent
from taskspine.queries.audit_log import get_change, revert_change
from taskspine.queries.recent_activity import list_recent_activity
from taskspine.queries.tasks import set_task_priority

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_change_is_taken_back_and_the_way_back_is_recorded(ask: Ask, desk: Desk) -> None:
    task = desk.task(priority=3)
    ask(set_task_priority, task_id=task.id, priority=8)
    change = ask(list_recent_activity, column="priority")[0]
    assert get_change(desk.connection, change_id=change.id) == ask(get_change, change_id=change.id)

    back = ask(revert_change, change_id=change.id)
    assert back is not None
    assert (back.action, back.old_values, back.new_values) == (
        "update", {"priority": 8}, {"priority": 3},
    )  # fmt: skip
    assert desk.state(task).priority == 3
    assert ask(list_recent_activity)[0].id == back.id
    with pytest.raises(RuleBroken, match=rules.AUDIT_LOG_REVERTS_WHAT_IS_UNTOUCHED):
        ask(revert_change, change_id=change.id)


def test_what_was_inserted_goes_and_comes_back(ask: Ask) -> None:
    agent = ask(register_agent, name="bob")
    assert agent is not None
    made = ask(list_recent_activity, entity_id=str(agent.id))[0]
    gone = ask(revert_change, change_id=made.id)
    assert gone is not None
    assert gone.action == "delete"
    again = ask(revert_change, change_id=gone.id)
    assert again is not None
    found = ask(get_change, change_id=again.id)
    first = ask(get_change, change_id=made.id)
    assert found is not None
    assert first is not None
    assert found.new_values == first.new_values


def test_there_is_no_change_of_an_unknown_id(ask: Ask) -> None:
    assert ask(get_change, change_id=-1) is None
    assert ask(revert_change, change_id=-1) is None


def test_a_change_of_a_table_that_is_not_audited_is_not_taken_back(ask: Ask, desk: Desk) -> None:
    row = desk.connection.execute(
        "INSERT INTO audit_log (entity_type, entity_id, action, new_values)"
        " VALUES ('task_executions', '1', 'insert', '{}') RETURNING id"
    ).fetchone()
    assert row is not None
    with pytest.raises(RuleBroken, match=rules.AUDIT_LOG_REVERTS_AUDITED_TABLES):
        ask(revert_change, change_id=row[0])
