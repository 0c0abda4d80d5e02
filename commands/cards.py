"""What is pressed on a scorecard, on a tool's card, and in the dialog of takes."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import cards, comparisons, reasons
from bot.clients import Clients
from bot.errors import UserError
from bot.model import Scorecard
from bot.publisher import Publisher
from bot.questions import Reply
from bot.refresher import Refresher
from bot.views import actions, forms, notices
from bot.views.forms import Place
from bot.views.takes import takes
from commands.compare import asker_of
from commands.payloads import Click, Submission
from commands.replies import Background
from db.engine import Database, now


async def read_takes(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Read the takes*: every long take, in a dialog."""
    await ack()
    click = Click.model_validate(body)
    (comparison,) = actions.ids(click.action.answer)
    shown = await _pressed_card(click, comparison, database)
    said = await database.run(reasons.told, shown, click.container.channel_id or "")
    dialog = takes(shown.tools, 0, said, shown.comparison.id)
    await clients.of(click.team.id).open_view(click.trigger_id, dialog)


async def read_takes_of_tool(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Read the takes* on one tool's card."""
    await ack()
    click = Click.model_validate(body)
    tools = await database.run(comparisons.tools_shown, click.team.id, actions.ids(click.action.answer))
    await clients.of(click.team.id).open_view(click.trigger_id, takes(tools))


async def turn_takes(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """Another page of the same dialog."""
    await ack()
    click = Click.model_validate(body)
    page, *ids = actions.ids(click.action.answer)
    tools = await database.run(comparisons.tools_shown, click.team.id, ids)
    if click.view is None:
        return
    dialog = takes(tools, page)
    if of := actions.ids(click.view.private_metadata):
        # It was opened from a card, so what is said there was shown to this person a moment ago.
        card = await database.run(comparisons.scorecard, click.team.id, of[0])
        said = await database.run(reasons.told, card, card.comparison.scope)
        dialog = takes(tools, page, said, of[0])
    await clients.of(click.team.id).update_view(click.view.id, dialog)


async def more(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    publisher: Publisher,
    refresher: Refresher,
    background: Background,
) -> None:
    """The *More* menu: close, reopen, swap a tool, copy the link."""
    await ack()
    click = Click.model_validate(body)
    verb, (comparison,) = actions.verb_and_ids(click.action.answer)
    workspace, person = click.team.id, click.user.id
    if verb == actions.SWAP:
        card = await database.run(comparisons.swappable, workspace, comparison, person)
        place = Place(click.container.channel_id, click.container.thread_ts)
        await clients.of(workspace).open_view(click.trigger_id, forms.swap_dialog(card, place))
        return

    async def act(reply: Reply) -> None:
        if verb == actions.LINK:
            card = await _pressed_card(click, comparison, database)
            if card.permalink is None:
                raise UserError(
                    "Slack gave me no link to this card. Use “Copy link” in Slack's own menu of the message."
                )
            await reply(notices.link_to(card.tools, card.permalink))
        elif verb == actions.WITHDRAW:
            await database.run(reasons.withdraw, workspace, comparison, click.container.channel_id or "", person)
            refresher.wake()
            await reply(notices.told("Your reason is withdrawn. Your vote stays as it is."))
        elif verb == actions.CLOSE:
            await publisher.close(workspace, comparison, person)
            await publisher.redraw_answer(asker_of(click), comparison)
        elif verb == actions.REOPEN:
            await database.run(comparisons.reopen, workspace, comparison, person, await database.run(now))
            refresher.wake()
            await publisher.redraw_answer(asker_of(click), comparison)

    background.start(act)


async def swapped(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    refresher: Refresher,
) -> None:
    """The swap dialog: one tool for another, while nobody but the starter has voted."""
    form = Submission.model_validate(body)
    comparison = forms.swapped_comparison(form.view.private_metadata)
    (out,) = actions.ids(form.field(actions.SWAP_OUT_FIELD))
    (into,) = actions.ids(form.field(actions.SWAP_IN_FIELD))
    card = await database.run(comparisons.swappable, form.team.id, comparison, form.user.id)
    if into in [tool.id for tool in card.comparison.tools]:
        errors = {actions.SWAP_IN_FIELD: "This tool is on the card already. Choose another one."}
        await ack(response_action="errors", errors=errors)
        return
    try:
        await database.run(comparisons.swap, form.team.id, comparison, form.user.id, out, into)
    except UserError as problem:
        await ack(response_action="errors", errors={actions.SWAP_IN_FIELD: problem.sentence})
        return
    await ack()
    refresher.wake()


async def show_again(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*Show it here again* for an open comparison, *Post the result* for a closed one: a new card of the same."""
    await ack()
    click = Click.model_validate(body)
    (comparison,) = actions.ids(click.action.answer)
    asker = asker_of(click)
    background.start(lambda reply: publisher.show_again(asker, comparison, reply), replace=True)


async def post_again(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*Post it again* for a card that a crash or a lost answer left in doubt."""
    await ack()
    click = Click.model_validate(body)
    (card,) = actions.ids(click.action.answer)
    asker = asker_of(click)
    background.start(lambda reply: publisher.post_again(asker, card, reply), replace=True)


async def only_acknowledge(ack: AsyncAck) -> None:
    """A button that opens a page by itself still tells us."""
    await ack()


async def _pressed_card(click: Click, comparison: int, database: Database) -> Scorecard:
    """The card as it was pressed, so that its tools come in its own order; else the newest of the comparison."""
    where = click.container
    if where.channel_id and where.message_ts:
        shown = await database.run(cards.at_message, click.team.id, where.channel_id, where.message_ts)
        if shown is not None:
            return shown
    card = await database.run(comparisons.scorecard, click.team.id, comparison)
    # The id may be forged: what belongs to a private channel is shown there alone.
    if card.comparison.scope not in {"", where.channel_id}:
        raise UserError("That comparison is gone. Ask the question again.")
    return card
