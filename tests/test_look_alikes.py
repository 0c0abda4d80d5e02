"""Names that cannot be told apart have one skeleton; a changed index of names answers like a new one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.look_alikes import skeleton
from bot.names import Named, Names
from tests.test_matching import STARTER, catalogues

hostile = st.text(st.characters(codec="utf-8"), max_size=40) | st.text("mIl10O|oСсΝνрР.3 (+#", max_size=12)


@pytest.mark.fault("S06")
@given(hostile)
@example("ﷺ ㏂ Ꮇ ⒨")
@example("M" * 300)
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    """What a name looks like looks like itself, whatever script it is written in."""
    once = skeleton(text)

    assert skeleton(once) == once


@pytest.mark.fault("S06")
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Cursor", "Сursоr"),  # Cyrillic
        ("Cursor", "𝓒𝓾𝓻𝓼𝓸𝓻"),
        ("Cursor", "ＣＵＲＳＯＲ"),
        ("Cursor", "Ꮯursor"),  # Cherokee
        ("Cursor", "Cúrsor!"),
        ("Nova", "Νοvа"),  # Greek and Cyrillic
        ("Gemma", "Gernma"),
        ("Llama 4", "LIama 4"),
        ("v0", "vO"),
        ("Zed", "Z\u200bed"),
    ],
)
def test_look_alikes_have_one_skeleton(name: str, other: str) -> None:
    """Other scripts, widths, cases and accents, and letters that together look like another, make no new name."""
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [("Gemma 3 12B", "Gemma 3.1 2B"), ("Gemma 3 (4B)", "Gemma 3 (12B)"), ("C++", "C#"), ("Claude 4", "Claude 5")],
)
def test_what_tells_tools_apart_is_in_the_skeleton(name: str, other: str) -> None:
    """Versions, sizes and the signs that stay in a name make two names."""
    assert skeleton(name) != skeleton(other)


def test_no_two_tools_of_the_starter_catalogue_look_alike() -> None:
    """Each tool that comes with the app is the only one that looks like any of its names."""
    names = Names(STARTER)
    for tool in STARTER:
        for spelling in tool.spellings:
            assert names.look_alikes(spelling) == (tool.id,)


@given(catalogues, catalogues, st.data())
def test_changed_names_are_those_of_a_new_index(before: list[Named], others: list[Named], data: st.DataObject) -> None:
    """Tools that come, go and get other names leave an index that answers like one built from what is there now."""
    padding = [Named(100 + at, f"pad-{at}", f"Padding number {at}") for at in range(40)]
    gone = data.draw(st.sets(st.sampled_from([tool.id for tool in before])))
    changes = {
        **dict.fromkeys(gone),
        **{tool.id + len(before) // 2: _at(tool, len(before) // 2) for tool in others[:3]},
    }

    changed = Names([*before, *padding]).changed(changes)

    after = {tool.id: tool for tool in [*before, *padding]} | changes
    built = Names(tool for tool in after.values() if tool is not None)
    typed = [text for tool in (*before, *others) for text in (*tool.spellings, tool.name[:3], f"{tool.name}x")]
    for text in typed:
        assert changed.resolve(text) == built.resolve(text)
        assert changed.suggest(text) == built.suggest(text)
        assert changed.look_alikes(text) == built.look_alikes(text)
    assert len(changed) == len(built)


def _at(tool: Named, start: int) -> Named:
    return Named(tool.id + start, f"other-{tool.id}", tool.name, tool.aliases)
