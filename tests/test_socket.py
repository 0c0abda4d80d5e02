"""Socket Mode does not go deaf: whatever happens to the connection, another one is heard soon, and we know of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from bot.transport.envelopes import Envelopes
from bot.transport.socket import Patience, Socket, SocketRefused
from bot.transport.wire import MOST_AT_ONCE
from tests.playground_visit import Visit, eventually, visit
from tests.reconnects import soak

HASTY = Patience(
    look=0.05, ping=0.05, pong=0.4, echo=0.4, silence=30, longest_silence=60, connect=1, handover=0.05, longest_wait=0.3
)


@dataclass
class Ears:
    """A socket of ours in the playground, and what came of it."""

    visit: Visit
    socket: Socket
    message_ts: str
    gaps: list[float] = field(default_factory=list)
    acted_at: float = 0.0

    async def hears(self, user: str = "U0ADA") -> bool:
        """Whether somebody's vote at this moment is heard and acknowledged at the first attempt."""
        on = {"channel": "C0GENERAL", "ts": self.message_ts, "user": user, "name": "one"}
        present = user not in await self._voters()
        return bool((await self.visit.do("reaction", **on, present=present)).get("acknowledged"))

    async def connections(self) -> int:
        """How many connections the playground has."""
        return int((await self.visit.see("state"))["apps"][0]["sockets"])

    async def is_alone(self) -> bool:
        """Whether there is one connection, and of ours the two tasks that it takes."""
        ours = sorted(task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("socket"))
        return await self.connections() == 1 and ours == ["socket-receiver", "socket-watch"]

    async def _voters(self) -> list[str]:
        (message,) = await self.visit.messages()
        return [user for one in message.get("reactions", []) for user in one["users"]]


@asynccontextmanager
async def ears(
    patience: Patience = HASTY, listener: Callable[..., Awaitable[None]] | None = None, **settings: Any
) -> AsyncIterator[Ears]:
    """A playground in which a bare Bolt app hears by our own socket."""
    async with visit(**{"ack_limit": 0.3, "time_scale": 0.002, "rate_limits": False, **settings}) as v:
        bolt = v.bolt()
        if listener is None:
            v.listen(bolt, "reaction_added", "reaction_removed")
        else:
            bolt.event("reaction_added")(listener)
        ready: list[Ears] = []

        async def missed() -> None:
            ready[0].gaps.append(time.monotonic())

        socket = Socket(
            bolt, v.playground.app_token, v.slack, missed, acted_at=lambda: ready[0].acted_at, patience=patience
        )
        ready.append(Ears(v, socket, await v.post()))
        await socket.open()
        try:
            yield ready[0]
        finally:
            await socket.close()


async def is_not_heard(e: Ears) -> bool:
    """Whether the socket knows that it is deaf."""
    return not e.socket.is_heard()


KINDS: list[dict[str, Any]] = [
    {"socket": "disconnect", "reason": "warning"},
    {"socket": "disconnect", "reason": "refresh_requested"},
    {"socket": "disconnect", "reason": "too_many_websockets"},
    {"socket": "disconnect", "reason": "link_disabled"},
    {"socket": "close"},
    {"socket": "close", "abort": True},
    {"socket": "half_open"},
    {"socket": "mute"},
]


@pytest.mark.fault("A06")
@pytest.mark.fault("A07")
async def test_it_is_heard_again_whatever_happens_to_its_connection() -> None:
    """Announced, closed, cut, half-open, mute: one new connection, the old one let go, and no task left behind."""
    async with ears() as e:
        assert await e.hears()
        for kind in KINDS:
            await e.visit.do("fault", **kind)
            e.acted_at = time.monotonic()  # that we would have to hear of
            await eventually(e.hears)
            e.acted_at = 0.0
            assert e.socket.is_heard()
            assert e.gaps == []

            await eventually(e.is_alone)


@pytest.mark.fault("A06")
@pytest.mark.fault("A07")
async def test_the_whole_bot_is_back_and_has_lost_nothing() -> None:
    """Each way to lose the connection once, while people vote: the bot is back, and its ledger is what stands there."""
    hasty = Patience(look=0.05, ping=0.1, pong=0.6, echo=0.6, silence=1.5, connect=1, handover=0.1, gap=1)

    assert len(await soak(6, 7, hasty)) == 6


