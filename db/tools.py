"""Tools, their names and prices: queries only; bot.catalogue decides."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, func, insert, or_, select, update

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
    retired_at: int | None
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
class StoredName:
    """What a tool is called, and whether it is in the catalogue."""

    id: int
    slug: str
    name: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that took another's place."""

    tool_id: int
    before: StoredPrice
    recorded_at: int


Keyed: TypeAlias = Sequence[tuple[str, str]]
"""A tool's aliases in their order, each with its key (bot.spelling.key)."""

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
    select(tool.c.id, *_FACTS, tool.c.retired_at, price.c.entry, price.c.summary, price.c.source, price.c.as_of)
    .join_from(tool, price, _CURRENT_PRICE)
    .where(tool.c.workspace == bindparam("workspace"))
)
_BY_ID = _TOOLS.where(tool.c.id.in_(bindparam("ids", expanding=True)))
_HERE = tool.c.retired_at.is_(None)
_BY_SLUG = _TOOLS.where(tool.c.slug.in_(bindparam("slugs", expanding=True)))
_AFTER = _TOOLS.where(_HERE, tool.c.slug > bindparam("slug")).order_by(tool.c.slug).limit(bindparam("most"))
_CATEGORIES = (
    select(tool.c.category, func.count())
    .where(tool.c.workspace == bindparam("workspace"), _HERE)
    .group_by(tool.c.category)
    .order_by(tool.c.category)
)
_NAMES = select(tool.c.id, tool.c.slug, tool.c.name, tool.c.retired_at).where(
    tool.c.workspace == bindparam("workspace"), tool.c.version > bindparam("version")
)
_RETIRED = select(tool.c.id, tool.c.slug, tool.c.name).where(
    tool.c.workspace == bindparam("workspace"), tool.c.retired_at.is_not(None)
)
_SLUGS = select(tool.c.slug).where(
    tool.c.workspace == bindparam("workspace"),
    or_(tool.c.slug == bindparam("slug"), tool.c.slug.startswith(bindparam("before_number"))),
)
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
_INSERT = insert(tool).returning(tool.c.id, sort_by_parameter_order=True)
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
    tool_alias.c.workspace == bindparam("workspace"), tool_alias.c.tool_id.in_(bindparam("ids", expanding=True))
)
_FREE_ALIASES = delete(tool_alias).where(
    tool_alias.c.workspace == bindparam("workspace"),
    tool_alias.c.key.in_(bindparam("keys", expanding=True)),
    exists().where(
        tool.c.workspace == tool_alias.c.workspace, tool.c.id == tool_alias.c.tool_id, tool.c.retired_at.is_not(None)
    ),
)
_ALIAS_OWNERS = select(tool_alias.c.key, tool_alias.c.tool_id).where(
    tool_alias.c.workspace == bindparam("workspace"), tool_alias.c.key.in_(bindparam("keys", expanding=True))
)
_SET_RETIRED = (
    update(tool)
    .where(tool.c.workspace == bindparam("of_workspace"), tool.c.id == bindparam("of_tool"))
    .values(retired_at=bindparam("at"), version=bindparam("moved_to"))
)


def by_id(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, StoredTool]:
    """These tools of the workspace; an id that is not there is left out."""
    rows = connection.execute(_BY_ID, {"workspace": workspace, "ids": list(ids)})
    return {row.id: _tool(row) for row in rows}


def by_slug(connection: Connection, workspace: str, slugs: Iterable[str]) -> dict[str, StoredTool]:
    """These tools by slug, retired ones too; a slug that nobody has is left out."""
    rows = connection.execute(_BY_SLUG, {"workspace": workspace, "slugs": list(slugs)})
    return {row.slug: _tool(row) for row in rows}


def after(connection: Connection, workspace: str, slug: str, most: int) -> list[StoredTool]:
    """A page of the catalogue in the order of slugs: up to `most` tools behind this one; from the start behind ""."""
    return [_tool(row) for row in connection.execute(_AFTER, {"workspace": workspace, "slug": slug, "most": most})]


def retired(connection: Connection, workspace: str) -> list[StoredName]:
    """The tools that were taken out of the catalogue."""
    rows = connection.execute(_RETIRED, {"workspace": workspace})
    return [StoredName(row.id, row.slug, row.name, is_retired=True) for row in rows]


def slugs_like(connection: Connection, workspace: str, slug: str) -> set[str]:
    """Of this slug and those that begin with it and a hyphen the ones that are taken, also by retired tools."""
    return set(
        connection.execute(_SLUGS, {"workspace": workspace, "slug": slug, "before_number": f"{slug}-"}).scalars()
    )


def search(
    connection: Connection,
    workspace: str,
    words: Sequence[str],
    category: str | None,
    prices: Sequence[str],
    first: str,
    start: int,
    most: int,
) -> tuple[int, list[int]]:
    """How many tools hold every word (casefolded), and the ids of a page of them: names that begin with `first` first.

    Of one category or any, of these entry prices or any.
    """
    fits = [tool.c.workspace == workspace, _HERE]
    fits += [tool.c.search.contains(word, autoescape=True) for word in words]
    fits += [tool.c.category == category] if category is not None else []
    found = select(tool.c.id).where(*fits)
    if prices:
        found = found.join_from(tool, price, _CURRENT_PRICE).where(price.c.entry.in_(prices))
    count = connection.execute(found.with_only_columns(func.count())).scalar_one()
    rank = case((tool.c.search.startswith(first, autoescape=True), 0), else_=1)
    page = found.order_by(rank, tool.c.search, tool.c.id).offset(start).limit(most)
    return count, list(connection.execute(page).scalars())


