"""An attempt that is ended while its holder's own call waits: the holder comes too late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from moves import beat, complete, complete_many, fail, move_by_hand, once, reap, release
from racing import LEVELS

from taskspine.queries.task_executions import claim_task
from taskspine.server import connect

if TYPE_CHECKING:
    from racing import Race

EVERYTHING = """
SELECT tasks, execution FROM tasks
LEFT JOIN task_executions AS execution ON task_id = tasks.id
ORDER BY tasks.id
"""
ENDINGS = {
    "reaped": lambda connection, _execution, _task: reap(connection),
    "failed": lambda connection, execution, _task: fail(connection, execution),
    "released": lambda connection, execution, _task: release(connection, execution),
    "cancelled": lambda connection, _execution, task: move_by_hand(connection, task, "cancelled"),
    "completed": lambda connection, execution, _task: complete(connection, execution),
    "put off": lambda connection, _execution, task: connection.execute(
        "UPDATE tasks SET status = 'deferred' WHERE id = %s", [task]
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_write_that_waited_for_the_end_of_its_attempt_changes_nothing(
    race: Race, level: str, ending: str
) -> None:
    # An attempt at a task that nobody waits for goes a shorter way.
    for has_successor in (False, True):
        ground = race.ground()
        task, waiting = race.tasks(ground, 2)
        if has_successor:
            race.edges([(waiting, task)])
        held = claim_task(
            race.connection,
            agent_id=ground.agent_id,
            project_id=ground.project_id,
            lease=timedelta(0),
        )
        assert held is not None
        execution = held.execution_id
        with connect(race.url) as other, other.transaction():
            ENDINGS[ending](other, execution, task)
            before = other.execute(EVERYTHING).fetchall()
            for move, name in [
                (complete, execution),
                (complete_many, [execution, execution]),
                (fail, execution),
                (release, execution),
                (beat, execution),
            ]:
                race.start(once, level, move, name)
            race.wait_for_waiters(5)
        assert race.results() == ["lost", 0, "lost", "lost", "lost"]
        assert race.connection.execute(EVERYTHING).fetchall() == before
        race.assert_sound()
