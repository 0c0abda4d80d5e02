"""Who hears what: every listener can be called, every button has one, and no event can jam the line."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.services import Services
from bot.views import actions
from tests.registered import Heard, manifest, registered
from tests.story import Story
from tests.test_views_hostile import every_message, every_view

HEARD = registered()
EVENTS = manifest()["settings"]["event_subscriptions"]["bot_events"]
LENT = {field.name for field in fields(Services)} | {"background"}
CANARY = "canary-of-what-was-said"


def hears(one: Heard, word: str) -> bool:
    """Whether Bolt hands this to the listener: a text must be equal, a pattern is searched for."""
    return one.what == word if isinstance(one.what, str) else one.what.search(word) is not None


def heard_by(kind: str, word: str) -> Heard | None:
    """The first listener that Bolt finds."""
    return next((one for one in HEARD if one.kind == kind and hears(one, word)), None)


def elements(part: Any, *, silent: bool = False) -> Iterator[tuple[str, str]]:
    """The kind of request and the action id that each element of a view can send.

    A field of a dialog is silent until the dialog is sent, but for a menu that asks for its options.
    """
    if isinstance(part, list):
        for one in part:
            yield from elements(one, silent=silent)
    elif isinstance(part, dict):
        silent = silent or (part.get("type") == "input" and not part.get("dispatch_action"))
        if "action_id" in part:
            if part["type"] == "external_select":
                yield "options", part["action_id"]
            if not silent:
                yield "action", part["action_id"]
        for one in part.values():
            yield from elements(one, silent=silent)


def drawn() -> list[Any]:
    """Every message, dialog and Home tab there is: with few words, with many that fill pages, with addresses."""
    words = ("Cursor", "Cursor " * 1_000, "https://cursor.com")
    messages = [message.blocks for word in words for _, message in every_message(word)]
    return messages + [view for word in words for _, view in every_view(word)]


DRAWN = drawn()
EMITTED = sorted({found for view in DRAWN for found in elements(view)})


@pytest.mark.parametrize("one", HEARD, ids=lambda one: f"{one.kind}-{one.listener.__name__}")
def test_every_parameter_is_one_that_bolt_hands_over(one: Heard) -> None:
    """A misspelt parameter would arrive as None, a keyword-only one never: there are neither."""
    parameters = inspect.signature(one.listener).parameters.values()

    assert inspect.iscoroutinefunction(one.listener)
    assert {parameter.kind for parameter in parameters} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert {parameter.name for parameter in parameters} <= set(AsyncArgs.__annotations__) | LENT | {"error"}
    assert all(parameter.default is inspect.Parameter.empty for parameter in parameters)


def test_no_service_hides_what_bolt_hands_over() -> None:
    """Bolt's own names win over ours: a service of such a name would never arrive."""
    assert LENT & set(AsyncArgs.__annotations__) == set()


@pytest.mark.parametrize(("kind", "action_id"), EMITTED)
def test_whatever_can_be_pressed_is_heard(kind: str, action_id: str) -> None:
    """Every button, menu and typeahead of every view has a listener."""
    assert heard_by(kind, action_id) is not None


def test_whatever_is_listened_for_can_be_pressed() -> None:
    """No listener waits for a button that no view has, and none stands in the way of another."""
    waiting = [one for one in HEARD if one.kind in {"action", "options"}]

    assert len(waiting) > 20
    for one in waiting:
        assert any(kind == one.kind and heard_by(kind, word) is one for kind, word in EMITTED), one.what


def test_no_name_of_a_button_is_left_over() -> None:
    """Every word in bot/views/actions.py is the id of something that a view shows, or of something in it."""
    text = json.dumps(DRAWN)
    named = {name: word for name, word in vars(actions).items() if name.isupper() and isinstance(word, str)}
    fields_of_dialogs = {f"{field}": field for field in actions.TOOL_FIELDS}

    missing = [name for name, word in (named | fields_of_dialogs).items() if not re.search(rf'"{word}[_:"\d]', text)]

    assert missing == []


