"""The log is sealed, and what is not as it was sealed is found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.audit_seals import (
    get_last_audit_seal,
    list_audit_faults,
    list_audit_seals,
    seal_audit_log,
)

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection
    from work import Desk


def rewrite(connection: Connection, statement: str) -> None:
    """Do what only somebody can who may do all."""
    connection.execute("SET session_replication_role = replica")
    connection.execute(statement.encode())
    connection.execute("RESET session_replication_role")


def test_each_call_seals_what_came_since(ask: Ask, desk: Desk) -> None:
    assert ask(get_last_audit_seal) is None
    first = ask(seal_audit_log)
    assert ask(seal_audit_log) == []
    desk.task()
    desk.task()
    second = ask(seal_audit_log)
    assert [row.row_count for row in second] == [2]
    last = ask(get_last_audit_seal)
    assert last is not None
    assert last.hash == second[0].hash
    listed = ask(list_audit_seals)
    assert [row.number for row in listed] == [2, 1]
    assert (listed[1].hash, listed[0].previous_hash) == (first[0].hash, first[0].hash)
    this_month = datetime.now(UTC).date().replace(day=1)
    assert len(ask(list_audit_seals, month=this_month, page_size=1, page_start=1)) == 1
    assert ask(list_audit_seals, month=date(2020, 1, 1)) == []
    assert ask(list_audit_faults, kept_hash=last.hash) == []


def test_what_was_rewritten_is_found(ask: Ask, desk: Desk) -> None:
    desk.task()
    ask(seal_audit_log)
    rewrite(desk.connection, "UPDATE audit_log SET actor = 'eve' WHERE entity_type = 'tasks'")
    faults = ask(list_audit_faults)
    assert [(row.fault, row.seal_number) for row in faults] == [("row_changed", 1)]
    assert faults[0].detail.startswith("insert of tasks ")


def test_a_tail_cut_off_is_found_by_the_hash_that_was_kept(ask: Ask, desk: Desk) -> None:
    ask(seal_audit_log)
    desk.task()
    kept = ask(seal_audit_log)[-1].hash
    rewrite(desk.connection, "DELETE FROM audit_log WHERE entity_type = 'tasks'")
    rewrite(desk.connection, "DELETE FROM audit_seals WHERE number = 2")
    assert ask(list_audit_faults) == []
    assert [row.fault for row in ask(list_audit_faults, kept_hash=kept)] == ["seals_cut_off"]


def test_what_is_not_committed_waits_for_a_later_seal(ask: Ask, desk: Desk) -> None:
    ask(seal_audit_log)
    with desk.connection.transaction():
        desk.task()
        assert ask(seal_audit_log) == []
    assert [row.row_count for row in ask(seal_audit_log)] == [1]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_no_seal_is_made_by_an_old_snapshot(desk: Desk, level: str) -> None:
    connection = desk.connection
    connection.execute(f"SET default_transaction_isolation = '{level}'".encode())
    with pytest.raises(RuleBroken, match=rules.AUDIT_SEALS_MADE_AT_READ_COMMITTED):
        seal_audit_log(connection)
