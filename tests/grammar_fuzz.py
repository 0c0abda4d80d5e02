"""Any line up to 8,000 characters is understood, or refused with a line that works, within five milliseconds.

python -m tests.grammar_fuzz [--lines 10000]

Measured is the processor's time of the thread, and a line that seems slow is read again and judged by its fastest
reading: neither the machine's other work nor a pass of the garbage collector is the parser's fault. `python -m bench
grammar` looks for the slowest line by other means, and says how far the bound is.
"""

import argparse
import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.grammar import after_mention, parse_compare, parse_mention, parse_verdict
from commands.requests import BadRequest

LONGEST = 8_000  # characters of a line that Slack hands over, and more
ALLOWED = 5.0  # ms
AGAIN = 7

Read = Callable[[str], object]


def _mention(text: str) -> object:
    return parse_mention(after_mention(f"<@U0BOT> {text}"))


READERS: dict[str, Read] = {"/compare": parse_compare, "/verdict": parse_verdict, "@Verdicts": _mention}

VERBS = ("", "search", "subscribe", "digest", "digest pause", "digest skip", "export", "close", "result", "compare")
PHRASES = """
vs vs. | versus v. for until help compare search subscribe digest pause skip export close edit take add result open last
in: in:x tz tz:utc mon mnoday 25:00 9 am 7d 99999d 2026-02-30 fri firday "a b" “c ’d' " ' 'q' e' &lt; <@U1|x> <#C1|>
<https://x|y> free even-if-empty votes csv ? ?? cursor zed Europe/Berln america new york
"""

pieces = st.lists(st.sampled_from(PHRASES.split()) | st.text(max_size=8), max_size=30).map(" ".join)
lines = st.builds(
    lambda verb, piece, times, most: (f"{verb} " + f"{piece} " * times)[:most],
    st.sampled_from(VERBS),
    pieces | st.text(max_size=200),
    st.just(1) | st.integers(2, 2_000),
    st.sampled_from([LONGEST, 999]),  # a line beyond a thousand characters is refused before it is read
)


def check(line: str) -> float:
    """Assert it of a line, whatever it is typed after; the ms that the slowest reading of it took."""
    return max(_check(read, line) for read in READERS.values())


def _check(read: Read, line: str) -> float:
    problem, took = _read(read, line)
    if took > ALLOWED:
        took = min(_read(read, line)[1] for _ in range(AGAIN))
    assert took <= ALLOWED, f"{took:.1f} ms for {line!r}"
    if problem:
        assert problem.sentence.endswith(".")
        assert "\n" not in problem.sentence
        assert len(problem.sentence) < 300
        assert problem.corrected
        read_corrected(problem.corrected.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return took


def _read(read: Read, line: str) -> tuple[BadRequest | None, float]:
    """How a line is refused, if it is, and the milliseconds of the processor that this took."""
    problem = None
    began = time.thread_time()
    try:
        read(line)
    except BadRequest as refusal:
        problem = refusal
    return problem, (time.thread_time() - began) * 1_000


def read_corrected(corrected: str) -> None:
    """Read a corrected line, which starts with what it is typed after."""
    typed_after, _, text = corrected.partition(" ")
    READERS[typed_after](text)


def main() -> None:
    """Try many lines; an error for the first that breaks the law."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=10_000)
    many: int = asked.parse_args().lines
    slowest, longest, tried = 0.0, 0, 0

    @settings(max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(lines)
    def law(line: str) -> None:
        nonlocal slowest, longest, tried
        slowest, longest, tried = max(slowest, check(line)), max(longest, len(line)), tried + 1

    law()
    sys.stdout.write(
        f"{tried:,} lines, the longest of {longest:,} characters: the slowest reading took {slowest:.2f} ms of CPU\n"
    )


if __name__ == "__main__":
    main()
