"""Names find their tools, typos are asked about, and nobody is silently misread."""

import random
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

import db
from bot.matching import Found, Named, Names, Reading, Result, Several, Unknown, key, read, readings

STARTER = [
    Named(number, tool["slug"], tool["name"], tuple(tool["aliases"]))
    for number, tool in enumerate(
        yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((Path(db.__file__).parent / "starter").glob("*.yaml"))
    )
]
NAMES = Names(STARTER)
ID = {tool.slug: tool.id for tool in STARTER}
SEPARATORS = ("vs", "vs.", "versus", "v.", "|", "VS", "Versus")

words = st.sampled_from(
    [
        "claude",
        "Files",
        "API",
        "4",
        "12B",
        "3.1",
        "vs",
        "Café",
        "lang",
        "C++",
        "C#",
        "(beta)",
        "Ünï",
        "ai",
        "x",
        "工具",
        "กิน",
    ]
)
spellings = (
    st.lists(words, min_size=1, max_size=4).map(" ".join)
    | st.text(min_size=1, max_size=30)
    | st.text(string.ascii_letters + " -.", min_size=1, max_size=30)
).filter(str.strip)
catalogues = st.lists(st.tuples(spellings, st.lists(spellings, max_size=3)), min_size=1, max_size=8).map(
    lambda tools: [Named(n, f"tool-{n}", name, tuple(aliases)) for n, (name, aliases) in enumerate(tools)]
)
long_catalogues = st.lists(
    st.lists(st.sampled_from(["claude", "claudia", "files", "file", "langs", "4", "5"]), min_size=3, max_size=5)
    .map(" ".join)
    .filter(lambda name: len(key(name)) >= 10),
    min_size=1,
    max_size=8,
).map(lambda names: [Named(n, f"tool-{n}", name) for n, name in enumerate(names)])


def meant(result: Result) -> tuple[int, ...]:
    """The tools that a person is shown, likeliest first."""
    match result:
        case Found(tool):
            return (tool,)
        case Several(ids) | Unknown(ids):
            return ids


def called(tool: Named) -> tuple[str, ...]:
    return (tool.slug, tool.name, *tool.aliases)


def typos(name: str, letters: str = string.ascii_lowercase) -> Iterator[str]:
    """The name with any one letter missing, added, replaced, or swapped with the next."""
    for at in range(len(name) + 1):
        yield from (name[:at] + letter + name[at:] for letter in letters)
        yield from (name[:at] + letter + name[at + 1 :] for letter in letters if name[at:])
        if name[at:]:
            yield name[:at] + name[at + 1 :]
        if name[at + 1 :]:
            yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


@given(catalogues)
def test_every_name_finds_itself(tools: list[Named]) -> None:
    """A tool is found exactly by its slug, its name and each alias; if another shares one, the person is asked."""
    names = Names(tools)
    for tool in tools:
        for spelling in called(tool):
            same = [
                other.id
                for other in tools
                if spelling.casefold().split() in [text.casefold().split() for text in called(other)]
            ]
            result = names.resolve(spelling)

            assert result == Found(tool.id, exact=True) if len(same) == 1 else set(meant(result)) == set(same)
            assert isinstance(result, Found if len(same) == 1 else Several)


@pytest.mark.parametrize("tool", STARTER, ids=lambda tool: tool.slug)
def test_the_starter_catalogue_finds_itself(tool: Named) -> None:
    """Every tool that the app comes with is found by its slug, its name and each alias, however that is dressed."""
    for spelling in called(tool):
        for typed in (spelling, spelling.upper(), f"  “{spelling}” ", spelling.replace(" ", "-"), f"{spelling} (beta)"):
            if typed.endswith("(beta)") and "(" in spelling + tool.name:
                continue
            assert NAMES.resolve(typed) == Found(tool.id, exact=True)


@given(long_catalogues, st.data())
def test_one_typo_is_never_silently_another(tools: list[Named], data: st.DataObject) -> None:
    """One typo in a name of ten letters or more finds the tool or asks; only what spells a name is exact."""
    tool = data.draw(st.sampled_from(tools))
    typed = data.draw(st.sampled_from(list(typos(tool.name, "aev 4"))))
    spelled = {other.id for other in tools if key(other.name) == key(typed)}

    result = Names(tools).resolve(typed)

    assert not (isinstance(result, Found) and result.exact) or spelled == {result.id}
    assert spelled or {other.id for other in tools if other.name == tool.name} & set(meant(result))


