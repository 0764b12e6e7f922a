"""python -m taskspine.documenting write | check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from taskspine.documenting import stale, write
from taskspine.errors import one_line_errors
from taskspine.migrations import load_schema
from taskspine.server import Server

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Write about the schema.")
Folder = Annotated[Path, typer.Option(help="Where the pages are.")]
FOLDER = Path("docs/schema")


@app.command("write")
def _write(folder: Folder = FOLDER) -> None:
    """Write the pages of the domains anew."""
    with Server() as server:
        load_schema(server.url())
        changed = write(server.url(), folder)
    typer.echo("\n".join(f"{path} is written anew" for path in changed) or "nothing has changed")


@app.command("check")
def _check(folder: Folder = FOLDER) -> None:
    """Fail where a page is not as it would be written now."""
    with Server() as server:
        load_schema(server.url())
        found = stale(server.url(), folder)
    if found:
        sys.exit("\n".join(f"{path} is stale: make docs" for path in found))


if __name__ == "__main__":
    with one_line_errors():
        app()
