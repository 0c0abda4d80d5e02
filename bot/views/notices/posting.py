"""When a comparison cannot simply be posted: the bot is not there, or the question was asked before."""

from bot.model import Scorecard
from bot.views import actions, facts, kit, votes
from bot.views.actions import Ask
from bot.views.blocks import Element
from bot.views.kit import Message
from bot.views.text import channel, date, day


def join_first(ask: Ask, channel_id: str) -> Message:
    """The bot is not in this public channel; it joins on this click only."""
    return kit.say(
        f"I am not in {channel(channel_id)} yet, so I can neither post there nor count reactions.",
        kit.actions(kit.button("Add me and post", actions.JOIN_AND_POST, ask.value(), style="primary")),
        typed=ask.typed,
    )


def invite_first(ask: Ask) -> Message:
    """The bot is not in this private channel, and only its members can let it in."""
    return kit.say(
        "I am not in this private channel, so I can neither post here nor count reactions. Send "
        "`/invite @Verdicts` here, then press the button.",
        kit.actions(kit.button("Try again", actions.TRY_AGAIN, ask.value(), style="primary")),
        typed=ask.typed,
    )


def cannot_post_here(ask: Ask) -> Message:
    """The conversation admits no bot or no posts: a DM between other people, an archived or read-only channel."""
    return kit.say(
        "I cannot post in this conversation. Send the same line in a channel that I may write in, or in a direct "
        "message to me.",
        typed=ask.typed,
    )


def already_open(card: Scorecard, ask: Ask, *, may_start_over: bool) -> Message:
    """The same question is open already; `may_start_over` is for its starter."""
    comparison = card.comparison
    voted = votes.turnout(card.tally)
    other = "" if ask.voting == comparison.secrecy else f" Its voting is {comparison.secrecy}, not {ask.voting}."
    names = facts.linked(card.tools, card.permalink)
    buttons: list[Element] = [kit.button("Show it here again", actions.SHOW_AGAIN, actions.value(comparison.id))]
    if may_start_over:
        sure = kit.confirm(
            "Start over?",
            "The open vote is closed with the votes it has, and a new round begins without any.",
            "Start over",
        )
        buttons.append(kit.button("Start over", actions.START_OVER, ask.value(), style="danger", confirm=sure))
    return kit.say(
        f"{names} is already open: {voted}, closes {date(comparison.closes_at)}.{other}",
        kit.actions(*buttons),
        typed=ask.typed,
    )


def closed_before(card: Scorecard, ask: Ask) -> Message:
    """The same question was closed before: its result first, then the choice."""
    comparison = card.comparison
    names = [facts.name(tool) for tool in card.tools]
    closed = day(comparison.closed_at) if comparison.closed_at is not None else "before"
    result = votes.standing(names, card.tally, is_open=False)
    return kit.say(
        f"{facts.linked(card.tools, card.permalink)} was closed {closed}. {result}",
        kit.context(votes.community_line(names, votes.count(card.tally))),
        kit.actions(
            kit.button("New round", actions.NEW_ROUND, ask.value(), style="primary"),
            kit.button("Post the result", actions.POST_RESULT, actions.value(comparison.id)),
        ),
        typed=ask.typed,
    )


def post_again(card: Scorecard) -> Message:
    """A card was recorded, and whether it was posted is not known."""
    return kit.say(
        f"I was interrupted while posting *{facts.versus(card.tools)}* in {channel(card.card.channel)}. "
        "If it is not there, post it again.",
        kit.actions(kit.button("Post it again", actions.POST_AGAIN, actions.value(card.card.id))),
    )
