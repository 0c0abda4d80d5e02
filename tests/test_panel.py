"""The panel: reviewers join, get other names and places, leave and return, on both databases."""

from typing import Any

from bot import starter
from tests.story import Person, Story
from tests.test_catalogue_in_slack import settings, takes, texts


async def opened(person: Person) -> dict[str, Any]:
    """The dialog of the panel."""
    await person.types("/verdict panel")
    return await person.dialog("The panel")


async def chooses(story: Story, person: Person, place: int, line: str) -> None:
    """Choose a line of the menu beside a reviewer."""
    view = (await person.sees())["modal"]
    menus = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    option = next(one for one in menus[place]["options"] if one["text"]["text"] == line)
    await story.post("interact", user=person.id, action=menus[place]["action_id"], value=option["value"])


def seats(view: dict[str, Any]) -> list[str]:
    """What stands beside each menu."""
    return [block["text"]["text"] for block in view["blocks"] if "accessory" in block]


def without(reviewer: str, slug: str) -> str:
    """The panel score of a starter tool without one of its reviewers."""
    (tool,) = (one for one in starter.tools() if one.facts.slug == slug)
    ships = [take.verdict == "ship" for take in tool.takes if take.reviewer != reviewer]
    return f"{sum(ships) / len(ships):.0%} · {sum(ships)} ship, {len(ships) - sum(ships)} skip".replace("%", " %", 1)


async def test_reviewers_join_move_leave_and_return(story: Story) -> None:
    """The dialog follows each change; a reviewer who left counts no more on open cards."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()

    assert seats(await opened(ada)) == ["1. *Builder*", "2. *Skeptic*", "3. *Founder*", "4. *Futurist*"]
    assert "“Builder” already" in (await ada.submits(new_lens="BUILDER"))["errors"]["new_lens"]
    assert (await ada.submits(new_lens="Security"))["ok"]
    await chooses(story, ada, 4, "Move up")
    await chooses(story, ada, 0, "Let them leave")
    view = (await ada.sees())["modal"]
    assert seats(view) == ["1. *Skeptic*", "2. *Founder*", "3. *Security*", "4. *Futurist*", "_Builder has left_"]
    assert "“Builder” already. They left" in (await ada.submits(new_lens="Builder"))["errors"]["new_lens"]

    await story.has_row(card, "Panel", [without("builder", "cursor"), without("builder", "zed")])
    await chooses(story, ada, 4, "Let them return")
    view = (await ada.sees())["modal"]
    assert seats(view) == ["1. *Builder*", "2. *Skeptic*", "3. *Founder*", "4. *Security*", "5. *Futurist*"]
    await story.has_row(card, "Panel", [without("nobody", "cursor"), without("nobody", "zed")])


async def test_a_reviewers_new_name_stands_on_every_card(story: Story) -> None:
    """Renamed, a reviewer keeps their takes; nobody else's name is taken; the audit has a line for each change."""
    ada = story.person("ada")
    await takes(ada)
    await ada.was_told("Your take is saved")
    await opened(ada)

    await chooses(story, ada, 0, "Rename")
    await ada.dialog("Rename a reviewer")
    assert "“Skeptic” already" in (await ada.submits(new_lens="Skeptic"))["errors"]["new_lens"]
    assert (await ada.submits(new_lens="Engineer"))["ok"]

    assert seats(await ada.dialog("The panel"))[0] == "1. *Engineer*"
    await story.post("close-modal", user=ada.id)
    await ada.types("/verdict cursor")
    await ada.was_told("*Engineer:* *ship* · It finds things")
    assert "renamed the reviewer *Builder → Engineer*" in " ".join(texts(await settings(ada)))
