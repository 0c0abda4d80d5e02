"""Votes: from an emoji heard to a ballot and its counts, in one transaction.

A ballot is a pure function of the reactions that are visible, so any order, repetition or delay of the same events
ends in the same rows, and a rebuild from the ledger equals what is stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot import counting, scoring
from bot.counting import WhoCounts
from bot.model import Tally
from db import ballots as rows
from db import clicks as click_rows
from db import comparisons as comparison_rows
from db import ledger
from db import reasons as reason_rows
from db.connection import Connection
from db.kinds import KindOrOut

NUMBERS = ("one", "two", "three", "four")
NONE = "no_entry_sign"
# On the card of one tool. Slack's own name for the thumb is "+1", some clients send "thumbsup".
SHIP = {"ship", "+1", "thumbsup"}
SKIP = {NONE, "-1", "thumbsdown"}


class Reaction(NamedTuple):
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

    @property
    def message(self) -> ledger.Message:
        """Which message it stands on."""
        return self.workspace, self.channel, self.message_ts

    @property
    def mark(self) -> ledger.Mark:
        """Whose emoji on which message; of several reactions with one mark the newest is true."""
        return self.workspace, self.channel, self.message_ts, self.person, self.emoji


class Recorded(NamedTuple):
    """What a reaction changed."""

    comparison_id: int
    counted: bool  # the person's ballot changed, so cards are stale
    is_first_vote: bool  # the person never had a ballot in this workspace
    is_stranger: bool  # Slack has not told us yet whether this is a person or a bot


def record(connection: Connection, heard: Reaction) -> Recorded | None:
    """`record_all` for one reaction."""
    return record_all(connection, [heard])[0]


def record_all(connection: Connection, heard: Sequence[Reaction]) -> list[Recorded | None]:
    """Keep reactions and count what they mean, in as many statements for a hundred as for one.

    Returns for each what it changed; None when it stands on no card of ours. A reaction on a message of ours that is
    not recorded as a card yet (a fast colleague, a moment after the post) is kept all the same: recording the card
    derives its ballots.
    """
    by_people = [one for one in heard if one.person != one.bot_user]
    cards = _cards_of(connection, by_people)
    newest: dict[ledger.Mark, Reaction] = {}
    for one in by_people:
        if _is_kept(one, cards.get(one.message)):
            known = newest.get(one.mark)
            if known is None or (one.at_us, not one.present) > (known.at_us, not known.present):
                newest[one.mark] = one
    news = ledger.hear(connection, (ledger.Hearing(one.mark, one.present, one.at_us) for one in newest.values()))
    # By the reaction that is to tell of it: the first of each person on a comparison.
    telling: dict[rows.Seat, Reaction] = {}
    for mark, one in newest.items():
        card = cards.get(one.message)
        if mark in news and card is not None and card.is_open:
            telling.setdefault((one.workspace, card.comparison_id, one.person), one)
    derived = _derive(connection, telling)
    told = {id(one): derived[seat] for seat, one in telling.items()}
    return [
        None if one.person == one.bot_user else _recorded(cards.get(one.message), told.get(id(one))) for one in heard
    ]


def _cards_of(connection: Connection, heard: Iterable[Reaction]) -> dict[ledger.Message, ledger.VotedCard]:
    """The cards that these reactions stand on, their comparisons locked; also one that is recorded at this moment."""
    ours = {one.message: one.message_is_ours for one in heard}
    cards = ledger.cards_at(connection, ours.keys())
    if missing := [message for message, is_ours in ours.items() if is_ours and message not in cards]:
        for workspace, channel in sorted({message[:2] for message in missing}):
            ledger.wait_for_unrecorded(connection, workspace, channel)
        cards |= ledger.cards_at(connection, missing)
    return cards


def _is_kept(heard: Reaction, card: ledger.VotedCard | None) -> bool:
    if card is None:
        return heard.message_is_ours
    # Beside vote buttons a reaction means nothing. Else Slack has told of this message since: what happened before is
    # in that answer, whatever became of it.
    return not card.by_buttons and heard.at_us >= card.told_us


def _recorded(card: ledger.VotedCard | None, derived: "_Derived | None") -> Recorded | None:
    if card is None:
        return None
    if derived is None:
        return Recorded(card.comparison_id, counted=False, is_first_vote=False, is_stranger=False)
    return Recorded(
        card.comparison_id,
        counted=derived.moved,
        is_first_vote=derived.moved and not derived.voter.has_voted,
        is_stranger=not derived.voter.is_known,
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
    message = (snapshot.workspace, snapshot.channel, snapshot.message_ts)
    card = ledger.cards_at(connection, [message]).get(message)
    if card is None or card.by_buttons:
        return Swept(0, 0)
    known = {(row.person, row.emoji): row for row in ledger.on_message(connection, *message)}
    wrong: dict[tuple[str, str], bool] = {}  # by person and emoji: whether Slack says that it stands there
    for emoji, people in snapshot.people.items():
        for person in people:
            row = known.get((person, emoji))
            if row is None or not row.present:
                wrong[person, emoji] = True
    for (person, emoji), row in known.items():
        missing = person not in snapshot.people.get(emoji, ()) and emoji not in snapshot.incomplete
        if row.present and missing:
            wrong[person, emoji] = False
    corrections = {
        mark: present for mark, present in wrong.items() if mark not in known or known[mark].at_us < snapshot.at_us
    }
    news = ledger.hear(
        connection, [ledger.Hearing((*message, *mark), there, snapshot.at_us) for mark, there in corrections.items()]
    )
    if not snapshot.incomplete:
        ledger.note_told(connection, snapshot.workspace, card.card_id, snapshot.at_us)
    if card.is_open:
        _derive(connection, {(snapshot.workspace, card.comparison_id, mark[3]) for mark in news})
    return Swept(len(news), len(wrong) - len(corrections))


def derive_for_message(connection: Connection, found: comparison_rows.StoredComparison) -> None:
    """Count the reactions that were heard before their card was recorded. Part of the transaction that records it.

    Where people vote by buttons there is nothing to count: clicks count when they come, whatever is recorded.
    """
    if found.by_buttons:
        return
    people = {touch.person for touch in ledger.touches(connection, found.workspace, found.id)}
    _derive(connection, {(found.workspace, found.id, person) for person in people})


def derive(connection: Connection, found: comparison_rows.StoredComparison, voters: Iterable[str]) -> bool:
    """Store what the ballots of these voters are counted as now; the comparison must be locked.

    Return whether the counts moved.
    """
    seats = [(found.workspace, found.id, voter) for voter in voters]
    is_told = found.secrecy != "hidden"
    return any(one.moved for one in _derive(connection, seats, by_buttons=found.by_buttons, redraw=is_told).values())


def rebuilt(connection: Connection, workspace: str, comparison_id: int) -> dict[str, rows.StoredBallot]:
    """The ballots that the ledger alone gives, by person, without storing them.

    While a comparison is open, what is stored must equal it. Where people vote by buttons, the ledger is their clicks.
    """
    found = comparison_rows.find(connection, workspace, comparison_id)
    if found is None:
        return {}
    kinds: dict[str, KindOrOut | None] = {}
    if found.by_buttons:
        chosen = click_rows.of_comparison(connection, workspace, comparison_id)
        derived = {one.person: clicked_ballot(one) for one in chosen}
        kinds |= {one.person: one.kind for one in chosen}
    else:
        touches: dict[str, list[ledger.Touch]] = defaultdict(list)
        for touch in ledger.touches(connection, workspace, comparison_id):
            touches[touch.person].append(touch)
        derived = {person: ballot_of(person, mine) for person, mine in touches.items()}
    kinds |= rows.kinds_of(connection, workspace, derived)
    used = {one.person: one.used for one in reason_rows.of_comparison(connection, workspace, comparison_id)}
    who = WhoCounts(found.guests, found.externals)
    counted = {
        person: _counted_as(ballot, who, kinds.get(person), used.get(person, 0)) for person, ballot in derived.items()
    }
    return {person: ballot for person, ballot in counted.items() if ballot is not None}


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
    reason_rows.forget_times(connection, workspace, comparison_id)


def used_emoji(connection: Connection, workspace: str, channel: str, message_ts: str) -> frozenset[str]:
    """Emoji that somebody has on a message now, skin tones cut off."""
    return frozenset(name.partition("::")[0] for name in ledger.used_emoji(connection, workspace, channel, message_ts))


def others_voted(connection: Connection, workspace: str, comparison_id: int, person: str) -> bool:
    """Whether anybody but this person has a ballot on the comparison."""
    return any(ballot.person != person for ballot in rows.ballots(connection, workspace, comparison_id))


def mark_stale(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Ask for a redraw of the comparison's cards. Part of the transaction that changes what they show."""
    rows.mark_stale(connection, [(workspace, comparison_id)])


