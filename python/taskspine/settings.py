"""Where the database is, which tenant is meant, and where the SQL lies.

The place of the database comes from the first of these that is set: DATABASE_URL; libpq's own
PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD; DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD. The
environment goes before a file `.env` in the working folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from taskspine.errors import SqlMissing, WrongDatabaseUrl, WrongSetting

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = Path(__file__).parent


class Settings(BaseSettings):
    """The configuration, each field named as its environment variable; secrets print as stars."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = None

    pghost: str | None = None
    pgport: int | None = Field(default=None, ge=1, le=65535)
    pgdatabase: str | None = None
    pguser: str | None = None
    pgpassword: SecretStr | None = None

    db_host: str | None = None
    db_port: int | None = Field(default=None, ge=1, le=65535)
    db_name: str | None = None
    db_user: str | None = None
    db_password: SecretStr | None = None

    taskspine_schema: str = Field(default="taskspine", pattern=r"^[a-z_][a-z0-9_]{0,62}$")

    @classmethod
    def load(cls) -> Settings:
        """Read the environment and `.env`; raises WrongSetting, which never quotes a value."""
        try:
            return cls()
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}"
                for each in error.errors(include_input=False, include_url=False)
            )
            raise WrongSetting(f"{wrong} (see .env.example)") from None

    def url(self) -> str | None:
        """Give the URL of the database, password included, or None where nothing names one."""
        if self.database_url is not None:
            return url_of(parameters_of(self.database_url.get_secret_value()))
        if self.pghost or self.pgdatabase:
            return _url(self.pghost, self.pgport, self.pgdatabase, self.pguser, self.pgpassword)
        if self.db_host or self.db_name:
            name = self.db_name or "codegen_taskmaster"
            return _url(self.db_host, self.db_port, name, self.db_user, self.db_password)
        return None


def _url(
    host: str | None,
    port: int | None,
    database: str | None,
    user: str | None,
    password: SecretStr | None,
) -> str:
    parameters = {
        "host": host or "localhost",
        "port": str(port or 5432),
        "dbname": database,
        "user": user,
        "password": password.get_secret_value() if password else None,
    }
    return url_of({key: value for key, value in parameters.items() if value})


def parameters_of(url: str) -> dict[str, str]:
    """Take a URL, or libpq's `key=value` form, apart; raises WrongDatabaseUrl."""
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise WrongDatabaseUrl from None
    ports = str(parameters.get("port") or "").split(",")
    if not parameters or not all(port.isdigit() or not port for port in ports):
        raise WrongDatabaseUrl
    return {key: str(value) for key, value in parameters.items() if value is not None}


def url_of(parameters: Mapping[str, str]) -> str:
    """Put libpq's parameters together as a URL, which psql, psycopg and dbmate all take.

    A host that is a folder (a Unix socket), or a list of hosts, goes into the query part.
    """
    rest = dict(parameters)
    host, port = rest.pop("host", ""), rest.pop("port", "")
    user, password, database = (rest.pop(key, "") for key in ("user", "password", "dbname"))
    if "/" in host or "," in host or ":" in host or not host:
        rest = {key: value for key, value in (("host", host), ("port", port)) if value} | rest
        authority = ""
    else:
        authority = f"{host}:{port}" if port else host
    if user:
        secret = f":{quote(password, safe='')}" if password else ""
        authority = f"{quote(user, safe='')}{secret}@{authority}"
    elif password:
        rest["password"] = password
    query = f"?{urlencode(rest, quote_via=quote, safe='/,')}" if rest else ""
    return f"postgresql://{authority}/{quote(database, safe='')}{query}"


def changed(url: str, **parameters: str | None) -> str:
    """Give the URL with some of libpq's parameters replaced, or left out where they are None."""
    merged = {**parameters_of(url), **parameters}
    return url_of({key: value for key, value in merged.items() if value is not None})


def in_schema(url: str, *schemas: str) -> str:
    """Give the URL with the search path set to these schemas."""
    options = parameters_of(url).get("options", "")
    return changed(url, options=f"{options} -csearch_path={','.join(schemas)}".strip())


def masked(url: str) -> str:
    """Give the URL without its password, fit for a message or a log."""
    return changed(url, password=None, sslpassword=None)


def sql_folder(name: str) -> Path:
    """Find the folder `schema`, `queries`, `seeds` or `migrations`, packaged or checked out."""
    for folder in (_PACKAGE / "sql" / name, _PACKAGE.parent.parent / name):
        if folder.is_dir():
            return folder
    raise SqlMissing
