"""Tools, their names and prices: queries only; bot.catalogue decides."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, text, update

from db.models import price, tool, tool_alias


@dataclass(frozen=True, slots=True)
class StoredPrice:
    """What a tool costs, or cost."""

    entry: str
    summary: str
    source: str | None
    as_of: str | None


@dataclass(frozen=True, slots=True)
class StoredTool:
    """A tool with its current price."""

    id: int
    slug: str
    name: str
    vendor: str
    category: str
    tagline: str
    description: str
    best_for: str
    url: str | None
    released: str | None
    sources: tuple[str, ...]
    price: StoredPrice


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """A tool as it is written into the catalogue."""

    slug: str
    name: str
    vendor: str
    category: str
    tagline: str
    description: str
    best_for: str
    url: str | None
    released: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that took another's place."""

    tool_id: int
    before: StoredPrice
    recorded_at: int


_FACTS = (
    tool.c.slug,
    tool.c.name,
    tool.c.vendor,
    tool.c.category,
    tool.c.tagline,
    tool.c.description,
    tool.c.best_for,
    tool.c.url,
    tool.c.released,
    tool.c.sources,
)
_CURRENT_PRICE = and_(
    price.c.workspace == tool.c.workspace, price.c.tool_id == tool.c.id, price.c.superseded_at.is_(None)
)
_TOOLS = (
    select(tool.c.id, *_FACTS, price.c.entry, price.c.summary, price.c.source, price.c.as_of)
    .join_from(tool, price, _CURRENT_PRICE)
    .where(tool.c.workspace == bindparam("workspace"))
)
_BY_ID = _TOOLS.where(tool.c.id.in_(bindparam("ids", expanding=True)))
_CATEGORIES = (
    select(tool.c.category, func.count())
    .where(tool.c.workspace == bindparam("workspace"))
    .group_by(tool.c.category)
    .order_by(tool.c.category)
)
_NAMES = select(tool.c.id, tool.c.slug, tool.c.name).where(tool.c.workspace == bindparam("workspace"))
_ALIASES = (
    select(tool_alias.c.tool_id, tool_alias.c.alias)
    .where(tool_alias.c.workspace == bindparam("workspace"))
    .order_by(tool_alias.c.tool_id, tool_alias.c.position)
)
_ALIASES_OF = _ALIASES.where(tool_alias.c.tool_id.in_(bindparam("ids", expanding=True)))
_ADDED = select(tool.c.id).where(
    tool.c.workspace == bindparam("workspace"),
    tool.c.created_at > bindparam("since"),
    tool.c.created_at <= bindparam("until"),
)
_OLD_PRICES = (
    select(price.c.tool_id, price.c.entry, price.c.summary, price.c.source, price.c.as_of, price.c.superseded_at)
    .where(
        price.c.workspace == bindparam("workspace"),
        price.c.superseded_at > bindparam("since"),
        price.c.superseded_at <= bindparam("until"),
    )
    .order_by(price.c.superseded_at)
)
_PRICE_HISTORY = (
    select(price.c.tool_id, price.c.entry, price.c.summary, price.c.source, price.c.as_of, price.c.superseded_at)
    .where(
        price.c.workspace == bindparam("workspace"),
        price.c.tool_id == bindparam("tool_id"),
        price.c.superseded_at.is_not(None),
    )
    .order_by(price.c.superseded_at.desc(), price.c.id.desc())
    .limit(bindparam("most"))
)
_INSERT = insert(tool).returning(tool.c.id)
_UPDATE = update(tool).where(tool.c.workspace == bindparam("of_workspace"), tool.c.id == bindparam("of_tool"))
_SUPERSEDE_PRICE = (
    update(price)
    .where(
        price.c.workspace == bindparam("of_workspace"),
        price.c.tool_id == bindparam("of_tool"),
        price.c.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("at"))
)
_DROP_ALIASES = delete(tool_alias).where(
    tool_alias.c.workspace == bindparam("workspace"), tool_alias.c.tool_id == bindparam("tool_id")
)
_ALIAS_OWNERS = text("SELECT key, tool_id FROM tool_alias WHERE workspace = :workspace")


def by_id(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, StoredTool]:
    """These tools of the workspace; an id that is not there is left out."""
    rows = connection.execute(_BY_ID, {"workspace": workspace, "ids": list(ids)})
    return {row.id: _tool(row) for row in rows}


def everything(connection: Connection, workspace: str) -> dict[str, StoredTool]:
    """The whole catalogue of a workspace by slug."""
    return {row.slug: _tool(row) for row in connection.execute(_TOOLS, {"workspace": workspace})}


