"""One process that has imported the bot, and forks a life of it for whoever asks: a start without the imports.

Importing is most of what a start costs, and the suite starts the bot some hundred times. Each life is a process like
any other: its own pid, arguments, environment, folder and channels; only what modules do when they are imported is
shared. It is told by a line of JSON over a Unix socket, and tells the pid and, once it has ended, the exit code.
"""

import asyncio
import atexit
import contextlib
import functools
import importlib
import inspect
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LATE = (  # what a start would import only when it comes to it
    "apscheduler.executors.asyncio",
    "apscheduler.triggers.interval",
    "confusable_homoglyphs.confusables",
    "psycopg",
)
PATIENCE = 60.0  # seconds until it has imported everything, on a machine that is busy


@functools.cache
def nursery(root: Path) -> str:
    """The address of this process's nursery, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="verdicts-nursery-")
    address = f"{folder.name}/socket"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = (sys.executable, "-m", "tests.nursery", address)
    keeper = subprocess.Popen(command, env=environment, cwd=folder.name, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    ready, _, _ = select.select([keeper.stdout], [], [], PATIENCE)
    assert ready, "the nursery does not start"
    assert keeper.stdout.readline() == b"ready\n"

    def end() -> None:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait()
        folder.cleanup()

    atexit.register(end)
    return address


class Fork:
    """A life that a nursery has begun."""

    def __init__(self, pid: int, news: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """`news` will tell of its end."""
        self.pid = pid
        self.returncode: int | None = None
        self._news = news
        self._writer = writer

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself, and we have yet to hear of it
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            code = int(await self._news.readline())
            self.returncode = code
            self._writer.close()
        return self.returncode


async def fork(
    address: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path
) -> Fork:
    """Begin `verdicts <arguments>` with exactly this environment, in this folder; both channels are appended to."""
    reader, writer = await asyncio.open_unix_connection(address)
    asked = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
    writer.write(json.dumps(asked | {"channels": [os.devnull, str(out), str(err)]}).encode() + b"\n")
    return Fork(int(await reader.readline()), reader, writer)


def main() -> None:
    """Keep a nursery until standard input is closed."""
    import bot.__main__ as program  # here and not above: whoever asks has no need of it

    for name in LATE:
        importlib.import_module(name)
    inspect.stack()  # Bolt asks it for its caller, and the first time it reads every module
    asked = _next_asked(sys.argv[1])
    if asked is None:
        return
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    for number, name in enumerate(asked["channels"]):
        channel = os.open(name, os.O_RDWR | os.O_APPEND)
        os.dup2(channel, number)
        os.close(channel)
    sys.argv = ["verdicts", *asked["arguments"]]
    program.main()


def _next_asked(address: str) -> dict[str, Any] | None:
    """Returns in each life with what it is asked to be, and in the nursery itself with nothing, once it is over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _begin(connection)
            connection.close()
    return None


def _begin(connection: socket.socket) -> dict[str, Any]:
    """Fork once more, and tell of the end of that life; returns in it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, connection.makefile("rw", encoding="utf-8") as wire:
        asked: dict[str, Any] = json.loads(wire.readline())
        if (child := os.fork()) == 0:
            return asked
        wire.write(f"{child}\n")
        wire.flush()
        wire.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        wire.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
