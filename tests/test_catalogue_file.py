"""Catalogue files: the starter catalogue passes; whatever else a file holds ends in sentences."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import plain_yaml
from bot.catalogue_file import (
    MAX_BYTES,
    MAX_PROBLEMS,
    TAKE_WORDS,
    CatalogueTool,
    Problem,
    clashes,
    read_file,
    read_folder,
    yaml_files,
)

STARTER = Path(__file__).parents[1] / "db" / "starter"
LOADERS = [yaml.SafeLoader, yaml.CSafeLoader] if yaml.__with_libyaml__ else [yaml.SafeLoader]

TOOL = """\
slug: night-owl
name: Night Owl
aliases: [owl, night-owl cli]
vendor: Owl Works
category: Developer Tools
tagline: Watches the build while everyone sleeps
description: >-
  A command-line tool that watches
  a build and reports in the morning.
best_for: Teams whose builds take a night
url: https://example.com/owl
pricing:
  entry: free
  summary: Free for one build.
  source: https://example.com/prices
  as_of: 2026-11-22
released: 2026-06
sources:
  - https://example.com/docs
reviewed_on: "2026-11-22"
basis: public documentation, not hands-on
reviews:
  builder:
    verdict: ship
    headline: It does one thing
    take: WORDS
    caveat: Flips if builds become fast.
""".replace("WORDS", " ".join(["word"] * 60))


def with_line(old: str, new: str) -> str:
    """The sample file with one of its lines changed."""
    assert TOOL.count(old) == 1, old
    return TOOL.replace(old, new)


def problems_of(folder: Path, text: str | bytes, name: str = "tool.yaml") -> list[str]:
    """What is wrong with a file of this text, a line each."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    tool, problems = read_file(path)

    assert (tool is None) is bool(problems)
    assert all("\n" not in str(problem) and str(problem).isprintable() for problem in problems)
    return [str(problem) for problem in problems]


def read(folder: Path, text: str) -> CatalogueTool:
    """The tool of a file of this text."""
    path = folder / "tool.yaml"
    path.write_text(text, encoding="utf-8")
    tool, problems = read_file(path)

    assert problems == []
    assert tool is not None
    return tool


class TestStarter:
    def test_every_file_passes(self) -> None:
        """The 44 tools that a new database starts with are sound, and no two of them can be mistaken."""
        tools, problems = read_folder(STARTER)

        assert problems == []
        assert [tool.slug for tool in tools] == [path.stem for path in yaml_files(STARTER)]
        assert len(tools) == 44

    def test_every_reviewer_has_a_take(self) -> None:
        """Each starter tool has its four takes; 104 say ship and 72 skip."""
        tools, _ = read_folder(STARTER)
        verdicts = [review.verdict for tool in tools for review in tool.reviews.values()]

        assert all(len(tool.reviews) == 4 for tool in tools)
        assert (verdicts.count("ship"), verdicts.count("skip")) == (104, 72)

    def test_an_unsourced_price(self) -> None:
        """A price for which no page was found keeps its missing source, for the app to say so."""
        tool, _ = read_file(STARTER / "llama-4-compact-12b.yaml")

        assert tool is not None
        assert (tool.url, tool.pricing.source, tool.pricing.as_of, tool.sources) == (None, None, "2026-11", ())