@pytest.mark.fault("A07")
async def test_a_watchdog_survives_its_own_mistakes() -> None:
    """An error while it looks is logged, and it looks again."""
    async with ears() as e:
        wrong = [True]

        def acted_at() -> float:
            if wrong:
                raise LookupError("of the watchdog")
            return 0.0

        e.socket._acted_at = acted_at
        await e.visit.do("fault", socket="close")
        await asyncio.sleep(0.2)
        wrong.clear()
        await eventually(e.hears)


@pytest.mark.fault("A06")
async def test_announced_ends_cost_no_event() -> None:
    """The new connection stands before the old one is let go: of votes during the change none has to come twice."""
    async with ears(Patience(handover=1.0), ack_limit=3.0) as e:
        for reason in ("warning", "refresh_requested"):
            await e.visit.do("fault", socket="disconnect", reason=reason)
            assert [await e.hears(user) for user in ("U0ADA", "U0BJORN") * 10] == [True] * 20


@pytest.mark.fault("A07")
async def test_a_reader_that_dies_is_noticed() -> None:
    """The one task that reads ends: so has the connection."""
    async with ears() as e:
        wire = e.socket._wire
        assert wire is not None
        assert wire._receiver is not None
        wire._receiver.cancel()
        await eventually(lambda: is_not_heard(e))

        await eventually(e.hears)


@pytest.mark.fault("A07")
async def test_however_long_nothing_is_said_a_mute_connection_is_noticed_as_soon() -> None:
    """Without any word it may be mute: it is replaced after each silence, and swept for ever more seldom."""
    patience = Patience(look=0.05, ping=0.05, silence=0.4, longest_silence=60, connect=1, handover=0.05, gap=0.3)
    async with ears(patience) as e:
        heard = []
        while len(e.gaps) < 4:
            heard.append(e.socket.is_heard())
            await asyncio.sleep(0.02)

        assert all(heard)
        pauses = [later - earlier for earlier, later in pairwise(e.gaps)]
        assert all(pause >= least for pause, least in zip(pauses, (0.8, 1.6, 3.2), strict=True))
        await e.visit.do("fault", socket="mute")
        await eventually(e.hears)
        assert len(e.gaps) == 4, "heard again by another connection, long before the next sweep"


@pytest.mark.fault("A05")
async def test_a_process_that_was_stopped_notices_and_asks_what_it_missed() -> None:
    """Longer than a gap without a turn: votes are swept, and the connection, of which nothing was read, is kept."""
    async with ears(Patience(look=0.05, ping=0.05, pong=0.4, connect=1, handover=0.05, gap=0.5)) as e:
        assert await e.hears()
        wire = e.socket._wire
        time.sleep(1.2)  # noqa: ASYNC251  nothing of this process runs meanwhile, as if it were stopped

        async def swept() -> bool:
            return len(e.gaps) == 1

        await eventually(swept)
        assert await e.hears()
        assert e.socket._wire is wire


@pytest.mark.fault("A07")
async def test_it_says_that_it_is_deaf_and_that_it_was() -> None:
    """While there is no connection it is not heard; after a long gap it asks for a sweep, once."""
    async with ears(Patience(look=0.05, ping=0.05, pong=0.3, connect=1, gap=0.5, longest_wait=0.2)) as e:
        await e.visit.do("fault", socket="refuse")
        await e.visit.do("fault", socket="half_open")
        await eventually(lambda: is_not_heard(e))
        await asyncio.sleep(0.5)
        assert not e.socket.is_heard()
        await e.visit.do("fault", clear=True)
        await eventually(e.hears)

        assert e.socket.is_heard()

        async def swept() -> bool:
            return len(e.gaps) == 1

        await eventually(swept)


