"""Notices that files change, by looking at them now and then.

Looking finds what the events of a file system lose: a file that an editor replaces instead of
writing it, a folder that a change of branch makes anew, a folder that is mounted from elsewhere.
For some hundred files it takes a few milliseconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Snapshot: TypeAlias = "dict[Path, tuple[int, int, int]]"
"""What files were: when each was written, its size and its number on the disk."""

LOOK_SECONDS = 0.25
QUIET_SECONDS = 0.1
"""How long nothing has to change before a change is over: an editor may write several files."""
LONGEST_SECONDS = 2.0
"""After how long a change counts although it goes on."""


def snapshot(paths: Iterable[Path]) -> Snapshot:
    """See what files are now; those that are not there are left out."""
    seen: Snapshot = {}
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        seen[path] = (found.st_mtime_ns, found.st_size, found.st_ino)
    return seen


def changes(look: Callable[[], Snapshot], again_after: float = 0) -> Iterator[bool]:
    """Give True each time after something has changed, and False each time when nothing has.

    The latter comes only with `again_after`, that many seconds after the last time. The first True
    comes at once.
    """
    seen = look()
    yield True
    last = time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        now = look()
        if now != seen:
            seen = _settled(look, now)
            yield True
        elif again_after and time.monotonic() - last >= again_after:
            yield False
        else:
            continue
        last = time.monotonic()


def _settled(look: Callable[[], Snapshot], seen: Snapshot) -> Snapshot:
    """Wait until nothing changes for a moment."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        time.sleep(QUIET_SECONDS)
        now = look()
        if now == seen:
            break
        seen = now
    return seen
