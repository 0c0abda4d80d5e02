"""An emoji is the shortest command, and the busiest event: it is heard ahead of all that Bolt looks through."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import ballots, metrics
from bot.services import Services
from commands.payloads import ReactionEvent

EVENTS = ("reaction_added", "reaction_removed")
_VOTES = metrics.VOTES.labels("emoji")


class Reactions(AsyncMiddleware):
    """Hears every reaction, and passes everything else on.

    A middleware, because for each listener that Bolt asks or runs it gathers some forty arguments by their names: two
    of those cost more than all that is done here until the database has the reaction.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  Bolt's signature
    ) -> BoltResponse | None:
        """Answer a reaction once it is kept; pass on whatever else this is."""
        event = req.body.get("event")
        if req.body.get("type") != "event_callback" or not isinstance(event, dict) or event.get("type") not in EVENTS:
            return await next()
        await self.reacted(event, req.context)
        return BoltResponse(status=200)

    async def reacted(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Keep a reaction that was added or removed; Slack has its acknowledgement only after the commit."""
        services, heard = self._services, ReactionEvent.model_validate(event)
        workspace, bot_user = str(context.team_id), str(context.bot_user_id)
        recorded = await services.database.run_gathered(
            ballots.record_all,
            ballots.Reaction(
                workspace=workspace,
                channel=heard.item.channel,
                message_ts=heard.item.ts,
                person=heard.user,
                emoji=heard.reaction,
                present=heard.type == "reaction_added",
                at_us=heard.at_us,
                message_is_ours=heard.item_user == bot_user,
                bot_user=bot_user,
            ),
        )
        if recorded is None:
            return
        _VOTES.inc()
        services.watch.voted(workspace, recorded.comparison_id, heard.user)
        if recorded.counted:
            services.refresher.wake()
        services.publisher.meet(workspace, heard.item.channel, heard.user, recorded)
