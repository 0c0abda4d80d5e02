"""Bringing tools into a catalogue: what is new is added, what differs is changed, the rest stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.errors import UserError
from bot.look_alikes import skeleton
from bot.spelling import key
from db import cards as card_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

PANEL = (("builder", "Builder"), ("skeptic", "Skeptic"), ("founder", "Founder"), ("futurist", "Futurist"))

TOGETHER = 500  # tools that are read and written with one statement each


@dataclass(frozen=True, slots=True)
class NewTool:
    """A tool with its takes as an import brings it; `reviewers` names those of its takes that are not on the panel."""

    facts: tool_rows.ToolFacts
    aliases: tuple[str, ...]
    price: tool_rows.StoredPrice
    takes: tuple[take_rows.NewTake, ...]
    reviewers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int


class NamesTaken(UserError):
    """Names of some of these tools belong to others that are in the catalogue; a sentence for each."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(sentences[0])
        self.sentences = tuple(sentences)


def import_tools(
    connection: Connection,
    workspace: str,
    new: Sequence[NewTool],
    now: int,
    done: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Bring these tools into the catalogue, all of them or none; `done` hears how many are through.

    Importing the same again changes nothing. A changed price or take becomes the current one and the old one history;
    a tool that was retired is in the catalogue again. Raises NamesTaken, and then nothing is changed.
    """
    # First of all, because it locks the workspace's row: whoever changes the catalogue beside us waits.
    version = workspace_rows.begin_change(connection, workspace)
    _refuse_taken(connection, workspace, new)
    panel = dict(PANEL) | {slug: name for item in new for slug, name in item.reviewers}
    for position, (slug, name) in enumerate(panel.items()):
        take_rows.add_reviewer(connection, workspace, slug, name, position)
    added = changed = 0
    for start in range(0, len(new), TOGETHER):
        some = new[start : start + TOGETHER]
        stored = tool_rows.by_slug(connection, workspace, [item.facts.slug for item in some])
        fresh = [item for item in some if item.facts.slug not in stored]
        _add(connection, workspace, fresh, version, now)
        known = [item for item in some if item.facts.slug in stored]
        moved = _change(connection, workspace, known, stored, version, now)
        for tool_id in moved:
            card_rows.redraw_open(connection, workspace, tool_id)
        added += len(fresh)
        changed += len(moved)
        done(start + len(some))
    if added or changed:
        workspace_rows.end_change(connection, workspace, version)
    return Imported(added, changed, len(new) - added - changed)


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


def keyed(aliases: Sequence[str]) -> list[tuple[str, str]]:
    """Each alias under its key; two spellings of one key ("llama 4" and "llama-4") are one alias."""
    found: dict[str, str] = {}
    for alias in aliases:
        found.setdefault(key(alias), alias)
    return list(found.items())


def _add(connection: Connection, workspace: str, fresh: Sequence[NewTool], version: int, now: int) -> None:
    ids = tool_rows.insert_tools(
        connection, workspace, [(item.facts, keyed(item.aliases)) for item in fresh], version, now
    )
    tool_rows.insert_prices(connection, workspace, [(i, item.price) for i, item in zip(ids, fresh, strict=True)], now)
    takes = [(i, take) for i, item in zip(ids, fresh, strict=True) for take in item.takes]
    take_rows.insert_takes(connection, workspace, takes, now)


def _change(
    connection: Connection,
    workspace: str,
    known: Sequence[NewTool],
    stored: dict[str, tool_rows.StoredTool],
    version: int,
    now: int,
) -> list[int]:
    """Write what differs, and return the tools in which anything did."""
    ids = [stored[item.facts.slug].id for item in known]
    aliases = tool_rows.aliases(connection, workspace, ids)
    takes = take_rows.of_tools(connection, workspace, ids)
    moved: dict[int, None] = {}
    renamed = []
    for item, tool_id in zip(known, ids, strict=True):
        old = stored[item.facts.slug]
        own = keyed(item.aliases)
        same_names = aliases.get(tool_id, ()) == tuple(alias for _, alias in own)
        if stored_facts(old) != item.facts or not same_names or old.retired_at is not None:
            renamed.append((tool_id, item.facts, own))
        if old.price != item.price:
            tool_rows.set_price(connection, workspace, tool_id, item.price, now)
            moved[tool_id] = None
        current = {take.reviewer: _new(take) for take in takes.get(tool_id, ())}
        for take in item.takes:
            if current.get(take.reviewer) != take:
                take_rows.record(connection, workspace, tool_id, take, now)
                moved[tool_id] = None
    # All let go of their aliases before any takes one: two tools of an import may swap theirs.
    tool_rows.drop_aliases(connection, workspace, [tool_id for tool_id, _, _ in renamed])
    for tool_id, facts, own in renamed:
        tool_rows.update_tool(connection, workspace, tool_id, facts, own, version)
        moved[tool_id] = None
    return list(moved)


def _refuse_taken(connection: Connection, workspace: str, new: Sequence[NewTool]) -> None:
    """Raises NamesTaken where a name is, or looks like, one of a tool that the import leaves as it is."""
    coming = {item.facts.slug for item in new}
    aliases = tool_rows.aliases(connection, workspace)
    owners: dict[str, str] = {}
    for one in tool_rows.names(connection, workspace):
        if one.slug not in coming and not one.is_retired:
            same = _identities((one.slug, one.name), aliases.get(one.id, ()))
            owners |= {identity: one.name for _, identity in same}
    if not owners:
        return
    sentences = [
        f"“{name}” already is a name of another tool, {owners[identity]}. Give {item.facts.name} another."
        for item in new
        for name, identity in _identities((item.facts.slug, item.facts.name), item.aliases)
        if identity in owners
    ]
    if sentences:
        raise NamesTaken(list(dict.fromkeys(sentences)))


def _identities(names: Iterable[str], aliases: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name with what of it must not be another tool's: its key, what it looks like, the key of an alias."""
    for name in chain(names, aliases):
        # What stands in a parenthesis counts: "Gemma 3 (4B)" and "Gemma 3 (12B)" are two tools.
        yield name, f"key {key(name.replace('(', ' ').replace(')', ' '))}"
        yield name, f"looks {skeleton(name)}"
    yield from ((alias, f"alias {key(alias)}") for alias in aliases)


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