def test_dialogs_that_are_sent_are_heard() -> None:
    """Every dialog with a button to send it has its listener, and every such listener its dialog."""
    sent = {view["callback_id"] for _, view in every_view("Cursor") if "submit" in view}

    assert sent == {one.what for one in HEARD if one.kind == "view"}


async def deliveries(story: Story, event_id: str) -> list[dict[str, Any]]:
    """Every attempt to deliver this event."""
    log = (await story.get("log"))["log"]
    return [entry for entry in log if entry["kind"] == "delivery" and entry.get("event_id") == event_id]


@pytest.mark.fault("A11")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_events_of_every_name_are_acknowledged(story: Story) -> None:
    """Heard or not, known or not: what Slack tells us is acknowledged at the first attempt."""
    for name in [*EVENTS, "message", "group_archive", "link_shared", "a_name_of_tomorrow"]:
        told = await story.post("emit", event={"type": name, "user": "U0ADA", "channel": "C0GENERAL"})
        assert told["acknowledged"], name


ITEM = {"type": "message", "channel": "C0GENERAL", "ts": "1.1"}
POISON: dict[str, dict[str, Any]] = {
    "a reaction to a file": {"type": "reaction_added", "item": {"type": "file", "file": "F1"}, "user": "U0ADA"},
    "a reaction to nothing": {"type": "reaction_added", "reaction": "one", "user": "U0ADA"},
    "a reaction to a text": {"type": "reaction_removed", "reaction": "one", "user": "U0ADA", "item": CANARY},
    "a reaction by nobody": {"type": "reaction_added", "reaction": "one", "item": ITEM},
    "a reaction of numbers": {"type": "reaction_added", "reaction": 1, "user": 2, "item": ITEM, "event_ts": 3},
    "a reaction at no time": {"type": "reaction_added", "reaction": "one", "user": "U0ADA", "item": ITEM},
    "a reaction too long": {"type": "reaction_added", "reaction": CANARY * 10_000, "user": "U0ADA", "item": ITEM},
    "a mention of nothing": {"type": "app_mention"},
    "a mention in a list": {"type": "app_mention", "user": [CANARY], "channel": {}, "text": [CANARY], "ts": None},
    "a mention too long": {"type": "app_mention", "user": CANARY * 10_000, "channel": "C0GENERAL", "text": CANARY},
    "a home of nobody": {"type": "app_home_opened", "tab": "home"},
    "a home of a list": {"type": "app_home_opened", "tab": {CANARY: 1}, "user": "U0ADA"},
    "a member of nothing": {"type": "member_joined_channel"},
    "a member of numbers": {"type": "member_joined_channel", "user": 1, "channel": 2, "inviter": CANARY},
    "an event deep down": {"type": "reaction_added", "item": json.loads('{"a":' * 200 + "1" + "}" * 200)},
    "an event without a type": {"user": "U0ADA", "text": CANARY},
    "an event of a number": {"type": 7, "text": CANARY},
    "an event of nothing": {},
}


@pytest.mark.fault("A10")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_poison_event_is_acknowledged_once(
    story: Story, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What makes no sense is acknowledged, so that it never comes again; the log has no word of what it held."""
    for number, (name, event) in enumerate(POISON.items()):
        outer = {"type": "event_callback", "team_id": "T0PLAY", "event_id": f"Ev{number}", "event": event}
        told = await story.post("emit", outer=outer)

        assert told["acknowledged"], name
        assert [one["attempt"] for one in await deliveries(story, f"Ev{number}")] == [0], name
        said = "".join(capfd.readouterr()) + caplog.text
        assert "event not" in said, name
        assert CANARY not in said, name


@pytest.mark.fault("A10")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_event_after_a_poison_event_counts(story: Story) -> None:
    """Poison jams nothing: the next vote is counted."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()

    for event in POISON.values():
        await story.post("emit", outer={"type": "event_callback", "team_id": "T0PLAY", "event": event})
    await ada.reacts(card, "one")

    await story.shows(card, "1 of 1")
