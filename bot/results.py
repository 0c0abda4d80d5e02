"""How a comparison stands or ended, for one person's eyes."""

from collections.abc import Sequence

from bot import catalogue, comparisons, questions
from bot.catalogue import Read, Shelf
from bot.names import Found, Result, Several, Unknown
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
        return _unclear(ask, best)
    found = comparisons.latest_result(connection, workspace, channel, ids, ask.use_case)
    return lists.result(found, comparisons.tools_shown(connection, workspace, [] if found else ids))


def _unclear(ask: Ask, read: Read) -> Message:
    """Which name is not clear, and the line as it would work with the likeliest tool for each."""
    names, results = read.reading.names, read.reading.results
    unclear = [name for name, result in zip(names, results, strict=False) if not isinstance(result, Found)]
    if len(names) < 2 or not unclear:
        return notices.refused(
            "I cannot tell which tools you mean: write their names with “vs” between them.", ask.typed
        )
    likeliest = dict.fromkeys(_likeliest(result) for result in results)
    tools = [read.tools[tool_id] for tool_id in likeliest if tool_id is not None]
    use_case = f" for “{ask.use_case}”" if ask.use_case else ""
    line = f"/verdict result {' vs '.join(tool.name for tool in tools)}{use_case}"
    sentence = f"I cannot tell which tool you mean by “{unclear[0]}”."
    return notices.refused(sentence, ask.typed, line if len(tools) == len(names) else None)


def _likeliest(result: Result) -> int | None:
    """The tool that a name is, or the first of those that it may be."""
    match result:
        case Found(tool_id):
            return tool_id
        case Several(ids):
            return ids[0]
        case Unknown(nearest):
            return nearest[0] if nearest else None
