"""Socket Mode as the SDK lives it: commands, events, acknowledgements, retries, several connections."""

import asyncio
import json
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncRespond

from tests.playground_visit import Visit, button, eventually, section, visit


class Wire:
    """A bare Socket Mode client, for what the SDK does by itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, v: Visit) -> "Wire":
        answer = await v.slack.apps_connections_open(app_token=v.playground.app_token)
        wire = cls(await v.http.ws_connect(answer["url"]))
        hello = await wire.next()
        assert hello["type"] == "hello"
        assert hello["connection_info"]["app_id"] == "A0VERDICTS"
        return wire

    async def next(self) -> dict[str, Any]:
        message: dict[str, Any] = await self.socket.receive_json(timeout=3)
        return message

    async def acknowledge(self, envelope: dict[str, Any], payload: Any = None) -> None:
        reply = {"envelope_id": envelope["envelope_id"]} | ({} if payload is None else {"payload": payload})
        await self.socket.send_str(json.dumps(reply))


async def test_a_command_runs_through_bolt() -> None:
    """A command reaches the listener, escaped, with a channel name as Slack gives it; the ack's message is shown."""
    async with visit() as v:
        app = v.bolt()
        seen: list[dict[str, Any]] = []

        async def compare(ack: AsyncAck, command: dict[str, Any]) -> None:
            seen.append(command)
            await ack("Just for you")

        app.command("/compare")(compare)
        async with v.connected(app):
            answer = await v.do(
                "command", channel="C0GENERAL", user="U0ADA", command="/compare", text=" a & <b> @Björn #random "
            )
            assert answer == {"ok": True, "response": {"text": "Just for you"}}
            assert seen[0]["text"] == "a &amp; &lt;b&gt; <@U0BJORN|björn> <#C0RANDOM|random>"
            assert (seen[0]["channel_name"], seen[0]["user_name"]) == ("general", "ada")
            notes = (await v.see("person/U0ADA"))["ephemerals"]
            assert [(note["text"], note["channel"]) for note in notes] == [("Just for you", "C0GENERAL")]
            for channel, name in (
                ("G0LEADS", "privategroup"),
                ("D0ADA", "directmessage"),
                ("D0ADABJORN", "directmessage"),
            ):
                await v.do("command", channel=channel, user="U0ADA", command="/compare", text="x")
                assert seen[-1]["channel_name"] == name
            for given, error in [
                ({"command": "/other"}, "unknown_command"),
                ({"channel": "C0OLDIDEAS"}, "is_archived"),
                ({"channel": "G0LEADS", "user": "U0DEV"}, "channel_not_found"),
                ({"channel": "C0RANDOM", "user": "U0GUS"}, "not_in_channel"),
            ]:
                typed = {"channel": "C0GENERAL", "user": "U0ADA", "command": "/compare", "text": ""} | given
                assert (await v.do("command", **typed))["error"] == error


async def test_who_waits_for_the_app_is_told_when_it_is_not_there() -> None:
    """No connection is app_not_connected at once; a silent app is operation_timeout after the limit."""
    async with visit(ack_limit=0.2) as v:
        typed = {"channel": "C0GENERAL", "user": "U0ADA", "command": "/compare", "text": "x"}
        assert await v.do("command", **typed) == {"ok": False, "error": "app_not_connected"}
        wire = await Wire.open(v)
        assert await v.do("command", **typed) == {"ok": False, "error": "operation_timeout"}
        envelope = await wire.next()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        await wire.socket.close()


