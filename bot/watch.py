"""An unusual rate of votes: seen, written down for admins, and never acted on, for a busy team is no crime.

What a vote counts is decided elsewhere, by the ledger, which no number of clicks can mislead.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot import audits, metrics
from bot.audits import Unusual
from bot.tasks import Tasks
from db.engine import Database

log = structlog.get_logger(__name__)

Key = TypeVar("Key")

CHANGES = 30  # of one person's ticks on one comparison …
CHANGES_SECONDS = 60.0  # … within so long
CROWD = 100  # people on one comparison …
CROWD_SECONDS = 10.0  # … within so long
MOST_WINDOWS = 10_000  # remembered at once; beyond that those that have run out are forgotten


@dataclass(slots=True)
class _Window:
    until: float
    seen: int = 0
    people: set[str] = field(default_factory=set)


class Rates:
    """Votes in windows that begin with a vote, as one process hears them; with replicas each hears its share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._people: dict[tuple[str, int, str], _Window] = {}
        self._comparisons: dict[tuple[str, int], _Window] = {}

    def heard(self, workspace: str, comparison: int, person: str) -> list[Unusual]:
        """Count a vote; what has just become unusual, once a window."""
        now = self._clock()
        own = _window(self._people, (workspace, comparison, person), now, CHANGES_SECONDS)
        all_of_it = _window(self._comparisons, (workspace, comparison), now, CROWD_SECONDS)
        own.seen += 1
        before = len(all_of_it.people)
        if before < CROWD:
            all_of_it.people.add(person)
        found: list[Unusual] = []
        if own.seen == CHANGES:
            found.append(Unusual("changes", person))
        if before < len(all_of_it.people) == CROWD:
            found.append(Unusual("crowd", ""))
        return found


def _window(windows: dict[Key, _Window], key: Key, now: float, seconds: float) -> _Window:
    window = windows.get(key)
    if window is None or window.until <= now:
        if len(windows) >= MOST_WINDOWS:
            for old in [other for other, kept in windows.items() if kept.until <= now]:
                del windows[old]
        window = windows[key] = _Window(now + seconds)
    return window


class Watch:
    """Tells the log, the figures and the database of what is unusual; nobody waits for it."""

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._database = database
        self._tasks = tasks
        self._rates = Rates()

    def voted(self, workspace: str, comparison: int, person: str) -> None:
        """A vote was counted, or changed nothing."""
        for unusual in self._rates.heard(workspace, comparison, person):
            metrics.VOTES_UNUSUAL.labels(unusual.kind).inc()
            log.warning("unusual rate of votes", workspace=workspace, comparison=comparison, kind=unusual.kind)
            note = self._database.run(audits.note_unusual, workspace, comparison, unusual)
            self._tasks.start_courtesy(note)
