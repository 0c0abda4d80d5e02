"""The catalogue and the votes as text that other programs read: CSV that no spreadsheet runs, and JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from bot import catalogue, counting
from bot.model import Tool
from db import exports as rows
from db import tools as tool_rows
from db.connection import Connection

Format: TypeAlias = Literal["csv", "json"]

TOOL_COLUMNS = (
    "slug",
    "name",
    "aliases",
    "vendor",
    "category",
    "tagline",
    "description",
    "best_for",
    "url",
    "price_entry",
    "price_summary",
    "price_source",
    "price_as_of",
    "released",
    "sources",
    "takes_ship",
    "takes_skip",
)
VOTE_COLUMNS = ("comparison", "round", "asked", "closed", "use_case", "tools", "person", "chose", "apart", "used")

# A cell that begins so is a formula to a spreadsheet (OWASP ASVS 5.0, 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tools(connection: Connection, workspace: str, format_: Format) -> str:
    """Every tool of the workspace by slug, with current price; in JSON with current takes, too."""
    ids = [one.id for one in tool_rows.names(connection, workspace) if not one.is_retired]
    aliases = tool_rows.aliases(connection, workspace)
    found = sorted(catalogue.tools(connection, workspace, ids).values(), key=lambda tool: tool.slug)
    if format_ == "json":
        return _json([_as_document(tool, aliases.get(tool.id, ())) for tool in found])
    return _csv(TOOL_COLUMNS, [_as_row(tool, aliases.get(tool.id, ())) for tool in found])


def votes(connection: Connection, workspace: str, format_: Format) -> str:
    """Every ballot in comparisons of public channels, with people's Slack ids; those of private channels stay there.

    Of hidden and anonymous rounds those that have closed, without ids. `apart` are people of other companies who stand
    beside the count, `used` the tools that somebody says to have used.
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
        for ballot in rows.pooled_ballots(connection, workspace)
    ]
    if format_ == "json":
        return _json(listed)
    return _csv(VOTE_COLUMNS, listed)


def _as_document(tool: Tool, aliases: Sequence[str]) -> dict[str, object]:
    price = tool.price
    return {
        "slug": tool.slug,
        "name": tool.name,
        "aliases": list(aliases),
        "vendor": tool.vendor,
        "category": tool.category,
        "tagline": tool.tagline,
        "description": tool.description,
        "best_for": tool.best_for,
        "url": tool.url,
        "pricing": {
            "entry": price.entry,
            "summary": price.summary,
            "source": price.source,
            "as_of": price.as_of,
        },
        "released": tool.released,
        "sources": list(tool.sources),
        "takes": [
            {
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
        ],
    }


def _as_row(tool: Tool, aliases: Sequence[str]) -> dict[str, object]:
    price, panel = tool.price, tool.panel
    return {
        **{name: getattr(tool, name) for name in TOOL_COLUMNS if hasattr(tool, name)},
        "aliases": list(aliases),
        "price_entry": price.entry,
        "price_summary": price.summary,
        "price_source": price.source,
        "price_as_of": price.as_of,
        "sources": list(tool.sources),
        "takes_ship": panel.ship,
        "takes_skip": panel.skip,
    }


def _json(listed: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"


def _csv(columns: Sequence[str], listed: Sequence[Mapping[str, object]]) -> str:
    """RFC 4180: CRLF, quotes doubled; what a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in listed)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
