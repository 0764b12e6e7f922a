"""Buckets of tokens are made, changed, drawn on and deleted."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.rate_limits import (
    delete_rate_limit,
    get_rate_limit,
    list_rate_limits,
    set_rate_limit,
    take_tokens,
)

if TYPE_CHECKING:
    from asking import Ask

SLOW = Decimal("0.001")


def test_a_bucket_gives_what_it_has_and_says_when_to_come_again(ask: Ask) -> None:
    made = ask(set_rate_limit, bucket="b", capacity=3, refill_per_second=SLOW)
    assert (made.capacity, made.refill_per_second, made.tokens) == (3, SLOW, 3)
    assert [ask(take_tokens, bucket="b").is_taken for _ in range(3)] == [True] * 3
    refused = ask(take_tokens, bucket="b", count=2)
    assert not refused.is_taken
    assert 0 < refused.tokens_left < 1
    assert 1900 < refused.retry_after_seconds <= 2000


def test_a_limit_is_changed_and_keeps_its_tokens(ask: Ask) -> None:
    ask(set_rate_limit, bucket="b", capacity=3, refill_per_second=SLOW)
    ask(take_tokens, bucket="b", count=3)
    changed = ask(set_rate_limit, bucket="b", capacity=10, refill_per_second=SLOW)
    assert changed.capacity == 10
    assert changed.tokens < 1


def test_buckets_are_got_listed_and_deleted(ask: Ask) -> None:
    for bucket in ("z", "a"):
        ask(set_rate_limit, bucket=bucket, capacity=3, refill_per_second=Decimal(1000))
    assert [row.bucket for row in ask(list_rate_limits)] == ["a", "z"]
    ask(take_tokens, bucket="a", count=3)
    found = ask(get_rate_limit, bucket="a")
    assert found is not None
    assert 0 < found.tokens <= 3
    assert ask(delete_rate_limit, bucket="a") == 1
    assert ask(delete_rate_limit, bucket="a") == 0
    assert ask(get_rate_limit, bucket="a") is None
    assert ask(take_tokens, bucket="a") is None


@pytest.mark.parametrize("count", [0, -1, 4, 2**31 - 1])
def test_a_number_that_no_bucket_gives_is_refused_with_a_hint(ask: Ask, count: int) -> None:
    ask(set_rate_limit, bucket="b", capacity=3, refill_per_second=SLOW)
    with pytest.raises(RuleBroken, match=rules.RATE_LIMITS_TAKEN_WITHIN_CAPACITY) as refused:
        ask(take_tokens, bucket="b", count=count)
    assert refused.value.hint == "Take from 1 to 3 tokens at a time."
    assert ask(get_rate_limit, bucket="b").tokens == 3
