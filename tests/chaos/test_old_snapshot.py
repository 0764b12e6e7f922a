"""A forgotten session keeps the dead entries of the queue; a worker's memory passes them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buffers import buffers
from moves import complete_many

from taskspine.queries.task_executions import claim_task, claim_tasks
from taskspine.server import connect

if TYPE_CHECKING:
    from racing import Race

JOBS = 10_000
CALL = "claim_tasks(%s, %s, 1, '1 hour', NULL, NULL, %s, %s, %s)"


def test_a_claim_that_starts_where_the_last_one_ended_reads_little(race: Race) -> None:
    race.connection.execute("ALTER TABLE tasks SET (autovacuum_enabled = off)")
    race.connection.execute("ALTER TABLE task_executions SET (autovacuum_enabled = off)")
    ground = race.ground()
    agent, project = ground.agent_id, ground.project_id
    race.tasks(ground, JOBS + 100)
    with connect(race.url) as forgotten:
        forgotten.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        forgotten.execute("SELECT count(*) FROM tasks")
        for _ in range(JOBS // 100):
            claimed = claim_tasks(
                race.connection, agent_id=agent, project_id=project, task_count=100
            )
            complete_many(race.connection, [row.execution_id for row in claimed])
        last = claimed[-1]
        seen = (last.priority, last.created_at, last.task_id)
        for _ in range(3):
            buffers(race, CALL, agent, project, *seen)
        remembered = buffers(race, CALL, agent, project, *seen)
        from_the_top = buffers(race, CALL, agent, project, None, None, None)
        # Seen: 43, and 350 for ten thousand dead entries side by side.
        assert remembered < 120 < from_the_top

        # What is urgent comes before that place, so only a look from the top finds it.
        (urgent,) = race.tasks(ground, 1)
        race.connection.execute("UPDATE tasks SET priority = 9 WHERE id = %s", [urgent])
        after = {"after_priority": seen[0], "after_created_at": seen[1], "after_task_id": seen[2]}
        row = claim_task(race.connection, agent_id=agent, project_id=project, **after)
        assert row is not None
        assert row.task_id != urgent
        row = claim_task(race.connection, agent_id=agent, project_id=project)
        assert row is not None
        assert row.task_id == urgent
        rest = claim_tasks(race.connection, agent_id=agent, project_id=project, task_count=200)
        assert race.value("SELECT count(*) FROM tasks WHERE status = 'pending'") == 0
        assert len(rest) > 90
    race.assert_sound()
