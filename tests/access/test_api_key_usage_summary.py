"""How each key was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.api_key_usage import record_api_key_usage
from taskspine.queries.api_key_usage_summary import (
    get_api_key_usage_summary,
    list_api_key_usage_summary,
)
from taskspine.queries.api_keys import create_api_key
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask


def test_uses_are_counted(ask: Ask) -> None:
    idle, busy = (
        ask(
            create_api_key,
            name=name,
            service="codegen",
            key_prefix="tsk_test",
            key_hash=name[:1].encode() * 32,
        )
        for name in ("idle", "busy")
    )
    for endpoint, status in (("/a", 200), ("/a", 404), ("/b", None)):
        ask(record_api_key_usage, api_key_id=busy.id, endpoint=endpoint, status_code=status)
    of_busy, of_idle = ask(list_api_key_usage_summary)
    assert (of_busy.api_key_id, of_busy.usage_count, of_busy.endpoint_count) == (busy.id, 3, 2)
    assert (of_busy.last_hour_count, of_busy.failed_last_24_hours_count) == (3, 1)
    assert (of_idle.api_key_id, of_idle.usage_count, of_idle.last_used_at) == (idle.id, 0, None)
    found = ask(get_api_key_usage_summary, api_key_id=busy.id)
    assert (found.usage_count, found.last_used_at) == (3, of_busy.last_used_at)
    assert ask(get_api_key_usage_summary, api_key_id=NOBODY) is None
