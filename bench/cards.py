"""Row 12, the card: drawn and checked, beside the same card written as literal dicts and with slack_sdk's models.

The votes change from drawing to drawing, as they do in a channel. What a card says of its tools is remembered between
drawings, so a card of tools that were never drawn is a row of its own.
"""

import itertools
import json
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContainerBlock,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    TableBlock,
)

from bench import handwritten
from bench.figures import Figure, at_most
from bench.furniture import shown_card
from bench.measure import alternate, plain
from bot.views.cards import card_message
from bot.views.kit import Message
from bot.views.limits import check

CARDS = 2_000
MODELS = 200  # they take a hundred times as long


async def measure(rounds: int) -> list[Figure]:
    """Row 12."""
    some = [shown_card(voters) for voters in range(10, 60)]
    assert all(_alike(handwritten.card(one, 0), card_message(one, 0)) for one in some)
    drawn = itertools.cycle(some)
    never_drawn = (shown_card(7, number) for number in itertools.count(1))
    sides = {
        "ours": plain(lambda: _checked(next(drawn)), CARDS),
        "new": plain(lambda: _checked(next(never_drawn)), CARDS),
        "dicts": plain(lambda: handwritten.card(next(drawn), 0), CARDS),
        "models": plain(lambda: [_model(block).to_dict() for block in handwritten.card(next(drawn), 0)[1]], MODELS),
    }
    spent = {name: tuple(one.cpu_us for one in found) for name, found in (await alternate(sides, rounds)).items()}
    unit = "µs CPU"
    return [
        Figure(
            "12 dicts", "a card, drawn and checked", unit, spent["ours"], "literal dicts", spent["dicts"], at_most(2)
        ),
        Figure("12 models", "the same", unit, spent["ours"], "slack_sdk's models", spent["models"], at_most(0.03)),
        Figure("12 new", "a card of tools never drawn before", unit, spent["new"], "literal dicts", spent["dicts"]),
    ]


def _alike(theirs: tuple[str, list[dict[str, Any]]], ours: Message) -> bool:
    """Whether the two draw the same card but for single words: else they could not be compared."""
    sizes = [len(json.dumps(side)) for side in (theirs, (ours.text, ours.blocks))]
    kinds = [[block["type"] for block in blocks] for blocks in (theirs[1], ours.blocks)]
    return kinds[0] == kinds[1] and max(sizes) < 1.1 * min(sizes)


def _checked(card: Any) -> None:
    message = card_message(card, 0)
    assert not check(message.blocks, message.text)


def _model(block: dict[str, Any]) -> Block:
    match block["type"]:
        case "header":
            return HeaderBlock(text=_text(block["text"]))
        case "context":
            return ContextBlock(elements=[_text(one) for one in block["elements"]])
        case "section":
            return SectionBlock(text=_text(block["text"]))
        case "table":
            return TableBlock(rows=block["rows"], column_settings=block["column_settings"])
        case "container":
            return ContainerBlock(
                title=_text(block["title"]),
                subtitle=_text(block["subtitle"]),
                is_collapsible=True,
                default_collapsed=True,
                child_blocks=[_model(one) for one in block["child_blocks"]],
            )
        case "actions":
            return ActionsBlock(elements=[_element(one) for one in block["elements"]])
    raise AssertionError(block["type"])


def _text(text: dict[str, Any]) -> Any:
    if text["type"] == "plain_text":
        return PlainTextObject(text=text["text"], emoji=text["emoji"])
    return MarkdownTextObject(text=text["text"], verbatim=True)


def _element(element: dict[str, Any]) -> Any:
    if element["type"] == "button":
        return ButtonElement(text=_text(element["text"]), action_id=element["action_id"], value=element["value"])
    options = [Option(text=_text(one["text"]), value=one["value"]) for one in element["options"]]
    return OverflowMenuElement(action_id=element["action_id"], options=options)