class TestValues:
    def test_all_of_a_file(self, tmp_path: Path) -> None:
        """What stands in the file is what the tool has, text on one line however it was wrapped."""
        tool = read(tmp_path, TOOL)

        assert (tool.slug, tool.name, tool.aliases) == ("night-owl", "Night Owl", ("owl", "night-owl cli"))
        assert tool.description == "A command-line tool that watches a build and reports in the morning."
        assert (tool.pricing.entry, tool.pricing.as_of) == ("free", "2026-11-22")
        assert (tool.released, tool.reviewed_on) == ("2026-06", "2026-11-22")
        assert tool.reviews["builder"].verdict == "ship"

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("2026-11-22", "2026-11-22"),
            ('"2026-11-22"', "2026-11-22"),
            ("'2026-11'", "2026-11"),
            ("2026-11", "2026-11"),
            ("2024-02-29", "2024-02-29"),
            ("null", None),
            ("~", None),
            ("", None),
        ],
    )
    def test_dates(self, tmp_path: Path, written: str, text: str | None) -> None:
        """A date may be quoted, unquoted, or only a month; it stays the text that it was."""
        assert read(tmp_path, with_line("released: 2026-06", f"released: {written}")).released == text

    @pytest.mark.parametrize(
        "written", ["no", "1e3", "0x1F", "12:30:45", "1_000", "True", "3.10", "=", ".inf", '"null"', "'~'"]
    )
    def test_text_stays_text(self, tmp_path: Path, written: str) -> None:
        """A tool called no, 1e3 or 3.10 keeps its name; YAML's types take no part."""
        assert read(tmp_path, with_line("name: Night Owl", f"name: {written}")).name == written.strip("'\"")

    def test_paragraphs_become_one_line(self, tmp_path: Path) -> None:
        """Line breaks, tabs and runs of blanks in a text are one blank each."""
        tool = read(
            tmp_path, with_line("description: >-\n  A command-line", "description: |\n  A\t\n\n\n  command-line")
        )

        assert tool.description == "A command-line tool that watches a build and reports in the morning."

    def test_what_may_be_left_out(self, tmp_path: Path) -> None:
        """Aliases, address, sources, release and reviews may be missing."""
        lines = TOOL[: TOOL.index("reviews:")].splitlines()
        optional = ("aliases:", "url:", "  source:", "released:", "sources:", "  - ")
        tool = read(tmp_path, "\n".join(line for line in lines if not line.startswith(optional)))

        assert (tool.aliases, tool.url, tool.pricing.source, tool.released) == ((), None, None, None)
        assert (tool.sources, tool.reviews) == ((), {})

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        """A file that an editor began with a byte order mark is read."""
        assert problems_of(tmp_path, "\ufeff" + TOOL) == []


