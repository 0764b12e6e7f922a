"""Limits are set, changed, listed and taken away, and claims keep to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.claim_limits import delete_claim_limit, list_claim_limits, set_claim_limit
from taskspine.queries.task_executions import claim_tasks
from taskspine.queries.tasks import set_task_capabilities
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_limit_is_set_once_and_then_changed(ask: Ask, desk: Desk) -> None:
    first = ask(set_claim_limit, project_id=desk.project_id, agent_id=None, max_running=3)
    again = ask(set_claim_limit, project_id=desk.project_id, agent_id=None, max_running=1)
    assert (first.id, first.max_running) == (again.id, 3)
    assert [row.max_running for row in ask(list_claim_limits)] == [1]
    for _ in range(3):
        desk.task()
    claims = ask(claim_tasks, agent_id=desk.agent_id, project_id=desk.project_id, task_count=3)
    assert len(claims) == 1
    assert ask(delete_claim_limit, project_id=desk.project_id, agent_id=None) == 1
    assert ask(delete_claim_limit, project_id=desk.project_id, agent_id=None) == 0
    claims = ask(claim_tasks, agent_id=desk.agent_id, project_id=desk.project_id, task_count=3)
    assert len(claims) == 2


def test_a_limit_is_of_something_that_exists(ask: Ask, desk: Desk) -> None:
    with pytest.raises(RuleBroken, match=rules.CLAIM_LIMITS_ARE_OF_A_PROJECT_OR_AN_AGENT):
        ask(set_claim_limit, project_id=None, agent_id=None, max_running=3)
    with pytest.raises(RuleBroken, match=rules.CLAIM_LIMITS_AGENT_ID_FKEY):
        ask(set_claim_limit, project_id=desk.project_id, agent_id=NOBODY, max_running=3)


def test_a_task_goes_to_an_agent_that_can_do_it(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    changed = ask(set_task_capabilities, task_id=task.id, capabilities=["python", "c++"])
    assert changed is not None
    assert changed.capabilities == ["python", "c++"]
    claim = {"agent_id": desk.agent_id, "project_id": desk.project_id, "task_count": 1}
    assert ask(claim_tasks, **claim) == []
    desk.connection.execute('UPDATE agents SET capabilities = \'["c++", "sql", "python"]\'')
    assert [row.task_id for row in ask(claim_tasks, **claim)] == [task.id]
    with pytest.raises(RuleBroken, match=rules.TASK_CAPABILITIES_ARE_1_TO_20_WORDS):
        ask(set_task_capabilities, task_id=task.id, capabilities=[])
    assert ask(set_task_capabilities, task_id=NOBODY, capabilities=None) is None
