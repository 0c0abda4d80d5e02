"""The playground's Web API answers as Slack's: tokens, scopes, membership, messages, reactions, limits of rate."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from playground import Playground, PlaygroundSettings
from playground.control_actions import ACTIONS
from playground.server import METHODS
from tests.playground_visit import MANIFEST, section, visit


def manifest_without(*scopes: str, plus: tuple[str, ...] = ()) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(MANIFEST)
    granted = changed["oauth_config"]["scopes"]["bot"]
    changed["oauth_config"]["scopes"]["bot"] = [s for s in granted if s not in scopes] + list(plus)
    return changed


async def test_tokens_open_only_their_own_doors() -> None:
    """No token, a wrong token and the other token are each refused in Slack's words."""
    async with visit() as v:
        assert (await v.slack.auth_test())["user_id"] == "U0VERDICTS"
        for token, method, error in [
            ("", "auth.test", "not_authed"),
            ("xoxb-someone-else", "auth.test", "invalid_auth"),
            (v.playground.app_token, "auth.test", "not_allowed_token_type"),
            (v.playground.bot_token, "apps.connections.open", "not_allowed_token_type"),
            (v.playground.bot_token, "chat.fly", "unknown_method"),
        ]:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with v.http.post(f"{v.playground.api_url}{method}", headers=headers) as response:
                assert (await response.json())["error"] == error, method


async def test_the_same_seed_gives_the_same_keys() -> None:
    """Key material is a function of the seed, and looks like nobody's real token."""
    one, same, other = (Playground(PlaygroundSettings(manifest=MANIFEST, seed=seed)) for seed in (7, 7, 8))
    assert (one.bot_token, one.app_token, one.signing_secret) == (same.bot_token, same.app_token, same.signing_secret)
    assert one.bot_token != other.bot_token
    assert one.bot_token.startswith("xoxb-playground-")
    assert one.app_token.startswith("xapp-playground-")


async def test_a_scope_that_the_manifest_lacks_is_named() -> None:
    """missing_scope says what is needed and what there is."""
    async with visit(manifest=manifest_without("reactions:write", "im:read")) as v:
        ts = await v.post()
        with pytest.raises(SlackApiError) as caught:
            await v.slack.reactions_add(channel="C0GENERAL", timestamp=ts, name="one")
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "reactions:write"
        assert "chat:write" in caught.value.response["provided"].split(",")
        assert await v.error_of("conversations.info", channel="D0ADA") == "missing_scope"
        assert await v.error_of("team.info") == "missing_scope"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0GENERAL", ""),
        ("general", ""),
        ("C0AITOOLS", "not_in_channel"),
        ("G0LEADS", ""),
        ("G0SECRET", "channel_not_found"),
        ("D0ADA", ""),
        ("U0ADA", ""),
        ("D0ADABJORN", "channel_not_found"),
        ("C0NEWS", "restricted_action_read_only_channel"),
        ("C0OLDIDEAS", "is_archived"),
        ("C0NOWHERE", "channel_not_found"),
        ("U0BUILDS", "cannot_dm_bot"),
    ],
)
async def test_where_the_bot_may_post(channel: str, error: str) -> None:
    """Posting follows membership: a private channel without the bot does not even exist."""
    async with visit() as v:
        assert await v.error_of("chat.postMessage", channel=channel, text="hello") == error


async def test_joining_is_for_public_channels() -> None:
    """conversations.join makes a member once, and only of a public channel."""
    async with visit() as v:
        assert (await v.slack.conversations_info(channel="C0AITOOLS"))["channel"]["is_member"] is False
        assert (await v.slack.conversations_join(channel="C0AITOOLS"))["channel"]["is_member"] is True
        assert (await v.slack.conversations_join(channel="C0AITOOLS"))["warning"] == "already_in_channel"
        assert await v.error_of("conversations.join", channel="G0LEADS") == "method_not_supported_for_channel_type"
        assert await v.error_of("conversations.join", channel="G0SECRET") == "channel_not_found"
        assert await v.error_of("conversations.join", channel="C0OLDIDEAS") == "is_archived"
        assert await v.error_of("chat.postMessage", channel="C0AITOOLS", text="hello") == ""