def tally(connection: Connection, workspace: str, comparison_id: int, tools: int) -> Tally:
    """The counts of a comparison, in stored order."""
    return counting.tally(tools, rows.people_by_choice(connection, workspace, comparison_id))


def told_tally(connection: Connection, found: comparison_rows.StoredComparison) -> Tally:
    """The counts as anybody may know them: of a hidden round none before it has closed. All that is shown uses this."""
    if found.secrecy == "hidden" and found.closed_at is None:
        return Tally(len(found.tool_ids), {}, is_hidden=True)
    return tally(connection, found.workspace, found.id, len(found.tool_ids))


def clicked_ballot(chosen: click_rows.Chosen | None) -> rows.StoredBallot | None:
    """The ballot of a voter who votes by buttons; None without a choice."""
    if chosen is None or chosen.choice is None:
        return None
    return rows.StoredBallot(chosen.person, chosen.choice, chosen.card_id, chosen.at_us)


def ballot_of(person: str, touches: Iterable[ledger.Touch]) -> rows.StoredBallot | None:
    """The ballot that a person's reactions on the cards of one comparison make; None without a tick that counts.

    Of several cards with ticks the most recently touched one counts, whole: ticks are never added up over cards.
    """
    by_card: dict[int, list[ledger.Touch]] = {}
    for touch in touches:
        if meaning(touch.emoji, len(touch.shown)) is not None:
            by_card.setdefault(touch.card_id, []).append(touch)
    best: rows.StoredBallot | None = None
    for card_id, on_card in by_card.items():
        choice = _choice(on_card)
        if choice is None:
            continue
        touched = max([touch.at_us for touch in on_card])
        if best is None or (touched, card_id) > (best.touched_us, best.card_id):
            best = rows.StoredBallot(person, choice, card_id, touched)
    return best


