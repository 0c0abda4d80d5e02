"""A press of a vote button: counted like a reaction, told to nobody but the voter."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import buttons, comparisons
from bot.publisher import Publisher
from bot.questions import Reply
from bot.refresher import Refresher
from bot.views import actions, notices
from commands.compare import asker_of
from commands.payloads import Click, microseconds
from commands.replies import Background
from db.engine import Database


async def voted(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    refresher: Refresher,
    publisher: Publisher,
    background: Background,
) -> None:
    """Keep a vote by button; Slack has its acknowledgement only after the commit."""
    click = Click.model_validate(body)
    comparison, *tool = actions.ids(click.action.answer)
    asker = asker_of(click)
    try:
        counted = await database.run_together(
            buttons.vote,
            buttons.Click(
                workspace=asker.workspace,
                channel=asker.channel,
                message_ts=click.container.message_ts,
                person=asker.person,
                comparison_id=comparison,
                tool_id=tool[0] if tool else None,
                at_us=microseconds(click.action.action_ts),
            ),
        )
    except buttons.OutOfDate as problem:
        refused = notices.refused(problem.sentence)
        counted = None
    await ack()
    refresher.wake()

    async def tell(reply: Reply) -> None:
        await publisher.redraw_answer(asker, comparison)
        if counted is None:
            await reply(refused)
            return
        card = await database.run(comparisons.scorecard, asker.workspace, comparison)
        await reply(notices.button_vote(buttons.ticked(counted, card), card))

    background.start(tell)
