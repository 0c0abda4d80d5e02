"""The Home tab, and the first words in a new channel."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot import dashboards, first_words
from bot.clients import Clients
from bot.views import notices
from bot.views.home import home
from commands.payloads import Click, HomeOpened, MemberJoined
from commands.replies import Background
from db.engine import Database, now


async def opened(
    event: dict[str, Any], context: AsyncBoltContext, database: Database, clients: Clients, background: Background
) -> None:
    """Show this person their Home: the guide the first time, their dashboard from then on."""
    seen = HomeOpened.model_validate(event)
    workspace = str(context.team_id)
    slack = clients.of(workspace)

    async def show(_: Any) -> None:
        if seen.tab == "home":
            channels = await slack.channels_of(seen.user)
            instant = await database.run(now)
            shown, first_visit = await database.run(dashboards.build, workspace, seen.user, channels, instant)
            await slack.publish_home(seen.user, home(shown, first_visit=first_visit))
        await first_words.say(database, clients, workspace, seen.user)

    background.start(show)


async def help_pressed(ack: AsyncAck, body: dict[str, Any], background: Background) -> None:
    """*What can I type?*"""
    await ack()
    Click.model_validate(body)
    background.start(lambda reply: reply(notices.help_message()))


async def joined(event: dict[str, Any], context: AsyncBoltContext, clients: Clients, background: Background) -> None:
    """Added to a channel: a private word to whoever invited us, never a post."""
    member = MemberJoined.model_validate(event)
    inviter = member.inviter
    if member.user != context.bot_user_id or inviter is None:
        return
    slack = clients.of(str(context.team_id))

    async def greet(_: Any) -> None:
        await slack.whisper(member.channel, inviter, notices.help_message())

    background.start(greet)
