"""Any server that answers at a URL, and why one does not."""

from __future__ import annotations

import re
from contextlib import closing
from getpass import getuser
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg import sql

from taskspine.errors import DatabaseUnreachable, RightMissing
from taskspine.settings import changed, parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS = 10


def connect(url: str) -> psycopg.Connection:
    """Open a connection in autocommit; raises DatabaseUnreachable, which says what to mend."""
    place = parameters_of(url)
    seconds = place.get("connect_timeout", _CONNECT_SECONDS)
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=int(seconds))
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(_why_unreachable(str(error), place)) from None


# What the driver's text holds, and what it means to the reader. The first that fits is said.
_REASONS = (
    (r"password authentication failed|no password supplied",
     "{at} refuses user {user}: mend the user or the password in DATABASE_URL"),
    (r'database ".*" does not exist',
     "no database {database} at {at}: createdb {database}, or mend DATABASE_URL"),
    (r'role ".*" does not exist',
     "no user {user} at {at}: createuser {user}, or mend DATABASE_URL"),
    (r"resolve|translate host name", "no host is named {host}: mend DATABASE_URL"),
    (r"refused|No such file",
     "nothing answers at {at}: start the server there, or mend DATABASE_URL"),
    (r"timeout", "{at} does not answer in time: check the network, or mend DATABASE_URL"),
)  # fmt: skip


def _why_unreachable(text: str, place: Mapping[str, str]) -> str:
    host, user = place.get("host", "localhost"), place.get("user", getuser())
    known = {
        "host": host,
        "at": f"{host}:{place.get('port', '5432')}",
        "user": user,
        "database": place.get("dbname", user),
    }
    for pattern, reason in _REASONS:
        if re.search(pattern, text):
            return reason.format(**known)
    return f"{known['at']} cannot be used: {text.strip().splitlines()[-1].strip()}"


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
            statement = sql.Composed([statement, sql.SQL(" TEMPLATE "), sql.Identifier(template)])
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