def everything(connection: Connection, workspace: str) -> dict[str, StoredTool]:
    """The whole catalogue of a workspace by slug."""
    return {row.slug: _tool(row) for row in connection.execute(_TOOLS, {"workspace": workspace})}


def categories(connection: Connection, workspace: str) -> dict[str, int]:
    """Every category with its number of tools, by name."""
    rows = connection.execute(_CATEGORIES, {"workspace": workspace})
    return {row[0]: row[1] for row in rows}


def names(connection: Connection, workspace: str, version: int = -1) -> list[StoredName]:
    """What each tool is called that has changed after this version of the catalogue; every tool for -1."""
    rows = connection.execute(_NAMES, {"workspace": workspace, "version": version})
    return [StoredName(row.id, row.slug, row.name, row.retired_at is not None) for row in rows]


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


def insert_tools(
    connection: Connection, workspace: str, new: Sequence[tuple[ToolFacts, Keyed]], version: int, now: int
) -> list[int]:
    """Write new tools with their aliases, each as (key, alias), and return their ids in the same order."""
    if not new:
        return []
    common = {"workspace": workspace, "created_at": now, "version": version}
    values = [{**common, **_columns(facts, keyed)} for facts, keyed in new]
    ids = [int(found) for found in connection.execute(_INSERT, values).scalars()]
    _insert_aliases(connection, workspace, zip(ids, [keyed for _, keyed in new], strict=True))
    return ids


def update_tool(
    connection: Connection, workspace: str, tool_id: int, facts: ToolFacts, keyed: Keyed, version: int
) -> None:
    """Write a tool's facts and aliases over the old ones; a retired one is in the catalogue again."""
    values = {"of_workspace": workspace, "of_tool": tool_id, "version": version, "retired_at": None}
    connection.execute(_UPDATE, {**values, **_columns(facts, keyed)})
    drop_aliases(connection, workspace, [tool_id])
    _insert_aliases(connection, workspace, [(tool_id, keyed)])


def set_retired(connection: Connection, workspace: str, tool_id: int, at: int | None, version: int) -> None:
    """Take a tool out of the catalogue at this moment, or bring it back for None."""
    values = {"of_workspace": workspace, "of_tool": tool_id, "at": at, "moved_to": version}
    connection.execute(_SET_RETIRED, values)


def insert_prices(connection: Connection, workspace: str, new: Sequence[tuple[int, StoredPrice]], now: int) -> None:
    """Give tools that have none their price."""
    if new:
        connection.execute(insert(price), [_price_columns(workspace, tool_id, one, now) for tool_id, one in new])


def set_price(connection: Connection, workspace: str, tool_id: int, new: StoredPrice, now: int) -> None:
    """Make this the current price; the one before becomes history."""
    connection.execute(_SUPERSEDE_PRICE, {"of_workspace": workspace, "of_tool": tool_id, "at": now})
    insert_prices(connection, workspace, [(tool_id, new)], now)


def alias_owners(connection: Connection, workspace: str, keys: Iterable[str]) -> dict[str, int]:
    """Which tool each of these alias keys belongs to; one that is free is left out."""
    rows = connection.execute(_ALIAS_OWNERS, {"workspace": workspace, "keys": list(keys)})
    return {row[0]: row[1] for row in rows}


def drop_aliases(connection: Connection, workspace: str, ids: Sequence[int]) -> None:
    """Take every alias from these tools."""
    if ids:
        connection.execute(_DROP_ALIASES, {"workspace": workspace, "ids": list(ids)})


def _insert_aliases(connection: Connection, workspace: str, given: Iterable[tuple[int, Keyed]]) -> None:
    """Write aliases that no tool of the catalogue has; a retired tool must give its own up."""
    rows = [
        {"workspace": workspace, "key": key, "tool_id": tool_id, "alias": alias, "position": i}
        for tool_id, keyed in given
        for i, (key, alias) in enumerate(keyed)
    ]
    if rows:
        connection.execute(_FREE_ALIASES, {"workspace": workspace, "keys": [row["key"] for row in rows]})
        connection.execute(insert(tool_alias), rows)


def _price_columns(workspace: str, tool_id: int, new: StoredPrice, now: int) -> dict[str, object]:
    return {
        "workspace": workspace,
        "tool_id": tool_id,
        "entry": new.entry,
        "summary": new.summary,
        "source": new.source,
        "as_of": new.as_of,
        "recorded_at": now,
    }


def _columns(facts: ToolFacts, keyed: Keyed) -> dict[str, object]:
    searched = (facts.name, facts.vendor, facts.category, facts.tagline, facts.description, facts.best_for)
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
        "search": "\n".join([*searched, *(alias for _, alias in keyed)]).casefold(),
    }


def _tool(row: Sequence[Any]) -> StoredTool:
    values: tuple[Any, ...] = (*row[:10], tuple(json.loads(row[10])), row[11], StoredPrice(*row[12:]))
    return StoredTool(*values)
