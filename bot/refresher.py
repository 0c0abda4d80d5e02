"""Keeps cards true: whatever the database knows beyond what a card shows is drawn, soon, seldom, and always at last.

It holds no truth. Which cards are stale is a fact in the database (`sent_rev < desired_rev`); a wake-up that is lost
costs one pause, a crash costs nothing. A card's revision is read before its votes, so a vote during a drawing leaves
the card stale.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

import structlog

from bot import cards, metrics, people, sweeps
from bot.clients import Clients
from bot.errors import Permanent, Refused, SlackFailure
from bot.slack import Slack
from bot.slack_errors import BLOCKS_REFUSED, GONE, UNINSTALLED
from bot.views.cards import SEED_EMOJI, card_message
from bot.views.scorecard import pointer
from db.engine import Database

log = structlog.get_logger(__name__)

GATHER = 0.2  # seconds in which a burst of votes becomes one drawing
IDLE = 5.0  # seconds after which it looks unasked: another replica's vote, or a claim that ran out
MOST_AT_ONCE = 50
BURST = 3  # drawings of one card in quick succession, for the first votes on it …
PACE = 2.3  # … then one in so many seconds, so that a minute of votes costs at most thirty
CLOSEST = 0.8  # seconds between two drawings even within the burst
DOUBTFUL = 5  # seconds until an update whose answer was lost is sent again; it does no harm twice
REFUSED_FOR_GOOD = 3600  # seconds until an update that Slack calls wrong is tried again


class Pace:
    """How soon a card may be drawn again: a few times quickly, then steadily."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._cards: dict[int, tuple[float, float]] = {}  # card -> (tokens, when they were counted)

    def wait(self, card: int) -> float:
        """Seconds until the card may be drawn."""
        if card not in self._cards:
            return 0.0
        tokens, then = self._cards[card]
        elapsed = self._clock() - then
        tokens = min(float(BURST), tokens + elapsed / PACE)
        return max(CLOSEST - elapsed, (1 - tokens) * PACE if tokens < 1 else 0.0, 0.0)

    def drawn(self, card: int) -> None:
        """Count a drawing."""
        instant = self._clock()
        tokens, then = self._cards.get(card, (float(BURST), instant))
        self._cards[card] = (min(float(BURST), tokens + (instant - then) / PACE) - 1, instant)
        if len(self._cards) > 10_000:  # cards that have rested have nothing to remember
            rested = {c: held for c, held in self._cards.items() if instant - held[1] < BURST * PACE}
            self._cards = rested


