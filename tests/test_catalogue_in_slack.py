"""The catalogue as people change it in Slack, through the front door, on both databases."""

import asyncio
from typing import Any

import pytest

from bot import catalogue, editing, starter
from bot.editing import BadFields
from bot.views import catalogue_forms
from bot.workspace_settings import Editor
from tests.story import Card, Person, Story, eventually

FACTS: dict[str, Any] = {
    "name": "Acme Search",
    "aliases": "acme, acme find",
    "vendor": "Acme",
    "tagline": "Search as a service",
    "description": "Finds what is there.",
    "best_for": "Small teams",
    "url": "https://acme.example/search",
    "entry": "freemium",
    "price": "Free, then $5 a month",
    "price_source": "https://acme.example/pricing",
    "price_as_of": "2026-11-01",
}
TAKE: dict[str, Any] = {
    "lens": "builder",
    "verdict": "ship",
    "headline": "It finds things",
    "take": "word " * 60,
    "caveat": "Flips if it stops finding things.",
    "basis": "a month in production",
}


def new(words: str) -> dict[str, Any]:
    """A category as the typeahead offers it."""
    return {"text": {"type": "plain_text", "text": f"New category: {words}", "emoji": False}, "value": words}


async def adds(person: Person, **other: Any) -> dict[str, Any]:
    """Open the dialog and send it."""
    await person.types("/verdict add")
    await person.dialog("Add a tool")
    return await person.submits(**{**FACTS, "category": new("Search"), **other})


async def test_a_tool_is_added_and_compared(story: Story) -> None:
    """What one person adds in a dialog, all can compare at once: by name and by alias."""
    ada, bjorn = story.person("ada"), story.person("bjorn")

    assert (await adds(ada))["ok"]

    card = await ada.was_told("Added to the catalogue", "Acme Search", "Freemium", "Only you can see this")
    assert "as of 2026-11-01" in card.said
    await bjorn.types("/compare acme find vs cursor")
    assert "Acme Search vs Cursor" in (await story.seeded()).said


async def test_the_typeahead_offers_known_categories_and_a_new_one(story: Story) -> None:
    """Known categories come first; what is none of them is offered as new, and what only looks new is not."""
    ada = story.person("ada")
    await ada.types("/verdict add")
    await ada.dialog("Add a tool")

    assert await offered(story, ada, "vector d") == ["Vector Databases", "New category: vector d"]
    assert await offered(story, ada, "VECTOR databases") == ["Vector Databases"]
    assert len(await offered(story, ada, "")) > 3


async def offered(story: Story, person: Person, typed: str) -> list[str]:
    """What the category's menu shows for these words."""
    told = await story.post("suggest", user=person.id, action_id="category", value=typed)
    return [one["text"]["text"] for one in told["options"]]


