"""/verdict panel: who reviews, in which order, and who has left."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import panel
from bot.clients import Clients
from bot.editing import BadFields
from bot.refresher import Refresher
from bot.views import actions, panel_forms
from bot.workspace_settings import Editor, require_editor
from commands.catalogue import editor_of
from commands.payloads import Click, SlashCommand, Submission
from db.engine import Database, now


async def serve(ack: AsyncAck, command: SlashCommand, database: Database, clients: Clients) -> None:
    """Open the panel."""
    editor = await editor_of(command.team_id, command.user_id, database, clients)
    await database.run(require_editor, editor)
    await ack()
    seats = await database.run(panel.reviewers, command.team_id)
    await clients.of(command.team_id).open_view(command.trigger_id, panel_forms.panel_dialog(seats))


async def chosen(
    ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients, refresher: Refresher
) -> None:
    """A line of the menu beside a reviewer."""
    await ack()
    click = Click.model_validate(body)
    verb, slug = panel_forms.seat_verb(click.action.answer)
    if click.view is None:
        return
    slack = clients.of(click.team.id)
    editor = await editor_of(click.team.id, click.user.id, database, clients)
    if verb == panel_forms.RENAME:
        seats = await database.run(panel.reviewers, click.team.id)
        await slack.push_view(click.trigger_id, panel_forms.rename_dialog(seats, slug, click.view.id))
        return
    instant = await database.run(now)
    match verb:
        case panel_forms.EARLIER | panel_forms.LATER:
            by = -1 if verb == panel_forms.EARLIER else 1
            await database.run(panel.move, editor, slug, by, instant)
        case panel_forms.LEAVE:
            await database.run(panel.leave, editor, slug, instant)
        case _:
            await database.run(panel.come_back, editor, slug, instant)
    refresher.wake()
    await _show(editor, click.view.id, database, clients)


async def joined(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Add* in the dialog of the panel: the new reviewer stands in it at once."""
    form = Submission.model_validate(body)
    editor = await editor_of(form.team.id, form.user.id, database, clients)
    try:
        await database.run(panel.join, editor, form.field(actions.NEW_LENS_FIELD), await database.run(now))
    except BadFields as problem:
        await ack(response_action="errors", errors=problem.fields)
        return
    seats = await database.run(panel.reviewers, form.team.id)
    await ack(response_action="update", view=dict(panel_forms.panel_dialog(seats)))


async def renamed(
    ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients, refresher: Refresher
) -> None:
    """The dialog of a reviewer's new name; the panel behind it shows it."""
    form = Submission.model_validate(body)
    slug, behind = panel_forms.renamed_seat(form.view.private_metadata)
    editor = await editor_of(form.team.id, form.user.id, database, clients)
    try:
        await database.run(panel.rename, editor, slug, form.field(actions.NEW_LENS_FIELD), await database.run(now))
    except BadFields as problem:
        await ack(response_action="errors", errors=problem.fields)
        return
    await ack()
    refresher.wake()
    await _show(editor, behind, database, clients)


async def _show(editor: Editor, view: str, database: Database, clients: Clients) -> None:
    seats = await database.run(panel.reviewers, editor.workspace)
    await clients.of(editor.workspace).update_view(view, panel_forms.panel_dialog(seats))
