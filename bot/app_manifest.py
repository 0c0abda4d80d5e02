"""The manifest that registers the app with Slack, for Socket Mode as it is in the repository, or for HTTP mode."""

from pathlib import Path
from typing import Any

import yaml

from bot.transport import INSTALLED_PATH, SLACK_PATH

MANIFEST = Path(__file__).with_name("manifest.yml")
# Only an app for many workspaces is told who of an organisation may use it:
# https://docs.slack.dev/reference/events/team_access_granted
OF_ORGANISATIONS = ("team_access_granted", "team_access_revoked")


def manifest() -> dict[str, Any]:
    """The manifest for Socket Mode, parsed."""
    parsed: dict[str, Any] = yaml.safe_load(MANIFEST.read_text("utf-8"))
    return parsed


def scopes(*, optional: bool = False) -> frozenset[str]:
    """What the app must be allowed to do; with those that whoever installs it may leave out."""
    asked = manifest()["oauth_config"]["scopes"]
    return frozenset(asked["bot"] + (asked["bot_optional"] if optional else []))


def for_http(public_url: str) -> dict[str, Any]:
    """The manifest for an app that Slack reaches at `public_url`, and that many workspaces may install."""
    changed, address = manifest(), f"{public_url}{SLACK_PATH}"
    for command in changed["features"]["slash_commands"]:
        command["url"] = address
    changed["oauth_config"]["redirect_urls"] = [f"{public_url}{INSTALLED_PATH}"]
    settings = changed["settings"]
    events = settings["event_subscriptions"]
    settings["event_subscriptions"] = {
        "request_url": address,
        "bot_events": sorted([*events["bot_events"], *OF_ORGANISATIONS]),
    }
    settings["interactivity"] |= {"request_url": address, "message_menu_options_url": address}
    return changed | {"settings": settings | {"org_deploy_enabled": True, "socket_mode_enabled": False}}


def printed(public_url: str | None) -> str:
    """The manifest as it is pasted into Slack's page: for HTTP mode where an address is given."""
    if public_url is None:
        return MANIFEST.read_text("utf-8")
    return yaml.safe_dump(for_http(public_url), sort_keys=False, allow_unicode=True, width=120)
