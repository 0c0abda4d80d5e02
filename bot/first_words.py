"""The first words in a workspace: one message, to one person, once."""

from bot import people
from bot.clients import Clients
from bot.errors import Permanent, Refused
from bot.views import notices
from db.engine import Database, now


async def say(database: Database, clients: Clients, workspace: str, person: str) -> None:
    """Tell whoever installed the app what it is for, unless somebody in the workspace was told before.

    An installation by OAuth names its installer. A plain token names nobody: then it is whoever first opens the Home
    tab. Raises SlackFailure; where Slack certainly did not deliver the message, the next one is told instead.
    """
    if not await database.run(people.needs_first_words, workspace, await database.run(now)):
        return
    try:
        await clients.of(workspace).tell(person, notices.first_words())
    except (Permanent, Refused):
        await database.run(people.first_words_failed, workspace)
        raise
