"""What a claim and a completion read, whatever the tables hold and whatever is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from buffers import buffers_of_claim, buffers_of_completion, fill, fill_attempts, fill_edges
from moves import claim, complete

if TYPE_CHECKING:
    from racing import Ground, Race

# Seen: 48 to 110 for a claim, 4100 to 4500 for a hundred; 56 to 65 for a completion, 2100 to 2400
# for fifty. On PostgreSQL 15: 147, 5000, 90, 3200 at most. A claim that did more than go down its
# indexes would read thousands.
CLAIM = 250
CLAIM_OF_100 = 8000
COMPLETION = 150
COMPLETION_OF_50 = 6000
PUT_OFF = 100


def let_alone(race: Race) -> None:
    """Keep autovacuum away: what is known of the tables is what a test lets be known."""
    for table in ("tasks", "task_executions", "task_dependencies"):
        race.connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


def assert_bounded(race: Race, ground: Ground, passed_over: int = 0) -> None:
    assert buffers_of_claim(race, ground) < CLAIM + passed_over
    assert buffers_of_claim(race, ground, 100) < CLAIM_OF_100 + passed_over
    assert buffers_of_completion(race) < COMPLETION
    assert buffers_of_completion(race, 50) < COMPLETION_OF_50


def test_a_claim_among_a_million_tasks_reads_as_little_as_among_a_thousand(race: Race) -> None:
    let_alone(race)
    ground = race.ground()
    fill(race, ground, 500_001, 502_000, "pending")
    assert_bounded(race, ground)  # never analysed
    race.connection.execute("ANALYZE tasks, task_executions")
    assert_bounded(race, ground)  # two thousand tasks, analysed

    fill(race, ground, 1, 500_000, "completed")
    fill(race, ground, 700_001, 1_200_000, "completed")
    fill(race, ground, 600_001, 700_000, "pending")
    fill_attempts(race, ground, 1, 200_000)
    assert_bounded(race, ground)  # grown five hundred times since it was analysed
    race.connection.execute("VACUUM ANALYZE tasks, task_executions")
    assert_bounded(race, ground)

    for _ in range(2000):
        (execution,) = claim(race.connection, ground)
        assert complete(race.connection, execution) == "done"
    assert_bounded(race, ground)  # worked on, and not vacuumed since

    race.connection.execute(
        """
        UPDATE tasks SET priority = 9, not_before = '2100-01-01'
        WHERE id IN (SELECT id FROM tasks WHERE status = 'pending' ORDER BY created_at LIMIT %s)
        """,
        [PUT_OFF],
    )
    assert_bounded(race, ground, PUT_OFF)


@pytest.mark.parametrize("is_analysed", [False, True])
def test_a_claim_of_tasks_in_conflict_finds_their_conflicts_among_many_edges(
    race: Race, is_analysed: bool
) -> None:
    let_alone(race)
    ground = race.ground()
    race.tasks(ground, 3000)
    fill_edges(race)
    ready = [
        row[0]
        for row in race.connection.execute(
            "SELECT id FROM ready_tasks ORDER BY claim_rank, created_at, id LIMIT 200"
        )
    ]
    race.edges([*zip(ready[:100], ready[100:], strict=True)], "conflicts")
    if is_analysed:
        race.connection.execute("ANALYZE tasks, task_executions, task_dependencies")
    # Seen: 88, and 850 for ten (190 and 2260 on PostgreSQL 15). Who reads all edges of the graph
    # for each task in conflict, of which a hundred are passed over, reads ten thousand.
    assert buffers_of_claim(race, ground) < 400
    assert buffers_of_claim(race, ground, 10) < 4000
    assert buffers_of_completion(race) < COMPLETION
    race.assert_sound()
