"""Goes on making random statements for a time, and prints every claim that does not hold.

    make soundness SECONDS=600 SEED=7

A failure names its seed and the number of its statement; the same seed finds it again on a server
of the same version.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))

from claims import Failure, Tally, search

from taskspine.settings import Settings

STATEMENTS = 500


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--seed", default="0")
    arguments.add_argument("--url", help="of a database to work in; else that of DATABASE_URL")
    given = arguments.parse_args()
    url = given.url or Settings.load().url()
    if not url:
        arguments.error("no database: say --url, or set DATABASE_URL")
    end = time.monotonic() + given.seconds
    tally, failures = Tally(), list[Failure]()
    for number in count():
        seed = given.seed if number == 0 else f"{given.seed}.{number}"
        for failure in search(url, seed, STATEMENTS, tally):
            print(failure, flush=True)
            failures.append(failure)
            if time.monotonic() > end:
                break
        if time.monotonic() > end:
            break
    for warning, statement in tally.warnings.items():
        print(f"{warning}\n    {statement}")
    print(tally)
    print(f"{len(failures)} claims do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
