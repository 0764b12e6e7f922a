"""Fixtures that give a test a database with all migrations, and nothing in common with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from scratch import scratch
from taskspine.server import Databases, connect

if TYPE_CHECKING:
    from collections.abc import Generator

    import psycopg


# The same examples in every run, and no verdict by the clock.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Databases:
    """The server of this run: its url(), create_database() and drop_database()."""
    return scratch(pytestconfig).server


@pytest.fixture
def database_url(pytestconfig: pytest.Config) -> Generator[str]:
    """The URL of a fresh database, its search path set to the tenant's schema."""
    with scratch(pytestconfig).copy() as url:
        yield url


@pytest.fixture
def connection(database_url: str) -> Generator[psycopg.Connection]:
    """A connection to a fresh database, in autocommit."""
    with connect(database_url) as connection:
        yield connection
