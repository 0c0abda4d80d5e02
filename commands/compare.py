"""/compare, the shortcuts, the dialog and what follows: the ways to ask which tool to ship with."""

from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import catalogue
from bot.clients import Clients
from bot.publisher import Publisher
from bot.questions import Asker, Reply
from bot.views import actions, forms, notices
from bot.views.actions import Ask
from bot.views.forms import Place
from commands import grammar
from commands.payloads import GROUP_DIRECT, Click, Shortcut, SlashCommand, Submission, Suggestion
from commands.replies import Background, body_of, in_channel
from commands.requests import BadRequest, CompareRequest
from db.engine import Database


async def compare(
    ack: AsyncAck, body: dict[str, Any], clients: Clients, publisher: Publisher, background: Background
) -> None:
    """`/compare …`: the card, the dialog, or help."""
    command = SlashCommand.model_validate(body)
    await serve_compare(ack, command, grammar.parse_compare(command.text), clients, publisher, background)


async def serve_compare(
    ack: AsyncAck,
    command: SlashCommand,
    request: CompareRequest,
    clients: Clients,
    publisher: Publisher,
    background: Background,
) -> None:
    """The same for `/verdict compare`, where another app owns /compare."""
    if request.help:
        await ack(**body_of(notices.help_message("compare")))
        return
    await ack()
    if request.is_empty:
        ask = Ask(use_case=request.use_case, until=typed_until(request), voting=request.voting)
        place = Place(command.channel_id, None, command.response_url, command.is_group_direct)
        dialog = forms.compare_dialog(place, ask=ask)
        await clients.of(command.team_id).open_view(command.trigger_id, dialog)
        return
    asker, typed = asker_of_line(command), command.typed
    background.start(lambda reply: publisher.asked(asker, lines_of(request, typed), reply, request.until), typed=typed)


async def compare_shortcut(ack: AsyncAck, body: dict[str, Any], clients: Clients) -> None:
    """The global shortcut: the dialog asks for the channel, too."""
    await ack()
    shortcut = Shortcut.model_validate(body)
    await clients.of(shortcut.team.id).open_view(shortcut.trigger_id, forms.compare_dialog(Place()))


async def compare_message(
    ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients, shelf: catalogue.Shelf
) -> None:
    """The shortcut on a message: the dialog with the tools that the message names."""
    await ack()
    shortcut = Shortcut.model_validate(body)
    said = shortcut.message.text if shortcut.message else ""
    named = await database.run(catalogue.named_in, shelf, shortcut.team.id, said)
    thread_ts = shortcut.message.thread_ts if shortcut.message else None
    channel = shortcut.channel
    is_group_direct = channel is not None and channel.name.startswith(GROUP_DIRECT)
    place = Place(channel.id if channel else None, thread_ts, shortcut.response_url, is_group_direct)
    await clients.of(shortcut.team.id).open_view(shortcut.trigger_id, forms.compare_dialog(place, named))


async def compare_button(ack: AsyncAck, body: dict[str, Any], clients: Clients) -> None:
    """*Compare* in help goes where it was pressed; on the Home tab and in a message the dialog asks for the channel."""
    await ack()
    click = Click.model_validate(body)
    place = place_of(click) if click.container.is_ephemeral else Place()
    await clients.of(click.team.id).open_view(click.trigger_id, forms.compare_dialog(place))


async def typeahead(ack: AsyncAck, body: dict[str, Any], database: Database, shelf: catalogue.Shelf) -> None:
    """Tools that fit what somebody has typed so far."""
    asked = Suggestion.model_validate(body)
    await shelf.warm(database, asked.team.id)
    found = await database.run(catalogue.suggest, shelf, asked.team.id, asked.value)
    await ack(options=[dict(forms.tool_option(tool)) for tool in found])