def categories(connection: Connection, workspace: str) -> dict[str, int]:
    """Every category with its number of tools, by name."""
    rows = connection.execute(_CATEGORIES, {"workspace": workspace})
    return {row[0]: row[1] for row in rows}


def names(connection: Connection, workspace: str) -> list[tuple[int, str, str]]:
    """Id, slug and name of every tool."""
    rows = connection.execute(_NAMES, {"workspace": workspace})
    return [(row.id, row.slug, row.name) for row in rows]


def aliases(connection: Connection, workspace: str, ids: Iterable[int] | None = None) -> dict[int, tuple[str, ...]]:
    """The aliases of these tools, or of all, in the order in which they were given."""
    if ids is None:
        rows = connection.execute(_ALIASES, {"workspace": workspace})
    else:
        rows = connection.execute(_ALIASES_OF, {"workspace": workspace, "ids": list(ids)})
    found: dict[int, tuple[str, ...]] = {}
    for tool_id, alias in rows:
        found[tool_id] = (*found.get(tool_id, ()), alias)
    return found


def added(connection: Connection, workspace: str, since: int, until: int) -> list[int]:
    """Tools that came into the catalogue after `since`, up to `until`."""
    parameters = {"workspace": workspace, "since": since, "until": until}
    return list(connection.execute(_ADDED, parameters).scalars())


def price_changes(connection: Connection, workspace: str, since: int, until: int) -> list[PriceChange]:
    """Prices that gave way to others after `since`, up to `until`, oldest first."""
    rows = connection.execute(_OLD_PRICES, {"workspace": workspace, "since": since, "until": until})
    return [PriceChange(row.tool_id, StoredPrice(*row[1:5]), row.superseded_at) for row in rows]


def price_history(connection: Connection, workspace: str, tool_id: int, most: int) -> list[PriceChange]:
    """What this tool cost before, newest first."""
    rows = connection.execute(_PRICE_HISTORY, {"workspace": workspace, "tool_id": tool_id, "most": most})
    return [PriceChange(row.tool_id, StoredPrice(*row[1:5]), row.superseded_at) for row in rows]


def insert_tool(connection: Connection, workspace: str, facts: ToolFacts, now: int) -> int:
    """Write a new tool and return its id."""
    row = connection.execute(_INSERT, {"workspace": workspace, "created_at": now, **_columns(facts)})
    return int(row.scalar_one())


def update_tool(connection: Connection, workspace: str, tool_id: int, facts: ToolFacts) -> None:
    """Write a tool's facts over the old ones."""
    connection.execute(_UPDATE, {"of_workspace": workspace, "of_tool": tool_id, **_columns(facts)})


def set_price(connection: Connection, workspace: str, tool_id: int, new: StoredPrice, now: int) -> None:
    """Make this the current price; the one before becomes history."""
    connection.execute(_SUPERSEDE_PRICE, {"of_workspace": workspace, "of_tool": tool_id, "at": now})
    connection.execute(
        insert(price),
        {
            "workspace": workspace,
            "tool_id": tool_id,
            "entry": new.entry,
            "summary": new.summary,
            "source": new.source,
            "as_of": new.as_of,
            "recorded_at": now,
        },
    )


def set_aliases(connection: Connection, workspace: str, tool_id: int, keyed: Sequence[tuple[str, str]]) -> None:
    """Give a tool these aliases, as (key, alias), in place of its old ones."""
    connection.execute(_DROP_ALIASES, {"workspace": workspace, "tool_id": tool_id})
    if keyed:
        connection.execute(
            insert(tool_alias),
            [
                {"workspace": workspace, "key": key, "tool_id": tool_id, "alias": alias, "position": i}
                for i, (key, alias) in enumerate(keyed)
            ],
        )


def alias_owners(connection: Connection, workspace: str) -> dict[str, int]:
    """Which tool each alias key belongs to."""
    rows = connection.execute(_ALIAS_OWNERS, {"workspace": workspace})
    return {row[0]: row[1] for row in rows}


def _columns(facts: ToolFacts) -> dict[str, object]:
    return {
        "slug": facts.slug,
        "name": facts.name,
        "vendor": facts.vendor,
        "category": facts.category,
        "tagline": facts.tagline,
        "description": facts.description,
        "best_for": facts.best_for,
        "url": facts.url,
        "released": facts.released,
        "sources": json.dumps(facts.sources, ensure_ascii=False),
    }


def _tool(row: Sequence[Any]) -> StoredTool:
    values: tuple[Any, ...] = (*row[:10], tuple(json.loads(row[10])), StoredPrice(*row[11:]))
    return StoredTool(*values)