class TestProblems:
    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("name: Night Owl\n", "", "line 1, name: This field is missing."),
            ("name: Night Owl", "name:", "line 2, name: It must be text, not nothing."),
            ("name: Night Owl", 'name: "  "', "line 2, name: It is empty."),
            ("name: Night Owl", "name: [Night, Owl]", "line 2, name: It must be text, not a list."),
            ("slug: night-owl\n", "slug: Night_Owl\n", "line 1, slug: “Night_Owl” is not a slug such as claude-code"),
            ("slug: night-owl\n", "slug: night--owl\n", "line 1, slug: “night--owl” is not a slug"),
            ("slug: night-owl\n", "slug: nïght\n", "line 1, slug: “nïght” is not a slug"),
            ("slug: night-owl\n", f"slug: {'x' * 61}\n", "line 1, slug: It has 61 characters; at most 60 fit."),
            ("tagline: W", f"tagline: {'x' * 110} W", "line 6, tagline: It has 150 characters; at most 110 fit."),
            ("best_for: T", f"best_for: {'x' * 110} T", "line 10, best_for: It has 142 characters; at most 110 fit."),
            (
                "  entry: free",
                "  entry: cheap",
                "line 13, pricing.entry: It must be 'free', 'freemium' or 'paid', not “cheap”.",
            ),
            (
                "    verdict: ship",
                "    verdict: no",
                "line 24, reviews.builder.verdict: It must be 'ship' or 'skip', not “no”.",
            ),
            (
                "  builder:",
                "  bilder:",
                "line 22, reviews: “bilder” is none of the four reviewers; did you mean",
            ),
            (
                "    headline: It",
                f"    headline: {'x' * 90} It",
                "line 25, reviews.builder.headline: It has 108 characters; at most 90 fit.",
            ),
            (
                "    caveat: F",
                f"    caveat: {'x' * 140} F",
                "line 27, reviews.builder.caveat: It has 169 characters; at most 140 fit.",
            ),
            (
                "  summary: F",
                f"  summary: {'x' * 160} F",
                "line 14, pricing.summary: It has 180 characters; at most 160 fit.",
            ),
            (
                "take: word word word word word word",
                "take:",
                "line 26, reviews.builder.take: It has 54 words; a take has 55",
            ),
            (
                "url: https://example.com/owl",
                "ulr: https://example.com/owl",
                "line 11, ulr: There is no such field; did you mean url?",
            ),
            ("  entry: free", "  entry: free\n  prize: 3", "line 14, pricing.prize: There is no such field."),
            ("  as_of: 2026-11-22\n", "", "line 12, pricing.as_of: This field is missing."),
            ("aliases: [owl, night-owl cli]", "aliases: owl", "line 3, aliases: It must be a list, not “owl”."),
            (
                "aliases: [owl, night-owl cli]",
                "aliases: [owl, {a: b}]",
                "line 3, aliases.2: It must be text, not a group of fields.",
            ),
            (
                "aliases: [owl, night-owl cli]",
                f"aliases: [{', '.join(map(str, range(21)))}]",
                "line 3, aliases: It has 21 entries; at most 20 fit.",
            ),
            (
                "category: Developer Tools",
                "category: Developer Tools\ncategory: Models",
                "line 6, category: This field is there twice.",
            ),
            (
                "    headline: It does one thing",
                "    headline: A\n    headline: B",
                "line 26, reviews.builder.headline: This field is there twice.",
            ),
            (
                "released: 2026-06",
                "released: 2026",
                "line 17, released: “2026” is not a date such as 2026-11-22, or 2026-11.",
            ),
            ("released: 2026-06", "released: 2026-02-30", "line 17, released: “2026-02-30” is not a date"),
            ("released: 2026-06", "released: 2026-13", "line 17, released: “2026-13” is not a date"),
            (
                "released: 2026-06",
                "released: 2026-11-22T10:00:00Z",
                "line 17, released: “2026-11-22T10:00:00Z” is not a date",
            ),
            ("released: 2026-06", "released: 2026W48", "line 17, released: “2026W48” is not a date"),
            ("released: 2026-06", "released: 2026-W48-1", "line 17, released: “2026-W48-1” is not a date"),
            ("released: 2026-06", "released: ٢٠٢٦-١١", "line 17, released: “٢٠٢٦-١١” is not a date"),
        ],
    )
    def test_one_thing_wrong(self, tmp_path: Path, old: str, new: str, problem: str) -> None:
        """Each mistake is one line that says where it is and what to do."""
        found = problems_of(tmp_path, with_line(old, new))

        assert len(found) == 1
        assert found[0].startswith(f"tool.yaml: {problem}")

    @pytest.mark.parametrize("words", [TAKE_WORDS[0] - 1, TAKE_WORDS[1] + 1])
    def test_length_of_a_take(self, tmp_path: Path, words: int) -> None:
        """A take has 55 to 110 words, not one more or less."""
        take = " ".join(["word"] * 60)
        found = problems_of(tmp_path, with_line(take, " ".join(["word"] * words)))

        assert found == [f"tool.yaml: line 26, reviews.builder.take: It has {words} words; a take has 55 to 110."]

    @pytest.mark.parametrize("words", TAKE_WORDS)
    def test_allowed_length_of_a_take(self, tmp_path: Path, words: int) -> None:
        """A take of 55 or of 110 words is accepted."""
        assert problems_of(tmp_path, with_line(" ".join(["word"] * 60), " ".join(["word"] * words))) == []

    @pytest.mark.parametrize(
        ("field", "most"),
        [
            ("slug", 60),
            ("name", 75),
            ("vendor", 75),
            ("category", 40),
            ("tagline", 110),
            ("best_for", 110),
            ("basis", 160),
        ],
    )
    def test_longest_text(self, tmp_path: Path, field: str, most: int) -> None:
        """Each field holds as much as a card can show, and not one character more."""
        line = next(line for line in TOOL.splitlines() if line.startswith(f"{field}:"))

        assert problems_of(tmp_path, with_line(f"{line}\n", f"{field}: {'x' * most}\n")) == []
        assert len(problems_of(tmp_path, with_line(f"{line}\n", f"{field}: {'x' * (most + 1)}\n"))) == 1

    @pytest.mark.parametrize(
        ("old", "new", "most"),
        [
            ("  A command-line tool that watches", "  {}", 600),
            ("aliases: [owl,", "aliases: [{},", 75),
            ("url: https://example.com/owl", "url: https://{}", 500),
            ("    take: word", "    take: {}", 1_200),
        ],
    )
    def test_far_too_long(self, tmp_path: Path, old: str, new: str, most: int) -> None:
        """Descriptions, aliases, addresses and takes end, too."""
        (found,) = problems_of(tmp_path, with_line(old, new.format("x" * (most + 1))))

        assert f"characters; at most {most:,} fit." in found

    def test_nearest_field(self, tmp_path: Path) -> None:
        """A mistyped field is compared with the fields of the group it stands in."""
        text = with_line("    headline: It", "    headlin: It").replace("  summary:", "  sumary:")

        assert [line for line in problems_of(tmp_path, text) if "no such" in line] == [
            "tool.yaml: line 14, pricing.sumary: There is no such field; did you mean summary?",
            "tool.yaml: line 25, reviews.builder.headlin: There is no such field; did you mean headline?",
        ]

    def test_all_of_them_in_order(self, tmp_path: Path) -> None:
        """Several mistakes are several lines, in the order in which they stand in the file."""
        text = TOOL.replace("slug: night-owl\n", "slug: X\n").replace("entry: free", "entry: gratis")
        found = problems_of(tmp_path, text + "extra: 1\nvendor: Again\n")

        assert [line.split(": ")[1] for line in found] == [
            "line 1, slug",
            "line 13, pricing.entry",
            "line 28, extra",
            "line 29, vendor",
        ]

    def test_very_many(self, tmp_path: Path) -> None:
        """A file of another kind is not answered with a thousand lines."""
        found = problems_of(tmp_path, "".join(f"field_{i}: x\n" for i in range(1_000)))

        assert len(found) == MAX_PROBLEMS + 1
        assert found[-1] == "tool.yaml: There are 990 more problems in this file."

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "ftp://example.com",
            "//example.com",
            "example.com",
            "https://",
            "https:///docs",
            "https://user:pass@example.com",
            "https://example.com@evil.example",
            "https://exa mple.com",
            "https://example.com:99999",
            "https://[::1",
            "https://example.com/<!channel>",
            "https://example.com/a|b",
            "https://exаmple.com",
            "data:text/html,x",
            "file:///etc/passwd",
            "x" * 501,
        ],
    )
    def test_addresses(self, tmp_path: Path, address: str) -> None:
        """Only plain web addresses are taken: no other scheme, no credentials, nothing that ends a link early."""
        text = with_line(
            "url: https://example.com/owl", "url: " + yaml.safe_dump(address, allow_unicode=True).splitlines()[0]
        )
        found = problems_of(tmp_path, text)

        assert len(found) == 1
        assert found[0].startswith("tool.yaml: line 11, url: ")

    @pytest.mark.parametrize(
        "address", ["http://wiki/tools", "HTTPS://Example.com:8443/a?b=c&d=%20#e", "https://[::1]/"]
    )
    def test_good_addresses(self, tmp_path: Path, address: str) -> None:
        """An address is kept as it was written, also one of the company's own network."""
        assert read(tmp_path, with_line("url: https://example.com/owl", f'url: "{address}"')).url == address


