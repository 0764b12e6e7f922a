"""Policies say what goes; a preview tells, and a run removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.retention_policies import (
    list_retention_policies,
    make_month_partitions,
    preview_retention,
    run_retention,
    set_retention_policy,
)

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_policy_is_listed_and_changed(ask: Ask) -> None:
    days = {row.data_class: row.keep_days for row in ask(list_retention_policies)}
    assert (days["tasks"], days["audit_log"], days["alerts"]) == (365, 1095, 180)
    changed = ask(set_retention_policy, data_class="tasks", keep_days=30, is_active=False)
    assert changed is not None
    assert (changed.keep_days, changed.is_active) == (30, False)
    assert ask(preview_retention, data_class="tasks", keep_days=None) == []
    with pytest.raises(RuleBroken, match=rules.RETENTION_POLICIES_KEEP_DAYS_IN_RANGE):
        ask(set_retention_policy, data_class="tasks", keep_days=0, is_active=None)


def test_a_preview_removes_nothing_and_a_run_what_the_preview_said(ask: Ask, desk: Desk) -> None:
    old, young = desk.completed("old"), desk.completed("young")
    desk.connection.execute(
        "UPDATE tasks SET completed_at = completed_at - interval '8 days', moves = moves + 1"
        " WHERE id = %s",
        [old.id],
    )
    preview = ask(preview_retention, data_class="tasks", keep_days=7)
    assert [(row.data_class, row.row_count, row.partitions) for row in preview] == [
        ("tasks", 1, [])
    ]
    assert desk.state(old).status == "completed"
    assert [row.row_count for row in ask(run_retention, data_class="tasks", keep_days=7)] == [1]
    left = desk.connection.execute("SELECT id FROM tasks").fetchall()
    assert left == [(young.id,)]


def test_every_class_is_previewed(ask: Ask) -> None:
    classes = {row.data_class for row in ask(list_retention_policies)}
    assert {row.data_class for row in ask(preview_retention)} == classes


def test_months_are_made_once_for_every_partitioned_table(ask: Ask, desk: Desk) -> None:
    tables = {
        name
        for (name,) in desk.connection.execute(
            "SELECT partrelid::regclass::text FROM pg_partitioned_table"
        )
    }
    assert {"audit_log", "events", "metrics"} <= tables
    made = [row.partition for row in ask(make_month_partitions, months_ahead=4)]
    assert {name.rsplit("_", 2)[0] for name in made} == tables
    assert len(made) == len(tables)
    assert ask(make_month_partitions, months_ahead=4) == []
    assert ask(make_month_partitions, months_ahead=None) == []
