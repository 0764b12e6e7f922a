"""python -m taskspine.migrations COMMAND: see --help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskspine.errors import one_line_errors
from taskspine.migrations import check_name, migrate, new, rollback, status, validate
from taskspine.migrations.history import history
from taskspine.migrations.seeding import seed
from taskspine.server import FOLDER, Server, standing_server
from taskspine.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Migrate the database.")
Folder = Annotated[Path, typer.Option(help="Where the embedded server keeps its data.")]


@app.command("migrate")
def _migrate(folder: Folder = FOLDER) -> None:
    """Apply the migrations that are missing."""
    server = standing_server(folder).start(remain=True)
    schema = Settings.load().taskspine_schema
    migrate(server.url(), schema=schema)
    typer.echo("the database has every migration")
    _warn(server.url(), schema)


@app.command("rollback")
def _rollback(folder: Folder = FOLDER) -> None:
    """Take the newest migration back."""
    server = standing_server(folder).start(remain=True)
    rollback(server.url(), schema=Settings.load().taskspine_schema)
    typer.echo("the newest migration is taken back")


@app.command("status")
def _status(folder: Folder = FOLDER) -> None:
    """List the migrations, applied and missing."""
    server = standing_server(folder)
    if isinstance(server, Server) and not server.is_running():
        typer.echo("which migrations the database has is known when it runs")
        return
    server.start(remain=True)
    schema = Settings.load().taskspine_schema
    typer.echo(status(server.url(), schema=schema).strip())
    _warn(server.url(), schema)


@app.command("validate")
def _validate(folder: Folder = FOLDER) -> None:
    """Fail where a migration is not as it was applied, is missing, or is out of order."""
    server = standing_server(folder).start(remain=True)
    schema = Settings.load().taskspine_schema
    if _warn(server.url(), schema):
        raise typer.Exit(1)
    typer.echo("the migrations are as they were applied")


@app.command("history")
def _history(folder: Folder = FOLDER) -> None:
    """List what was applied and taken back, the latest first."""
    server = standing_server(folder).start(remain=True)
    for row in history(server.url(), schema=Settings.load().taskspine_schema):
        seconds = f"{row.duration.total_seconds():.3f} s" if row.duration else "-"
        typer.echo(
            f"{row.applied_at:%Y-%m-%d %H:%M:%S%z}  {row.direction:<4}  {seconds:>10}  "
            f"{row.version}_{row.name}  by {row.applied_by}"
        )


def _warn(url: str, schema: str) -> bool:
    """Tell what is wrong with the migrations, and whether anything is."""
    faults = validate(url, schema=schema)
    for fault in faults:
        typer.echo(fault, err=True)
    return bool(faults)


@app.command("seed")
def _seed(folder: Folder = FOLDER) -> None:
    """Add the rows of seeds/ that are missing; what is there already stays as it is."""
    server = standing_server(folder).start(remain=True)
    added = seed(server.url(), schema=Settings.load().taskspine_schema)
    for table, count in added.items():
        typer.echo(f"{table:<28} {count:>6} added")
    typer.echo(f"{sum(added.values())} rows added to {len(added)} tables")


@app.command("new")
def _new(
    name: str,
    empty: Annotated[bool, typer.Option("--empty", help="Draft nothing.")] = False,
) -> None:
    """Draft the migration from what migrations/ arrive at to what schema/ says."""
    from taskspine.migrations.drafting import draft_migration  # noqa: PLC0415 - needs pglast

    check_name(name)
    if empty:
        typer.echo(_near(new(name)))
        return
    with Server() as server:
        path = draft_migration(name, server)
    typer.echo(
        path or "nothing to migrate: the migrations arrive at the schema (--empty begins one)"
    )


@app.command("compose")
def _compose() -> None:
    """Write the first migration anew from schema/, while it is the only one and unreleased."""
    from taskspine.migrations.drafting import compose  # noqa: PLC0415 - needs pglast

    with Server() as server:
        path, is_changed = compose(server)
    typer.echo(f"{_near(path)} is {'written anew' if is_changed else 'as it was'}")


def _near(path: Path) -> Path:
    """Give a path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    with one_line_errors():
        app()
