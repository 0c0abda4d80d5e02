"""The people of a workspace, as far as we need to know them."""

from dataclasses import dataclass

from bot import recounts
from bot.model import Kind, KindOrOut
from db import people as rows
from db import workspaces as workspace_rows
from db.connection import Connection

FRESH = 7 * 86_400  # seconds for which we believe what Slack said of somebody


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of somebody."""

    workspace: str
    id: str
    is_bot: bool
    is_deactivated: bool
    zone: str | None
    kind: Kind = "member"


def learn(connection: Connection, person: Person, now: int) -> None:
    """Keep who this is; where that decides whether they count, their open ballots are derived anew."""
    before = rows.find(connection, person.workspace, person.id)
    rows.store(
        connection,
        person.workspace,
        person.id,
        is_bot=person.is_bot,
        is_deactivated=person.is_deactivated,
        zone=person.zone,
        kind=person.kind,
        now=now,
    )
    was = (before.is_bot or before.is_deactivated, before.kind) if before else (False, "member")
    if (person.is_bot or person.is_deactivated, person.kind) != was:
        recounts.person(connection, person.workspace, person.id, kind_of(person))


def changed(connection: Connection, person: Person, now: int) -> bool:
    """Take over what Slack says of somebody who has changed, if we have met them; return whether we have.

    Slack tells of every profile in the workspace: whoever never voted nor spoke to us is not kept.
    """
    is_known = rows.find(connection, person.workspace, person.id) is not None
    if is_known or recounts.is_voting(connection, person.workspace, person.id):
        learn(connection, person, now)
        return True
    # Anonymous voters are found by their codes alone, and nothing of them is written down but that.
    recounts.person(connection, person.workspace, person.id, kind_of(person))
    return False


def kind_of(person: Person) -> KindOrOut:
    """What decides whether this person counts."""
    return "out" if person.is_bot or person.is_deactivated else person.kind


def zone_of(connection: Connection, workspace: str, person: str) -> str | None:
    """The zone in this person's profile, as last heard."""
    known = rows.find(connection, workspace, person)
    return known.zone if known else None


def strangers(connection: Connection, workspace: str, comparison_id: int, now: int) -> list[str]:
    """Who has a ballot on a comparison without Slack having told us lately who they are: it may not say who leaves."""
    return rows.strangers(connection, workspace, comparison_id, now - FRESH)


def needs_hint(connection: Connection, workspace: str, person: str, now: int) -> bool:
    """Whether this person must be told what their first vote meant. True once."""
    return rows.first_time(connection, workspace, person, "hinted_at", now)


def needs_guide(connection: Connection, workspace: str, person: str, now: int) -> bool:
    """Whether this person sees the guide on their Home tab. True once."""
    return rows.first_time(connection, workspace, person, "guided_at", now)


def welcome_workspace(connection: Connection, workspace: str, name: str, bot_user: str, now: int) -> bool:
    """Note that the app serves this workspace; return whether its catalogue is still empty."""
    workspace_rows.store(connection, workspace, name, bot_user, now)
    return workspace_rows.catalogue_version(connection, workspace) == 0


def needs_first_words(connection: Connection, workspace: str, now: int) -> bool:
    """Whether somebody in this workspace is still to be told what the app is for. True once."""
    return workspace_rows.greet(connection, workspace, now)


def first_words_failed(connection: Connection, workspace: str) -> None:
    """Let the next one be told instead."""
    workspace_rows.forget_greeting(connection, workspace)


def workspaces(connection: Connection) -> list[str]:
    """Every workspace that the app has met."""
    return workspace_rows.all_ids(connection)


def refuse_tables(connection: Connection, workspace: str) -> None:
    """Remember that this workspace answers `invalid_blocks` to native tables."""
    workspace_rows.refuse_tables(connection, workspace)
