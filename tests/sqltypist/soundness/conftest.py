"""Random databases and statements, and a database to put them in."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

if TYPE_CHECKING:
    from collections.abc import Generator

    from taskspine.server import Databases


@pytest.fixture
def laboratory_url(server: Databases) -> Generator[str]:
    """The URL of a database for random schemas."""
    name = f"sqltypist_{secrets.token_hex(4)}"
    yield server.create_database(name)
    server.drop_database(name)
