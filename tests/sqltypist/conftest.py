"""A small project, a help desk, in a database of its own."""

from __future__ import annotations

import secrets
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scratch import scratch
from sqltypist.configuration import Configuration
from sqltypist.describing import OLDEST_SERVER, connect

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Connection
    from taskspine.server import Databases

TRACKER = Path(__file__).parent / "tracker"
SOURCE = TRACKER / "src"

if str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))

_NEEDS_TREE = {
    "calls", "described", "found_url", "gallery_url", "laboratory_url", "project", "truth",
}  # fmt: skip
_DESELECTED = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what asks for a query tree where the server has none, and say so at the end."""
    asking = [item for item in items if _NEEDS_TREE & set(getattr(item, "fixturenames", ()))]
    if not asking or config.option.collectonly or _version(config) >= OLDEST_SERVER:
        return
    config.hook.pytest_deselected(items=asking)
    config.stash[_DESELECTED] = len(asking)
    items[:] = [item for item in items if item not in asking]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if count := config.stash.get(_DESELECTED, 0):
        terminalreporter.write_sep("=", "sqltypist", yellow=True)
        terminalreporter.write_line(
            f"{count} tests of generating were left out: this server is older than PostgreSQL 16, "
            "and sqltypist refuses it, as another test proves. The generated code was tested.",
            yellow=True,
        )


def _version(config: pytest.Config) -> int:
    with psycopg.connect(scratch(config).server.url()) as connection:
        return connection.info.server_version


@dataclass(frozen=True)
class Project:
    """A copy of the help desk's project, and the database that it is about."""

    configuration: Configuration
    url: str

    @property
    def root(self) -> Path:
        return self.configuration.root

    def write(self, path: str, text: str) -> None:
        target = self.root / "queries" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def alone(self, text: str) -> Configuration:
        """Give a configuration with one file of queries, of this text."""
        target = self.root / "alone" / "some.sql"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
        return replace(self.configuration, queries="alone")


@pytest.fixture(scope="session")
def desk_url(server: Databases) -> Generator[str]:
    """A database with the help desk's schema; its tests leave nothing in it."""
    name = f"sqltypist_{secrets.token_hex(4)}"
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA desk")
        connection.execute("SET search_path = desk")
        connection.execute((TRACKER / "schema.sql").read_bytes())
    yield make_conninfo(url, options="-c search_path=desk")
    server.drop_database(name)


@pytest.fixture
def desk(desk_url: str) -> Generator[psycopg.Connection]:
    """A connection to the help desk in a transaction that is rolled back."""
    with psycopg.connect(desk_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def project(desk_url: str, tmp_path: Path) -> Project:
    shutil.copytree(TRACKER, tmp_path / "tracker")
    return Project(Configuration.read(tmp_path / "tracker" / "pyproject.toml"), desk_url)


@pytest.fixture(scope="session")
def described(desk_url: str) -> Generator[tuple[Connection, Catalog]]:
    with connect(desk_url) as both:
        yield both
