"""The commands of `taskspine`."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console

from taskspine.database import connect
from taskspine.errors import TaskspineError, one_line_errors
from taskspine.importer import import_file
from taskspine.importer.showing import progress_bar, show_report
from taskspine.server import standing_server

app = typer.Typer(
    name="taskspine",
    no_args_is_help=True,
    add_completion=False,
    help="The PostgreSQL backbone of AI-driven software development.",
)

Database = Annotated[
    str | None,
    typer.Option(help="URL of the database; else DATABASE_URL, else the server of `make up`."),
]


@app.callback()
def commands() -> None:
    """Keep `import` a command of its own while it is the only one."""


@app.command("import")
def import_tasks(
    file: Annotated[Path, typer.Argument(help="A tasks.json of Task Master.")],
    project: Annotated[
        str | None,
        typer.Option(help="Slug of the project; else made of the file's or folder's name."),
    ] = None,
    database: Database = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Bring a tasks.json into a project, or bring the project up to date with it.

    A second import changes only what the file has changed. Findings do not change the exit
    status: it is 1 only where nothing was imported.
    """
    with closing(_connect(database)) as connection:
        try:
            with progress_bar(Console(stderr=True)) as progress:
                report = import_file(connection, file, project=project, progress=progress)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction):
            raise TaskspineError(
                "the database lacks tables or functions of this version: make migrate"
            ) from None
        except psycopg.Error as error:
            # What the server adds in further lines may quote rows.
            reason = str(error).partition("\n")[0]
            raise TaskspineError(f"nothing was imported: {reason}") from None
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        show_report(report, Console(highlight=False))


def _connect(url: str | None) -> psycopg.Connection[tuple[object, ...]]:
    return connect(url or standing_server().start(remain=True).url(), actor="import")


def main() -> None:
    """Run a command; an error that is ours ends it with one line and status 1."""
    with one_line_errors():
        app()
