"""The server and the databases of one test run, which leaves nothing behind.

SERVER=15 means the distribution's PostgreSQL of that version, SERVER=16 and SERVER=17 one that npm
brings where the distribution has none. Without it, the server is, in this
order, the one of DATABASE_URL, the one of docker-compose.yml where a Docker engine runs, or the
embedded one. pgTAP and pytest share it; the migrations are applied to one template, and every
database is a copy of that.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

import servers
from taskspine.errors import TaskspineError
from taskspine.migrations import migrate
from taskspine.server import ComposeServer, Databases, Server, engine_runs
from taskspine.settings import Settings, in_schema

if TYPE_CHECKING:
    from collections.abc import Generator

SCHEMA = "taskspine"
PREFIX = "taskspine_test"


def chosen_server() -> tuple[Databases, str]:
    """Choose the server to test on, and say which one it is."""
    asked_version = os.environ.get("SERVER", "")
    if not asked_version:
        if url := Settings.load().url():
            return Databases(url), "the server of DATABASE_URL"
        if engine_runs():
            project = f"{PREFIX}_{secrets.token_hex(4)}"
            return ComposeServer(project=project), "docker compose"
        return Server(), "the embedded server"
    if not asked_version.isdigit():
        raise pytest.UsageError(f"SERVER={asked_version} is no major version of PostgreSQL")
    servers.provide(int(asked_version))
    return Server(version=int(asked_version)), f"PostgreSQL {asked_version} of this machine"


class Scratch:
    """The databases of one test run."""

    def __init__(self, server: Databases, description: str) -> None:
        self.server = server
        self.description = description
        self._run = f"{PREFIX}_{secrets.token_hex(4)}"
        self._numbers = count(1)
        self._template = f"{self._run}_template"

    def open(self) -> None:
        """Start the server, and make the database that every other one is a copy of."""
        self.server.start()
        try:
            migrate(self.server.create_database(self._template), schema=SCHEMA)
        except TaskspineError:
            self.close()
            raise

    @contextmanager
    def copy(self) -> Generator[str]:
        """Make a database of its own, give its URL, and drop it."""
        name = f"{self._run}_{next(self._numbers)}"
        self.server.create_database(name, self._template)
        try:
            yield in_schema(self.server.url(name), SCHEMA)
        finally:
            self.server.drop_database(name)

    def close(self) -> None:
        try:
            self.server.drop_database(self._template)
        finally:
            self.server.stop()


_KEY = pytest.StashKey[Scratch]()


def scratch(config: pytest.Config) -> Scratch:
    """Give the databases of this run, starting the server when it is first asked for."""
    if _KEY not in config.stash:
        with ending_the_run():
            opened = Scratch(*chosen_server())
            opened.open()
        config.add_cleanup(opened.close)
        config.stash[_KEY] = opened
    return config.stash[_KEY]


@contextmanager
def ending_the_run() -> Generator[None]:
    """End the run with one line where no test could pass, for want of what all of them need."""
    try:
        yield
    except TaskspineError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
