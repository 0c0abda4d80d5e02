"""Text that cannot ping, link, format or break the message it stands in.

Two functions cover every string that is not ours:

- `clean` for the places where Slack shows text as it is: `plain_text` with `emoji: false`, the cells of a
  table, the text elements of `rich_text`;
- `escape` for mrkdwn, and for the top-level `text` of a message, which Slack reads as mrkdwn too.

Slack's three entities (`&amp; &lt; &gt;`) stop mentions and hand-made links, but not formatting, emoji codes,
quotes, bare domains or @here. A zero-width character would stop those and is itself forbidden in what we
show, so `escape` swaps the few characters that act for look-alikes that do not: they read the same, and NFKC
turns most of them back when a name is copied from a card into a command. (Entities and mentions:
https://docs.slack.dev/messaging/formatting-message-text)
"""

import re
import time
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

NAME_LIMIT: Final = 80  # graphemes of a name on one line
MARKS_LIMIT: Final = 4  # combining marks on one letter: more is a tower that covers the lines around it

_JOINER = "\u200d"
_KEPT_CODE_POINTS = 4_096

# Invisible though Unicode files them under letters, marks or symbols: fillers, variation selectors, blank
# braille, and what is no character at all.
_INVISIBLE = frozenset(
    (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFDD0, 0xFDF0),
        *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE1000),
    )
)


class _Visible(dict[int, int | str | None]):
    """For `str.translate`: what becomes of a code point, decided once and remembered for the common ones."""

    def __missing__(self, code: int) -> int | str | None:
        category = unicodedata.category(chr(code))
        fate: int | str | None = code
        if category in ("Zs", "Zl", "Zp") or code in (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85):
            fate = " "
        elif category in ("Cc", "Cf", "Cs", "Co") or code in _INVISIBLE or code & 0xFFFE == 0xFFFE:
            fate = None
        if len(self) < _KEPT_CODE_POINTS:
            self[code] = fate
        return fate


_visible = _Visible()


def visible(text: str) -> str:
    """One line without control, zero-width, bidirectional and other invisible characters; otherwise as typed."""
    return " ".join(text.translate(_visible).split())


def graphemes(text: str) -> Iterator[str]:
    """The characters of a text as a reader counts them.

    Covers what names hold: combining marks, emoji with tones and joiners, flags, keycaps, Hangul syllables in
    parts. It follows the rules of Unicode Annex 29 for those and leaves out rare scripts' prefixes.
    """
    cluster = ""
    flag = False  # the cluster is half a flag
    for ch in text:
        code = ord(ch)
        joins = bool(cluster) and code >= 0x300 and _extends(cluster[-1], ch, code)
        indicator = 0x1F1E6 <= code <= 0x1F1FF
        if joins or (flag and indicator):
            cluster += ch
            flag = False
            continue
        if cluster:
            yield cluster
        cluster, flag = ch, indicator
    if cluster:
        yield cluster


def _extends(before: str, ch: str, code: int) -> bool:
    if _JOINER in (before, ch) or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return True
    if code in (0x0E33, 0x0EB3) or unicodedata.category(ch).startswith("M"):
        return True
    if not (0x1160 <= code <= 0x11FF or 0x1100 <= code <= 0x115F or 0xAC00 <= code <= 0xD7A3):
        return False
    last = ord(before)
    leading = 0x1100 <= last <= 0x115F
    open_syllable = 0x1160 <= last <= 0x11A7 or (0xAC00 <= last <= 0xD7A3 and (last - 0xAC00) % 28 == 0)
    closed_syllable = 0x11A8 <= last <= 0x11FF or 0xAC00 <= last <= 0xD7A3
    if 0x1160 <= code <= 0x11A7:
        return leading or open_syllable
    if 0x11A8 <= code <= 0x11FF:
        return open_syllable or closed_syllable
    return leading


