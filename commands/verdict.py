"""/verdict: from the verb to whoever serves it."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import cards, catalogue, comparisons, digest_content, questions, results, tool_cards
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.publisher import Publisher
from bot.questions import Asker, Reply
from bot.refresher import Refresher
from bot.views import actions, notices
from bot.views.kit import Message
from bot.views.lists import found, leaders, open_list
from bot.views.tool_card import tool_card
from commands import audits, digests, exporting, grammar, panel, requests, retiring
from commands import catalogue as editing_desk
from commands.compare import asker_of, asker_of_line, lines_of, serve_compare
from commands.payloads import Click, SlashCommand
from commands.replies import Background, body_of
from db.engine import Database, now


async def verdict(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    shelf: Shelf,
    publisher: Publisher,
    digest_publisher: DigestPublisher,
    refresher: Refresher,
    background: Background,
) -> None:
    """`/verdict …`: every verb is heard here and served where its subject lives."""
    command = SlashCommand.model_validate(body)
    typed = command.typed
    asker = asker_of_line(command)
    match grammar.parse_verdict(command.text):
        case requests.Compare(request=question):
            await serve_compare(ack, command, question, clients, publisher, background)
        case requests.Help(about=about):
            await ack(**body_of(notices.help_message(about)))
        case requests.OpenList():
            open_now = await database.run(comparisons.open_here, asker.workspace, asker.channel)
            await ack(**body_of(open_list(open_now)))
        case requests.ShowTool(name=name, meant=meant):
            await ack(**body_of(await _tool(asker.workspace, name, meant, database, shelf)))
        case requests.Search(words=words, category=category, prices=prices):
            page = await database.run(catalogue.search, asker.workspace, words, category, prices)
            await ack(**body_of(found(page)))
        case requests.Leaderboard(category=category):
            standings = await database.run(digest_content.leaderboard, asker.workspace, category)
            await ack(**body_of(leaders(standings, category)))
        case requests.Result(request=question):
            lines = lines_of(question, typed)
            told = await database.run(results.answer, shelf, asker.workspace, asker.channel, lines)
            await ack(**body_of(told))
        case requests.Privacy():
            await ack(**body_of(notices.privacy()))
        case requests.Close() | requests.Reopen() | requests.Audit() as about:
            await ack()
            background.start(
                lambda reply: _on_a_card(asker, about, database, clients, publisher, refresher, reply), typed=typed
            )
        case (
            requests.Subscribe() | requests.Unsubscribe() | requests.Subscriptions() | requests.DigestVerb() as request
        ):
            await ack()
            wish: digests.Request = request
            background.start(
                lambda reply: digests.serve(asker, wish, database, clients, publisher, digest_publisher, reply),
                typed=typed,
            )
        case (
            requests.Add()
            | requests.Edit()
            | requests.TakeVerb()
            | requests.Retire()
            | requests.Restore()
            | requests.Panel()
            | requests.Export()
            | requests.Settings() as asked
        ):
            await _at_the_desk(ack, command, asked, database, clients, shelf, background)


async def _at_the_desk(
    ack: AsyncAck,
    command: SlashCommand,
    asked: requests.DeskRequest,
    database: Database,
    clients: Clients,
    shelf: Shelf,
    background: Background,
) -> None:
    """What is done to the catalogue and the settings, each where its subject lives."""
    match asked:
        case requests.Retire() | requests.Restore():
            await retiring.serve(ack, command, asked, database, clients, shelf)
        case requests.Panel():
            await panel.serve(ack, command, database, clients)
        case requests.Export():
            await exporting.serve(ack, command, asked, database, clients, background)
        case _:
            await editing_desk.serve(ack, command, asked, database, clients, shelf)


async def show_tool(ack: AsyncAck, body: dict[str, Any], database: Database, background: Background) -> None:
    """A tool chosen among several: its card, privately."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)

    async def show(reply: Reply) -> None:
        await reply(tool_card(await database.run(tool_cards.show, click.team.id, tool)))

    background.start(show, replace=True)


async def post_tool(ack: AsyncAck, body: dict[str, Any], publisher: Publisher, background: Background) -> None:
    """*Post here* on a tool's private card."""
    await ack()
    click = Click.model_validate(body)
    (tool,) = actions.ids(click.action.answer)
    asker = asker_of(click)
    background.start(lambda reply: publisher.post_tool(asker, tool, reply), replace=True)


async def _tool(workspace: str, name: str, meant: str | None, database: Database, shelf: Shelf) -> Message:
    await shelf.warm(database, workspace)
    result, tools = await database.run(catalogue.read_name, shelf, workspace, name)
    step = questions.one_tool(name, result, tools, meant)
    if isinstance(step, Message):
        return step
    return tool_card(await database.run(tool_cards.show, workspace, step))


async def _on_a_card(
    asker: Asker,
    request: requests.Close | requests.Reopen | requests.Audit,
    database: Database,
    clients: Clients,
    publisher: Publisher,
    refresher: Refresher,
    reply: Reply,
) -> None:
    comparison = await _comparison(asker, request.link, database)
    if isinstance(request, requests.Audit):
        await audits.tell(asker, comparison, 0, database, clients, reply)
        return
    if isinstance(request, requests.Reopen):
        instant = await database.run(now)
        card = await database.run(comparisons.reopen, asker.workspace, comparison, asker.person, instant)
        refresher.wake()
        await reply(notices.told(f"Open again for a week: {' vs '.join(tool.name for tool in card.tools)}."))
        return
    await publisher.close(asker.workspace, comparison, asker.person)
    card = await database.run(comparisons.scorecard, asker.workspace, comparison)
    await reply(
        notices.told(
            f"Closed: {' vs '.join(tool.name for tool in card.tools)}. "
            + ("The card shows" if card.card.message_ts else "Press a button on the card, and it shows")
            + " the final result."
        )
    )


async def _comparison(asker: Asker, link: requests.MessageLink | None, database: Database) -> int:
    if link is None:
        return await database.run(comparisons.last_here, asker.workspace, asker.channel)
    return await database.run(cards.linked, asker.workspace, link.channel, link.ts, asker.channel)
