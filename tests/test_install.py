"""The app comes to workspaces and goes again: browsers, Slack's pages and events, two databases, several replicas."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot import installations, people
from bot.errors import StartFailed
from bot.installations import KEPT_SECONDS
from bot.transport.install import COOKIE, MOST_OF_AN_ADDRESS
from db import installations as rows
from db.connection import Connection
from tests.story import eventually
from tests.town import FIRST, KEY, ORG, WEST, Browser, Town, town


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Two workspaces, and the bot installed in neither."""
    async with town(database_url, tmp_path) as running:
        yield running


async def is_served(place: Town, team: str, *, yes: bool = True) -> None:
    """Wait until the bot serves a workspace, or serves it no more."""

    async def as_wanted() -> bool | None:
        return True if (team in place.app.services.clients.workspaces) == yes else None

    await eventually(as_wanted, lambda: f"{team} served: {not yes}")


async def ada_reads_the_first_words(place: Town, team: str) -> None:
    """Whoever installed the app is told once what it is for."""

    async def told() -> bool | None:
        said = await place.scene(team).cards("D0ADA")
        assert len(said) <= 1
        return True if said and "Verdicts" in said[0].said else None

    await eventually(told, lambda: f"nobody was told in {team}")


async def ada_looks_for_a_tool(place: Town, team: str) -> None:
    """The dialog's typeahead answers by HTTP, too."""
    scene = place.scene(team)
    ada = scene.person("ada")
    await ada.types("/compare")
    dialog = await ada.dialog("Compare tools")
    menu = next(one["element"] for one in dialog["blocks"] if one.get("element", {}).get("type") == "external_select")
    offered = await scene.post("suggest", user="U0ADA", action_id=menu["action_id"], value="qdra")
    assert "Qdrant" in str(offered)


async def test_two_workspaces_install_compare_and_vote(here: Town) -> None:
    """From the front page to a card with votes in each of two workspaces; neither shows what is the other's."""
    front = here.browser()
    assert await front.opens(f"{here.url}/") == (200, "")
    assert "Add to Slack" in front.said

    for team, name in ((FIRST, "Playground"), (WEST, "West")):
        browser = await here.installs(team)
        assert browser.heading == f"Verdicts is in {name}"
        assert f"app=A0VERDICTS&amp;team={team}" in browser.said
        await ada_reads_the_first_words(here, team)
    for team, vote in ((FIRST, "one"), (WEST, "two")):
        ada = here.scene(team).person("ada")
        await ada.types("/compare cursor vs zed")
        await ada.reacts(await here.scene(team).seeded(), vote)
    for team, row in ((FIRST, ["1 of 1 person", "0 of 1 person"]), (WEST, ["0 of 1 person", "1 of 1 person"])):
        card = await here.scene(team).seeded()
        await here.scene(team).has_row(card, "Community", row)
        await ada_looks_for_a_tool(here, team)
        assert len(await here.scene(team).calls("chat.postMessage")) == 2  # the first words and the card


@pytest.mark.fault("S03")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_way_back_is_good_once_and_in_one_browser(here: Town) -> None:
    """The same address twice, in another browser, without a cookie, with a state of one's own: nothing is installed."""
    browser = here.browser()
    address = await here.asked(browser)
    assert browser.headers["set-cookie"].startswith(f"{COOKIE}=")
    assert browser.headers["set-cookie"].endswith("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax")
    back = await here.allowed(browser, address)

    for stranger in (here.browser(), await _with_state_of(here)):
        assert (await stranger.opens(back))[0] == 400
        assert stranger.heading == "Nothing was installed"
    forged = here.browser()
    forged.cookies[COOKIE] = "forged"
    assert (await forged.opens(f"{here.url}/slack/oauth_redirect?code=x&state=forged"))[0] == 400

    assert (await browser.opens(back))[0] == 200
    assert browser.cookies[COOKIE] == ""
    browser.cookies[COOKIE] = back.rpartition("state=")[2]
    assert (await browser.opens(back))[0] == 400
    assert len(await here.scene().calls("oauth.v2.access")) == 1


