"""The dialogs, the card of one tool and the Home tab: all the takes, every field, and what was typed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.model import (
    Card,
    Comparison,
    Price,
    Scorecard,
    Subscription,
    Take,
    Tally,
    Tool,
    ToolCard,
    ToolComparison,
    ToolStanding,
)
from bot.views import actions, forms, home, kit
from bot.views.actions import Ask, UnreadableValue
from bot.views.forms import Place, compare_dialog, named_option, swap_dialog
from bot.views.kit import check, check_view
from bot.views.takes import takes
from bot.views.tool_card import tool_card

NOW = 1_795_000_000


def panel(reviewers: int) -> tuple[Take, ...]:
    """So many reviewers' takes."""
    return tuple(
        Take(
            f"lens{i}",
            f"Lens {i}",
            "skip" if i % 2 else "ship",
            f"Headline {i}",
            f"Long take {i}.",
            f"Caveat {i}.",
            "The panel",
            "public documentation, not hands-on",
            "2026-11-22",
        )
        for i in range(reviewers)
    )


FILES = Tool(
    1,
    "claude-files-api",
    "Claude Files API",
    "Anthropic",
    "Developer Tools",
    "Upload once",
    "A storage endpoint on the API.",
    "Many questions of one document",
    "https://platform.claude.com/docs",
    Price("paid", "Storage is free.", "https://platform.claude.com/pricing?a=1&b=2", "2026-08-22"),
    ("files api", "claude files"),
    released="2025-05-22",
    takes=panel(4),
)
LLAMA = replace(
    FILES, id=2, name="Llama 4 Compact", url=None, price=Price("free", "Free.", None, "2026-11"), released=None
)
ASKED = Comparison(7, "T1", "", (FILES, LLAMA), "support", "U0ADA", 1, NOW, NOW + 9, None, None)
SUBSCRIPTION = Subscription(5, "T1", "C0GENERAL", 0, 540, "Europe/Berlin", None, False, "U0ADA", NOW, None, None)


