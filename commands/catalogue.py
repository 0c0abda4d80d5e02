"""/verdict add, edit, take and settings: the dialogs that change the catalogue, and who may."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import catalogue, editing, questions, recounts, tool_cards, workspace_settings
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.editing import BadFields, Resembles
from bot.questions import Asker, Reply
from bot.refresher import Refresher
from bot.views import actions, catalogue_forms, kit, settings_form
from bot.views.actions import Ask
from bot.views.catalogue_forms import About
from bot.views.kit import Message
from bot.views.tool_card import tool_card
from bot.workspace_settings import Editor
from commands import requests
from commands.payloads import Click, SlashCommand, Submission, Suggestion
from commands.replies import Background, body_of, in_channel
from db.engine import Database, now

AT_ONCE = 20  # comparisons that are counted anew before the clock takes over
TOOL_FIELDS = (
    actions.RESEMBLES_FIELD,
    actions.NAME_FIELD,
    actions.ALIASES_FIELD,
    actions.VENDOR_FIELD,
    actions.CATEGORY_FIELD,
    actions.TAGLINE_FIELD,
    actions.DESCRIPTION_FIELD,
    actions.BEST_FOR_FIELD,
    actions.URL_FIELD,
    actions.ENTRY_FIELD,
    actions.PRICE_FIELD,
    actions.PRICE_SOURCE_FIELD,
    actions.PRICE_AS_OF_FIELD,
)


async def serve(
    ack: AsyncAck,
    command: SlashCommand,
    request: requests.Add | requests.Edit | requests.TakeVerb | requests.Settings,
    database: Database,
    clients: Clients,
    shelf: Shelf,
) -> None:
    """Open the dialog that a line asks for; a name that is not certain is asked about."""
    workspace, person, channel = command.team_id, command.user_id, command.channel_id
    if isinstance(request, requests.Settings):
        await ack()
        await _open_settings(workspace, person, command.trigger_id, database, clients)
        return
    await _may_edit(workspace, person, database, clients)
    if isinstance(request, requests.Add):
        await ack()
        dialog = catalogue_forms.tool_dialog(About(None, channel), name=request.name)
        await clients.of(workspace).open_view(command.trigger_id, dialog)
        return
    await shelf.warm(database, workspace)
    result, tools = await database.run(catalogue.read_name, shelf, workspace, request.name)
    step = questions.one_tool(request.name, result, tools, None)
    if isinstance(step, Message):
        await ack(**body_of(step))
        return
    await ack()
    opens = _open_tool if isinstance(request, requests.Edit) else _open_take
    await opens(workspace, command.trigger_id, About(step, channel), database, clients)


async def add(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Add it*: the dialog for a tool that nobody knew, with the name as typed."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    await _may_edit(click.team.id, click.user.id, database, clients)
    about = About(None, click.container.channel_id)
    dialog = catalogue_forms.tool_dialog(about, name=ask.names[0] if ask.names else "")
    await clients.of(click.team.id).open_view(click.trigger_id, dialog)


async def edit(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Edit* on a tool's private card."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)
    await _may_edit(click.team.id, click.user.id, database, clients)
    about = About(tool, click.container.channel_id)
    await _open_tool(click.team.id, click.trigger_id, about, database, clients)


async def take(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Write a take* on a tool's private card."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)
    await _may_edit(click.team.id, click.user.id, database, clients)
    about = About(tool, click.container.channel_id)
    await _open_take(click.team.id, click.trigger_id, about, database, clients)


async def categories(ack: AsyncAck, body: dict[str, Any], database: Database) -> None:
    """Categories that fit what somebody has typed so far, and a new one of those words."""
    asked = Suggestion.model_validate(body)
    known, new = await database.run(editing.categories, asked.team.id, asked.value)
    options = [dict(catalogue_forms.category_option(category)) for category in known]
    if new is not None:
        options.append(dict(catalogue_forms.category_option(new, is_new=True)))
    await ack(options=options)


async def tool_written(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    shelf: Shelf,
    refresher: Refresher,
    background: Background,
) -> None:
    """The dialog of a tool's facts: errors at their fields; a question where the name may be another tool's."""
    form = Submission.model_validate(body)
    about = About.of(form.view.private_metadata)
    fields = {field: form.field(field) for field in TOOL_FIELDS}
    editor = await _editor(form, database, clients)
    instant = await database.run(now)
    await shelf.warm(database, form.team.id)
    try:
        tool, said = await _write_tool(about, fields, editor, instant, database, shelf)
    except BadFields as problem:
        await ack(response_action="errors", errors=problem.fields)
        return
    except Resembles as problem:
        view = catalogue_forms.resembling_dialog(about, problem.tool, problem.name, is_certain=problem.is_certain)
        await ack(response_action="update", view=dict(view))
        return
    await ack()
    refresher.wake()
    _confirm(form, about, tool, said, database, clients, background)


async def _write_tool(
    about: About, fields: Mapping[str, str], editor: Editor, instant: int, database: Database, shelf: Shelf
) -> tuple[int, str]:
    """The tool that was written, and what to say of it."""
    if about.tool is not None:
        moved = await database.run(editing.edit_tool, shelf, editor, about.tool, fields, instant, about.seen)
        return about.tool, "Saved." if moved else "Nothing was different."
    answer = fields[actions.RESEMBLES_FIELD]
    if answer and answer != editing.OWN:
        (tool,) = actions.ids(answer)
        await database.run(editing.add_alias, shelf, editor, tool, fields[actions.NAME_FIELD], instant)
        return tool, "It is another name of this tool now."
    return await database.run(editing.add_tool, shelf, editor, fields, instant), "Added to the catalogue."


async def take_written(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    refresher: Refresher,
    background: Background,
) -> None:
    """The dialog of a take: errors at their fields, else it is the reviewer's current one."""
    form = Submission.model_validate(body)
    about = About.of(form.view.private_metadata)
    if about.tool is None:
        raise actions.UnreadableValue(form.view.private_metadata[:80])
    written = written_take(form.field)
    editor = await _editor(form, database, clients)
    try:
        moved = await database.run(editing.write_take, editor, about.tool, written, await database.run(now))
    except BadFields as problem:
        await ack(response_action="errors", errors=problem.fields)
        return
    await ack()
    refresher.wake()
    said = "Your take is saved." if moved else "That take was there already, word for word."
    _confirm(form, about, about.tool, said, database, clients, background)