@pytest.mark.fault("S03")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nobody_fills_the_table_of_those_on_their_way(here: Town) -> None:
    """One address may begin sixty times in ten minutes, all together a thousand times; those who left are forgotten."""

    async def begins(address: str) -> int:
        headers = {"x-forwarded-for": address}
        async with here.session.get(f"{here.url}/slack/install", allow_redirects=False, headers=headers) as answer:
            return answer.status

    def many(connection: Connection, at: int) -> int:
        return sum(installations.begin(connection, at) is not None for _ in range(installations.MOST_STATES))

    assert {await begins("192.0.2.1") for _ in range(MOST_OF_AN_ADDRESS)} == {302}
    assert (await begins("192.0.2.1"), await begins("192.0.2.2")) == (429, 302)
    database, instant = here.app.services.database, int(time.time())
    assert await database.run(many, instant) == installations.MOST_STATES - MOST_OF_AN_ADDRESS - 1
    assert await begins("192.0.2.3") == 429
    await here.browser().opens(f"{here.url}/slack/install")

    assert await database.run(many, instant + 1_000) == installations.MOST_STATES


async def _with_state_of(place: Town) -> Browser:
    browser = place.browser()
    await place.asked(browser)
    return browser


@pytest.mark.fault("S04")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_not_in_order_is_not_installed(here: Town) -> None:
    """Cancelled, fewer scopes, a foreign code, Slack away, HTML in the address: a page with a sentence, and no row."""
    browser = await here.installs(scope="commands,chat:write")
    assert "not allowed" in browser.said
    browser = here.browser()
    state = (await here.asked(browser)).partition("state=")[2].partition("&")[0]
    hostile = "%3Cscript%3Ealert(1)%3C/script%3E"
    for query, status in (
        ("error=access_denied", 200),
        (f"error={hostile}", 200),
        (f"code={hostile}&state={hostile}", 400),
        (f"code=of-another-app&state={state}", 400),
    ):
        assert (await browser.opens(f"{here.url}/slack/oauth_redirect?{query}"))[0] == status
        assert "<script" not in browser.said
        assert "default-src 'none'" in browser.headers["content-security-policy"]
    await here.scene().post("fault", method="oauth.v2.access", status=502, times=1)
    browser = await here.installs()
    assert "did not answer" in browser.said
    assert here.app.services.clients.workspaces == []


@pytest.mark.fault("S04")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_token_of_another_app_is_not_kept(database_url: str, tmp_path: Path) -> None:
    """The settings mix two apps: whoever installs is told to tell whoever runs it."""
    async with town(database_url, tmp_path, slack_app_id="A0ANOTHER") as place:
        browser = await place.installs()
        assert "another app" in browser.said
        assert place.app.services.clients.workspaces == []


@pytest.mark.fault("S11", "R07")
async def test_removed_and_installed_again(here: Town) -> None:
    """Removed, it is silent at once and its token is gone; installed again, it goes on where it was."""
    await here.installs()
    await here.installs(WEST)
    scene, ada = here.scene(), here.scene().person("ada")
    await ada.types("/compare cursor vs zed")
    card = await scene.seeded()

    await scene.post("uninstall")
    await is_served(here, FIRST, yes=False)
    assert here.app.services.clients.workspaces == [WEST]
    # While it was away somebody voted; nobody told us.
    await ada.reacts(card, "two")
    await here.installs()
    await scene.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])

    # The old news once more, late: the new token stays.
    removal = {"type": "app_uninstalled"}
    outer = {"type": "event_callback", "team_id": FIRST, "event": removal, "event_time": int(time.time()) - 3_600}
    assert (await scene.post("emit", outer=outer))["acknowledged"]
    assert FIRST in here.app.services.clients.workspaces
    await ada.types("/compare pinecone vs qdrant")
    second = await here.answered("Qdrant")

    # Removed for good: after its time nothing is left of it, and whoever installs it then begins anew.
    await scene.post("uninstall")
    await is_served(here, FIRST, yes=False)

    async def forgotten() -> bool | None:
        # A call that Slack refuses may end the serving a moment before the news of the removal is here.
        await here.app.scheduler.tick(int(time.time()) + KEPT_SECONDS + 60)
        return True if await here.app.database.run(people.workspaces) == [WEST] else None

    await eventually(forgotten)
    await here.installs()
    await ada.types("/compare cursor vs zed")
    fresh = await here.answered("Cursor", after=second.ts)
    await ada.reacts(fresh, "one")
    await scene.has_row(fresh, "Community", ["1 of 1 person", "0 of 1 person"])


