"""Worker processes that all do the same thing for the same time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from multiprocessing import get_context
from typing import TYPE_CHECKING, Self

from contestants import CONTESTANTS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def _work(pipe: Connection, url: str) -> None:
    """Do what the pipe says, and answer with how many jobs that were, until it says nothing."""
    known = {}
    while (order := pipe.recv()) is not None:
        name, start, seconds = order
        contestant = known.get(name) or known.setdefault(name, CONTESTANTS[name](url))
        pipe.send(None)
        time.sleep(max(0.0, start - time.time()))
        end = time.perf_counter() + seconds
        jobs = 0
        while time.perf_counter() < end:
            jobs += contestant.do()
        pipe.send(jobs)


class Fleet:
    """`size` processes, each with connections of its own."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        context = get_context("spawn")
        self._pipes: list[Connection] = []
        for _ in range(self._size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._url), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._ending.callback(process.join, 10)
            self._ending.callback(ours.send, None)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def rate(self, name: str, seconds: float) -> float:
        """Jobs a second that the fleet does as the named contestant."""
        start = time.time() + 0.05
        for pipe in self._pipes:
            pipe.send((name, start, seconds))
        for pipe in self._pipes:
            pipe.recv()
        return sum(pipe.recv() for pipe in self._pipes) / seconds
