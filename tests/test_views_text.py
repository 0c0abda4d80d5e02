"""What becomes of a name, or of anything a person typed, before it is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.text import (
    channel,
    clean,
    clip,
    clip_markup,
    date,
    emoji,
    entities,
    escape,
    graphemes,
    host,
    is_user,
    link,
    listed,
    mention,
    people,
    percent,
    safe_url,
    units,
    visible,
)

FAMILY = "👩‍👩‍👧‍👦"


class TestClean:
    @pytest.mark.parametrize(
        "name",
        [
            "Claude Files API",
            "Llama 4 Compact (12B)",
            "llama.cpp",
            "C# & F#",
            "Qwen3.5 9B",
            "file_id",
            "Élan Vital",
            "文心一言",
            "latency < 100 ms",
            "50 % off",
            "a/b: c",
            "🚢",
        ],
    )
    def test_ordinary_names(self, name: str) -> None:
        """An ordinary name stays as it is where Slack shows text literally."""
        assert clean(name) == name

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("  two\n lines\t here ", "two lines here"),
            ("a\u200bb\u202ec\u2066d", "abcd"),
            ("\u0301\u0301 x", "x"),
            ("> quoted", "› quoted"),
            ("<!channel>", "‹!channel>"),
            ("https://evil.example", "https:∕∕evil.example"),
            ("❤\ufe0f", "❤"),
            (FAMILY, "👩👩👧👦"),
            ("\ud800x", "x"),
            ("\u3164", ""),
            ("", ""),
        ],
    )
    def test_hostile_names(self, typed: str, shown: str) -> None:
        """What nobody sees is gone, and what could begin a tag or an address is a look-alike."""
        assert clean(typed) == shown

    def test_towers(self) -> None:
        """A letter keeps four combining marks, not five hundred."""
        assert clean("Z" + "\u0301" * 500) == "Z" + "\u0301" * 4

    @given(st.text(max_size=400), st.integers(1, 120))
    def test_laws(self, text: str, limit: int) -> None:
        """Cleaned text is one line of visible characters, within its limit in graphemes and in UTF-16 units."""
        shown = clean(text, limit)

        assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp") for ch in shown)
        assert "\n" not in shown
        assert shown == shown.strip()
        assert len(list(graphemes(shown))) <= limit
        assert units(shown) <= 2 * limit
        assert clean(shown, limit) == shown

    def test_long_and_invisible(self) -> None:
        """A name behind ten thousand invisible characters does not make the app look at them all."""
        assert clean("\u200b" * 10_000 + "x") == "…"


class TestEscape:
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("Claude Files API", "Claude Files API"),
            ("file_id", "file_id"),
            ("C# & F#", "C# &amp; F#"),
            ("a < b > c", "a &lt; b &gt; c"),
            ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
            ("<!channel>", "‹!channel&gt;"),
            ("<@U0ADA>", "‹＠U0ADA&gt;"),
            ("*bold* _it_ ~no~ `code`", "∗bold∗ ＿it＿ ∼no∼ 'code'"),
            (":ship:", "∶ship∶"),
            ("10:30", "10∶30"),
            ("note: this", "note: this"),
            ("@here #general", "＠here ＃general"),
            ("evil.example", "evil․example"),
            ("version 3.5", "version 3.5"),
            ("> quote", "› quote"),
        ],
    )
    def test_examples(self, typed: str, shown: str) -> None:
        """What formats, pings, links or draws an emoji is a look-alike; the rest is as typed."""
        assert escape(typed) == shown

    def test_copied_names_come_back(self) -> None:
        """A name copied from a card is, for whoever folds compatibility forms, the name that was meant."""
        assert unicodedata.normalize("NFKC", escape("llama.cpp @work #1 _x_")) == "llama.cpp @work #1 _x_"

    @given(st.text(max_size=200), st.integers(1, 100))
    def test_limit(self, text: str, limit: int) -> None:
        """Escaped text fits twice its limit, entities written out, so that budgets can be reckoned."""
        assert units(escape(text, limit)) <= 2 * limit

    @given(st.text(alphabet="ab_*~`:<>&.@# \n", max_size=40), st.text(alphabet="ab_*~`:<>&.@# \n", max_size=40))
    def test_neighbours(self, one: str, other: str) -> None:
        """Two escaped names side by side make nothing that neither was."""
        together = f"{escape(one)} · {escape(other)}"

        assert not set("*~`") & set(together)
        assert ":" not in together.replace(": ", "")


class TestGraphemes:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("abc", 3),
            ("e\u0301a", 2),
            (FAMILY, 1),
            ("👍🏽", 1),
            ("🇩🇪🇫🇷", 2),
            ("1\ufe0f\u20e3", 1),
            ("각각", 2),
            ("กำ", 1),
        ],
    )
    def test_counted_as_read(self, text: str, count: int) -> None:
        """Marks, tones, joined emoji, flags and syllables count as the one character that a reader sees."""
        assert len(list(graphemes(text))) == count

    @given(st.text())
    def test_nothing_is_lost(self, text: str) -> None:
        """The graphemes of a text are the text."""
        assert "".join(graphemes(text)) == text


class TestClip:
    @given(st.text(), st.integers(2, 50))
    def test_laws(self, text: str, limit: int) -> None:
        """A text that fits is untouched; one that does not ends in "…" and fits, cut between graphemes."""
        short = clip(text, limit)

        assert units(short) <= limit
        if units(text) <= limit:
            assert short == text
        else:
            assert short.endswith("…")

    def test_between_graphemes(self) -> None:
        """Half a family is nobody."""
        assert clip(f"ab{FAMILY}cd", 8) == "ab…"

    @pytest.mark.parametrize(
        ("text", "short"),
        [
            ("seven <@U0ADA> more", "seven…"),
            ("seven &amp; more and more", "seven…"),
            ("seven and more", "seven a…"),
        ],
    )
    def test_markup(self, text: str, short: str) -> None:
        """A tag or an entity is shown whole or not at all."""
        assert clip_markup(text, 8).replace(" …", "…") == short


class TestTokens:
    def test_ids_only(self) -> None:
        """Only Slack's own ids become a mention or a channel."""
        assert mention("U0ADA") == "<@U0ADA>"
        assert mention("U0ADA> <!here>") == "someone"
        assert channel("C0GENERAL") == "<#C0GENERAL>"
        assert channel("D0ADA") == "this conversation"
        assert channel("general") == "this conversation"

    def test_emoji(self) -> None:
        """A setting cannot smuggle text in as an emoji's name."""
        assert emoji("no_entry_sign") == ":no_entry_sign:"
        assert emoji("one: <!here>") == "?"

    def test_date(self) -> None:
        """A moment is shown in each reader's own zone, and in UTC where Slack cannot."""
        assert date(1_795_600_000) == "<!date^1795600000^{date_short_pretty} at {time}|25 Nov 2026, 09:46 UTC>"