def units(text: str) -> int:
    """The length of a text in UTF-16 units, the largest of the ways in which Slack might count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """The text in at most `limit` UTF-16 units, cut between graphemes with a visible "…"."""
    if 2 * len(text) <= limit or units(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - 1
    for grapheme in graphemes(text[:limit]):
        room -= units(grapheme)
        if room < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


_HALF = re.compile(r"(?:<[^<>]*|&[a-z]{0,3})…\Z")


def clip_markup(text: str, limit: int) -> str:
    """mrkdwn in at most `limit` UTF-16 units: a tag or an entity that would be cut in half is left out."""
    if 2 * len(text) <= limit or units(text) <= limit:
        return text
    return _HALF.sub("…", clip(text, limit))


_TAG = re.compile(r"<(?=\S)|(?<=:)//")


def _clean(text: str, limit: int) -> str:
    longer = len(text) > 20 * limit
    line = visible(text[: 20 * limit])
    while line and unicodedata.category(line[0]).startswith("M"):
        line = line[1:].lstrip()  # a mark without a letter would sit on whatever stands before the name
    # "<" before anything else could begin a mention or a link, "://" an address, wherever a reader is more
    # generous than Slack says it is; nothing that is legible is lost.
    line = _TAG.sub(lambda found: "‹" if found[0] == "<" else "∕∕", line)
    if line.startswith(">"):
        line = "›" + line[1:]  # a quote at the start of a line, even as an entity
    if line.isascii() and len(line) <= limit and not longer and "&" not in line and ">" not in line:
        return line
    return _cut(line, limit, longer=longer)


def _cut(line: str, limit: int, *, longer: bool) -> str:
    """At most `limit` graphemes, and twice as many UTF-16 units once its entities are written out."""
    kept: list[str] = []
    room = 2 * limit - 1
    for count, whole in enumerate(graphemes(line)):
        grapheme = whole[: MARKS_LIMIT + 1]
        room -= units(grapheme) + 4 * grapheme.count("&") + 3 * (grapheme.count("<") + grapheme.count(">"))
        if count >= limit or room < 0:
            longer = True
            break
        kept.append(grapheme)
    if not longer:
        return "".join(kept)
    return "".join(kept[: limit - 1]).rstrip() + "…"


_ACTIVE = re.compile(
    r"[&<>*~`]"
    r"|:(?!\s)"  # :emoji: and scheme:
    r"|[@#](?=\w)"  # @here, #channel, which Slack may link even without angle brackets
    r"|(?<=\w)\.(?=[^\W\d_]{2})"  # a bare domain
    r"|(?<![^\W_])_|_(?![^\W_])"  # _italics_, but not the one in file_id
)
_HARMLESS: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "*": "∗",
    "~": "∼",
    "`": "'",
    ":": "∶",
    "@": "＠",
    "#": "＃",
    ".": "․",
    "_": "＿",
}


def _escape(text: str, limit: int) -> str:
    return _ACTIVE.sub(lambda found: _HARMLESS[found[0]], clean(text, limit))


_clean_kept = lru_cache(maxsize=8_192)(_clean)
_escape_kept = lru_cache(maxsize=8_192)(_escape)
_KEPT_LENGTH = 400  # longer texts are rare on cards and would fill the memory


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """A name or anything a person typed, for a place where Slack shows text literally.

    One line of at most `limit` graphemes (at most 2 × `limit` UTF-16 units, entities included), cut with a
    visible "…", without invisible characters. What might begin a tag or an address is swapped for a look-alike.
    Empty stays empty.
    """
    return _clean_kept(text, limit) if len(text) <= _KEPT_LENGTH else _clean(text, limit)


def escape(text: str, limit: int = NAME_LIMIT) -> str:
    """A name or anything a person typed, for mrkdwn and for a message's top-level `text`: inert in both.

    The one escape function: `clean`, then Slack's entities (`&` first) and look-alikes for what formats,
    pings or links.
    """
    return _escape_kept(text, limit) if len(text) <= _KEPT_LENGTH else _escape(text, limit)


def entities(text: str) -> str:
    """Our own words for mrkdwn, with nothing changed but Slack's three entities: a line that shall work when pasted."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_MONTHS = ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")
_EMOJI = re.compile(r"[\w+'-]{1,100}")


def is_user(text: str) -> bool:
    """Whether this is a person's id."""
    return _USER.fullmatch(text) is not None


@lru_cache(maxsize=1_024)
def mention(user: str) -> str:
    """A person, shown by Slack under the name that they use now; "someone" for what is no user id."""
    return f"<@{user}>" if _USER.fullmatch(user) else "someone"


def channel(identifier: str) -> str:
    """A channel by name, which Slack shows only to those who may see it; "this conversation" for anything else."""
    return f"<#{identifier}>" if _CHANNEL.fullmatch(identifier) and identifier[0] != "D" else "this conversation"


@lru_cache(maxsize=256)
def emoji(name: str) -> str:
    """An emoji by Slack's name for it; "?" where a setting holds no such name."""
    return f":{name}:" if _EMOJI.fullmatch(name) else "?"


def safe_url(url: str | None) -> str | None:
    """The address if a reader may be sent there: http or https, a host, nothing that could end the link early."""
    if url is None or len(url) > 2_000 or re.search(r"[\s<>|\"'\\^`{}\x00-\x1f\x7f-\uffff]", url):
        return None
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "." in host and user is None else None


def host(url: str) -> str:
    """The host of a safe address: what a link to a source says, so that nobody is sent elsewhere than it reads."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def link(url: str | None, label: str) -> str:
    """A mrkdwn link with our own label; the label alone where the address is not safe."""
    checked = safe_url(url)
    return f"<{checked.replace('&', '&amp;')}|{label}>" if checked else label


@lru_cache(maxsize=1_024)
def date(moment: int) -> str:
    """A moment as a date token: each reader sees their own day and time; the fallback is in UTC."""
    return f"<!date^{moment}^{{date_short_pretty}} at {{time}}|{utc(moment)}>"


@lru_cache(maxsize=1_024)
def day(moment: int) -> str:
    """A moment as a date token without the time."""
    written = time.gmtime(moment)
    return f"<!date^{moment}^{{date_short_pretty}}|{written.tm_mday} {_MONTHS[written.tm_mon]} {written.tm_year}>"


@lru_cache(maxsize=1_024)
def utc(moment: int) -> str:
    """A moment in words, in UTC: "28 Nov 2026, 16:00 UTC"."""
    written = time.gmtime(moment)
    clock = f"{written.tm_hour:02}:{written.tm_min:02}"
    return f"{written.tm_mday} {_MONTHS[written.tm_mon]} {written.tm_year}, {clock} UTC"


def percent(share: float) -> str:
    """A share of 0 to 1 as "71 %"; never 0 % or 100 % for what is neither."""
    rounded = round(100 * share)
    if rounded == 0 and share > 0:
        return "under 1 %"
    return "over 99 %" if rounded == 100 and share < 1 else f"{rounded} %"


def people(count: int) -> str:
    """ "1 person", "5 people"."""
    return "1 person" if count == 1 else f"{count} people"


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
