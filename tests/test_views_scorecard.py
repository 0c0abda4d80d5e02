"""The scorecard says what the votes say, in the order people read, and never more than the numbers allow."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from bot.model import Card, Comparison, Price, Scorecard, Take, Tally, Tool
from bot.views import kit, votes
from bot.views.scorecard import pointer, scorecard
from bot.views.text import date

NOW = 1_795_000_000
CLOSES = 1_795_600_000


def take(reviewer: str, verdict: Any, headline: str) -> Take:
    """A reviewer's take with this headline."""
    basis = "public documentation, not hands-on"
    return Take(reviewer.lower(), reviewer, verdict, headline, "Long text.", "Caveat.", "Verdicts", basis, "2026-11-22")


FILES = Tool(
    1,
    "claude-files-api",
    "Claude Files API",
    "Anthropic",
    "Developer Tools",
    "Upload once, then point requests at the file_id",
    "A storage endpoint.",
    "Apps that ask many questions of the same documents",
    "https://platform.claude.com/docs",
    Price(
        "paid",
        "Storage is free; file content is billed as input tokens.",
        "https://platform.claude.com/p",
        "2026-08-22",
    ),
    takes=(take("Builder", "ship", "Five plain endpoints"), take("Skeptic", "skip", "A locker without search")),
)
LLAMA = Tool(
    2,
    "llama-4-compact",
    "Llama 4 Compact",
    "Meta",
    "Models",
    "A 12B open-weight model",
    "An open model.",
    "Private, offline text features",
    None,
    Price("free", "Listed as free to download.", None, "2026-11"),
    takes=(take("Builder", "ship", "Right size for a laptop"), take("Skeptic", "ship", "Cheap to drop again")),
)
THIRD = replace(FILES, id=3, name="Gemini File Search", takes=())
FOURTH = replace(LLAMA, id=4, name="OpenAI Responses API")


def card(
    choices: Mapping[int, int] | None = None, *, tools: int = 2, closed: bool = False, tables: bool = True
) -> Scorecard:
    """A card of two to four tools on which these choices were made."""
    listed = (FILES, LLAMA, THIRD, FOURTH)[:tools]
    closed_at = CLOSES if closed else None
    asked = Comparison(7, "T1", "", listed, "support bot", "U0ADA", 1, NOW, CLOSES, closed_at, None)
    place = Card(3, "T1", "key", "C0GENERAL", None, "1.1", 7, tuple(range(tools)), 1, "U0ADA")
    return Scorecard(asked, place, listed, Tally(tools, choices or {}), tables)


def texts(value: object) -> list[str]:
    """Every text that is shown, in reading order."""
    found = []
    if isinstance(value, dict):
        for key, one in value.items():
            found += [one] if key == "text" and isinstance(one, str) else texts(one)
    elif isinstance(value, list):
        for one in value:
            found += texts(one)
    return found


def folded(lines: list[str]) -> list[str]:
    """The lines for a picture: the date token by a short name, folded at 90 characters."""
    short = [one.replace(date(CLOSES), "DATE") for line in lines for one in line.split("\n")]
    return [part for one in short for part in textwrap.wrap(one, 90)]


def shown(subject: Scorecard, now: int = NOW) -> str:
    """Everything on a card, line by line."""
    return "\n".join(texts(scorecard(subject, now).blocks))


