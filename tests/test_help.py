"""Help on every verb has lines that work when they are pasted, and a verb that is misspelt leads to the right one."""

import json

import pytest

from bot.views.notices import HELP
from commands.grammar import parse_verdict
from commands.requests import Help, ShowTool
from commands.verbs import VERBS
from tests.places import state
from tests.story import Story, eventually

# What must be there before a verb's example makes sense, as lines to be typed before it.
BEFORE = {
    "close": ["/compare cline vs zed"],
    "digest": ["/verdict subscribe mon 09:00"],
    "reopen": ["/compare aider vs zed", "/verdict close last"],
    "result": ["/compare pinecone vs qdrant"],
    "unsubscribe": ["/verdict subscribe mon 09:00"],
}
REPEATS = "You typed"  # what is refused or asked about repeats the line; what works does not


async def answer(story: Story, line: str) -> str:
    """Type a line as Ada in #general and wait for what comes of it: all that is new to be read, or the open dialog."""
    before = await state(story, "C0GENERAL")

    async def come() -> str | None:
        now = await state(story, "C0GENERAL")
        old = {one["ts"] for one in before.messages + before.told}
        fresh = [one for one in now.messages + now.told if one["ts"] not in old]
        opened = (await story.person("ada").sees())["modal"] if now.dialog != before.dialog else None
        return json.dumps([fresh, opened], ensure_ascii=False) if fresh or opened else None

    await story.person("ada").types(line)
    said = await eventually(come, lambda: f"no answer to {line}")
    if (await story.person("ada").sees())["modal"]:
        await story.post("close-modal", user="U0ADA")
    return said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_line_of_the_help_works_when_it_is_pasted(story: Story) -> None:
    """Each example of each verb, pasted as it is, is done: none is refused or asked about."""
    done = set()
    for verb, entry in HELP.items():
        for line in entry.examples:
            for first in BEFORE.get(verb, []):
                if first not in done or "subscribe" in first:
                    await answer(story, first)
                    done.add(first)
            said = await answer(story, line)
            assert REPEATS not in said, (line, said)
            assert "does not get the week's verdicts" not in said, (line, said)
            assert "runs this app the code" not in said, (line, said)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_is_found_when_it_is_misspelt(verb: str) -> None:
    """`help <verb>` and `<verb> help` show it; one letter too few, or two turned round, lead to it."""
    assert verb == "help" or verb in HELP
    if verb != "help":
        assert parse_verdict(f"help {verb}") == parse_verdict(f"{verb} help") == Help(about=verb)

    misspelt = [verb[:2] + verb[3:], verb[:1] + verb[2] + verb[1] + verb[3:]]
    for typed in misspelt:
        if typed in VERBS:
            continue
        request = parse_verdict(f"{typed} x")
        assert isinstance(request, ShowTool), typed
        assert (request.meant or "").startswith(f"/verdict {verb}"), (typed, request.meant)