@pytest.mark.fault("A08")
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"error": "internal_error"},
        {"cut_json": True},
        {"drop": True},
        {"delay": 5},
        {"status": 429, "retry_after": "1"},
    ],
    ids="-".join,
)
async def test_an_address_that_is_not_to_be_had_is_asked_for_again(fault: dict[str, Any]) -> None:
    """Errors, garbage, silence, limits: it goes on asking, waits as it is told to, and leaves nothing behind."""
    async with ears() as e:
        # The client itself asks once more where it may.
        times = 1 if "retry_after" in fault else 3
        await e.visit.do("fault", method="apps.connections.open", times=times, **fault)
        began = time.monotonic()
        await e.visit.do("fault", socket="close")
        await eventually(e.hears, 15)

        if "retry_after" in fault:
            assert time.monotonic() - began >= 1
        await eventually(e.is_alone)


@pytest.mark.fault("A08")
async def test_a_token_that_is_refused_ends_the_start() -> None:
    """At the start the reason is said in one sentence; later it is said in the log, and asked again."""
    async with ears() as e:
        await e.visit.do("fault", method="apps.connections.open", error="invalid_auth")
        with pytest.raises(SocketRefused, match="Slack refuses SLACK_APP_TOKEN \\(invalid_auth\\)"):
            await Socket(AsyncApp(client=e.visit.slack), "xapp-1", e.visit.slack, _nothing).open()
        await e.visit.do("fault", socket="close")
        await eventually(lambda: is_not_heard(e))
        await e.visit.do("fault", clear=True)

        await eventually(e.hears)


@pytest.mark.fault("A09")
async def test_a_flood_is_bounded_and_nothing_of_it_is_lost() -> None:
    """More events than may be under way: the rest is not acknowledged, comes again, and is heard."""
    opened, under_way, most = asyncio.Event(), 0, 0
    heard: set[str] = set()

    async def slow(event: dict[str, Any]) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await opened.wait()
        under_way -= 1
        heard.add(event["user"])

    async with ears(listener=slow, ack_limit=5.0) as e:
        people = [f"U{n:05}" for n in range(MOST_AT_ONCE + 200)]
        event = {"type": "reaction_added", "reaction": "one", "item": {"type": "message", "channel": "C", "ts": "1.1"}}
        told = [
            asyncio.create_task(e.visit.do("emit", event={**event, "event_ts": "1.1", "user": user})) for user in people
        ]

        async def full() -> bool:
            return under_way == MOST_AT_ONCE

        await eventually(full, 30)
        opened.set()
        await asyncio.gather(*told)

        async def all_heard() -> bool:
            return heard == set(people)

        await eventually(all_heard, 30)
        assert most == MOST_AT_ONCE


@pytest.mark.fault("A10")
@pytest.mark.fault("A11")
async def test_what_is_no_envelope_does_no_harm() -> None:
    """Garbage on the wire, or a second hello, is passed over; an envelope that nobody can read is acknowledged."""
    async with ears() as e:
        for text in ("", "no json", "[]", "1" * 100_000, '{"type":"hello"}', "[" * 100_000, '{"envelope_id":7}'):
            await e.visit.do("fault", socket="garble", text=text)
        assert await e.hears()
        assert await e.connections() == 1

        envelopes = Envelopes(e.visit.bolt())
        for kind, payload in (("events_api", {}), ("events_api", None), ("pager", {}), (None, []), ("events_api", 7)):
            envelope: dict[str, Any] = {"envelope_id": "e1", "type": kind, "payload": payload}
            assert await envelopes.answer(envelope) == {"envelope_id": "e1"}


@pytest.mark.fault("A06")
async def test_a_connection_without_a_greeting_is_no_connection() -> None:
    """The WebSocket stands and nobody says hello: it is given up, and the next one is taken."""
    async with ears() as e:
        await e.visit.do("fault", socket="no_hello", times=1)
        await e.visit.do("fault", socket="close")
        await eventually(e.hears)

        assert await e.connections() == 1


@pytest.mark.fault("A06")
async def test_others_that_hear_our_events_are_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    """Slack counts a connection more than there are processes: the log says so, for its events are lost to us."""
    async with visit(rate_limits=False) as v:
        url = (await v.slack.apps_connections_open(app_token=v.playground.app_token))["url"]
        async with v.http.ws_connect(url) as other:
            await other.receive_json()
            socket = Socket(v.bolt(), v.playground.app_token, v.slack, _nothing, patience=HASTY)
            await socket.open()
            await socket.close()

    assert "others hear our events" in capfd.readouterr().out


async def _nothing() -> None:
    """No sweep is wanted here."""
