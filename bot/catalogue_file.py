"""The catalogue as files: one YAML file a tool, its format, and what is wrong with a file in plain sentences."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from bot import plain_yaml
from bot.importing import PANEL
from bot.look_alikes import skeleton
from bot.model import Entry, Verdict
from bot.spelling import key

MAX_BYTES = 1_000_000
MAX_PROBLEMS = 20  # of one file; what follows is counted
TAKE_WORDS = (55, 110)

_SHOWN = 80  # characters of a file's own text that a problem repeats

_PANEL = tuple(slug for slug, _ in PANEL)

# Characters that show nothing though Unicode calls them letters, marks or symbols: fillers, joiner, blank Braille cell.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


# By pydantic's type of error; the words in braces are its own, or those of _sentence.
_SENTENCES = {
    "missing": "This field is missing.",
    "literal_error": "It must be {expected}, not {given}.",
    "string_too_long": "It has {length:,} characters; at most {max_length:,} fit.",
    "string_too_short": "It is empty.",
    "too_long": "It has {actual_length:,} entries; at most {max_length} fit.",
    "string_type": "It must be text, not {given}.",
    "tuple_type": "It must be a list, not {given}.",
    "model_type": "It must be a group of fields, not {given}.",
    "dict_type": "It must be a group of fields, not {given}.",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file: which file, where in it (may be empty), and a sentence."""

    file: str
    where: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.where, self.sentence) if part)


def _one_line(value: object) -> object:
    """Text as one line, however YAML wrapped it, without characters that hide or turn it."""
    if not isinstance(value, str):
        return value
    for char in value:
        if char not in "\n\t" and (
            unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} or char in _INVISIBLE
        ):
            raise ValueError(f"It contains U+{ord(char):04X}, a character that nobody can see; remove it.")
    return " ".join(value.split())


def _slug(value: str) -> str:
    if not re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)*", value):
        raise ValueError(f"{_shown(value)} is not a slug such as claude-code: a to z, digits and single hyphens.")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or not value.isascii() or set(value) & set(' "<>\\^`{|}'):
        raise ValueError(f"{_shown(value)} is not a web address such as https://example.com/docs.")
    return value


def _day(value: str) -> str:
    """A day or a month, as text: half of what is dated is only known to the month."""
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}(-[0-9]{2})?", value):  # fromisoformat reads "2026-W48-1", too
            raise ValueError(value)
        date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    except ValueError:
        raise ValueError(f"{_shown(value)} is not a date such as 2026-11-22, or 2026-11.") from None
    return value


def _take_length(value: str) -> str:
    words, (fewest, most) = len(value.split()), TAKE_WORDS
    if not fewest <= words <= most:
        raise ValueError(f"It has {words} words; a take has {fewest} to {most}.")
    return value


_LINE = BeforeValidator(_one_line)
_Name = Annotated[str, Field(min_length=1, max_length=75), _LINE]  # Slack's menus hold 75 characters
_Short = Annotated[str, Field(min_length=1, max_length=110), _LINE]
_Url = Annotated[str, Field(max_length=500), AfterValidator(_web_address), _LINE]
_Date = Annotated[str, AfterValidator(_day), _LINE]
_Basis = Annotated[str, Field(min_length=1, max_length=160), _LINE]
_Reviewer = Annotated[str, Field(max_length=40), AfterValidator(_slug), _LINE]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FilePrice(_Part):
    """What a tool costs to begin with; without a source the app calls the price unsourced."""

    entry: Entry
    summary: Annotated[str, Field(min_length=1, max_length=160), _LINE]
    source: _Url | None = None
    as_of: _Date


class FileReview(_Part):
    """One reviewer's opinion of the tool."""

    verdict: Verdict
    headline: Annotated[str, Field(min_length=1, max_length=90), _LINE]
    take: Annotated[str, Field(max_length=1_200), AfterValidator(_take_length), _LINE]
    caveat: Annotated[str, Field(min_length=1, max_length=140), _LINE]
    # Where they differ from the tool's own, or the reviewer is not one of the four.
    reviewer: Annotated[str, Field(min_length=1, max_length=40), _LINE] | None = None
    author: Annotated[str, Field(min_length=1, max_length=80), _LINE] | None = None
    basis: _Basis | None = None
    reviewed_on: _Date | None = None


