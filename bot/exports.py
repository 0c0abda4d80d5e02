"""The catalogue and the votes as text that other programs read: CSV that no spreadsheet runs, and JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal, TypeAlias, TypeVar

import yaml

from bot import catalogue, catalogue_tables, counting, spreadsheet
from bot.model import Tool
from db import exports as rows
from db import takes as take_rows
from db import tools as tool_rows
from db.connection import Connection

T = TypeVar("T")
What: TypeAlias = Literal["tools", "votes"]
Format: TypeAlias = Literal["csv", "json"]

VOTE_COLUMNS = ("comparison", "round", "asked", "closed", "use_case", "tools", "person", "chose", "apart", "used")

PAGE = 500  # tools that are read at once
# What is written beside everybody's votes: the command line, where the bot is stopped or apart, writes any number.
MOST_IN_SLACK: Final[Mapping[What, int]] = {"tools": 2_000, "votes": 20_000}


class TooMany(Exception):
    """There is more to write than was asked for at most."""


def for_slack(connection: Connection, workspace: str, what: What, format_: Format) -> bytes:
    """The file that somebody gets in Slack. Raises TooMany beyond MOST_IN_SLACK."""
    write = tools if what == "tools" else votes
    return write(connection, workspace, format_, MOST_IN_SLACK[what]).encode()


def tools(connection: Connection, workspace: str, format_: Format, most: int | None = None) -> str:
    """Every tool of the catalogue by slug, with current price and takes: what an import of it would bring in.

    Raises TooMany where there are more than `most`.
    """
    documents = _all(tool_documents(connection, workspace), most)
    if format_ == "json":
        return _json(documents)
    columns = catalogue_tables.columns(catalogue_tables.reviewers_of(documents))
    return spreadsheet.written(columns, map(catalogue_tables.row, documents))


def tool_files(connection: Connection, workspace: str) -> dict[str, str]:
    """A catalogue file of each tool by its name, as a folder of them is imported."""
    return {
        f"{document['slug']}.yaml": yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        for document in tool_documents(connection, workspace)
    }


def tool_documents(connection: Connection, workspace: str) -> Iterator[dict[str, Any]]:
    """Every tool of the catalogue by slug as a catalogue file says it; nothing that it does not have."""
    slug = ""
    while page := tool_rows.after(connection, workspace, slug, PAGE):
        ids = [stored.id for stored in page]
        aliases, takes = tool_rows.aliases(connection, workspace, ids), take_rows.of_tools(connection, workspace, ids)
        for stored in page:
            yield _as_document(catalogue.tool(stored, takes.get(stored.id, ())), aliases.get(stored.id, ()))
        slug = page[-1].slug


def votes(connection: Connection, workspace: str, format_: Format, most: int | None = None) -> str:
    """Every ballot in comparisons of public channels, with people's Slack ids; those of private channels stay there.

    Of hidden and anonymous rounds those that have closed, without ids. `apart` are people of other companies who stand
    beside the count, `used` the tools that somebody says to have used. Raises TooMany where there are more than `most`.
    """
    listed = [
        {
            "comparison": ballot.comparison,
            "round": ballot.round,
            "asked": ballot.opened_at,
            "closed": ballot.closed_at,
            "use_case": ballot.use_case,
            "tools": list(ballot.tools),
            "person": ballot.person,
            "chose": [slug for i, slug in enumerate(ballot.tools) if ballot.choice >> i & 1],
            "apart": counting.treatment(ballot.choice) == "apart",
            "used": [slug for i, slug in enumerate(ballot.tools) if counting.used(ballot.choice) >> i & 1],
        }
        for ballot in _all(rows.pooled_ballots(connection, workspace), most)
    ]
    if format_ == "json":
        return _json(listed)
    return spreadsheet.written(VOTE_COLUMNS, listed)


def _as_document(tool: Tool, aliases: Sequence[str]) -> dict[str, Any]:
    price = tool.price
    pricing = {"entry": price.entry, "summary": price.summary, "source": price.source, "as_of": price.as_of}
    document = {
        "slug": tool.slug,
        "name": tool.name,
        "aliases": list(aliases),
        "vendor": tool.vendor,
        "category": tool.category,
        "tagline": tool.tagline,
        "description": tool.description,
        "best_for": tool.best_for,
        "url": tool.url,
        "pricing": {name: value for name, value in pricing.items() if value is not None},
        "released": tool.released,
        "sources": list(tool.sources),
        # A file has one date and one basis for all its takes; ours have their own beside.
        "reviewed_on": max((take.reviewed_on for take in tool.takes), default=price.as_of),
        "basis": tool.takes[0].basis if tool.takes else "no takes yet",
        "reviews": {
            take.reviewer: {
                "reviewer": take.reviewer_name,
                "verdict": take.verdict,
                "headline": take.headline,
                "take": take.text,
                "caveat": take.caveat,
                "author": take.author,
                "basis": take.basis,
                "reviewed_on": take.reviewed_on,
            }
            for take in tool.takes
        },
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _all(found: Iterable[T], most: int | None) -> list[T]:
    listed = list(found if most is None else islice(found, most + 1))
    if most is not None and len(listed) > most:
        raise TooMany
    return listed


def _json(listed: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"
