"""Row 14, the start: until Slack reaches the bot, and its memory then, beside a process that only imports the same.

The database is there and needs no migration, as at every start but the first of a release.
"""

import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.figures import Figure, at_most
from bench.house import TOKEN
from bench.measure import Side, Spent, alternate
from bench.processes import running
from bench.socket_votes import APP_TOKEN, prepare, settings_for

ALIKE = "importing the same"
IMPORTS = "import bot.__main__, time; print(flush=True); time.sleep(600)"


async def measure(rounds: int) -> list[Figure]:
    """Row 14."""
    memory: dict[str, list[float]] = {"bot": [], "imports": []}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = (await stack.enter_async_context(running("-m", "bench.stand_in"))).said["address"]
        settings = settings_for(address, folder)
        await prepare(settings)
        environment = {"VERDICTS_DATA_DIR": str(folder), "LOG_LEVEL": "ERROR", "SLACK_API_URL": settings.slack_api_url}
        environment |= {"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
        arguments = {"bot": ("-m", "bot", "run"), "imports": ("-c", IMPORTS)}

        def started(what: str) -> Side:
            async def side(turn: int) -> Spent:
                began = time.perf_counter()
                async with running(*arguments[what], **environment) as process:
                    seconds = time.perf_counter() - began
                    if turn:
                        memory[what].append(process.memory)
                    return Spent(1, seconds, process.cpu)

            return side

        spent = await alternate({what: started(what) for what in memory}, rounds)
    ours, theirs = (spent[what] for what in memory)
    return [
        Figure(
            "14 cpu",
            "from start to ready",
            "ms CPU",
            tuple(one.cpu * 1e3 for one in ours),
            ALIKE,
            tuple(one.cpu * 1e3 for one in theirs),
            at_most(1.25),
        ),
        Figure(
            "14 wall",
            "from start to ready",
            "ms",
            tuple(one.wall * 1e3 for one in ours),
            ALIKE,
            tuple(one.wall * 1e3 for one in theirs),
        ),
        Figure("14 memory", "memory when ready", "MB", *_beside(memory), at_most(1.3)),
    ]


def _beside(memory: dict[str, list[float]]) -> tuple[tuple[float, ...], str, tuple[float, ...]]:
    return tuple(memory["bot"]), ALIKE, tuple(memory["imports"])
