"""python -m taskspine.server up | down | status | url | psql | reset | run -- command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from psycopg import sql

from taskspine.errors import ServerMissing, one_line_errors
from taskspine.migrations import load_schema
from taskspine.server import FOLDER, Databases, Server, connect, standing_server
from taskspine.server.programs import EMBEDDED_VERSION
from taskspine.settings import Settings, in_schema, masked, parameters_of

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A PostgreSQL to work on.")

Folder = Annotated[Path, typer.Option(help="Where the embedded server keeps its data.")]


@app.command()
def up(
    folder: Folder = FOLDER,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port, if not a free one.")
    ] = None,
) -> None:
    """Start the server that stays, and print its URL."""
    server = standing_server(folder, port).start(remain=True)
    typer.echo(masked(server.url()))
    if isinstance(server, Server):
        typer.echo(f"data in {server.folder}", err=True)


@app.command()
def down(folder: Folder = FOLDER) -> None:
    """Stop the server that stays; its data stays too."""
    typer.echo("stopped" if standing_server(folder).halt() else "nothing to stop")


@app.command()
def status(folder: Folder = FOLDER) -> None:
    """Say which server is meant, and whether it runs."""
    server = standing_server(folder)
    if server.is_running():
        typer.echo(f"running: {masked(server.url())}")
    else:
        typer.echo("not running: make up")


@app.command()
def url(folder: Folder = FOLDER) -> None:
    """Start the server where it is not running, and print the URL alone."""
    typer.echo(masked(standing_server(folder).start(remain=True).url()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, folder: Folder = FOLDER) -> None:
    """Open psql; further arguments are psql's own."""
    server = standing_server(folder).start(remain=True)
    program = shutil.which("psql") or _program_of(server, "psql")
    place = in_schema(server.url(), Settings.load().taskspine_schema)
    # The list of processes shows the URL, but not the environment.
    password = parameters_of(place).get("password")
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    command = [program, masked(place), *context.args]
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def _program_of(server: Databases, name: str) -> str:
    if isinstance(server, Server):
        return server.program(name)
    raise ServerMissing(f"{name} is missing: apt-get install postgresql-client")


@app.command()
def reset(
    folder: Folder = FOLDER,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Throw the data away, and start with an empty database."""
    server = standing_server(folder)
    schema = Settings.load().taskspine_schema
    if isinstance(server, Server):
        if server.folder.exists():
            _ask(f"throw {server.folder} away, with all that is in it?", yes=yes)
            server.remove()
            typer.echo(f"{server.folder} is thrown away")
        else:
            typer.echo("nothing to throw away")
        server.start(remain=True)
        return
    server.start(remain=True)
    where = masked(server.url())
    _ask(f"drop schema {schema} with all that is in it, at {where}?", yes=yes)
    with closing(connect(server.url())) as connection:
        statement = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
        connection.execute(statement)
    typer.echo(f"schema {schema} is dropped")


def _ask(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True)


@app.command()
def run(
    command: list[str],
    version: Annotated[int, typer.Option(help="The major version.")] = EMBEDDED_VERSION,
    schema: Annotated[bool, typer.Option("--schema", help="With schema/ loaded.")] = False,
) -> None:
    """Run a command with DATABASE_URL naming a throw-away server, which ends with it."""
    tenant = Settings.load().taskspine_schema
    with Server(version=version) as server:
        if schema:
            load_schema(server.url(), schema=tenant)
        place = in_schema(server.url(), tenant) if schema else server.url()
        environment = os.environ | {"DATABASE_URL": place}
        try:
            code = subprocess.run(command, env=environment, check=False).returncode
        except OSError as error:
            sys.exit(f"taskspine: {command[0]} cannot be run: {error.strerror}")
    sys.exit(code)


if __name__ == "__main__":
    with one_line_errors():
        app()
