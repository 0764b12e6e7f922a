"""Those who write the log of changes, seal it, make its months and revert, all at once."""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from racing import SECONDS, retried, session

from taskspine.queries.audit_log import revert_change
from taskspine.queries.audit_seals import list_audit_faults, seal_audit_log

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    import psycopg

_WRITE = (
    "INSERT INTO audit_log (changed_at, entity_type, entity_id, action, new_values)"
    " VALUES (%s, 'things', %s, 'insert', '{}')"
)


def write(url: str, level: str, name: str, count: int) -> int:
    """Write transactions of one to five rows, some slowly, some in vain; gives the rows written."""
    dice = random.Random(name)
    written = 0
    with session(url, level) as connection:
        for number in range(count):
            rows = dice.randint(1, 5)
            in_vain = dice.random() < 0.2
            pause = dice.choice([0, 0, 0, 0.002, 0.05])
            retried(partial(_write, connection, f"{name} {number}", rows, in_vain, pause))
            written += 0 if in_vain else rows
    return written


def _write(
    connection: psycopg.Connection[Any], name: str, rows: int, in_vain: bool, pause: float
) -> None:
    with connection.transaction(force_rollback=in_vain):
        for _ in range(rows):
            # A savepoint has a number of its own, and its rows still are the transaction's.
            with connection.transaction():
                connection.execute(
                    "INSERT INTO audit_log (entity_type, entity_id, action, new_values)"
                    " VALUES ('things', %s, 'insert', '{}')",
                    [name],
                )
            time.sleep(pause)


def seal(url: str, stop: Path) -> list[int]:
    """Seal until told to stop; gives the numbers of the seals made."""
    numbers = []
    end = time.monotonic() + SECONDS
    with session(url) as connection:
        while not stop.exists():
            assert time.monotonic() < end, "the writers do not end"
            numbers += [row.number for row in seal_audit_log(connection)]
            time.sleep(0.001)
    return numbers


def seal_once(url: str) -> list[int]:
    """Seal once; gives the numbers of the seals made."""
    with session(url) as connection:
        return [row.number for row in seal_audit_log(connection)]


def verify(url: str, stop: Path) -> list[str]:
    """Verify until told to stop; gives the faults found."""
    faults = []
    end = time.monotonic() + SECONDS
    with session(url) as connection:
        while not stop.exists():
            assert time.monotonic() < end, "the writers do not end"
            faults += [str(fault) for fault in list_audit_faults(connection)]
            time.sleep(0.01)
    return faults


def make_month(connection: psycopg.Connection[Any], month: str) -> str | None:
    """Make the partition of a month; gives its name, and nothing when it was there."""
    row = connection.execute("SELECT make_month_partition('audit_log', %s)", [month]).fetchone()
    assert row is not None
    return row[0]


def write_in_month(connection: psycopg.Connection[Any], month: str, name: str) -> str:
    """Write rows of the month, and one of now between them."""
    with connection.transaction():
        connection.execute(_WRITE, [f"{month} 00:00+00", name])
        connection.execute(
            "INSERT INTO audit_log (entity_type, entity_id, action, new_values)"
            " VALUES ('things', 'now', 'insert', '{}')"
        )
        connection.execute(_WRITE, [f"{month} 12:00+00", name])
    return "done"


def revert(connection: psycopg.Connection[Any], change_id: int) -> str:
    retried(lambda: revert_change(connection, change_id=change_id))
    return "done"


def set_type(connection: psycopg.Connection[Any], agent_id: UUID, type_: str) -> str:
    retried(
        lambda: connection.execute("UPDATE agents SET type = %s WHERE id = %s", [type_, agent_id])
    )
    return "done"
