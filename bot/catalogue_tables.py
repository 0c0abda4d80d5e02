"""The catalogue as one file: a JSON list or a CSV table of tools, each as a YAML file would say it; and back."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import spreadsheet
from bot.catalogue_file import MAX_PROBLEMS, CatalogueTool, Problem, validated
from bot.spreadsheet import BadTable

MAX_BYTES = 500_000_000

_FACTS = ("slug", "name", "aliases", "vendor", "category", "tagline", "description", "best_for", "url")
_PRICE = ("entry", "summary", "source", "as_of")
_REST = ("released", "sources", "reviewed_on", "basis")
_REVIEW = ("reviewer", "verdict", "headline", "take", "caveat", "author", "basis", "reviewed_on")
_LISTS = ("aliases", "sources")


def columns(reviewers: Iterable[str]) -> list[str]:
    """The columns of a table in which these reviewers (by slug) have takes."""
    priced = [f"price.{part}" for part in _PRICE]
    reviewed = [f"{reviewer}.{part}" for reviewer in reviewers for part in _REVIEW]
    return [*_FACTS, *priced, *_REST, *reviewed]


def row(document: Mapping[str, Any]) -> dict[str, object]:
    """A tool as a row of that table."""
    cells: dict[str, object] = {name: document.get(name) for name in (*_FACTS, *_REST)}
    cells |= {f"price.{part}": document["pricing"].get(part) for part in _PRICE}
    for reviewer, review in document.get("reviews", {}).items():
        cells |= {f"{reviewer}.{part}": review.get(part) for part in _REVIEW}
    return cells


def read_csv(file: str, text: str) -> tuple[dict[str, CatalogueTool], list[Problem]]:
    """Every tool of a table by "file, line 7", and what is wrong with it. Never raises for content."""
    tools: dict[str, CatalogueTool] = {}
    problems: list[Problem] = []
    try:
        for line, cells in spreadsheet.read(text):
            unknown = [column for column in cells if not _is_known(column)]
            if unknown:
                sentence = f"There is no such column as “{unknown[0][:60]}”."
                return {}, [Problem(file, "line 1", sentence)]
            _take_in(file, f"line {line}", _document(cells), tools, problems)
            if len(problems) >= MAX_PROBLEMS:
                return {}, [*problems, Problem(file, "", "What follows was not read.")]
    except BadTable as error:
        problems.append(Problem(file, f"line {error.line}", error.sentence))
    return tools, problems


def read_json(file: str, text: str) -> tuple[dict[str, CatalogueTool], list[Problem]]:
    """Every tool of a JSON list by "file, tool 7", and what is wrong with it. Never raises for content."""
    tools: dict[str, CatalogueTool] = {}
    problems: list[Problem] = []
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        sentence = str(error) if isinstance(error, _RepeatedError) else "This is not valid JSON."
        return {}, [Problem(file, where, sentence)]
    if not isinstance(found, list):
        return {}, [Problem(file, "", "A catalogue is a list of tools: [{…}, {…}].")]
    for number, document in enumerate(found, start=1):
        if not isinstance(document, dict):
            problems.append(Problem(file, f"tool {number}", "A tool is a group of fields."))
        else:
            _take_in(file, f"tool {number}", document, tools, problems)
        if len(problems) >= MAX_PROBLEMS:
            return {}, [*problems, Problem(file, "", "What follows was not read.")]
    return tools, problems


class _RepeatedError(ValueError):
    """A key that is twice in one group of fields."""


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _RepeatedError(f"The field “{repeated[:60]}” is there twice.")
    return found


def _take_in(
    file: str,
    where: str,
    document: Mapping[str, object],
    tools: dict[str, CatalogueTool],
    problems: list[Problem],
) -> None:
    tool, found = validated(document)
    if tool is None:
        problems += [Problem(file, f"{where}, {place}" if place else where, sentence) for place, sentence in found]
    else:
        tools[f"{file}, {where}"] = tool


def _is_known(column: str) -> bool:
    reviewer, _, part = column.rpartition(".")
    return column in (*_FACTS, *_REST) or (
        part in _PRICE if reviewer == "price" else bool(reviewer) and part in _REVIEW
    )


def _document(cells: Mapping[str, str]) -> dict[str, object]:
    document: dict[str, object] = {}
    pricing: dict[str, str] = {}
    reviews: dict[str, dict[str, str]] = {}
    for column, cell in cells.items():
        group, _, part = column.rpartition(".")
        if group == "price":
            pricing[part] = cell
        elif group:
            reviews.setdefault(group, {})[part] = cell
        else:
            document[column] = spreadsheet.listed(cell) if column in _LISTS else cell
    return {**document, "pricing": pricing, "reviews": reviews}


def reviewers_of(documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The slugs of the reviewers who have takes in these, each once."""
    yield from dict.fromkeys(reviewer for document in documents for reviewer in document.get("reviews", {}))
