"""What people read about a channel's weekly verdicts: when they come, where to, and how to stop them."""

from collections.abc import Sequence
from typing import Final

from bot.model import DigestRun, Subscription
from bot.views import actions, kit
from bot.views.blocks import Block, Element
from bot.views.kit import Message
from bot.views.limits import BLOCKS_BUDGET, CHARACTERS_BUDGET, characters
from bot.views.text import channel, clean, date, escape, mention

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LISTED: Final = (20, 8)  # subscriptions, two blocks each; fewer where what they say is long


def clock(minute: int) -> str:
    """A minute of the day as "09:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


# What a person can do something about, by Slack's code: https://docs.slack.dev/reference/methods/chat.postMessage#errors
_LOST = {
    "not_in_channel": "I am no longer in the channel: invite me again",
    "channel_not_found": "I can no longer see the channel: invite me again",
    "is_archived": "the channel is archived",
    "no_permission": "I may not post there: ask an admin of the workspace",
}


def schedule(subscription: Subscription) -> str:
    """ "every Monday at 09:00 (Europe/Berlin), only Models"; mrkdwn."""
    said = f"every {WEEKDAYS[subscription.weekday]} at {clock(subscription.minute)} ({escape(subscription.zone)})"
    if subscription.category:
        said += f", only {escape(subscription.category)}"
    return said


def upcoming(subscription: Subscription, next_due: int | None) -> str:
    """When the next digest comes, or why none does."""
    if subscription.pause_reason:
        return f"Paused, because {_why_paused(subscription.pause_reason)}."
    if subscription.paused_until:
        return f"Paused until {escape(subscription.paused_until, 10)}."
    if subscription.paused_until == "":
        return "Paused until somebody resumes it."
    return f"Next: {date(next_due)}." if next_due is not None else "No next date."


# What became of a digest, by its state.
_OUTCOMES: Final = {
    "posted": "posted",
    "skipped": "left out",
    "failed": "could not be posted",
    "uncertain": "Slack did not answer, so I cannot tell whether it is there",
}


def last_time(subscription: Subscription) -> str:
    """ " Last time (week 2026-W48): posted.", or nothing before the first."""
    if not subscription.last_outcome:
        return ""
    week, _, rest = subscription.last_outcome.partition(" ")
    state, _, why = rest.partition(": ")
    because = f", {escape(why)}" if why and state == "skipped" else ""
    return f" Last time (week {escape(week, 10)}): {_OUTCOMES.get(state, escape(state))}{because}."


def post_again(run: int) -> Element:
    """The button of a digest in doubt."""
    return kit.button("Post it again", actions.DIGEST_POST_AGAIN, actions.value(run))


def _change(subscription: Subscription) -> Element:
    return kit.button("Change", actions.DIGEST_CHANGE, actions.value(subscription.id))


def _stop(subscription: Subscription) -> Element:
    return kit.button("Stop", actions.DIGEST_STOP, actions.value(subscription.id))


def _hold(subscription: Subscription) -> Element:
    if subscription.paused_until is None:
        return kit.button("Pause", actions.DIGEST_PAUSE, actions.value(subscription.id))
    return kit.button("Resume", actions.DIGEST_RESUME, actions.value(subscription.id))


def subscribed(subscription: Subscription, next_due: int | None, *, changed: bool = False) -> Message:
    """The answer to subscribe: exactly what will happen, and how to stop it."""
    verb = "now gets" if changed else "will get"
    empty = "posted too" if subscription.even_if_empty else "not posted"
    return kit.say(
        f"{channel(subscription.channel)} {verb} the week's verdicts {schedule(subscription)}. "
        f"{upcoming(subscription, next_due)} An empty week is {empty}. "
        "To stop: `/verdict unsubscribe`",
        kit.actions(_change(subscription), _stop(subscription)),
    )


def change(subscription: Subscription) -> Message:
    """The line to change: what holds now, ready to be edited and sent."""
    only = f" in:{subscription.category}" if subscription.category else ""
    empty = " even-if-empty" if subscription.even_if_empty else ""
    day, time = WEEKDAYS[subscription.weekday][:3].lower(), clock(subscription.minute)
    line = f"/verdict subscribe {day} {time} tz {subscription.zone}{only}{empty}"
    sentence = (
        f"{channel(subscription.channel)} gets the week's verdicts {schedule(subscription)}. To change that, edit this "
        "line and send it there:"
    )
    copied = kit.rich_text(kit.paragraph(kit.code(clean(line, kit.TYPED))))
    return kit.message(f"{sentence} {escape(line, kit.TYPED)}", [kit.section(sentence), copied])


def unsubscribed(subscription: Subscription) -> Message:
    """The answer to unsubscribe, with the line that undoes it."""
    day, zone = WEEKDAYS[subscription.weekday][:3].lower(), escape(subscription.zone)
    return kit.say(
        f"{channel(subscription.channel)} no longer gets the week's verdicts. To have them back: "
        f"`/verdict subscribe {day} {clock(subscription.minute)} tz {zone}`"
    )


def not_subscribed(channel_id: str) -> Message:
    """There is nothing to stop, pause or show here."""
    return kit.say(
        f"{channel(channel_id)} does not get the week's verdicts. To have them: `/verdict subscribe mon 09:00`",
        kit.actions(kit.button("Subscribe", actions.DIGEST_SUBSCRIBE, actions.value())),
    )


def subscriptions(listed: Sequence[tuple[Subscription, int | None]]) -> Message:
    """The channels that get the week's verdicts, among those that the person may see, each with its next due time."""
    if not listed:
        return kit.say(
            "No channel of yours gets the week's verdicts. In a channel, send: `/verdict subscribe mon 09:00`"
        )
    blocks: list[Block] = []
    for shown in LISTED:
        blocks = [kit.section("*The week's verdicts go to:*")]
        for one, next_due in listed[:shown]:
            said = f"{channel(one.channel)} {schedule(one)}. {upcoming(one, next_due)}{last_time(one)}"
            blocks.append(kit.section(said, accessory=post_again(one.in_doubt) if one.in_doubt else _stop(one)))
            blocks.append(kit.context(f"Subscribed by {mention(one.subscriber)}, {date(one.subscribed_at)}"))
        if len(listed) > shown:
            blocks.append(kit.context(f"… and {len(listed) - shown} more"))
        if characters(blocks) <= CHARACTERS_BUDGET:
            break
    first = f"{channel(listed[0][0].channel)} {schedule(listed[0][0])}"
    more = f", and {len(listed) - 1} more" if len(listed) > 1 else ""
    return kit.message(f"The week's verdicts go to {first}{more}.", blocks)