async def test_a_reaction_is_an_event_with_all_its_parts() -> None:
    """Added and removed; the bot's own seeds are events too; only channels with the bot are heard."""
    async with visit() as v:
        wire = await Wire.open(v)
        ts = await v.post()
        adding = asyncio.create_task(
            v.do("reaction", channel="C0GENERAL", ts=ts, user="U0ADA", name="one", present=True)
        )
        envelope = await wire.next()
        assert (envelope["type"], envelope["retry_attempt"]) == ("events_api", 0)
        outer, event = envelope["payload"], envelope["payload"]["event"]
        assert (outer["type"], outer["team_id"], outer["api_app_id"]) == ("event_callback", "T0PLAY", "A0VERDICTS")
        assert outer["event_id"].startswith("Ev")
        assert outer["authorizations"][0]["user_id"] == "U0VERDICTS"
        assert event["item"] == {"type": "message", "channel": "C0GENERAL", "ts": ts}
        assert (event["user"], event["reaction"], event["item_user"]) == ("U0ADA", "one", "U0VERDICTS")
        await wire.acknowledge(envelope)
        assert await adding == {"ok": True, "acknowledged": True}
        again = await v.do("reaction", channel="C0GENERAL", ts=ts, user="U0ADA", name="one", present=True)
        assert again["error"] == "already_reacted"
        await v.slack.reactions_add(channel="C0GENERAL", timestamp=ts, name="two")
        own = await wire.next()
        assert own["payload"]["event"]["user"] == "U0VERDICTS"
        await wire.acknowledge(own)
        said = await v.do("message", channel="C0AITOOLS", user="U0ADA", text="no bot here")
        quiet = await v.do("reaction", channel="C0AITOOLS", ts=said["ts"], user="U0DEV", name="one", present=True)
        assert quiet == {"ok": True}
        await wire.socket.close()


async def test_an_event_is_retried_until_it_is_acknowledged() -> None:
    """Unacknowledged: at once, after a minute and after five more, with the same event id; then Slack gives up."""
    async with visit(ack_limit=0.1, time_scale=0.001) as v:
        wire = await Wire.open(v)
        ts = await v.post()
        vote = {"channel": "C0GENERAL", "ts": ts, "user": "U0ADA", "name": "one", "present": True}
        assert await v.do("reaction", **vote) == {"ok": True, "acknowledged": False}
        envelopes = [await wire.next() for _ in range(4)]
        assert [(envelope["retry_attempt"], envelope["retry_reason"]) for envelope in envelopes] == [
            (0, ""),
            (1, "timeout"),
            (2, "timeout"),
            (3, "timeout"),
        ]
        assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
        assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
        attempts = [(entry["attempt"], entry["acknowledged"]) for entry in await v.log("delivery")]
        assert attempts[:3] == [(0, False), (1, False), (2, False)]
        await wire.socket.close()


async def test_what_happens_while_nobody_listens_comes_as_a_retry() -> None:
    """With no socket open the reaction stays in Slack, and its event comes later, marked as a retry."""
    async with visit(time_scale=0.01) as v:
        ts = await v.post()
        vote = {"channel": "C0GENERAL", "ts": ts, "user": "U0ADA", "name": "one", "present": True}
        assert await v.do("reaction", **vote) == {"ok": True, "acknowledged": False}
        assert (await v.messages())[0]["reactions"][0]["users"] == ["U0ADA"]
        app = v.bolt()
        v.listen(app, "reaction_added")
        async with v.connected(app):
            await eventually(lambda: _count(v, 1))
        assert v.heard[0]["user"] == "U0ADA"
        last = (await v.log("delivery"))[-1]
        assert (last["attempt"], last["acknowledged"]) == (2, True)


async def _count(v: Visit, wanted: int) -> bool:
    return len(v.heard) >= wanted


async def test_each_payload_goes_to_one_of_the_connections() -> None:
    """Two connections share the work; which one gets what is decided by the seed alone."""

    async def shares() -> list[str]:
        async with visit(seed=3, rate_limits=False) as v:
            wires = [await Wire.open(v), await Wire.open(v)]
            got: list[str] = []

            async def serve(number: int) -> None:
                while True:
                    await wires[number].acknowledge(await wires[number].next())
                    got.append(str(number))

            serving = [asyncio.create_task(serve(number)) for number in (0, 1)]
            ts = await v.post()
            for user in ("U0ADA", "U0BJORN", "U0CHLOE", "U0DEV", "U0EMEKA", "U0FATIMA"):
                await v.do("reaction", channel="C0GENERAL", ts=ts, user=user, name="one", present=True)
            for task in serving:
                task.cancel()
            for wire in wires:
                await wire.socket.close()
            return got

    first = await shares()
    assert sorted(set(first)) == ["0", "1"]
    assert first == await shares()


