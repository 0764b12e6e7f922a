"""The log is sealed while it is written: no row is missed, and none is sealed twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from logs import seal, seal_once, verify, write
from racing import LEVELS, session

from taskspine.queries.audit_seals import list_audit_faults, seal_audit_log

if TYPE_CHECKING:
    import psycopg
    from racing import Race

TRANSACTIONS = 200
WRITERS = 3


@pytest.mark.parametrize("level", LEVELS)
def test_every_row_is_sealed_once_whoever_writes_meanwhile(race: Race, level: str) -> None:
    stop = race.folder / "stop"
    writers = [
        race.start(write, level, f"writer {number}", TRANSACTIONS) for number in range(WRITERS)
    ]
    race.start(seal, stop)
    race.start(seal, stop)
    race.start(verify, stop)
    race.wait_until(lambda: not any(writer.is_alive() for writer in writers), "the writers' end")
    stop.touch()
    *written, first, second, faults = race.results()
    seal_audit_log(race.connection)

    assert faults == []
    assert list_audit_faults(race.connection) == []
    assert first
    assert second
    assert not {*first} & {*second}
    rows = race.connection.execute(
        "SELECT id FROM audit_log WHERE entity_type = 'things' ORDER BY id"
    ).fetchall()
    sealed = race.connection.execute(
        "SELECT unnest(row_ids) AS id FROM audit_seals ORDER BY id"
    ).fetchall()
    assert len(rows) == sum(written)
    assert sealed == rows
    assert race.deadlocks() == 0


def test_a_transaction_that_takes_long_holds_back_what_came_after_it(race: Race) -> None:
    with session(race.url) as other:
        with race.connection.transaction():
            _insert(race.connection)
            _insert(other)
            # Of a later transaction: were it sealed now, the earlier one's row would come too late.
            assert seal_audit_log(other) == []
        assert [row.row_count for row in seal_audit_log(other)] == [2]
        assert list_audit_faults(other) == []


def test_a_sealer_waits_for_another_and_then_seals_the_rest(race: Race) -> None:
    with session(race.url) as other:
        _insert(other)
        with other.transaction():
            assert [row.number for row in seal_audit_log(other)] == [1]
            race.start(seal_once)
            race.wait_for_waiters(1)
            _insert(race.connection)
    assert race.results() == [[2]]
    assert list_audit_faults(race.connection) == []


def _insert(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO audit_log (entity_type, entity_id, action, new_values)"
        " VALUES ('things', '1', 'insert', '{}')"
    )
