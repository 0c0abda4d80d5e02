"""The tables and the constraints that keep the promises of Verdicts.

Times are whole Unix seconds, or microseconds where a column ends in `_us`. Every table of a workspace carries its id,
and references between them carry it too, so that a row can never point into another workspace.
"""

from db.models.catalogue import audit, price, reviewer, take, tool, tool_alias
from db.models.columns import NEVER, metadata
from db.models.comparisons import card, comparison, comparison_tool
from db.models.digests import digest_run, subscription
from db.models.replicas import clock, pulse, slack_budget, slack_spent
from db.models.votes import ballot, click, reaction, reason, tally, unusual
from db.models.workspaces import heard_request, installation, oauth_state, person, workspace

__all__ = [
    "NEVER",
    "audit",
    "ballot",
    "card",
    "click",
    "clock",
    "comparison",
    "comparison_tool",
    "digest_run",
    "heard_request",
    "installation",
    "metadata",
    "oauth_state",
    "person",
    "price",
    "pulse",
    "reaction",
    "reason",
    "reviewer",
    "slack_budget",
    "slack_spent",
    "subscription",
    "take",
    "tally",
    "tool",
    "tool_alias",
    "unusual",
    "workspace",
]
