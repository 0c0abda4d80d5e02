"""Weekly verdicts: who gets them, when, what is in them, and how once is kept. One public function, one transaction."""

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import structlog

from bot import ballots, catalogue, schedule, scoring
from bot.errors import UserError
from bot.model import (
    Comparison,
    Digest,
    DigestChange,
    DigestMove,
    DigestResult,
    DigestRun,
    RunState,
    Subscription,
    Tool,
    ToolStanding,
)
from db import comparisons as comparison_rows
from db import digests as rows
from db import scores as score_rows
from db import subscriptions as subscription_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

log = structlog.get_logger(__name__)

SUBSCRIBE = "/verdict subscribe mon 09:00"
WEEK = 7 * 86_400
MOST_TO_PLAN = 200
ABANDONED_AFTER = 15 * 60  # far beyond the ten seconds that a post may take
CLOSING_SOON = 7 * 86_400
MOST_BUSY = 3
LEAST_DISAGREEMENT = 0.25


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for with `/verdict subscribe`."""

    workspace: str
    channel: str
    is_private: bool
    weekday: int
    minute: int
    zone: str
    category: str | None
    even_if_empty: bool
    person: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A subscription and the moment of its next digest; None while it is paused."""

    subscription: Subscription
    next_due: int | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A digest that is ours to post now; `digest` is None when there is nothing to say and nothing should be said."""

    run: DigestRun
    digest: Digest
    positions: str
    worth_posting: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A digest that may or may not have been posted, and who is to look for it."""

    run: DigestRun
    subscriber: str


def subscribe(connection: Connection, wish: Wish, now: int) -> tuple[Planned, bool]:
    """Subscribe a channel, or change its subscription; return it, and whether it was a change.

    Raises UserError for a category that does not exist.
    """
    category = _category(connection, wish.workspace, wish.category)
    old = subscription_rows.find(connection, wish.workspace, wish.channel)
    if old is not None:
        # What was due a moment ago stays due: a change near the due time must not lose the week.
        _plan_one(connection, old, now)
    draft = Subscription(
        id=0,
        workspace=wish.workspace,
        channel=wish.channel,
        weekday=wish.weekday,
        minute=wish.minute,
        zone=wish.zone,
        category=category,
        even_if_empty=wish.even_if_empty,
        subscriber=wish.person,
        subscribed_at=now,
        paused_until=None,
        pause_reason=None,
    )
    subscription_rows.subscribe(
        connection,
        wish.workspace,
        wish.channel,
        is_private=wish.is_private,
        weekday=wish.weekday,
        minute=wish.minute,
        zone=wish.zone,
        category=category,
        even_if_empty=wish.even_if_empty,
        subscriber=wish.person,
        now=now,
        next_due_at=_next_to_plan(draft, now),
    )
    return find(connection, wish.workspace, wish.channel, now), old is not None


def unsubscribe(connection: Connection, workspace: str, channel: str) -> bool:
    """End a channel's subscription; False when it had none."""
    return subscription_rows.unsubscribe(connection, workspace, channel)


def find(connection: Connection, workspace: str, channel: str, now: int) -> Planned:
    """The channel's subscription. Raises UserError when it has none."""
    stored = subscription_rows.find(connection, workspace, channel)
    if stored is None:
        raise UserError("This channel has no weekly verdicts yet. Start them with this.", SUBSCRIBE)
    return _planned(connection, stored, now)


def channel_of(connection: Connection, workspace: str, subscription_id: int) -> str:
    """The channel that a button under a digest speaks of. Raises UserError when its subscription has ended."""
    stored = subscription_rows.by_id(connection, workspace, subscription_id)
    if stored is None:
        raise UserError("This subscription has ended. Start it again with this.", SUBSCRIBE)
    return stored.channel


def subscriptions(connection: Connection, workspace: str, channel: str, now: int) -> list[Planned]:
    """The workspace's subscriptions that somebody in this channel may see: public ones, and the channel's own."""
    return [
        _planned(connection, stored, now)
        for stored in subscription_rows.listed(connection, workspace)
        if not stored.is_private or stored.channel == channel
    ]


