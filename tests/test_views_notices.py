"""Private answers say what to do next in one sentence and keep what was typed."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.model import Card, Comparison, DigestRun, Price, Scorecard, Subscription, Tally, Tool
from bot.views import actions, notices
from bot.views.actions import Ask
from bot.views.kit import Message, check
from bot.views.notices import Choice

NOW = 1_795_000_000
LINK = "https://play.example/archives/C1/p1"
FILES = Choice(1, "Claude Files API", "Anthropic")
LLAMA = Choice(2, "Llama 4 Compact (12B)", "Meta")
TYPED = 'cluade files vs lama 4 for "support" until fri 17:00'
ASK = Ask(TYPED, ("cluade files", "lama 4"), (1, 2), "support", "fri 17:00")


def tool(number: int, name: str) -> Tool:
    """A tool of this name."""
    return Tool(number, name.lower(), name, "", "", "", "", "", None, Price("free", "Free.", None, None))


COMPARISON = Comparison(
    7, "T1", "", (tool(1, "Claude Files API"), tool(2, "Llama 4 Compact")), "", "U0ADA", 1, NOW, NOW + 9, None, None
)
CARD = Card(3, "T1", "key", "C0GENERAL", None, None, 7, (1, 0), 1, "U0ADA")


def flipped(counts: Mapping[int, int], closed_at: int | None = None) -> Scorecard:
    """A card that shows the tools in the other order than they are stored in, with the votes in its own order."""
    return Scorecard(
        replace(COMPARISON, closed_at=closed_at), CARD, COMPARISON.tools[::-1], Tally(2, counts), permalink=LINK
    )


SUBSCRIPTION = Subscription(5, "T1", "C0GENERAL", 0, 540, "Europe/Berlin", None, False, "U0ADA", NOW, None, None)


def buttons(message: Message) -> Mapping[str, Any]:
    """The buttons of a message by what they say."""
    found: dict[str, Any] = {}
    for block in message.blocks:
        elements: list[Any] = []
        if block["type"] == "actions":
            elements += block["elements"]
        if block["type"] == "section" and "accessory" in block:
            elements.append(block["accessory"])
        found |= {element["text"]["text"]: element for element in elements}
    return found


def copied(message: Message) -> list[str]:
    """What stands in a message to be copied, letter for letter."""
    return [
        piece["text"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for piece in section["elements"]
        if piece.get("style") == {"code": True}
    ]


class TestNames:
    def test_did_you_mean(self) -> None:
        """A guess is asked about by name, can be posted with one click, and keeps the line as typed."""
        message = notices.did_you_mean(ASK, [FILES, LLAMA])

        assert message.text.startswith("Did you mean *Claude Files API* vs *Llama 4 Compact (12B)*?")
        assert list(buttons(message)) == ["Post", "Choose another"]
        assert Ask.of(buttons(message)["Post"]["value"]) == ASK
        assert Ask.of(buttons(message)["Choose another"]["value"]) == ASK
        assert copied(message) == [TYPED]

    def test_several(self) -> None:
        """Several near tools are a row of buttons, each of which answers for the open name and nothing else."""
        message = notices.several(
            replace(ASK, tools=(None, 2)), "files", [FILES, replace(FILES, id=9, name="Files Beta")]
        )

        assert list(buttons(message)) == ["Claude Files API", "Files Beta", "Choose another"]
        assert Ask.of(buttons(message)["Files Beta"]["value"]).tools == (9, 2)
        assert buttons(message)["Files Beta"]["action_id"] == "pick_1"

    def test_one_name_twice(self) -> None:
        """Tools of one name are told apart by their vendors."""
        message = notices.several(ASK, "files", [FILES, Choice(9, "Claude Files API", "Other Maker")])

        assert list(buttons(message))[:2] == ["Claude Files API (Anthropic)", "Claude Files API (Other Maker)"]

    def test_unknown(self) -> None:
        """An unknown name gets the nearest as buttons, the list, and the text as typed."""
        message = notices.unknown(replace(ASK, tools=(None, 2)), "cluade files", [FILES, LLAMA])

        assert "“cluade files”" in message.text
        assert list(buttons(message)) == ["Claude Files API", "Llama 4 Compact (12B)", "Choose from the list", "Add it"]
        assert Ask.of(buttons(message)["Add it"]["value"]).names == ("cluade files",)
        assert copied(message) == [TYPED]

    def test_nonsense(self) -> None:
        """A name that is near nothing leaves the list to choose from, and can be added."""
        message = notices.unknown(replace(ASK, tools=(None, 2)), "xyzzy", [])

        assert list(buttons(message)) == ["Choose from the list", "Add it"]

    def test_one_tool(self) -> None:
        """Somebody who asked for one tool chooses among the near ones by id."""
        message = notices.unknown_tool("cluade", [FILES])

        assert buttons(message)["Claude Files API"]["value"] == "v1:1"
        assert buttons(notices.several_tools("files", [FILES, LLAMA]))["Llama 4 Compact (12B)"]["value"] == "v1:2"
        assert list(buttons(notices.unknown_tool("xyzzy", []))) == ["Add it"]

    @pytest.mark.parametrize(
        ("message", "said"),
        [
            (notices.same_tool(ASK, FILES), "Two of those names mean *Claude Files API*."),
            (notices.too_many(replace(ASK, names=("a",) * 6)), "two to four tools, and these are 6"),
            (notices.needs_two(replace(ASK, names=("zed",))), "/compare zed vs Llama 4 Compact"),
        ],
    )
    def test_wrong_numbers(self, message: Message, said: str) -> None:
        """The same tool twice, too many and too few have a sentence each, and the dialog is one click away."""
        assert said in message.text
        assert Ask.of(buttons(message)["Choose the tools"]["value"]).typed == TYPED
        assert copied(message) == [TYPED]


class TestPosting:
    def test_public_channel(self) -> None:
        """In a public channel without the bot, one click adds it and posts what was typed."""
        message = notices.join_first(ASK, "C0AITOOLS")

        assert "<#C0AITOOLS>" in message.text
        assert Ask.of(buttons(message)["Add me and post"]["value"]) == ASK

    def test_private_channel(self) -> None:
        """In a private channel the exact line to invite the bot is there, and a button to try again."""
        message = notices.invite_first(ASK)

        assert "`/invite @Verdicts`" in message.text
        assert Ask.of(buttons(message)["Try again"]["value"]) == ASK

    def test_nowhere(self) -> None:
        """Where no bot can post, the person learns where it can, with the line kept."""
        assert copied(notices.cannot_post_here(ASK)) == [TYPED]

    def test_already_open(self) -> None:
        """A question that is open says how many voted and until when; only its starter may start over."""
        everyone = notices.already_open(flipped({1: 4, 2: 1}), ASK, may_start_over=False)
        starter = notices.already_open(flipped({1: 4, 2: 1}), ASK, may_start_over=True)

        assert "Llama 4 Compact vs Claude Files API> is already open: 5 people voted, closes <!date^" in everyone.text
        assert buttons(everyone)["Show it here again"]["value"] == "v1:7"
        assert list(buttons(everyone)) == ["Show it here again"]
        assert "confirm" in buttons(starter)["Start over"]
        assert "nobody has voted yet" in notices.already_open(flipped({}), ASK, may_start_over=False).text

    def test_closed_before(self) -> None:
        """A question that was closed shows its result first, in its card's order; then a new round, or it for all."""
        message = notices.closed_before(flipped({1: 8}, closed_at=NOW), ASK)

        assert "Clearly Llama 4 Compact, 8 to 0" in message.text
        assert "Llama 4 Compact ▇▇▇▇▇▇▇▇ 8 of 8 · Claude Files API" in str(message.blocks)
        assert Ask.of(buttons(message)["New round"]["value"]) == ASK
        assert buttons(message)["Post the result"]["value"] == "v1:7"

    def test_post_again(self) -> None:
        """After a crash while posting, the starter can post the card again by its id."""
        assert buttons(notices.post_again(flipped({})))["Post it again"]["value"] == "v1:3"