def drawn(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


class TestTakes:
    def test_everything_is_there(self) -> None:
        """Every take of every tool is in the dialog: verdict, headline, text, caveat, author, date, basis."""
        shown = drawn(takes((FILES, LLAMA)))

        for i in range(4):
            for part in (
                f"Lens {i}: {'skip' if i % 2 else 'ship'}",
                f"Headline {i}",
                f"Long take {i}.",
                f"Caveat {i}.",
            ):
                assert shown.count(part) == 2
        assert shown.count("The panel · 2026-11-22 · public documentation, not hands-on · opinion, not tested") == 8

    def test_price_source(self) -> None:
        """A price links to where it was read, by the host's name; an unsourced one says so."""
        shown = drawn(takes((FILES, LLAMA)))

        assert '"url": "https://platform.claude.com/pricing?a=1&b=2", "text": "platform.claude.com"' in shown
        assert "Free · Free. (unsourced, as of 2026-11)" in shown

    def test_one_page(self) -> None:
        """Takes that fit on one page have no buttons to turn it."""
        assert "actions" not in [block["type"] for block in takes((FILES, LLAMA))["blocks"]]

    def test_pages(self) -> None:
        """Takes beyond a dialog's hundred blocks are on further pages, each once, with the buttons to get there."""
        crowd = tuple(replace(FILES, id=i, takes=panel(60)) for i in range(1, 5))
        first, second, third = (takes(crowd, page) for page in (0, 1, 2))
        shown = "".join(drawn(view["blocks"]) for view in (first, second, third))

        assert shown.count("Long take 59.") == 4
        assert all(check_view(view) == [] for view in (first, second, third))
        assert '"v1:1:1:2:3:4"' in drawn(first)
        assert actions.TAKES_PREVIOUS not in drawn(first)
        assert {actions.TAKES_NEXT, actions.TAKES_PREVIOUS} == {
            word for word in (actions.TAKES_NEXT, actions.TAKES_PREVIOUS) if f'"{word}"' in drawn(second)
        }
        assert f'"{actions.TAKES_NEXT}"' not in drawn(third)
        assert takes(crowd, 99) == third

    def test_nobody_wrote(self) -> None:
        """A tool without takes says so."""
        assert "No reviewer has written about this yet." in drawn(takes((replace(FILES, takes=()),)))


class TestToolCard:
    CARD = Card(3, "T1", "key", "C0GENERAL", None, "1.1", 7, (0,), 1, "U0ADA")
    STANDING = ToolStanding(FILES, 8, 9, 2)

    def test_private(self) -> None:
        """Privately the card can be posted, and nobody is asked to react."""
        message = tool_card(ToolCard(self.STANDING, None))

        assert "Post here" in drawn(message.blocks)
        assert "Only you can see this" in drawn(message.blocks)
        assert "React" not in message.text

    def test_posted(self) -> None:
        """Posted it says which emoji means what, and has no button to post it."""
        message = tool_card(ToolCard(self.STANDING, self.CARD))

        assert ":ship: ship · :no_entry_sign: skip" in drawn(message.blocks)
        assert "Post here" not in drawn(message.blocks)

    def test_facts(self) -> None:
        """The card has the aliases, the team's score over people, the panel's split and the price with its source."""
        shown = drawn(tool_card(ToolCard(self.STANDING, self.CARD)).blocks)

        for said in (
            "also called files api, claude files",
            "89 % · 8 of 9 people · in 2 comparisons",
            "50 % · 2 ship, 2 skip",
            "Price as of 2026-08-22 from <https://platform.claude.com/pricing?a=1&amp;b=2|platform.claude.com>",
            "Opinion, not tested.",
            "2025-05-22",
        ):
            assert said in shown

    def test_reviews_and_comparisons(self) -> None:
        """Reviews of one day and author stand together; each comparison has its link and how it stands or ended."""
        open_one = ToolComparison(ASKED, Tally(2, {1: 2, 2: 1}), "https://team.slack.com/archives/C1/p1")
        closed = ToolComparison(replace(ASKED, closed_at=NOW), Tally(2, {1: 12, 2: 1}), None)
        card = ToolCard(self.STANDING, None, comparisons=(open_one, closed), more_comparisons=True)

        shown = drawn(tool_card(card).blocks)

        assert "<https://team.slack.com/archives/C1/p1|Claude Files API vs Llama 4 Compact>" in shown
        assert "open: Claude Files API 2 of 3 · Llama 4 Compact 1 of 3" in shown
        assert "Clearly Claude Files API" in shown
        assert "… and older ones" in shown

    def test_bare(self) -> None:
        """A tool with hardly any facts is still a card: no link, no takes, an unsourced price."""
        bare = replace(LLAMA, takes=(), description="", tagline="", best_for="", aliases=())
        message = tool_card(ToolCard(ToolStanding(bare, 0, 0), None, tables=False))

        assert check(message.blocks, message.text) == []
        assert "Price as of 2026-11: unsourced" in drawn(message.blocks)
        assert "Read the takes" not in drawn(message.blocks)


class TestCompareDialog:
    def fields(self, view: Any) -> dict[str, Any]:
        return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}

    def test_empty(self) -> None:
        """Without arguments: four tools of which two are needed, a use case, a week, and where to post."""
        fields = self.fields(compare_dialog(Place()))

        assert list(fields) == ["tool_a", "tool_b", "tool_c", "tool_d", "use_case", "until", "voting", "channel"]
        assert [fields[name]["optional"] for name in actions.TOOL_FIELDS] == [False, False, True, True]
        assert fields["until"]["element"]["initial_option"]["value"] == "7d"
        assert fields["voting"]["element"]["initial_option"]["value"] == "open"
        assert all(block["element"]["action_id"] == name for name, block in fields.items())

    def test_known_channel(self) -> None:
        """Opened in a channel the dialog does not ask for one, and remembers the thread."""
        view = compare_dialog(Place("C0GENERAL", "1.1"))

        assert "channel" not in self.fields(view)
        assert Place.of(view["private_metadata"]) == Place("C0GENERAL", "1.1")

    def test_typed_text_is_kept(self) -> None:
        """What was understood is filled in, what was not is said at its field, and the rest of the line is kept."""
        ask = Ask(
            "claude files vs lamma for “support” until fri 17:00",
            ("claude files", "lamma"),
            (1, None),
            "support",
            "fri 17:00",
        )
        view = compare_dialog(Place("C0GENERAL"), (FILES, None), ask)
        fields = self.fields(view)

        assert fields["tool_a"]["element"]["initial_option"]["value"] == "v1:1"
        assert "hint" not in fields["tool_a"]
        assert fields["tool_b"]["hint"]["text"] == "You typed “lamma”, which I do not know."
        assert fields["use_case"]["element"]["initial_value"] == "support"
        assert fields["until"]["element"]["initial_option"] == fields["until"]["element"]["options"][0]
        assert fields["until"]["element"]["initial_option"]["value"] == "fri 17:00"
        assert "You typed: claude files vs lamma" in drawn(view["blocks"][0])

    def test_listed_deadline(self) -> None:
        """A deadline that the menu has is chosen there, not listed twice."""
        until = self.fields(compare_dialog(Place(), (), Ask(until="3d")))["until"]["element"]

        assert until["initial_option"]["value"] == "3d"
        assert len(until["options"]) == len(forms.DEADLINES)

    def test_vendors(self) -> None:
        """The typeahead names the vendor, unless the name has it already."""
        assert named_option(1, "Files API", "Anthropic")["text"]["text"] == "Files API · Anthropic"
        assert named_option(1, "OpenAI Agents SDK", "OpenAI")["text"]["text"] == "OpenAI Agents SDK"
        assert len(named_option(1, "x" * 200, "y" * 200)["text"]["text"]) <= 75

    @pytest.mark.fault("S12")
    @pytest.mark.parametrize("metadata", ["", "x", "[]", "{}", '{"channel":1,"thread_ts":null}'])
    def test_forged_metadata(self, metadata: str) -> None:
        """A dialog that brings back something else is refused."""
        with pytest.raises(UnreadableValue):
            Place.of(metadata)
        with pytest.raises(UnreadableValue):
            forms.swapped_comparison(metadata)


