"""What tasks took and what waits for them is seen after a refresh, which nobody waits for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from taskspine.database import connect
from taskspine.queries.task_analytics import (
    get_task_analytics,
    list_task_bottlenecks,
    refresh_analytics,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_bottleneck_is_seen_after_a_refresh(ask: Ask, desk: Desk) -> None:
    first = desk.task("first")
    for _ in range(2):
        desk.task("later", first)
    assert ask(get_task_analytics, task_id=first.id) is None
    assert ask(refresh_analytics) == 3
    seen = ask(get_task_analytics, task_id=first.id)
    assert seen is not None
    assert (seen.blocking_count, seen.is_bottleneck, seen.efficiency) == (2, True, None)
    (worst,) = ask(list_task_bottlenecks, project_id=desk.project_id)
    assert worst.task_id == first.id
    assert ask(list_task_bottlenecks, project_id=NOBODY) == []


def test_refreshes_at_once_follow_one_another(database_url: str, desk: Desk) -> None:
    desk.task()

    def refresh(_: int) -> int | None:
        with connect(database_url) as connection:
            return refresh_analytics(connection)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(refresh, range(8))) == [1] * 8
