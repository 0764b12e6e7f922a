"""What a claim and a completion write: every row and every record of the write-ahead log counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from racing import Ground, Race

# Rows written by a claim and the completion of what it claimed.
ROWS = {"tasks": 2, "task_executions": 2, "audit_log": 2}
# Of one task that nobody waits for, on PostgreSQL 15 and 18 alike.
RECORDS_OF_CLAIM = 15
RECORDS_OF_COMPLETION = 13

_WRITTEN = """
SELECT jsonb_object_agg(name, written) FROM (
    SELECT
        regexp_replace(relname, '_(\\d{4}_\\d\\d|default)$', '') AS name,
        sum(n_tup_ins + n_tup_upd + n_tup_del) AS written
    FROM pg_stat_xact_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
    GROUP BY 1
) AS of_table
"""


def records(race: Race, call: str, *parameters: object) -> int:
    """Count what a call writes to the write-ahead log, its commit and images of pages apart."""
    plan: Any = race.value(f"EXPLAIN (ANALYZE, WAL, FORMAT json) SELECT * FROM {call}", *parameters)
    return int(plan[0]["Plan"]["WAL Records"])


def running(race: Race) -> list[int]:
    return [
        row[0]
        for row in race.connection.execute(
            "SELECT id FROM task_executions WHERE status = 'running' ORDER BY id"
        )
    ]


def rows_of_claim_and_completion(race: Race, ground: Ground) -> dict[str, int]:
    """Claim the best task and complete it; count the rows that are written, by table."""
    with race.connection.transaction():
        before = race.value(_WRITTEN) or {}
        _claim_and_complete(race, ground)
        after = race.value(_WRITTEN)
    return {
        name: count - before.get(name, 0)
        for name, count in after.items()
        if count != before.get(name, 0)
    }


def _claim_and_complete(race: Race, ground: Ground) -> None:
    race.connection.execute(
        "SELECT * FROM claim_tasks(%s, %s)", [ground.agent_id, ground.project_id]
    )
    race.connection.execute("SELECT * FROM complete_executions(%s)", [running(race)])


def test_a_claim_and_a_completion_write_two_rows_of_each_table_and_no_more(race: Race) -> None:
    ground = race.ground()
    race.tasks(ground, 1)
    assert rows_of_claim_and_completion(race, ground) == ROWS


def test_what_waits_is_freed_without_a_word_in_the_change_log(race: Race) -> None:
    ground = race.ground()
    first, *others = race.tasks(ground, 21)
    race.edges([(other, first) for other in others])
    race.connection.execute("UPDATE tasks SET priority = 10 WHERE id = %s", [first])
    rows = rows_of_claim_and_completion(race, ground)
    assert rows == ROWS | {"tasks": 2 + len(others)}


def test_a_claim_and_a_completion_write_no_more_records_than_they_did(race: Race) -> None:
    ground = race.ground()
    race.tasks(ground, 50)
    claims: list[int] = []
    completions: list[int] = []
    for _ in range(20):
        claims.append(records(race, "claim_tasks(%s, %s)", ground.agent_id, ground.project_id))
        completions.append(records(race, "complete_executions(%s)", running(race)))
    # The first one begins pages; now and then one splits a page, or cleans up after others.
    assert sorted(claims)[10] <= RECORDS_OF_CLAIM, claims
    assert sorted(completions)[10] <= RECORDS_OF_COMPLETION, completions
