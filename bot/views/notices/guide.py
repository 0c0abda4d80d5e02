"""Help: what can be typed, each with a line that works when it is pasted."""

from dataclasses import dataclass
from typing import Final

from bot.views import actions, kit
from bot.views.blocks import Block
from bot.views.kit import Message
from bot.views.text import entities


@dataclass(frozen=True, slots=True)
class Help:
    """One verb: how it is written, what it does, and lines to paste."""

    usage: str
    does: str
    examples: tuple[str, ...]


HELP: Final[dict[str, Help]] = {
    "compare": Help(
        '/compare <tool> vs <tool> [vs …] [for "use case"] [until 7d | fri 17:00 | 2026-12-01] [hidden | anonymous]',
        "Posts a side-by-side scorecard in this channel. People vote by reacting: tick every tool you would ship. "
        "A hidden vote shows no count before it closes, an anonymous one keeps no names; both have buttons instead. "
        "“Vote with a reason” on the card takes your reasons, and which of the tools you have used.",
        (
            "/compare claude files api vs llama 4 compact",
            '/compare pinecone vs qdrant for "support search" until fri 17:00',
            "/compare cursor vs zed hidden",
        ),
    ),
    "tool": Help(
        "/verdict <tool>",
        "Shows one tool to you alone: facts, price and source, panel, the team's score. A button posts it here.",
        ("/verdict claude files api",),
    ),
    "search": Help(
        "/verdict search <words> [in:<category>] [free|freemium|paid]",
        "Finds tools by what they are for.",
        ("/verdict search vector database free",),
    ),
    "leaderboard": Help(
        "/verdict leaderboard [in:<category>]",
        "Ranks tools by what the team would ship, with the number of people; few votes count with caution.",
        ("/verdict leaderboard in:models",),
    ),
    "open": Help("/verdict open", "Lists the comparisons that are still open in this channel.", ("/verdict open",)),
    "result": Help(
        "/verdict result <tool> vs <tool>",
        "Shows you the latest result of a comparison.",
        ("/verdict result pinecone vs qdrant",),
    ),
    "close": Help(
        "/verdict close <last|link>",
        "Ends the voting now. Its starter may, and anyone in the channel once the deadline has passed.",
        ("/verdict close last",),
    ),
    "reopen": Help(
        "/verdict reopen <last|link>",
        "Lets the voting go on; the votes are kept. Its starter may.",
        ("/verdict reopen last",),
    ),
    "audit": Help(
        "/verdict audit <last|link>",
        "For admins: who voted when on a comparison, and what came unusually fast. Hidden and anonymous rounds name "
        "nobody.",
        ("/verdict audit last",),
    ),
    "subscribe": Help(
        "/verdict subscribe [mon 09:00] [tz Area/City] [in:<category>] [even-if-empty]",
        "Posts the week's verdicts in this channel. Without a zone, yours is taken from your profile.",
        ("/verdict subscribe mon 09:00", "/verdict subscribe fri 16:00 tz Europe/Berlin in:models"),
    ),
    "unsubscribe": Help(
        "/verdict unsubscribe", "Stops the week's verdicts in this channel.", ("/verdict unsubscribe",)
    ),
    "subscriptions": Help(
        "/verdict subscriptions", "Lists the channels that get the week's verdicts.", ("/verdict subscriptions",)
    ),
    "digest": Help(
        "/verdict digest preview|now|pause until <date>|resume|skip <date>",
        "Shows you the digest as it would be, posts it now, or leaves weeks out.",
        ("/verdict digest preview", "/verdict digest pause until fri"),
    ),
    "add": Help(
        "/verdict add [<name>]",
        "Opens a dialog for a tool that the catalogue does not have yet.",
        ("/verdict add", "/verdict add Acme Search"),
    ),
    "edit": Help(
        "/verdict edit <tool>",
        "Opens a tool's facts and price to be changed; the old price stays in the history.",
        ("/verdict edit cursor",),
    ),
    "take": Help(
        "/verdict take <tool>",
        "Opens a dialog for a reviewer's take: verdict, headline, reasons, caveat. The last one stays in the history.",
        ("/verdict take cursor",),
    ),
    "retire": Help(
        "/verdict retire <tool>",
        "Takes a tool out of the catalogue. Comparisons that have it keep it, and it can be brought back.",
        ("/verdict retire cursor",),
    ),
    "restore": Help(
        "/verdict restore [<tool>]",
        "Brings back a tool that was taken out of the catalogue; without a name it lists them.",
        ("/verdict restore",),
    ),
    "panel": Help(
        "/verdict panel",
        "Opens the reviewers: add one, rename them, put them in order, let one leave or return.",
        ("/verdict panel",),
    ),
    "export": Help(
        "/verdict export tools|votes [csv|json]",
        "Gives a file in our direct message: the catalogue or, to admins, the votes of public channels.",
        ("/verdict export tools csv",),
    ),
    "settings": Help(
        "/verdict settings",
        "For admins: who may change the catalogue, whose votes count, and the last twenty changes.",
        ("/verdict settings",),
    ),
    "privacy": Help(
        "/verdict privacy", "Says what is stored about you, and how to have it erased.", ("/verdict privacy",)
    ),
}


