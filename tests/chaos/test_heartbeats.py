"""Leases: prolonged, run out, reaped by several at once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from moves import beat_many, complete_many, fail_many, release_many
from racing import LEVELS

from taskspine.queries.task_executions import claim_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from racing import Race


@pytest.mark.parametrize("ending", [complete_many, fail_many, release_many])
@pytest.mark.parametrize("level", LEVELS)
def test_heartbeats_for_many_attempts_that_end_at_once_run_into_no_deadlock(
    race: Race, level: str, ending: Callable[..., int]
) -> None:
    dice = random.Random(level)
    ground = race.ground()
    # Tasks whose claim order is not the order of their keys, so that keys of attempts are not either.
    race.tasks(ground, 1000)
    race.connection.execute("UPDATE tasks SET priority = floor(random() * 11)")
    batches = []
    for _ in range(50):
        held = claim_tasks(
            race.connection, agent_id=ground.agent_id, project_id=ground.project_id, task_count=20
        )
        batches.append([row.execution_id for row in held])
    calls = [([*dice.sample(batch, len(batch))],) for batch in batches]
    rounds = race.abreast(level, [(beat_many, calls), (beat_many, calls), (ending, calls)])
    assert [answers[2] for answers in rounds] == [20] * 50
    assert {answer for answers in rounds for answer in answers[:2]} <= set(range(21))
    race.assert_sound()
