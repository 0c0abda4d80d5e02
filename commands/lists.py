"""Private lists that are turned page by page, in their place."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import catalogue, digest_content
from bot.questions import Reply
from bot.views.actions import Query
from bot.views.lists import found, leaders
from commands.payloads import Click
from commands.replies import Background
from db.engine import Database


async def turn_search(ack: AsyncAck, body: dict[str, Any], database: Database, background: Background) -> None:
    """*Previous* or *Next* under what a search found."""
    await ack()
    click = Click.model_validate(body)
    asked = Query.of(click.action.answer)

    async def turn(reply: Reply) -> None:
        page = await database.run(
            catalogue.search, click.team.id, asked.words, asked.category, asked.prices, asked.start
        )
        await reply(found(page))

    background.start(turn, replace=True)


async def turn_leaders(ack: AsyncAck, body: dict[str, Any], database: Database, background: Background) -> None:
    """*Previous* or *Next* under the leaderboard."""
    await ack()
    click = Click.model_validate(body)
    asked = Query.of(click.action.answer)

    async def turn(reply: Reply) -> None:
        standings = await database.run(digest_content.leaderboard, click.team.id, asked.category)
        await reply(leaders(standings, asked.category, asked.start))

    background.start(turn, replace=True)
