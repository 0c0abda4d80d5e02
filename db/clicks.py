"""What people have chosen by buttons, as their newest click left it: queries only; bot.buttons decides."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, text, update

from db.kinds import KindOrOut
from db.models import click


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody has chosen since their newest click; no choice once everything was taken back."""

    person: str
    choice: int | None
    card_id: int
    at_us: int
    kind: KindOrOut | None = None  # of an anonymous voter, once it is known


_KEEP = text(
    """
    INSERT INTO click (workspace, comparison_id, person, choice, card_id, at_us, kind)
    VALUES (:workspace, :comparison_id, :person, :choice, :card_id, :at_us, :kind)
    ON CONFLICT (workspace, comparison_id, person) DO UPDATE
    SET choice = excluded.choice, card_id = excluded.card_id, at_us = excluded.at_us, kind = excluded.kind
    WHERE excluded.at_us > click.at_us
    """
)
_ALL = select(click.c.person, click.c.choice, click.c.card_id, click.c.at_us, click.c.kind).where(
    click.c.workspace == bindparam("workspace"), click.c.comparison_id == bindparam("comparison_id")
)
_OF_PERSON = _ALL.where(click.c.person == bindparam("person"))
_SET_KIND = (
    update(click)
    .where(
        click.c.workspace == bindparam("of_workspace"),
        click.c.comparison_id == bindparam("of_comparison"),
        click.c.person == bindparam("of_person"),
    )
    .values(kind=bindparam("known"))
)
_FORGET = delete(click).where(
    click.c.workspace == bindparam("workspace"), click.c.comparison_id == bindparam("comparison_id")
)


def keep(connection: Connection, workspace: str, comparison_id: int, chosen: Chosen) -> None:
    """Write what a click has left, unless a newer one is known."""
    connection.execute(
        _KEEP,
        {
            "workspace": workspace,
            "comparison_id": comparison_id,
            "person": chosen.person,
            "choice": chosen.choice,
            "card_id": chosen.card_id,
            "at_us": chosen.at_us,
            "kind": chosen.kind,
        },
    )


def of_person(connection: Connection, workspace: str, comparison_id: int, who: str) -> Chosen | None:
    """What this voter has chosen on the comparison; None before their first click."""
    row = connection.execute(
        _OF_PERSON, {"workspace": workspace, "comparison_id": comparison_id, "person": who}
    ).first()
    return Chosen(*row) if row else None


def of_comparison(connection: Connection, workspace: str, comparison_id: int) -> list[Chosen]:
    """What everybody has chosen on the comparison."""
    rows = connection.execute(_ALL, {"workspace": workspace, "comparison_id": comparison_id})
    return [Chosen(*row) for row in rows]


def set_kind(connection: Connection, workspace: str, comparison_id: int, who: str, kind: KindOrOut) -> bool:
    """Keep what kind of person this voter is; False where there is no such voter."""
    of = {"of_workspace": workspace, "of_comparison": comparison_id, "of_person": who}
    return connection.execute(_SET_KIND, {**of, "known": kind}).rowcount > 0


def forget(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget every click on the comparison; its ballots stay."""
    connection.execute(_FORGET, {"workspace": workspace, "comparison_id": comparison_id})
