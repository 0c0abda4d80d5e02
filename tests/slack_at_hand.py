"""The playground's workspace without a wire: people act in it, its methods answer, and what it tells lies in a pile.

For proofs that need thousands of worlds: no server, no socket, and time that stands until it is moved.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import yaml

from playground import events, sample
from playground.call_log import CallLog
from playground.clock import Clock
from playground.deliveries import Deliveries, Outcome
from playground.faults import Faults
from playground.grants import Grants
from playground.identity import BOT_USER_ID, Ids, Payload, from_manifest
from playground.server import METHODS
from playground.socket_mode import SocketMode
from playground.web_api import Call
from playground.workspace import Workspace
from playground.world import Message, World
from tests.processes import ROOT

MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))


class StandingClock(Clock):
    """It shows the moment that it was set to, plus what it was moved by."""

    def __init__(self, begin: float) -> None:
        super().__init__()
        self._begin = begin

    def now(self) -> float:
        """Unix seconds as the workspace sees them."""
        return self._begin + self._offset


class Pile:
    """A way to the app that only keeps what should go there, in the order in which it would have come."""

    connected = True

    def __init__(self) -> None:
        self.events: list[Payload] = []

    async def deliver(self, kind: str, payload: Payload, retry: int, reason: str) -> Outcome:
        """Keep it, and say that it was acknowledged: whoever takes it from the pile decides what becomes of it."""
        self.events.append(payload["event"])
        return Outcome(acknowledged=True)


class SlackAtHand:
    """A fresh workspace of the playground, with its sample people and channels."""

    def __init__(self, runner: asyncio.Runner, begin: float) -> None:
        app, self.clock, self.pile = from_manifest(MANIFEST, 0), StandingClock(begin), Pile()
        log, faults = CallLog(self.clock), Faults(self.clock, 0)
        self.world = World(sample.people(app.name), sample.channels(), lambda _: None, lambda _: None)
        self.faults = faults
        self._runner = runner
        self._space = Workspace(
            app=app,
            clock=self.clock,
            ids=Ids(0),
            log=log,
            faults=faults,
            world=self.world,
            deliveries=Deliveries(self.pile, log, faults, seed=0, time_scale=0),
            socket=SocketMode(self.clock, faults, seed=0, ack_limit=1, changed=lambda: None),
            base_url=lambda: "http://playground.invalid",
            triggers={},
            response_urls={},
            grants=Grants(app, self.clock, 0),
            arrived=lambda _: None,
        )

    def posts(self, channel: str, sent: Payload, *seeds: str) -> str:
        """The app posts a message and puts its own emoji under it; the message's ts.

        Whether Slack would take the blocks is not asked here: that takes longer than all the rest, and other tests ask.
        """
        message = Message(self.clock.stamp(), BOT_USER_ID, sent["text"], sent["blocks"], by_app=True)
        self.world.put_message(self.world.channels[channel], message)
        self._told(
            lambda: [self.call("reactions.add", channel=channel, timestamp=message.ts, name=name) for name in seeds]
        )
        return message.ts

    def updates(self, channel: str, ts: str, sent: Payload) -> None:
        """The app redraws a message of its own."""
        message = self.world.channels[channel].messages[ts]
        message.text, message.blocks = sent["text"], sent["blocks"]
        self.world.put_message(self.world.channels[channel], message)

    def reacts(self, channel: str, ts: str, name: str, *, present: bool) -> None:
        """The app puts its own emoji on a message, or takes it off; it is told of that as of anybody's."""
        method = "reactions.add" if present else "reactions.remove"
        self._told(lambda: self.call(method, channel=channel, timestamp=ts, name=name))

    def clicks(self, channel: str, ts: str, user: str, name: str) -> list[Payload]:
        """Somebody puts an emoji on a message, or takes it off; what the app is told at once."""
        room, message = self.world.channels[channel], self.world.channels[channel].messages[ts]
        present = user not in message.reactions.get(name, {})
        self.world.react(room, message, user, name, present=present)
        return self._told(lambda: events.reaction(self._space, room, message, user, name, present=present))

    def changes(self, user: str, **to: Any) -> list[Payload]:
        """Somebody is not any more who they were; what the app is told at once."""
        person = self.world.people[user]
        for name, value in to.items():
            setattr(person, name, value)
        self.world.add_person(person)
        return self._told(lambda: events.person_changed(self._space, user))

    def call(self, method: str, **arguments: Any) -> tuple[Payload, dict[str, str]]:
        """What a Web API method answers, and the answer's headers. Raises the playground's SlackError."""
        return METHODS[method].run(Call(self._space, method, arguments)), {"Date": self.clock.http_date()}

    def _told(self, act: Callable[[], object]) -> list[Payload]:
        before = len(self.pile.events)
        self._runner.run(_settled(act))
        return self.pile.events[before:]


async def _settled(act: Callable[[], object]) -> None:
    act()
    # Deliveries without a pause are made in the next turns of the loop; one that a fault holds back stays held.
    for _ in range(4):
        await asyncio.sleep(0)
