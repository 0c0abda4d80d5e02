"""Channel-weeks by the million, in virtual time: whatever is lost, late, paused or killed, each digest stands once.

Three replicas serve one row by the rules of `bot.digest_protocol`, and Slack is a list of messages. Replies are lost,
requests land long after their connection has closed, replicas stop for minutes between any two steps, or die there.

    python -m tests.digest_simulation --weeks 1000000 [--seed 7]
"""

import argparse
import heapq
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeAlias

from bot import digest_protocol as protocol
from bot.model import DigestRun

DUE = 1_800_000_000
RING = 10.0  # seconds between two rings of a replica's clock
REQUEST = 10.0  # seconds after which a poster closes its connection
HOUR = 3_600.0

Steps: TypeAlias = Iterator[float]  # what somebody does; between two steps so many seconds pass


@dataclass(frozen=True, slots=True)
class Weather:
    """How often what goes wrong. `history`: whether the app may read it; else a person looks and decides."""

    history: bool = True
    lost: float = 0.10  # Slack executes, and the reply is lost
    late: float = 0.10  # … and executes only minutes after the connection has closed
    dropped: float = 0.05  # the request is lost
    rejected: float = 0.10
    died: float = 0.06  # at each step
    paused: float = 0.03  # at each step, for up to half an hour
    beyond: float = 0.0  # a late request lands even later than we believe possible


class Book(Protocol):
    """Where the row stands: the rules alone, or the services on a database."""

    def row(self) -> DigestRun: ...
    def take(self, now: int) -> DigestRun | None: ...
    def compose(self, run: DigestRun, now: int) -> DigestRun | None: ...
    def posted(self, run: DigestRun, ts: str, now: int) -> None: ...
    def refused(self, run: DigestRun, retry_at: int) -> None: ...
    def lost(self, run: DigestRun, can_look: bool) -> None: ...
    def give_up_abandoned(self, now: int) -> None: ...
    def to_look(self, now: int) -> DigestRun | None: ...
    def found(self, run: DigestRun, stamps: Sequence[str] | None, now: int) -> None: ...
    def to_tell(self, now: int) -> DigestRun | None: ...
    def told(self, run: DigestRun) -> None: ...
    def post_again(self, now: int) -> None: ...


class Rules:
    """The row by the rules alone."""

    def __init__(self) -> None:
        self._run = DigestRun(1, "T", "C", "2027-W03", DUE, "pending", "key", 0, not_before=DUE)

    def row(self) -> DigestRun:
        return self._run

    def take(self, now: int) -> DigestRun | None:
        return self._write(protocol.taken(self._run, now))

    def compose(self, run: DigestRun, now: int) -> DigestRun | None:
        return self._write(protocol.composed(self._run, run.attempt, now))

    def posted(self, run: DigestRun, ts: str, now: int) -> None:
        self._write(protocol.posted(self._run, run.attempt, ts, now))

    def refused(self, run: DigestRun, retry_at: int) -> None:
        self._write(protocol.refused(self._run, run.attempt, "ratelimited", retry_at))

    def lost(self, run: DigestRun, can_look: bool) -> None:
        self._write(protocol.lost(self._run, run.attempt, "timeout", can_look=can_look))

    def give_up_abandoned(self, now: int) -> None:
        self._write(protocol.abandoned(self._run, now))

    def to_look(self, now: int) -> DigestRun | None:
        return self._write(protocol.looked_for(self._run, now))

    def found(self, run: DigestRun, stamps: Sequence[str] | None, now: int) -> None:
        self._write(protocol.found(self._run, run.attempt, stamps, now))

    def to_tell(self, now: int) -> DigestRun | None:
        return self._write(protocol.to_be_told(self._run, now))

    def told(self, run: DigestRun) -> None:
        self._write(protocol.told(self._run))

    def post_again(self, now: int) -> None:
        self._write(protocol.asked_again(self._run, now))

    def _write(self, after: DigestRun | None) -> DigestRun | None:
        self._run = after or self._run
        return after