@pytest.mark.fault("R07")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refused_token_is_used_once_more_and_never_again(here: Town) -> None:
    """The news of the removal never came; the first call that Slack refuses ends it, for this workspace alone."""
    await here.installs()
    await here.installs(WEST)
    scene, ada = here.scene(), here.scene().person("ada")
    await ada.types("/compare cursor vs zed")
    card = await scene.seeded()
    await scene.post("fault", events="drop", types=["app_uninstalled", "tokens_revoked"])
    await scene.post("fault", method="chat.update", error="account_inactive")

    await ada.reacts(card, "one")
    await is_served(here, FIRST, yes=False)
    refused = len(await scene.calls("chat.update"))
    assert here.app.services.clients.workspaces == [WEST]
    await asyncio.sleep(0)
    assert len(await scene.calls("chat.update")) == refused == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_replicas_follow_each_other(here: Town) -> None:
    """One is installed through, the other serves it within seconds; and no more, once it was removed."""
    other = await here.replica()
    await here.installs()
    await other.services.roster.look()  # type: ignore[union-attr]  # it is there in HTTP mode
    assert other.services.clients.workspaces == [FIRST]

    await here.scene().post("uninstall")
    await is_served(here, FIRST, yes=False)

    async def let_go() -> bool | None:
        # A refused call lets go at once, and tells the database a moment later.
        await other.services.roster.look()  # type: ignore[union-attr]  # as above
        return other.services.clients.workspaces == [] or None

    await eventually(let_go)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_replica_that_looks_amid_an_installation_answers_the_first_command(here: Town) -> None:
    """It has seen the token and not yet the workspace; when that is there, too, it need not look first."""
    await here.installs()
    database = here.app.services.database
    await database.run(rows.leave, FIRST, 10**10)  # the state before the last step of an installation
    other = await here.replica()
    assert other.services.clients.workspaces == []
    await database.run(rows.join, FIRST, FIRST)

    here.playground.redirect(f"http://127.0.0.1:{other.http_port}/slack/events")
    await here.scene().person("ada").types("/compare cursor vs zed")
    await here.answered("Cursor")


@pytest.mark.fault("S04", "S10")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_organisation_installs_once_for_its_workspaces(database_url: str, tmp_path: Path) -> None:
    """One token; a workspace is known by the request's body, furnished when it first asks, and left when told."""
    async with town(database_url, tmp_path, organisation=["North"]) as place:
        browser = await place.installs("T0NORTH", organisation="1")
        assert browser.heading == "Verdicts is in Playground Inc."
        assert "choose the workspaces" in browser.said
        scene, ada = place.scene("T0NORTH"), place.scene("T0NORTH").person("ada")
        await ada.types("/compare cursor vs zed")
        card = await scene.seeded()
        assert place.app.services.clients.workspaces == ["T0NORTH"]
        await ada.reacts(card, "one")
        await scene.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
        await ada.presses(card, "Read the takes")
        await ada.dialog("The takes")

        left = {"type": "team_access_revoked", "team_ids": ["T0NORTH"]}
        outer = {"type": "event_callback", "team_id": "T0NORTH", "enterprise_id": ORG, "event": left, "event_time": 1}
        await scene.post("emit", outer=outer)
        assert place.app.services.clients.workspaces == []
        # A vote from before, delivered late, brings nothing back; being let in again does.
        late = outer | {"event": {"type": "reaction_added"}, "event_id": "Ev1"}
        allowed = {"authorizations": [{"enterprise_id": ORG, "team_id": None, "is_enterprise_install": True}]}
        await scene.post("emit", outer=late | allowed)
        assert place.app.services.clients.workspaces == []
        back = {"type": "team_access_granted", "team_ids": ["T0NORTH"]}
        await scene.post("emit", outer=outer | allowed | {"event": back})
        assert place.app.services.clients.workspaces == ["T0NORTH"]


