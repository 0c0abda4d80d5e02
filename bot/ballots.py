"""Votes: from an emoji heard to a ballot and its counts, in one transaction.

A ballot is a pure function of the reactions that are visible, so any order, repetition or delay of the same events
ends in the same rows, and a rebuild from the ledger equals what is stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot import scoring
from bot.model import Tally
from db import ballots as rows
from db import clicks as click_rows
from db import comparisons as comparison_rows
from db import recounts
from db.connection import Connection

NUMBERS = ("one", "two", "three", "four")
NONE = "no_entry_sign"
# On the card of one tool. Slack's own name for the thumb is "+1", some clients send "thumbsup".
SHIP = {"ship", "+1", "thumbsup"}
SKIP = {NONE, "-1", "thumbsdown"}


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji that somebody put on a message, or took off it."""

    workspace: str
    channel: str
    message_ts: str
    person: str
    emoji: str  # as Slack names it: "one", "+1::skin-tone-3"
    present: bool
    at_us: int
    message_is_ours: bool
    bot_user: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reaction changed."""

    comparison_id: int
    counted: bool  # the person's ballot changed, so cards are stale
    is_first_vote: bool  # the person never had a ballot in this workspace
    is_stranger: bool  # Slack has not told us yet whether this is a person or a bot


def record(connection: Connection, heard: Reaction) -> Recorded | None:
    """Keep a reaction and count what it means; None when it stands on no card of ours.

    A reaction on a message of ours that is not recorded as a card yet (a fast colleague, a moment after the post) is
    kept all the same: recording the card derives its ballots.
    """
    if heard.person == heard.bot_user:
        return None
    where = (heard.workspace, heard.channel, heard.message_ts)
    card = rows.card_at(connection, *where)
    if card is None:
        if not heard.message_is_ours:
            return None
        rows.wait_for_unrecorded(connection, heard.workspace, heard.channel)
        card = rows.card_at(connection, *where)
    if card is not None and (card.by_buttons or heard.at_us < card.told_us):
        # Beside vote buttons a reaction means nothing. Else Slack has told of this message since: what happened before
        # is in that answer, whatever became of it.
        return Recorded(card.comparison_id, counted=False, is_first_vote=False, is_stranger=False)
    newer = rows.hear(connection, *where, heard.person, heard.emoji, present=heard.present, at_us=heard.at_us)
    if card is None:
        return None
    if not newer or not card.is_open:
        return Recorded(card.comparison_id, counted=False, is_first_vote=False, is_stranger=False)
    voter = rows.voter(connection, heard.workspace, card.comparison_id, heard.person)
    counted = _derive(connection, heard.workspace, card.comparison_id, heard.person, voter)
    return Recorded(
        card.comparison_id,
        counted=counted,
        is_first_vote=counted and not voter.has_voted,
        is_stranger=not voter.is_known,
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who stood behind each emoji of a message when Slack was asked."""

    workspace: str
    channel: str
    message_ts: str
    at_us: int
    people: Mapping[str, frozenset[str]]  # by emoji; our own reactions are not in it
    incomplete: frozenset[str]  # emoji for which Slack counts more people than it names


@dataclass(frozen=True, slots=True)
class Swept:
    """What an answer of Slack changed."""

    corrections: int
    doubts: int  # reactions heard since that disagree: their events are on the way, or were lost, too


def sweep(connection: Connection, snapshot: Snapshot) -> Swept:
    """Take over what Slack says where nothing newer was heard.

    A state that agrees keeps its own time. Where the list is incomplete it only adds: who is not named may still stand.
    """
    where = (snapshot.workspace, snapshot.channel, snapshot.message_ts)
    card = rows.card_at(connection, *where)
    if card is None or card.by_buttons:
        return Swept(0, 0)
    known = {(row.person, row.emoji): row for row in rows.on_message(connection, *where)}
    changed: set[str] = set()
    corrections = doubts = 0

    def correct(person: str, emoji: str, *, present: bool) -> None:
        nonlocal corrections, doubts
        row = known.get((person, emoji))
        if row is not None and row.at_us >= snapshot.at_us:
            doubts += 1
        elif rows.hear(connection, *where, person, emoji, present=present, at_us=snapshot.at_us):
            corrections += 1
            changed.add(person)

    for emoji, people in snapshot.people.items():
        for person in people:
            row = known.get((person, emoji))
            if row is None or not row.present:
                correct(person, emoji, present=True)
    for (person, emoji), row in known.items():
        missing = person not in snapshot.people.get(emoji, ()) and emoji not in snapshot.incomplete
        if row.present and missing:
            correct(person, emoji, present=False)
    if not snapshot.incomplete:
        rows.note_told(connection, snapshot.workspace, card.card_id, snapshot.at_us)
    if card.is_open:
        for person in sorted(changed):
            _derive(connection, snapshot.workspace, card.comparison_id, person)
    return Swept(corrections, doubts)


