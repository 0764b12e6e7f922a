"""What happened in a workflow is told in one order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from taskspine.queries.events import record_event
from taskspine.queries.workflow_events import list_workflow_events
from taskspine.queries.workflow_steps import create_workflow_step, start_workflow_step
from taskspine.queries.workflows import set_workflow_status
from work import NOBODY

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask


def test_events_and_moves_are_told_in_order(ask: Ask, workflow_id: UUID) -> None:
    step = ask(create_workflow_step, workflow_id=workflow_id, step="build")
    ask(set_workflow_status, workflow_id=workflow_id, status="running")
    ask(
        record_event,
        type="build.queued",
        category="system",
        source="ci",
        workflow_id=workflow_id,
        payload={"n": 1},
    )
    ask(start_workflow_step, workflow_step_id=step.id)
    told = ask(list_workflow_events, workflow_id=workflow_id)
    assert [(row.origin, row.type) for row in told] == [
        ("workflow", "workflow.created"),
        ("step", "step.created"),
        ("workflow", "workflow.running"),
        ("event", "build.queued"),
        ("step", "step.running"),
    ]
    assert (told[3].payload, told[3].source, told[4].step) == ({"n": 1}, "ci", "build")
    page = ask(list_workflow_events, workflow_id=workflow_id, page_size=2, page_start=3)
    assert page == told[3:]
    assert ask(list_workflow_events, workflow_id=workflow_id, since=told[4].occurred_at) == told[4:]
    far = datetime(2999, 1, 1, tzinfo=UTC)
    assert ask(list_workflow_events, workflow_id=workflow_id, since=far) == []
    assert ask(list_workflow_events, workflow_id=NOBODY) == []
