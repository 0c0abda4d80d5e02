"""Text to request: everything that can be typed after /compare and /verdict, or to the bot by name. Pure.

Whatever is typed ends in a request, or in BadRequest: a sentence that repeats what is wrong, and a line that works.

The work grows with the length of the line and no faster: a line is cut into words once, by a pattern whose alternatives
cannot match the same text twice, and read by walks from one end to the other; what looks further ahead (a "for" that
may be part of a name, a zone of several words) looks at a fixed number of places. What costs more than a look at a
word, likeness to a day, a zone or a verb, is bounded by MOST_WORDS. `python -m bench grammar` looks for the worst line.
"""

import re

from commands import moments
from commands.comparing import EXAMPLE, comparison
from commands.requests import BadRequest, CompareRequest, Until, VerdictRequest
from commands.tokens import asks_help, plain_text, shown, tokens
from commands.verbs import verdict

LONGEST_LINE = 1_000  # characters
MOST_WORDS = 120  # a use case and four names as long as they may be have fewer

_MENTION = re.compile(r"<@[UW][A-Z0-9]*(?:\|[^<>]*)?>")


def parse_compare(text: str) -> CompareRequest:
    """Read what was typed after /compare, as Slack hands it over. Raises BadRequest."""
    return comparison(_bounded(plain_text(text), f"/compare {EXAMPLE}"), "/compare")


def parse_verdict(text: str) -> VerdictRequest:
    """Read what was typed after /verdict, as Slack hands it over. Raises BadRequest."""
    return verdict(_bounded(plain_text(text), "/verdict help"))


def parse_until(text: str) -> Until | None:
    """Read a deadline on its own, as a dialog or a button holds it; None where it is empty. Raises BadRequest."""
    return moments.until(text, f"/compare {EXAMPLE} until") if text.strip() else None


def after_mention(text: str) -> str:
    """What a message says behind the first name in it, which is the bot's where people talk to it."""
    found = _MENTION.search(text)
    return plain_text(text[found.end() :] if found else text).lstrip(":,– ")


def parse_mention(said: str) -> CompareRequest | None:
    """Read what `after_mention` returned; None where it asks for no comparison. Raises BadRequest."""
    if not said or asks_help(said):
        return CompareRequest(help=True)
    verb, *words = tokens(_bounded(said, f"@Verdicts compare {EXAMPLE}"))
    if verb.word == "compare":
        return comparison(said[words[0].start :] if words else "", "@Verdicts compare")
    return comparison(said, "@Verdicts compare") if any(word.separates for word in words) else None


def _bounded(text: str, corrected: str) -> str:
    if len(text) > LONGEST_LINE:
        raise BadRequest(f"“{shown(text)}” is longer than the {LONGEST_LINE:,} characters that I read.", corrected)
    if text.count(" ") >= MOST_WORDS:
        raise BadRequest(f"“{shown(text)}” has more than the {MOST_WORDS} words that I read.", corrected)
    return text
