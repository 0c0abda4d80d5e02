"""What a database must know once it was put back from a backup: Slack has gone on since."""

from dataclasses import dataclass

from bot import digest_doubts, sweeps
from db import cards as card_rows
from db import workspaces as workspace_rows
from db.connection import Connection
from db.engine import now


@dataclass(frozen=True, slots=True)
class Noted:
    """What the bot will do when it starts."""

    sweeps: int
    redraws: int
    doubts: int  # digests that may have been posted after the backup


def note(connection: Connection) -> Noted:
    """Distrust what Slack may have changed: every young card is swept and redrawn, and digests that may stand in
    their channels already are in doubt.

    Safe to do twice, and on a database that was not restored: it costs calls to Slack.
    """
    instant = now(connection)
    workspaces = workspace_rows.all_ids(connection)
    return Noted(
        sweeps=sweeps.want_all(connection, workspaces, instant) if workspaces else 0,
        redraws=sum(card_rows.redraw_all(connection, one, instant - sweeps.YOUNG) for one in workspaces),
        doubts=digest_doubts.after_restore(connection, instant),
    )
