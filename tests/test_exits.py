"""Every place where a comparison can come out, walked by somebody who must not hear of it."""

import json

from bot import exports
from tests.story import Person, Story, eventually
from tests.test_reasons import options, takes_of
from tests.test_secret_rounds import hidden_card

GENERAL, LEADS = "C0GENERAL", "G0LEADS"
USE_CASE, REASON = "zebra migration", "Because the zebra said so"


async def exits(story: Story, outsider: Person, admin: Person) -> list[str]:
    """Everything that can be read outside the private channel: lists, answers, posts, Home, dialogs, the export."""
    heard: list[str] = []

    async def answer(line: str, *expected: str, who: Person = outsider) -> None:
        await who.types(line)
        heard.append((await who.was_told(*expected)).said)

    await answer("/verdict open", "Nothing is open in this channel")
    await answer("/verdict result cursor vs zed", "never compared here")
    await answer("/verdict search editor", "Cursor")
    await answer("/verdict leaderboard", "No tool has votes yet")
    await answer("/verdict cursor", "Cursor", "Panel")
    await outsider.types("/compare cursor vs zed")
    card = await story.seeded(GENERAL)
    heard += [card.said, str(card.message)]
    heard.append(await takes_of(outsider, card))
    await answer("/verdict subscribe mon 09:00", "09:00", who=admin)
    await answer("/verdict digest preview", "Preview")
    await answer("/verdict digest now", "Posted")
    heard += [str(message.message) for message in await story.cards(GENERAL)]
    await answer("/verdict subscriptions", "Monday at 09:00")
    for person in (outsider, admin):
        for _ in range(2):  # the guide comes first, then the dashboard
            await story.post("open-home", user=person.id)
    heard.append(await home(outsider, "Open in your channels"))
    for format_ in ("json", "csv"):
        heard.append(await story.app.database.run(exports.votes, "T0PLAY", format_))
    return heard


async def home(person: Person, expected: str) -> str:
    async def shown() -> str | None:
        view = str((await person.sees())["home"])
        return view if expected in view else None

    return await eventually(shown)


async def test_a_private_channels_comparison_is_mentioned_nowhere_else(story: Story) -> None:
    """Neither its question, votes, reasons nor its channel, open or closed; whoever is in it hears of it there."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    await ada.types(f'/compare cursor vs zed for "{USE_CASE}"', channel=LEADS)
    card = await story.seeded(LEADS)
    for person in (ada, chloe):
        await person.reacts(card, "two")
    await chloe.presses(card, "Vote with a reason")
    used = await options(chloe, "Zed")
    await chloe.submits(used=used, why=REASON)
    await story.shows(card, "2 of 2", "have used it")
    link = f"https://playground.example/archives/{LEADS}/p{card.ts.replace('.', '')}"

    for line in (f"/verdict close {link}", f"/verdict reopen {link}"):
        await bjorn.types(line)
        told = await bjorn.was_told("leads to no scorecard of mine", line.split()[1])
        assert ada.id not in told.said.replace(link, "")
    heard = await exits(story, bjorn, ada)

    for text in heard:
        assert not [word for word in ("zebra", LEADS, chloe.id, "2 of 2") if word in text], text
    assert REASON in await takes_of(ada, card)
    await ada.types("/verdict result cursor vs zed", channel=LEADS)
    await ada.was_told("2 of 2")
    await ada.types("/verdict close last", channel=LEADS)
    await story.shows(card, "Final result")
    await bjorn.types("/verdict result cursor vs zed")
    assert "zebra" not in (await bjorn.was_told("Cursor vs Zed")).said
    await bjorn.types("/verdict leaderboard")
    await bjorn.was_told("No tool has votes yet")


async def test_the_export_keeps_what_secret_rounds_keep(story: Story) -> None:
    """While it is open a hidden round is not in it; closed it is, without a name."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    card = await hidden_card(story, ada, "/compare cursor vs zed hidden")
    await bjorn.presses(card, "Zed")
    await bjorn.was_told("Counted")

    async def exported() -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(await story.app.database.run(exports.votes, "T0PLAY", "json"))
        return found

    assert await exported() == []
    await ada.types("/verdict close last")
    await story.shows(card, "Final result")

    (one,) = await exported()
    assert (one["person"], one["chose"], one["apart"], one["used"]) == ("", ["zed"], False, [])
