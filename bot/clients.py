"""The workspaces that this process serves, each with its own client."""

from bot.budget import Budgets
from bot.slack import Slack
from db.engine import Database


class Clients:
    """Who may be spoken to. Background work asks only for workspaces that are in here."""

    def __init__(self, database: Database | None = None) -> None:
        """Replicas on one server keep to Slack's limits together, through `database`."""
        self.budgets = Budgets(database)
        self._slack: dict[str, Slack] = {}

    def add(self, workspace: str, slack: Slack) -> None:
        """Serve a workspace."""
        slack.keep_to(self.budgets, workspace)
        self._slack[workspace] = slack

    def drop(self, workspace: str) -> None:
        """Stop serving a workspace: it has revoked the token."""
        self._slack.pop(workspace, None)

    def of(self, workspace: str) -> Slack:
        """The workspace's client. Raises KeyError for one that is not served."""
        return self._slack[workspace]

    @property
    def workspaces(self) -> list[str]:
        """Everyone served."""
        return list(self._slack)
