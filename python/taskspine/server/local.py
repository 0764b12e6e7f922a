"""A PostgreSQL that this machine runs for us, from the wheel or from the distribution."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from taskspine.errors import FolderUnusable, PortInUse, ServerFailed, StaleData
from taskspine.server.databases import Databases, connect
from taskspine.server.programs import EMBEDDED_VERSION, SYSTEM_HOME, Account, Binaries
from taskspine.settings import url_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

FAVOURITE_PORT = 5418
SUPERUSER = "postgres"
DATABASE = "taskspine"

_THROW_AWAY = "taskspine-"
_START_SECONDS = 60

# Where a throw-away server has its files where there is room: in memory, a copy of a database takes
# a tenth of the time that it takes on a disk. The tests need one of these four gigabytes.
_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM = 4 * 2**30

# Stops the server when its standard input closes, which also happens when its starter is killed.
_KEEPER = 'cat; "$1" stop -D "$2" -m "$3" -w; if [ -n "$4" ]; then rm -rf "$4"; fi'

_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "1GB",
    "shared_buffers": "256MB",
}


class Server(Databases):
    """A PostgreSQL server in a folder of its own; a context manager.

    Without a folder it is a throw-away: reached by a Unix socket in a private folder, quick rather
    than durable, and gone afterwards, also when the program that started it is killed. With a
    folder it lasts: it listens on the loopback address, its password lies in the folder, and it
    is found and used again. One that already runs is used, and left running.

    `version` is a major version; `port` the one to listen on, without which a free one is taken;
    `settings` are for postgresql.conf.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        version: int = EMBEDDED_VERSION,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("")
        self._account = Account.find()
        self._binaries = self._account.readable(Binaries.find(version))
        self._is_throw_away = folder is None
        self._given_port = port
        self._settings = dict(settings or {})
        self._keeper: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self.folder = _place(folder, self._account) if folder else Path()

    @property
    def data(self) -> Path:
        """The data folder of PostgreSQL itself."""
        return self.folder / "data"

    @property
    def version(self) -> int:
        """The major version."""
        return self._binaries.major

    def program(self, name: str) -> str:
        """Give the path of a program of this PostgreSQL, such as psql or pg_dump."""
        return self._binaries / name

    def start(self, *, remain: bool = False) -> Self:
        """Start the server; with `remain` it goes on when this program ends."""
        try:
            self._make_folder()
            with self._locked():
                if not self.is_running():
                    self._initialise()
                    self._launch(remain=remain)
                self._make_own_database()
        except OSError as error:
            self.stop()
            raise FolderUnusable(
                f"{error.filename or self.folder} cannot be written ({error.strerror}): "
                "name another folder"
            ) from None
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop what `start` started; a server that ran before is left alone."""
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait()
            self._keeper = None
        if self._lock is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def halt(self) -> bool:
        """Stop the server of this folder, whoever started it; False where none was running."""
        if _postmaster(self.data) is None:
            return False
        self._pg_ctl("stop", "-m", "fast", "-w")
        return True

    def remove(self) -> None:
        """Stop the server of this folder, and remove the folder with all that is in it."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_running(self) -> bool:
        """Say whether the server of this folder runs, whoever started it."""
        running = _postmaster(self.data)
        if running is None:
            return False
        self._answers_at(running.port)
        return True

    def _maintenance_url(self) -> str:
        return self.url("postgres")

    def _make_own_database(self) -> None:
        with closing(connect(self._maintenance_url())) as connection:
            # Not one of queries/, which are about the schema that this server is yet to get.
            query = "SELECT FROM pg_database WHERE datname = %s"
            is_there = connection.execute(query, [DATABASE]).fetchone() is not None
        if not is_there:
            self.create_database(DATABASE)

    def _answers_at(self, port: int) -> None:
        place = {"user": SUPERUSER, "dbname": DATABASE, "port": str(port)}
        if self._is_throw_away:
            place |= {"host": str(self.folder)}
        else:
            place |= {"host": "127.0.0.1", "passfile": str(self.folder / "passfile")}
        self._url = url_of(place)

    # The folder.

    def _make_folder(self) -> None:
        if self._is_throw_away:
            parent = _scratch_folder(self._account)
            _sweep(parent)
            self.folder = Path(tempfile.mkdtemp(prefix=_THROW_AWAY, dir=parent))
            self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        else:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account.own(self.folder)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Hold off others that start a server in the same folder at this moment."""
        if self._is_throw_away:
            yield
            return
        handle = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _initialise(self) -> None:
        if self.data.exists():
            self._check_data()
            return
        # A data folder gets its name only when it is whole.
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        command = [self._binaries / "initdb", "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-instructions"]
        if self.version >= 17:
            command += ["--locale-provider=builtin"]
        if self._is_throw_away:
            result = self._account.run(*command, "--auth=trust", "--no-sync")
        else:
            password = secrets.token_urlsafe(24)
            self._write_secret("passfile", f"*:*:*:{SUPERUSER}:{password}\n")
            given = self._write_secret("password", password)
            self._account.own(given)
            result = self._account.run(*command, "--auth=scram-sha-256", f"--pwfile={given}")
            given.unlink()
        if result.returncode != 0:
            raise ServerFailed(f"initdb failed in {self.folder}: {_last_line(result.stdout)}")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'taskspine.conf'  # written at each start\n")
        draft.rename(self.data)

    def _write_secret(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def _check_data(self) -> None:
        remedy = "make reset throws it away, or name another folder"
        try:
            major = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise StaleData(f"{self.data} is no data folder of PostgreSQL: {remedy}") from None
        if major != str(self.version):
            raise StaleData(
                f"{self.data} was made by PostgreSQL {major}, and this is {self.version}: {remedy}"
            )
        if not (self.folder / "passfile").exists():
            raise StaleData(f"{self.folder} has lost the file with its password: {remedy}")

    # The process.

    def _launch(self, *, remain: bool) -> None:
        port = self._port()
        self._configure(port)
        # What a killed server leaves would stop this one when its process number is taken again.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if not remain:
            self._keep()
        log = self.folder / "log"
        size = log.stat().st_size if log.exists() else 0
        result = self._pg_ctl("start", "-l", str(log), "-w", "-t", str(_START_SECONDS), "-s")
        if result.returncode != 0:
            said = log.read_bytes()[size:].decode(errors="replace") if log.exists() else ""
            if "Address already in use" in said:
                raise PortInUse(_port_in_use(port))
            raise ServerFailed(f"the server did not start: {_why_failed(said or result.stdout)}")
        self._answers_at(port)

    def _keep(self) -> None:
        self._keeper = subprocess.Popen[bytes](
            ["/bin/sh", "-c", _KEEPER, "keeper", self._binaries / "pg_ctl", str(self.data),
             "immediate" if self._is_throw_away else "fast",
             str(self.folder) if self._is_throw_away else ""],
            **self._account.identity(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def _pg_ctl(self, action: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self._account.run(self._binaries / "pg_ctl", action, "-D", str(self.data), *options)

    def _port(self) -> int:
        if self._is_throw_away:
            return 5432  # only a part of the socket's name
        if self._given_port is None:
            return FAVOURITE_PORT if is_free(FAVOURITE_PORT) else free_port()
        if not is_free(self._given_port):
            raise PortInUse(_port_in_use(self._given_port))
        return self._given_port

    def _configure(self, port: int) -> None:
        settings = {"port": str(port)}
        if self._is_throw_away:
            settings |= {"listen_addresses": "", "unix_socket_directories": str(self.folder)}
            settings |= _QUICK
        else:
            settings |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        lines = [
            "{} = '{}'\n".format(name, value.replace("'", "''"))
            for name, value in (settings | self._settings).items()
        ]
        path = self.data / "taskspine.conf"
        path.write_text("".join(lines))
        self._account.own(path)


class _Postmaster(NamedTuple):
    pid: int
    port: int


def _postmaster(data: Path) -> _Postmaster | None:
    """Read postmaster.pid, when the process that it names is indeed the server of this folder."""
    import psutil  # noqa: PLC0415 - it comes with the extra `embedded`, as the programs do

    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if process.name() == "postgres" and Path(process.cwd()) == data.resolve():
            return _Postmaster(process.pid, int(lines[3]))
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError, psutil.Error):
        pass
    return None


def _sweep(parent: Path) -> None:
    """Remove the throw-away servers whose starter was killed, and their keeper with it."""
    for folder in parent.glob(f"{_THROW_AWAY}*"):
        with suppress(OSError):
            lock = os.open(folder / "lock", os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if left := _postmaster(folder / "data"):
                    os.kill(left.pid, signal.SIGQUIT)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _place(folder: Path, account: Account) -> Path:
    """Give the folder itself, or, where the server's user cannot reach it, one that it can."""
    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise FolderUnusable(f"{folder} is not a folder: name another one")
    ancestor = next(each for each in (folder, *folder.parents) if each.exists())
    if account.reaches(ancestor):
        return folder
    digest = sha256(str(folder).encode()).hexdigest()[:8]
    return SYSTEM_HOME / f"{folder.parent.name}-{digest}"


def _scratch_folder(account: Account) -> Path:
    folders = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        folders.insert(0, _MEMORY)
    for folder in folders:
        # The path of a socket has room for some 100 bytes.
        if len(str(folder)) < 70 and account.reaches(folder) and os.access(folder, os.W_OK):
            return folder
    raise FolderUnusable("no folder for temporary files can be written: set TMPDIR")


def _has_room(folder: Path) -> bool:
    """Say whether a folder in memory is there, and neither it nor the memory is short of room."""
    import psutil  # noqa: PLC0415 - it comes with the extra `embedded`, as the programs do

    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return False
    return min(free, psutil.virtual_memory().available) >= _ROOM


def is_free(port: int) -> bool:
    """Say whether a port of the loopback address is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Give a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_in_use(port: int) -> str:
    return f"port {port} is taken by another program: name another one with --port, or none"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason")


def _why_failed(log: str) -> str:
    for line in log.splitlines():
        for mark in ("FATAL: ", "PANIC: "):
            if mark in line:
                return line.split(mark, 1)[1].strip()
    return _last_line(log)