async def test_a_ticket_opens_one_connection() -> None:
    """The address from apps.connections.open works once."""
    async with visit() as v:
        url = (await v.slack.apps_connections_open(app_token=v.playground.app_token))["url"]
        socket = await v.http.ws_connect(url)
        async with v.http.get(url.replace("ws", "http", 1)) as response:
            assert response.status == 403
        await socket.close()


async def test_mentions_and_membership_are_heard() -> None:
    """A mention, an invitation of the bot (with its inviter), somebody leaving, the Home being opened."""
    async with visit() as v:
        app = v.bolt()
        v.listen(
            app, "app_mention", "member_joined_channel", "member_left_channel", "app_home_opened", "channel_archive"
        )
        async with v.connected(app):
            said = await v.do("message", channel="C0GENERAL", user="U0ADA", text="@Verdicts compare <a> vs b")
            assert (
                await v.do(
                    "message", channel="C0GENERAL", user="U0DEV", text="<@U0VERDICTS> in a thread", thread_ts=said["ts"]
                )
            )["ok"]
            assert (await v.do("join", channel="C0AITOOLS", user="U0VERDICTS"))["acknowledged"]
            assert (await v.do("leave", channel="C0AITOOLS", user="U0DEV"))["acknowledged"]
            assert (await v.do("leave", channel="C0AITOOLS", user="U0VERDICTS"))["acknowledged"]
            assert (await v.do("open-home", user="U0EMEKA"))["acknowledged"]
            assert (await v.do("archive", channel="C0RANDOM"))["acknowledged"]
            assert await v.do("leave", channel="C0AITOOLS", user="U0ADA") == {"ok": True}
        assert [event["type"] for event in v.heard] == [
            "app_mention",
            "app_mention",
            "member_joined_channel",
            "member_left_channel",
            "member_left_channel",
            "app_home_opened",
            "channel_archive",
        ]
        mention, reply, invited, left, _, home, _ = v.heard
        assert mention["text"] == "<@U0VERDICTS> compare &lt;a&gt; vs b"
        assert reply["thread_ts"] == said["ts"]
        assert (invited["user"], invited["inviter"], invited["channel_type"]) == ("U0VERDICTS", "U0ADA", "C")
        assert (left["user"], left["channel"]) == ("U0DEV", "C0AITOOLS")
        assert (home["user"], home["channel"], home["tab"]) == ("U0EMEKA", "D0EMEKA", "home")


