"""Racers that draw on one bucket of tokens, repeated as a client would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from racing import retried, session

from sqltypist.runtime import only
from taskspine.queries.rate_limits import take_tokens

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier


def draw(url: str, level: str, barrier: Barrier, tries: int, count: int) -> int:
    """Try so often to take so many tokens; gives how many were taken."""
    taken = 0
    with session(url, level) as connection:
        barrier.wait(60)
        for _ in range(tries):
            answer = only(retried(lambda: take_tokens(connection, bucket="b", count=count)))
            taken += count * answer.is_taken
    return taken


def draw_for(url: str, level: str, barrier: Barrier, seconds: float) -> tuple[int, float, float]:
    """Take tokens one by one for some seconds; gives how many, and the moments of the two ends."""
    taken = 0
    with session(url, level) as connection:
        barrier.wait(60)
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            answer = only(retried(lambda: take_tokens(connection, bucket="b")))
            taken += answer.is_taken
        return taken, began, time.monotonic()
