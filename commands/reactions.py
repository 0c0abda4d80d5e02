"""An emoji is the shortest command."""

from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot import ballots, metrics
from bot.publisher import Publisher
from bot.refresher import Refresher
from bot.watch import Watch
from commands.payloads import ReactionEvent
from db.engine import Database


async def reacted(
    event: dict[str, Any],
    context: AsyncBoltContext,
    database: Database,
    refresher: Refresher,
    publisher: Publisher,
    watch: Watch,
) -> None:
    """Keep a reaction that was added or removed; Slack has its acknowledgement only after the commit."""
    heard = ReactionEvent.model_validate(event)
    workspace = str(context.team_id)
    recorded = await database.run_gathered(
        ballots.record_all,
        ballots.Reaction(
            workspace=workspace,
            channel=heard.item.channel,
            message_ts=heard.item.ts,
            person=heard.user,
            emoji=heard.reaction,
            present=heard.type == "reaction_added",
            at_us=heard.at_us,
            message_is_ours=heard.item_user is not None and heard.item_user == context.bot_user_id,
            bot_user=str(context.bot_user_id),
        ),
    )
    if recorded is None:
        return
    metrics.VOTES.labels("emoji").inc()
    watch.voted(workspace, recorded.comparison_id, heard.user)
    if recorded.counted:
        refresher.wake()
    publisher.meet(workspace, heard.item.channel, heard.user, recorded)