async def test_what_is_wrong_is_said_at_its_field(story: Story) -> None:
    """Each problem stands at its own field, in words, and the dialog stays open with everything in it."""
    ada = story.person("ada")

    told = await adds(ada, url="acme", price_source="ftp://acme.example", price_as_of="last May", name="Ac\u200bme")

    assert set(told["errors"]) == {"url", "price_source", "price_as_of", "name"}
    assert "web address" in told["errors"]["url"]
    assert "2026-11-22" in told["errors"]["price_as_of"]
    assert (await ada.dialog("Add a tool"))["callback_id"] == "tool_dialog"
    assert (await ada.submits(url="", price_source="", price_as_of="2026-05", name="Acme"))["ok"]
    await ada.was_told("Added to the catalogue", "unsourced")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "empty"),
        ("name", "Ac\u200bme", "nobody can see"),
        ("aliases", "acme, " + "x" * 76, "75"),
        ("vendor", "a\u202eb", "nobody can see"),
        ("category", "", "empty"),
        ("tagline", "x" * 111, "110"),
        ("description", "x" * 1_000, "at most"),
        ("best_for", "", "empty"),
        ("url", "javascript:alert(1)", "web address"),
        ("entry", "cheap", "freemium"),
        ("price", "x" * 161, "160"),
        ("price_source", "ftp://acme.example", "web address"),
        ("price_as_of", "last May", "2026-11-22"),
    ],
)
def test_every_field_of_a_tool_says_its_own_mistake(field: str, typed: str, said: str) -> None:
    """One wrong field of the dialog is one sentence, at that field of it and at no other."""
    dialog = catalogue_forms.tool_dialog(catalogue_forms.About(None, None))

    with pytest.raises(BadFields) as caught:
        editing.checked({**FACTS, "category": "Search", field: typed}, "acme-search", None, "2026-11-22")

    assert list(caught.value.fields) == [field]
    assert said in caught.value.fields[field]
    assert field in [block.get("block_id") for block in dialog["blocks"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_tool_is_previewed_before_it_is_saved(story: Story) -> None:
    """What is missing is named; the card shows what is typed; *Back* leads to it, and nothing was saved."""
    ada = story.person("ada")
    await ada.types("/verdict add Acme Search")
    await ada.dialog("Add a tool")

    await story.post("interact", user=ada.id, action="Preview")
    missing = " ".join(texts(await ada.dialog("Preview")))
    assert all(f"• *{label}:*" in missing for label in ("Made by", "Category", "In one line", "Best for"))
    assert "*Name:*" not in missing
    await story.post("close-modal", user=ada.id)
    await ada.dialog("Add a tool")
    await story.post("close-modal", user=ada.id)

    await ada.types("/verdict edit cursor")
    await ada.dialog("Edit a tool")
    await story.post("interact", user=ada.id, action="tagline", value="<!channel> types for you")
    await story.post("interact", user=ada.id, action="Preview")
    shown = " ".join(texts(await ada.dialog("Preview")))
    assert "Nothing is saved yet" in shown
    assert "!channel&gt; types for you" in shown
    assert "<!channel" not in shown
    await story.post("close-modal", user=ada.id)
    await ada.dialog("Edit a tool")
    await ada.types("/verdict cursor")
    assert "types for you" not in (await ada.was_told("Cursor", "Only you can see this")).said


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # that of a tool is seen on the other one
async def test_a_take_is_previewed_before_it_is_saved(story: Story) -> None:
    """A take that is too short says so; one that fits stands as *Read the takes* would show it."""
    ada = story.person("ada")
    await ada.types("/verdict take cursor")
    await ada.dialog("Write a take")
    for field in ("lens", "verdict", "headline", "caveat", "basis"):
        await story.post("interact", user=ada.id, action=field, value=TAKE[field])

    await story.post("interact", user=ada.id, action="take", value="Too short.")
    await story.post("interact", user=ada.id, action="Preview")
    assert "• *Take:*" in " ".join(texts(await ada.dialog("Preview")))
    await story.post("close-modal", user=ada.id)
    await story.post("interact", user=ada.id, action="take", value=TAKE["take"])
    await story.post("interact", user=ada.id, action="Preview")

    shown = " ".join(texts(await ada.dialog("The takes")))
    assert "It finds things" in shown
    assert "a month in production" in shown
    await ada.types("/verdict cursor")
    assert "It finds things" not in (await ada.was_told("Cursor", "Only you can see this")).said


async def test_a_name_that_is_taken_is_refused_with_the_tool_that_has_it(story: Story) -> None:
    """Case, accents and punctuation make no new name; look-alikes make no new alias; another's alias is taken."""
    ada = story.person("ada")

    for name in ("CURSOR!", "Cúrsor", "cursor"):
        told = await adds(ada, name=name)
        assert "Cursor, which is in the catalogue" in told["errors"]["name"], name
    told = await adds(ada, aliases="fine, сursor")
    assert "Cursor, which is in the catalogue" in told["errors"]["aliases"]
    assert (await ada.submits(aliases="fine"))["ok"]
    await ada.was_told("Added to the catalogue")
    told = await adds(ada, name="Fine")
    assert "Acme Search, which is in the catalogue" in told["errors"]["name"]


@pytest.mark.fault("S06")
async def test_a_look_alike_can_only_become_another_name(story: Story) -> None:
    """A Cyrillic “Сursоr” is no new tool, whatever the form says; as another name of Cursor it is found."""
    ada, bjorn = story.person("ada"), story.person("bjorn")

    assert (await adds(ada, name="Сursоr"))["ok"]
    dialog = await ada.dialog("Add a tool")
    assert "cannot be told from a name of *Cursor*" in dialog["blocks"][0]["text"]["text"]
    assert [one["value"][:3] for one in dialog["blocks"][1]["element"]["options"]] == ["v1:"]
    forged = {**FACTS, "category": "Search", "name": "Сursоr", "resembles": "own"}
    editor = Editor("T0PLAY", "U0ADA", is_admin=False)
    with pytest.raises(editing.Resembles):
        await story.app.database.run(editing.add_tool, catalogue.Shelf(), editor, forged, 1_900_000_000)
    other = dialog["blocks"][1]["element"]["options"][0]
    assert (await ada.submits(resembles=other))["ok"]

    await ada.was_told("It is another name of this tool now.", "Cursor", "also called", "Сursоr")
    await bjorn.types("/compare Сursоr vs zed")
    assert "Cursor vs Zed" in (await story.seeded()).said
    assert "gave another name to *Cursor · Сursоr*" in " ".join(texts(await settings(ada)))


async def test_a_name_a_typo_away_is_asked_about(story: Story) -> None:
    """“Cursoor” may be Cursor: the dialog asks, keeps what was typed, and takes a tool of its own for an answer."""
    ada = story.person("ada")

    assert (await adds(ada, name="Cursoor", aliases=""))["ok"]
    dialog = await ada.dialog("Add a tool")
    assert "Is it the same?" in dialog["blocks"][0]["text"]["text"]
    assert "resembles" in (await ada.submits())["errors"]
    own = dialog["blocks"][1]["element"]["options"][1]
    assert (await ada.submits(resembles=own))["ok"]

    await ada.was_told("Added to the catalogue", "Cursoor", "Free, then $5 a month")


async def test_an_edit_keeps_the_old_price_as_history(story: Story) -> None:
    """The dialog holds what is known; a new price is shown with the one before, and open cards are drawn anew."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await adds(ada)
    await ada.was_told("Added to the catalogue")
    await ada.types("/compare acme vs zed")
    card = await story.seeded()

    await bjorn.types("/verdict edit acme")
    await bjorn.dialog("Edit a tool")
    assert (await bjorn.submits(name="Acme Finder", entry="paid", price="$9 a month"))["ok"]

    await bjorn.was_told("Saved.", "Acme Finder", "Paid · $9 a month", "was freemium until", "Free, then $5 a month")
    await story.shows(card, "Acme Finder vs Zed")
    await bjorn.types("/verdict acme find")
    await bjorn.was_told("Acme Finder", "was freemium until")


async def test_an_edit_of_what_somebody_has_changed_meanwhile_is_refused_at_the_field(story: Story) -> None:
    """Two dialogs of one tool are open: the second to be sent does not take back what the first has written."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    for person in (ada, bjorn):
        await person.types("/verdict edit zed")
        await person.dialog("Edit a tool")

    assert (await bjorn.submits(price="$99 a month"))["ok"]
    await bjorn.was_told("Saved.", "$99 a month")
    await ada.submits(tagline="Another line")

    assert "Somebody has changed this tool meanwhile" in str((await ada.sees())["modal_errors"])
    await ada.types("/verdict zed")
    assert "Another line" not in (await ada.was_told("$99 a month")).said


async def test_an_edit_of_nothing_changes_nothing(story: Story) -> None:
    """A dialog that is sent as it was opened leaves no history and no line in the audit."""
    ada = story.person("ada")

    await ada.types("/verdict edit cursor")
    await ada.dialog("Edit a tool")
    assert (await ada.submits())["ok"]

    told = await ada.was_told("Nothing was different", "Cursor")
    assert "until" not in told.said
    assert "Nothing has been changed" in " ".join(texts(await settings(ada)))


async def test_a_take_replaces_the_reviewers_last_one(story: Story) -> None:
    """A take of a known reviewer is the current one; the card tells who reviewed when and what was said before."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await adds(ada)
    await ada.was_told("Added to the catalogue")

    await bjorn.types("/verdict take acme")
    await bjorn.dialog("Write a take")
    assert (await bjorn.submits(**TAKE))["ok"]
    await bjorn.was_told("Your take is saved", "100 % · 1 ship, 0 skip", "It finds things", "by <@U0BJORN>")
    await bjorn.types("/verdict take acme")
    await bjorn.dialog("Write a take")
    assert (await bjorn.submits(**{**TAKE, "verdict": "skip", "headline": "It finds too much"}))["ok"]

    card = await bjorn.was_told("0 ship, 1 skip", "It finds too much", "Builder said *ship* until")
    await bjorn.presses(card, "Read the takes")
    assert "It finds too much" in str((await bjorn.dialog("The takes"))["blocks"])


async def test_a_new_reviewer_joins_the_panel(story: Story) -> None:
    """A name beside the four is a new reviewer, who can be chosen from then on, and whose look-alike is refused."""
    ada = story.person("ada")

    await takes(ada, lens="", new_lens="Security")
    await ada.was_told("Your take is saved", "3 ship, 2 skip", "*Security:* *ship*")
    told = await takes(ada, lens="", new_lens="SECURITY")
    assert "“Security” already" in told["errors"]["new_lens"]
    told = await takes(ada, lens="security", new_lens="Finance")
    assert "above as well" in told["errors"]["new_lens"]
    told = await takes(ada, lens="", new_lens="")
    assert set(told["errors"]) == {"lens"}


async def test_a_take_keeps_the_catalogues_limits(story: Story) -> None:
    """A take of three words is refused at its field, with the number that it may have."""
    told = await takes(story.person("ada"), take="far too short")

    assert told["errors"] == {"take": "It has 3 words; a take has 55 to 110."}


async def takes(person: Person, **other: Any) -> dict[str, Any]:
    """Open the dialog of a take on Cursor and send it."""
    await person.types("/verdict take cursor")
    await person.dialog("Write a take")
    return await person.submits(**{**TAKE, **other})


async def test_an_unknown_name_can_be_added_from_its_notice(story: Story) -> None:
    """*Add it* opens the dialog with the name that was typed, after /verdict and after /compare."""
    ada = story.person("ada")

    for line in ("/verdict Blorptastic", "/compare Blorptastic vs cursor"):
        await ada.types(line)
        await ada.presses(await ada.was_told("I know no tool called “Blorptastic”"), "Add it")
        dialog = await ada.dialog("Add a tool")
        assert dialog["blocks"][0]["element"]["initial_value"] == "Blorptastic"
        await story.post("close-modal", user=ada.id)


async def test_only_admins_change_the_catalogue_where_an_admin_says_so(story: Story) -> None:
    """A dialog that was open before the setting changed is refused when it is sent, with what was typed kept."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await bjorn.types("/verdict add")
    await bjorn.dialog("Add a tool")

    await settings(ada)
    assert (await ada.submits(catalogue_editors="admins"))["ok"]

    told = await bjorn.submits(**{**FACTS, "category": new("Search")})
    assert "only admins change the catalogue" in told["errors"]["name"]
    await bjorn.types("/verdict edit cursor")
    await bjorn.was_told("only admins change the catalogue")
    assert (await adds(ada))["ok"]
    await ada.was_told("Added to the catalogue")


async def test_the_settings_are_for_admins(story: Story) -> None:
    """Slack is asked who is an admin; nobody else sees the dialog."""
    bjorn = story.person("bjorn")

    await bjorn.types("/verdict settings")

    await bjorn.was_told("Only an admin of this Slack workspace")
    assert (await bjorn.sees())["modal"] is None


async def test_the_settings_show_who_changed_what(story: Story) -> None:
    """Every change is a line: who, what, and to which tool."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await adds(bjorn)
    await bjorn.was_told("Added to the catalogue")
    await takes(ada)
    await ada.was_told("Your take is saved")
    await settings(ada)
    assert (await ada.submits(catalogue_editors="admins"))["ok"]

    told = " / ".join(texts(await settings(ada)))

    assert "<@U0BJORN> added *Acme Search*" in told
    assert "<@U0ADA> wrote a take on *Cursor · Builder: ship*" in told
    assert "<@U0ADA> changed who may edit the catalogue to *admins*" in told


async def settings(person: Person) -> dict[str, Any]:
    """The settings dialog, open."""
    await person.types("/verdict settings")
    return await person.dialog("Settings")


def texts(view: dict[str, Any]) -> list[str]:
    """What can be read in a dialog."""
    return [Card("", "", {"blocks": view["blocks"]}).said]


async def test_every_starter_tool_comes_back_from_its_dialog_as_it_was(story: Story) -> None:
    """A dialog holds all that it would change: sent untouched, no tool of the starter catalogue differs."""
    database = story.app.database
    ada = Editor("T0PLAY", "U0ADA", is_admin=False)
    shelf = catalogue.Shelf()
    _, found = await database.run(catalogue.every_name, "T0PLAY")

    moved = []
    for one in found:
        tool = await database.run(catalogue.find, "T0PLAY", one.id)
        view = catalogue_forms.tool_dialog(catalogue_forms.About(tool.id), tool)
        if await database.run(editing.edit_tool, shelf, ada, tool.id, untouched(view), 1_900_000_000):
            moved.append(tool.name)

    assert len(found) > 40
    assert moved == []


def untouched(view: Any) -> dict[str, str]:
    """What a dialog sends when nobody types anything."""
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    return {
        field: one.get("initial_value") or one.get("initial_option", {}).get("value", "")
        for field, one in elements.items()
    }


async def test_of_two_who_add_one_name_at_once_one_does(story: Story) -> None:
    """Two dialogs sent in the same moment make one tool; the other is told that the name is taken."""
    database = story.app.database
    form = {**FACTS, "category": "Search"}

    shelf = catalogue.Shelf()

    told = await asyncio.gather(
        *[
            database.run(
                editing.add_tool, shelf, Editor("T0PLAY", person, is_admin=False), {**form, "name": name}, 1_900_000_000
            )
            for person, name in (("U0ADA", "Night Owl"), ("U0BJORN", "NIGHT-OWL"))
        ],
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in told) == ["BadFields", "int"]
    (refused,) = (one for one in told if isinstance(one, BadFields))
    assert set(refused.fields) == {"name", "aliases"}


async def test_what_was_found_is_turned_page_by_page_in_its_place(story: Story) -> None:
    """Ten tools a page, each once, with what was asked above them; the last page has no *Next*."""
    ada = story.person("ada")
    await ada.types("/verdict search a free freemium paid")

    names: list[str] = []
    note = await ada.was_told("tools found", "1 to 10", "“a”")
    while True:
        names += [one.split("*")[1] for one in note.said.splitlines() if one.startswith("*") and "found" not in one]
        following = next((one for one in turning(note) if one["action_id"] == "search_next"), None)
        if following is None:
            break
        await ada.presses(note, "search_next")
        note = await ada.was_told(f"{len(names) + 1} to ")
        assert len(await ada.whispers()) == 1

    assert len(names) == len(set(names)) == int(note.said.split(" ", 1)[0].strip("*")) > 30
    await ada.presses(note, "search_previous")
    await ada.was_told(f"{(len(names) - 1) // 10 * 10 - 9} to ")


async def test_the_leaderboard_is_turned_page_by_page_in_its_place(story: Story) -> None:
    """Fifteen places a page, each tool once; the first page has no *Previous*, the last no *Next*."""
    ada = story.person("ada")
    names = [one.facts.name for one in starter.tools()[:16]]
    for four in range(0, 16, 4):
        await ada.types(f"/compare {' vs '.join(names[four : four + 4])}")

    async def posted() -> list[Card] | None:
        cards = [card for card in await story.cards() if "no_entry_sign" in card.reactions]
        return cards if len(cards) == 4 else None

    for card in await eventually(posted):
        await ada.reacts(card, "one")
        await story.shows(card, "1 of 1")

    await ada.types("/verdict leaderboard")
    first = await ada.was_told("Leaderboard* · 1 to 15 of 16")
    assert [one["action_id"] for one in turning(first)] == ["leaders_next"]
    await ada.presses(first, "leaders_next")
    last = await ada.was_told("Leaderboard* · 16 to 16 of 16", "16. *")
    assert [one["action_id"] for one in turning(last)] == ["leaders_previous"]
    assert len([note for note in await ada.whispers() if "Leaderboard" in note.said]) == 1
    listed = [line.split("*")[1] for card in (first, last) for line in card.said.splitlines() if line[:1].isdigit()]
    assert sorted(listed) == sorted(names)
    await ada.presses(last, "leaders_previous")
    await ada.was_told("1 to 15 of 16")


def turning(card: Card) -> list[dict[str, Any]]:
    """The buttons below a list."""
    return [one for block in card.message["blocks"] if block["type"] == "actions" for one in block["elements"]]
