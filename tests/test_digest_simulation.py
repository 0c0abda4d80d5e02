"""In a storm of lost replies, late landings, deaths and pauses each digest stands in its channel once."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

import pytest

from bot import digest_doubts, digests, people, subscriptions
from bot.digests import Composed
from bot.model import DigestRun
from db import digests as rows
from db.engine import Database
from tests.digest_simulation import DUE, Weather, simulate

T = TypeVar("T")

SERVED = ["T0TEST"]
WISH = subscriptions.Wish("T0TEST", "", False, 4, 8 * 60, "UTC", None, even_if_empty=True, person="U0ADA")
WEEK = "2027-W02"

both_ways = pytest.mark.parametrize("history", [True, False], ids=["history", "no-history"])


@pytest.mark.fault("D01")
@pytest.mark.fault("D02")
@pytest.mark.fault("D08")
@both_ways
def test_eight_thousand_weeks_by_the_rules(history: bool) -> None:
    """0 missed and 0 double in 8,000 channel-weeks; without history nothing is sent twice unless a person says so."""
    found = simulate(8_000, Weather(history=history), Random(20261201))

    assert (found["missed"], found["double"], found["deleted"]) == (0, 0, 0)
    assert min(found[what] for what in ("lost", "late", "dropped", "died", "paused", "looked")) > 300
    assert (found["asked again"] > 0) is not history


@pytest.mark.fault("D07")
def test_what_lands_later_than_we_believe_is_taken_away() -> None:
    """A request that Slack executes after the quarantine makes a second message, and the later one is deleted."""
    found = simulate(1_000, Weather(beyond=1.0), Random(20261201))

    assert (found["missed"], found["double"]) == (0, 0)
    assert found["deleted"] > 50


class Services:
    """The row of a new channel, as the services write it to a database."""

    _numbers = itertools.count(1)

    def __init__(self, database: Database) -> None:
        self._database = database
        self._channel = f"C{next(self._numbers)}"
        self._composed: dict[int, Composed] = {}
        self._do(people.welcome_workspace, SERVED[0], "Test", "U0BOT", 0)
        self._do(subscriptions.subscribe, replace(WISH, channel=self._channel), DUE - 86_400)
        self._do(digests.plan, SERVED, DUE)

    def row(self) -> DigestRun:
        stored = self._do(rows.run_of, SERVED[0], self._channel, WEEK)
        assert stored is not None
        return digests.read(stored)

    def take(self, now: int) -> DigestRun | None:
        return next(iter(self._do(digests.take, SERVED, now)), None)

    def compose(self, run: DigestRun, now: int) -> DigestRun | None:
        composed = self._do(digests.compose, run, now, False)
        if not isinstance(composed, Composed):
            return None
        self._composed[composed.run.attempt] = composed
        return composed.run

    def posted(self, run: DigestRun, ts: str, now: int) -> None:
        self._do(digests.posted, self._composed[run.attempt], ts, now)

    def refused(self, run: DigestRun, retry_at: int) -> None:
        self._do(digests.refused, run, "ratelimited", retry_at)

    def lost(self, run: DigestRun, can_look: bool) -> None:
        self._do(lambda connection: digests.lost(connection, run, "timeout", can_look=can_look))

    def give_up_abandoned(self, now: int) -> None:
        self._do(digest_doubts.give_up_abandoned, SERVED, now)

    def to_look(self, now: int) -> DigestRun | None:
        return next(iter(self._do(digest_doubts.to_look, SERVED, now)), None)

    def found(self, run: DigestRun, stamps: Sequence[str] | None, now: int) -> None:
        self._do(digest_doubts.found, run, stamps, now)

    def to_tell(self, now: int) -> DigestRun | None:
        return next((owed.run for owed in self._do(digest_doubts.to_tell, SERVED, now)), None)

    def told(self, run: DigestRun) -> None:
        self._do(digest_doubts.told, run)

    def post_again(self, now: int) -> None:
        self._do(digest_doubts.post_again, SERVED[0], self.row().id, now)

    def _do(self, service: Callable[..., T], *args: object) -> T:
        with self._database.engine.begin() as connection:
            return service(connection, *args)


@both_ways
def test_the_services_do_as_the_rules(database_url: str, history: bool) -> None:
    """The same storm over the services on a database: the very same things happen, week by week."""
    database = Database(database_url)
    try:
        weather, weeks = Weather(history=history), 40
        by_services = simulate(weeks, weather, Random(7), lambda: Services(database))
    finally:
        database.close_now()

    assert by_services == simulate(weeks, weather, Random(7))
    assert (by_services["missed"], by_services["double"]) == (0, 0)
    assert by_services["looked"] > 5