async def test_buttons_answer_where_they_were_pressed() -> None:
    """A click carries message, value and a response_url that can answer privately, replace, and delete, five times."""
    async with visit() as v:
        app = v.bolt()
        seen: list[dict[str, Any]] = []

        async def more(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
            await ack()
            seen.append(body)
            await respond("a note", replace_original=False)

        app.action("more")(more)
        async with v.connected(app):
            overflow = {
                "type": "overflow",
                "action_id": "menu",
                "options": [{"text": {"type": "plain_text", "text": "Close"}, "value": "c"}],
            }
            app.action("menu")(more)
            ts = await v.post(
                blocks=[
                    section("x", accessory=overflow),
                    {"type": "actions", "elements": [button("more", "More", value="v1:7")]},
                ]
            )
            where = {"channel": "C0GENERAL", "ts": ts, "user": "U0DEV"}
            assert (await v.do("interact", **where, action="More"))["ok"]
            body = seen[0]
            assert (body["user"]["id"], body["container"]["message_ts"], body["message"]["ts"]) == ("U0DEV", ts, ts)
            assert body["actions"][0]["value"] == "v1:7"
            assert (await v.do("interact", **where, action={"action_id": "menu", "selected_option": "Close"}))["ok"]
            assert seen[1]["actions"][0]["selected_option"]["value"] == "c"
            assert (await v.do("interact", **where, action="nothing"))["error"] == "no_such_action"
            assert (await v.do("interact", **where, action="menu"))["error"] == "no_such_option"
            assert [n["text"] for n in (await v.see("person/U0DEV"))["ephemerals"]] == ["a note", "a note"]
        url = body["response_url"]
        uses = [
            ({"text": "for all", "response_type": "in_channel"}, 200),
            ({"text": "changed", "replace_original": True}, 200),
            ({"blocks": [section("")]}, 400),
            ({"delete_original": True}, 200),
            ({"text": "too often"}, 404),
        ]
        for given, status in uses:
            async with v.http.post(url, json=given) as response:
                assert response.status == status, given
        assert [message["text"] for message in await v.messages()] == ["for all"]
        wire = await Wire.open(v)
        (posted,) = await v.messages()
        task = asyncio.create_task(
            v.do("reaction", channel="C0GENERAL", ts=posted["ts"], user="U0ADA", name="one", present=True)
        )
        envelope = await wire.next()
        assert "item_user" not in envelope["payload"]["event"]
        await wire.acknowledge(envelope)
        await task
        await v.do("clock", advance=31 * 60)
        async with v.http.post(seen[1]["response_url"], json={"text": "late"}) as response:
            assert (response.status, (await response.json())["error"]) == (404, "expired_url")
        await wire.socket.close()


async def test_a_note_can_replace_and_delete_itself() -> None:
    """A button in an ephemeral note changes the note, then takes it away."""
    async with visit() as v:
        app = v.bolt()

        async def choose(ack: AsyncAck, respond: AsyncRespond) -> None:
            await ack()
            await respond(
                replace_original=True, text="sure?", blocks=[{"type": "actions", "elements": [button("yes", "Yes")]}]
            )

        async def yes(ack: AsyncAck, respond: AsyncRespond) -> None:
            await ack()
            await respond(delete_original=True)

        app.action("choose")(choose)
        app.action("yes")(yes)
        async with v.connected(app):
            note = [{"type": "actions", "elements": [button("choose", "Choose")]}]
            await v.slack.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="choose", blocks=note)
            ts = (await v.see("person/U0ADA"))["ephemerals"][0]["ts"]
            assert (await v.do("interact", channel="C0GENERAL", ts=ts, user="U0ADA", action="Choose"))["ok"]
            assert [n["text"] for n in (await v.see("person/U0ADA"))["ephemerals"]] == ["sure?"]
            assert (await v.do("interact", channel="C0GENERAL", ts=ts, user="U0BJORN", action="Yes"))[
                "error"
            ] == "message_not_found"
            assert (await v.do("interact", channel="C0GENERAL", ts=ts, user="U0ADA", action="Yes"))["ok"]
            assert (await v.see("person/U0ADA"))["ephemerals"] == []


async def test_a_thousand_reactions_pass_through_one_socket() -> None:
    """A thousand people react, twenty at a time; every event arrives once, in order, and the channel shows them all."""
    async with visit() as v:
        app = v.bolt()
        v.listen(app, "reaction_added")
        crowd = (await v.do("people", count=1000))["users"]
        ts = await v.post()
        async with v.connected(app):
            twenty = asyncio.Semaphore(20)

            async def vote(user: str) -> dict[str, Any]:
                async with twenty:
                    return await v.do("reaction", channel="C0GENERAL", ts=ts, user=user, name="ship", present=True)

            answers = await asyncio.gather(*map(vote, crowd))
        assert all(answer == {"ok": True, "acknowledged": True} for answer in answers)
        assert (await v.messages())[0]["reactions"][0]["count"] == 1000
        assert len({event["event_id"] for event in v.heard}) == 1000
        stamps = [event["event_ts"] for event in v.heard]
        assert stamps == sorted(stamps)


async def test_closing_leaves_nothing_behind() -> None:
    """The playground closes at once, an app still connected and an event still waiting, and leaves no tasks."""
    before = asyncio.all_tasks()
    async with visit(ack_limit=30) as v:
        wire = await Wire.open(v)
        ts = await v.post()
        waiting = asyncio.create_task(
            v.do("reaction", channel="C0GENERAL", ts=ts, user="U0ADA", name="one", present=True)
        )
        await wire.next()
        async with asyncio.timeout(1):
            await v.playground.close()
        await asyncio.gather(waiting, return_exceptions=True)
        await wire.socket.close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