def test_picture() -> None:
    """A card of seven voters, as it reads from top to bottom."""
    message = scorecard(card({1: 4, 2: 1, 3: 1, 0: 1}), NOW)

    assert folded(texts(message.blocks)) == snapshot(
        [
            "Claude Files API vs Llama 4 Compact",
            "Developer Tools, Models · asked by <@U0ADA> · for “support bot” · closes DATE",
            "Side by side",
            "Claude Files API",
            "Llama 4 Compact",
            "Panel",
            "50 % · 1 ship, 1 skip",
            "100 % · 2 ship, 0 skip",
            "Community",
            "71 % · 5 of 7 people",
            "29 % · 2 of 7 people",
            "Price",
            "Paid · Storage is free; file content is billed as input tokens. (as of 2026-08-22)",
            "Free · Listed as free to download. (unsourced, as of 2026-11)",
            "Best for",
            "Apps that ask many questions of the same documents",
            "Private, offline text features",
            "Category",
            "Developer Tools",
            "Models",
            "*Community* · 7 people",
            ":one: Claude Files API ▇▇▇▇▇▁▁ 5 of 7 · :two: Llama 4 Compact ▇▇▁▁▁▁▁ 2 of 7 · both 1 ·",
            "none 1",
            "Claude Files API leads, 4 to 1 among the 5 people who chose only one of the two.",
            "Reviewers: verdicts and headlines",
            "*Builder*",
            "Claude Files API: *ship* · Five plain endpoints",
            "Llama 4 Compact: *ship* · Right size for a laptop",
            "*Skeptic*",
            "Claude Files API: *skip* · A locker without search",
            "Llama 4 Compact: *ship* · Cheap to drop again",
            "Opinion, not tested. Basis: public documentation, not hands-on · newest take 2026-11-22",
            "Opinions, not tests",
            "Read the takes",
            "Vote with a reason",
            "Close the vote",
            "Copy link",
            ":one: Claude Files API · :two: Llama 4 Compact · :no_entry_sign: none of these — tick",
            "every tool you would ship; reactions are public",
        ]
    )
    assert folded([message.text]) == snapshot(
        [
            "Claude Files API vs Llama 4 Compact for “support bot”. Open until DATE. Community: 5 of 7",
            "people would ship Claude Files API, 2 of 7 people would ship Llama 4 Compact, 1 would ship",
            "both, 1 would ship none of these. Claude Files API leads, 4 to 1 among the 5 people who",
            "chose only one of the two. Claude Files API: panel 50 % · 1 ship, 1 skip; price paid, as",
            "of 2026-08-22; best for Apps that ask many questions of the same documents. Llama 4",
            "Compact: panel 100 % · 2 ship, 0 skip; price free, unsourced, as of 2026-11; best for",
            "Private, offline text features. React with :one: for Claude Files API, :two: for Llama 4",
            "Compact, :no_entry_sign: for none; tick every tool you would ship.",
        ]
    )


def test_order() -> None:
    """Title, facts, table, community, reviewers, buttons, how to vote: the order of the design."""
    kinds = [block["type"] for block in scorecard(card(), NOW).blocks]

    assert kinds == ["header", "context", "table", "section", "container", "actions", "context"]


def test_nobody() -> None:
    """Before the first vote there is no number, only "—"."""
    text = shown(card())

    assert "*Community* — nobody has voted" in text
    assert "0 of" not in text


@pytest.mark.parametrize("choices", [{1: 1}, {1: 2}, {1: 1, 2: 1}])
def test_too_few_for_a_share(choices: Mapping[int, int]) -> None:
    """Below three people there are counts, no percentages, no bars and no leader."""
    community = [cell for cell in texts(scorecard(card(choices), NOW).blocks) if " of " in cell]

    assert community
    assert not any("%" in text or "▇" in text or "leads" in text for text in community)


def test_shares_come_with_people() -> None:
    """From three people on the table has the share and how many people it is a share of."""
    text = shown(card({1: 4, 2: 1, 3: 1, 0: 1}))

    assert "71 % · 5 of 7 people" in text
    assert "29 % · 2 of 7 people" in text


def test_both_and_none() -> None:
    """People who ticked both, and people who would ship neither, are on the community line."""
    line = votes.community_line(["A", "B"], votes.count(Tally(2, {1: 4, 2: 1, 3: 1, 0: 1})))

    assert line == "A ▇▇▇▇▇▁▁ 5 of 7 · B ▇▇▁▁▁▁▁ 2 of 7 · both 1 · none 1"


def test_three_and_four_tools() -> None:
    """With more than two tools each has its own line, the bars one above the other; "both" becomes "more than one"."""
    text = shown(card({1: 4, 3: 1, 8: 1}, tools=4))

    assert ":one: ▇▇▇▇▇▁ 5 of 6 · Claude Files API\n:two: ▇▁▁▁▁▁ 1 of 6 · Llama 4 Compact\n" in text
    assert "more than one 1" in text
    assert "1 of 6 · OpenAI Responses API" in text