class CatalogueTool(_Part):
    """One tool as a catalogue file holds it. Dates are text: a day ("2026-11-22") or a month ("2026-11")."""

    slug: Annotated[str, Field(max_length=60), AfterValidator(_slug), _LINE]
    name: _Name
    aliases: Annotated[tuple[_Name, ...], Field(max_length=20, strict=False)] = ()
    vendor: _Name
    category: Annotated[str, Field(min_length=1, max_length=40), _LINE]
    tagline: _Short
    description: Annotated[str, Field(min_length=1, max_length=600), _LINE]
    best_for: _Short
    url: _Url | None = None
    pricing: FilePrice
    released: _Date | None = None
    sources: Annotated[tuple[_Url, ...], Field(max_length=20, strict=False)] = ()
    reviewed_on: _Date
    basis: _Basis
    reviews: dict[_Reviewer, FileReview] = {}

    @field_validator("reviews")
    @classmethod
    def _named(cls, reviews: dict[str, FileReview]) -> dict[str, FileReview]:
        for slug, review in reviews.items():
            if slug not in _PANEL and review.reviewer is None:
                near = get_close_matches(slug, _PANEL, n=1)
                meant = f"; did you mean {near[0]}?" if near else "."
                raise ValueError(
                    f"{_shown(slug)} is none of the four reviewers{meant} A new one needs a name, `reviewer: …`."
                )
        return reviews


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files directly in a folder, by name; hidden ones are left alone. Raises OSError."""
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in {".yaml", ".yml"} and not path.name.startswith(".")
    )


def read_folder(folder: Path) -> tuple[list[CatalogueTool], list[Problem]]:
    """Every tool of a folder that could be read, and everything that is wrong with any file of it.

    Content never raises. Import only when there are no problems: a file that has one is not among the tools, a tool
    whose names clash is.
    """
    try:
        paths = yaml_files(folder)
    except OSError as error:
        return [], [Problem(_shown_name(folder), "", f"The folder cannot be read: {error.strerror}.")]
    if not paths:
        return [], [Problem(_shown_name(folder), "", "There are no .yaml files in this folder.")]
    tools: dict[str, CatalogueTool] = {}
    problems: list[Problem] = []
    for path in paths:
        tool, found = read_file(path)
        problems += found
        if tool is not None:
            tools[path.name] = tool
    return list(tools.values()), problems + clashes(tools)


def read_file(path: Path) -> tuple[CatalogueTool | None, list[Problem]]:
    """The tool of one file, or None and what is wrong with it, in the order of its lines. Never raises for content."""
    name = _shown_name(path)
    try:
        text = read_text(path)
        document = plain_yaml.load(text)
    except plain_yaml.BadYaml as error:
        return None, [Problem(name, f"line {error.line}" if error.line else "", error.sentence)]
    found = [(line, _where(place, line), "This field is there twice.") for place, line in document.repeated]
    tool = None
    if not isinstance(document.value, dict):
        return None, [Problem(name, "", "A tool is a group of fields such as `slug: claude-code`.")]
    try:
        tool = CatalogueTool.model_validate(document.value)
    except ValidationError as invalid:
        for detail in invalid.errors(include_url=False):
            place, line = _place(detail, document.lines)
            found.append((line, _where(place, line), _sentence(detail)))
    found.sort(key=lambda problem: problem[0])
    problems = [Problem(name, where, sentence) for _, where, sentence in found[:MAX_PROBLEMS]]
    if len(found) > MAX_PROBLEMS:
        problems.append(Problem(name, "", f"There are {len(found) - MAX_PROBLEMS:,} more problems in this file."))
    return (None if problems else tool), problems


def validated(document: Mapping[str, object]) -> tuple[CatalogueTool | None, list[tuple[str, str]]]:
    """A tool from fields that did not come from a file, or None and (dotted place, sentence) of each problem."""
    try:
        return CatalogueTool.model_validate(dict(document)), []
    except ValidationError as invalid:
        details = invalid.errors(include_url=False)
        return None, [(".".join(map(str, detail["loc"])), _sentence(detail)) for detail in details]


def clashes(tools: Mapping[str, CatalogueTool]) -> list[Problem]:
    """A problem for every slug, name or alias in a file that nobody could tell from one of an earlier file.

    Names are the same when `bot.spelling.key` says so or when they look the same; a tool may repeat itself in several
    spellings. `tools` are keyed by file.
    """
    owners: dict[str, tuple[str, str]] = {}
    problems = []
    for file, tool in tools.items():
        # What stands in a name's parenthesis counts: "Gemma 3 (4B)" and "Gemma 3 (12B)" are two tools, and a person who
        # leaves it out is asked which.
        name = tool.name.replace("(", " ").replace(")", " ")
        places = [("slug", tool.slug, tool.slug), ("name", tool.name, name)]
        places += [(f"aliases.{number}", alias, alias) for number, alias in enumerate(tool.aliases, start=1)]
        for where, written, text in places:
            found = [
                owners.setdefault(same, (file, written)) for same in (f"key {key(text)}", f"looks {skeleton(text)}")
            ]
            taken = next(((owner, other) for owner, other in found if owner != file), None)
            if taken is not None:
                shown, owner = _shown(file, quotes=False), _shown(taken[0], quotes=False)
                problems.append(Problem(shown, where, f"{_shown(written)} is taken: {owner} has {_shown(taken[1])}."))
    return problems


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    """The text of a file of at most so many bytes. Raises BadYaml, which says in a sentence what is wrong with it."""
    if not path.is_file():  # before opening: a named pipe would wait for its writer for ever
        raise plain_yaml.BadYaml("There is no such file.")
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise plain_yaml.BadYaml(f"The file cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise plain_yaml.BadYaml(f"The file is larger than {most:,} bytes.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise plain_yaml.BadYaml("The file is not UTF-8 text.", line) from error


def _place(error: ErrorDetails, lines: Mapping[plain_yaml.Place, int]) -> tuple[plain_yaml.Place, int]:
    """Where an error is, and the line of it or of what should hold it."""
    place = tuple(part for part in error["loc"] if part != "[key]")
    known = place
    while known not in lines:
        known = known[:-1]
    return place, lines[known]


def _where(place: Iterable[str | int], line: int) -> str:
    parts = [str(part + 1) if isinstance(part, int) else _shown(part, quotes=False) for part in place]
    return f"line {line}, {'.'.join(parts)}" if parts else f"line {line}"


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return _no_such_field(error["loc"])
    given = error["input"]
    sentence = _SENTENCES.get(error["type"], "{message}.")
    facts = {"given": _shown(given), "length": len(given) if isinstance(given, str) else 0, "message": error["msg"]}
    return sentence.format_map(facts | error.get("ctx", {}))


def _no_such_field(place: tuple[int | str, ...]) -> str:
    part: type[BaseModel] = CatalogueTool
    if len(place) > 1:
        part = FilePrice if place[0] == "pricing" else FileReview
    near = get_close_matches(str(place[-1])[:40], part.model_fields, n=1)
    return "There is no such field" + (f"; did you mean {near[0]}?" if near else ".")


def _shown(value: object, *, quotes: bool = True) -> str:
    """What was written, fit for a line in a terminal: short, and nothing in it that hides or turns text."""
    if not isinstance(value, str):
        return "a list" if isinstance(value, list) else "a group of fields" if isinstance(value, dict) else "nothing"
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value[:_SHOWN])
    text += "…" if len(value) > _SHOWN else ""
    return f"“{text}”" if quotes else text


def _shown_name(path: Path) -> str:
    return _shown(path.name or str(path), quotes=False)