class TestLinks:
    @pytest.mark.parametrize(
        "url",
        [
            None,
            "",
            "javascript:alert(1)",
            "ftp://example.com",
            "https://",
            "https://localhost",
            "https://user@evil.example",
            "https://evil.example/a b",
            "https://evil.example|Claude",
            "https://evil.example>x",
            "https://еvil.example",
            "https://[::1",
            "https://example.com/" + "x" * 3_000,
        ],
    )
    def test_refused(self, url: str | None) -> None:
        """Only a plain web address becomes a link; of anything else the label is left."""
        assert safe_url(url) is None
        assert link(url, "label") == "label"

    def test_allowed(self) -> None:
        """A link says the host that it leads to."""
        url = "https://www.example.com/a?b=1&c=2"

        assert safe_url(url) == url
        assert host(url) == "example.com"
        assert link(url, "here") == "<https://www.example.com/a?b=1&amp;c=2|here>"


class TestNumbers:
    @pytest.mark.parametrize(
        ("share", "said"),
        [(0.0, "0 %"), (0.001, "under 1 %"), (5 / 7, "71 %"), (0.999, "over 99 %"), (1.0, "100 %")],
    )
    def test_percent(self, share: float, said: str) -> None:
        """Some is never nobody, and most is never everybody."""
        assert percent(share) == said

    def test_listed(self) -> None:
        """Words are listed as one says them."""
        assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
            "",
            "a",
            "a and b",
            "a, b and c",
        ]


@given(st.text())
def test_visible_is_idempotent(text: str) -> None:
    """What is visible stays visible."""
    assert visible(visible(text)) == visible(text)


