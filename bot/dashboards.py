"""What one person's Home tab shows: only what this person may see."""

from dataclasses import replace

from bot import comparisons, digest_content, people, subscriptions
from bot.model import Comparison, Scorecard
from bot.views.home import Dashboard, OpenComparison, OwnVote
from db import ballots as ballot_rows
from db.connection import Connection

LEADERS = 10


def build(connection: Connection, workspace: str, person: str, now: int) -> tuple[Dashboard, bool]:
    """The person's dashboard, and whether this is their first visit. Private comparisons are left out.

    Whose channels they are in is Slack's knowledge, not ours, so only public ones are shown. Nobody is shown their vote
    of a hidden or anonymous round: the Home tab may be on a screen that others see.
    """
    first = people.needs_guide(connection, workspace, person, now)
    open_now = [card for card in comparisons.open_everywhere(connection, workspace) if not card.comparison.scope]
    own = []
    for card in open_now:
        if card.comparison.secrecy != "open":
            continue
        ballot = ballot_rows.ballot_of(connection, workspace, card.comparison.id, person)
        if ballot is not None:
            ticked = tuple(i for i, position in enumerate(card.card.order) if ballot.choice >> position & 1)
            own.append(OwnVote(_as_shown(card), ticked, card.permalink))
    subscribed = subscriptions.listed(connection, workspace, "", now)
    return (
        Dashboard(
            open=tuple(OpenComparison(_as_shown(card), card.tally, card.permalink) for card in open_now),
            votes=tuple(own),
            subscriptions=tuple((planned.subscription, planned.next_due) for planned in subscribed),
            leaderboard=tuple(digest_content.leaderboard(connection, workspace)[:LEADERS]),
        ),
        first,
    )


def _as_shown(card: Scorecard) -> Comparison:
    """The comparison with its tools in the order of its card."""
    return replace(card.comparison, tools=card.tools)
