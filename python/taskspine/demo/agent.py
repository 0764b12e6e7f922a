"""One agent of the demo, a process of its own: it pauses for work, and fails now and then."""

from __future__ import annotations

import random
import sys
import threading
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import TYPE_CHECKING

from taskspine.errors import one_line_errors
from taskspine.worker import Worker

if TYPE_CHECKING:
    from sqltypist.runtime import JsonInput
    from taskspine.worker import Claim

_TROUBLES = (
    "the tests did not pass",
    "the model answered with half a patch",
    "the formatter and the linter disagreed",
    "a package index did not answer in time",
)


def troubled(ref: str, *, seed: int, rate: float) -> str | None:
    """Say what goes wrong with the first attempt at a task; None for most tasks."""
    chance = random.Random(f"{seed} {ref}")  # noqa: S311
    return chance.choice(_TROUBLES) if chance.random() < rate else None


def _main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--pause", type=float, required=True)
    parser.add_argument("--lease", type=float, required=True)
    parser.add_argument("--failures", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()
    worker = Worker(
        agent=given.name,
        project=given.project,
        lease=timedelta(seconds=given.lease),
        poll=timedelta(seconds=min(max(given.pause / 2, 0.02), 0.2)),
        retry_delay=timedelta(seconds=given.pause),
    )

    def work(claim: Claim) -> dict[str, JsonInput]:
        seconds = given.pause * random.uniform(0.5, 1.5)  # noqa: S311
        trouble = troubled(claim.ref, seed=given.seed, rate=given.failures)
        if claim.attempt == 1 and trouble:
            time.sleep(seconds / 2)
            raise RuntimeError(trouble)
        time.sleep(seconds)
        return {"seconds": round(seconds, 3)}

    def stop_with_the_demo() -> None:
        sys.stdin.read()
        worker.stop()

    threading.Thread(target=stop_with_the_demo, daemon=True).start()
    worker.run(work)


if __name__ == "__main__":
    with one_line_errors():
        _main()