def test_swap_dialog() -> None:
    """The swap dialog offers the tools on the card, asks for the right one, and knows its comparison and place."""
    card = Card(3, "T1", "key", "C0GENERAL", None, "1.1", 7, (1, 0), 1, "U0ADA")
    view: Any = swap_dialog(Scorecard(ASKED, card, (LLAMA, FILES), Tally(2, {})), Place("C0GENERAL"))

    assert [option["value"] for option in view["blocks"][1]["element"]["options"]] == ["v1:2", "v1:1"]
    assert view["blocks"][2]["element"]["action_id"] == actions.SWAP_IN_FIELD
    assert forms.swapped_comparison(view["private_metadata"]) == 7
    assert Place.of(view["private_metadata"]) == Place("C0GENERAL")


class TestHome:
    def test_guide(self) -> None:
        """The first visit shows how it works: ask, vote, keep up."""
        view = home.home(home.Dashboard(), first_visit=True)

        assert check_view(view) == []
        for said in ("1. Ask.", "2. Vote.", "3. Keep up.", "Compare two tools", "Privacy"):
            assert said in drawn(view)

    def test_nothing_yet(self) -> None:
        """A dashboard without anything says in each part what would fill it."""
        shown = drawn(home.home(home.Dashboard(), first_visit=False))

        for said in (
            "No comparison is open",
            "You have not voted yet.",
            "/verdict subscribe mon 09:00",
            "No tool has votes",
        ):
            assert said in shown

    def test_dashboard(self) -> None:
        """The dashboard has what is open, my votes, the subscriptions with their next date, and the leaderboard."""
        link = "https://play.example/archives/C1/p1"
        shown = home.home(
            home.Dashboard(
                (home.OpenComparison(ASKED, Tally(2, {1: 4, 2: 1}), link),),
                (home.OwnVote(ASKED, (0,), None), home.OwnVote(replace(ASKED, closed_at=NOW), (), None)),
                ((SUBSCRIPTION, NOW),),
                (ToolStanding(FILES, 18, 20), ToolStanding(LLAMA, 1, 2)),
            ),
            first_visit=False,
        )

        assert check_view(shown) == []
        for said in (
            f"<{link}|Claude Files API vs Llama 4 Compact>",
            "▇▇▇▇▁ 4 of 5",
            "(open): Claude Files API",
            "(closed): none of these",
            "every Monday at 09:00 (Europe/Berlin). Next: <!date^1795000000^",
            "1. *Claude Files API* · 90 % · 18 of 20 people",
            "2. *Llama 4 Compact* · 1 of 2 people",
        ):
            assert said in drawn(shown)

    def test_long_lists(self) -> None:
        """Lists longer than ten say how many more there are."""
        many = home.Dashboard(open=(home.OpenComparison(ASKED, Tally(2, {}), None),) * 14)

        assert "… and 4 more" in drawn(home.home(many, first_visit=False))


def test_a_field_is_filled_with_what_fits_and_no_more() -> None:
    """What is typed beyond a field's length is left out of it, and no "…" becomes part of a name."""
    element = kit.text_input("name", 10, initial="a name that is too long")

    assert element["initial_value"] == "a name th"
