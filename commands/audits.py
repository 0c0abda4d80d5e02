"""/verdict audit: who voted when, for admins."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import audits
from bot.clients import Clients
from bot.questions import Asker, Reply
from bot.views import actions
from bot.views.audit import audit
from commands.payloads import Click
from commands.replies import Background
from db.engine import Database


async def tell(asker: Asker, comparison: int, page: int, database: Database, clients: Clients, reply: Reply) -> None:
    """A page of the audit; Slack is asked each time whether this is an admin."""
    profile = await clients.of(asker.workspace).profile(asker.person)
    shown = await database.run(
        lambda connection: audits.page(
            connection, asker.workspace, comparison, asker.channel, page, is_admin=profile.is_admin
        )
    )
    await reply(audit(shown))


async def turned(
    ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients, background: Background
) -> None:
    """Another page, in the place of the one that was there."""
    await ack()
    click = Click.model_validate(body)
    comparison, page = actions.ids(click.action.answer)
    asker = Asker(click.team.id, click.user.id, click.container.channel_id or "")
    background.start(lambda reply: tell(asker, comparison, page, database, clients, reply), replace=True)
