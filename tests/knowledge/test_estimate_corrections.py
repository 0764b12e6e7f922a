"""What estimates are to be multiplied by is learnt from completed tasks."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

import pytest

from taskspine.queries.agents import register_agent
from taskspine.queries.estimate_corrections import (
    get_estimate_correction,
    list_estimate_corrections,
)

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from work import Desk


def complete(desk: Desk, task_type: str, estimated: float, actual: float) -> None:
    desk.task(type=task_type, priority=10, estimated_hours=estimated)
    claim = desk.claim()
    desk.connection.execute(
        "UPDATE tasks SET actual_hours = %s WHERE id = %s", [actual, claim.task_id]
    )
    desk.connection.execute("SELECT complete_executions(ARRAY[%s::bigint])", [claim.execution_id])


def test_nothing_completed_corrects_nothing(ask: Ask) -> None:
    assert ask(get_estimate_correction, task_type="feature") is None
    assert ask(list_estimate_corrections) == []


def test_the_nearest_history_that_is_enough_is_taken(ask: Ask, desk: Desk) -> None:
    for _ in range(3):
        complete(desk, "feature", 1, 3)
    for _ in range(3):
        complete(desk, "fix", 4, 2)
    assert len(ask(list_estimate_corrections)) == 6  # two types, with ada and with all; ada; all

    def correction(task_type: str | None, agent_id: UUID | None) -> float:
        row = ask(get_estimate_correction, task_type=task_type, agent_id=agent_id)
        assert row is not None
        return row.correction

    three_features = exp(log(3) * 3 / 8)
    stranger = ask(register_agent, name="eve")
    assert stranger is not None
    assert correction("feature", desk.agent_id) == pytest.approx(three_features)
    assert correction("feature", None) == pytest.approx(three_features)
    assert correction("feature", stranger.id) == pytest.approx(three_features)
    assert correction("fix", None) == pytest.approx(exp(log(0.5) * 3 / 8))
    over_all = exp(log(1.75) * 6 / 11)
    assert correction("docs", desk.agent_id) == pytest.approx(over_all)
    assert correction(None, None) == pytest.approx(over_all)
