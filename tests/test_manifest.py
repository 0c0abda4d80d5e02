"""manifest.yml is what Slack registers: it is valid, and asks for what the code hears and calls, no more, no less."""

import ast
import json
import re

import jsonschema
import pytest
import yaml

from bot import app_manifest
from tests.registered import ROOT, manifest, registered

MANIFEST = manifest()

# The scopes of each method, by its page: https://docs.slack.dev/reference/methods/<method>
SCOPES_OF_METHODS: dict[str, set[str]] = {
    "auth.test": set(),
    # Our own messages only.
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    # To a person's id, too: it opens the direct message by itself, without im:write.
    "chat.postMessage": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    # One for each kind of conversation that a card may stand in: public, private, direct, group direct.
    "conversations.info": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations.join": {"channels:join"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "reactions.add": {"reactions:write"},
    "reactions.get": {"reactions:read"},
    "reactions.remove": {"reactions:write"},
    # Of the channels that a person is in: public and private ones.
    "users.conversations": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.push": set(),
    "views.publish": set(),
    "views.update": set(),
}
# The scopes of each event, by its page: https://docs.slack.dev/reference/events/<event>
SCOPES_OF_EVENTS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_archive": {"channels:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}
# Subscribed, and acknowledged by the last listener alone: what they tell is found out where it matters, by the answer
# to the next post; the log has when it happened.
ONLY_CAUGHT = {"channel_archive", "member_left_channel"}


def heard(kind: str) -> list[str]:
    """The names that the code listens for; patterns are left out."""
    return [one.what for one in registered() if one.kind == kind and isinstance(one.what, str)]


def called_methods() -> set[str]:
    """Every Slack method that bot/slack.py calls, from its source."""
    tree = ast.parse((ROOT / "bot" / "slack.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    through = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "_call"]
    names = {call.args[1].value for call in through if isinstance(call.args[1], ast.Constant)}
    assert len(through) == len([call for call in through if isinstance(call.args[1], ast.Constant)]) > 0
    return {str(name) for name in names}


def test_the_manifest_keeps_to_the_schema_and_slacks_limits() -> None:
    """Keys, kinds and lengths are as Slack takes them."""
    schema = json.loads((ROOT / "tests" / "manifest.schema.json").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)

    problems = [error.json_path for error in jsonschema.Draft7Validator(schema).iter_errors(MANIFEST)]

    assert problems == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("features.shortcuts.0.name", "Compare the tools in this message"),
        ("features.slash_commands.0.command", "compare"),
        ("features.slash_commands.0.should_escape", False),
        ("display_information.description", "x" * 141),
        ("settings.socket_mode_enabled", False),
        ("settings.event_subscriptions.request_url", "https://example.com"),
        ("oauth_config.scopes.bot", ["chat:write", "chat:write"]),
    ],
)
def test_the_schema_bites(path: str, value: object) -> None:
    """A name too long, a command without its slash, a key that means HTTP mode: each is refused."""
    schema = json.loads((ROOT / "tests" / "manifest.schema.json").read_text("utf-8"))
    broken = manifest()
    *parents, last = path.split(".")
    place = broken
    for key in parents:
        place = place[int(key) if key.isdigit() else key]  # type: ignore[index]  # a list's index, a mapping's key
    place[last] = value

    assert not jsonschema.Draft7Validator(schema).is_valid(broken)


def test_the_manifest_for_http_mode() -> None:
    """Each door of Slack's leads to the one address, none to a socket; for the rest it is the same app."""
    made = app_manifest.for_http("https://verdicts.example.com")
    address = "https://verdicts.example.com/slack/events"

    assert {one["url"] for one in made["features"]["slash_commands"]} == {address}
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["settings"]["interactivity"]["message_menu_options_url"] == address
    assert made["oauth_config"]["redirect_urls"] == ["https://verdicts.example.com/slack/oauth_redirect"]
    assert (made["settings"]["socket_mode_enabled"], made["settings"]["org_deploy_enabled"]) == (False, True)
    assert made["oauth_config"]["scopes"] == MANIFEST["oauth_config"]["scopes"]
    assert yaml.safe_load(app_manifest.printed("https://verdicts.example.com")) == made
    assert yaml.safe_load(app_manifest.printed(None)) == MANIFEST


def test_commands_are_those_that_are_heard() -> None:
    """Each slash command has its listener, and each listener its command."""
    assert [one["command"] for one in MANIFEST["features"]["slash_commands"]] == heard("command")


def test_shortcuts_are_those_that_are_heard() -> None:
    """Each shortcut has its listener, and each listener its shortcut."""
    assert [one["callback_id"] for one in MANIFEST["features"]["shortcuts"]] == heard("shortcut")


def test_events_are_those_that_are_heard_or_caught() -> None:
    """Each subscribed event is heard by its listener or is known to be only acknowledged; none is heard in vain."""
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    *_, last = [one.what for one in registered() if one.kind == "event"]

    # A message is subscribed to by the kind of its conversation, and is heard as a message.
    asked = {name.partition(".")[0] for name in subscribed} | set(app_manifest.OF_ORGANISATIONS)
    assert asked == set(heard("event")) | ONLY_CAUGHT
    assert set(heard("event")) & ONLY_CAUGHT == set()
    assert isinstance(last, re.Pattern)
    assert all(last.search(name) for name in subscribed)


def test_scopes_are_those_that_are_needed() -> None:
    """Each scope is needed by a command, an event or a method that is called, and nothing needs one more."""
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

    needed = {"commands"}.union(
        *(SCOPES_OF_METHODS[method] for method in called_methods()), *(SCOPES_OF_EVENTS[event] for event in events)
    )

    scopes = MANIFEST["oauth_config"]["scopes"]
    assert {*scopes["bot"], *scopes["bot_optional"]} == needed
    assert set(scopes["bot"]) & set(scopes["bot_optional"]) == set()


def test_the_tables_here_hold_nothing_else() -> None:
    """What is no longer called or subscribed leaves these tables, too."""
    assert set(SCOPES_OF_METHODS) == called_methods()
    assert set(SCOPES_OF_EVENTS) == set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def test_lists_are_in_order() -> None:
    """Scopes and events stand in alphabetical order, so that a difference shows what changed."""
    scopes = MANIFEST["oauth_config"]["scopes"]
    for names in (scopes["bot"], scopes["bot_optional"], MANIFEST["settings"]["event_subscriptions"]["bot_events"]):
        assert names == sorted(names)
