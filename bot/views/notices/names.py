"""When a name is not quite one that the catalogue knows: ask, never guess silently, and keep what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Tool
from bot.views import actions, kit
from bot.views.actions import Ask
from bot.views.blocks import Element
from bot.views.kit import NOBODY, TYPED, Message
from bot.views.text import clean, escape

CHOICES: Final = 5  # buttons in a row before the typeahead is the better way


@dataclass(frozen=True, slots=True)
class Choice:
    """A tool that somebody may have meant."""

    id: int
    name: str
    vendor: str = ""


def _labels(choices: Sequence[Choice]) -> list[str]:
    """What the buttons say: the names, with the vendors where names are the same."""
    names = [clean(choice.name, 60) or NOBODY for choice in choices]
    labels = []
    for name, choice in zip(names, choices, strict=True):
        vendor = clean(choice.vendor, 30)
        labels.append(f"{clean(name, 40)} ({vendor})" if names.count(name) > 1 and vendor else name)
    return labels


def _choose(ask: Ask, label: str = "Choose another") -> Element:
    return kit.button(label, actions.CHOOSE, ask.value())


def _picks(ask: Ask, choices: Sequence[Choice]) -> list[Element]:
    shown = choices[:CHOICES]
    return [
        kit.button(label, f"{actions.PICK}_{i}", ask.picked(choice.id).value())
        for i, (label, choice) in enumerate(zip(_labels(shown), shown, strict=True))
    ]


def _add(name: str, typed: str = "") -> Element:
    """*Add it*: the dialog for a new tool, with the name that was typed."""
    return kit.button("Add it", actions.ADD_TOOL, Ask(typed=typed, names=(name,), tools=(None,)).value())


def did_you_mean(ask: Ask, choices: Sequence[Choice]) -> Message:
    """A guess on at least one side; `choices` are the tools of `ask`, in order."""
    names = " vs ".join([f"*{escape(choice.name) or NOBODY}*" for choice in choices])
    return kit.say(
        f"Did you mean {names}?",
        kit.actions(kit.button("Post", actions.POST, ask.value(), style="primary"), _choose(ask)),
        typed=ask.typed,
    )


def _which(name: str, choices: Sequence[Choice]) -> str:
    if len(choices) == 1:
        return f"Do you mean *{escape(choices[0].name) or NOBODY}* by “{escape(name)}”?"
    return f"“{escape(name)}” fits several tools. Which one do you mean?"


def several(ask: Ask, name: str, choices: Sequence[Choice]) -> Message:
    """One typed name fits several tools, or may be one; a click answers for the first open name of `ask`."""
    return kit.say(
        _which(name, choices),
        kit.actions(*_picks(ask, choices), _choose(ask)),
        typed=ask.typed,
    )


def unknown(ask: Ask, name: str, nearest: Sequence[Choice]) -> Message:
    """No tool is called that; the nearest may be meant, or another one."""
    if not nearest:
        sentence = f"I know no tool called “{escape(name)}”, nor one that is near it."
        return kit.say(
            sentence, kit.actions(_choose(ask, "Choose from the list"), _add(name, ask.typed)), typed=ask.typed
        )
    return kit.say(
        f"I know no tool called “{escape(name)}”. Is it one of these?",
        kit.actions(*_picks(ask, nearest), _choose(ask, "Choose from the list"), _add(name, ask.typed)),
        typed=ask.typed,
    )


def same_tool(ask: Ask, choice: Choice) -> Message:
    """Two of the names mean one tool."""
    name = escape(choice.name) or NOBODY
    return kit.say(
        f"Two of those names mean *{name}*. Name a different tool to compare it with.",
        kit.actions(_choose(ask, "Choose the tools")),
        typed=ask.typed,
    )


def too_many(ask: Ask) -> Message:
    """More than four tools."""
    return kit.say(
        f"A comparison takes two to four tools, and these are {len(ask.names)}. Leave some out.",
        kit.actions(_choose(ask, "Choose the tools")),
        typed=ask.typed,
    )


def needs_two(ask: Ask) -> Message:
    """Only one tool, or none."""
    words = ask.names[0].split() if ask.names else []
    while words and words[0].casefold().rstrip(".") in {"v", "vs", "versus"}:
        words = words[1:]
    first = escape(" ".join(words)) or "Claude Files API"
    return kit.say(
        f"A comparison takes at least two tools, with “vs” between them: /compare {first} vs Llama 4 Compact",
        kit.actions(_choose(ask, "Choose the tools")),
        typed=ask.typed,
    )


def _shows(choices: Sequence[Choice]) -> list[Element]:
    shown = choices[:CHOICES]
    return [
        kit.button(label, f"{actions.TOOL_SHOW}_{i}", actions.value(choice.id))
        for i, (label, choice) in enumerate(zip(_labels(shown), shown, strict=True))
    ]


def several_tools(name: str, choices: Sequence[Choice], meant: str | None = None) -> Message:
    """Somebody asked for one tool, and several fit, or one that is not beyond doubt; or `meant` is the line."""
    shows = kit.actions(*_shows(choices))
    if meant is None:
        return kit.say(_which(name, choices), shows)
    line = kit.rich_text(kit.paragraph(kit.words("Or is it this line: "), kit.code(clean(meant, TYPED) or NOBODY)))
    return kit.say(_which(name, choices), shows, line, typed=f"/verdict {name}")


def unknown_tool(name: str, nearest: Sequence[Choice]) -> Message:
    """Somebody asked for one tool, and none is called that."""
    if not nearest:
        return kit.say(f"I know no tool called “{escape(name)}”, nor one that is near it.", kit.actions(_add(name)))
    return kit.say(
        f"I know no tool called “{escape(name)}”. Is it one of these? `/verdict help` lists what else you can ask me.",
        kit.actions(*_shows(nearest), _add(name)),
    )


def retired(tool: Tool) -> Message:
    """A tool is out of the catalogue; whoever did it may undo it."""
    return kit.say(
        f"*{escape(tool.name) or NOBODY}* is out of the catalogue: nobody finds it any more. Comparisons that have it "
        "keep it.",
        kit.actions(kit.button("Undo", f"{actions.TOOL_RESTORE}_0", actions.value(tool.id))),
    )


def restored(tool: Tool) -> Message:
    """A tool is in the catalogue again."""
    return kit.say(f"*{escape(tool.name) or NOBODY}* is in the catalogue again.")


def retired_list(name: str, others: Sequence[tuple[int, str]]) -> Message:
    """The tools that were taken out, for one of them to be brought back."""
    said = f"No tool called “{escape(name)}” was taken out of the catalogue. " if name else ""
    if not others:
        return kit.say(said or "Nothing was taken out of the catalogue.")
    shown = others[:CHOICES]
    buttons: list[Element] = [
        kit.button(f"Bring back {clean(called, 50) or NOBODY}", f"{actions.TOOL_RESTORE}_{i}", actions.value(tool_id))
        for i, (tool_id, called) in enumerate(shown)
    ]
    return kit.say(f"{said}These were:", kit.actions(*buttons))
