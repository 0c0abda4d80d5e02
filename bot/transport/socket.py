"""Socket Mode: Slack reaches us through a WebSocket that we open, and open again whenever it no longer serves.

A connection can be lost without a word. It may end; answer no ping (half-open); or answer pings and deliver nothing
(mute). All times are of the monotonic clock: a step of the wall clock means nothing.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import metrics
from bot.errors import Permanent, Refused, SlackFailure
from bot.slack_errors import classify
from bot.transport.envelopes import Envelopes
from bot.transport.wire import NoHello, Wire

log = structlog.get_logger(__name__)

TOO_MANY, SWITCHED_OFF = "too_many_websockets", "link_disabled"


class SocketRefused(Exception):
    """Slack does not take the app-level token; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a connection is trusted."""

    look: float = 1.0  # between two looks at it
    ping: float = 5.0  # between two pings
    pong: float = 15.0  # without any frame: half-open
    echo: float = 15.0  # without a word after something that we did and that Slack tells us of, too: mute
    # Without a word at all, for whatever reason, another connection is opened in its place: no mute one lasts a minute.
    # Not sooner, for Slack may be asked for one connection a minute.
    silence: float = 55.0
    # And what may have been missed is swept; while the silence lasts, each time after twice as long, up to this.
    longest_silence: float = 300.0
    connect: float = 10.0  # that a new connection has to say hello
    handover: float = 2.0  # that an old one has to be acknowledged on, once a new one stands
    gap: float = 30.0  # Slack sends what it could not deliver again after a minute, and gives it up after five
    longest_wait: float = 30.0  # between two attempts to connect


class Socket:
    """Keeps one connection to Slack, and knows whether Slack can be heard on it."""

    def __init__(
        self,
        bolt: AsyncApp,
        app_token: str,
        web_client: AsyncWebClient,
        after_gap: Callable[[], Awaitable[None]],
        *,
        acted_at: Callable[[], float] = lambda: 0.0,
        replicas: int = 1,
        patience: Patience | None = None,
    ) -> None:
        """`after_gap` is called when events may be lost.

        `acted_at` is when, on the monotonic clock, we last did something that Slack must tell us of as well. `replicas`
        is how many processes use the app: when Slack counts more connections, somebody else hears our events.
        """
        self._answer = Envelopes(bolt).answer
        self._app_token = app_token
        self._web_client = web_client
        self._after_gap = after_gap
        self._acted_at = acted_at
        self._replicas = replicas
        self._patience = patience or Patience()
        self._silence = self._patience.silence  # until the next sweep
        self._asked_at = 0.0  # when something was heard last, or swept because nothing was
        self._session: aiohttp.ClientSession | None = None
        self._pinged = 0.0
        self._wire: Wire | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect and keep connected; return once Slack can reach us.

        Raises SocketRefused when the token is no good: no number of tries will change that.
        """
        self._session = aiohttp.ClientSession()
        try:
            self._wire = await self._connect()
        except BaseException:
            await self._session.close()
            raise
        self._count(self._wire, beside=0)
        self._watcher = asyncio.create_task(self._watch(self._wire), name="socket-watch")

    def is_heard(self) -> bool:
        """Whether Slack can be heard now, as far as one can tell."""
        return self._wire is not None and self._why_deaf(self._wire) is None

    async def close(self) -> None:
        """Hear nothing more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        if self._wire is not None:
            await self._wire.close(self._patience.handover / 4)
            self._wire = None
        if self._session is not None:
            await self._session.close()

    def _why_deaf(self, wire: Wire) -> str | None:
        """What keeps Slack from reaching us on this connection; None while nothing speaks against it."""
        instant, acted_at = time.monotonic(), self._acted_at()
        if not wire.is_open:
            return "closed"
        if instant - wire.heard_at > self._patience.pong:
            return "half_open"
        # With several connections the echo of what we did may have come on another one.
        if wire.connections == 1 and wire.told_at < acted_at < instant - self._patience.echo:
            return "mute"
        return None

    async def _watch(self, wire: Wire) -> None:
        self._pinged = time.monotonic()
        while True:
            try:
                wire = await self._look(wire)
            except Exception:
                # A watchdog that dies of its own mistake would leave us deaf without a word.
                log.exception("the socket could not be looked at")
                wire = self._wire or wire
                await asyncio.sleep(self._patience.look)

    async def _look(self, wire: Wire) -> Wire:
        """Wait for news of the connection, or a moment, and do what is needed; the connection from now on."""
        due = time.monotonic() + self._patience.look
        try:
            async with asyncio.timeout(self._patience.look):
                await wire.news.wait()
        except TimeoutError:
            late = time.monotonic() - due
            if late > self._patience.gap:
                await self._was_away("stopped", late)
            if late > self._patience.pong / 3:
                # We were stopped, and what has come meanwhile is not read yet: no reason to call the wire deaf.
                wire.heard_at = time.monotonic()
                return wire
        if reason := wire.farewell or self._why_deaf(wire) or self._why_doubted(wire):
            return await self._replace(wire, reason)
        if time.monotonic() - self._pinged > self._patience.ping:
            self._pinged = time.monotonic()
            await wire.ping()
        return wire

    def _why_doubted(self, wire: Wire) -> str | None:
        """Whether a connection has been silent for so long that only another one can tell why."""
        return "silent" if time.monotonic() - wire.told_at >= self._patience.silence else None

    async def _replace(self, old: Wire, reason: str) -> Wire:
        """Open another connection and return it; the old one serves until then where it still can."""
        metrics.RECONNECTS.labels(_label(reason)).inc()
        (log.debug if reason == "silent" else log.warning)("socket replaced", reason=reason)
        if reason == SWITCHED_OFF:
            log.error("Socket Mode is switched off in the settings of the Slack app: switch it on again")
        if reason in {TOO_MANY, SWITCHED_OFF}:
            await old.close()
        last_word = old.told_at if reason in {"mute", "silent"} else old.heard_at
        while True:
            try:
                self._wire = wire = await self._connect()
                break
            except SocketRefused as refused:
                # The token may be renewed while we run; whoever watches the log is told.
                log.error("socket refused", reason=str(refused))  # noqa: TRY400  the sentence is all there is to say
                await asyncio.sleep(self._patience.longest_wait)
        self._count(wire, beside=int(old.is_open))
        retiring = asyncio.create_task(self._retire(old), name="socket-retiring")
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)
        gap = time.monotonic() - last_word
        if reason == "silent":
            await self._was_silent(old)
        elif gap > self._patience.gap:
            await self._was_away(reason, gap)
        return wire

    async def _was_silent(self, old: Wire) -> None:
        """Sweep, ever more seldom: what a mute connection swallowed was not acknowledged, and Slack sends it again."""
        if old.told_at > old.opened_at:
            self._silence, self._asked_at = self._patience.silence, old.told_at
        if time.monotonic() - self._asked_at >= self._silence:
            self._asked_at = time.monotonic()
            self._silence = min(self._silence * 2, self._patience.longest_silence)
            await self._after_gap()

    async def _was_away(self, reason: str, seconds: float) -> None:
        metrics.GAPS.inc()
        log.warning("socket was away", reason=reason, seconds=round(seconds))
        await self._after_gap()

    async def _retire(self, old: Wire) -> None:
        """Read on for a moment what was sent to the old connection before Slack knew the new one."""
        if old.is_open:
            await asyncio.sleep(self._patience.handover)
        await old.close(self._patience.handover)

    async def _connect(self) -> Wire:
        wait = self._patience.look / 2
        while True:
            pause = wait * random.uniform(0.5, 1.0)  # noqa: S311  jitter, not a secret
            try:
                async with asyncio.timeout(self._patience.connect):
                    wire = await self._try()
            except Permanent as failure:
                raise SocketRefused(
                    f"Slack refuses SLACK_APP_TOKEN ({failure.code}). Make one with the scope connections:write under "
                    "Basic Information of your app."
                ) from None
            except SlackFailure as failure:
                if isinstance(failure, Refused) and failure.code == "ratelimited":
                    pause = max(pause, failure.retry_after)
                log.warning("socket not open yet", reason=failure.code)
            except (NoHello, TimeoutError, aiohttp.ClientError) as error:
                # Not the error's own words: they hold the address, which is a secret.
                reason = str(error) if isinstance(error, NoHello) else type(error).__name__
                log.warning("socket not open yet", reason=reason)
            else:
                return wire
            await asyncio.sleep(pause)
            wait = min(wait * 2, self._patience.longest_wait)

    async def _try(self) -> Wire:
        if self._session is None:
            raise RuntimeError("the socket is not open")
        try:
            answer = await self._web_client.apps_connections_open(app_token=self._app_token)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            raise classify("apps.connections.open", error) from None
        return await Wire.open(
            self._session, answer["url"], self._answer, proxy=self._web_client.proxy, tls=self._web_client.ssl or True
        )

    def _count(self, wire: Wire, *, beside: int) -> None:
        """Compare how many connections Slack counts with how many there should be."""
        wire.connections -= beside  # the one that it takes the place of
        metrics.CONNECTIONS.set(wire.connections)
        if wire.connections > self._replicas:
            # Slack gives each event to one of them: what another program hears we learn of by a sweep alone.
            log.warning("others hear our events", connections=wire.connections, expected=self._replicas)


def _label(reason: str) -> str:
    """A reason of ours, or one for all that Slack may announce."""
    return reason if reason in {"closed", "half_open", "mute", "silent"} else "announced"
