"""From what somebody typed to what is certain, what must be asked, and what cannot be: pure decisions."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.catalogue import Read
from bot.matching import MOST_TOOLS, Found, Result, Several, Unknown
from bot.model import Tool
from bot.views import notices
from bot.views.actions import Ask
from bot.views.kit import Message
from bot.views.notices import Choice

Reply = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where."""

    workspace: str
    person: str
    channel: str
    thread_ts: str | None = None
    response_url: str | None = field(default=None, repr=False)  # a secret: who has it can speak there
    is_group_direct: bool = False  # Slack tells where somebody types, and nothing of what we are not in


class Deadline(Protocol):
    """When a comparison closes, as typed: a moment only once the present and a zone are known."""

    def deadline(self, now: int, zone: ZoneInfo) -> int:
        """The moment in Unix seconds. Raises UserError for one that is past or too far away."""
        ...


def likeliest(lines: Sequence[tuple[Ask, Read]]) -> tuple[Ask, Read]:
    """Of several ways to divide a line, one whose names are all exact, else all known in some way, else the first."""
    several = [line for line in lines if len(line[1].reading.names) > 1]
    # The longest names first: "Copilot for Business" is a tool, not Copilot for a business.
    several.sort(key=lambda line: len(line[0].use_case))
    exact = [line for line in several if line[1].reading.is_exact]
    resolved = [line for line in several if line[1].reading.is_resolved]
    return (*exact, *resolved, lines[0])[0]


# What people write between two names instead of "vs".
_BETWEEN = re.compile(r"\s*[,;/&]\s*|\s(?:and|or|against|than|with|to)\s", re.IGNORECASE)


def separated(name: str) -> str | None:
    """A line with "vs" where its one name may be several: "Cursor and Zed", "Cursor, Zed"; None where it is one."""
    parts = [part for part in _BETWEEN.split(name) if part]
    return " vs ".join(parts) if len(parts) > 1 else None


def understood(ask: Ask, read: Read) -> Ask | Message:
    """The question with its tools, when there is no doubt; else what to ask back. What was typed is kept in both."""
    names, results = read.reading.names, read.reading.results
    ask = replace(ask, names=names)
    if len(names) > MOST_TOOLS:
        return notices.too_many(ask)
    if len(names) < 2:
        return notices.needs_two(ask)
    found = [result.id for result in results if isinstance(result, Found)]
    if len(found) == len(results):
        ask = replace(ask, tools=tuple(found))
        return ask if read.reading.is_exact and len(set(found)) == len(found) else confirm(ask, read.tools)
    # One question at a time, from the left; a guess beside an open name is asked about, too, when its turn comes.
    certain = (result.id if isinstance(result, Found) and result.exact else None for result in results)
    ask = replace(ask, tools=tuple(certain))
    place = ask.tools.index(None)
    return ask_for(ask, names[place], results[place], read.tools)


def one_tool(name: str, result: Result, tools: Mapping[int, Tool], meant: str | None) -> int | Message:
    """The tool that a name is, or what to ask back; `meant` is the line that was probably meant, if no tool is."""
    match result:
        case Found(tool_id, exact=True):
            return tool_id
        case Found(tool_id):
            return notices.several_tools(name, [choice(tools[tool_id])], meant)
        case Several(ids):
            return notices.several_tools(name, [choice(tools[tool_id]) for tool_id in ids], meant)
        case Unknown(nearest):
            if meant is not None:
                return notices.refused("There is no such verb, and no tool of that name.", f"/verdict {name}", meant)
            return notices.unknown_tool(name, [choice(tools[tool_id]) for tool_id in nearest])


def ask_for(ask: Ask, name: str, result: Result, tools: Mapping[int, Tool]) -> Message:
    """The question about the first name that is open; `tools` holds whatever the result names."""
    match result:
        case Found(tool_id):
            return notices.several(ask, name, [choice(tools[tool_id])])
        case Several(ids):
            return notices.several(ask, name, [choice(tools[tool_id]) for tool_id in ids])
        case Unknown(nearest):
            return notices.unknown(ask, name, [choice(tools[tool_id]) for tool_id in nearest])


def confirm(ask: Ask, tools: Mapping[int, Tool]) -> Message:
    """ "Did you mean …?" for a question whose tools are all found but not all beyond doubt."""
    found = [tool_id for tool_id in ask.tools if tool_id is not None]
    twice = next((tool_id for tool_id in found if found.count(tool_id) > 1), None)
    if twice is not None:
        return notices.same_tool(ask, choice(tools[twice]))
    return notices.did_you_mean(ask, [choice(tools[tool_id]) for tool_id in found])


def choice(tool: Tool) -> Choice:
    """A tool as somebody chooses it."""
    return Choice(tool.id, tool.name, tool.vendor)
