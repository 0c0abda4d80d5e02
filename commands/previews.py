"""*Preview* in the dialogs of a tool and of a take: what it would look like, before anything is saved."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import drafts
from bot.clients import Clients
from bot.editing import BadFields
from bot.views import catalogue_forms
from bot.views.catalogue_forms import About
from bot.views.kit import View
from bot.views.takes import takes
from bot.views.tool_card import tool_card
from commands.catalogue import TOOL_FIELDS, written_take
from commands.payloads import Click
from db.engine import Database, now


async def preview_tool(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """The card of the tool in the dialog, in front of it."""
    await ack()
    click = Click.model_validate(body)
    if click.view is None:
        return
    about = About.of(click.view.private_metadata)
    fields = {field: click.view.field(field) for field in TOOL_FIELDS}
    instant = await database.run(now)
    dialog: View
    try:
        card = await database.run(drafts.tool_of, click.team.id, about.tool, fields, instant)
        dialog = catalogue_forms.preview_dialog(tool_card(card))
    except BadFields as problem:
        dialog = catalogue_forms.unready_dialog(problem.fields)
    await clients.of(click.team.id).push_view(click.trigger_id, dialog)


async def preview_take(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """The take in the dialog as *Read the takes* would show it, in front of it."""
    await ack()
    click = Click.model_validate(body)
    if click.view is None:
        return
    about = About.of(click.view.private_metadata)
    written = written_take(click.view.field)
    dialog: View
    try:
        tool = await database.run(
            drafts.take_of, click.team.id, about.tool or 0, written, click.user.id, await database.run(now)
        )
        dialog = takes([tool])
    except BadFields as problem:
        dialog = catalogue_forms.unready_dialog(problem.fields)
    await clients.of(click.team.id).push_view(click.trigger_id, dialog)
