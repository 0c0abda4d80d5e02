"""What a digest tells: what has changed since the channel's last one, and the leaderboard."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot import ballots, catalogue, schedule, scoring, subscriptions
from bot.model import (
    ChangeKind,
    Comparison,
    Digest,
    DigestChange,
    DigestMove,
    DigestResult,
    Subscription,
    Tool,
    ToolStanding,
)
from db import cards as card_rows
from db import comparisons as comparison_rows
from db import digests as digest_rows
from db import scores as score_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

CLOSING_SOON = 7 * 86_400
# Seconds before the last digest that are looked at again: what was written then may have been committed after it was
# gathered. What it told is not told twice.
SEEN_AGAIN = 120
MOST_BUSY = 3
LEAST_DISAGREEMENT = 0.25


def preview(connection: Connection, workspace: str, channel: str, now: int, *, is_shared: bool) -> Digest:
    """What the channel's digest would say now. Raises UserError without a subscription."""
    subscription = subscriptions.find(connection, workspace, channel, now).subscription
    week = schedule.iso_week(schedule.local_day(now, subscription.zone))
    return build(connection, subscription, week, now, is_shared=is_shared)[0]


def leaderboard(connection: Connection, workspace: str, category: str | None = None) -> list[ToolStanding]:
    """Tools by what the team would ship, best first; of one category, or all. Raises UserError for an unknown one."""
    return scoring.rank(_standings(connection, workspace, catalogue.category_named(connection, workspace, category)))


def build(
    connection: Connection, subscription: Subscription, week: str, now: int, *, is_shared: bool
) -> tuple[Digest, str]:
    """The digest from what has changed since the channel's last one, and the leaderboard that it was told, as JSON.

    In a channel that is shared with another company it tells only of what was asked there: what the workspace asks
    elsewhere, its scores and its catalogue are nobody else's business.
    """
    workspace, channel = subscription.workspace, subscription.channel
    last = digest_rows.last_posted(connection, workspace, channel)
    since = (last.sending_at or last.due_at) if last else now - schedule.WEEK_SECONDS
    seen = _Seen.of(last)
    looked_from = since - SEEN_AGAIN if last else since
    stored_workspace = workspace_rows.find(connection, workspace)

    def in_view(found: comparison_rows.StoredComparison) -> bool:
        return found.scope == channel or (found.scope == "" and not is_shared)

    closed = [
        c
        for c in comparison_rows.closed_between(connection, workspace, looked_from, now)
        if in_view(c) and f"c{c.id}" not in seen.told
    ]
    open_now = [c for c in comparison_rows.still_open(connection, workspace) if in_view(c)]
    results = _results(connection, workspace, [*closed, *open_now], subscription.category)
    closed_results = [results[c.id] for c in closed if c.id in results]
    open_results = [results[c.id] for c in open_now if c.id in results]
    busiest = sorted((r for r in open_results if r.tally.people > 0), key=lambda r: -r.tally.people)[:MOST_BUSY]
    shown = {r.comparison.id for r in busiest}
    closing_soon = [
        r for r in open_results if r.comparison.id not in shown and r.comparison.closes_at <= now + CLOSING_SOON
    ]
    # Places of every category are kept: a subscription that changes its own later has not seen anybody move.
    everywhere = _standings(connection, workspace, None)
    positions = _positions(everywhere)
    standings = [one for one in everywhere if subscription.category in {None, one.tool.category} and not is_shared]
    changes = {} if is_shared else _changes(connection, workspace, subscription.category, looked_from, now, seen.told)
    disagreements, moves = _disagreements(standings), _moves(standings, positions, seen.places)
    told_of = [*(one.tool.id for one in disagreements), *(one.tool.id for one in changes.values())]
    told_of += [one.standing.tool.id for one in moves]
    digest = Digest(
        subscription=subscription,
        week=week,
        since=since,
        until=now,
        closed=tuple(closed_results),
        busiest=tuple(busiest),
        disagreements=disagreements,
        changes=tuple(changes.values()),
        moves=moves,
        closing_soon=tuple(closing_soon),
        tables=stored_workspace is None or not stored_workspace.refuses_tables,
        links=card_rows.newest_of_tools(connection, workspace, channel, set(told_of)),
        is_shared=is_shared,
    )
    told = [*(f"c{c.id}" for c in closed if c.id in results), *changes]
    return digest, json.dumps({"places": positions, "told": told})


