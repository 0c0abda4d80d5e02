"""How a comparison stands or ended, for one person's eyes."""

from collections.abc import Sequence

from bot import catalogue, comparisons, questions
from bot.catalogue import Shelf
from bot.matching import Found
from bot.views import lists, notices
from bot.views.actions import Ask
from bot.views.kit import Message
from db.connection import Connection


def answer(connection: Connection, shelf: Shelf, workspace: str, channel: str, lines: Sequence[Ask]) -> Message:
    """The latest result of a comparison; here a private channel's own where it has one, else the public one.

    `lines` are the ways to divide what was typed. A guess is answered at once, because the answer names the tools and
    nobody else reads it.
    """
    read = [(ask, catalogue.read_names(connection, shelf, workspace, ask.names[0])) for ask in lines]
    ask, best = questions.likeliest(read)
    ids = [result.id for result in best.reading.results if isinstance(result, Found)]
    if len(ids) < 2 or len(set(ids)) < len(best.reading.names):
        return notices.refused(
            "I cannot tell which tools you mean: write their names with “vs” between them.", ask.typed
        )
    found = comparisons.latest_result(connection, workspace, channel, ids, ask.use_case)
    return lists.result(found, comparisons.tools_shown(connection, workspace, [] if found else ids))
