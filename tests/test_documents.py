"""What the documents say is there, is there: paths, names, links, commands, lines to type."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
import yaml

from bot import starter
from bot.__main__ import cli
from bot.matching import Named, Names, read
from bot.views.notices.guide import HELP
from commands import grammar
from commands.requests import CompareRequest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
# They speak of files; the others may name files of whoever runs the app.
SPEAK_OF_CODE = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *DECISIONS]

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")
_NAMED = re.compile(r"([\w./-]+\.py): ([\w.]+)")
_SUFFIXES = {".py", ".md", ".toml", ".yml", ".yaml", ".lock", ".txt", ".ini", ".js", ".css", ".html", ".example"}
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)

# In pieces, because this file is searched for them, too.
_MACHINE_PATHS = [f"/{top}/" for top in ("work", "root", "home", "farm")]
_REGISTRIES = [
    ".".join(host) for host in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "com"), ("npmjs", "org"))
]


def _name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def _spans(document: Path) -> list[str]:
    """What stands between single backticks, outside of code blocks."""
    return _SPAN.findall(_FENCED.sub("", document.read_text("utf-8")))


def _lines(document: Path) -> Iterator[str]:
    """What a reader may type into a terminal: lines of code blocks, and spans."""
    for block in _FENCED.findall(document.read_text("utf-8")):
        yield from (line.strip().removeprefix("$ ") for line in block.splitlines()[1:-1])
    yield from _spans(document)


def _paths(document: Path) -> Iterator[str]:
    for span in _spans(document):
        path = span.partition(": ")[0]
        if _PATH.fullmatch(path) and ("/" in path or Path(path).suffix in _SUFFIXES):
            yield path


@cache
def _names(file: str) -> frozenset[str]:
    """Everything that a module defines at its top, and in its classes as Class.name."""
    found = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        names = _defined(node)
        found |= names
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for inner in node.body for name in _defined(inner)}
    return frozenset(found)


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _anchor(heading: str) -> str:
    """The fragment of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", SPEAK_OF_CODE, ids=_name)
def test_every_path_exists(document: Path) -> None:
    """A path between backticks is a file or a folder of the project."""
    missing = [path for path in _paths(document) if not any(ROOT.glob(path.rstrip("/")))]

    assert missing == []


@pytest.mark.parametrize("document", SPEAK_OF_CODE, ids=_name)
def test_every_function_exists(document: Path) -> None:
    """What is named as `file.py: name` is defined in that file."""
    named = [found.groups() for span in _spans(document) if (found := _NAMED.fullmatch(span))]

    assert [f"{file}: {name}" for file, name in named if name not in _names(file)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_relative_link_resolves(document: Path) -> None:
    """A link inside the project leads to a file, and its fragment to a heading there."""
    broken = []
    for link in _LINK.findall(_FENCED.sub("", document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = document.parent / path if path else document
        anchors = _HEADING.findall(target.read_text("utf-8")) if fragment and target.is_file() else []
        if not target.exists() or (fragment and fragment not in map(_anchor, anchors)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_line_can_be_run(document: Path) -> None:
    """`make …` names a target of the Makefile, `verdicts …` a command of the command line."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = set(getattr(typer.main.get_command(cli), "commands"))  # noqa: B009  a group, as Typer does not tell
    words = [line.split() for line in _lines(document)]

    assert [line for line in words if line[:1] == ["make"] and len(line) > 1 and line[1] not in targets] == []
    assert [line for line in words if line[:1] == ["verdicts"] and len(line) > 1 and line[1] not in commands] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_line_for_slack_works(document: Path) -> None:
    """`/compare …` and `/verdict …` without placeholders are understood; their tools are in the starter catalogue."""
    tools = starter.tools()
    names = Names(Named(i, tool.facts.slug, tool.facts.name, tool.aliases) for i, tool in enumerate(tools))
    for line in _lines(document):
        command, _, text = line.partition(" ")
        if command not in {"/compare", "/verdict"} or not text or re.search(r"[<\[…]|\b[AB]\b", text):
            continue
        asked = grammar.parse_compare(text) if command == "/compare" else grammar.parse_verdict(text)
        asked = getattr(asked, "request", asked)
        if isinstance(asked, CompareRequest) and not asked.help:
            assert read(asked.names, names).is_exact, line


def test_the_readme_gives_a_reason_for_every_scope() -> None:
    """Whoever installs the app reads why it asks for what it asks, and for nothing that it does not ask."""
    scopes = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))["oauth_config"]["scopes"]
    asked = [*scopes["bot"], *scopes["bot_optional"]]
    _, _, table = (ROOT / "README.md").read_text("utf-8").partition("| scope |")
    cells = [line.split("|")[1] for line in table.partition("\n\n")[0].splitlines()[2:]]

    assert sorted(scope for cell in cells for scope in _SPAN.findall(cell)) == sorted(asked)


def test_the_readme_shows_every_verb() -> None:
    """Each verb that has help stands in README's table of lines; a tool's name alone is no verb."""
    _, _, table = (ROOT / "README.md").read_text("utf-8").partition("## What you can type")
    table, _, _ = table.partition("## How votes count")

    assert {
        verb for verb in HELP.keys() - {"tool"} if not re.search(rf"`/(?:verdict )?{re.escape(verb)}\b", table)
    } == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_nothing_names_this_machine_or_a_registry(document: Path) -> None:
    """No path of a machine that built the project, no host of a package registry."""
    text = document.read_text("utf-8")

    assert [place for place in (*_MACHINE_PATHS, *_REGISTRIES) if place in text] == []


def test_the_changelog_knows_the_version() -> None:
    """The version in pyproject.toml has its entry."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert re.search(rf"^## \[?{re.escape(version)}\]?\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("decision", DECISIONS, ids=_name)
def test_a_decision_is_short_and_whole(decision: Path) -> None:
    """At most sixty lines: context, decision, consequences, what was weighed, what enforces it."""
    text = decision.read_text("utf-8")

    assert _HEADING.findall(text)[1:] == ["Context", "Decision", "Consequences", "Weighed", "Enforced by"]
    assert len(text.splitlines()) <= 60


def test_the_index_knows_every_document() -> None:
    """docs/README.md links to everything beneath docs/."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text("utf-8"))}

    assert {path for path in (ROOT / "docs").rglob("*.md") if path != index} - linked == set()
