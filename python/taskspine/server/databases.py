"""Any server that answers at a URL."""

from __future__ import annotations

from contextlib import closing
from typing import Self

import psycopg
from psycopg import sql

from taskspine.database import reaching
from taskspine.errors import DatabaseUnreachable, RightMissing
from taskspine.settings import changed, parameters_of

_CONNECT_SECONDS = 10


def connect(url: str) -> psycopg.Connection:
    """Open a connection in autocommit; raises DatabaseUnreachable, which says what to mend."""
    seconds = parameters_of(url).get("connect_timeout", _CONNECT_SECONDS)
    with reaching(url):
        return psycopg.connect(url, autocommit=True, connect_timeout=int(seconds))


class Databases:
    """A server that answers at a URL, and the databases on it; a context manager."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, remain: bool = False) -> Self:  # noqa: ARG002
        """See that the server answers; with `remain` it goes on when this program ends."""
        connect(self.url()).close()
        return self

    def stop(self) -> None:
        """Stop what `start` started: here nothing."""

    def halt(self) -> bool:
        """Stop the server, whoever started it; False where that is not ours to do."""
        return False

    def is_running(self) -> bool:
        """Say whether the server answers."""
        try:
            self.start()
        except DatabaseUnreachable:
            return False
        return True

    def url(self, database: str | None = None) -> str:
        """Give the URL of a database on this server; without a name, of the server's own."""
        return changed(self._url, dbname=database) if database else self._url

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another one, and give its URL."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            # Of a small database, its files are copied in half the time that the log would take.
            copied = sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
            statement = sql.Composed([statement, copied])
        self._maintain(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database with the sessions in it; one that is not there is no error."""
        name_of_it = sql.Identifier(name)
        self._maintain(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name_of_it))

    def _maintenance_url(self) -> str:
        return self._url

    def _maintain(self, statement: sql.Composed) -> None:
        with closing(connect(self._maintenance_url())) as connection:
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                role = connection.info.user
                raise RightMissing(
                    f"role {role} may not create databases on this server: "
                    f"ALTER ROLE {role} CREATEDB, or connect as another role"
                ) from None
