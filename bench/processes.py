"""Processes of their own, so that one side's processor time is not another's: started, asked, and killed when left."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.processes import clean_environment


class Process:
    """A child that runs."""

    def __init__(self, process: asyncio.subprocess.Process, line: str) -> None:
        self._process = process
        self._line = line

    @property
    def said(self) -> dict[str, Any]:
        """The JSON of its first line."""
        found: dict[str, Any] = json.loads(self._line)
        return found

    @property
    def cpu(self) -> float:
        """Seconds of the processor that all its threads have had.

        The kernel's own count in nanoseconds (https://docs.kernel.org/scheduler/sched-stats.html); `times` counts
        hundredths of a second.
        """
        tasks = Path(f"/proc/{self._process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@asynccontextmanager
async def running(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    """Python with these arguments and, over our own, this environment, once it has said its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**clean_environment(), **environment},
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        assert line, f"python {' '.join(arguments)} ended before it was ready"
        yield Process(process, line.decode())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