class TestWeekly:
    def test_subscribed(self) -> None:
        """The answer states day, time, zone, the next date and how to stop, exactly as subscribed."""
        text = notices.subscribed(replace(SUBSCRIPTION, category="Models"), NOW).text

        for said in (
            "<#C0GENERAL>",
            "every Monday at 09:00 (Europe/Berlin), only Models",
            "Next: <!date^1795000000^",
        ):
            assert said in text
        assert "An empty week is not posted." in text
        assert "`/verdict unsubscribe`" in text

    def test_changed(self) -> None:
        """A changed subscription says that it was changed, and that empty weeks come too where that was asked for."""
        text = notices.subscribed(replace(SUBSCRIPTION, even_if_empty=True), NOW, changed=True).text

        assert "now gets" in text
        assert "An empty week is posted too." in text

    def test_unsubscribed(self) -> None:
        """Unsubscribing gives the line that undoes it."""
        assert "`/verdict subscribe mon 09:00 tz Europe/Berlin`" in notices.unsubscribed(SUBSCRIPTION).text
        assert "Subscribe" in buttons(notices.not_subscribed("C0GENERAL"))

    def test_line_to_edit(self) -> None:
        """*Change* gives the line that holds now, to be copied and edited."""
        assert copied(notices.change(replace(SUBSCRIPTION, category="Models"))) == [
            "/verdict subscribe mon 09:00 tz Europe/Berlin in:Models"
        ]

    def test_list(self) -> None:
        """The list says for each channel when it comes next, or why it does not, and who subscribed it."""
        paused = replace(SUBSCRIPTION, channel="C0RANDOM", paused_until="2026-12-24")
        broken = replace(SUBSCRIPTION, channel="C0NEWS", paused_until="", pause_reason="is_archived")
        message = notices.subscriptions([(SUBSCRIPTION, NOW), (paused, None), (broken, None)])
        drawn = json.dumps(message.blocks)

        assert "Next: <!date^1795000000^" in drawn
        assert "Paused until 2026-12-24." in drawn
        assert "Paused, because the channel is archived." in drawn
        assert "Subscribed by <@U0ADA>" in drawn
        assert "and 2 more" in message.text
        assert "/verdict subscribe" in notices.subscriptions([]).text

    def test_long_list(self) -> None:
        """A list longer than a message is cut, with the number that is left out."""
        message = notices.subscriptions([(SUBSCRIPTION, NOW)] * 30)

        assert check(message.blocks, message.text) == []
        assert "… and 10 more" in json.dumps(message.blocks, ensure_ascii=False)

    def test_preview(self) -> None:
        """A preview says that nobody else sees it, and can be posted where the channel is subscribed."""
        digest = Message("The week's verdicts.", list(notices.told("x").blocks))

        assert notices.preview(digest, SUBSCRIPTION).text == "Preview, only you can see this. The week's verdicts."
        assert buttons(notices.preview(digest, SUBSCRIPTION))["Post it now"]["value"] == "v1:5"
        assert buttons(notices.preview(digest, None)) == {}

    @pytest.mark.parametrize(
        ("message", "said"),
        [
            (notices.paused(replace(SUBSCRIPTION, paused_until="2026-12-24")), "pause until 2026-12-24"),
            (notices.paused(replace(SUBSCRIPTION, paused_until="")), "pause until somebody resumes them"),
            (notices.resumed(SUBSCRIPTION, NOW), "go on, every Monday"),
            (notices.left_out(SUBSCRIPTION, "2026-W52", NOW), "week 2026-W52 are left out"),
            (notices.nothing_new(SUBSCRIPTION, NOW), "Next:"),
            (notices.nothing_new(None, None), "Nothing has happened"),
        ],
    )
    def test_answers(self, message: Message, said: str) -> None:
        """Pause, resume, skip and an empty week each say what comes next."""
        assert said in message.text

    def test_trouble(self) -> None:
        """A digest that could not be posted, or may not have been, leaves the choice to its subscriber."""
        run = DigestRun(9, "T1", "C0GENERAL", "2026-W48", NOW, "uncertain", "key", 1)
        reason = replace(SUBSCRIPTION, paused_until="", pause_reason="not_in_channel")

        assert buttons(notices.digest_uncertain(run))["Post it again"]["value"] == "v1:9"
        assert list(buttons(notices.digest_paused(reason))) == ["Resume", "Stop"]
        assert "because I am no longer in the channel: invite me again." in notices.digest_paused(reason).text
        for code, said in (
            ("restricted_action_read_only_channel", "only some people may post in the channel"),
            ("something_new", "Slack refused it (something_new)"),
        ):
            assert said in notices.digest_paused(replace(reason, pause_reason=code)).text