def derive_for_message(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Count the reactions that were heard before their card was recorded. Part of the transaction that records it.

    Where people vote by buttons there is nothing to count: clicks count when they come, whatever is recorded.
    """
    found = comparison_rows.find(connection, workspace, comparison_id)
    if found is None or found.by_buttons:
        return
    people = {touch.person for touch in rows.touches(connection, workspace, comparison_id)}
    for person in sorted(people):
        _derive(connection, workspace, comparison_id, person)


def recount_person(connection: Connection, workspace: str, person: str) -> None:
    """Derive this person's open ballots anew, after we have learned who they are."""
    for comparison_id in recounts.open_with(connection, workspace, person):
        found = comparison_rows.lock(connection, workspace, comparison_id)
        _derive(connection, workspace, comparison_id, person, by_buttons=found is not None and found.by_buttons)


def is_voting(connection: Connection, workspace: str, person: str) -> bool:
    """Whether this person has voted on anything open, counted or not."""
    return bool(recounts.open_with(connection, workspace, person))


def rebuilt(connection: Connection, workspace: str, comparison_id: int) -> dict[str, rows.StoredBallot]:
    """The ballots that the ledger alone gives, by person, without storing them.

    While a comparison is open, what is stored must equal it. Where people vote by buttons, the ledger is their clicks.
    """
    found = comparison_rows.find(connection, workspace, comparison_id)
    if found is not None and found.by_buttons:
        chosen = click_rows.of_comparison(connection, workspace, comparison_id)
        out = rows.never_counted(connection, workspace, [one.person for one in chosen])
        clicked = {one.person: clicked_ballot(one) for one in chosen if one.person not in out}
        return {person: ballot for person, ballot in clicked.items() if ballot is not None}
    touches: dict[str, list[rows.Touch]] = defaultdict(list)
    for touch in rows.touches(connection, workspace, comparison_id):
        touches[touch.person].append(touch)
    out = rows.never_counted(connection, workspace, touches)
    derived = {person: ballot_of(person, mine) for person, mine in touches.items() if person not in out}
    return {person: ballot for person, ballot in derived.items() if ballot is not None}


def stored(connection: Connection, workspace: str, comparison_id: int) -> dict[str, rows.StoredBallot]:
    """The ballots of a comparison by person."""
    return {ballot.person: ballot for ballot in rows.ballots(connection, workspace, comparison_id)}


def stored_of(connection: Connection, workspace: str, comparison_id: int, person: str) -> rows.StoredBallot | None:
    """What this person has on the comparison, if anything."""
    return rows.ballot_of(connection, workspace, comparison_id, person)


def forget_clicks(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Keep the ballots of a closed, anonymous round without the clicks and the moments that they came from."""
    click_rows.forget(connection, workspace, comparison_id)
    rows.forget_times(connection, workspace, comparison_id)


def used_emoji(connection: Connection, workspace: str, channel: str, message_ts: str) -> frozenset[str]:
    """Emoji that somebody has on a message now, skin tones cut off."""
    return frozenset(name.partition("::")[0] for name in rows.used_emoji(connection, workspace, channel, message_ts))


def others_voted(connection: Connection, workspace: str, comparison_id: int, person: str) -> bool:
    """Whether anybody but this person has a ballot on the comparison."""
    return any(ballot.person != person for ballot in rows.ballots(connection, workspace, comparison_id))


def mark_stale(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Ask for a redraw of the comparison's cards. Part of the transaction that changes what they show."""
    rows.mark_stale(connection, workspace, comparison_id)


def tally(connection: Connection, workspace: str, comparison_id: int, tools: int) -> Tally:
    """The counts of a comparison, in stored order."""
    return Tally(tools, rows.people_by_choice(connection, workspace, comparison_id))


def told_tally(connection: Connection, found: comparison_rows.StoredComparison) -> Tally:
    """The counts as anybody may know them: of a hidden round none before it has closed. All that is shown uses this."""
    if found.secrecy == "hidden" and found.closed_at is None:
        return Tally(len(found.tool_ids), {}, is_hidden=True)
    return tally(connection, found.workspace, found.id, len(found.tool_ids))


def derive_clicked(connection: Connection, found: comparison_rows.StoredComparison, voter_name: str) -> bool:
    """Store the ballot that a voter's clicks give; the comparison must be locked. Return whether the counts moved."""
    return _derive(connection, found.workspace, found.id, voter_name, by_buttons=True, redraw=found.secrecy != "hidden")


def clicked_ballot(chosen: click_rows.Chosen | None) -> rows.StoredBallot | None:
    """The ballot of a voter who votes by buttons; None without a choice."""
    if chosen is None or chosen.choice is None:
        return None
    return rows.StoredBallot(chosen.person, chosen.choice, chosen.card_id, chosen.at_us)


def ballot_of(person: str, touches: Iterable[rows.Touch]) -> rows.StoredBallot | None:
    """The ballot that a person's reactions on the cards of one comparison make; None without a tick that counts.

    Of several cards with ticks the most recently touched one counts, whole: ticks are never added up over cards.
    """
    by_card: dict[int, list[rows.Touch]] = defaultdict(list)
    for touch in touches:
        if meaning(touch.emoji, len(touch.shown)) is not None:
            by_card[touch.card_id].append(touch)
    best: rows.StoredBallot | None = None
    for card_id, on_card in by_card.items():
        choice = _choice(on_card)
        if choice is None:
            continue
        touched = max(touch.at_us for touch in on_card)
        if best is None or (touched, card_id) > (best.touched_us, best.card_id):
            best = rows.StoredBallot(person, choice, card_id, touched)
    return best


def meaning(emoji: str, tools: int) -> int | None:
    """Which of a card's tools an emoji means, counted from 0; -1 for none of these; None for an emoji that is no vote.

    Skin tones arrive as "name::skin-tone-3": https://docs.slack.dev/reference/methods/reactions.add
    """
    name = emoji.partition("::")[0]
    if tools == 1:
        return 0 if name in SHIP else -1 if name in SKIP else None
    if name == NONE:
        return -1
    return NUMBERS.index(name) if name in NUMBERS[:tools] else None


def _choice(on_card: Iterable[rows.Touch]) -> int | None:
    ticks: set[int] = set()
    none = False
    for touch in on_card:
        position = meaning(touch.emoji, len(touch.shown))
        if not touch.present or position is None:
            continue
        if position == -1:
            none = True
        else:
            ticks.add(int(touch.shown[position]))
    return scoring.ballot_choice(ticks, none)


def _derive(
    connection: Connection,
    workspace: str,
    comparison_id: int,
    person: str,
    voter: rows.Voter | None = None,
    *,
    by_buttons: bool = False,
    redraw: bool = True,
) -> bool:
    """Store the ballot that the ledger gives; the comparison must be locked. Return whether the counts moved."""
    voter = voter or rows.voter(connection, workspace, comparison_id, person)
    old = voter.ballot
    new = None
    if by_buttons and not voter.is_never_counted:
        new = clicked_ballot(click_rows.of_person(connection, workspace, comparison_id, person))
    elif not voter.is_never_counted:
        new = ballot_of(person, rows.touches(connection, workspace, comparison_id, person))
    if new == old:
        return False
    rows.replace(connection, workspace, comparison_id, person, old, new)
    moved = (old.choice if old else None) != (new.choice if new else None)
    if moved and redraw:
        rows.mark_stale(connection, workspace, comparison_id)
    return moved