def pause(connection: Connection, workspace: str, channel: str, until: str | None, now: int) -> Planned:
    """Post nothing until a local date, or until resumed, nor what has come due and still waits.

    Raises UserError without a subscription.
    """
    find(connection, workspace, channel, now)
    subscription_rows.pause(connection, workspace, channel, until or "", None)
    rows.leave_out(connection, workspace, channel, "paused")
    return find(connection, workspace, channel, now)


def resume(connection: Connection, workspace: str, channel: str, now: int) -> Planned:
    """End a pause; weeks that passed in it stay unposted. Raises UserError without a subscription."""
    stored = subscription_rows.find(connection, workspace, channel)
    if stored is not None:
        _plan_one(connection, stored, now)
        subscription_rows.pause(connection, workspace, channel, None, None)
    return find(connection, workspace, channel, now)


def skip(connection: Connection, workspace: str, channel: str, week: str, now: int) -> Planned:
    """Leave one ISO week out, also while it waits to be posted. Raises UserError without a subscription."""
    found = find(connection, workspace, channel, now)
    weeks = sorted({*found.subscription.skipped, week})[-52:]
    subscription_rows.skip(connection, workspace, channel, " ".join(weeks))
    rows.leave_out(connection, workspace, channel, "skipped", week)
    return find(connection, workspace, channel, now)


def plan(connection: Connection, workspaces: Sequence[str], now: int) -> int:
    """Write a row for every week that has come due; return how many subscriptions were looked at.

    Any replica may do it at any time: the row's key is unique, and the first to write it wins.
    """
    waiting = subscription_rows.to_plan(connection, workspaces, now, MOST_TO_PLAN)
    for stored in waiting:
        _plan_one(connection, stored, now)
    return len(waiting)


def waiting(connection: Connection, workspaces: Sequence[str], now: int) -> list[tuple[str, str]]:
    """Whose digest comes next, as (workspace, channel): its open comparisons are swept before it is built."""
    return rows.waiting(connection, workspaces, now)


def claim(connection: Connection, workspaces: Sequence[str], now: int) -> Claimed | None:
    """Take the next digest that is due, so that nobody else posts it. Commit before any call to Slack.

    Rows that nobody could post within a day are recorded as skipped on the way.
    """
    while (stored := rows.claim(connection, workspaces, now)) is not None:
        subscription = subscription_rows.find(connection, stored.workspace, stored.channel)
        if subscription is None:
            _settle(connection, stored, "skipped", now, "the channel had unsubscribed")
        elif schedule.is_missed(stored.due_at, now):
            _settle(connection, stored, "skipped", now, "more than a day late")
        else:
            digest, positions = build(connection, _subscription(subscription), stored.week, now)
            return Claimed(_run(stored), digest, positions, digest.subscription.even_if_empty or not digest.is_empty)
    return None


def settle(
    connection: Connection,
    run: DigestRun,
    state: str,
    now: int,
    *,
    outcome: str | None = None,
    message_ts: str | None = None,
    not_before: int | None = None,
    positions: str | None = None,
) -> bool:
    """Write how posting ended; False when the row has been taken over since.

    A failure pauses the subscription: whatever made it impossible will not go away by itself.
    """
    stored = rows.run_by_id(connection, run.workspace, run.id)
    if stored is None or stored.attempt != run.attempt:
        return False
    settled = rows.settle(
        connection,
        stored,
        state=state,
        now=now,
        message_ts=message_ts,
        outcome=outcome,
        not_before=not_before,
        positions=positions,
    )
    if settled and state != "pending":
        subscription_rows.note_outcome(connection, run.workspace, run.channel, _outcome(state, run.week, outcome))
    if settled and state == "failed":
        subscription_rows.pause(connection, run.workspace, run.channel, "", outcome)
    return settled


def give_up_abandoned(connection: Connection, workspaces: Sequence[str], now: int) -> list[Abandoned]:
    """Mark digests whose poster died in the middle as uncertain: they may be posted, so nobody resends them.

    Return those whose subscriber is to be asked to look; a channel that has unsubscribed since has nobody to ask.
    """
    why = "the app stopped while it was posting"
    abandoned = []
    for stored in rows.give_up_abandoned(connection, workspaces, now - ABANDONED_AFTER, why):
        subscription_rows.note_outcome(
            connection, stored.workspace, stored.channel, _outcome("uncertain", stored.week, why)
        )
        subscription = subscription_rows.find(connection, stored.workspace, stored.channel)
        if subscription is not None:
            abandoned.append(Abandoned(_run(stored), subscription.subscriber))
    return abandoned