def first_words() -> Message:
    """To whoever installed the app, once: what it is for, and three ways to go on."""
    example = "/compare claude files api vs llama 4 compact"
    return kit.message(
        f"Verdicts is here: it puts AI tools side by side, and your team votes. In a channel, send {example}",
        [
            kit.section(
                "*Verdicts is here.* It puts AI tools side by side, your team votes with emoji, and the card counts "
                "people as they vote. A catalogue with reviewers' opinions is already filled in."
            ),
            kit.section(
                f"In a channel, send `/invite @Verdicts`, then\n`{example}`\nI post only where somebody asks me to."
            ),
            kit.actions(
                kit.button("Compare two tools", actions.COMPARE, actions.value(), style="primary"),
                kit.button("What can I type?", actions.HELP, actions.value()),
                kit.button("Settings", actions.SETTINGS, actions.value()),
            ),
            kit.context("Said once, to you alone. Settings are for admins: who may change the catalogue."),
        ],
    )


_FIRST: Final = ("compare", "tool", "open", "close", "subscribe", "digest")


def thread_help() -> Message:
    """Help for whoever names the bot in a thread, where Slack knows no slash commands."""
    one = HELP["compare"]
    usage, *lines = [
        f"`{entities(line.replace('/compare', '@Verdicts compare', 1))}`" for line in (one.usage, *one.examples)
    ]
    sentence = f"{usage}\n{one.does} In a thread it is written like this; elsewhere `/compare` does the same."
    return kit.say(f"{sentence}\n" + "\n".join(lines))


def help_message(verb: str | None = None) -> Message:
    """Help on one verb; on everything, most used first, for None or a word that is none of the verbs."""
    one = HELP.get(verb or "")
    if one is not None:
        lines = "\n".join([f"`{entities(line)}`" for line in one.examples])
        sentence = f"`{entities(one.usage)}`\n{one.does}"
        return kit.message(
            f"{sentence} For example: {entities(one.examples[0])}", [kit.section(f"{sentence}\n{lines}")]
        )
    blocks: list[Block] = [
        kit.section("*Verdicts* compares AI tools side by side and counts what your team would ship. Lines to paste:")
    ]
    for name in _FIRST:
        entry = HELP[name]
        blocks.append(kit.section(f"{entry.does}\n`{entities(entry.examples[0])}`"))
    rest = ", ".join([name for name in HELP if name not in _FIRST])
    blocks.append(kit.context(f"Also: {rest}. More on one: `/verdict help subscribe`"))
    blocks.append(kit.actions(kit.button("Compare two tools", actions.COMPARE, actions.value(), style="primary")))
    return kit.message(
        "Verdicts compares AI tools side by side. Send /compare and two tools with “vs” between them, for example: "
        "/compare claude files api vs llama 4 compact. For the week's verdicts: /verdict subscribe mon 09:00",
        blocks,
    )
