"""Verdicts as its users start it: a process of its own, that can be asked to stop, and killed."""

import asyncio
import atexit
import itertools
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.config import Settings
from playground import Playground

ROOT = Path(__file__).parent.parent
CONNECTED = "Verdicts is connected"
HELD = "import sys, bot.__main__ as program; sys.stdin.readline(); program.main()"
COMPLAINTS = ("Traceback", "[error", "[critical", "Exception", "Unclosed", "was destroyed", "never awaited")
ORDERLY = 5.0  # seconds that an end may take, whatever Slack does: the promise to whoever presses Ctrl-C
PATIENCE = 30.0  # seconds for a start on a machine that is busy; an idle one takes little more than one

_numbers = itertools.count(1)


class Process:
    """`verdicts <arguments>`, started in a folder that also keeps its data and what it says. Killed when left."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        """`environment` is added to our own, of which no setting of Verdicts is handed on."""
        self._folder = folder
        self._arguments = arguments
        self._environment = {**_clean_environment(), "VERDICTS_DATA_DIR": str(folder), **environment}
        self._name = f"{'-'.join(arguments)}-{next(_numbers)}"
        self._process: asyncio.subprocess.Process | None = None
        self._asked_at = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def start(self, *, held: bool = False) -> None:
        """Start it; `held` only so far that everything is imported, which is most of the time that a start takes."""
        program = ["-c", HELD] if held else ["-m", "bot"]
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._channel("out").open("w") as out, self._channel("err").open("w") as err:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *program,
                *self._arguments,
                cwd=self._folder,  # because a `.env` of whoever runs the tests must not be read
                env=self._environment,
                stdin=asyncio.subprocess.PIPE if held else asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def go(self) -> None:
        """Let it run that was held."""
        assert self._running.stdin is not None, "it is not held"
        self._running.stdin.write(b"\n")

    async def kill(self) -> None:
        """SIGKILL, and nothing of it is left when this returns."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code. Raises TimeoutError when it takes longer than an orderly end may."""
        self._asked_at = len(self.err)
        self._running.send_signal(how)
        return await self.ended(ORDERLY)

    async def ended(self, within: float = PATIENCE) -> int:
        """Its exit code, once it has ended by itself. Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self._running.wait()

    async def says(self, pattern: str) -> str:
        """What the pattern's first group, or all of it, matches in its words so far; waits for them."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while (found := re.search(pattern, self.out + self.err)) is None:
            assert self._running.returncode is None, f"it ended with {self._running.returncode}: {self.err}"
            assert asyncio.get_running_loop().time() < deadline, f"no {pattern!r} in {self.out!r}; {self.err}"
            await asyncio.sleep(0.01)
        return found[1 if found.re.groups else 0]

    @property
    def out(self) -> str:
        """Everything on standard output so far."""
        return self._channel("out").read_text("utf-8")

    @property
    def err(self) -> str:
        """Everything on standard error so far."""
        return self._channel("err").read_text("utf-8")

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error that speak of a failure of its own; once asked to stop, only those since."""
        return [line for line in self.err[self._asked_at :].splitlines() if any(word in line for word in COMPLAINTS)]

    @property
    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "it was never started"
        return self._process

    def _channel(self, name: str) -> Path:
        return self._folder / f"{self._name}.{name}"


def bot_in(playground: Playground, folder: Path, **environment: str) -> Process:
    """`verdicts run`, connected to a playground."""
    tokens = {"SLACK_BOT_TOKEN": playground.bot_token, "SLACK_APP_TOKEN": playground.app_token}
    return Process(folder, "run", SLACK_API_URL=playground.api_url, **tokens, **environment)


def _clean_environment() -> Mapping[str, str]:
    ours = {name.upper() for name in Settings.model_fields} | {"VERDICTS_DATA_DIR"}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    inherited["PYTHONPATH"] = str(ROOT)
    if sys.dont_write_bytecode:
        # Without compiled modules each start takes three times as long.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        inherited["PYTHONPYCACHEPREFIX"] = _compiled()
    return inherited


@cache
def _compiled() -> str:
    folder = tempfile.mkdtemp(prefix="verdicts-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