@pytest.mark.parametrize("tool", STARTER, ids=lambda tool: tool.slug)
def test_one_typo_in_the_starter_catalogue_is_seen_through(tool: Named) -> None:
    """Any typo in any name of ten letters or more leads to the tool: found, guessed, in the menu, or nearest."""
    others = {key(spelling) for other in STARTER if other is not tool for spelling in called(other)}
    for spelling in called(tool):
        if len(key(spelling)) >= 10:
            for typed in typos(spelling.lower(), "aeilost 4"):
                result = NAMES.resolve(typed)
                if key(typed) not in others:
                    assert result == Found(tool.id, exact=True) or not getattr(result, "exact", False), typed
                    assert tool.id in meant(result), typed


def test_a_thousand_names_with_typos() -> None:
    """Among two thousand names, where only candidates by trigram are compared, typos still lead to their tool."""
    rng = random.Random(11)
    syllables = [a + b for a in "bcdfgklmnprstvz" for b in "aeiou"]
    spelled = {" ".join("".join(rng.choices(syllables, k=3)) for _ in range(2)): None for _ in range(2_000)}
    tools = [Named(number, f"t{number}", name) for number, name in enumerate(spelled)]
    names = Names(tools)
    for tool in rng.sample(tools, 300):
        typed = rng.choice(list(typos(tool.name)))

        assert names.resolve(typed) in (Found(tool.id, exact=False), Found(tool.id, exact=True)) or tool.id in meant(
            names.resolve(typed)
        )


@given(st.text())
@example("(" * 400)
@example("a (b")
@example(")")
@example("\u0301")
@example("\ufe0f\u200b")
@example("İ" * 300)
def test_any_text_gets_an_answer(text: str) -> None:
    """Whatever is typed, every question about it is answered."""
    assert isinstance(NAMES.resolve(text), Found | Several | Unknown)
    assert len(NAMES.nearest(text)) <= 3
    assert len(NAMES.suggest(text, 100)) <= 100
    assert read(text, NAMES).names in (readings(text) or [()])
    assert Names([]).resolve(text) == Unknown(())


@given(st.text(max_size=300))
@example("C++ (17) (20)")
@example("３．１ ½ ①")
@example("ﷺ ΐ ǰ")
def test_the_key_of_a_key_is_itself(text: str) -> None:
    """A name's key identifies the name, so taking it twice changes nothing."""
    assume(key(text) == "" or key(text)[0].isalnum())

    assert key(key(text)) == key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Claude Files API", "claude—files  api!"),
        ("Café Crème", "CAFE creme"),
        ("Llama 4 Compact (12B)", "llama4 compact"),
        ("Ｆｕｌｌ Ｗｉｄｔｈ（１２Ｂ）", "full width"),
        ("Gemma 3 12B", "gemma3:12b"),
        ("GPT-6.1 Sol", "gpt 6.1 sol"),
        ("Straße", "STRASSE"),
        ("cur\u200bsor", "Cursor"),
        ("GPT 6\u200b1", "GPT 61"),
    ],
)
def test_what_makes_no_difference(one: str, other: str) -> None:
    """Case, accents, punctuation, spaces, unseen signs and a trailing parenthesis do not change who is meant."""
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Gemma 3 12B", "Gemma 3.1 2B"), ("GPT-6.1", "GPT 61"), ("C", "C++"), ("C++", "C#"), ("กิน", "กัน"), ("🚀", "🚢")],
)
def test_what_does_make_a_difference(one: str, other: str) -> None:
    """Versions, C and its daughters, vowels that are written as marks, and names of one sign stay apart."""
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("cluade files", "claude-files-api"),
        ("lama 4", "llama-4-compact-12b"),
        ("llama 4", "llama-4-compact-12b"),
        ("claude s", "claude-sonnet-5-5"),
        ("copliot", "github-copilot"),
        ("compact", "llama-4-compact-12b"),
        ("sonet", "claude-sonnet-5-5"),
        ("windsurf ed", "devin-desktop"),
        ("gpt 61 sol", "gpt-6-1-sol"),
        ("Llama 4 Compact (7B)", "llama-4-compact-12b"),
    ],
)
def test_a_guess_is_only_a_guess(typed: str, slug: str) -> None:
    """Typos, the start of a name, one of its words, another version: the tool is found, and the person is asked."""
    assert NAMES.resolve(typed) == Found(ID[slug], exact=False)
    assert NAMES.nearest(typed)[0] == ID[slug]


