"""What npm brings is what was tested, or it is told what is missing."""

from __future__ import annotations

import json
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

import npm
import servers
from taskspine.errors import ServerMissing
from taskspine.server import programs
from taskspine.server.programs import Binaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINKS = [{"source": "native/lib/libpq.so.5.16", "target": "native/lib/libpq.so.5"}]


def stand_in(folder: Path, text: str) -> Callable[[str], str]:
    """Write a program that is taken for npm."""
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return lambda _name: str(program)


def test_without_npm_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(npm.shutil, "which", lambda _name: None)
    monkeypatch.setattr(npm, "find_spec", lambda _name: None)
    with pytest.raises(npm.PackageMissing, match="npm is missing, which brings left-pad: install"):
        npm.fetch("left-pad", tmp_path)


def test_without_npm_the_environments_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm.shutil, "which", lambda _name: None)
    command = [*npm.npm("left-pad"), "--version"]
    assert subprocess.run(command, check=True, capture_output=True).stdout[:1].isdigit()


def test_what_npm_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = stand_in(tmp_path, "echo 'npm error network' >&2; exit 1")
    monkeypatch.setattr(npm.shutil, "which", program)
    with pytest.raises(npm.PackageMissing, match=r"not fetch left-pad \(npm error network\): give"):
        npm.fetch("left-pad", tmp_path)


class TestServers:
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Path:
        """A package of which npm is said to have fetched it."""
        native = tmp_path / "package" / "native"
        for path, text in [
            ("bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 16.14'\n"),
            ("lib/libpq.so.5.16", ""),
            ("pg-symlinks.json", json.dumps(LINKS)),
        ]:
            (native / path).parent.mkdir(parents=True, exist_ok=True)
            (native / path).write_text(text)
        (native / "bin/postgres").chmod(0o755)
        path = tmp_path / "some.tgz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(tmp_path / "package", "package")
        return path

    @pytest.fixture(autouse=True)
    def elsewhere(self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a machine with Linux, npm and no PostgreSQL."""
        monkeypatch.setattr(programs, "_embedded_folders", list)
        monkeypatch.setattr(programs, "_distribution_folders", lambda _major: [])
        for module in (programs, servers):
            monkeypatch.setattr(module, "FETCHED", tmp_path / "fetched")
        monkeypatch.setattr(servers.platform, "system", lambda: "Linux")
        monkeypatch.setattr(servers.platform, "machine", lambda: "x86_64")
        program = stand_in(tmp_path, f'cp {archive} "$5"')
        monkeypatch.setattr(npm.shutil, "which", program)

    def test_one_is_fetched_and_found(
        self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(servers, "check", lambda *_: None)
        servers.provide(16)
        archive.unlink()
        servers.provide(16)  # from what is kept
        found = Binaries.find(16)
        assert (found.major, found.release) == (16, "16.14")
        native = found.folder.parent
        assert (native / "lib/libpq.so.5").resolve() == (native / "lib/libpq.so.5.16").resolve()
        assert [path.name for path in (tmp_path / "fetched").iterdir()] == ["postgresql-16"]

    def test_one_that_is_not_what_it_was_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ServerMissing, match="holds something else than it did: see tests/supp"):
            servers.provide(17)
        assert [*(tmp_path / "fetched").iterdir()] == []

    def test_a_version_that_nobody_has_is_told(self) -> None:
        with pytest.raises(ServerMissing, match="PostgreSQL 11 is not installed: apt-get install"):
            servers.provide(11)