class TestToTheLetter:
    """What a change of one sign in the code would alter, and no law above notices."""

    @pytest.mark.parametrize("gap", list("\t\n\v\f\r\x85\u00a0\u2028\u2029"))
    def test_whatever_parts_words_parts_them(self, gap: str) -> None:
        """A tab or a line's end between two words becomes a space, it does not vanish."""
        assert visible(f"a{gap}b") == "a b"

    @pytest.mark.parametrize("nothing", ["\ue000", "\ufffe", "\uffff", "\U0001fffe", "\u200b", "\ud800"])
    def test_what_is_no_character_vanishes(self, nothing: str) -> None:
        """Private use, halves of pairs and what Unicode will never assign."""
        assert visible(f"a{nothing}b") == "ab"

    @pytest.mark.parametrize(
        ("text", "limit", "shown"),
        [
            ("x" * 80, 80, "x" * 80),
            ("x" * 81, 80, "x" * 79 + "…"),
            ("aaaa&&&", 10, "aaaa&&&"),  # an ampersand takes five units once it is an entity: 19 of 19
            ("aaaaa&&&", 10, "aaaaa&&…"),
            ("aaa>>>>", 10, "aaa>>>>"),  # an angle bracket takes four
            ("aaaa>>>>", 10, "aaaa>>>…"),
            ("😀😀 < < <", 10, "😀😀 < < <"),
            ("😀😀😀 < < <", 10, "😀😀😀 < <…"),
            ("\u0301ab", 10, "ab"),
            ("ab" + "\u200b" * 38, 2, "ab"),  # twenty times the limit is read
            ("ab" + "\u200b" * 39, 2, "a…"),
            ("a" + "\u200b" * 59 + "b", 3, "a…"),
        ],
    )
    def test_a_name_fills_its_room_and_no_more(self, text: str, limit: int, shown: str) -> None:
        """Room is counted as Slack will count it, entities written out."""
        assert clean(text, limit) == shown

    def test_a_long_text_is_escaped_like_a_short_one(self) -> None:
        """What is too long to be remembered is worked out anew."""
        assert escape("*" * 401, 500) == "∗" * 401

    def test_a_cut_leaves_no_space_before_the_ellipsis(self) -> None:
        """Words end where they end."""
        assert clip("ab cd", 4) == "ab…"

    @pytest.mark.parametrize(("text", "limit"), [("see <b…", 100), ("<b…", 3)])
    def test_markup_that_fits_is_left_alone(self, text: str, limit: int) -> None:
        """Only what is cut can be half a tag."""
        assert clip_markup(text, limit) == text

    def test_addresses_end_at_two_thousand_characters(self) -> None:
        """One that is longer is no link; http is a web address, too."""
        longest = "https://a.example/".ljust(2_000, "x")

        assert safe_url(longest) == longest
        assert safe_url(longest + "x") is None
        assert safe_url("http://a.example") == "http://a.example"
        assert host("nonsense") == ""

    def test_small_words(self) -> None:
        """Entities alone, numbers of people, and what an id looks like."""
        assert entities("a & <b>") == "a &amp; &lt;b&gt;"
        assert [people(1), people(5)] == ["1 person", "5 people"]
        assert is_user("U0ADA")
        assert not is_user("C0ADA")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            *[("a", "\u0300"), ("a", "\u0e33"), ("a", "\u0eb3")],
            *[("a", "\U0001f3fb"), ("a", "\U0001f3ff"), ("a", "\U000e0020"), ("a", "\U000e007f")],
            *[("\U0001f1e6", "\U0001f1e6"), ("\U0001f1ff", "\U0001f1ff")],
            # Hangul: leading consonants, vowels, trailing consonants, and syllables without and with one of these
            *[("\u1100", "\u1100"), ("\u115f", "\u1100"), ("\u1100", "\u115f"), ("\u1100", "\u1160")],
            *[("\u115f", "\u11a7"), ("\u1100", "\uac00"), ("\u1100", "\ud7a3"), ("\u1160", "\u1160")],
            *[("\u11a7", "\u1160"), ("\u1160", "\u11a7"), ("\uac00", "\u1160"), ("\ud788", "\u1160")],
            *[("\u1160", "\u11a8"), ("\u11a7", "\u11ff"), ("\uac00", "\u11a8"), ("\u11a8", "\u11a8")],
            *[("\u11ff", "\u11a8"), ("\uac01", "\u11a8"), ("\ud7a3", "\u11ff")],
        ],
    )
    def test_what_is_one_character_to_a_reader(self, before: str, after: str) -> None:
        """The first and the last of each range of Unicode's Annex 29 that is covered."""
        assert list(graphemes(before + after)) == [before + after]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            *[("a", "\U0001f3fa"), ("a", "\U0001f400"), ("a", "\U000e001f"), ("a", "\U000e0080")],
            *[("\U0001f1e6", "\U0001f200"), ("\U0001f1e5", "\U0001f1e6")],
            *[("a", "\u1100"), ("a", "\u1160"), ("a", "\u11a8"), ("a", "\uac00"), ("\u10ff", "\u1160")],
            *[("\u11a8", "\u1160"), ("\uac01", "\u1160"), ("\ud7a3", "\u1160"), ("\u1100", "\u11a8")],
            *[("\u1160", "\u1100"), ("\u11ff", "\u1100"), ("\uac00", "\u1100"), ("\u1100", "\u1200")],
            *[("\u1200", "\u11a8"), ("\ud7a4", "\u11a8"), ("\uabff", "\u11a8"), ("\u1100", "\ud7a4")],
        ],
    )
    def test_what_is_two(self, before: str, after: str) -> None:
        """What stands beside each range, and what does not go together in it."""
        assert list(graphemes(before + after)) == [before, after]