def test_leads_while_open() -> None:
    """While voting is open somebody "leads", and nobody wins."""
    text = shown(card({1: 6, 2: 2}))

    assert "Claude Files API leads, 6 to 2 among the 8 people who chose only one of the two." in text
    assert "win" not in text.lower()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "Closed without a vote."),
        ({1: 3, 2: 1}, "Too early to say: Claude Files API is ahead, 3 to 1 among the 4 people"),
        ({1: 1}, "Too early to say: Claude Files API is ahead, 1 to 0 among the 1 person"),
        ({1: 5, 2: 3}, "Split: Claude Files API is ahead, 5 to 3"),
        ({1: 6, 2: 2}, "Leaning to Claude Files API, 6 to 2"),
        ({2: 7, 1: 1}, "Clearly Llama 4 Compact, 7 to 1"),
        ({1: 4, 2: 4}, "Split: Claude Files API and Llama 4 Compact are level, 4 of 8 people each."),
        ({3: 2}, "Too early to say: Claude Files API and Llama 4 Compact are level, 2 of 2 people each."),
        ({1: 3, 0: 2}, "Not convinced by either: 2 of 5 people would ship none of these."),
        ({0: 2}, "Too early to say: 2 people voted, for none of these."),
    ],
)
def test_closing_words(choices: Mapping[int, int], words: str) -> None:
    """Once closed the words are as sure as the votes: early, split, leaning, clear, or not convinced."""
    text = shown(card(choices, closed=True))

    assert f"*Final result* · {words}" in text
    assert "leads" not in text


def test_closing_words_of_four() -> None:
    """Among more than two tools the rival is named, and "any of them" is said for "either"."""
    assert "Clearly Claude Files API, 8 to 0 against" in shown(card({1: 8}, tools=4, closed=True))
    assert "Not convinced by any of them" in shown(card({0: 8, 1: 2}, tools=3, closed=True))


def test_unsourced_price() -> None:
    """A price that nobody could source says so, and every price says how old it is."""
    text = shown(card())

    assert "Free · Listed as free to download. (unsourced, as of 2026-11)" in text
    assert "Paid · Storage is free; file content is billed as input tokens. (as of 2026-08-22)" in text


def test_reviewers() -> None:
    """Each reviewer has one line per tool with the verdict in words, and the card says that these are opinions."""
    text = shown(card())

    assert (
        "*Skeptic*\nClaude Files API: *skip* · A locker without search\nLlama 4 Compact: *ship* · Cheap to drop" in text
    )
    assert "Opinion, not tested. Basis: public documentation, not hands-on · newest take 2026-11-22" in text
    assert "50 % · 1 ship, 1 skip" in text


def test_no_takes() -> None:
    """Tools without takes have "—" for a panel and no empty box."""
    bare = replace(card(), tools=(replace(FILES, takes=()), replace(LLAMA, takes=())))
    kinds = [block["type"] for block in scorecard(bare, NOW).blocks]

    assert "container" not in kinds
    assert texts(scorecard(bare, NOW).blocks).count("—") == 4


def test_without_tables() -> None:
    """A workspace that refuses native tables reads the same facts in fields, side by side, and nothing is folded."""
    plain = card({1: 4, 2: 1}, tables=False)
    kinds = [block["type"] for block in scorecard(plain, NOW).blocks]
    fields = next(block for block in scorecard(plain, NOW).blocks if "fields" in block)

    assert not {"table", "container"} & set(kinds)
    assert texts(fields)[0].startswith("*Claude Files API*\n*Panel:* 50 % · 1 ship, 1 skip\n*Community:* 80 % · 4 of 5")
    assert len(texts(fields)) == 2


def test_flipped_card() -> None:
    """A card that shows the tools the other way round says what each emoji means on this card."""
    flipped = replace(card({1: 1, 2: 6}), tools=(LLAMA, FILES))

    assert ":one: Llama 4 Compact · :two: Claude Files API · :no_entry_sign: none of these" in shown(flipped)