class TestHostile:
    @pytest.mark.fault("S14")
    @pytest.mark.parametrize("loader", LOADERS)
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("a: &x [1]\nb: *x", "Anchors and aliases"),
            ("a: &anchor text", "Anchors and aliases"),
            ("*a : b", "Anchors and aliases"),
            ("&a key: b", "Anchors and aliases"),
            ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]", "Anchors and aliases"),
            ("a: !!python/object/apply:os.system ['true']", "Tags (!)"),
            ("!!python/name:os.system a: b", "Tags (!)"),
            ("a: !!binary aGk=", "Tags (!)"),
            ("a: !!str 5", "Tags (!)"),
            ("a: ! 5", "Tags (!)"),
            ("!!set {a, b}", "Tags (!)"),
            ("[a, b]: c", "The name of a field must be plain text."),
            ("? {a: b}\n: c", "The name of a field must be plain text."),
            ("[" * 100_000, "nested more than"),
            ("{a: " * 100_000, "nested more than"),
            ("- " * 100_000, "nested more than"),
            ("\n".join(" " * i + "a:" for i in range(500)), "nested more than"),
            ("- a\n" * 100_000, "more than 5,000 values"),
            ("".join(f"k{i}: v\n" for i in range(50_000)), "more than 5,000 values"),
            ("a: b\n---\nc: d", "a second one begins here"),
            ("", "The file is empty."),
            ("# nothing", "The file is empty."),
            ("a: b: c", "This is not valid YAML: mapping values are not allowed"),
            ("a: 'b", "This is not valid YAML"),
            ("\ta: b", "This is not valid YAML"),
            ("a: @b", "This is not valid YAML"),
            ("a: b\n...\nc", "This is not valid YAML"),
            ("%YAML 9.0\n---\na: b", "This is not valid YAML"),
            ("a: \x00", "control characters"),
            ("a: \x1b[31m", "control characters"),
            ("%TAG ! tag:example.com,2026:\n---\na: !x b", "Tags (!)"),
        ],
    )
    def test_yaml_that_is_refused(self, text: str, sentence: str, loader: type) -> None:
        """Tags, anchors, odd keys, depth, mass and broken syntax end in one sentence, whichever parser reads them."""
        with pytest.raises(plain_yaml.BadYaml) as caught:
            plain_yaml.load(text, loader)

        assert sentence in caught.value.sentence

    @pytest.mark.fault("S14")
    @pytest.mark.parametrize("loader", LOADERS)
    def test_merge_keys_merge_nothing(self, loader: type) -> None:
        """`<<` is a key like any other."""
        assert plain_yaml.load("<<: {a: b}\nc: d", loader).value == {"<<": {"a": "b"}, "c": "d"}

    @pytest.mark.fault("S14")
    def test_ten_megabytes(self, tmp_path: Path) -> None:
        """A file beyond the limit is not parsed at all."""
        assert problems_of(tmp_path, TOOL.encode() + b"#" * 10_000_000) == [
            f"tool.yaml: The file is larger than {MAX_BYTES:,} bytes."
        ]

    @pytest.mark.parametrize("text", ["just text", "[a, b]", "---\n", "12", "null", "- slug: a"])
    def test_not_a_tool(self, tmp_path: Path, text: str) -> None:
        """Sound YAML that is no group of fields is not a tool."""
        assert problems_of(tmp_path, text) == ["tool.yaml: A tool is a group of fields such as `slug: claude-code`."]

    @pytest.mark.parametrize("content", [b"\xff\xfes\x00l\x00", b"a: b\nc: \xe9", b"\x80" * 300])
    def test_not_utf8(self, tmp_path: Path, content: bytes) -> None:
        """Bytes of another encoding, or none, are named as that."""
        (found,) = problems_of(tmp_path, content)

        assert found.endswith("The file is not UTF-8 text.")

    @pytest.mark.parametrize(
        "char",
        [
            "\u202e",
            "\u2066",
            "\u200b",
            "\u200d",
            "\u00ad",
            "\ufeff",
            "\u2028",
            "\u0085",
            "\x7f",
            "\x1b",
            "\u3164",
            "\ue000",
            "\U000e0041",
        ],
    )
    @pytest.mark.parametrize(
        "field", ["name: Night Owl", "    headline: It does one thing", "aliases: [owl, night-owl cli]"]
    )
    def test_characters_that_nobody_can_see(self, tmp_path: Path, char: str, field: str) -> None:
        """Bidirectional, zero-width, control, filler and private characters are named by number, and not printed."""
        key, _, value = field.partition(": ")
        text = with_line(
            field, f'{key}: ["O\\U{ord(char):08x}wl"]' if "[" in value else f'{key}: "O\\U{ord(char):08x}wl"'
        )
        (found,) = problems_of(tmp_path, text)

        assert f"It contains U+{ord(char):04X}, a character that nobody can see; remove it." in found

    def test_an_unknown_field_with_a_hostile_name(self, tmp_path: Path) -> None:
        """What a problem repeats of the file is cut short and cannot turn or hide a terminal's line."""
        (found,) = problems_of(tmp_path, TOOL + f'"\\u202e\\e[2J{"x" * 500}": 1\n')

        assert found.startswith("tool.yaml: line 28, \ufffd\ufffd[2Jxxx")
        assert len(found) < 140

    @settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
    def test_any_file(self, tmp_path: Path, content: str | bytes) -> None:
        """Whatever a file holds, reading it ends in problems of one line each."""
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content

        assert problems_of(tmp_path, data)

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from(sorted(yaml.safe_load(TOOL))),
        st.recursive(
            st.none() | st.text(max_size=200) | st.integers() | st.floats() | st.booleans() | st.dates(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
            max_leaves=8,
        ),
    )
    def test_any_value_in_any_field(self, tmp_path: Path, field: str, value: Any) -> None:
        """Whatever stands in one field, the answer is the tool or sentences about this field."""
        content = yaml.safe_load(TOOL) | {field: value}
        found = problems_of(tmp_path, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))

        assert all(f", {field}" in problem or "Anchors" in problem for problem in found)


