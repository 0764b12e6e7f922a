"""Measurements are recorded by one, by many and by COPY, and told in sum."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.metrics import (
    copy_load_metrics,
    get_latest_metric,
    get_metric_summary,
    list_counter_rates,
    list_latest_metrics,
    list_metric_buckets,
    list_metrics,
    load_metrics,
    record_database_metrics,
    record_metric,
    record_metrics,
    stream_list_metrics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asking import Ask
    from taskspine.database import Connection
    from taskspine.queries.metrics import LoadMetricsItem

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def items(values: Sequence[float], step: timedelta = MINUTE, **named: str) -> list[LoadMetricsItem]:
    item: LoadMetricsItem = {
        "recorded_at": NEW_YEAR,
        "component": "system",
        "name": "load",
        "value": 0.0,
        "unit": None,
        "labels": {},
        "scope": "system",
        "instrument": "gauge",
    }
    return [
        item | named | {"recorded_at": NEW_YEAR + place * step, "value": value}
        for place, value in enumerate(values)
    ]


def test_a_measurement_is_recorded_with_all_that_is_known(ask: Ask) -> None:
    plain = ask(record_metric, name="load", value=1.5)
    assert (plain.component, plain.scope, plain.instrument, plain.labels) == (
        "system", "system", "gauge", {},
    )  # fmt: skip
    full = ask(
        record_metric,
        name="query_seconds",
        value=0.25,
        component="desk",
        unit="seconds",
        labels={"query": "claim"},
        scope="query",
        instrument="timer",
        recorded_at=NEW_YEAR,
    )
    assert (full.recorded_at, full.unit, full.labels) == (NEW_YEAR, "seconds", {"query": "claim"})
    (found,) = ask(list_metrics, name="query_seconds", scope="query")
    assert found == full


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_is_a_number(ask: Ask, value: float) -> None:
    with pytest.raises(RuleBroken, match=rules.METRICS_VALUE_IN_RANGE):
        ask(record_metric, name="load", value=value)


def test_many_are_recorded_at_once(ask: Ask) -> None:
    rows = ask(
        record_metrics,
        names=["load", "jobs"],
        values=[1, 2],
        components=[None, "desk"],
        units=[None, "jobs"],
        labels=[{}, {"queue": "mail"}],
        scopes=[None, "task"],
        instruments=[None, "counter"],
        recorded_at=[None, NEW_YEAR],
    )
    assert [row.name for row in rows] == ["load", "jobs"]
    (jobs,) = ask(list_metrics, name="jobs", labels={"queue": "mail"})
    assert (jobs.component, jobs.scope, jobs.instrument) == ("desk", "task", "counter")
    assert jobs.recorded_at == NEW_YEAR


def test_very_many_are_recorded_by_copy(connection: Connection) -> None:
    assert copy_load_metrics(connection, items(range(1000))) == 1000
    assert load_metrics(connection, items([1, 2], name="other")) == 2
    found = stream_list_metrics(connection, name="load", page_size=2000, batch_size=100)
    assert len([*found]) == 1000


def test_measurements_are_listed_by_what_and_when(ask: Ask, connection: Connection) -> None:
    load_metrics(connection, items([1, 2, 3]) + items([7], component="desk"))

    def found(**criteria: object) -> list[float]:
        return [row.value for row in ask(list_metrics, **{"name": "load"} | criteria)]

    assert found() == [3, 2, 7, 1]
    assert found(component="system", since=NEW_YEAR + MINUTE) == [3, 2]
    assert found(until=NEW_YEAR + MINUTE) == [7, 1]
    assert found(name="other") == []
    assert found(page_size=1, page_start=1) == [2]


def test_the_latest_of_each_component_is_found(ask: Ask, connection: Connection) -> None:
    load_metrics(connection, items([1, 2]) + items([7], component="desk"))
    record_metric(connection, name="load", value=9, labels={"disk": "a"}, recorded_at=NEW_YEAR)
    latest = [(row.component, row.value) for row in ask(list_latest_metrics, name="load")]
    assert latest == [("desk", 7), ("system", 2)]
    assert ask(list_latest_metrics, name="other") == []

    def found(**criteria: object) -> float | None:
        row = ask(get_latest_metric, name="load", **criteria)
        return row and row.value

    assert (found(), found(component="desk"), found(labels={"disk": "a"})) == (2, 7, 9)
    assert (found(component="nobody"), found(labels={"disk": "b"})) == (None, None)


def test_a_summary_tells_percentiles(ask: Ask, connection: Connection) -> None:
    load_metrics(connection, items(range(1, 101)))
    row = ask(get_metric_summary, name="load", component="system", since=NEW_YEAR)
    assert (row.sample_count, row.total, row.average) == (100, 5050, 50.5)
    assert (row.minimum, row.median, row.maximum) == (1, 50.5, 100)
    assert row.standard_deviation == pytest.approx(29.0115, abs=1e-4)
    assert (row.p95, row.p99) == (pytest.approx(95.05), pytest.approx(99.01))
    nothing = ask(get_metric_summary, name="other")
    assert (nothing.sample_count, nothing.average, nothing.p95) == (0, None, None)


def test_values_are_told_by_intervals_of_time(ask: Ask, connection: Connection) -> None:
    load_metrics(connection, items([1, 2, 3, 10, 20, 30, 7]))
    rows = ask(list_metric_buckets, name="load", bucket=3 * MINUTE, until=NEW_YEAR + 6 * MINUTE)
    assert [
        (row.bucket_at, row.sample_count, row.total, row.median, row.maximum) for row in rows
    ] == [(NEW_YEAR, 3, 6, 2, 3), (NEW_YEAR + 3 * MINUTE, 3, 60, 20, 30)]


def test_a_counter_that_starts_again_has_not_fallen(ask: Ask, connection: Connection) -> None:
    load_metrics(connection, items([100, 160, 220, 60, 120], instrument="counter"))
    load_metrics(connection, items([5], instrument="counter", component="other"))
    rows = ask(list_counter_rates, name="load", bucket=timedelta(hours=1))
    assert [(row.component, row.bucket_at, row.rise, row.rate_per_second) for row in rows] == [
        ("system", NEW_YEAR, 240, 1)
    ]
    by_minute = ask(list_counter_rates, name="load", bucket=2 * MINUTE, since=NEW_YEAR)
    assert [(row.rise, row.rate_per_second) for row in by_minute] == [(60, 1), (120, 1), (60, 1)]


def test_the_database_is_measured(ask: Ask) -> None:
    names = {row.name for row in ask(record_database_metrics)}
    assert {"connections", "pool_use_percent", "longest_query_seconds", "commits"} <= names
    latest = ask(get_latest_metric, name="connections", component="database")
    assert latest is not None
    assert latest.value >= 1
