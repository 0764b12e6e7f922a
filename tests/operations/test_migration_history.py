"""What was applied and taken back is recorded once, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from taskspine.queries.migration_history import (
    list_applied_migrations,
    list_migration_history,
    lock_migration_history,
    record_migrations,
)

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.enums import MigrationDirection
    from taskspine.queries.tables import MigrationHistoryRow

DIGEST = "0f" * 32


def record(
    ask: Ask, *steps: tuple[str, MigrationDirection], seconds: float | None = None
) -> list[MigrationHistoryRow]:
    assert ask(lock_migration_history) == 1
    return ask(
        record_migrations,
        versions=[version for version, _ in steps],
        names=[f"change_{version}" for version, _ in steps],
        sha256s=[DIGEST for _ in steps],
        directions=[direction for _, direction in steps],
        durations=[None if seconds is None else timedelta(seconds=seconds) for _ in steps],
    )


def versions(ask: Ask) -> list[str]:
    """Name what is applied, but for what a new database begins with."""
    return [row.version for row in ask(list_applied_migrations) if len(row.version) < 14]


def test_what_is_applied_is_what_was_not_taken_back(ask: Ask) -> None:
    made = record(ask, ("1", "up"), ("2", "up"), seconds=1.5)
    assert [(row.version, row.name, row.sha256) for row in made] == [
        ("1", "change_1", DIGEST),
        ("2", "change_2", DIGEST),
    ]
    assert made[0].duration == timedelta(seconds=1.5)
    assert versions(ask) == ["1", "2"]
    record(ask, ("2", "down"))
    assert versions(ask) == ["1"]
    record(ask, ("2", "up"))
    assert versions(ask) == ["1", "2"]
    told = [(row.version, row.direction) for row in ask(list_migration_history)][:4]
    assert told == [("2", "up"), ("2", "down"), ("2", "up"), ("1", "up")]


def test_what_is_known_is_not_recorded_again(ask: Ask) -> None:
    assert record(ask, ("1", "down")) == []
    assert len(record(ask, ("1", "up"))) == 1
    assert record(ask, ("1", "up")) == []
    assert len(record(ask, ("1", "down"))) == 1
    assert record(ask, ("1", "down")) == []