class Week:
    """One channel's week from its due time until nothing can happen any more."""

    def __init__(self, dice: Random, weather: Weather, book: Book) -> None:
        self.tally: Counter[str] = Counter()
        self.standing: list[float] = []  # when each message of it that stands in the channel landed
        self._dice = dice
        self._weather = weather
        self._book = book
        self._now = float(DUE)
        self._line: list[tuple[float, int, Steps]] = []
        self._order = itertools.count()
        self._ring_at: float | None = None

    def live(self) -> None:
        """Let everything happen that is going to."""
        self._ring()
        while self._line:
            self._now, _, steps = heapq.heappop(self._line)
            pause = next(steps, None)
            if pause is not None:
                self._after(pause, steps)
            self._ring()

    def _after(self, seconds: float, steps: Steps) -> None:
        heapq.heappush(self._line, (self._now + seconds, next(self._order), steps))

    def _ring(self) -> None:
        """Some replica's clock rings soon after there is something to do."""
        row = self._book.row()
        chances = [row.look_at, row.tell_at]
        if row.state in {"pending", "sending"}:
            chances.append(row.not_before if row.sending_at is None else row.sending_at + protocol.QUARANTINE)
            if row.state == "pending":
                chances.append(row.not_before)
        known = [float(chance) for chance in chances if chance is not None]
        if self._ring_at is None and known:
            self._ring_at = max(self._now, min(known)) + self._dice.uniform(0, RING)
            self._after(self._ring_at - self._now, _at_once(self._rings))

    def _rings(self) -> None:
        self._ring_at = None
        now = int(self._now)
        self._book.give_up_abandoned(now)
        if (looking := self._book.to_look(now)) is not None:
            self._begin(self._looks(looking))
        if (owed := self._book.to_tell(now)) is not None:
            self._begin(self._tells(owed))
        for _ in range(self._dice.choice((1, 1, 2, 3))):  # replicas that ring in the same moment
            if (run := self._book.take(now)) is not None:
                self._begin(self._posts(run))

    def _begin(self, steps: Steps) -> None:
        """Somebody begins, and may die or be stopped for a while between any two steps."""

        def mortal() -> Steps:
            for pause in steps:
                chance = self._dice.random()
                if chance < self._weather.died:
                    self.tally["died"] += 1
                    return
                if chance < self._weather.died + self._weather.paused:
                    self.tally["paused"] += 1
                    yield pause + self._dice.uniform(1, 1_800)
                else:
                    yield pause

        self._after(0, mortal())

    def _posts(self, run: DigestRun) -> Steps:
        yield self._dice.uniform(0, 3)  # cards are swept
        composed = self._book.compose(run, int(self._now))
        if composed is None:
            return
        until = self._now + protocol.SEND_WITHIN
        yield 0.1
        if self._now > until:
            self._book.refused(composed, int(self._now))
            return
        chance, weather = self._dice.random(), self._weather
        if (chance := chance - weather.rejected) < 0:
            yield 0.3
            self._book.refused(composed, int(self._now) + 30)
        elif (chance := chance - weather.dropped) < 0:
            self.tally["dropped"] += 1
            yield REQUEST
            self._book.lost(composed, weather.history)
        elif (chance := chance - weather.late) < 0:
            self.tally["late"] += 1
            # Not beyond the look that follows a second attempt.
            within = (1.0, 1.9) if self._dice.random() < weather.beyond else (0.05, 0.9)
            self._after(self._dice.uniform(*within) * protocol.QUARANTINE, _at_once(self._lands))
            yield REQUEST
            self._book.lost(composed, weather.history)
        else:
            self.standing.append(self._now)
            is_lost = chance < weather.lost
            self.tally["lost" if is_lost else "posted"] += 1
            yield REQUEST if is_lost else 0.3
            if is_lost:
                self._book.lost(composed, weather.history)
            else:
                self._book.posted(composed, "1.0", int(self._now))

    def _lands(self) -> None:
        self.standing.append(self._now)

    def _looks(self, run: DigestRun) -> Steps:
        yield 0.3
        self.tally["looked"] += 1
        if not self._weather.history:
            self._book.found(run, None, int(self._now))
            return
        stamps = [str(landed) for landed in sorted(self.standing)]
        yield 0.3
        self.tally["deleted"] += len(self.standing[1:])
        self.standing = sorted(self.standing)[:1]
        self._book.found(run, stamps, int(self._now))

    def _tells(self, owed: DigestRun) -> Steps:
        yield 0.3
        self._after(self._dice.uniform(0.3, 5) * HOUR, _at_once(self._person))
        yield 0.3
        self._book.told(owed)

    def _person(self) -> None:
        """The subscriber looks into the channel, and presses *Post it again* where nothing is."""
        if not self.standing and self._book.row().state == "uncertain":
            self.tally["asked again"] += 1
            self._book.post_again(int(self._now))


def _at_once(act: Callable[[], None]) -> Steps:
    act()
    yield from ()


def simulate(weeks: int, weather: Weather, dice: Random, book: Callable[[], Book] = Rules) -> Counter[str]:
    """So many channel-weeks, by the rules alone or by `book`; what happened, "missed" and "double" among it."""
    total: Counter[str] = Counter()
    for _ in range(weeks):
        week = Week(dice, weather, book())
        week.live()
        total += week.tally
        total["weeks"] += 1
        total["missed"] += not week.standing
        total["double"] += len(week.standing) > 1
    return total


def main() -> int:
    """As many as wanted, half of them where the app may read history; ends with 1 when one was missed or double."""
    parser = argparse.ArgumentParser(description="Post digests in a storm, in virtual time.")
    parser.add_argument("--weeks", type=int, default=16_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    began = time.monotonic()
    code = 0
    for weather in (Weather(), Weather(history=False)):
        found = simulate(given.weeks // 2, weather, Random(given.seed))
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(found.items()))
        sys.stdout.write(f"{'with' if weather.history else 'without'} history: {told}\n")
        code = code or int(found["missed"] + found["double"] > 0)
    sys.stdout.write(f"seed {given.seed}, {time.monotonic() - began:.0f} s\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