async def test_a_message_lives_and_dies() -> None:
    """Post, edit, link, delete; the text alone takes the blocks away, and blocks leave no mark of an edit."""
    async with visit() as v:
        ts = await v.post("one", blocks=[section("x")], metadata={"event_type": "card", "event_payload": {"key": "k"}})
        await v.slack.chat_update(channel="C0GENERAL", ts=ts, text="two", blocks=[section("y")])
        (message,) = await v.messages()
        assert (message["text"], message["blocks"][0]["text"]["text"]) == ("two", "y")
        assert message["metadata"]["event_payload"] == {"key": "k"}
        assert "edited" not in message
        await v.slack.chat_update(channel="C0GENERAL", ts=ts, text="three")
        (message,) = await v.messages()
        assert "blocks" not in message
        assert message["edited"]["user"] == "U0VERDICTS"
        link = (await v.slack.chat_getPermalink(channel="C0GENERAL", message_ts=ts))["permalink"]
        assert link.endswith(f"/C0GENERAL/p{ts.replace('.', '')}")
        await v.slack.chat_delete(channel="C0GENERAL", ts=ts)
        assert await v.messages() == []
        assert await v.error_of("chat.update", channel="C0GENERAL", ts=ts, text="four") == "message_not_found"


async def test_only_own_messages_can_be_changed() -> None:
    """A person's message is not the bot's to edit or delete, and an edit has a shorter limit than a post."""
    async with visit() as v:
        said = await v.do("message", channel="C0GENERAL", user="U0ADA", text="hello")
        where = {"channel": "C0GENERAL", "ts": said["ts"]}
        assert await v.error_of("chat.update", **where, text="x") == "cant_update_message"
        assert await v.error_of("chat.delete", **where) == "cant_delete_message"
        own = {"channel": "C0GENERAL", "ts": await v.post("y" * 4_001)}
        assert await v.error_of("chat.update", **own, text="y" * 4_001) == "msg_too_long"
        assert await v.error_of("chat.update", **own, text="y" * 4_000) == ""
        await v.do("archive", channel="C0GENERAL")
        assert await v.error_of("chat.update", **own, text="y") == "is_inactive"


async def test_stamps_are_unique_and_increase() -> None:
    """Messages and reaction events carry microseconds that never repeat and never go back."""
    async with visit(rate_limits=False) as v:
        stamps = [await v.post(str(number)) for number in range(50)]
        assert stamps == sorted(set(stamps))
        for name in ("one", "two", "three"):
            await v.slack.reactions_add(channel="C0GENERAL", timestamp=stamps[0], name=name)
        events = [entry["payload"]["event"]["event_ts"] for entry in await v.log("event")]
        assert len(events) == 3
        assert events == sorted(set(events))
        assert events[0] > stamps[-1]


async def test_a_private_note_needs_its_reader_in_the_channel() -> None:
    """chat.postEphemeral shows one person a note, who must be in the channel."""
    async with visit() as v:
        await v.slack.chat_postEphemeral(channel="G0LEADS", user="U0ADA", text="psst")
        assert [note["text"] for note in (await v.see("person/U0ADA"))["ephemerals"]] == ["psst"]
        assert (await v.see("person/U0CHLOE"))["ephemerals"] == []
        assert await v.messages("G0LEADS") == []
        assert (
            await v.error_of("chat.postEphemeral", channel="G0LEADS", user="U0DEV", text="x") == "user_not_in_channel"
        )
        ts = (await v.see("person/U0ADA"))["ephemerals"][0]["ts"]
        assert await v.error_of("chat.update", channel="G0LEADS", ts=ts, text="x") == "message_not_found"
        assert (await v.do("dismiss", user="U0ADA", ts=ts))["ok"]
        assert (await v.see("person/U0ADA"))["ephemerals"] == []


async def test_reactions_answer_as_slack_does() -> None:
    """Twice is already_reacted, never is no_reaction, an invented name is invalid, an alias is its emoji."""
    async with visit() as v:
        where = {"channel": "C0GENERAL", "timestamp": await v.post()}
        for name, error in [
            ("one", ""),
            ("one", "already_reacted"),
            ("thumbsup", ""),
            ("+1", "already_reacted"),
            ("+1::skin-tone-3", ""),
            ("keycap_1", "invalid_name"),
            ("no_such_emoji", "invalid_name"),
            ("no_entry_sign", ""),
            ("ship", ""),
        ]:
            assert await v.error_of("reactions.add", **where, name=name) == error, name
        assert await v.error_of("reactions.remove", **where, name="two") == "no_reaction"
        assert await v.error_of("reactions.remove", **where, name="one") == ""
        assert (
            await v.error_of("reactions.add", channel="C0GENERAL", timestamp="1.0", name="one") == "message_not_found"
        )
        message = (await v.slack.reactions_get(**where, full=True))["message"]
        assert [reaction["name"] for reaction in message["reactions"]] == [
            "+1",
            "+1::skin-tone-3",
            "no_entry_sign",
            "ship",
        ]


