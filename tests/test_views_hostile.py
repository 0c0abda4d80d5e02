"""No name and nothing that a person typed can ping, link, format or break a message, whichever view it appears in."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView
from slackblocks import DataVisualizationBlock
from slackblocks.objects import AxisConfig, BarChart, DataPoint, DataSeries

from bot.counting import WhoCounts
from bot.model import (
    Audit,
    AuditLine,
    Card,
    Change,
    Comparison,
    Digest,
    DigestChange,
    DigestMove,
    DigestResult,
    DigestRun,
    OwnReason,
    PastPrice,
    PastVerdict,
    Price,
    Reason,
    Reasons,
    Reviewer,
    Scorecard,
    Search,
    Secrecy,
    Subscription,
    Take,
    Tally,
    Tool,
    ToolCard,
    ToolComparison,
    ToolStanding,
    UnusualRate,
)
from bot.views import (
    catalogue_forms,
    digest,
    forms,
    home,
    kit,
    lists,
    notices,
    panel_forms,
    scorecard,
    settings_form,
    takes,
    tool_card,
)
from bot.views.actions import Ask
from bot.views.audit import audit
from bot.views.kit import Message
from bot.views.reasons import About, reason_dialog, saved
from playground.block_rules import message_problems
from playground.text_rules import live_in, live_in_message
from playground.view_rules import view_problems

NOW = 1_795_000_000
CORPUS = [
    "<!channel>",
    "<!here> <!everyone>",
    "@here @channel @everyone",
    "<@U0ADA>",
    "<!subteam^S012345|team>",
    "<#C0GENERAL|general> #general",
    "<http://evil.example|Claude Files API>",
    "http://evil.example/x https://evil.example mailto:a@evil.example",
    "evil.example www.evil.com EVIL.COM a@evil.com",
    "&lt;!here&gt; &amp;lt;!here&amp;gt;",
    "`code` ```block``` *bold* _italic_ ~strike~",
    "*_~`*_~`",
    "> quote\n>>> quote",
    "line one\nline two\r\nline three\u2028line four",
    ":ship: :+1::skin-tone-3: ::one::",
    "\u202eevil\u202c \u2066x\u2069 \u200bzero\u200b\u200d\ufeff \x00\x07\x1b[31m",
    "\u00ad\u034f\u115f\u3164\u2800\ufe0f\U000e0041\U000e007f",
    "Z" + "\u0301" * 500,
    "\u0301\u0301 starts with marks",
    "x" * 10_000,
    "&" * 1_000,
    "<" * 300,
    "👩‍👩‍👧‍👦" * 200,
    "𝕏" * 400,
    "Сlaude Files АPI",
    "שלום عربى",
    "\ud800 lone",
    "",
    "   ",
    "|" * 100,
    '"}],"type":"button',
]


def tool(number: int, word: str, *, reviewers: int = 4) -> Tool:
    """A tool all of whose texts are the word."""
    panel = tuple(
        Take(f"lens{i}", word, "ship", word, word, word, word, word, word if i else "2026-11-22")
        for i in range(reviewers)
    )
    price = Price("paid", word, word, word)
    return Tool(number, word, word, word, word, word, word, word, word, price, (word,) * 9, (word,), word, panel)


def comparison(word: str, tools: int = 4, *, closed: bool = False) -> Comparison:
    """A comparison of such tools."""
    listed = tuple(tool(i + 1, word) for i in range(tools))
    closed_at = NOW if closed else None
    return Comparison(7, "T1", "", listed, word, word, 2, NOW, NOW + 9, closed_at, word if closed else None)


def card(word: str, tools: int = 4, *, tables: bool = True, closed: bool = False, reviewers: int = 4) -> Scorecard:
    """A scorecard of such tools, with votes."""
    asked = comparison(word, tools, closed=closed)
    shown = tuple(tool(i + 1, word, reviewers=reviewers) for i in range(tools))
    place = Card(3, "T1", "key", "C0GENERAL", None, "1.1", 7, tuple(range(tools)), 1, "U0ADA")
    counted = {1: 6, 2: 3, 3: 2, 0: 1}
    asked = replace(asked, guests="out", externals="out", recounted_at=NOW)
    tally = Tally(tools, counted, apart={1: 2, 0: 1}, users=((3, 4),) * tools)
    return Scorecard(asked, place, shown, tally, tables, ("one", word, "three", "four"), word)


def subscription(word: str) -> Subscription:
    """A subscription all of whose texts are the word."""
    return Subscription(5, word, word, 0, 540, word, word, False, word, NOW, word, word, (word,), word)


def week(word: str, *, tables: bool = True, items: int = 12) -> Digest:
    """A digest with more of everything than fits."""
    results = tuple(
        DigestResult(comparison(word, 2 + i % 3, closed=i % 2 == 0), Tally(2 + i % 3, {1: 6, 2: 1, 0: 1}), word)
        for i in range(items)
    )
    standings = tuple(ToolStanding(tool(i, word), 3, 9) for i in range(items))
    old, new = Price("free", word, None, None), tool(1, word)
    changes = (
        DigestChange("new tool", new),
        DigestChange("new take", new, new.takes[0]),
        DigestChange("turned take", new, new.takes[0]),
        DigestChange("new price", new, old_price=old),
    ) * items
    moves = tuple(DigestMove(one, None, 2) for one in standings)
    return Digest(subscription(word), word, NOW, NOW, results, results, standings, changes, moves, results, tables)


def every_message(word: str) -> Iterator[tuple[str, Message]]:
    """Every message there is, with the word wherever a text comes from outside."""
    four, linked = comparison(word), replace(card(word), permalink=word)
    ask = Ask(word, (word,) * 4, (1, None), word, word, 7)
    choices = [notices.Choice(i, word, word) for i in range(7)]
    sub, chosen = subscription(word), tool(1, word)
    for tools in (2, 4):
        for tables in (True, False):
            for closed in (True, False):
                yield (
                    f"card {tools} {tables} {closed}",
                    scorecard.scorecard(card(word, tools, tables=tables, closed=closed), NOW),
                )
    for secrecy in get_args(Secrecy):
        secret = card(word)
        secret = replace(secret, comparison=replace(secret.comparison, secrecy=secrecy, by_buttons=True))
        yield f"card with buttons {secrecy}", scorecard.scorecard(secret, NOW)
        yield f"button vote {secrecy}", notices.button_vote(secret.tools, "apart", secret)
        yield f"button vote taken back {secrecy}", notices.button_vote(None, "counted", secret)
    for tables in (True, False):
        crowd = card(word, tables=tables, reviewers=14)
        yield f"card of many reviewers {tables}", scorecard.scorecard(crowd, NOW)
        yield f"digest {tables}", digest.digest(week(word, tables=tables))
        yield f"small digest {tables}", digest.digest(week(word, tables=tables, items=1))
        for posted in (None, card(word).card):
            standing = ToolStanding(chosen, 6, 8, 2)
            compared = (
                ToolComparison(comparison(word), Tally(4, {1: 6, 0: 1}), word),
                ToolComparison(comparison(word, closed=True), Tally(4, {1: 6, 0: 1}), None),
            )
            past = (PastPrice(chosen.price, NOW),) * 5, (PastVerdict(word, "skip", word, word, NOW),) * 5, compared * 3
            yield f"tool {tables} {posted is None}", tool_card.tool_card(ToolCard(standing, posted, tables, *past))
    yield "open list", lists.open_list([card(word)] * 30)
    some = tuple(tool(i, word) for i in range(1, 11))
    yield "found", lists.found(Search(word, word, ("free", "paid"), 39, 10, 10, some))
    yield "leaders", lists.leaders([ToolStanding(tool(i, word), 3, 4) for i in range(1, 40)], word, 15)
    yield "result", lists.result(card(word), card(word).tools)
    yield "no result", lists.result(None, card(word).tools)
    yield "retired", notices.retired(chosen)
    yield "restored", notices.restored(chosen)
    yield "what was taken out", notices.retired_list(word, [(i, word) for i in range(10)])
    yield "empty digest", digest.digest(Digest(sub, word, NOW, NOW))
    yield "pointer", scorecard.pointer(four.tools, word)
    yield "pointer to a result", scorecard.pointer(four.tools, word, is_open=False)
    yield "pointer to buttons", scorecard.pointer(four.tools, word, by_buttons=True)
    yield "told", notices.told(word)
    yield "refused", notices.refused(word, word, word)
    yield "unexpected", notices.unexpected(word, word)
    yield "too many requests", notices.too_many_requests(3, word)
    yield "link", notices.link_to(four.tools, word)
    line = AuditLine(NOW, word, four.tools, word, is_present=True, kind="external", treatment="apart")
    lines = (line, replace(line, tools=None), replace(line, tools=(), is_present=False, emoji="")) * 7
    rates = (UnusualRate("changes", word, 3, NOW), UnusualRate("crowd", "", 1, NOW)) * 3
    yield "audit", audit(Audit(card(word), lines, 1, 3, rates))
    yield "empty audit", audit(Audit(card(word), (), 0, 1, ()))
    yield "reason withdrawn", saved(card(word), is_withdrawn=True, has_vote=True)
    yield "reason kept", saved(card(word), is_withdrawn=False, has_vote=False)
    yield "first vote", notices.first_vote(four.tools, NOW, word)
    yield "did you mean", notices.did_you_mean(ask, choices[:4])
    yield "several", notices.several(ask, word, choices)
    yield "unknown", notices.unknown(ask, word, choices)
    yield "unknown, none near", notices.unknown(ask, word, [])
    yield "same", notices.same_tool(ask, choices[0])
    yield "too many", notices.too_many(ask)
    yield "needs two", notices.needs_two(ask)
    yield "several tools", notices.several_tools(word, choices)
    yield "several tools or a verb", notices.several_tools(word, choices, word)
    yield "unknown tool", notices.unknown_tool(word, choices)
    yield "join", notices.join_first(ask, word)
    yield "invite", notices.invite_first(ask)
    yield "cannot post", notices.cannot_post_here(ask)
    yield "already open", notices.already_open(linked, ask, may_start_over=True)
    yield "closed before", notices.closed_before(replace(card(word, 2, closed=True), permalink=word), ask)
    yield "post again", notices.post_again(card(word))
    yield "subscribed", notices.subscribed(sub, NOW)
    yield "change", notices.change(sub)
    yield "unsubscribed", notices.unsubscribed(sub)
    yield "not subscribed", notices.not_subscribed(word)
    yield "subscriptions", notices.subscriptions([(sub, NOW)] * 30)
    yield "preview", notices.preview(digest.digest(week(word)), sub)
    yield "nothing new", notices.nothing_new(sub, NOW)
    yield "paused", notices.paused(sub)
    yield "resumed", notices.resumed(sub, NOW)
    yield "left out", notices.left_out(sub, word, NOW)
    yield "digest paused", notices.digest_paused(sub)
    yield "digest uncertain", notices.digest_uncertain(DigestRun(1, word, word, word, NOW, "uncertain", word, 1))
    yield "first words", notices.first_words()
    yield "help", notices.help_message(word)


def every_view(word: str) -> Iterator[tuple[str, Any]]:
    """Every dialog and Home tab, with the word wherever a text comes from outside."""
    four = comparison(word)
    ask = Ask(word, (word,) * 4, (1, None), word, word)
    place = forms.Place("C0GENERAL", "1.1")
    for page in (0, 1, 99):
        yield f"takes {page}", takes.takes(four.tools, page)
    said = tuple(Reason(word if i % 2 else None, four.tools, four.tools, word, is_apart=True) for i in range(100))
    for page in (1, 2):
        yield f"takes with reasons {page}", takes.takes(four.tools, page, Reasons(said, 7), 7)
    for secrecy in get_args(Secrecy):
        shown_card = card(word)
        secret = replace(shown_card, comparison=replace(four, secrecy=secrecy, by_buttons=secrecy != "open"))
        for ticked in (None, (), four.tools):
            own = OwnReason(secret, ticked, four.tools, word)
            yield f"reason {secrecy} {ticked is None}", reason_dialog(own, About(7, "C0GENERAL", "1.1", "1.1"))
    yield "takes of many reviewers", takes.takes([tool(i, word, reviewers=40) for i in range(4)], 1)
    yield "takes of none", takes.takes([tool(1, word, reviewers=0)])
    yield "compare", forms.compare_dialog(forms.Place(), (four.tools[0], None), ask)
    about = catalogue_forms.About(1, "C0GENERAL")
    yield "new tool", catalogue_forms.tool_dialog(about, name=word)
    yield "edit tool", catalogue_forms.tool_dialog(about, four.tools[0])
    for is_certain in (True, False):
        resembling = catalogue_forms.resembling_dialog(about, four.tools[0], word, is_certain=is_certain)
        yield f"resembling {is_certain}", resembling
    drafted = tool_card.tool_card(ToolCard(ToolStanding(four.tools[0], 6, 8, 2), None, tables=False))
    yield "preview", catalogue_forms.preview_dialog(drafted)
    yield "no preview", catalogue_forms.unready_dialog(dict.fromkeys(("name", "url", "take", "else"), word))
    yield "taken out", catalogue_forms.notice_dialog("Taken out", notices.retired(four.tools[0]))
    seats = [Reviewer(f"lens-{i}", word, is_retired=i % 3 == 0) for i in range(40)]
    yield "panel", panel_forms.panel_dialog(seats)
    yield "rename", panel_forms.rename_dialog(seats, "lens-1", "V0BEHIND")
    yield "write take", catalogue_forms.take_dialog(about, four.tools[0], {f"lens{i}": word for i in range(40)})
    changes = [Change(NOW, word, deed, word) for deed in ("added", "edited", "take", "catalogue_editors") * 5]
    yield "settings", settings_form.settings_dialog("admins", WhoCounts("out", "counted"), changes)
    yield "settings, nothing changed", settings_form.settings_dialog("everyone", WhoCounts(), [])
    yield "swap", forms.swap_dialog(card(word), place)
    shown = home.Dashboard(
        (home.OpenComparison(four, Tally(4, {1: 6, 0: 1}), word),) * 12,
        (home.OwnVote(four, (0, 3), word), home.OwnVote(four, (), None)) * 6,
        ((subscription(word), NOW),) * 12,
        (ToolStanding(four.tools[0], 6, 8),) * 12,
    )
    yield "home", home.home(shown, first_visit=False)
    yield "guide", home.home(shown, first_visit=True)


def strings(value: object) -> Iterator[str]:
    """Every string anywhere in JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def mrkdwn(value: object) -> Iterator[str]:
    """Every text that Slack reads as markup."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        else:
            for one in value.values():
                yield from mrkdwn(one)
    elif isinstance(value, list):
        for one in value:
            yield from mrkdwn(one)


def literals(value: object) -> Iterator[dict[str, Any]]:
    """Every plain_text."""
    if isinstance(value, dict):
        if value.get("type") == "plain_text":
            yield value
        for one in value.values():
            yield from literals(one)
    elif isinstance(value, list):
        for one in value:
            yield from literals(one)


OURS = re.compile(r"<!date\^\d+\^[^<>|]*\|[^<>]*>|<(?:@[UW]|#[CG])[A-Z0-9]+>|<https?://[^<>|]+(?:\|[^<>]*)?>")


def active(text: str) -> dict[str, int]:
    """How often each thing that Slack would act on stands in a text of markup."""
    rest = OURS.sub(" ", text)
    return {
        "tags": len(re.findall(r"[<>]", rest)),
        "bold": rest.count("*"),
        "strike": rest.count("~"),
        "code": rest.count("`"),
        "italics": len(re.findall(r"(?<![^\W_])_|_(?![^\W_])", re.sub(r":[\w+'-]+:", " ", rest))),
        "emoji": len(re.findall(r":[^\s:]+:", rest)),
        "quotes": len(re.findall(r"^(?:&gt;|>)", rest, re.MULTILINE)),
        "lines": text.count("\n"),
        "domains": len(re.findall(r"\w\.[^\W\d_]{2}", rest)),
        "schemes": len(re.findall(r"://", rest)),
        "mentions": len(re.findall(r"[@#]\w", rest)),
    }


def invisible(text: str) -> list[str]:
    """Control, zero-width, bidirectional and other characters that nobody sees."""
    return [
        f"U+{ord(ch):04X}"
        for ch in text
        if (unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp") and ch != "\n")
        or ch in "\u034f\u115f\u1160\u3164\uffa0\u2800"
        or 0xFE00 <= ord(ch) <= 0xFE0F
        or 0xE0000 <= ord(ch) <= 0xE0FFF
    ]


def texts_of(shown: object) -> list[str]:
    """The texts of a message or view that Slack reads as markup, in order."""
    if isinstance(shown, Message):
        return [shown.text, *mrkdwn(shown.blocks)]
    return list(mrkdwn(shown))


@lru_cache(maxsize=1)
def harmless() -> dict[str, Any]:
    return everything("Plain")


def everything(word: str) -> dict[str, Any]:
    return {**dict(every_message(word)), **dict(every_view(word))}


def assert_inert(word: str) -> None:
    """The word is in every view and does nothing there: what is active is what is active around a harmless word."""
    plain, hostile = harmless(), everything(word)
    for name, shown in hostile.items():
        whole = {"text": shown.text, "blocks": shown.blocks} if isinstance(shown, Message) else shown
        for text in strings(whole):
            assert not invisible(text), (name, text)
            json.dumps(text).encode().decode()
            text.encode()
        live = live_in_message(whole) if isinstance(shown, Message) else live_in(shown["blocks"])
        mentions = [one for one in live.mentions if one != "<#C0GENERAL>"]  # the channel's own id, from Slack
        assert (mentions, live.links, live.invisible) == ([], [], []), name
        for literal in literals(whole):
            assert literal["emoji"] is False, name
            assert "\n" not in literal["text"]
        expected = dict.fromkeys(active(""), 0)
        found = dict(expected)
        for text in texts_of(plain[name]):
            for key, count in active(text).items():
                expected[key] += count
        for text in texts_of(shown):
            for key, count in active(text).items():
                found[key] += count
        more = {key: (count, expected[key]) for key, count in found.items() if count > expected[key]}
        assert not more, (name, texts_of(shown))


@pytest.mark.fault("S05")
@pytest.mark.parametrize("word", CORPUS)
def test_corpus(word: str) -> None:
    """Every hostile text is dead in every view: no mention, no link, no formatting, no invisible character."""
    assert_inert(word)


@pytest.mark.fault("S05")
@settings(max_examples=25, deadline=None)
@given(
    st.text(st.sampled_from("<>&@#!|*_~`:./\\\"' \n\r\t\u200b\u200d\u202e\ufe0f\u0301\U0001f6a2aZ1é文")).map(
        lambda text: text * 3
    )
)
def test_any_text(word: str) -> None:
    """So is any text made of the characters that mean something to Slack."""
    assert_inert(word)


@pytest.mark.fault("R06")
@pytest.mark.parametrize("word", [*CORPUS, "W" * 80, "W" * 160, "文" * 160, "word " * 600])
def test_limits(word: str) -> None:
    """Every view is one that Slack takes, with the longest names and takes, by our check and the stand-in's."""
    for name, message in every_message(word):
        assert kit.check(message.blocks, message.text) == [], name
        assert message_problems(list(message.blocks)) == ("", []), name
        assert message.text.strip(), name
    for name, view in every_view(word):
        assert kit.check_view(view) == [], name
        assert view_problems(view) == ("", []), name