class TestGeneral:
    def test_refused(self) -> None:
        """A line that cannot be read is shown as typed, beside the line that would work."""
        message = notices.refused("“mun” is no day.", "subscribe mun 09:00", "/verdict subscribe mon 09:00")

        assert copied(message) == ["subscribe mun 09:00", "/verdict subscribe mon 09:00"]
        assert "“mun” is no day." in message.text

    def test_unexpected(self) -> None:
        """A failure of ours has a code for the log and keeps the line."""
        message = notices.unexpected("a1b2c3d4", "x vs y")

        assert "*a1b2c3d4*" in message.text
        assert copied(message) == ["x vs y"]

    @pytest.mark.parametrize(("seconds", "said"), [(None, "in a moment"), (1, "in 1 second."), (3, "in 3 seconds.")])
    def test_too_many_requests(self, seconds: int | None, said: str) -> None:
        """Who asks too fast learns when to ask again."""
        assert said in notices.too_many_requests(seconds).text

    def test_first_vote(self) -> None:
        """A first vote is confirmed by name, with how to withdraw it and who can see it."""
        text = notices.first_vote(COMPARISON.tools, NOW, LINK).text

        assert "*Claude Files API* and *Llama 4 Compact*" in text
        assert "remove your reactions" in text
        assert "Everyone in the channel can see" in text
        assert "*none of these*" in notices.first_vote((), NOW, None).text

    def test_link(self) -> None:
        """The link to a card is there to be copied, and is not made of anything else."""
        assert f"<{LINK}>" in notices.link_to(COMPARISON.tools, LINK).text
        assert "<javascript" not in notices.link_to(COMPARISON.tools, "javascript:alert(1)").text


class TestHelp:
    @pytest.mark.parametrize("verb", notices.HELP)
    def test_every_verb(self, verb: str) -> None:
        """Help on a verb has its usage and a line that works when pasted: no look-alikes in it."""
        message = notices.help_message(verb)
        (block,) = message.blocks
        assert block["type"] == "section"
        pasted = html.unescape(block["text"]["text"])

        assert check(message.blocks, message.text) == []
        assert notices.HELP[verb].usage in pasted
        assert all(f"`{line}`" in pasted for line in notices.HELP[verb].examples)
        assert not set("∶∗＠․＿‹") & set(pasted)

    @pytest.mark.parametrize("verb", [None, "nonsense"])
    def test_everything(self, verb: str | None) -> None:
        """Help without a verb shows the main lines, names the others and opens the dialog."""
        message = notices.help_message(verb)

        assert "/compare claude files api vs llama 4 compact" in message.text
        assert buttons(message)["Compare two tools"]["action_id"] == actions.COMPARE
        assert all(name in json.dumps(message.blocks) for name in ("leaderboard", "privacy", "unsubscribe"))
