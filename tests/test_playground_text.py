"""How the playground reads text: what a person typed, and what in an app's text would ping, lead away or hide."""

import pytest

from playground import emoji_names, sample, text_rules
from playground.world import World
from tests.playground_visit import section, visit


def world() -> World:
    return World(sample.people("Verdicts"), sample.channels(), lambda _: None, lambda _: None)


@pytest.mark.parametrize(
    ("typed", "got"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("@verdicts hello", "<@U0VERDICTS> hello"),
        ("ask @Chloé.", "ask <@U0CHLOE>."),
        ("<@U0VERDICTS> and <@U0NOBODY>", "<@U0VERDICTS> and &lt;@U0NOBODY&gt;"),
        ("see #general and #leads", "see <#C0GENERAL|general> and <#G0LEADS|>"),
        ("@here look", "<!here> look"),
        ("<!here> typed by hand", "&lt;!here&gt; typed by hand"),
        ("https://a.example/?x=1&y=2 ok", "<https://a.example/?x=1&amp;y=2> ok"),
        ("nobody@home #nowhere", "nobody@home #nowhere"),
    ],
)
def test_what_people_type(typed: str, got: str) -> None:
    """Names become mentions, addresses links, and only Slack's own marks survive unescaped."""
    assert text_rules.typed(typed, world()) == got


def test_commands_are_marked_up_only_where_the_manifest_asks() -> None:
    """should_escape turns people and channels into ids with labels; without it the text is only escaped."""
    text = "@Ada in #general & @here"
    assert (
        text_rules.command_text(text, world(), should_escape=True) == "<@U0ADA|ada> in <#C0GENERAL|general> &amp; @here"
    )
    assert text_rules.command_text(text, world(), should_escape=False) == "@Ada in #general &amp; @here"


@pytest.mark.parametrize(
    ("text", "mentions", "links"),
    [
        ("hello", 0, 0),
        ("<!channel> <@U0ADA> <#C0GENERAL> <!subteam^S1>", 4, 0),
        ("&lt;!channel&gt;", 0, 0),
        ("`<!here>` and ```<@U0ADA>```", 0, 0),
        ("<!date^1795377600^{date_short}|22 Nov>", 0, 0),
        ("<https://a.example|b> and https://c.example", 0, 2),
        ("see README.md", 0, 1),
        ("llama.cpp 3.5 e.g. this", 0, 0),
    ],
)
def test_live_parts_of_mrkdwn(text: str, mentions: int, links: int) -> None:
    """What Slack would turn into a ping or a link is found; what it would not is left alone."""
    live = text_rules.live_in_mrkdwn(text)
    assert (len(live.mentions), len(live.links)) == (mentions, links)


def test_invisible_characters_are_named() -> None:
    """Bidirectional, zero-width and control characters are found; a joined emoji is one emoji."""
    assert text_rules.invisible_in("a\u202eb\u200bc\x07") == ["U+202E", "U+200B", "U+0007"]
    assert text_rules.invisible_in("👩\u200d💻 and\nmore") == []


async def test_live_parts_are_found_wherever_the_app_shows_something() -> None:
    """Messages, private notes and views are searched; plain text and escapes are dead."""
    async with visit() as v:
        await v.post("plain &lt;!here&gt;", blocks=[section("*bold* &lt;@U0ADA&gt;")])
        assert (await v.see("live"))["live"] == []
        ts = await v.post("all good", blocks=[section("<!here> \u200b")])
        await v.slack.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="<https://a.example>")
        plain = {"type": "plain_text", "text": "<!here> https://a.example"}
        home = {"type": "home", "blocks": [{"type": "section", "text": plain}, section("<@U0ADA>")]}
        await v.slack.views_publish(user_id="U0DEV", view=home)
        message, note, view = (await v.see("live"))["live"]
        assert (message["ts"], message["mentions"], message["invisible"]) == (ts, ["<!here>"], ["U+200B"])
        assert note["links"] == ["https://a.example"]
        assert (view["user"], view["mentions"], view["links"]) == ("U0DEV", ["<@U0ADA>"], [])


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("one", "one"),
        (":ship:", "ship"),
        ("thumbsup", "+1"),
        ("thumbsup::skin-tone-4", "+1::skin-tone-4"),
        ("one::skin-tone-7", None),
        ("prohibited", None),
        ("No_Entry_Sign", None),
        ("", None),
    ],
)
def test_emoji_names(name: str, kept: str | None) -> None:
    """Slack's short names, aliases under their one name, tones 2 to 6."""
    assert emoji_names.canonical(name) == kept
