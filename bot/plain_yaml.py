"""YAML from strangers as plain text, lists and mappings, within bounds.

Read from the parser's events, so that nothing of YAML's own type system takes part: a scalar is the text that stands
there (`no`, `1e3` and `2026-11-22` stay what was typed), except that a bare `null`, `~` or nothing is None. Anchors,
aliases, tags and repeated keys are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml
from yaml import events

MAX_DEPTH = 8
MAX_NODES = 5_000

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Place: TypeAlias = "tuple[str | int, ...]"

_NULLS = {"", "~", "null", "Null", "NULL"}


class BadYaml(Exception):
    """The text is not YAML as it is accepted here: one sentence, and the line it is about where there is one."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line


@dataclass(slots=True)
class Document:
    """A document's value, the line (from 1) on which each part of it begins, and the keys that were repeated."""

    value: Plain = None
    lines: dict[Place, int] = field(default_factory=dict)
    repeated: list[tuple[Place, int]] = field(default_factory=list)


def load(text: str, loader: type = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader) -> Document:
    """The one document of a YAML text. Raises BadYaml.

    Stops at the first event that breaks a bound, so that the work is bounded by the text that was read until then.
    """
    try:
        return _Reader(yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(f"This is not valid YAML: {error.problem}.", mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:  # the reader's own, about characters that YAML forbids
        raise BadYaml("This is not valid YAML: it contains control characters.") from error


class _Reader:
    def __init__(self, stream: Iterator[events.Event]) -> None:
        self._stream = stream
        self._document = Document()
        self._nodes = 0

    def document(self) -> Document:
        """Read the stream to its end."""
        next(self._stream)  # StreamStart
        if isinstance(next(self._stream), events.StreamEndEvent):
            raise BadYaml("The file is empty.")
        self._document.value = self._node(next(self._stream), ())
        next(self._stream)  # DocumentEnd
        another = next(self._stream)
        if not isinstance(another, events.StreamEndEvent):
            raise BadYaml("One file holds one document; a second one begins here.", _line(another))
        return self._document

    def _node(self, event: events.Event, place: Place) -> Plain:
        self._admit(event)
        self._document.lines[place] = _line(event)
        if isinstance(event, events.ScalarEvent):
            return None if event.implicit[0] and event.value in _NULLS else event.value
        if len(place) == MAX_DEPTH:
            raise BadYaml(f"Lists and groups are nested more than {MAX_DEPTH} deep.", _line(event))
        return self._list(place) if isinstance(event, events.SequenceStartEvent) else self._mapping(place)

    def _list(self, place: Place) -> Plain:
        found: list[Plain] = []
        while not isinstance(event := next(self._stream), events.SequenceEndEvent):
            found.append(self._node(event, (*place, len(found))))
        return found

    def _mapping(self, place: Place) -> Plain:
        found: dict[str, Plain] = {}
        while not isinstance(event := next(self._stream), events.MappingEndEvent):
            self._admit(event)
            if not isinstance(event, events.ScalarEvent):
                raise BadYaml("The name of a field must be plain text.", _line(event))
            inside, line = (*place, event.value), _line(event)
            if event.value in found:
                self._document.repeated.append((inside, line))
                self._node(next(self._stream), (*inside, "repeated"))
            else:
                found[event.value] = self._node(next(self._stream), inside)
                self._document.lines[inside] = line
        return found

    def _admit(self, event: events.Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise BadYaml(f"The file holds more than {MAX_NODES:,} values.", _line(event))
        if getattr(event, "anchor", None) is not None:  # an alias carries the name of its anchor
            raise BadYaml("Anchors and aliases (& and *) are not read: write the value out, or quote it.", _line(event))
        if getattr(event, "tag", None) is not None:
            raise BadYaml("Tags (!) are not read: remove it, or quote the text.", _line(event))


def _line(event: events.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
