"""A press of a vote button: counted like a reaction, told to nobody but the voter."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import buttons, metrics
from bot.last_word import say_until_so
from bot.publisher import Publisher
from bot.questions import Reply
from bot.refresher import Refresher
from bot.views import actions, notices
from bot.views.kit import Message
from bot.watch import Watch
from commands.compare import asker_of
from commands.payloads import Click, microseconds
from commands.replies import Background
from db.engine import Database

MOST_NOTES = 3  # of the five answers to a press; two more redraw a card that is an answer itself


async def voted(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    refresher: Refresher,
    publisher: Publisher,
    background: Background,
    watch: Watch,
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
    metrics.VOTES.labels("button").inc()
    refresher.wake()
    watch.voted(asker.workspace, comparison, asker.person)

    async def note() -> Message:
        if counted is None:
            return refused
        now = await database.run(buttons.counted_now, asker.workspace, comparison, asker.person, counted)
        return notices.button_vote(*now)

    async def tell(reply: Reply) -> None:
        if counted is not None and counted.is_stranger:
            await publisher.meet_presser(asker, comparison, is_anonymous=counted.is_anonymous)
        await publisher.redraw_answer(asker, comparison)
        await say_until_so(note, reply, MOST_NOTES)

    background.start(tell)
