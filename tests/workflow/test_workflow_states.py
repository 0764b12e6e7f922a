"""Steps are seen with their workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.workflow_states import list_workflow_states
from taskspine.queries.workflow_steps import create_workflow_steps
from work import NOBODY

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from work import Desk


def test_steps_are_listed_with_their_workflow(ask: Ask, desk: Desk, workflow_id: UUID) -> None:
    task = desk.task()
    ask(
        create_workflow_steps,
        workflow_id=workflow_id,
        steps=["plan", "build"],
        task_ids=[None, task.id],
    )
    plan, build = ask(list_workflow_states, workflow_id=workflow_id)
    assert (plan.step, plan.workflow_name, plan.task_ref) == ("plan", "a workflow", None)
    assert (build.step, build.workflow_status, build.task_ref) == ("build", "pending", task.ref)
    assert ask(list_workflow_states, workflow_id=NOBODY) == []
