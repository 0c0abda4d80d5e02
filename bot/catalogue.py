"""The catalogue of a workspace: its tools, and their names in memory."""

import asyncio
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.matching import MOST_TOOLS, Found, Named, Names, Reading, Result, read
from bot.model import Entry, Price, Search, Take, Tool, Verdict
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection, beside
from db.engine import Database

MOST_CHANGES = 5_000  # tools whose names are changed one by one; with more all are read
MOST_WORDS = 400  # of a message that are looked at for names
LONGEST_NAME = 6  # words
FOUND = 10  # tools on a page of a search
MOST_KEPT = 1_000  # tools in memory beside a connection, some five kilobytes each
MOST_CATEGORIES = 12  # that an error lists


class Shelf:
    """The names of every workspace, in memory; they follow when its catalogue's version moves.

    It holds no truth: another replica has its own, and each looks at the version whenever it reads.
    """

    def __init__(self) -> None:
        self._names: dict[str, tuple[int, Names]] = {}
        self._lock = threading.Lock()

    def names(self, connection: Connection, workspace: str) -> Names:
        """The names as the database has them now; only what has changed is read."""
        version = workspace_rows.catalogue_version(connection, workspace)
        with self._lock:
            known = self._names.get(workspace)
        if known is not None and known[0] == version:
            return known[1]
        if known is None:
            return self._keep(workspace, version, Names(every_name(connection, workspace)[1]))
        moved = tool_rows.names(connection, workspace, known[0])
        if len(moved) > MOST_CHANGES:
            return self._keep(workspace, version, Names(every_name(connection, workspace)[1]))
        aliases = tool_rows.aliases(connection, workspace, [one.id for one in moved])
        changes = {one.id: None if one.is_retired else _named(one, aliases) for one in moved}
        return self._keep(workspace, version, known[1].changed(changes))

    async def warm(self, database: Database, workspace: str) -> None:
        """Index a workspace's names before anybody asks for them, beside the database's threads and not on them.

        A hundred thousand names take seconds, and while a function on SQLite's one thread did it no vote would count.
        """
        with self._lock:
            if workspace in self._names:
                return
        version, named = await database.run(every_name, workspace)
        self._keep(workspace, version, await asyncio.to_thread(Names, named))

    def _keep(self, workspace: str, version: int, names: Names) -> Names:
        with self._lock:
            known = self._names.get(workspace)
            if known is None or known[0] < version:
                self._names[workspace] = (version, names)
        return names

    def forget(self, workspace: str) -> None:
        """Keep nothing in memory of a workspace that is not served any more."""
        with self._lock:
            self._names.pop(workspace, None)


def every_name(connection: Connection, workspace: str) -> tuple[int, list[Named]]:
    """The catalogue's version, and what each tool in it is called."""
    version = workspace_rows.catalogue_version(connection, workspace)
    aliases = tool_rows.aliases(connection, workspace)
    return version, [_named(one, aliases) for one in tool_rows.names(connection, workspace) if not one.is_retired]


def _named(one: tool_rows.StoredName, aliases: Mapping[int, tuple[str, ...]]) -> Named:
    return Named(one.id, one.slug, one.name, aliases.get(one.id, ()))


@dataclass(frozen=True, slots=True)
class Read:
    """A line of names as understood, with the tools that it may mean."""

    reading: Reading
    tools: dict[int, Tool]  # every tool that the reading names, found or near; none where there is nothing to ask


def read_names(connection: Connection, shelf: Shelf, workspace: str, text: str) -> Read:
    """Understand a line such as "Cursor vs Zed" with the workspace's catalogue."""
    reading = read(text, shelf.names(connection, workspace))
    is_certain = reading.is_exact and len(reading.ids) == len(reading.names)
    return Read(reading, {} if is_certain else tools(connection, workspace, reading.ids))


def read_lines(connection: Connection, shelf: Shelf, workspace: str, texts: Sequence[str]) -> list[Read]:
    """Understand the ways in which one line can be read, in their order."""
    return [read_names(connection, shelf, workspace, text) for text in texts]


def read_name(connection: Connection, shelf: Shelf, workspace: str, text: str) -> tuple[Result, dict[int, Tool]]:
    """Understand one name, and fetch every tool that it may mean."""
    result = shelf.names(connection, workspace).resolve(text)
    return result, tools(connection, workspace, Reading((text,), (result,)).ids)


def tools(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, Tool]:
    """These tools with price and current takes; an id that the workspace does not have is left out."""
    return tools_of(connection, workspace_rows.find(connection, workspace), ids)


def tools_of(
    connection: Connection, workspace: workspace_rows.StoredWorkspace | None, ids: Iterable[int]
) -> dict[int, Tool]:
    """The same of a workspace as this transaction has read it.

    Tools stay in memory beside the connection while the catalogue's edition stands, which is read in each transaction.
    """
    if workspace is None:
        return {}
    wanted = set(ids)
    if workspace_rows.is_changing(connection):
        return _read_tools(connection, workspace.id, wanted)
    kept: dict[tuple[str, int], tuple[tuple[int, int], Tool]] = beside(connection, "tools")
    known = ((tool_id, kept.get((workspace.id, tool_id))) for tool_id in wanted)
    found = {tool_id: one[1] for tool_id, one in known if one is not None and one[0] == workspace.edition}
    if missing := wanted - found.keys():
        read_now = _read_tools(connection, workspace.id, missing)
        if len(kept) + len(read_now) > MOST_KEPT:
            kept.clear()
        if len(read_now) <= MOST_KEPT:
            kept.update({(workspace.id, tool_id): (workspace.edition, one) for tool_id, one in read_now.items()})
        found |= read_now
    return found


