"""What components report is recorded once, and found by whatever it is about."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from sqltypist.loading import load_folder
from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.events import (
    get_event,
    list_events,
    record_event,
    record_events,
    stream_list_events,
)
from taskspine.settings import sql_folder
from work import NOBODY, Desk

if TYPE_CHECKING:
    from typing import Any

    from asking import Ask
    from taskspine.database import Connection

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_an_event_is_recorded_and_got(ask: Ask, desk: Desk) -> None:
    task = desk.task()
    made = ask(
        record_event,
        type="build.ended",
        category="task",
        source="ci",
        target="planner",
        payload={"ok": True},
        severity="warning",
        correlation_id="c",
        trace_id="t",
        task_id=task.id,
        project_id=desk.project_id,
        occurred_at=NEW_YEAR,
    )
    assert (made.payload, made.severity, made.occurred_at) == ({"ok": True}, "warning", NEW_YEAR)
    assert ask(get_event, event_id=made.id) == made
    assert ask(get_event, event_id=0) is None


def test_what_is_not_said_has_a_default(ask: Ask, desk: Desk) -> None:
    made = ask(record_event, type="a", category="system", source="ci")
    assert (made.payload, made.severity, made.target, made.task_id) == ({}, "info", None, None)
    assert abs(made.occurred_at - desk.state(desk.task()).created_at) < timedelta(minutes=1)


def test_many_events_are_recorded_at_once(ask: Ask) -> None:
    made = ask(
        record_events,
        types=["a", "b"],
        categories=["task", "execution"],
        sources=["ci", "ci"],
        targets=[None, "planner"],
        payloads=[{}, {"n": 1}],
        severities=[None, "error"],
        correlation_ids=[None, "c"],
        trace_ids=[None, "t"],
        task_ids=[None, NOBODY],
        execution_ids=[None, 7],
        workflow_ids=[None, NOBODY],
        project_ids=[None, NOBODY],
        occurred_at=[None, NEW_YEAR],
    )
    assert [(row.type, row.severity, row.execution_id) for row in made] == [
        ("a", "info", None),
        ("b", "error", 7),
    ]
    assert made[1].occurred_at == NEW_YEAR


def test_each_criterion_leaves_out_the_others(ask: Ask, connection: Connection) -> None:
    about: list[dict[str, Any]] = [
        {"task_id": NOBODY},
        {"execution_id": 7},
        {"workflow_id": NOBODY},
        {"project_id": NOBODY},
        {"correlation_id": "c"},
        {"trace_id": "t"},
    ]
    for each in about:
        record_event(
            connection,
            type="seen",
            category="webhook",
            source="ci",
            occurred_at=NEW_YEAR,
            **each,
        )
    for each in about:
        (found,) = ask(list_events, **each)
        assert {name: getattr(found, name) for name in each} == each
    grave = ask(record_event, type="fell", category="system", source="ci", severity="critical")
    assert ask(list_events, type="fell") == [grave]
    assert ask(list_events, category="system") == [grave]
    assert ask(list_events, least_severity="error") == [grave]
    assert ask(list_events, since=NEW_YEAR + timedelta(days=1)) == [grave]
    assert len(ask(list_events, until=NEW_YEAR + timedelta(seconds=1))) == len(about)
    assert len(ask(list_events, since=NEW_YEAR, until=NEW_YEAR)) == 0


def test_events_come_in_pages_the_latest_first(ask: Ask, connection: Connection) -> None:
    for day in range(5):
        record_event(
            connection,
            type=f"day_{day}",
            category="system",
            source="ci",
            occurred_at=NEW_YEAR + timedelta(days=day),
        )
    pages = [[row.type for row in ask(list_events, page_size=2, page_start=n)] for n in (0, 2, 4)]
    assert pages == [["day_4", "day_3"], ["day_2", "day_1"], ["day_0"]]
    assert [row.type for row in stream_list_events(connection, page_size=3)] == [
        "day_4", "day_3", "day_2",
    ]  # fmt: skip


# Of ten thousand events, a criterion is about a hundred.
MANY_EVENTS = """
INSERT INTO events (
    type, category, source, severity, correlation_id, trace_id, task_id, execution_id, workflow_id,
    project_id
)
SELECT
    'type_' || number, CASE number WHEN 7 THEN 'pr' ELSE 'task' END::event_category, 'ci',
    CASE number WHEN 7 THEN 'error' ELSE 'info' END::severity, number, number, id, number, id, id
FROM generate_series(1, 10000) AS n,
    LATERAL (SELECT n % 100, lpad(to_hex(n % 100), 32, '0')::uuid) AS each (number, id)
"""
OF_TABLE = "SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = to_regclass(%s)"
SEVEN = UUID(int=7)


def test_each_criterion_is_served_by_an_index(connection: Connection) -> None:
    connection.execute(MANY_EVENTS)
    connection.execute("ANALYZE events")
    (month,) = connection.execute("SELECT DISTINCT tableoid::regclass::text FROM events").fetchall()
    served: dict[str, tuple[dict[str, object], str]] = {
        "task": ({"task_id": SEVEN}, "events_task_id_occurred_at_id_idx"),
        "attempt": ({"execution_id": 7}, "events_execution_id_occurred_at_id_idx"),
        "workflow": ({"workflow_id": SEVEN}, "events_workflow_id_occurred_at_id_idx"),
        "project": ({"project_id": SEVEN}, "events_project_id_occurred_at_id_idx"),
        "correlation": ({"correlation_id": "7"}, "events_correlation_id_occurred_at_id_idx"),
        "trace": ({"trace_id": "7"}, "events_trace_id_occurred_at_id_idx"),
        "type": ({"type": "type_7"}, "events_type_occurred_at_id_idx"),
        "category": ({"category": "pr"}, "events_category_occurred_at_id_idx"),
        "severity": ({"least_severity": "error"}, "events_grave_idx"),
        "moment": ({"since": NEW_YEAR}, "events_pkey"),
        "nothing": ({}, "events_pkey"),
    }
    (query,) = (each for each in load_folder(sql_folder("queries")) if each.name == "list_events")
    nothing = dict.fromkeys(re.findall(r"%\((\w+)\)s", query.text))
    # As a prepared statement is planned whose parameters are known.
    with psycopg.ClientCursor(connection) as cursor:
        for criterion, (parameters, index) in served.items():
            cursor.execute(f"EXPLAIN (FORMAT json) {query.text}", nothing | parameters)
            plan = json.dumps(cursor.fetchone())
            # Other months are empty, and not worth an index.
            (scan,) = re.findall(rf'"Index Name": "({month[0]}\w+)"', plan) or [criterion]
            cursor.execute(OF_TABLE, [scan])
            assert cursor.fetchone() == (index,), criterion


def test_an_event_has_a_type_that_is_a_word(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.EVENTS_TYPE_IS_DOTTED_IDENTIFIER):
        ask(record_event, type="Build ended", category="system", source="ci")