def written_take(field: Callable[[str], str]) -> editing.WrittenTake:
    """The take that stands in the fields of its dialog."""
    return editing.WrittenTake(
        reviewer=field(actions.LENS_FIELD),
        new_reviewer=field(actions.NEW_LENS_FIELD),
        verdict=field(actions.VERDICT_FIELD),
        headline=field(actions.HEADLINE_FIELD),
        text=field(actions.TAKE_FIELD),
        caveat=field(actions.CAVEAT_FIELD),
        basis=field(actions.BASIS_FIELD),
    )


async def settings_written(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    refresher: Refresher,
    background: Background,
) -> None:
    """The settings dialog: for admins, asked of Slack once more."""
    form = Submission.model_validate(body)
    profile = await clients.of(form.team.id).profile(form.user.id)
    editor = Editor(form.team.id, form.user.id, profile.is_admin)
    wanted = form.field(actions.EDITORS_FIELD)
    guests, externals = form.field(actions.GUESTS_FIELD), form.field(actions.EXTERNALS_FIELD)
    instant = await database.run(now)
    await database.run(workspace_settings.set_editors, editor, wanted, instant)
    await database.run(workspace_settings.set_who_counts, editor, guests, externals, instant)
    await ack()

    async def count_anew(_: Reply) -> None:
        # The first of them at once; the clock of any replica goes on with the rest.
        for workspace, comparison in await database.run(recounts.due, [editor.workspace], instant, AT_ONCE):
            await database.run(recounts.comparison, workspace, comparison, instant)
        refresher.wake()

    background.start(count_anew)


async def settings(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Settings* in our first words."""
    await ack()
    click = Click.model_validate(body)
    await _open_settings(click.team.id, click.user.id, click.trigger_id, database, clients)


async def _open_settings(workspace: str, person: str, trigger: str, database: Database, clients: Clients) -> None:
    profile = await clients.of(workspace).profile(person)
    workspace_settings.require_admin(profile.is_admin)
    editors = await database.run(workspace_settings.editors, workspace)
    who = await database.run(workspace_settings.who_counts, workspace)
    changes = await database.run(workspace_settings.changes, workspace)
    await clients.of(workspace).open_view(trigger, settings_form.settings_dialog(editors, who, changes))


async def _open_tool(workspace: str, trigger: str, about: About, database: Database, clients: Clients) -> None:
    tool = await database.run(catalogue.find, workspace, about.tool or 0)
    about = replace(about, seen=editing.fingerprint(tool))
    await clients.of(workspace).open_view(trigger, catalogue_forms.tool_dialog(about, tool))


async def _open_take(workspace: str, trigger: str, about: About, database: Database, clients: Clients) -> None:
    tool = await database.run(catalogue.find, workspace, about.tool or 0)
    lenses = await database.run(editing.lenses, workspace)
    await clients.of(workspace).open_view(trigger, catalogue_forms.take_dialog(about, tool, lenses))


async def _may_edit(workspace: str, person: str, database: Database, clients: Clients) -> None:
    """Raises UserError before somebody fills a dialog that would be refused."""
    editor = await editor_of(workspace, person, database, clients)
    await database.run(workspace_settings.require_editor, editor)


async def _editor(form: Submission, database: Database, clients: Clients) -> Editor:
    return await editor_of(form.team.id, form.user.id, database, clients)


async def editor_of(workspace: str, person: str, database: Database, clients: Clients) -> Editor:
    """Who this is; Slack is asked whether they are an admin where that matters."""
    if await database.run(workspace_settings.editors, workspace) == "everyone":
        return Editor(workspace, person, is_admin=False)
    profile = await clients.of(workspace).profile(person)
    return Editor(workspace, person, profile.is_admin)


def _confirm(
    form: Submission,
    about: About,
    tool: int,
    said: str,
    database: Database,
    clients: Clients,
    background: Background,
) -> None:
    """Tell whoever wrote it, with the tool's card as it is now."""
    workspace = form.team.id

    async def show(reply: Reply) -> None:
        card = tool_card(await database.run(tool_cards.show, workspace, tool))
        await reply(kit.message(f"{said} {card.text}", [kit.section(f"*{said}*"), *card.blocks]))

    slack = clients.of(workspace)
    if about.channel is None:
        background.start(show)
        return
    background.start(show, reply=in_channel(slack, Asker(workspace, form.user.id, about.channel)))