def _read_tools(connection: Connection, workspace: str, ids: Collection[int]) -> dict[int, Tool]:
    stored = tool_rows.by_id(connection, workspace, ids)
    takes = take_rows.of_tools(connection, workspace, ids)
    return {tool_id: tool(found, takes.get(tool_id, ())) for tool_id, found in stored.items()}


def current(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, Tool]:
    """Those of these tools that are in the catalogue now: neither unknown nor retired."""
    return {tool_id: found for tool_id, found in tools(connection, workspace, ids).items() if not found.is_retired}


def find(connection: Connection, workspace: str, tool_id: int) -> Tool:
    """One tool with its aliases. Raises UserError when it is not in the catalogue any more."""
    found = tools(connection, workspace, [tool_id]).get(tool_id)
    if found is None:
        raise UserError("That tool is not in the catalogue any more. Search for it by name.")
    if found.is_retired:
        raise UserError(f"{found.name} was taken out of the catalogue. “/verdict restore {found.name}” brings it back.")
    aliases = tool_rows.aliases(connection, workspace, [tool_id])
    return replace(found, aliases=aliases.get(tool_id, ()))


def suggest(connection: Connection, shelf: Shelf, workspace: str, typed: str, most: int = 100) -> list[Tool]:
    """Tools for a typeahead, the likeliest first."""
    ids = shelf.names(connection, workspace).suggest(typed, most)
    stored = tool_rows.by_id(connection, workspace, ids)
    return [tool(stored[tool_id], ()) for tool_id in ids if tool_id in stored]


def named_in(connection: Connection, shelf: Shelf, workspace: str, text: str) -> list[Tool]:
    """Up to four tools whose names stand in a text, in the order of the text."""
    names = shelf.names(connection, workspace)
    words = text.split()[:MOST_WORDS]
    ids: list[int] = []
    while words and len(ids) < MOST_TOOLS:
        length = next((n for n in range(LONGEST_NAME, 0, -1) if isinstance(names.exact(" ".join(words[:n])), Found)), 0)
        found = names.exact(" ".join(words[:length])) if length else None
        if isinstance(found, Found) and found.id not in ids:
            ids.append(found.id)
        words = words[length or 1 :]
    known = tools(connection, workspace, ids)
    return [known[tool_id] for tool_id in ids if tool_id in known]


def search(
    connection: Connection, workspace: str, words: str, category: str | None, prices: Sequence[str], start: int = 0
) -> Search:
    """A page of the tools whose texts hold every word, by name; of one category or any, of these entry prices or any.

    Raises UserError for an unknown category.
    """
    wanted = words.casefold().split()
    named = category_named(connection, workspace, category)
    first = " ".join(wanted)
    count, ids = tool_rows.search(connection, workspace, wanted, named, prices, first, start, FOUND)
    found = tools(connection, workspace, ids)
    return Search(words, named, tuple(prices), count, start, FOUND, tuple(found[tool_id] for tool_id in ids))


def categories(connection: Connection, workspace: str) -> dict[str, int]:
    """Every category with its number of tools, by name."""
    return tool_rows.categories(connection, workspace)


def category_named(connection: Connection, workspace: str, typed: str | None) -> str | None:
    """The category as the catalogue writes it; None for none. Raises UserError for an unknown one."""
    if typed is None:
        return None
    known = categories(connection, workspace)
    for category in known:
        if category.casefold() == typed.strip().casefold():
            return category
    near = [name for name, *_ in process.extract(typed, list(known), scorer=fuzz.WRatio, limit=MOST_CATEGORIES)]
    names = ", ".join(sorted(near, key=str.casefold))
    more = ", and others" if len(known) > len(near) else ""
    raise UserError(f"There is no category “{typed}”. The catalogue has: {names}{more}.")


def tool(stored: tool_rows.StoredTool, takes: Iterable[take_rows.StoredTake]) -> Tool:
    """A stored tool as the value that views show."""
    return Tool(
        id=stored.id,
        slug=stored.slug,
        name=stored.name,
        vendor=stored.vendor,
        category=stored.category,
        tagline=stored.tagline,
        description=stored.description,
        best_for=stored.best_for,
        url=stored.url,
        price=price(stored.price),
        sources=stored.sources,
        released=stored.released,
        takes=tuple(take(found) for found in takes),
        is_retired=stored.retired_at is not None,
    )


def price(stored: tool_rows.StoredPrice) -> Price:
    """A stored price as the value that views show."""
    return Price(cast("Entry", stored.entry), stored.summary, stored.source, stored.as_of)


def take(stored: take_rows.StoredTake) -> Take:
    """A stored take as the value that views show."""
    return Take(
        reviewer=stored.reviewer,
        reviewer_name=stored.reviewer_name,
        verdict=cast("Verdict", stored.verdict),
        headline=stored.headline,
        text=stored.text,
        caveat=stored.caveat,
        author=stored.author,
        basis=stored.basis,
        reviewed_on=stored.reviewed_on,
    )