def post_again(connection: Connection, workspace: str, run_id: int, now: int) -> None:
    """Send an uncertain digest once more, because a person who looked says that it is not there.

    Raises UserError when the run is not uncertain (any more).
    """
    stored = rows.run_by_id(connection, workspace, run_id)
    if stored is None or not rows.retry_uncertain(connection, workspace, run_id, now):
        raise UserError("That digest is not in doubt any more; look in the channel for it.")


def preview(connection: Connection, workspace: str, channel: str, now: int) -> Digest:
    """What the channel's digest would say now. Raises UserError without a subscription."""
    subscription = find(connection, workspace, channel, now).subscription
    week = schedule.iso_week(schedule.local_day(now, subscription.zone))
    return build(connection, subscription, week, now)[0]


def leaderboard(connection: Connection, workspace: str, category: str | None = None) -> list[ToolStanding]:
    """Tools by what the team would ship, best first; of one category, or all. Raises UserError for an unknown one."""
    return scoring.rank(_standings(connection, workspace, _category(connection, workspace, category)))


def build(connection: Connection, subscription: Subscription, week: str, now: int) -> tuple[Digest, str]:
    """The digest from what has changed since the channel's last one, and the leaderboard that it was told, as JSON."""
    workspace, channel = subscription.workspace, subscription.channel
    last = rows.last_posted(connection, workspace, channel)
    since = (last.sending_at or last.due_at) if last else now - WEEK
    stored_workspace = workspace_rows.find(connection, workspace)

    def in_view(found: comparison_rows.StoredComparison) -> bool:
        return found.scope in {"", channel}

    closed = [c for c in comparison_rows.closed_between(connection, workspace, since, now) if in_view(c)]
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
    standings = [one for one in everywhere if subscription.category in {None, one.tool.category}]
    digest = Digest(
        subscription=subscription,
        week=week,
        since=since,
        until=now,
        closed=tuple(closed_results),
        busiest=tuple(busiest),
        disagreements=_disagreements(standings),
        changes=tuple(_changes(connection, workspace, subscription.category, since, now)),
        moves=_moves(standings, positions, last),
        closing_soon=tuple(closing_soon),
        tables=stored_workspace is None or not stored_workspace.refuses_tables,
    )
    return digest, json.dumps(positions)


def _plan_one(connection: Connection, stored: subscription_rows.StoredSubscription, now: int) -> None:
    subscription = _subscription(stored)
    for due in schedule.weeks_due(subscription, stored.planned_until, now):
        is_new = rows.plan(
            connection,
            stored.workspace,
            stored.channel,
            due.week,
            due_at=due.due_at,
            key=secrets.token_hex(16),
            state="skipped" if due.left_out else "pending",
            outcome=due.left_out,
        )
        if is_new and due.left_out:
            subscription_rows.note_outcome(
                connection, stored.workspace, stored.channel, _outcome("skipped", due.week, due.left_out)
            )
    subscription_rows.planned(connection, stored.workspace, stored.channel, now, _next_to_plan(subscription, now))


def _next_to_plan(subscription: Subscription, now: int) -> int:
    """The next due time, paused or not: a week that is left out gets its row, too."""
    next_due = schedule.next_due(replace(subscription, paused_until=None, skipped=()), now)
    return next_due if next_due is not None else now + WEEK


def _planned(connection: Connection, stored: subscription_rows.StoredSubscription, now: int) -> Planned:
    subscription = _subscription(stored)
    this_week = schedule.iso_week(schedule.local_day(now, subscription.zone))
    run = rows.run_of(connection, stored.workspace, stored.channel, this_week)
    return Planned(subscription, schedule.next_due(subscription, now, [this_week] if run else []))


def _settle(connection: Connection, stored: rows.StoredRun, state: str, now: int, outcome: str) -> None:
    rows.settle(connection, stored, state=state, now=now, outcome=outcome)
    subscription_rows.note_outcome(connection, stored.workspace, stored.channel, _outcome(state, stored.week, outcome))


def _outcome(state: str, week: str, reason: str | None) -> str:
    return f"{week} {state}: {reason}" if reason else f"{week} {state}"