def preview(digest: Message, subscription: Subscription | None) -> Message:
    """A digest as it would be posted now, for one person's eyes; *Post it now* where the channel is subscribed."""
    blocks: list[Block] = [kit.context("*Preview*: only you can see this."), *digest.blocks[: BLOCKS_BUDGET - 2]]
    if subscription is not None:
        blocks.append(kit.actions(kit.button("Post it now", actions.DIGEST_NOW, actions.value(subscription.id))))
    return kit.message(f"Preview, only you can see this. {digest.text}", blocks)


def nothing_new(subscription: Subscription | None, next_due: int | None) -> Message:
    """A digest was asked for, and the week is empty."""
    later = f" {upcoming(subscription, next_due)}" if subscription is not None else ""
    return kit.say(f"Nothing has happened that is worth a post.{later} To begin something: `/compare`")


def paused(subscription: Subscription) -> Message:
    """The answer to pause."""
    until = (
        f"until {escape(subscription.paused_until, 10)}" if subscription.paused_until else "until somebody resumes them"
    )
    return kit.say(
        f"The week's verdicts in {channel(subscription.channel)} pause {until}. "
        "To go on sooner: `/verdict digest resume`",
        kit.actions(kit.button("Resume", actions.DIGEST_RESUME, actions.value(subscription.id)), _stop(subscription)),
    )


def resumed(subscription: Subscription, next_due: int | None) -> Message:
    """The answer to resume."""
    return kit.say(
        f"The week's verdicts in {channel(subscription.channel)} go on, {schedule(subscription)}. "
        f"{upcoming(subscription, next_due)}"
    )


def left_out(subscription: Subscription, week: str, next_due: int | None) -> Message:
    """The answer to skip: the ISO week that is left out, and what comes next."""
    return kit.say(
        f"The verdicts of week {escape(week, 10)} are left out in {channel(subscription.channel)}. "
        f"{upcoming(subscription, next_due)}"
    )


def digest_paused(subscription: Subscription) -> Message:
    """To the subscriber, once: the app could not post and has stopped trying."""
    return kit.say(
        f"I could not post the week's verdicts in {channel(subscription.channel)}, and have paused them. "
        f"{upcoming(subscription, None)} When that is put right, resume them.",
        kit.actions(_hold(subscription), _stop(subscription)),
    )


def digest_uncertain(run: DigestRun) -> Message:
    """To the subscriber: a digest may or may not have been posted, and is never sent twice unasked."""
    return kit.say(
        f"Slack did not answer when I posted the verdicts of week {escape(run.week, 10)} in {channel(run.channel)}, "
        "so I cannot tell whether they are there. If they are not, post them again.",
        kit.actions(post_again(run.id)),
    )


def _why_paused(code: str) -> str:
    """Slack's code as the end of a sentence that says what is wrong, and where it can be mended, how."""
    if code.startswith("restricted_action"):
        return "only some people may post in the channel: ask one of its managers"
    return _LOST.get(code, f"Slack refused it ({escape(code, 60)})")