@lru_cache(maxsize=1_024)
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


def _choice(on_card: Iterable[ledger.Touch]) -> int | None:
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


class _Derived(NamedTuple):
    """What became of a person's ballot, and what was known of them before."""

    voter: rows.Voter
    moved: bool  # the counts are others than before


def _derive(
    connection: Connection, seats: Collection[rows.Seat], *, by_buttons: bool = False, redraw: bool = True
) -> dict[rows.Seat, _Derived]:
    """Store the ballots that the ledger gives; their comparisons must be locked."""
    if not seats:
        return {}
    voters = rows.voters(connection, seats)
    counted = [seat for seat, voter in voters.items() if not voter.is_never_counted]
    new: dict[rows.Seat, rows.StoredBallot | None] = {}
    if by_buttons:
        for seat in counted:
            chosen = click_rows.of_person(connection, *seat)
            kind = voters[seat].kind or (chosen.kind if chosen else None)
            new[seat] = _treated(clicked_ballot(chosen), voters[seat], kind)
    else:
        touches = ledger.touches_of(connection, counted)
        for seat in counted:
            new[seat] = _treated(ballot_of(seat[2], touches.get(seat, ())), voters[seat], voters[seat].kind)
    changes = [
        rows.Change(seat, voter.ballot, new.get(seat))
        for seat, voter in voters.items()
        if voter.ballot != new.get(seat)
    ]
    rows.replace(connection, changes)
    moved = {change.seat for change in changes if _choice_of(change.old) != _choice_of(change.new)}
    if moved and redraw:
        rows.mark_stale(connection, {(workspace, comparison_id) for workspace, comparison_id, _ in moved})
    return {seat: _Derived(voter, seat in moved) for seat, voter in voters.items()}


def _treated(ballot: rows.StoredBallot | None, voter: rows.Voter, kind: KindOrOut | None) -> rows.StoredBallot | None:
    return _counted_as(ballot, WhoCounts(voter.guests, voter.externals), kind, voter.used)


def _counted_as(
    ballot: rows.StoredBallot | None, who: WhoCounts, kind: KindOrOut | None, used: int
) -> rows.StoredBallot | None:
    """The ballot as this kind of person's is counted; None where it is not."""
    if ballot is None:
        return None
    as_what = counting.counted_as(ballot.choice, who.treats(kind), used)
    return None if as_what is None else ballot if as_what == ballot.choice else ballot._replace(choice=as_what)


def _choice_of(ballot: rows.StoredBallot | None) -> int | None:
    return ballot.choice if ballot else None