def _results(
    connection: Connection, workspace: str, found: Sequence[comparison_rows.StoredComparison], category: str | None
) -> dict[int, DigestResult]:
    tools = catalogue.tools(connection, workspace, {tool_id for c in found for tool_id in c.tool_ids})
    links: dict[int, str] = {}
    orders: dict[int, tuple[int, ...]] = {}
    for card in card_rows.of_comparisons(connection, workspace, [c.id for c in found]):
        if card.permalink and card.state in {"live", "replaced"}:
            links.setdefault(card.comparison_id, card.permalink)
            orders.setdefault(card.comparison_id, tuple(int(position) for position in card.shown))
    results = {}
    for c in found:
        # Named in the order of the card that the line leads to.
        order = orders.get(c.id, tuple(range(len(c.tool_ids))))
        shown = tuple(tools[c.tool_ids[position]] for position in order)
        if category is not None and all(tool.category != category for tool in shown):
            continue
        comparison = Comparison(
            c.id,
            c.workspace,
            c.scope,
            shown,
            c.use_case,
            c.starter,
            c.round,
            c.opened_at,
            c.closes_at,
            c.closed_at,
            c.closed_by,
            c.secrecy,
            c.by_buttons,
        )
        tally = ballots.told_tally(connection, c).in_order(order)
        results[c.id] = DigestResult(comparison, tally, links.get(c.id))
    return results


def _standings(connection: Connection, workspace: str, category: str | None) -> list[ToolStanding]:
    scores = score_rows.team_scores(connection, workspace)
    tools = catalogue.current(connection, workspace, [score.tool_id for score in scores])
    return [
        ToolStanding(tools[score.tool_id], score.ticks, score.people, score.comparisons)
        for score in scores
        if score.tool_id in tools and category in {None, tools[score.tool_id].category}
    ]


def _positions(standings: Iterable[ToolStanding]) -> dict[str, int]:
    """Each tool's place on the leaderboard of its category, by slug, from 1."""
    by_category: dict[str, list[ToolStanding]] = {}
    for standing in standings:
        by_category.setdefault(standing.tool.category, []).append(standing)
    return {
        standing.tool.slug: place
        for group in by_category.values()
        for place, standing in enumerate(scoring.rank(group), start=1)
    }


def _disagreements(standings: Iterable[ToolStanding]) -> tuple[ToolStanding, ...]:
    def distance(standing: ToolStanding) -> float:
        return scoring.disagreement(standing.tool.panel.share, standing.ticks, standing.people)

    heard = [standing for standing in standings if distance(standing) >= LEAST_DISAGREEMENT]
    return tuple(sorted(heard, key=lambda s: (-distance(s), s.tool.name)))


def _moves(
    standings: Iterable[ToolStanding], positions: dict[str, int], before: dict[str, int] | None
) -> tuple[DigestMove, ...]:
    """Who stands elsewhere than in the last digest; nobody, where there was none to compare with."""
    if before is None:
        return ()
    moves = [
        DigestMove(standing, before.get(standing.tool.slug), positions[standing.tool.slug])
        for standing in standings
        if before.get(standing.tool.slug) != positions[standing.tool.slug]
    ]
    return tuple(sorted(moves, key=lambda move: (move.now, move.standing.tool.name)))


def _changes(
    connection: Connection, workspace: str, category: str | None, since: int, until: int, told: frozenset[str]
) -> dict[str, DigestChange]:
    """What is new and changed in the catalogue, each under a name of its own, without what was told already."""
    new_tools = set(tool_rows.added(connection, workspace, since, until))
    old_prices = {
        f"p{one.tool_id}.{one.recorded_at}": one for one in tool_rows.price_changes(connection, workspace, since, until)
    }
    prices = {one.tool_id: (name, one.before) for name, one in reversed(old_prices.items()) if name not in told}
    takes = take_rows.recorded(connection, workspace, since, until)
    before = take_rows.verdicts_before(connection, workspace, since, until)
    tools = catalogue.tools(connection, workspace, new_tools | prices.keys() | {take.tool_id for take in takes})

    def in_view(tool: Tool) -> bool:
        return category in {None, tool.category} and not tool.is_retired

    found = {f"t{tool_id}": DigestChange("new tool", tools[tool_id]) for tool_id in sorted(new_tools)}
    for stored in takes:
        # A new tool's takes are part of its own line.
        if stored.tool_id not in new_tools:
            turned = before.get((stored.tool_id, stored.reviewer), stored.verdict) != stored.verdict
            kind: ChangeKind = "turned take" if turned else "new take"
            change = DigestChange(kind, tools[stored.tool_id], take=catalogue.take(stored))
            found[f"k{stored.tool_id}.{stored.reviewer}.{stored.recorded_at}"] = change
    for tool_id, (name, old) in sorted(prices.items()):
        if tool_id not in new_tools:
            found[name] = DigestChange("new price", tools[tool_id], old_price=catalogue.price(old))
    return {name: change for name, change in found.items() if name not in told and in_view(change.tool)}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the channel's last digest showed: the leaderboard, None before the first one, and what it told of."""

    places: dict[str, int] | None
    told: frozenset[str]

    @classmethod
    def of(cls, last: digest_rows.StoredRun | None) -> "_Seen":
        if last is None or last.positions is None:
            return cls(None, frozenset())
        kept = json.loads(last.positions)
        if not isinstance(kept.get("told"), list):  # as the first version kept it: the leaderboard alone
            return cls(kept, frozenset())
        return cls(kept["places"], frozenset(kept["told"]))
