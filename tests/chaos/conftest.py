"""What the racing tests share: their helper modules, and a race that ends with its test."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

from racing import Race

from asking import connection, desk

if TYPE_CHECKING:
    from collections.abc import Generator


__all__ = ["connection", "desk", "race"]


@pytest.fixture
def race(database_url: str, tmp_path: Path) -> Generator[Race]:
    """A fresh database and the processes that race in it, all ended with the test."""
    with Race(database_url, tmp_path) as race:
        yield race