async def test_a_person_has_only_so_many_reactions() -> None:
    """The 24th emoji of one person on one message is too_many_reactions."""
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    names += ["nine", "zero", "x", "o", "ship", "rocket", "eyes", "fire", "tada", "heart", "wave", "bee", "key", "car"]
    names += ["bus", "cat"]
    async with visit() as v:
        where = {"channel": "C0GENERAL", "timestamp": await v.post()}
        errors = [await v.error_of("reactions.add", **where, name=name) for name in names]
        assert errors == [""] * 23 + ["too_many_reactions"]


async def test_reactions_get_cuts_lists_unless_asked_for_all() -> None:
    """The count is always right; the people are listed in full only with `full`."""
    async with visit() as v:
        ts = await v.post()
        for user in (await v.do("people", count=60))["users"]:
            await v.do("reaction", channel="C0GENERAL", ts=ts, user=user, name="one", present=True)
        short = (await v.slack.reactions_get(channel="C0GENERAL", timestamp=ts))["message"]["reactions"][0]
        whole = (await v.slack.reactions_get(channel="C0GENERAL", timestamp=ts, full=True))["message"]["reactions"][0]
        assert (short["count"], len(short["users"])) == (60, 50)
        assert (whole["count"], len(whole["users"])) == (60, 60)


async def test_lists_are_paged_and_keep_secrets() -> None:
    """Listing shows what the bot may know, page by page; history exists only where the manifest grants it."""
    async with visit() as v:
        kinds = "public_channel,private_channel,im"
        first = await v.slack.conversations_list(types=kinds, limit=4)
        rest = await v.slack.conversations_list(
            types=kinds, limit=100, cursor=first["response_metadata"]["next_cursor"]
        )
        whole = await v.slack.conversations_list(types=kinds, limit=100)
        ids = [room["id"] for room in first["channels"] + rest["channels"]]
        assert len(first["channels"]) == 4
        assert ids == [room["id"] for room in whole["channels"]]
        assert {"C0GENERAL", "G0LEADS"} <= set(ids)
        assert not {"G0SECRET", "D0ADABJORN"} & set(ids)
        mine = await v.slack.users_conversations(types="public_channel", exclude_archived=True)
        assert [room["id"] for room in mine["channels"]] == ["C0GENERAL", "C0RANDOM", "C0NEWS", "C0PARTNERS"]
        assert "U0ADA" in (await v.slack.conversations_members(channel="G0LEADS"))["members"]
        assert await v.error_of("conversations.members", channel="G0SECRET") == "channel_not_found"
        assert await v.error_of("conversations.list", cursor="?") == "invalid_cursor"
        assert await v.error_of("conversations.history", channel="C0GENERAL") == "missing_scope"
    async with visit(manifest=manifest_without(plus=("channels:history",))) as v:
        ts = await v.post(metadata={"event_type": "card", "event_payload": {"key": "k"}})
        found = (await v.slack.conversations_history(channel="C0GENERAL", include_all_metadata=True))["messages"]
        assert [(message["ts"], message["metadata"]["event_payload"]) for message in found] == [(ts, {"key": "k"})]
        assert await v.error_of("conversations.history", channel="G0LEADS") == "missing_scope"


async def test_people_are_described() -> None:
    """users.info tells bots, owners and guests apart, and each person's zone."""
    async with visit() as v:
        ada = (await v.slack.users_info(user="U0ADA"))["user"]
        assert (ada["is_owner"], ada["is_bot"], ada["tz"], ada["profile"]["display_name"]) == (
            True,
            False,
            "Europe/Berlin",
            "Ada",
        )
        assert (await v.slack.users_info(user="U0GUS"))["user"]["is_restricted"] is True
        assert (await v.slack.users_info(user="U0BUILDS"))["user"]["is_bot"] is True
        assert await v.error_of("users.info", user="U0NOBODY") == "user_not_found"
        assert len((await v.slack.users_list())["members"]) == 9
        assert (await v.slack.bots_info(bot="B0VERDICTS"))["bot"]["user_id"] == "U0VERDICTS"
        assert await v.error_of("conversations.open", users="U0ADA") == "missing_scope"


async def test_forms_json_and_queries_are_read_alike() -> None:
    """A call means the same as a form, as JSON and as a query; broken blocks are named as such."""
    async with visit(rate_limits=False) as v:
        url, headers = f"{v.playground.api_url}chat.postMessage", {"Authorization": f"Bearer {v.playground.bot_token}"}
        given = {"channel": "C0GENERAL", "text": "hello"}
        forms: list[dict[str, Any]] = [{"data": given}, {"json": given}, {"params": given}]
        for form in forms:
            async with v.http.post(url, headers=headers, **form) as response:
                assert (await response.json())["ok"], form
        async with v.http.post(url, data=given | {"token": v.playground.bot_token, "blocks": "[{"}) as response:
            assert (await response.json())["error"] == "invalid_blocks_format"
        assert await v.error_of("chat.postMessage", channel="C0GENERAL") == "no_text"
        assert len(await v.messages()) == 3


