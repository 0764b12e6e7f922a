"""Alerts evaluated by several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moves import idle, in_turn
from racing import LEVELS, retried

from taskspine.queries.alert_rules import create_alert_rule
from taskspine.queries.alerts import evaluate_alerts, resolve_alert

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from racing import Race

RULES = 8
TURNS = 10


def make_rules(race: Race) -> None:
    for number in range(1, RULES + 1):
        create_alert_rule(race.connection, name=f"{number}", metric=f"metric_{number}", threshold=1)


def measure(connection: psycopg.Connection[Any], value: float) -> list[tuple[UUID, str]]:
    """Record a value for every rule."""
    connection.execute(
        "INSERT INTO metrics (name, value) SELECT 'metric_' || n, %s FROM generate_series(1, %s) n",
        [value, RULES],
    )
    return []


def evaluate(connection: psycopg.Connection[Any]) -> list[tuple[UUID, str]]:
    """Evaluate all rules; gives the alerts that changed, and their statuses."""
    return [(row.id, row.status) for row in retried(lambda: evaluate_alerts(connection))]


def resolve(connection: psycopg.Connection[Any]) -> list[tuple[UUID, str]]:
    """Resolve every open alert by hand, one by one."""
    rows = connection.execute("SELECT id FROM alerts WHERE status <> 'resolved'").fetchall()
    found = [retried(lambda row=row: resolve_alert(connection, alert_id=row[0])) for row in rows]
    return [(each.id, each.status) for each in found if each]


def said(race: Race, level: str, lanes: list[list[tuple[Any, ...]]]) -> list[list[Any]]:
    """Play lanes of moves, and give what was said in each round by all together."""
    rounds = race.abreast(level, [(in_turn, lane) for lane in lanes])
    for answers in rounds:
        assert all(answer is None or isinstance(answer, list) for answer in answers), answers
    return [[each for answer in answers for each in answer or ()] for answers in rounds]


@pytest.mark.parametrize("level", LEVELS)
def test_each_alert_is_raised_and_resolved_once(race: Race, level: str) -> None:
    make_rules(race)
    first = [
        turn for _ in range(TURNS) for value in (2, 0) for turn in ((measure, value), (evaluate,))
    ]
    others = [(idle,), (evaluate,)] * (2 * TURNS)
    rounds = said(race, level, [first, others, others, others])
    for place, changes in enumerate(rounds[1::2]):
        statuses = [status for _, status in changes]
        assert statuses == ["resolved" if place % 2 else "active"] * RULES
        assert len({alert_id for alert_id, _ in changes}) == RULES
    assert race.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == RULES * TURNS
    assert race.deadlocks() == 0


@pytest.mark.parametrize("level", LEVELS)
def test_people_and_evaluations_resolve_an_alert_once(race: Race, level: str) -> None:
    make_rules(race)
    turn = [(measure, 2), (evaluate,), (measure, 0), (evaluate,), (evaluate,)]
    person = [(idle,), (idle,), (idle,), (resolve,), (idle,)]
    other = [(idle,), (idle,), (idle,), (evaluate,), (idle,)]
    rounds = said(race, level, [turn * TURNS, person * TURNS, other * TURNS])
    for place in range(0, len(rounds), len(turn)):
        raised = rounds[place + 1]
        over = rounds[place + 3] + rounds[place + 4]
        assert len(raised) == len(over) == RULES
        assert {alert_id for alert_id, _ in raised} == {alert_id for alert_id, _ in over}
        assert {status for _, status in over} == {"resolved"}
    assert race.value("SELECT count(*) FROM alerts WHERE status <> 'resolved'") == 0
    assert race.deadlocks() == 0
