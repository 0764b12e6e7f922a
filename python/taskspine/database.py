"""Connections to the database: in the tenant's schema, with refusals named as rules."""

from __future__ import annotations

import re
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.rows import Row

from taskspine.errors import DatabaseUnreachable, WrongDatabaseUrl, translated
from taskspine.settings import Settings, changed, in_schema, parameters_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from psycopg.abc import PQGen
    from psycopg.rows import TupleRow

_T = TypeVar("_T")

_CONNECT_SECONDS = 10


def connect(
    url: str | None = None,
    *,
    actor: str | None = None,
    agent: str | None = None,
    session: str | None = None,
    request: str | None = None,
    application_name: str | None = None,
) -> Connection[TupleRow]:
    """Open a connection in autocommit, in the tenant's schema.

    Without a URL, DATABASE_URL names the database. A search path that the URL sets stays. `actor`
    is who acts through this connection, by means of which `agent`, in which `session` and for which
    `request`, for the record of what happened. A refusal by a rule is RuleBroken. Raises
    DatabaseUnreachable, WrongDatabaseUrl and WrongSetting.
    """
    acting = {"actor": actor, "agent": agent, "session": session, "request": request}
    place = _place(url, acting, application_name)
    with reaching(place):
        return Connection.connect(place, autocommit=True)


async def connect_async(
    url: str | None = None,
    *,
    actor: str | None = None,
    agent: str | None = None,
    session: str | None = None,
    request: str | None = None,
    application_name: str | None = None,
) -> AsyncConnection[TupleRow]:
    """Open a connection as `connect` does, for async code."""
    acting = {"actor": actor, "agent": agent, "session": session, "request": request}
    place = _place(url, acting, application_name)
    with reaching(place):
        return await AsyncConnection.connect(place, autocommit=True)


def _place(url: str | None, acting: Mapping[str, str | None], application_name: str | None) -> str:
    url = url or Settings.load().url()
    if url is None:
        raise WrongDatabaseUrl("no database is named: set DATABASE_URL, or give a URL")
    if "search_path" not in parameters_of(url).get("options", ""):
        url = in_schema(url, Settings.load().taskspine_schema)
    given = parameters_of(url)
    options = given["options"]
    for name, value in acting.items():
        if value is not None:
            options += f" -ctaskspine.{name}={_escaped(value)}"
    return changed(
        url,
        options=options,
        application_name=application_name or given.get("application_name", "taskspine"),
        connect_timeout=given.get("connect_timeout", str(_CONNECT_SECONDS)),
    )


def _escaped(value: str) -> str:
    """Write a value as libpq's `options` take it."""
    return re.sub(r"([\\\s])", r"\\\1", value)


class Connection(psycopg.Connection[Row]):
    """A connection on which a refusal by a rule is RuleBroken, caused by the driver's error."""

    def wait(self, gen: PQGen[_T], *args: Any, **options: Any) -> _T:
        """Run whatever the connection was asked for: each statement, copy and commit comes here."""
        with translated():
            return super().wait(gen, *args, **options)


class AsyncConnection(psycopg.AsyncConnection[Row]):
    """A connection for async code on which a refusal by a rule is RuleBroken."""

    async def wait(self, gen: PQGen[_T], *args: Any, **options: Any) -> _T:
        """Run whatever the connection was asked for, as `Connection.wait` does."""
        with translated():
            return await super().wait(gen, *args, **options)


@contextmanager
def reaching(url: str) -> Generator[None]:
    """Say in one line why the database of a URL cannot be connected to, and what to mend."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(_why_unreachable(str(error), parameters_of(url))) from None


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