def as_slackblocks(block: dict[str, Any]) -> Any:
    chart = block["chart"]
    series = [DataSeries(one["name"], [DataPoint(**point) for point in one["data"]]) for one in chart["series"]]
    return DataVisualizationBlock(block["title"], BarChart(series, AxisConfig(**chart["axis_config"])))


@pytest.mark.fault("R06")
@pytest.mark.parametrize("word", ["Claude Files API", "W" * 160])
def test_outside_judges(word: str) -> None:
    """Slack's own models read every block back as it was written, and slackblocks the chart that they do not know."""
    charts = 0
    for name, message in every_message(word):
        for block in message.blocks:
            if block["type"] == "data_visualization":
                judged = json.loads(repr(as_slackblocks(dict(block))))
                del judged["block_id"]  # which it makes up
                charts += 1
            else:
                known = SdkBlock.parse(dict(block))
                assert known is not None, name
                judged = known.to_dict()
            assert judged == block, name
    for name, view in every_view(word):
        assert SdkView(**view).to_dict() == view, name
    assert charts


def test_cut_is_visible() -> None:
    """A long name ends in "…" wherever it is cut, and is cut to 80 characters on its own line."""
    long = replace(tool(1, "Plain"), name="W" * 300)
    drawn = json.dumps(
        scorecard.scorecard(replace(card("Plain", 2), tools=(long, long)), NOW).blocks, ensure_ascii=False
    )

    assert "W" * 79 + "…" in drawn
    assert "W" * 80 not in drawn


@pytest.mark.parametrize("judge", [kit.check, lambda blocks: message_problems(blocks)[1]])
def test_judges_can_refuse(judge: Callable[[Any], list[str]]) -> None:
    """The judges of these tests do refuse what Slack would refuse."""
    too_long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": False}}

    assert judge([too_long])


@example("*")
@given(st.sampled_from("*~`_<>"))
def test_the_reader_of_these_tests_sees_markup(mark: str) -> None:
    """What Slack would act on is counted by the reader that these tests trust."""
    assert sum(active(f"{mark}x{mark}").values()) > 0
