"""Modals, typeahead, shortcuts and the Home, as a person meets them."""

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.playground_visit import Visit, button, section, visit


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def field(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"title": plain("Compare"), "submit": plain("Go"), "callback_id": "form"}
    return {"type": "modal", **named, "blocks": list(blocks), **more}


TOOL = field("tool", "First tool", {"type": "external_select", "action_id": "tools", "min_query_length": 0})
CASE = field(
    "case",
    "Use case",
    {"type": "plain_text_input", "action_id": "text", "min_length": 3, "max_length": 10},
    optional=True,
)
DAY = field(
    "day",
    "Day",
    {
        "type": "static_select",
        "action_id": "day",
        "options": [{"text": plain("Monday"), "value": "mon"}, {"text": plain("Friday"), "value": "fri"}],
        "initial_option": {"text": plain("Monday"), "value": "mon"},
    },
)


class Form:
    """An app with one dialog; `answer` is what it says to a submission."""

    def __init__(self, v: Visit, *blocks: dict[str, Any], **more: Any) -> None:
        self.view = modal(*blocks, **more)
        self.submitted: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.app: AsyncApp = v.bolt()
        self.app.command("/compare")(self.command)
        self.app.options("tools")(self.options)
        self.app.view("form")(self.submit)
        self.app.view_closed("form")(self.close)
        self.app.action("press")(self.press)

    async def command(self, ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=self.view)

    async def options(self, ack: AsyncAck, payload: dict[str, Any]) -> None:
        known = {"alpha": "Alpha Files", "beta": "Beta Files"}
        found = {slug: name for slug, name in known.items() if payload["value"].casefold() in (slug + name).casefold()}
        await ack(options=[{"text": plain(name), "value": slug} for slug, name in found.items()])

    async def submit(self, ack: AsyncAck, view: dict[str, Any]) -> None:
        self.submitted.append(view["state"]["values"])
        await ack(**self.answer)

    async def close(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.closed.append(body)

    async def press(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.actions.append(body)


async def open_form(v: Visit) -> None:
    answer = await v.do("command", channel="C0GENERAL", user="U0ADA", command="/compare", text="")
    assert answer["ok"], answer


async def modal_of(v: Visit, user: str = "U0ADA") -> dict[str, Any] | None:
    view: dict[str, Any] | None = (await v.see(f"person/{user}"))["modal"]
    return view


@pytest.mark.parametrize(
    "values",
    [
        {"tools": "beta", "text": "review"},
        {"First tool": "Beta Files", "Use case": "review"},
        {"tool": "Beta Files", "case": "review"},
        {"tool": {"tools": "beta"}, "case": {"text": {"type": "plain_text_input", "value": "review"}}},
        {
            "tool": {
                "tools": {"type": "external_select", "selected_option": {"text": plain("Beta Files"), "value": "beta"}}
            },
            "case": {"text": "review"},
        },
    ],
)
async def test_a_form_is_filled_by_action_label_block_or_state(values: dict[str, Any]) -> None:
    """However the values are named, the app gets Slack's state, the untouched field with its initial choice."""
    async with visit() as v:
        form = Form(v, TOOL, CASE, DAY)
        async with v.connected(form.app):
            await open_form(v)
            assert (await v.do("submit", user="U0ADA", values=values)) == {"ok": True}
            (state,) = form.submitted
            assert state["tool"]["tools"]["selected_option"]["value"] == "beta"
            assert state["case"]["text"] == {"type": "plain_text_input", "value": "review"}
            assert state["day"]["day"]["selected_option"]["value"] == "mon"
            assert await modal_of(v) is None


async def test_slacks_own_checks_come_first() -> None:
    """Required, length and existing options are checked before the app is asked; what was typed stays."""
    async with visit() as v:
        form = Form(v, TOOL, CASE)
        async with v.connected(form.app):
            await open_form(v)
            for values, error in [
                ({}, {"tool": "Please complete this required field."}),
                ({"tools": "gamma"}, {"tool": "No such option."}),
                ({"tools": "alpha", "text": "x" * 11}, {"case": "Please enter at most 10 characters."}),
                ({"text": "x"}, {"case": "Please enter at least 3 characters."}),
            ]:
                answer = await v.do("submit", user="U0ADA", values=values)
                assert (answer["error"], answer["errors"]) == ("invalid_input", error)
            assert (await v.do("submit", user="U0ADA", values={"colour": "red"}))["error"] == "no_such_field"
            assert form.submitted == []
            assert (await v.do("submit", user="U0ADA", values={"text": ""})) == {"ok": True}
            assert form.submitted[0]["tool"]["tools"]["selected_option"]["value"] == "alpha"


async def test_the_apps_errors_stay_in_the_dialog() -> None:
    """`errors` are shown at their fields and the dialog stays open."""
    async with visit() as v:
        form = Form(v, CASE)
        form.answer = {"response_action": "errors", "errors": {"case": "Too vague."}}
        async with v.connected(form.app):
            await open_form(v)
            answer = await v.do("submit", user="U0ADA", values={"text": "hmm"})
            assert answer == {"ok": False, "error": "view_errors", "errors": {"case": "Too vague."}}
            person = await v.see("person/U0ADA")
            assert person["modal_errors"] == {"case": "Too vague."}
            assert person["modal"]["state"]["values"]["case"]["text"]["value"] == "hmm"


async def test_a_submission_can_update_push_and_clear() -> None:
    """Views are replaced in place, stacked up to three, and cleared; a wrong view is refused."""
    async with visit() as v:
        form = Form(v, CASE)
        async with v.connected(form.app):
            await open_form(v)
            first = await modal_of(v)
            assert first is not None
            form.answer = {"response_action": "update", "view": modal(CASE, section("more"))}
            await v.do("submit", user="U0ADA", values={"text": "kept"})
            second = await modal_of(v)
            assert second is not None
            assert (second["id"], len(second["blocks"])) == (first["id"], 2)
            assert second["state"]["values"]["case"]["text"]["value"] == "kept"
            form.answer = {"response_action": "push", "view": modal(CASE)}
            await v.do("submit", user="U0ADA", values={})
            await v.do("submit", user="U0ADA", values={})
            assert (await v.see("person/U0ADA"))["modals"] == 3
            refused = await v.do("submit", user="U0ADA", values={})
            assert (refused["error"], refused["view_error"]) == ("invalid_view", "push_limit_reached")
            form.answer = {"response_action": "push", "view": modal(section(""))}
            assert (await v.do("submit", user="U0ADA", values={}))["error"] == "invalid_view"
            form.answer = {"response_action": "clear"}
            await v.do("submit", user="U0ADA", values={})
            assert (await v.see("person/U0ADA"))["modals"] == 0


async def test_a_trigger_is_good_for_one_view_and_three_seconds() -> None:
    """Used, late and invented triggers each have their own error."""
    async with visit() as v:
        app = v.bolt()
        triggers: list[str] = []

        async def keep(ack: AsyncAck, command: dict[str, Any]) -> None:
            await ack()
            triggers.append(command["trigger_id"])

        app.command("/compare")(keep)
        async with v.connected(app):
            await open_form(v)
            await open_form(v)
        used, late = triggers
        await v.slack.views_open(trigger_id=used, view=modal(CASE))
        assert await v.error_of("views.open", trigger_id=used, view=modal(CASE)) == "exchanged_trigger_id"
        assert await v.error_of("views.open", trigger_id="1.2", view=modal(CASE)) == "invalid_trigger_id"
        assert await v.error_of("views.push", trigger_id=late, view=modal(CASE)) == "invalid_trigger_id"
        with pytest.raises(SlackApiError) as caught:
            await v.slack.views_open(trigger_id=late, view=modal(CASE, title=plain("x" * 25)))
        assert caught.value.response["error"] == "invalid_arguments"
        assert "/view/title/text" in caught.value.response["response_metadata"]["messages"][0]
        await v.do("clock", advance=3.1)
        assert await v.error_of("views.open", trigger_id=late, view=modal(CASE)) == "expired_trigger_id"


async def test_an_update_with_a_stale_hash_is_refused() -> None:
    """views.update by id, guarded by the hash; a closed view is not found."""
    async with visit() as v:
        form = Form(v, CASE, notify_on_close=True)
        async with v.connected(form.app):
            await open_form(v)
            view = await modal_of(v)
            assert view is not None
            await v.slack.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("one")))
            stale = {"view_id": view["id"], "hash": view["hash"], "view": modal(section("two"))}
            assert await v.error_of("views.update", **stale) == "hash_conflict"
            await v.slack.views_update(view_id=view["id"], view=modal(section("x"), notify_on_close=True))
            assert await v.do("close-modal", user="U0ADA") == {"ok": True}
            assert form.closed[0]["view"]["id"] == view["id"]
            assert await v.error_of("views.update", view_id=view["id"], view=modal(CASE)) == "not_found"
            assert (await v.do("close-modal", user="U0ADA"))["error"] == "no_modal"


