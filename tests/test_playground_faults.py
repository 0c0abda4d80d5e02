"""Faults on request befall events, calls and sockets as ordered, and the true history stays."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.playground_visit import Visit, eventually, visit


async def vote(v: Visit, ts: str, user: str, name: str = "one") -> dict[str, Any]:
    return await v.do("reaction", channel="C0GENERAL", ts=ts, user=user, name=name, present=True)


async def heard(v: Visit, count: int) -> None:
    async def enough() -> bool:
        return len(v.heard) >= count

    await eventually(enough)


TEAM = ("U0ADA", "U0BJORN", "U0CHLOE", "U0DEV", "U0EMEKA", "U0FATIMA")


async def test_events_are_doubled() -> None:
    """A duplicate is the same event id in another envelope."""
    async with visit() as v:
        app = v.bolt()
        v.listen(app, "reaction_added")
        ts = await v.post()
        async with v.connected(app):
            await v.do("fault", events="duplicate", times=1, copies=2, types=["reaction_added"])
            await vote(v, ts, "U0ADA")
            await heard(v, 3)
            await vote(v, ts, "U0DEV")
            await heard(v, 4)
        ids = [event["event_id"] for event in v.heard]
        assert ids[0] == ids[1] == ids[2] != ids[3]
        assert (await v.see("faults"))["faults"] == []


async def test_events_are_dropped_but_true() -> None:
    """A dropped event never comes, and is in the log and in the channel all the same."""
    async with visit() as v:
        app = v.bolt()
        v.listen(app, "reaction_added")
        ts = await v.post()
        async with v.connected(app):
            await v.do("fault", events="drop", times=1)
            assert await vote(v, ts, "U0ADA") == {"ok": True, "acknowledged": False}
            await vote(v, ts, "U0DEV")
            await heard(v, 1)
        assert [event["user"] for event in v.heard] == ["U0DEV"]
        assert (await v.messages())[0]["reactions"][0]["users"] == ["U0ADA", "U0DEV"]
        assert [entry["fault"] for entry in await v.log("event")] == ["drop", None]
        assert len(await v.log("delivery")) == 1


async def test_events_are_delayed_and_shuffled() -> None:
    """A delayed event is overtaken; reordered ones all come, in an order that the seed alone decides."""

    async def order() -> list[str]:
        async with visit(seed=5) as v:
            app = v.bolt()
            v.listen(app, "reaction_added")
            ts = await v.post()
            async with v.connected(app):
                await v.do("fault", events="reorder", times=6, window=6, delay=5)
                for user in TEAM:
                    await vote(v, ts, user)
                await heard(v, 6)
                await v.do("fault", events="delay", times=1, delay=0.15)
                await vote(v, ts, "U0ADA", "two")
                await vote(v, ts, "U0DEV", "two")
                await heard(v, 8)
            assert [event["user"] for event in v.heard[6:]] == ["U0DEV", "U0ADA"]
            return [event["user"] for event in v.heard[:6]]

    first = await order()
    assert sorted(first) == sorted(TEAM)
    assert first != list(TEAM)
    assert first == await order()


async def test_probability_is_decided_by_the_seed() -> None:
    """The same faults in the same order strike the same events."""

    async def struck() -> list[str | None]:
        async with visit(seed=11) as v:
            ts = await v.post()
            await v.do("fault", events="drop", probability=0.5)
            for user in TEAM:
                await vote(v, ts, user)
            return [entry["fault"] for entry in await v.log("event")]

    first = await struck()
    assert {None, "drop"} == set(first)
    assert first == await struck()


@pytest.mark.parametrize("header", ["0", "60", "soon", None])
async def test_calls_are_told_to_wait(header: str | None) -> None:
    """429 with any Retry-After, or none; the call is not executed."""
    async with visit() as v:
        await v.do("fault", method="chat.postMessage", status=429, retry_after=header, times=1)
        with pytest.raises(SlackApiError) as caught:
            await v.post()
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers.get("Retry-After") == header
        assert await v.messages() == []
        assert await v.post()


async def test_calls_fail_in_other_ways() -> None:
    """HTML with 502, an error code, a body cut short, a connection closed before anything is done."""
    async with visit() as v:
        await v.do("fault", method="auth.test", status=502, times=1)
        with pytest.raises(SlackApiError) as caught:
            await v.slack.auth_test()
        assert caught.value.response.status_code == 502
        await v.do("fault", method="*", error="fatal_error", times=1)
        assert await v.error_of("auth.test") == "fatal_error"
        await v.do("fault", method="auth.test", cut_json=True, times=1)
        with pytest.raises(SlackApiError, match="non-JSON"):
            await v.slack.auth_test()
        await v.do("fault", method="chat.postMessage", drop=True, times=2)
        with pytest.raises(aiohttp.ClientError):
            await v.post()
        assert await v.messages() == []
        await v.do("fault", clear=True)
        assert await v.error_of("auth.test") == ""


async def test_a_call_can_be_executed_and_its_answer_lost() -> None:
    """execute_then_drop posts and says nothing; with `execute` a 502 hides a success as well."""
    async with visit() as v:
        v.slack.retry_handlers = []
        await v.do("fault", method="chat.postMessage", execute_then_drop=True, times=1)
        with pytest.raises(aiohttp.ClientError):
            await v.post("lost answer")
        await v.do("fault", method="chat.postMessage", status=502, execute=True, times=1)
        with pytest.raises(SlackApiError):
            await v.post("hidden success")
        assert [message["text"] for message in await v.messages()] == ["lost answer", "hidden success"]
        calls = [(entry["status"], entry["executed"], entry["answer"]["ok"]) for entry in await v.log("api")]
        assert calls == [(0, True, True), (502, True, True)]


async def test_a_call_can_be_slow_before_or_after() -> None:
    """Delayed before, the message is not there while one waits; delayed after, it is."""
    async with visit() as v:
        for when, there in (("before", 0), ("after", 1)):
            await v.do("fault", method="chat.postMessage", delay=0.2, when=when, times=1)
            posting = asyncio.create_task(v.post(channel="C0RANDOM" if there else "C0GENERAL"))
            await asyncio.sleep(0.1)
            assert len(await v.messages("C0RANDOM" if there else "C0GENERAL")) == there
            await posting


@pytest.mark.parametrize(
    "fault",
    [{"socket": "close"}, {"socket": "close", "abort": True}, {"socket": "disconnect", "reason": "refresh_requested"}],
)
async def test_the_sdk_comes_back_after_its_socket_went(fault: dict[str, Any]) -> None:
    """Closed, cut or asked to leave: the client opens a new connection and hears what it missed as a retry."""
    async with visit(time_scale=0.02) as v:
        app = v.bolt()
        v.listen(app, "reaction_added")
        ts = await v.post()
        async with v.connected(app):
            assert (await v.do("fault", **fault))["connections"] == 1
            await vote(v, ts, "U0ADA")
            await heard(v, 1)
            await v.until_connected()


async def test_a_mute_socket_stays_open_and_brings_nothing() -> None:
    """Mute: pings are answered, events are not delivered, until the mute ends; a new connection is never mute."""
    async with visit(ack_limit=0.1, time_scale=0.004) as v:
        app = v.bolt()
        v.listen(app, "reaction_added")
        ts = await v.post()
        async with v.connected(app) as handler:
            await v.do("fault", socket="mute")
            assert await vote(v, ts, "U0ADA") == {"ok": True, "acknowledged": False}
            assert await handler.client.is_connected()
            assert v.heard == []
            await v.do("fault", clear=True)
            await heard(v, 1)


async def test_a_half_open_socket_answers_no_pings() -> None:
    """Half open: what the app sends is not heard, its pings included."""
    async with visit(ack_limit=0.1) as v:
        url = (await v.slack.apps_connections_open(app_token=v.playground.app_token))["url"]
        async with v.http.ws_connect(url, autoping=False) as socket:
            await socket.receive_json()
            await socket.ping(b"one")
            assert (await socket.receive(timeout=2)).data == b"one"
            await v.do("fault", socket="half_open")
            await socket.ping(b"two")
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.3)


async def test_sockets_are_refused() -> None:
    """Refuse: the address is handed out, and the connection turned away as often as ordered."""
    async with visit() as v:
        await v.do("fault", socket="refuse", times=1)
        for status in (503, 101):
            url = (await v.slack.apps_connections_open(app_token=v.playground.app_token))["url"]
            if status == 101:
                await (await v.http.ws_connect(url)).close()
                continue
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await v.http.ws_connect(url)
            assert caught.value.status == status


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"events": "vanish"},
        {"events": "drop", "method": "auth.test"},
        {"events": "drop", "colour": "red"},
        {"method": "auth.test"},
        {"method": "auth.test", "status": 500, "error": "x"},
        {"method": "auth.test", "delay": "long"},
        {"socket": "disconnect", "reason": "boredom"},
        {"events": "drop", "times": -1},
    ],
)
async def test_a_fault_that_cannot_be_is_refused(fault: dict[str, Any]) -> None:
    """A misspelt fault is an error, never a test that passes because nothing happened."""
    async with visit() as v:
        answer = await v.do("fault", **fault)
        assert (answer["ok"], answer["error"]) == (False, "invalid_fault")
        assert answer["message"]


async def test_faults_end_by_time() -> None:
    """`seconds` ends a fault by the workspace's clock."""
    async with visit() as v:
        await v.do("fault", method="auth.test", error="fatal_error", seconds=60)
        assert await v.error_of("auth.test") == "fatal_error"
        assert await v.error_of("auth.test") == "fatal_error"
        await v.do("clock", advance=61)
        assert await v.error_of("auth.test") == ""


async def test_any_event_can_be_sent() -> None:
    """`emit` sends what no person can do: poison, app_rate_limited, the same event id twice."""
    async with visit(ack_limit=0.3) as v:
        app = v.bolt()
        v.listen(app, "reaction_added", "tokens_revoked")
        async with v.connected(app):
            first = await v.do("emit", event={"type": "reaction_added", "item": {"type": "file"}})
            assert first["acknowledged"] is True
            again = await v.do("emit", event={"type": "reaction_added"}, event_id=first["event_id"])
            assert again["event_id"] == first["event_id"]
            limited = {
                "type": "app_rate_limited",
                "team_id": "T0PLAY",
                "minute_rate_limited": 1,
                "api_app_id": "A0VERDICTS",
            }
            assert (await v.do("emit", outer=limited))["ok"]
        assert [event["type"] for event in v.heard] == ["reaction_added", "reaction_added"]
