"""A vote with a reason: its dialog, opened from a card."""

from collections.abc import Iterable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import buttons, comparisons, reasons
from bot.clients import Clients
from bot.last_word import say_until_so
from bot.publisher import Publisher
from bot.questions import Asker, Reply
from bot.refresher import Refresher
from bot.views import actions, notices
from bot.views.kit import Message
from bot.views.reasons import NONE, About, reason_dialog, saved
from commands.payloads import Click, Submission, microseconds
from commands.replies import Background, in_channel
from db.engine import Database

MOST_NOTES = 3


async def asked(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Vote with a reason*: the dialog, filled with what this person has said before."""
    await ack()
    click = Click.model_validate(body)
    (comparison,) = actions.ids(click.action.answer)
    where = click.container
    about = About(comparison, where.channel_id or "", where.message_ts, click.action.action_ts)
    own = await database.run(reasons.own, click.team.id, comparison, about.channel, click.user.id)
    await clients.of(click.team.id).open_view(click.trigger_id, reason_dialog(own, about))


async def given(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    refresher: Refresher,
    publisher: Publisher,
    background: Background,
) -> None:
    """The dialog is sent: its reason is kept and, where people vote by buttons, its choice counted."""
    form = Submission.model_validate(body)
    about = About.of(form.view.private_metadata)
    ticked = form.ticked(actions.SHIP_FIELD)
    if NONE in ticked and len(ticked) > 1:
        await ack(
            response_action="errors",
            errors={actions.SHIP_FIELD: "“None of these” stands alone. Tick tools, or only “None of these”."},
        )
        return
    saying = reasons.Saying(
        workspace=form.team.id,
        channel=about.channel,
        message_ts=about.message_ts,
        person=form.user.id,
        comparison_id=about.comparison,
        ticked=_tools(tool for tool in ticked if tool != NONE),
        none=NONE in ticked,
        used=_tools(form.ticked(actions.USED_FIELD)),
        text=form.field(actions.REASON_FIELD),
        opened_us=microseconds(about.opened),
    )
    try:
        said = await database.run(reasons.say, saying)
    except buttons.OutOfDate as problem:
        await ack(response_action="errors", errors={actions.REASON_FIELD: problem.sentence})
        return
    await ack()
    refresher.wake()
    asker = Asker(form.team.id, form.user.id, about.channel)

    async def note() -> Message:
        card = await database.run(comparisons.scorecard, asker.workspace, about.comparison)
        kept = saved(card, is_withdrawn=said.is_withdrawn, has_vote=said.has_vote)
        if said.counted is None:
            return kept
        now = await database.run(buttons.counted_now, asker.workspace, about.comparison, asker.person, said.counted)
        return notices.button_vote(*now, more="" if said.is_withdrawn else kept.text)

    async def tell(reply: Reply) -> None:
        if said.counted is not None and said.counted.is_stranger:
            await publisher.meet_presser(asker, about.comparison, is_anonymous=said.counted.is_anonymous)
        await say_until_so(note, reply, MOST_NOTES)

    background.start(tell, reply=in_channel(clients.of(asker.workspace), asker))


def _tools(values: Iterable[str]) -> list[int]:
    return [tool for value in values for tool in actions.ids(value)]
