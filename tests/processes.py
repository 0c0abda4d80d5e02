"""Verdicts as its users start it: a process of its own, that can be asked to stop, and killed."""

import asyncio
import itertools
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.config import Settings
from playground import Playground
from tests.nursery import Fork, fork, nursery

ROOT = Path(__file__).parent.parent
CONNECTED = "Verdicts is connected"
COMPLAINTS = ("Traceback", "[error", "[critical", "Exception", "Unclosed", "was destroyed", "never awaited")
ORDERLY = 5.0  # seconds that an end may take, whatever Slack does: the promise to whoever presses Ctrl-C
PATIENCE = 30.0  # seconds for a start on a machine that is busy; an idle one takes little more than one

_lives = itertools.count(1)


class Process:
    """`verdicts <arguments>`, started in a folder that also keeps its data and what it says. Killed when left."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        """`environment` is added to our own, of which no setting of Verdicts is handed on."""
        self._folder = folder
        self._arguments = arguments
        self._environment = {**clean_environment(), "VERDICTS_DATA_DIR": str(folder), **environment}
        self._life = 0
        self._process: asyncio.subprocess.Process | Fork | None = None
        self._asked_at = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it, also once more after it has ended."""
        self._begin()
        with self._channel("out").open("a") as out, self._channel("err").open("a") as err:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *self._arguments,
                cwd=self._folder,  # because a `.env` of whoever runs the tests must not be read
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    async def kill(self) -> None:
        """SIGKILL, and nothing of it is left when this returns."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()

    async def pause(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT so much later, if it has not been killed meanwhile."""
        stopped = self._running
        stopped.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        if stopped.returncode is None:
            stopped.send_signal(signal.SIGCONT)

    async def stop(self, how: signal.Signals = signal.SIGTERM, within: float = ORDERLY) -> int:
        """Ask it to stop; its exit code. Raises TimeoutError when it takes longer than an orderly end may."""
        self._asked_at = len(self.err)
        self._running.send_signal(how)
        return await self.ended(within)

    async def ended(self, within: float = PATIENCE) -> int:
        """Its exit code, once it has ended by itself. Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self._running.wait()

    async def says(self, pattern: str, within: float = PATIENCE) -> str:
        """What the pattern's first group, or all of it, matches in its words so far; waits for them."""
        deadline = asyncio.get_running_loop().time() + within
        while (found := re.search(pattern, self.out + self.err)) is None:
            assert self._running.returncode is None, f"it ended with {self._running.returncode}: {self.err}"
            assert asyncio.get_running_loop().time() < deadline, f"no {pattern!r} in {self.out!r}; {self.err}"
            await asyncio.sleep(0.01)
        return found[1 if found.re.groups else 0]

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._running.pid

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
    def _running(self) -> asyncio.subprocess.Process | Fork:
        assert self._process is not None, "it was never started"
        return self._process

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._life = next(_lives)
        self._asked_at = 0
        for name in ("out", "err"):
            self._channel(name).touch()

    def _channel(self, name: str) -> Path:
        return self._folder / f"{self._arguments[0]}-{self._life}.{name}"


class Forked(Process):
    """The same without the imports, which are most of a start: a fork of a process that has done them."""

    async def start(self) -> None:
        """Fork it, also once more after it has ended."""
        self._begin()
        address = await asyncio.to_thread(nursery, ROOT)
        channels = self._channel("out"), self._channel("err")
        self._process = await fork(address, self._arguments, self._environment, self._folder, *channels)


def bot_in(playground: Playground, folder: Path, **environment: str) -> Process:
    """`verdicts run`, connected to a playground."""
    return Forked(folder, "run", **leading_into(playground), **environment)


def leading_into(playground: Playground) -> dict[str, str]:
    """The settings that lead a bot into a playground."""
    return {
        "SLACK_API_URL": playground.api_url,
        "SLACK_BOT_TOKEN": playground.bot_token,
        "SLACK_APP_TOKEN": playground.app_token,
    }


def clean_environment() -> Mapping[str, str]:
    """Our own environment without any setting of Verdicts, for a process of its own."""
    ours = {name.upper() for name in Settings.model_fields} | {"VERDICTS_DATA_DIR"}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    inherited["PYTHONPATH"] = str(ROOT)
    if sys.dont_write_bytecode:
        # Without compiled modules each start takes three times as long.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        inherited["PYTHONPYCACHEPREFIX"] = str(ROOT / ".pytest_cache" / "compiled")
    return inherited