def _category(connection: Connection, workspace: str, typed: str | None) -> str | None:
    if typed is None:
        return None
    known = catalogue.categories(connection, workspace)
    for category in known:
        if category.casefold() == typed.strip().casefold():
            return category
    names = ", ".join(known)
    raise UserError(f"There is no category “{typed}”. The catalogue has: {names}.")


def _results(
    connection: Connection, workspace: str, found: Sequence[comparison_rows.StoredComparison], category: str | None
) -> dict[int, DigestResult]:
    tools = catalogue.tools(connection, workspace, {tool_id for c in found for tool_id in c.tool_ids})
    links: dict[int, str] = {}
    orders: dict[int, tuple[int, ...]] = {}
    for card in comparison_rows.cards_of(connection, workspace, [c.id for c in found]):
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
    tools = catalogue.tools(connection, workspace, [score.tool_id for score in scores])
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
    standings: Iterable[ToolStanding], positions: dict[str, int], last: rows.StoredRun | None
) -> tuple[DigestMove, ...]:
    """Who stands elsewhere than in the last digest; nobody, where there was none to compare with."""
    if last is None or last.positions is None:
        return ()
    before: dict[str, int] = json.loads(last.positions)
    moves = [
        DigestMove(standing, before.get(standing.tool.slug), positions[standing.tool.slug])
        for standing in standings
        if before.get(standing.tool.slug) != positions[standing.tool.slug]
    ]
    return tuple(sorted(moves, key=lambda move: (move.now, move.standing.tool.name)))


def _changes(
    connection: Connection, workspace: str, category: str | None, since: int, until: int
) -> list[DigestChange]:
    new_tools = set(tool_rows.added(connection, workspace, since, until))
    prices = {c.tool_id: c.before for c in reversed(tool_rows.price_changes(connection, workspace, since, until))}
    takes = take_rows.recorded(connection, workspace, since, until)
    before = take_rows.verdicts_before(connection, workspace, since, until)
    tools = catalogue.tools(connection, workspace, new_tools | prices.keys() | {take.tool_id for take in takes})
    in_view: Callable[[Tool], bool] = lambda tool: category in {None, tool.category}  # noqa: E731  used three times
    changes = [DigestChange("new tool", tools[tool_id]) for tool_id in sorted(new_tools) if in_view(tools[tool_id])]
    for stored in takes:
        # A new tool's takes are part of its own line.
        if stored.tool_id not in new_tools and in_view(tools[stored.tool_id]):
            turned = before.get((stored.tool_id, stored.reviewer), stored.verdict) != stored.verdict
            changes.append(
                DigestChange(
                    "turned take" if turned else "new take", tools[stored.tool_id], take=catalogue.take(stored)
                )
            )
    for tool_id, old in sorted(prices.items()):
        if tool_id not in new_tools and in_view(tools[tool_id]):
            changes.append(DigestChange("new price", tools[tool_id], old_price=catalogue.price(old)))
    return changes


def _subscription(stored: subscription_rows.StoredSubscription) -> Subscription:
    zone = stored.zone
    try:
        schedule.zone_named(zone)
    except schedule.UnknownZone:
        # Good when it was subscribed; this machine's calendar does not have it (any more). One row must not stop all.
        log.warning("zone unknown, read as UTC", workspace=stored.workspace, subscription=stored.id, zone=zone)
        zone = "UTC"
    return Subscription(
        id=stored.id,
        workspace=stored.workspace,
        channel=stored.channel,
        weekday=stored.weekday,
        minute=stored.minute,
        zone=zone,
        category=stored.category,
        even_if_empty=bool(stored.even_if_empty),
        subscriber=stored.subscriber,
        subscribed_at=stored.subscribed_at,
        paused_until=stored.paused_until,
        pause_reason=stored.pause_reason,
        skipped=tuple(stored.skipped.split()),
        last_outcome=stored.last_outcome,
    )


def _run(stored: rows.StoredRun) -> DigestRun:
    return DigestRun(
        id=stored.id,
        workspace=stored.workspace,
        channel=stored.channel,
        week=stored.week,
        due_at=stored.due_at,
        state=cast("RunState", stored.state),
        key=stored.key,
        attempt=stored.attempt,
        message_ts=stored.message_ts,
        outcome=stored.outcome,
    )
