"""The agents of the demo as processes: hired, killed, sent home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from taskspine.errors import TaskspineError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = (
    "ada", "grace", "alan", "barbara", "edsger", "frances", "donald", "margaret", "tony", "hedy",
    "dennis", "radia", "ken", "shafi", "leslie", "karen",
)  # fmt: skip
_PATIENCE_SECONDS = 10


class AgentFailed(TaskspineError):
    """An agent of the demo ended by itself."""


class Staff:
    """Agents at work on one project; a context manager that sends them home at its end."""

    def __init__(self, url: str, arguments: Mapping[str, object]) -> None:
        self._environment = os.environ | {"DATABASE_URL": url}
        self._arguments = [f"--{name}={value}" for name, value in arguments.items()]
        self._agents: dict[str, subprocess.Popen[str]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="taskspine-demo-")
        self.killed: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let every agent finish the task at hand and go."""
        for process in self._agents.values():
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        for process in self._agents.values():
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    @property
    def names(self) -> list[str]:
        """The names of those at work, in the order in which they were hired."""
        return [name for name in self._agents if name not in self.killed]

    def hire(self) -> str:
        """Start one more agent, and give its name."""
        number = len(self._agents)
        name = _NAMES[number] if number < len(_NAMES) else f"agent-{number + 1}"
        # A session of its own, so that Ctrl-C reaches the demo alone, which then sends all home.
        with self._said(name).open("w") as said:
            self._agents[name] = subprocess.Popen(
                [sys.executable, "-m", "taskspine.demo.agent", f"--name={name}", *self._arguments],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                text=True,
                start_new_session=True,
            )
        return name

    def freeze(self, name: str) -> None:
        """Stop an agent where it is, until it is thawed or killed."""
        self._agents[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen agent go on."""
        self._agents[name].send_signal(signal.SIGCONT)

    def kill(self, name: str) -> None:
        """End an agent as a power cut would, without a chance to clean up."""
        self.killed.append(name)
        self._agents[name].kill()
        self._agents[name].wait()

    def check(self) -> None:
        """Raise AgentFailed when an agent ended that nobody sent home."""
        for name in self.names:
            if self._agents[name].poll() is not None:
                lines = self._said(name).read_text().splitlines()
                last = next((line for line in reversed(lines) if line.strip()), "no word")
                raise AgentFailed(f"the agent {name} ended by itself: {last.strip()}")

    def _said(self, name: str) -> Path:
        return Path(self._folder.name) / name
