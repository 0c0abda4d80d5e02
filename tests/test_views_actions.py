"""What buttons carry: ids for as long as a card lives, and what somebody typed for as long as an answer does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import actions
from bot.views.actions import Ask, UnreadableValue
from bot.views.text import units, visible

FORGED = ["", "v1:", "v2:1", "v1:x", "v1:-1", "v1:1:", "close", "{}", "null", "[]", "v1:" + "9" * 40, "v1:١"]


def test_ids_come_back() -> None:
    """A value is its version and its ids, and is read back as them."""
    assert actions.value(7) == "v1:7"
    assert actions.ids("v1:7") == (7,)
    assert actions.ids(actions.value()) == ()
    assert actions.ids(actions.value(0, 12, 13)) == (0, 12, 13)
    assert actions.verb_and_ids(actions.option_value(actions.CLOSE, 7)) == ("close", (7,))


@pytest.mark.fault("S12")
@pytest.mark.parametrize("text", FORGED)
def test_forged_values(text: str) -> None:
    """A value that is none of ours is refused as such, whatever it is."""
    for read in (actions.ids, actions.verb_and_ids, Ask.of):
        with pytest.raises(UnreadableValue):
            read(text)


@pytest.mark.fault("S12")
@pytest.mark.parametrize(
    "text",
    [
        '{"v":1}',
        '{"v":2,"typed":"","names":[],"tools":[],"for":"","until":"","comparison":null}',
        '{"v":1,"typed":3,"names":[],"tools":[],"for":"","until":"","comparison":null}',
        '{"v":1,"typed":"","names":[3],"tools":[],"for":"","until":"","comparison":null}',
        '{"v":1,"typed":"","names":[],"tools":["1"],"for":"","until":"","comparison":null}',
        '{"v":1,"typed":"","names":[],"tools":[true],"for":"","until":"","comparison":null}',
        '{"v":1,"typed":"","names":[],"tools":[],"for":"","until":"","comparison":"7"}',
    ],
)
def test_forged_questions(text: str) -> None:
    """A question of the wrong version or the wrong types is refused."""
    with pytest.raises(UnreadableValue):
        Ask.of(text)


asks = st.builds(
    Ask,
    typed=st.text(max_size=300),
    names=st.lists(st.text(max_size=100), max_size=4).map(tuple),
    tools=st.lists(st.none() | st.integers(1, 10**9), max_size=4).map(tuple),
    use_case=st.text(max_size=200),
    until=st.text(max_size=20),
    comparison=st.none() | st.integers(1, 10**9),
)


@given(asks)
def test_questions_come_back(ask: Ask) -> None:
    """What was typed rides along, whatever it was, within Slack's 2,000 characters and without its special ones."""
    value = ask.value()
    back = Ask.of(value)

    assert units(value) <= 2_000
    assert not set("<>&\n") & set(value)
    assert (back.tools, back.comparison) == (ask.tools, ask.comparison)
    assert visible(ask.typed).startswith(back.typed.rstrip("…"))


def test_ordinary_questions_are_whole() -> None:
    """A line as people type it comes back letter for letter."""
    ask = Ask("cluade files vs “lama 4” for R&D <b>", ("cluade files", "lama 4"), (None, 2), "R&D <b>", "fri 17:00", 7)

    assert Ask.of(ask.value()) == ask


def test_picking() -> None:
    """A pick answers the first open name, and only that."""
    ask = Ask(tools=(1, None, None))

    assert ask.picked(5).tools == (1, 5, None)
    assert ask.picked(5).picked(6).tools == (1, 5, 6)
    assert ask.picked(5).picked(6).picked(7).tools == (1, 5, 6)


def test_words_are_different() -> None:
    """No two things that can be pressed have one name."""
    words = [word for name, word in vars(actions).items() if name.isupper() and isinstance(word, str)]

    assert len(set(words)) == len(words)
    assert all(re.fullmatch(r"[a-z_]+", word) for word in words)


@pytest.mark.parametrize(
    ("pattern", "word"), [("PICK", "pick_0"), ("TOOL_SHOW", "tool_show_4"), ("TYPEAHEAD", "tool_d")]
)
def test_patterns(pattern: str, word: str) -> None:
    """The patterns find the numbered buttons and nothing longer."""
    found = getattr(actions, f"{pattern}_PATTERN")

    assert found.fullmatch(word)
    assert not found.fullmatch(f"{word}x")
