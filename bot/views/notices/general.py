"""Sentences of no one subject: refusals, failures, a first vote."""

from collections.abc import Sequence
from typing import Final

from bot.model import Scorecard, Tool, Treatment
from bot.views import facts, kit
from bot.views.kit import NOBODY, TYPED, Message
from bot.views.text import clean, date, escape, link, listed, mention, safe_url


def told(sentence: str) -> Message:
    """A sentence that may hold what somebody typed: shown without any markup."""
    return kit.say(escape(sentence, 600) or NOBODY)


def refused(sentence: str, typed: str = "", corrected: str | None = None) -> Message:
    """What is wrong with a line, the line as typed, and the line as it would work, ready to be copied.

    All three may hold what somebody typed.
    """
    said = escape(sentence, 600) or NOBODY
    if not corrected:
        return kit.say(said, typed=typed)
    works = kit.rich_text(kit.paragraph(kit.words("This would work: "), kit.code(clean(corrected, TYPED) or NOBODY)))
    answer = kit.say(said, works, typed=typed)
    return kit.message(f"{answer.text}\nThis would work: {escape(corrected, TYPED)}", answer.blocks)


def not_allowed(deed: str, starter: str, closes_at: int | None) -> Message:
    """Who may do what was tried, and when it happens by itself."""
    by_itself = f" It closes by itself {date(closes_at)}." if closes_at is not None else ""
    return kit.say(
        f"Only {mention(starter)}, who asked the question, can {deed}.{by_itself or f' Ask {mention(starter)} to.'}"
    )


def unexpected(code: str, typed: str = "") -> Message:
    """Something failed for a reason of ours; the code finds it in the log."""
    return kit.say(
        "Something went wrong on my side, and it has been noted. Please try again; if it happens again, tell whoever "
        f"runs this app the code *{escape(code, 20)}*.",
        typed=typed,
    )


def too_many_requests(seconds: int | None = None, typed: str = "") -> Message:
    """Somebody asks faster than is answered; `seconds` until it is worth asking again, where that is known."""
    wait = "in a moment" if seconds is None else f"in {seconds} second{'' if seconds == 1 else 's'}"
    return kit.say(f"That is a lot at once. Please try again {wait}.", typed=typed)


def install_again(address: str) -> Message:
    """Slack does not renew the app's access any more, and whoever installed it must do so again."""
    return kit.say(
        "Slack no longer renews my access to this workspace. Please install me again, or I must stop within two hours: "
        f"{link(address, 'install Verdicts')}. Nothing is lost by it."
    )


def privacy() -> Message:
    """What is kept about people, in plain words."""
    return kit.say(
        "I keep which of my messages you reacted to, with which emoji and when, under your Slack id, so that one "
        "person is one ballot. Votes by button are kept the same way; in an anonymous vote under a code instead of "
        "your id, whose key is destroyed when the vote closes; so are the reasons that you give with votes, until you "
        "withdraw them. I also keep your time zone from your profile, and whether you are a bot, a guest or of another "
        "company. I read no messages but those that name me or are written to me alone; where I was granted a "
        "channel's history, I look in it for digests of mine when Slack did not answer, and keep nothing of it. "
        "Comparisons in a private channel are shown nowhere else. To have what is kept about you erased, ask whoever "
        "runs this app."
    )


def link_to(tools: Sequence[Tool], permalink: str) -> Message:
    """The address of a card, to be copied."""
    shown = f"\n{escape(permalink, 400)}" if safe_url(permalink) is None else f"\n<{permalink.replace('&', '&amp;')}>"
    return kit.say(f"The link to {facts.versus(tools)}:{shown}")


_COUNTED_AS: Final = {
    "counted": "Counted",
    "apart": "Shown beside the count, as a vote from another company",
    "out": "Not counted, as this workspace has set it for guests or people of other companies",
}


def button_vote(choice: Sequence[Tool] | None, treatment: Treatment, card: Scorecard, more: str = "") -> Message:
    """Said after each press of a vote button: what is counted for this person now.

    None is no vote, no tool "none of these". `more` is a sentence of markup to add.
    """
    comparison = card.comparison
    if choice is None:
        said = "You have no vote now. Press a button to cast one"
    else:
        what = listed([f"*{facts.name(tool)}*" for tool in choice]) if choice else "*none of these*"
        said = f"{_COUNTED_AS[treatment]}: you would ship {what}. Press the same button again to take it back"
    until = f" until {date(comparison.closes_at)}" if comparison.is_open else ""
    kept = {
        "open": "Nobody is shown who voted.",
        "hidden": "Nobody sees any count before the vote closes, nor who voted.",
        "anonymous": "Your name is not kept with it.",
    }[comparison.secrecy]
    after = f"\n{more}" if more else ""
    return kit.say(f"{facts.versus(card.tools)}: {said}{until}. {kept} Only you see this message.{after}")


def first_vote(ticked: Sequence[Tool], closes_at: int, permalink: str | None) -> Message:
    """Said once, after a person's first vote ever: what was counted, how to withdraw it. No tool is "none"."""
    what = listed([f"*{facts.name(tool)}*" for tool in ticked]) if ticked else "*none of these*"
    where = f" on {link(permalink, 'the card')}" if permalink else ""
    return kit.say(
        f"Your first vote is counted{where}: you would ship {what}. It counts until {date(closes_at)}; to change or "
        "withdraw it, change or remove your reactions. Everyone in the channel can see who reacted."
    )


_EXPORTED: Final = {"tools": "the tools", "votes": "the votes of public channels"}


def export_coming(what: str, format_: str) -> Message:
    """Somebody waits for a file."""
    return kit.say(f"Preparing {_EXPORTED[what]} as {format_.upper()}: the file comes into our direct message.")


def export_ready(what: str, format_: str, at: int) -> Message:
    """What the file is that stands below."""
    return kit.say(f"Here come {_EXPORTED[what]} as {format_.upper()}, as of {date(at)}.")


def export_by_hand(what: str, format_: str, why: str = "I may not give files in Slack.") -> Message:
    """No file can be given in Slack: the reason, and the line for whoever runs the app."""
    line = f"verdicts export {what} --format {format_}"
    copied = kit.rich_text(kit.paragraph(kit.code(clean(line, TYPED))))
    sentence = f"{why} Whoever runs this app gets the file with this line:"
    return kit.message(f"{sentence} {line}", [kit.section(sentence), copied])
