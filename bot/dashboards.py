"""What one person's Home tab shows: only what this person may see."""

from dataclasses import replace

from bot import digest_content, people, scorecards, subscriptions
from bot.model import Comparison, Scorecard
from bot.views.home import OPEN, VOTES, Dashboard, OpenComparison, OwnVote
from db import ballots as ballot_rows
from db import cards as card_rows
from db import comparisons as comparison_rows
from db.connection import Connection

LEADERS = 10


def build(
    connection: Connection, workspace: str, person: str, channels: frozenset[str] | None, now: int
) -> tuple[Dashboard, bool]:
    """The person's dashboard, and whether this is their first visit.

    `channels` are those that the person is in, as Slack says; None where it does not say: then everything public is
    shown, and nothing private. Nobody is shown their vote of a hidden or anonymous round: the Home tab may be on a
    screen that others see.
    """
    first = people.needs_guide(connection, workspace, person, now)
    open_now = comparison_rows.still_open(connection, workspace)
    here: dict[int, card_rows.StoredCard] = {}
    for card in card_rows.of_comparisons(connection, workspace, [one.id for one in open_now]):
        if card.state == "live" and (channels is None or card.channel in channels):
            here.setdefault(card.comparison_id, card)
    mine = [one for one in open_now if one.id in here and (not one.scope or channels is not None)]
    shown = [scorecards.build(connection, one, here[one.id]) for one in mine[:OPEN]]
    subscribed = subscriptions.listed(connection, workspace, "", now, channels)
    return (
        Dashboard(
            open=tuple(
                OpenComparison(_as_shown(card), card.tally, card.permalink, card.card.channel) for card in shown
            ),
            more_open=len(mine) - len(shown),
            open_elsewhere=sum(not one.scope and one.id not in here for one in open_now),
            votes=tuple(_votes(connection, workspace, person, channels)),
            subscriptions=tuple((planned.subscription, planned.next_due) for planned in subscribed),
            leaderboard=tuple(digest_content.leaderboard(connection, workspace)[:LEADERS]),
        ),
        first,
    )


def _votes(connection: Connection, workspace: str, person: str, channels: frozenset[str] | None) -> list[OwnVote]:
    found = []
    for comparison_id, choice in ballot_rows.newest_of(
        connection, workspace, person, ["", *sorted(channels or ())], VOTES
    ):
        comparison = comparison_rows.find(connection, workspace, comparison_id)
        if comparison is not None:
            newest = scorecards.newest_card(connection, comparison)
            card = scorecards.build(connection, comparison, newest)
            ticked = tuple(i for i, position in enumerate(card.card.order) if choice >> position & 1)
            # A card in a channel that this person is not in is no place to send them.
            reachable = newest is not None and (channels is None or newest.channel in channels)
            found.append(OwnVote(_as_shown(card), ticked, card.permalink if reachable else None))
    return found


def _as_shown(card: Scorecard) -> Comparison:
    """The comparison with its tools in the order of its card."""
    return replace(card.comparison, tools=card.tools)
