"""What a workspace finds when the app comes to it: a row of its own, and the starter catalogue."""

import asyncio

import structlog

from bot import importing, people, starter
from db.engine import Database, now

log = structlog.get_logger(__name__)


async def furnish(database: Database, workspace: str, name: str, bot_user: str) -> None:
    """Note that the app is in this workspace; give it the starter catalogue where it has none."""
    instant = await database.run(now)
    if await database.run(people.welcome_workspace, workspace, name, bot_user, instant):
        tools = await asyncio.to_thread(starter.tools)
        imported = await database.run(importing.import_tools, workspace, tools, starter.RECORDED_AT)
        log.info("starter catalogue loaded", workspace=workspace, tools=imported.added)