def test_menu() -> None:
    """An open card can be closed, and a tool swapped while at most one person has voted; a closed one reopened."""

    def menu(subject: Scorecard) -> list[str]:
        actions = next(block for block in scorecard(subject, NOW).blocks if block["type"] == "actions")
        overflow: Any = actions["elements"][-1]
        return [option["value"] for option in overflow["options"]]

    assert menu(card({1: 1})) == ["close:v1:7", "swap:v1:7", "link:v1:7"]
    assert menu(card({1: 2})) == ["close:v1:7", "link:v1:7"]
    assert menu(card({1: 2}, closed=True)) == ["reopen:v1:7", "link:v1:7", "withdraw:v1:7"]


def test_closing_time() -> None:
    """The deadline is shown in each reader's own time; past it, the card says that it is closing."""
    assert "closes <!date^1795600000^{date_short_pretty} at {time}|25 Nov 2026, 09:46 UTC>" in shown(card())
    assert "closing now" in shown(card(), CLOSES)
    assert "*closed* <!date^1795600000^" in shown(card(closed=True))
    closed_by = replace(card(closed=True), comparison=replace(card(closed=True).comparison, closed_by="U0BJORN"))
    assert "by <@U0BJORN>" in shown(closed_by)


def test_rounds() -> None:
    """A later round of the same question says which one it is."""
    later = replace(card(), comparison=replace(card().comparison, round=2))

    assert "round 2" in shown(later)
    assert "round" not in shown(card())


def test_fallback_stands_alone() -> None:
    """The text that a screen reader gets has the result, the facts and how to vote, without drawings and mentions."""
    text = scorecard(card({1: 4, 2: 1}), NOW).text

    for said in (
        "Claude Files API vs Llama 4 Compact",
        "support bot",
        "4 of 5 people would ship",
        "leads",
        "50 %",
        "React",
    ):
        assert said in text
    assert "▇" not in text
    assert "<@" not in text


def test_many_reviewers() -> None:
    """A panel larger than a box holds is cut, and the card says how many more there are."""
    crowd = tuple(take(f"Lens {i}", "ship", "Yes") for i in range(11))
    full = replace(card(), tools=(replace(FILES, takes=crowd), LLAMA))

    assert "… and 5 more under *Read the takes*." in shown(full)
    assert kit.check(scorecard(full, NOW).blocks) == []


def test_pointer() -> None:
    """An older card becomes one line that leads to the newer one."""
    message = pointer((FILES, LLAMA), "https://play.example/archives/C1/p1")

    assert len(message.blocks) == 1
    assert "<https://play.example/archives/C1/p1|on a newer card>" in message.text

    closed = pointer((FILES, LLAMA), "https://play.example/archives/C1/p1", is_open=False)
    assert "the result is <https://play.example/archives/C1/p1|on a newer card> now" in closed.text
    assert "count" not in closed.text  # ticks on a closed vote do not


def test_redrawn_alike() -> None:
    """The same value is drawn the same twice, so that an edit that changes nothing can be seen to change nothing."""
    first, second = scorecard(card({1: 2}), NOW), scorecard(card({1: 2}), NOW)

    assert json.dumps(first.blocks) == json.dumps(second.blocks)
    assert first == second


@given(st.integers(0, 400).flatmap(lambda voters: st.tuples(st.integers(0, voters), st.just(voters))))
def test_bars(score: tuple[int, int]) -> None:
    """A bar is full only for everybody and empty only for nobody, and one cell a person up to ten."""
    ticks, voters = score
    drawn = votes.bar(ticks, voters)

    assert len(drawn) == min(voters, 10)
    assert ("▇" in drawn) == (ticks > 0)
    assert ("▁" in drawn) == (ticks < voters)
    if voters <= 10:
        assert drawn.count("▇") == ticks


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.tuples(st.just(n), st.dictionaries(st.integers(0, 2**n - 1), st.integers(1, 30)))
    )
)
def test_counting(drawn: tuple[int, dict[int, int]]) -> None:
    """A tally read for its words has the numbers that the tally itself gives."""
    tools, choices = drawn
    tally = Tally(tools, choices)
    counted = votes.count(tally)

    assert counted == votes.Count(tally.people, tuple(tally.ticks(i) for i in range(tools)), tally.several, tally.none)
