"""Asks Slack who stands behind each emoji, wherever a vote may have been missed: the network loses events.

Which cards to ask about is a fact in the database, so a crash costs nothing. It holds no truth and decides none: an
answer is written only where nothing newer was heard.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

import structlog

from bot import going_private, metrics, people, strangers, sweeps
from bot.ballots import Snapshot
from bot.budget import Budget, Budgets
from bot.clients import Clients
from bot.errors import Permanent, SlackFailure
from bot.refresher import Refresher
from bot.slack import Slack
from bot.slack_answers import Reactions
from bot.slack_errors import GONE, UNINSTALLED
from bot.views.cards import SEED_EMOJI
from db.cards import StoredCard
from db.engine import Database, now

log = structlog.get_logger(__name__)

CALLS_A_MINUTE = 30  # of the fifty that Slack allows: the rest is for whoever looks at one card
MOST_AT_ONCE = 20
IDLE = 60.0
AGAIN = 3.0
# An answer describes the moment before it was given: its Date has whole seconds, and it was under way.
ANSWER_AGE_US = 2_000_000


class Sweeper:
    """One task that sweeps what waits, and the same sweep on request before something is closed or told."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        refresher: Refresher,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clients = clients
        self._refresher = refresher
        self._clock = clock
        self._seen: dict[tuple[str, str], float] = {}  # by channel, when Slack last said what kind of place it is
        self._budgets = Budgets(database, clock)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with everything that is open: the app was away."""
        self._task = asyncio.create_task(self._run(), name="sweeper")

    async def close(self) -> None:
        """Ask no more; what waits stays marked in the database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def want_all(self, workspaces: Iterable[str] | None = None) -> None:
        """Votes may have been missed: sweep every young, open card of these workspaces, or of all."""
        served = list(workspaces) if workspaces is not None else self._clients.workspaces
        if served:
            instant = await self._database.run(now)
            cards = await self._database.run(sweeps.want_all, served, instant)
            log.info("sweep wanted", cards=cards)
        self._wake.set()

    async def before_closing(self, workspace: str, comparison_id: int) -> bool:
        """Sweep a comparison's cards; whether Slack has told beyond doubt of all that still exist."""
        cards = await self._database.run(sweeps.of_comparison, workspace, comparison_id)
        told = []
        for card in cards:
            await self._budget(workspace).overdraw()
            told.append(await self._sweep(card))
        return all(told)

    async def before_digest(self, workspace: str, channel: str, at: int) -> None:
        """Sweep what the channel's digest would report as open, unless that was done a moment ago."""
        for card in await self._database.run(sweeps.of_open, workspace, channel, at - 600, MOST_AT_ONCE):
            if await self._budget(workspace).take() > 0:
                return
            await self._sweep(card)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                rest = await self._look()
            except Exception:
                log.exception("the sweeper could not look")
                rest = IDLE
            with contextlib.suppress(TimeoutError):
                # Not wait_for: in Python 3.11 it may swallow a cancellation that comes with the wake-up.
                async with asyncio.timeout(rest):
                    await self._wake.wait()

    async def _look(self) -> float:
        """Sweep what waits, as far as the budget goes; return the seconds until there may be more."""
        rest = IDLE
        if not (served := self._clients.workspaces):
            return rest
        instant = await self._database.run(now)
        for workspace in await self._database.run(sweeps.wanting, served, instant):
            cards = await self._database.run(sweeps.waiting, workspace, instant, MOST_AT_ONCE)
            for card in cards:
                if (wait := await self._budget(workspace).take()) > 0:
                    rest = min(rest, wait)
                    break
                # A card in doubt is asked about again once its events have had time to arrive.
                rest = rest if await self._sweep(card) else min(rest, AGAIN)
            else:
                rest = 0.0 if len(cards) == MOST_AT_ONCE else rest
        return rest

    def _budget(self, workspace: str) -> Budget:
        return self._budgets.of(workspace, "sweep", CALLS_A_MINUTE)

    async def _sweep(self, card: StoredCard) -> bool:
        if card.message_ts is None or card.workspace not in self._clients.workspaces:
            return False
        slack = self._clients.of(card.workspace)
        instant = await self._database.run(now)
        try:
            found = await slack.reactions(card.channel, card.message_ts)
        except SlackFailure as failure:
            metrics.SWEEPS.labels("failed").inc()
            log.warning("card not swept", workspace=card.workspace, card=card.id, code=failure.code)
            if isinstance(failure, Permanent) and failure.code in UNINSTALLED:
                self._clients.drop(card.workspace)
            elif isinstance(failure, Permanent) and failure.code in GONE:
                await self._database.run(sweeps.gone, card.workspace, card.id)
                return True
            elif isinstance(failure, Permanent):
                await self._database.run(sweeps.put_off, card.workspace, card.id, instant)
            return False
        snapshot = snapshot_of(card.workspace, card.channel, card.message_ts, found)
        ours = {emoji for emoji, people in found.people.items() if found.bot_user in people}
        names = SEED_EMOJI[len(card.shown)]
        swept = await self._database.run(sweeps.take, snapshot, card.id, names, ours, instant)
        await self._meet(slack, card, instant)
        await self._see_place(slack, card)
        self._refresher.wake()
        metrics.SWEEPS.labels("doubtful" if swept.doubts else "ok").inc()
        if swept.corrections:
            metrics.SWEEP_CORRECTIONS.inc(swept.corrections)
            log.info("sweep corrected", workspace=card.workspace, card=card.id, reactions=swept.corrections)
        return swept.doubts == 0

    async def _meet(self, slack: Slack, card: StoredCard, instant: int) -> None:
        """A vote of which only an answer has told, or whose look-up failed, may be a bot's; others may have left.

        What the budget does not allow now is left to the next sweep.
        """
        for person in await self._database.run(people.strangers, card.workspace, card.comparison_id, instant):
            if slack.budget("users.info").wait() > 0:
                return
            try:
                await strangers.look_up(self._database, slack, card.workspace, person)
            except SlackFailure as failure:
                log.info("voter not looked up", workspace=card.workspace, code=failure.code)
                if not isinstance(failure, Permanent):
                    return

    async def _see_place(self, slack: Slack, card: StoredCard) -> None:
        """Ask once a day whether the channel is still public: no event that we hear tells when it is made private."""
        seen_at = self._seen.get((card.workspace, card.channel))
        if seen_at is not None and self._clock() - seen_at < sweeps.NIGHTLY:
            return
        try:
            place = await slack.conversation(card.channel)
        except SlackFailure as failure:
            log.info("channel not looked up", workspace=card.workspace, code=failure.code)
            return
        self._seen[card.workspace, card.channel] = self._clock()
        if place.kind == "private":
            taken = await self._database.run(going_private.take_along, card.workspace, card.channel)
            if taken:
                log.info("channel became private", workspace=card.workspace, comparisons=taken)


def snapshot_of(workspace: str, channel: str, message_ts: str, found: Reactions) -> Snapshot:
    """What Slack's answer says of people, and of which moment."""
    return Snapshot(
        workspace=workspace,
        channel=channel,
        message_ts=message_ts,
        at_us=found.at_us - ANSWER_AGE_US,
        people={emoji: people - {found.bot_user} for emoji, people in found.people.items()},
        incomplete=found.incomplete,
    )
