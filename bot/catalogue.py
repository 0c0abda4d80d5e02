"""The catalogue of a workspace: its tools, their names in memory, and what an import changes."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.errors import UserError
from bot.matching import MOST_TOOLS, Found, Named, Names, Reading, Result, key, read
from bot.model import Entry, Price, Take, Tool, Verdict
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

PANEL = (("builder", "Builder"), ("skeptic", "Skeptic"), ("founder", "Founder"), ("futurist", "Futurist"))

MOST_WORDS = 400  # of a message that are looked at for names
LONGEST_NAME = 6  # words


class Shelf:
    """The names of every workspace, in memory; rebuilt when its catalogue's version moves.

    It holds no truth: another replica has its own, and each looks at the version whenever it reads.
    """

    def __init__(self) -> None:
        self._names: dict[str, tuple[int, Names]] = {}
        self._lock = threading.Lock()

    def names(self, connection: Connection, workspace: str) -> Names:
        """The names as the database has them now."""
        version = workspace_rows.catalogue_version(connection, workspace)
        with self._lock:
            known = self._names.get(workspace)
        if known is not None and known[0] == version:
            return known[1]
        aliases = tool_rows.aliases(connection, workspace)
        names = Names(
            Named(tool_id, slug, name, aliases.get(tool_id, ()))
            for tool_id, slug, name in tool_rows.names(connection, workspace)
        )
        with self._lock:
            self._names[workspace] = (version, names)
        return names

    def forget(self, workspace: str) -> None:
        """Keep nothing in memory of a workspace that is not served any more."""
        with self._lock:
            self._names.pop(workspace, None)


@dataclass(frozen=True, slots=True)
class Read:
    """A line of names as understood, with the tools that it may mean."""

    reading: Reading
    tools: dict[int, Tool]  # every tool that the reading names, found or near


@dataclass(frozen=True, slots=True)
class NewTool:
    """A tool with its takes as an import brings it."""

    facts: tool_rows.ToolFacts
    aliases: tuple[str, ...]
    price: tool_rows.StoredPrice
    takes: tuple[take_rows.NewTake, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int


class NameTaken(UserError):
    """Two tools would go by one name."""


def read_names(connection: Connection, shelf: Shelf, workspace: str, text: str) -> Read:
    """Understand a line such as "Cursor vs Zed" with the workspace's catalogue."""
    reading = read(text, shelf.names(connection, workspace))
    return Read(reading, tools(connection, workspace, reading.ids))


def read_name(connection: Connection, shelf: Shelf, workspace: str, text: str) -> tuple[Result, dict[int, Tool]]:
    """Understand one name, and fetch every tool that it may mean."""
    result = shelf.names(connection, workspace).resolve(text)
    return result, tools(connection, workspace, Reading((text,), (result,)).ids)


def tools(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, Tool]:
    """These tools with price and current takes; an id that the workspace does not have is left out."""
    wanted = set(ids)
    stored = tool_rows.by_id(connection, workspace, wanted)
    takes = take_rows.of_tools(connection, workspace, wanted)
    return {tool_id: tool(found, takes.get(tool_id, ())) for tool_id, found in stored.items()}


def find(connection: Connection, workspace: str, tool_id: int) -> Tool:
    """One tool with its aliases. Raises UserError when it is not in the catalogue any more."""
    found = tools(connection, workspace, [tool_id]).get(tool_id)
    if found is None:
        raise UserError("That tool is not in the catalogue any more. Search for it by name.")
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
    connection: Connection, workspace: str, words: str, category: str | None, prices: Sequence[str]
) -> list[Tool]:
    """Tools whose texts hold every word, by name; of one category or any, of these entry prices or any."""
    wanted = words.casefold().split()
    aliases = tool_rows.aliases(connection, workspace)
    fits = []
    for stored in tool_rows.everything(connection, workspace).values():
        facts = (stored.name, stored.vendor, stored.category, stored.tagline, stored.description, stored.best_for)
        text = " ".join([*facts, *aliases.get(stored.id, ())]).casefold()
        if (
            all(word in text for word in wanted)
            and (category is None or stored.category.casefold() == category.casefold())
            and (not prices or stored.price.entry in prices)
        ):
            fits.append(stored.id)
    found = tools(connection, workspace, fits)
    return sorted(found.values(), key=lambda tool: (not tool.name.casefold().startswith(words.casefold()), tool.name))


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
    names = ", ".join(known)
    raise UserError(f"There is no category “{typed}”. The catalogue has: {names}.")


def import_tools(connection: Connection, workspace: str, new: Sequence[NewTool], now: int) -> Imported:
    """Bring these tools into the catalogue: add what is new, change what differs, leave the rest as it is.

    Importing the same again changes nothing. A changed price or take becomes the current one and the old one history.
    Raises NameTaken, and then nothing is changed, when an alias belongs to another tool.
    """
    for position, (slug, name) in enumerate(PANEL):
        take_rows.add_reviewer(connection, workspace, slug, name, position)
    stored = tool_rows.everything(connection, workspace)
    stored_takes = take_rows.everything(connection, workspace)
    stored_aliases = tool_rows.aliases(connection, workspace)
    owners = tool_rows.alias_owners(connection, workspace)
    added = changed = 0
    for item in new:
        old = stored.get(item.facts.slug)
        tool_id = old.id if old else tool_rows.insert_tool(connection, workspace, item.facts, now)
        moved = old is None
        if old is not None and stored_facts(old) != item.facts:
            tool_rows.update_tool(connection, workspace, tool_id, item.facts)
            moved = True
        if old is None or old.price != item.price:
            tool_rows.set_price(connection, workspace, tool_id, item.price, now)
            moved = True
        keyed = _keyed(item, tool_id, owners)
        if stored_aliases.get(tool_id, ()) != tuple(alias for _, alias in keyed):
            tool_rows.set_aliases(connection, workspace, tool_id, keyed)
            moved = True
        current = {take.reviewer: _new(take) for take in stored_takes.get(tool_id, ())}
        for take in item.takes:
            if current.get(take.reviewer) != take:
                take_rows.record(connection, workspace, tool_id, take, now)
                moved = True
        added += old is None
        changed += moved and old is not None
    if added or changed:
        workspace_rows.move_catalogue_version(connection, workspace)
    return Imported(added, changed, len(new) - added - changed)


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


def stored_facts(stored: tool_rows.StoredTool) -> tool_rows.ToolFacts:
    """What an import or a form compares: a stored tool without price and takes."""
    return tool_rows.ToolFacts(
        stored.slug,
        stored.name,
        stored.vendor,
        stored.category,
        stored.tagline,
        stored.description,
        stored.best_for,
        stored.url,
        stored.released,
        stored.sources,
    )


def _new(stored: take_rows.StoredTake) -> take_rows.NewTake:
    return take_rows.NewTake(
        stored.reviewer,
        stored.verdict,
        stored.headline,
        stored.text,
        stored.caveat,
        stored.author,
        stored.basis,
        stored.reviewed_on,
    )


def _keyed(item: NewTool, tool_id: int, owners: dict[str, int]) -> list[tuple[str, str]]:
    """An alias of its own for each key; two spellings of one key ("llama 4" and "llama-4") are one alias."""
    keyed: dict[str, str] = {}
    for alias in item.aliases:
        alias_key = key(alias)
        if owners.get(alias_key, tool_id) != tool_id:
            raise NameTaken(f"“{alias}” already is a name of another tool. Give {item.facts.name} a different alias.")
        owners[alias_key] = tool_id
        keyed.setdefault(alias_key, alias)
    return list(keyed.items())