async def submitted(
    ack: AsyncAck, body: dict[str, Any], publisher: Publisher, clients: Clients, background: Background
) -> None:
    """The compare dialog: errors at their fields, else the card."""
    form = Submission.model_validate(body)
    picked = [(name, form.field(name)) for name in actions.TOOL_FIELDS]
    tools = [(name, actions.ids(value)[0]) for name, value in picked if value]
    errors: dict[str, str] = {}
    for i, (name, tool) in enumerate(tools):
        if tool in [other for _, other in tools[:i]]:
            errors[name] = "You chose this tool already. Choose another one."
    until = form.field(actions.UNTIL_FIELD)
    try:
        deadline = grammar.parse_until(until)
    except BadRequest as problem:
        errors[actions.UNTIL_FIELD] = problem.sentence
    if errors:
        await ack(response_action="errors", errors=errors)
        return
    await ack()
    place = Place.of(form.view.private_metadata)
    channel = place.channel or form.field(actions.CHANNEL_FIELD)
    asker = Asker(form.team.id, form.user.id, channel, place.thread_ts, place.response_url, place.is_group_direct)
    ask = Ask(
        typed="",
        names=tuple("" for _ in tools),
        tools=tuple(tool for _, tool in tools),
        use_case=form.field(actions.USE_CASE_FIELD),
        until=until,
        voting=actions.voting(form.field(actions.VOTING_FIELD)),
        channel=channel,
    )
    reply = in_channel(clients.of(form.team.id), asker)
    background.start(lambda told: publisher.compare(asker, ask, told, deadline), reply=reply)


async def answered(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*Post*, a tool picked from several, *Try again*: go on with the question where it stood."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    asker = asker_of(click, ask)
    deadline = grammar.parse_until(ask.until)
    background.start(lambda reply: publisher.compare(asker, ask, reply, deadline), typed=ask.typed, replace=True)


async def joined(
    ack: AsyncAck, body: dict[str, Any], clients: Clients, publisher: Publisher, background: Background
) -> None:
    """*Add me and post*: join this public channel, because somebody in it asked, and post."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    asker, deadline = asker_of(click, ask), grammar.parse_until(ask.until)

    async def join_and_post(reply: Reply) -> None:
        await clients.of(asker.workspace).join(asker.channel)
        await publisher.compare(asker, ask, reply, deadline)

    background.start(join_and_post, typed=ask.typed, replace=True)


async def chose_another(ack: AsyncAck, body: dict[str, Any], database: Database, clients: Clients) -> None:
    """*Choose another*: the dialog with what is understood filled in."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    known = await database.run(catalogue.tools, click.team.id, [tool for tool in ask.tools if tool is not None])
    chosen = [known.get(tool) if tool is not None else None for tool in ask.tools]
    place = replace(place_of(click), channel=ask.channel) if ask.channel else place_of(click)
    await clients.of(click.team.id).open_view(click.trigger_id, forms.compare_dialog(place, chosen, ask))


async def started_over(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*Start over*: close the open round, for its starter, and begin the next."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    asker, deadline = asker_of(click, ask), grammar.parse_until(ask.until)
    background.start(lambda reply: publisher.start_over(asker, ask, reply, deadline), typed=ask.typed, replace=True)


async def began_new_round(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*New round* of a comparison that has closed."""
    await ack()
    click = Click.model_validate(body)
    ask = Ask.of(click.action.answer)
    asker, deadline = asker_of(click, ask), grammar.parse_until(ask.until)
    background.start(
        lambda reply: publisher.compare(asker, ask, reply, deadline, anew=True), typed=ask.typed, replace=True
    )


def asker_of(click: Click, ask: Ask | None = None) -> Asker:
    """Who pressed, and where; a question that was asked elsewhere goes there."""
    where = place_of(click)
    channel = where.channel or ""
    if ask is not None and ask.channel and ask.channel != channel:
        return Asker(click.team.id, click.user.id, ask.channel)
    return Asker(
        click.team.id,
        click.user.id,
        channel,
        where.thread_ts,
        where.response_url,
        is_group_direct=where.is_group_direct,
    )


def asker_of_line(command: SlashCommand) -> Asker:
    """Who typed, and where."""
    return Asker(
        command.team_id,
        command.user_id,
        command.channel_id,
        response_url=command.response_url,
        is_group_direct=command.is_group_direct,
    )


def place_of(click: Click) -> Place:
    """Where something was pressed, with the way to answer there."""
    where = click.container
    return Place(where.channel_id, where.thread_ts, click.response_url, click.is_group_direct)


def lines_of(request: CompareRequest, typed: str) -> list[Ask]:
    """Every way to divide a line into names and use case, the likeliest first."""
    divided = ((request.names, request.use_case), *request.alternatives)
    until = typed_until(request)
    return [
        Ask(typed=typed, names=(names,), use_case=use_case, until=until, voting=request.voting)
        for names, use_case in divided
    ]


def typed_until(request: CompareRequest) -> str:
    """The deadline as it was typed, for a button to carry."""
    return request.until.typed if request.until else ""