async def test_tiers_are_counted_by_the_minute() -> None:
    """The 51st edit within a minute is answered 429 with Retry-After, and costs nothing but the wait."""
    async with visit() as v:
        where: dict[str, Any] = {"channel": "C0GENERAL", "ts": await v.post()}
        for number in range(50):
            await v.slack.chat_update(**where, text=str(number))
        with pytest.raises(SlackApiError) as caught:
            await v.slack.chat_update(**where, text="over")
        response = caught.value.response
        assert (response.status_code, response["error"]) == (429, "ratelimited")
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert (await v.messages())[0]["text"] == "49"
        await v.do("clock", advance=61)
        await v.slack.chat_update(**where, text="later")


async def test_a_channel_takes_one_message_a_second() -> None:
    """A short burst passes; then each channel by itself is held to about one message a second."""
    async with visit() as v:
        errors = [await v.error_of("chat.postMessage", channel="C0GENERAL", text="x") for _ in range(8)]
        assert errors[:5] == [""] * 5
        assert "ratelimited" in errors
        assert await v.error_of("chat.postMessage", channel="C0RANDOM", text="x") == ""


async def test_answers_carry_the_servers_time() -> None:
    """Each answer has a Date header in the workspace's own time."""
    async with visit() as v:
        await v.do("clock", advance=400 * 24 * 3600)
        here = (await v.see("state"))["now"]
        response = await v.slack.auth_test()
        year = str(1970 + int(here // (365.2425 * 24 * 3600)))
        assert year in response.headers["Date"]


async def test_an_uninstalled_app_is_locked_out() -> None:
    """After an uninstall the bot's token is worth nothing, until the workspace is reset."""
    async with visit() as v:
        await v.do("uninstall")
        assert await v.error_of("auth.test") == "account_inactive"
        await v.do("reset")
        assert await v.error_of("auth.test") == ""


async def test_pages_of_other_sites_are_refused() -> None:
    """A foreign page in a browser on this machine can neither act nor read."""
    async with visit() as v:
        for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}):
            async with v.http.post(f"{v.playground.url}/_control/reset", json={}, headers=headers) as response:
                assert response.status == 403
        async with v.http.post(
            f"{v.playground.url}/_control/reset", json={}, headers={"Origin": v.playground.url}
        ) as response:
            assert response.status == 200


async def test_the_page_is_served_and_nothing_beside_it() -> None:
    """The page comes with its policy; no name leads out of its folder."""
    async with visit() as v:
        async with v.http.get(f"{v.playground.url}/") as response:
            assert response.status == 200
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        for name in ("..%2Fserver.py", "..", "nothing.js", "%2Fetc%2Fpasswd"):
            async with v.http.get(URL(f"{v.playground.url}/page/{name}", encoded=True)) as response:
                assert response.status == 404, name


def test_the_guide_names_every_method_and_every_action() -> None:
    """docs/playground.md and the code agree on what there is."""
    guide = (Path(__file__).parent.parent / "docs" / "playground.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.\-]+)`", guide))
    assert set(METHODS) <= named
    assert set(ACTIONS) <= named


async def test_the_sdk_needs_nothing_but_the_address() -> None:
    """AsyncWebClient without a shared session works as well."""
    async with visit() as v:
        client = AsyncWebClient(token=v.playground.bot_token, base_url=v.playground.api_url)
        assert (await client.chat_postMessage(channel="C0GENERAL", text="hello", blocks=[section("x")]))["ok"]


async def test_optional_scopes_are_granted_at_the_installation() -> None:
    """Left out, they are missing; left in, every answer names them; the app can be installed anew."""
    async with visit() as v:
        answer = await v.slack.auth_test()
        assert "channels:history" not in answer.headers["X-OAuth-Scopes"].split(",")
        assert await v.error_of("conversations.history", channel="C0GENERAL") == "missing_scope"
        assert "channels:history" in (await v.do("scopes", optional=True))["scopes"]
        answer = await v.slack.conversations_history(channel="C0GENERAL")
        assert "channels:history" in answer.headers["X-OAuth-Scopes"].split(",")
        assert "channels:history" not in (await v.do("scopes", optional=False))["scopes"]