async def test_a_press_in_a_dialog_can_push() -> None:
    """A button in a modal sends its state so far; its trigger may push, and closing goes back one view."""
    async with visit() as v:
        pressable = {"type": "actions", "elements": [button("press", "More")]}
        form = Form(v, CASE, pressable)
        async with v.connected(form.app):
            await open_form(v)
            assert (await v.do("interact", user="U0ADA", view="modal", action="text", value="typed"))["ok"]
            assert form.actions == []
            assert (await v.do("interact", user="U0ADA", view="modal", action="More"))["ok"]
            (body,) = form.actions
            assert body["view"]["state"]["values"]["case"]["text"]["value"] == "typed"
            assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
            pushed = (await v.slack.views_push(trigger_id=body["trigger_id"], view=modal(CASE)))["view"]
            assert pushed["previous_view_id"] == body["view"]["id"]
            await v.do("close-modal", user="U0ADA")
            left = await modal_of(v)
            assert left is not None
            assert left["id"] == body["view"]["id"]


async def test_typeahead_shows_what_the_app_offers() -> None:
    """A suggestion goes to the app and comes back; more than a hundred options are refused."""
    async with visit() as v:
        form = Form(v, TOOL)
        many = 0

        async def flood(ack: AsyncAck) -> None:
            await ack(options=[{"text": plain(str(number)), "value": str(number)} for number in range(many)])

        async with v.connected(form.app):
            await open_form(v)
            offered = await v.do("suggest", user="U0ADA", action_id="tools", value="beta")
            assert [option["value"] for option in offered["options"]] == ["beta"]
            assert (await v.do("suggest", user="U0ADA", action_id="none", value=""))["error"] == "no_such_action"
        many = 101
        other = v.bolt()
        other.options("tools")(flood)
        async with v.connected(other):
            assert (await v.do("suggest", user="U0ADA", action_id="tools", value=""))["error"] == "invalid_options"


