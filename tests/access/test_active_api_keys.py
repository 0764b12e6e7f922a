"""The keys that are accepted now, with their limits and their use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.active_api_keys import list_active_api_keys
from taskspine.queries.api_key_usage import record_api_key_usage
from taskspine.queries.api_keys import create_api_key, revoke_api_key

if TYPE_CHECKING:
    from asking import Ask


def test_keys_that_are_accepted_are_listed(ask: Ask) -> None:
    made = [
        ask(
            create_api_key,
            name=name,
            service=service,
            environment=environment,
            key_prefix="tsk_test",
            key_hash=name.encode() * 32,
        )
        for name, service, environment in (
            ("c", "github", "staging"),
            ("b", "github", "production"),
            ("a", "linear", "production"),
            ("d", "linear", "staging"),
        )
    ]
    ask(revoke_api_key, api_key_id=made[3].id)
    ask(record_api_key_usage, api_key_id=made[1].id)
    rows = ask(list_active_api_keys)
    assert [(row.name, row.usage_count, row.rate_limit) for row in rows] == [
        ("a", 0, None),
        ("b", 1, None),
        ("c", 0, None),
    ]
    assert rows[0].last_used_at is None
    assert rows[1].last_used_at is not None
    assert [row.name for row in ask(list_active_api_keys, service="github")] == ["b", "c"]
    assert [row.name for row in ask(list_active_api_keys, environment="production")] == ["a", "b"]