@pytest.mark.fault("S01", "A02")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_request_that_comes_again_has_no_second_effect(here: Town) -> None:
    """A command, a click, a mention and a vote, each replayed with its own signature: answered, and done once."""
    await here.installs()
    scene, ada = here.scene(), here.scene().person("ada")
    replayed = await here.replaying()
    await ada.types("/compare cursor vs zed")
    card = await scene.seeded()
    await ada.reacts(card, "one")
    await scene.post("message", channel="C0GENERAL", user="U0ADA", text="@Verdicts compare pinecone vs qdrant")
    mentioned = await here.answered("Qdrant")
    await ada.presses(card, "Read the takes")
    await ada.dialog("The takes")

    async def effects() -> tuple[int, ...]:
        methods = ("chat.postMessage", "views.open", "chat.postEphemeral")
        return tuple([len(await scene.calls(method)) for method in methods])

    before = await effects()
    assert await replayed() == {200}
    await scene.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    await here.app.services.tasks.drain(5)
    assert await effects() == before
    assert mentioned.ts == (await scene.card()).ts


@pytest.mark.fault("S08")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_key_refuses_to_start(here: Town) -> None:
    """Not as if there were no installations: it says which key is missing, and what to do."""
    await here.installs()
    other = SecretStr(base64.b64encode(bytes(32)).decode())
    with pytest.raises(StartFailed, match=r"ENCRYPTION_KEYS lacks the key [0-9a-f]{8}, which 1 installations"):
        await here.restarted(encryption_keys=other)
    await here.restarted(encryption_keys=SecretStr(f"{other.get_secret_value()},{KEY}"))
    assert here.app.services.clients.workspaces == [FIRST]


async def expire(place: Town) -> None:
    """The token ends within the hour, and nobody is renewing it."""
    statement = "UPDATE installation SET expires_at = :soon, renew_after = 0"
    soon = {"soon": int(time.time()) + 3_600}
    await place.app.database.run(lambda connection: connection.execute(text(statement), soon))


async def renewals(place: Town) -> list[bool]:
    """Whether each renewal so far was granted by Slack."""
    calls = await place.scene().calls("oauth.v2.access")
    return [call["answer"]["ok"] for call in calls if call["arguments"].get("grant_type") == "refresh_token"]


@pytest.mark.fault("S09")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_replicas_renew_a_token_once(database_url: str, tmp_path: Path) -> None:
    """Both look at the same moment: Slack is asked once, both speak with the fresh token."""
    async with town(database_url, tmp_path, rotation=True) as place:
        await place.installs()
        other = await place.replica()
        await expire(place)
        rosters = [app.services.roster for app in (place.app, other)]
        await asyncio.gather(*[roster.open() for roster in rosters if roster is not None])
        assert await renewals(place) == [True]
        for roster in rosters:
            assert roster is not None
            await roster.look()
        tokens = {app.services.clients.of(FIRST).client.token for app in (place.app, other)}
        assert len(tokens) == 1
        await place.scene().person("ada").types("/compare cursor vs zed")
        await place.scene().seeded()


@pytest.mark.fault("S09")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_renewal_whose_answer_was_lost_ends_in_words(database_url: str, tmp_path: Path) -> None:
    """Slack has renewed and nobody knows the token: it is tried again, then whoever installed the app is told."""
    async with town(database_url, tmp_path, rotation=True) as place:
        await place.installs()
        roster = place.app.services.roster
        assert roster is not None
        await place.scene().post("fault", method="oauth.v2.access", execute_then_drop=True, times=1)
        for _ in range(3):
            await expire(place)
            await roster.open()
        assert await renewals(place) == [True, False, False]

        async def told() -> bool | None:
            cards = await place.scene().cards("D0ADA")
            return True if any("install Verdicts" in card.said for card in cards) else None

        await eventually(told)
        assert place.app.services.clients.workspaces == [FIRST]
        await place.installs()
        await expire(place)
        await roster.open()
        assert (await renewals(place))[3:] == [True]
