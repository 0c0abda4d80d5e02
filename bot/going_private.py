"""A public channel that has been made private takes what was asked there along."""

from db import going_private as rows
from db.connection import Connection


def take_along(connection: Connection, workspace: str, channel: str) -> int:
    """Let the public comparisons that stand only in this channel be its own from now on; return how many those are.

    They leave every list, score and digest of others. One that stands in other public channels, too, stays what it was
    there, and no link leads from it into this channel any more. A channel that becomes public again gives nothing back.
    """
    taken = rows.keep_to_channel(connection, workspace, channel)
    rows.forget_links(connection, workspace, channel)
    return taken