class Refresher:
    """One task that finds stale cards, and a short-lived one for each drawing."""

    def __init__(self, database: Database, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clients = clients
        self._wake = asyncio.Event()
        self._pace = Pace(clock)
        self._drawing: dict[int, asyncio.Task[None]] = {}
        self._spent: dict[str, float] = {}  # workspaces without a place for a call, and until when
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Something may have become stale."""
        self._wake.set()

    def start(self) -> None:
        """Begin to keep cards true."""
        self._task = asyncio.create_task(self._run(), name="refresher")

    async def close(self) -> None:
        """Let the drawings under way finish and stop; what is still stale stays marked in the database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._drawing:
            _, late = await asyncio.wait(self._drawing.values(), timeout=2)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            # Forget before looking: a vote during the look wakes us again.
            self._wake.clear()
            try:
                rest = await self._look()
            except Exception:
                log.exception("the refresher could not look")
                rest = IDLE
            with contextlib.suppress(TimeoutError):
                # Not wait_for: in Python 3.11 it may swallow a cancellation that comes with the wake-up.
                async with asyncio.timeout(rest):
                    await self._wake.wait()
                await asyncio.sleep(GATHER)

    async def _look(self) -> float:
        """Start a drawing of every stale card whose turn it is; return the seconds until the next one's turn."""
        instant = time.monotonic()
        self._spent = {workspace: until for workspace, until in self._spent.items() if until > instant}
        # A workspace that may not draw for now would fill the list with its cards, and keep others from their turn.
        served = [workspace for workspace in self._clients.workspaces if workspace not in self._spent]
        rest = min([IDLE, *(until - instant for until in self._spent.values())])
        if not served:
            return rest
        for workspace, card in await self._database.run(cards.stale, served, MOST_AT_ONCE):
            if card in self._drawing:
                continue
            budget = self._clients.of(workspace).budget("chat.update")
            # Taken now and not when it is sent, or twenty cards would take the one place that is left.
            if (wait := self._pace.wait(card)) > 0:
                rest = min(rest, wait)
                continue
            if workspace in self._spent or (wait := await budget.take()) > 0:
                self._spent.setdefault(workspace, time.monotonic() + wait)
                rest = min(rest, wait) if wait > 0 else rest
                continue
            self._pace.drawn(card)
            self._drawing[card] = asyncio.create_task(self._draw(workspace, card), name=f"draw-{card}")
        return rest

    async def _draw(self, workspace: str, card: int) -> None:
        try:
            slack = self._clients.of(workspace)
            drawing = await self._database.run(cards.claim_drawing, workspace, card)
            if drawing is not None:
                await self._send(slack, drawing)
        except Exception:
            log.exception("card not drawn", workspace=workspace, card=card)
        finally:
            del self._drawing[card]
            self.wake()

    async def _send(self, slack: Slack, drawing: cards.Drawing) -> None:
        card = drawing.scorecard.card
        if card.message_ts is None:
            return
        if drawing.is_replaced:
            comparison = drawing.scorecard.comparison
            message = pointer(
                drawing.scorecard.tools,
                drawing.newest_link,
                by_buttons=comparison.by_buttons,
                is_open=comparison.is_open,
            )
        else:
            message = card_message(drawing.scorecard, drawing.at)
        try:
            await slack.update(card.channel, card.message_ts, message)
        except SlackFailure as failure:
            await self._settle(drawing, failure)
        else:
            await self._database.run(cards.drawn, card.workspace, card.id, card.desired_rev)
            metrics.REDRAWS.labels("drawn").inc()
            if drawing.seeded >= 0 and drawing.scorecard.comparison.is_open and not drawing.is_replaced:
                await self._plant(slack, drawing, card.message_ts)

    async def _plant(self, slack: Slack, drawing: cards.Drawing, message_ts: str) -> None:
        """Take our own reaction away where a person has the same, and put it back where the last one has left.

        Of the lowest priority: what the budget does not allow now is left to the next drawing or the nightly sweep.
        """
        card, names = drawing.scorecard.card, SEED_EMOJI[len(drawing.scorecard.tools)]
        wanted, seeded = sweeps.wanted(names, drawing.used), drawing.seeded
        for i, name in enumerate(names):
            method = "reactions.add" if wanted >> i & 1 else "reactions.remove"
            if (wanted ^ seeded) >> i & 1 and slack.budget(method).wait() == 0:
                act = slack.react if wanted >> i & 1 else slack.unreact
                try:
                    await act(card.channel, message_ts, name)
                except SlackFailure as failure:
                    log.info("seed left as it is", card=card.id, code=failure.code)
                    break
                seeded ^= 1 << i
        if seeded != drawing.seeded:
            await self._database.run(sweeps.set_seeded, card.workspace, card.id, seeded)

    async def _settle(self, drawing: cards.Drawing, failure: SlackFailure) -> None:
        card = drawing.scorecard.card
        is_gone = isinstance(failure, Permanent) and failure.code in GONE
        metrics.REDRAWS.labels("gone" if is_gone else "failed").inc()
        if is_gone:
            await self._database.run(cards.gone, card.workspace, card.id)
        elif isinstance(failure, Permanent) and failure.code in UNINSTALLED:
            self._clients.drop(card.workspace)
        elif isinstance(failure, Permanent) and failure.code in BLOCKS_REFUSED and drawing.scorecard.tables:
            await self._database.run(people.refuse_tables, card.workspace)
            await self._database.run(cards.hold_back, card.workspace, card.id, 0)
        else:
            seconds = REFUSED_FOR_GOOD if isinstance(failure, Permanent) else DOUBTFUL
            if isinstance(failure, Refused):
                seconds = math.ceil(failure.retry_after)
            await self._database.run(cards.hold_back, card.workspace, card.id, seconds)
        log.warning("card not drawn", workspace=card.workspace, card=card.id, code=failure.code)
