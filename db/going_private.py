"""Public comparisons of a channel that has become a private one: queries only."""

from sqlalchemy import Connection, text

# A row that would be the second open one of its question is left where it is; the second of its round is numbered on.
_KEEP_TO_CHANNEL = text(
    """
    UPDATE comparison SET scope = :channel, round = round + (
        SELECT coalesce(max(own.round), 0) FROM comparison AS own
        WHERE own.workspace = :workspace AND own.scope = :channel AND own.question = comparison.question
    )
    WHERE comparison.workspace = :workspace AND comparison.scope = ''
      AND EXISTS (
          SELECT 1 FROM card WHERE card.workspace = :workspace AND card.channel = :channel
            AND card.comparison_id = comparison.id
      )
      AND NOT EXISTS (
          SELECT 1 FROM card WHERE card.workspace = :workspace AND card.channel <> :channel
            AND card.comparison_id = comparison.id
      )
      AND NOT EXISTS (
          SELECT 1 FROM comparison AS own
          WHERE own.workspace = :workspace AND own.scope = :channel AND own.question = comparison.question
            AND own.closed_at IS NULL AND comparison.closed_at IS NULL
      )
    """
)
_FORGET_LINKS = text(
    """
    UPDATE card SET permalink = NULL
    WHERE card.workspace = :workspace AND card.channel = :channel AND card.comparison_id IN (
        SELECT comparison.id FROM comparison WHERE comparison.workspace = :workspace AND comparison.scope = ''
    )
    """
)


def keep_to_channel(connection: Connection, workspace: str, channel: str) -> int:
    """Let public comparisons that stand in this channel alone be its own; how many those are."""
    return connection.execute(_KEEP_TO_CHANNEL, {"workspace": workspace, "channel": channel}).rowcount


def forget_links(connection: Connection, workspace: str, channel: str) -> None:
    """Let no public comparison lead into this channel."""
    connection.execute(_FORGET_LINKS, {"workspace": workspace, "channel": channel})
