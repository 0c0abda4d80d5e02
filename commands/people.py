"""Who people are, as Slack tells it without being asked."""

from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot import strangers
from bot.clients import Clients
from bot.refresher import Refresher
from commands.payloads import UserChange
from db.engine import Database


async def changed(
    event: dict[str, Any], context: AsyncBoltContext, database: Database, clients: Clients, refresher: Refresher
) -> None:
    """Somebody was deactivated, or is a guest no more: their open ballots follow."""
    heard = UserChange.model_validate(event)
    workspace = str(context.team_id)
    profile = clients.of(workspace).described(heard.user.model_dump())
    if await strangers.changed(database, workspace, profile):
        refresher.wake()
