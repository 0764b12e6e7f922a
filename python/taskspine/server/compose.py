"""The `db` service of docker-compose.yml, where a Docker engine runs."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Self

from taskspine.errors import ServerFailed
from taskspine.server.databases import Databases
from taskspine.server.local import DATABASE, FAVOURITE_PORT, SUPERUSER, free_port, is_free
from taskspine.settings import url_of

COMPOSE_FILE = Path("docker-compose.yml")
_ENGINE_SECONDS = 10


def engine_runs() -> bool:
    """Say whether a Docker engine with compose runs, and there is something to compose here."""
    if not COMPOSE_FILE.exists() or shutil.which("docker") is None:
        return False
    commands = (["compose", "version"], ["info"])
    try:
        return all(_docker(*each, timeout=_ENGINE_SECONDS).returncode == 0 for each in commands)
    except subprocess.TimeoutExpired:
        return False


def _docker(
    *arguments: str, timeout: float | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments],
        env=os.environ | (environment or {}),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )


class ComposeServer(Databases):
    """The database of docker-compose.yml; a context manager.

    With a folder it lasts: the folder keeps its password, the container and its volume are the
    reader's. With a project's name it is a throw-away: containers and volumes of that project
    are removed afterwards.
    """

    def __init__(self, *, folder: Path | None = None, project: str | None = None) -> None:
        super().__init__("")
        self._project = project
        self._passfile = folder / "compose-passfile" if folder is not None else None
        # Compose asks for the password whatever the command.
        self._environment = {"POSTGRES_PASSWORD": "unused"}

    def start(self, *, remain: bool = False) -> Self:  # noqa: ARG002 - it always does
        """Build the image where it is missing, start the container and wait for its health."""
        password = self._password()
        port = self._running_port() or self._port()
        self._environment = {"POSTGRES_PASSWORD": password, "TASKSPINE_PORT": str(port)}
        result = self._compose("up", "--detach", "--wait", "--build", "db")
        if result.returncode != 0:
            lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
            self.stop()
            raise ServerFailed(
                f"docker compose did not start: {lines[-1] if lines else 'no reason'}"
            )
        kept = {"passfile": str(self._passfile.absolute())} if self._passfile else None
        self._answers_at(port, kept or {"password": password})
        return self

    def stop(self) -> None:
        """Remove the containers and the volumes of a throw-away; leave a lasting one alone."""
        if self._project is not None:
            self._compose("down", "--volumes", "--remove-orphans")

    def halt(self) -> bool:
        """Stop the container; its volume stays."""
        was_running = self.is_running()
        self._compose("stop", "db")
        return was_running

    def is_running(self) -> bool:
        """Say whether the container runs."""
        port = self._running_port()
        if port is not None and self._passfile is not None:
            self._answers_at(port, {"passfile": str(self._passfile.absolute())})
        return port is not None

    def _answers_at(self, port: int, secret: dict[str, str]) -> None:
        place = {"host": "127.0.0.1", "port": str(port), "user": SUPERUSER, "dbname": DATABASE}
        self._url = url_of(place | secret)

    def _compose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        project = ["--project-name", self._project] if self._project else []
        return _docker(
            "compose", *project, "--file", str(COMPOSE_FILE), *arguments,
            environment=self._environment,
        )  # fmt: skip

    def _running_port(self) -> int | None:
        result = self._compose("port", "db", "5432")
        place = result.stdout.strip().splitlines()[-1:] if result.returncode == 0 else []
        digits = place[0].rpartition(":")[2] if place else ""
        return int(digits) if digits.isdigit() and digits != "0" else None

    def _port(self) -> int:
        is_favourite = self._project is None and is_free(FAVOURITE_PORT)
        return FAVOURITE_PORT if is_favourite else free_port()

    def _password(self) -> str:
        if self._passfile is not None and self._passfile.exists():
            return self._passfile.read_text().strip().rpartition(":")[2]
        password = secrets.token_urlsafe(24)
        if self._passfile is not None:
            self._passfile.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._passfile.touch(mode=0o600)
            self._passfile.write_text(f"*:*:*:{SUPERUSER}:{password}\n")
        return password
