"""What keys were used for is recorded one by one or many at once, and listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.api_key_usage import (
    list_api_key_usage,
    record_api_key_usage,
    record_api_key_usages,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OTHER = UUID(int=1)


def test_a_use_is_recorded(ask: Ask) -> None:
    made = ask(
        record_api_key_usage, api_key_id=NOBODY, endpoint="/a", method="POST", status_code=201
    )
    assert (made.endpoint, made.method, made.status_code) == ("/a", "POST", 201)
    assert made.client_address is None
    assert ask(list_api_key_usage) == [made]
    with pytest.raises(RuleBroken, match=rules.API_KEY_USAGE_METHOD_IS_A_WORD):
        ask(record_api_key_usage, api_key_id=NOBODY, method="post")


def test_many_uses_are_recorded_when_they_happened_and_listed_the_latest_first(ask: Ask) -> None:
    made = ask(
        record_api_key_usages,
        api_key_ids=[NOBODY, NOBODY, OTHER],
        used_at=[NEW_YEAR, NEW_YEAR + DAY, NEW_YEAR + 2 * DAY],
        endpoints=["/a", None, "/b"],
        methods=["GET", None, "PUT"],
        status_codes=[200, None, 500],
    )
    first, second, third = made
    assert ask(list_api_key_usage) == [third, second, first]
    assert ask(list_api_key_usage, api_key_id=NOBODY) == [second, first]
    assert ask(list_api_key_usage, endpoint="/b") == [third]
    assert ask(list_api_key_usage, since=NEW_YEAR + DAY) == [third, second]
    assert ask(list_api_key_usage, until=NEW_YEAR + DAY) == [first]
    assert ask(list_api_key_usage, page_size=1, page_start=1) == [second]