@pytest.mark.parametrize(
    ("typed", "slugs"),
    [
        ("claude", ["claude-code", "claude-files-api", "claude-managed-agents", "claude-sonnet-5-5"]),
        ("gemma 5 12b", ["gemma-3-12b", "gemma-4-12b"]),
        ("sdk", ["openai-agents-sdk", "vercel-ai-sdk"]),
    ],
)
def test_several_are_a_menu(typed: str, slugs: list[str]) -> None:
    """Where a text may mean several tools alike, all of them are offered."""
    assert NAMES.resolve(typed) == Several(tuple(ID[slug] for slug in slugs))


def test_nonsense_gets_the_three_nearest() -> None:
    """A text that names nothing still leads to three tools; one that has nothing in common with any leads to none."""
    assert isinstance(NAMES.resolve("zad"), Unknown)
    assert NAMES.nearest("zad")[0] == ID["zed"]
    assert len(meant(NAMES.resolve("xyzzy plugh"))) == 3
    assert NAMES.resolve("🚀") == NAMES.resolve("") == Unknown(())


def test_tools_of_one_name_are_told_apart_by_their_parentheses() -> None:
    """Of two tools that differ in a trailing parenthesis, the whole name finds one and the bare name asks."""
    names = Names([Named(1, "a", "Llama 4 (12B)"), Named(2, "b", "Llama 4 (7B)"), Named(3, "c", "Zed")])

    assert names.resolve("llama 4 (7b)") == Found(2, exact=True)
    assert names.resolve("llama-4 7B") == Found(2, exact=True)
    assert names.resolve("llama 4") == Several((1, 2))
    assert names.resolve("llama 4 (9b)") == Several((1, 2))
    assert names.resolve("zed (editor)") == Found(3, exact=True)


def test_two_tools_of_the_same_name_are_asked_about() -> None:
    """Names are not unique; two tools with one name are never mistaken for each other."""
    names = Names([Named(1, "notes-a", "Notes"), Named(2, "notes-b", "NOTES"), Named(3, "x", "X", ("notes",))])

    assert set(meant(names.resolve("notes"))) == {1, 2, 3}
    assert names.resolve("notes-b") == Found(2, exact=True)


def test_the_closer_spelling_wins() -> None:
    """Names that differ in punctuation alone are each found by their own spelling; any other spelling asks."""
    names = Names([Named(1, "a", "AI SDK"), Named(2, "b", "AI-SDK")])

    assert names.resolve("ai  sdk") == Found(1, exact=True)
    assert names.resolve("ai-sdk") == Found(2, exact=True)
    assert names.resolve("aisdk") == Several((1, 2))


def test_a_typo_may_leave_nothing_of_a_short_name() -> None:
    """Two letters swapped in a name of four spoil every trigram, and it is found all the same."""
    assert Names([Named(1, "zeta", "Zeta"), Named(2, "cursor", "Cursor")]).resolve("ztea") == Found(1, exact=False)


def test_suggestions_while_typing() -> None:
    """Nothing typed lists all by name; then names that begin so come first, then words, then what is similar."""
    by_name = sorted(STARTER, key=lambda tool: tool.name.casefold())
    names = {tool.id: tool.name for tool in STARTER}

    assert NAMES.suggest("") == NAMES.suggest("  ") == [tool.id for tool in by_name]
    assert NAMES.suggest("", 5) == [tool.id for tool in by_name[:5]]
    assert [names[tool] for tool in NAMES.suggest("co")][:3] == ["Codex CLI", "Continue", "Claude Code"]
    assert names[NAMES.suggest("file sea")[0]] == "Gemini File Search"
    assert NAMES.suggest("lama")[0] == ID["llama-4-compact-12b"]
    assert NAMES.suggest("qqqq") == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("cursor vs zed", ("cursor", "zed")),
        ("cursor  VS.  zed | aider Versus cline", ("cursor", "zed", "aider", "cline")),
        ("cursor v. zed", ("cursor", "zed")),
        ("cursor|zed", ("cursor", "zed")),
        ("| cursor || zed |", ("cursor", "zed")),
        ("“cursor” vs 'zed'", ("cursor", "zed")),
        ("vs code vs cursor", ("vs code", "cursor")),
        ("cursor vs vs code", ("cursor", "vs code")),
        ("cursor vs", ("cursor",)),
        ('"foo vs bar" vs cursor', ("foo vs bar", "cursor")),
        ("„foo | bar“ vs cursor", ("foo | bar", "cursor")),
        ('5" panel vs cursor', ('5" panel', "cursor")),
        ("canvas vs revs", ("canvas", "revs")),
        ("a vs b vs c vs d vs e", ("a", "b", "c", "d", "e")),
    ],
)
def test_a_line_is_split_at_its_separators(text: str, plain: tuple[str, ...]) -> None:
    """Every separator splits, but not within a word or quotes, and none stands at the start of a name."""
    assert readings(text)[0] == plain


