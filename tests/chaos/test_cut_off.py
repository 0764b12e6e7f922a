"""Sessions that end in the middle of a transaction: nothing of it stays, nothing waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import STEPS, Scene, begin_and_wait, claim, complete

if TYPE_CHECKING:
    from racing import Race

EVERYTHING = """
SELECT
    (SELECT array_agg(tasks::text ORDER BY id) FROM tasks),
    (SELECT array_agg(task_executions::text ORDER BY id) FROM task_executions),
    (SELECT array_agg(task_dependencies::text ORDER BY task_id) FROM task_dependencies),
    (SELECT array_agg(task_graph_epochs::text) FROM task_graph_epochs)
"""
HELD = "datname = current_database() AND state = 'idle in transaction'"


@pytest.mark.parametrize("step", STEPS)
def test_a_transaction_that_is_cut_off_leaves_nothing(race: Race, step: str) -> None:
    ground = race.ground()
    held, waiting, ready, rival = race.tasks(ground, 4, max_attempts=1)
    race.edges([(waiting, held)])
    race.edges([(held, rival)], "conflicts")
    (execution,) = claim(race.connection, ground)
    scene = Scene(ground, execution, held, waiting, ready)
    before = race.connection.execute(EVERYTHING).fetchone()
    for cut in ("the backend", "the client"):
        flag = race.folder / cut
        process = race.start(begin_and_wait, step, scene, flag)
        race.wait_until(flag.exists, "the transaction")
        if cut == "the backend":
            race.value(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE " + HELD
            )
        process.kill()
        race.results()
        race.assert_sound()
        assert race.connection.execute(EVERYTHING).fetchone() == before
    # What the transactions held is free: the next one goes on.
    assert complete(race.connection, execution) == "done"
    assert len(claim(race.connection, ground, 10)) == 3
    race.assert_sound()