async def test_a_menu_in_a_message_keeps_its_choice_for_the_button_beside_it() -> None:
    """Choosing in a message and then pressing: the press carries the choice of that person, not of another."""
    async with visit() as v:
        form = Form(v, CASE)
        form.app.action("day")(form.press)
        chooser = {"type": "actions", "block_id": "a", "elements": [DAY["element"], button("press", "Post")]}
        async with v.connected(form.app):
            where = {"channel": "C0GENERAL", "ts": await v.post(blocks=[chooser])}
            await v.do("interact", **where, user="U0ADA", action={"action_id": "day", "selected_option": "Friday"})
            await v.do("interact", **where, user="U0ADA", action="Post")
            await v.do("interact", **where, user="U0DEV", action="Post")
            chosen = [body["state"]["values"]["a"]["day"]["selected_option"]["value"] for body in form.actions]
            assert chosen == ["fri", "fri", "mon"]


async def test_shortcuts_open_from_anywhere_and_from_a_message() -> None:
    """A global shortcut has a trigger; a message shortcut has the message too."""
    async with visit() as v:
        app = v.bolt()
        seen: list[dict[str, Any]] = []

        async def hear(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            seen.append(body)
            await client.views_open(trigger_id=body["trigger_id"], view=modal(CASE))

        app.shortcut("compare_tools")(hear)
        app.shortcut("compare_message")(hear)
        async with v.connected(app):
            said = await v.do("message", channel="C0GENERAL", user="U0DEV", text="alpha or beta?")
            assert (await v.do("shortcut", user="U0ADA", callback_id="compare_tools"))["ok"]
            where = {"channel": "C0GENERAL", "ts": said["ts"]}
            assert (await v.do("shortcut", user="U0ADA", callback_id="compare_message", **where))["ok"]
            assert (await v.do("shortcut", user="U0ADA", callback_id="other"))["error"] == "unknown_shortcut"
        assert [body["type"] for body in seen] == ["shortcut", "message_action"]
        assert (seen[1]["message"]["text"], seen[1]["channel"]["id"]) == ("alpha or beta?", "C0GENERAL")


async def test_the_home_is_published_and_pressed() -> None:
    """Opening the Home is an event; what the app publishes is there, and its buttons work."""
    async with visit() as v:
        form = Form(v, CASE)
        home = {"type": "home", "blocks": [{"type": "actions", "elements": [button("press", "Do it")]}]}

        async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
            await client.views_publish(user_id=event["user"], view=home)

        form.app.event("app_home_opened")(opened)
        async with v.connected(form.app):
            assert await v.do("open-home", user="U0DEV") == {"ok": True, "acknowledged": True}
            view = (await v.see("person/U0DEV"))["home"]
            assert view["type"] == "home"
            assert (await v.do("interact", user="U0DEV", view="home", action="Do it"))["ok"]
            assert form.actions[0]["view"]["id"] == view["id"]
            assert await v.error_of("views.publish", user_id="U0DEV", hash="0.old", view=home) == "hash_conflict"
            assert await v.error_of("views.publish", user_id="U0DEV", view=modal(CASE)) == "invalid_arguments"


async def test_the_page_hears_of_every_change() -> None:
    """The page's WebSocket greets, then tells of messages, notes, membership, deletion and reset."""
    async with visit() as v, v.http.ws_connect(f"{v.playground.url}/_page/live") as page:
        seen: list[dict[str, Any]] = [await page.receive_json(timeout=2)]

        async def until(kind: str) -> dict[str, Any]:
            async with asyncio.timeout(3):
                while True:
                    told: dict[str, Any] = await page.receive_json()
                    if told["type"] == kind:
                        return told

        assert seen == [{"type": "hello", "app_connected": False}]
        ts = await v.post("hello")
        assert (await until("message"))["message"]["text"] == "hello"
        await v.do("reaction", channel="C0GENERAL", ts=ts, user="U0ADA", name="one", present=True)
        assert (await until("message"))["message"]["reactions"][0]["name"] == "one"
        await v.slack.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="psst")
        assert await until("person") == {"type": "person", "user": "U0ADA"}
        await v.do("join", channel="C0AITOOLS", user="U0VERDICTS")
        assert await until("state") == {"type": "state"}
        await v.do("delete-message", channel="C0GENERAL", ts=ts)
        assert (await until("message_deleted"))["ts"] == ts
        await v.do("reset")
        assert await until("reset") == {"type": "reset"}