@given(st.text(alphabet='ab vs.|"” ', max_size=400))
@example("a vs " * 60)
@example("|" * 300)
def test_readings_are_few_and_sound(text: str) -> None:
    """However many separators there are, readings are few, none has an empty side, and only the plain one is long."""
    every = readings(text)

    assert len(every) <= 27
    assert len(set(every)) == len(every)
    assert all(name and name == name.strip() for reading in every for name in reading)
    assert all(len(reading) <= 4 for reading in every[1:])
    assert [len(reading) for reading in every[1:]] == sorted((len(reading) for reading in every[1:]), reverse=True)


@given(st.lists(st.sampled_from(STARTER), min_size=1, max_size=4), st.sampled_from(SEPARATORS), st.data())
def test_a_line_of_names_is_read_back(tools: list[Named], separator: str, data: st.DataObject) -> None:
    """Names joined by any separator are read as these tools, whatever name of each is used."""
    line = f" {separator} ".join(data.draw(st.sampled_from(called(tool))) for tool in tools)

    reading = read(line, NAMES)

    assert reading.is_exact
    assert [result for result in reading.results] == [Found(tool.id, exact=True) for tool in tools]  # noqa: C416
    assert reading.ids == {tool.id for tool in tools}


def test_the_lines_of_the_issue() -> None:
    """The comparison that the project grew out of is exact, and its mistyped twin is guessed side by side."""
    exact = read("claude files api vs llama 4 compact", NAMES)
    mistyped = read("cluade files vs lama 4", NAMES)
    both = (ID["claude-files-api"], ID["llama-4-compact-12b"])

    assert exact.results == tuple(Found(tool, exact=True) for tool in both)
    assert mistyped.results == tuple(Found(tool, exact=False) for tool in both)
    assert mistyped.names == ("cluade files", "lama 4")
    assert exact.is_exact
    assert not mistyped.is_exact
    assert mistyped.is_resolved


def test_a_name_may_contain_a_separator() -> None:
    """A line is split where both sides are tools, even if a tool's own name contains "vs"."""
    names = Names([Named(1, "jvj", "Jekyll vs Hyde"), Named(2, "zed", "Zed"), Named(3, "tvt", "Tit v. Tat | Go")])

    assert read("zed vs jekyll vs hyde", names) == Reading(
        ("zed", "jekyll vs hyde"), (Found(2, exact=True), Found(1, exact=True))
    )
    assert read("jekyl vs hyde vs zed", names) == Reading(
        ("jekyl vs hyde", "zed"), (Found(1, exact=False), Found(2, exact=True))
    )
    assert read("Tit v. Tat | Go vs Jekyll vs Hyde vs Zed", names).is_exact
    assert read("zed vs nobody vs hyde", names).names == ("zed", "nobody", "hyde")


def test_too_many_names_are_counted_and_not_looked_up() -> None:
    """More than four names are handed back as typed; four whose separators belong to names are still read."""
    assert read("a vs b vs c vs d vs e", NAMES) == Reading(("a", "b", "c", "d", "e"), ())
    assert not read("a|" * 140, NAMES).is_resolved
    assert read("", NAMES) == read(" | ", NAMES) == Reading((), ())
    assert not read("", NAMES).is_exact


def test_a_hundred_thousand_characters_are_cut() -> None:
    """A hostile text is read up to 300 characters and no further."""
    assert NAMES.resolve("cursor" + " " * 100_000 + "zed") == Found(ID["cursor"], exact=True)
    assert len(readings("a vs " * 20_000)) == 1
    assert sum(map(len, readings("a vs " * 20_000)[0])) <= 300