class TestFolder:
    @staticmethod
    def fill(folder: Path, **files: str) -> None:
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def test_good_and_bad_files(self, tmp_path: Path) -> None:
        """The sound files are read, each bad one is told, and other kinds of file are left alone."""
        self.fill(tmp_path, good=TOOL, bad="slug: x", broken="a: 'b")
        (tmp_path / "README.md").write_text("no tool", encoding="utf-8")
        (tmp_path / ".hidden.yaml").write_text("no tool", encoding="utf-8")
        tools, problems = read_folder(tmp_path)

        assert [tool.slug for tool in tools] == ["night-owl"]
        assert {problem.file for problem in problems} == {"bad.yaml", "broken.yaml"}

    def test_no_folder(self, tmp_path: Path) -> None:
        """A folder that is not there, is a file or is empty is a problem, not an error."""
        (tmp_path / "file").touch()
        (tmp_path / "empty").mkdir()

        assert [str(problem) for problem in read_folder(tmp_path / "nowhere")[1]] == [
            "nowhere: The folder cannot be read: No such file or directory."
        ]
        assert read_folder(tmp_path / "file")[1] == [Problem("file", "", "The folder cannot be read: Not a directory.")]
        assert read_folder(tmp_path / "empty")[1] == [Problem("empty", "", "There are no .yaml files in this folder.")]

    def test_what_is_called_yaml_but_is_no_file(self, tmp_path: Path) -> None:
        """A folder, a dangling link and a pipe that nobody writes to are told at once."""
        (tmp_path / "folder.yaml").mkdir()
        (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere")
        os.mkfifo(tmp_path / "pipe.yaml")
        tools, problems = read_folder(tmp_path)

        assert tools == []
        assert [str(problem) for problem in problems] == [
            f"{name}.yaml: There is no such file." for name in ("folder", "link", "pipe")
        ]

    @pytest.mark.fault("S06")
    @pytest.mark.parametrize(
        ("slug", "name", "alias", "where"),
        [
            ("night-owl", "Other", "other one", "slug"),
            ("other", "NIGHT   OWL", "other one", "name"),
            ("other", "Nïght-Ôwl", "other one", "name"),
            ("other", "Ｎｉｇｈｔ Ｏｗｌ", "other one", "name"),
            ("other", "Nіght Оwl", "other one", "name"),  # Cyrillic і and О
            ("other", "Νight Οwl", "other one", "name"),  # Greek Ν and Ο
            ("other", "Other", "OWL", "aliases.1"),
            ("other", "Other", "оwl", "aliases.1"),  # Cyrillic о
            ("other", "Other", "night owl", "aliases.1"),
            ("owl", "Other", "other one", "slug"),
        ],
    )
    def test_a_name_that_is_taken(self, tmp_path: Path, slug: str, name: str, alias: str, where: str) -> None:
        """Two tools cannot go by one name, however it is spelled and whatever letters it borrows."""
        second = (
            TOOL.replace("slug: night-owl\n", f"slug: {slug}\n")
            .replace("name: Night Owl", f"name: {name}")
            .replace("[owl, night-owl cli]", f"[{alias}]")
        )
        self.fill(tmp_path, first=TOOL, second=second)
        tools, problems = read_folder(tmp_path)

        assert len(tools) == 2
        assert [(problem.file, problem.where) for problem in problems] == [("second.yaml", where)]
        assert "is taken: first.yaml has “" in problems[0].sentence

    def test_a_file_with_a_hostile_name(self, tmp_path: Path) -> None:
        """A file's name is shown without what could turn or hide a line, wherever it is named."""
        self.fill(tmp_path, **{"a\n\u202e": TOOL, "b\x1b[2J": TOOL, "c\r": "x"})
        problems = read_folder(tmp_path)[1]

        assert {problem.file for problem in problems} == {"b\ufffd[2J.yaml", "c\ufffd.yaml"}
        assert all(str(problem).isprintable() for problem in problems)

    def test_a_tool_may_repeat_itself(self, tmp_path: Path) -> None:
        """Several spellings of one name in one file are no clash."""
        self.fill(tmp_path, only=with_line("[owl, night-owl cli]", "[night owl, night-owl, Night Owl, NIGHTOWL]"))

        assert read_folder(tmp_path)[1] == []

    def test_what_stands_in_a_parenthesis(self, tmp_path: Path) -> None:
        """Two sizes of a model are two tools, as long as no alias of theirs is the same."""
        small = read(tmp_path, TOOL).model_copy(update={"slug": "a", "name": "Gemma 3 (4B)", "aliases": ()})
        large = small.model_copy(update={"slug": "b", "name": "Gemma 3 (12B)"})

        assert clashes({"a.yaml": small, "b.yaml": large}) == []
        assert clashes({"a.yaml": small, "b.yaml": large.model_copy(update={"aliases": ("gemma-3 4b",)})})
