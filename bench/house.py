"""Our listeners and services around a Bolt app, and a bare Bolt app that only acknowledges: the two sides of most rows.

Without what listens or ticks, so that a row drives it itself.
"""

from dataclasses import dataclass
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

import commands
from bench.furniture import BOT, WORKSPACE
from bot.app import deaf_bolt
from bot.budget import Budget
from bot.clients import Clients
from bot.services import Services
from bot.slack import Slack
from db.engine import Database

TOKEN = "xoxb-bench"


class Unlimited(Slack):
    """Our client without Slack's limits a minute: a benchmark makes more calls than Slack would take."""

    def budget(self, _method: str) -> Budget:
        """Room for any number of calls."""
        return Budget(None)


@dataclass(frozen=True, slots=True)
class House:
    """A Bolt app with what is behind it."""

    bolt: AsyncApp
    services: Services

    async def hear(self, body: dict[str, Any]) -> None:
        """Hand over what Slack sent, as Socket Mode does; return with the acknowledgement."""
        await dispatched(self.bolt, body)


def house(database: Database, slack: Slack) -> House:
    """Our Bolt app with every listener."""
    clients = Clients()
    clients.add(WORKSPACE, slack)
    services, bolt = Services.on(database, clients), empty_bolt()
    commands.register(bolt, services)
    return House(bolt, services)


def bare() -> AsyncApp:
    """A Bolt app that acknowledges a vote and a command, and does nothing else."""
    bolt = empty_bolt()

    async def nothing() -> None:
        return

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    bolt.event("reaction_added")(nothing)
    bolt.event("reaction_removed")(nothing)
    bolt.command("/compare")(acknowledge)
    return bolt


def empty_bolt() -> AsyncApp:
    """Bolt with the same settings on both sides, those of the application, for one workspace."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=TOKEN, bot_user_id=BOT, bot_id="B0BOT"
        )

    return deaf_bolt(authorize, AsyncWebClient(), serves_http=False)


async def dispatched(bolt: AsyncApp, body: dict[str, Any]) -> None:
    """One request through Bolt in Socket Mode, which must acknowledge it."""
    answer = await bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert answer.status == 200, answer.body
