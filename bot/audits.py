"""Who voted when, for admins: of named rounds alone. One public function, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot import ballots, scorecards
from bot.counting import WhoCounts
from bot.errors import UserError
from bot.model import Audit, AuditLine, Tool, UnusualRate
from db import audits as rows
from db import ballots as ballot_rows
from db.connection import Connection
from db.engine import now

PAGE = 20
MOST_UNUSUAL = 5


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something that happened at an unusual rate; `person` is empty where it was a crowd."""

    kind: Literal["changes", "crowd"]
    person: str


def note_unusual(connection: Connection, workspace: str, comparison_id: int, unusual: Unusual) -> None:
    """Write an unusual rate down. Of a round that keeps its voters' names to itself no name is written."""
    found = scorecards.stored_comparison(connection, workspace, comparison_id)
    person = unusual.person if found.secrecy == "open" else ""
    rows.note_unusual(connection, workspace, comparison_id, unusual.kind, person, now(connection))


def page(
    connection: Connection, workspace: str, comparison_id: int, channel: str, page_: int, *, is_admin: bool
) -> Audit:
    """Who has put or taken back what, newest first; a page that is not there shows the nearest.

    Raises UserError for whoever is no admin of the workspace, and for rounds that name no voters.
    """
    if not is_admin:
        raise UserError("Only an admin of this Slack workspace can see who voted when. Ask one of them.")
    found = scorecards.stored_comparison(connection, workspace, comparison_id)
    if found.scope not in {"", channel}:
        raise UserError("That comparison is gone. Ask the question again.")
    if found.secrecy != "open":
        raise UserError(
            f"This round is {found.secrecy}: who voted is told to nobody, admins included. An audit is of open "
            "rounds alone."
        )
    card = scorecards.build(connection, found, scorecards.newest_card(connection, found))
    total = rows.count(connection, workspace, comparison_id, by_buttons=found.by_buttons)
    last = max(0, (total - 1) // PAGE)
    at = max(0, min(page_, last))
    heard = rows.heard(connection, workspace, comparison_id, PAGE, at * PAGE, by_buttons=found.by_buttons)
    kinds = ballot_rows.kinds_of(connection, workspace, {one.person for one in heard})
    who = WhoCounts(found.guests, found.externals)
    lines = [
        AuditLine(
            at=one.at_us // 1_000_000,
            person=one.person,
            tools=_meant(one, card.comparison.tools),
            emoji=one.emoji,
            is_present=one.present,
            kind=kinds.get(one.person, "member"),
            treatment=who.treats(kinds.get(one.person)),
        )
        for one in heard
    ]
    unusual = [
        UnusualRate(kind, person, times, noted)
        for kind, person, times, noted in rows.unusual(connection, workspace, comparison_id, MOST_UNUSUAL)
    ]
    return Audit(card, tuple(lines), at, last + 1, tuple(unusual))


def _meant(one: rows.Heard, tools: Sequence[Tool]) -> tuple[Tool, ...] | None:
    """The tools that a tick or a press means; none for "none of these"; None for an emoji that is no vote."""
    if one.choice is not None:
        return tuple(tool for i, tool in enumerate(tools) if one.choice >> i & 1)
    position = ballots.meaning(one.emoji, len(one.shown))
    if position is None:
        return None
    return () if position == -1 else (tools[int(one.shown[position])],)
