"""Taking a tool out of the catalogue and bringing it back: by a line, from its dialog, and *Undo*."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import catalogue, questions, retiring
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.questions import Reply
from bot.views import actions, catalogue_forms, notices
from bot.views.kit import Message
from commands import requests
from commands.catalogue import editor_of
from commands.payloads import Click, SlashCommand
from commands.replies import Background, body_of
from db.engine import Database, now


async def serve(
    ack: AsyncAck,
    command: SlashCommand,
    request: requests.Retire | requests.Restore,
    database: Database,
    clients: Clients,
    shelf: Shelf,
) -> None:
    """Do what a line asks for where its name is certain, with *Undo* beside it; ask where it is not."""
    editor = await editor_of(command.team_id, command.user_id, database, clients)
    if isinstance(request, requests.Restore):
        tool, others = await database.run(retiring.retired_named, command.team_id, request.name)
        if tool is None:
            await ack(**body_of(notices.retired_list(request.name, others)))
            return
        back = await database.run(retiring.restore, shelf, editor, tool, await database.run(now))
        await ack(**body_of(notices.restored(back)))
        return
    await shelf.warm(database, command.team_id)
    result, tools = await database.run(catalogue.read_name, shelf, command.team_id, request.name)
    step = questions.one_tool(request.name, result, tools, None)
    if isinstance(step, Message):
        await ack(**body_of(step))
        return
    gone = await database.run(retiring.retire, editor, step, await database.run(now))
    await ack(**body_of(notices.retired(gone)))


async def retire(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Take out of the catalogue* in a tool's dialog."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)
    editor = await editor_of(click.team.id, click.user.id, database, clients)
    gone = await database.run(retiring.retire, editor, tool, await database.run(now))
    if click.view is not None:
        dialog = catalogue_forms.notice_dialog("Taken out", notices.retired(gone))
        await clients.of(click.team.id).update_view(click.view.id, dialog)


async def restore(
    ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients, shelf: Shelf, background: Background
) -> None:
    """*Undo* of that, and *Bring back* in the list of what was taken out."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)

    async def bring(reply: Reply) -> None:
        editor = await editor_of(click.team.id, click.user.id, database, clients)
        back = await database.run(retiring.restore, shelf, editor, tool, await database.run(now))
        if click.view is None:
            await reply(notices.restored(back))
            return
        dialog = catalogue_forms.notice_dialog("Brought back", notices.restored(back))
        await clients.of(click.team.id).update_view(click.view.id, dialog)

    background.start(bring, replace=click.view is None)
