"""What is usual is computed, and what is not is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from taskspine.queries.baselines import (
    compute_baseline,
    compute_baselines,
    delete_baseline,
    get_latest_baseline,
    list_baselines,
    list_metric_anomalies,
)
from taskspine.queries.metrics import record_metrics
from work import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asking import Ask
    from taskspine.database import Connection

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def measure(
    connection: Connection, values: Sequence[float], name: str = "load", *, start: int = 0
) -> None:
    """Record a value for each minute of New Year's day, from a minute on."""
    count = len(values)
    record_metrics(
        connection,
        names=[name] * count,
        values=values,
        components=[None] * count,
        units=[None] * count,
        labels=[{"disk": "a"}] * count,
        scopes=[None] * count,
        instruments=[None] * count,
        recorded_at=[NEW_YEAR + timedelta(minutes=start + place) for place in range(count)],
    )


def test_a_baseline_is_computed_once_for_one_time(ask: Ask, connection: Connection) -> None:
    measure(connection, range(1, 12))
    time = {"starts_at": NEW_YEAR, "ends_at": NEW_YEAR + HOUR}
    first = ask(compute_baseline, component="system", metric="load", **time)
    assert first is not None
    assert (first.sample_count, first.average, first.median) == (11, 6, 6)
    assert (first.minimum, first.maximum, first.median_absolute_deviation) == (1, 11, 3)
    measure(connection, [100], start=20)
    (again,) = ask(compute_baselines, **time)
    assert (again.id, again.sample_count, again.maximum) == (first.id, 12, 100)
    assert ask(get_latest_baseline, component="system", metric="load") == again
    assert ask(compute_baseline, component="nobody", metric="load", **time) is None


def test_baselines_are_listed_and_deleted(ask: Ask, connection: Connection) -> None:
    measure(connection, range(60))
    measure(connection, range(60), name="other")
    for hours in (1, 2):
        ask(compute_baselines, starts_at=NEW_YEAR, ends_at=NEW_YEAR + hours * HOUR)
    rows = ask(list_baselines)
    assert [(row.metric, row.ends_at - NEW_YEAR) for row in rows] == [
        ("load", 2 * HOUR), ("load", HOUR), ("other", 2 * HOUR), ("other", HOUR),
    ]  # fmt: skip
    assert ask(list_baselines, component="system", metric="other", page_size=1) == rows[2:3]
    assert ask(delete_baseline, baseline_id=rows[0].id) == 1
    assert ask(get_latest_baseline, component="system", metric="load") == rows[1]
    assert ask(delete_baseline, baseline_id=NOBODY) == 0
    labelled = ask(
        compute_baseline,
        component="system",
        metric="load",
        starts_at=NEW_YEAR,
        ends_at=NEW_YEAR + HOUR,
        labels={"disk": "a"},
    )
    assert labelled is not None
    found = ask(get_latest_baseline, component="system", metric="load", labels={"disk": "a"})
    assert found == labelled
    assert ask(get_latest_baseline, component="nobody", metric="load") is None


def test_spikes_are_found(ask: Ask, connection: Connection) -> None:
    measure(connection, [100 + place % 11 for place in range(60)])
    measure(connection, [105, 150, 100, 110, 60], start=60)

    def found(**criteria: object) -> list[float]:
        rows = ask(
            list_metric_anomalies,
            metric="load",
            since=NEW_YEAR,
            until=NEW_YEAR + 2 * HOUR,
            **criteria,
        )
        return [row.value for row in rows]

    assert found() == []
    baseline = ask(
        compute_baseline,
        component="system",
        metric="load",
        starts_at=NEW_YEAR,
        ends_at=NEW_YEAR + HOUR,
    )
    assert baseline is not None
    assert found() == [150, 60]
    assert found(component="system", threshold=1) == [150, 100, 110, 60]
    assert found(component="nobody") == []
    assert found(labels={"disk": "a"}) == []
    assert found(least_samples=61) == []
