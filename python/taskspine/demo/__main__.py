"""python -m taskspine.demo [--file tasks.json] [--agents 4]."""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console

from taskspine.database import connect
from taskspine.demo.play import Script, play, prepare
from taskspine.demo.stage import stage_for
from taskspine.demo.summary import picture, sum_up
from taskspine.errors import DatabaseUnreachable, one_line_errors
from taskspine.server import FOLDER, Databases, Server, standing_server
from taskspine.settings import masked

app = typer.Typer(add_completion=False)

_FILE = Path(__file__).with_name("tasks.json")
_INTERRUPTED = 130


@app.command()
def main(
    file: Annotated[Path, typer.Option(help="A tasks.json of Task Master.")] = _FILE,
    agents: Annotated[int, typer.Option(min=1, max=32, help="How many agents.")] = 4,
    database: Annotated[
        str, typer.Option(help="The demo's own database, which every run makes anew.")
    ] = "taskspine_demo",
    folder: Annotated[
        Path, typer.Option(help="Where the embedded server keeps its data.")
    ] = FOLDER,
) -> None:
    """Let agents drain a task list: claims, failures, a killed agent, and what came of it."""
    # A closed terminal and `kill` end the demo as Ctrl-C does: the agents are sent home.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)
    console = Console()
    server = standing_server(folder)
    try:
        with console.status("starting the server") if console.is_terminal else nullcontext():
            server.start(remain=True)
            url = prepare(server, database, file)
        with stage_for(console) as stage:
            stage.say(f"database {database} on {masked(server.url())}")
            played = play(url, file, Script(agents=agents), stage)
        with connect(url) as connection:
            summary = sum_up(connection, played)
    except KeyboardInterrupt:
        console.print("stopped; the agents have gone, and what they left is in the database")
        console.print(_where(server, database), highlight=False, soft_wrap=True)
        sys.exit(_INTERRUPTED)
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0]
        raise DatabaseUnreachable(f"the database went away: {reason}") from None
    console.print(picture(summary), highlight=False)
    console.print(_where(server, database), highlight=False, soft_wrap=True)
    sys.exit(0 if summary.is_good else 1)


def _where(server: Databases, database: str) -> str:
    look = f"look at it: make psql, then \\c {database}"
    if isinstance(server, Server):
        return f"the data stay in {server.folder}; {look}; stop the server: make down"
    return f"the data stay in database {database}; {look}"


if __name__ == "__main__":
    with one_line_errors():
        app()
