"""The names of everything that can be pressed, and what their values carry.

A card's buttons keep working for as long as the message exists, so these words never change their meaning, and
values are versioned and hold ids only: `v1:<id>`. Private answers live for minutes; their buttons carry what the
person typed (`Ask`), so that nothing has to be typed again. Every value may be forged and is checked against the
database when it comes back.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from bot.model import Secrecy
from bot.views.limits import BUTTON_VALUE
from bot.views.text import clip, units, visible

# On a scorecard. Values: v1:<comparison>. The menu's options: <verb>:v1:<comparison>.
TAKES: Final = "takes"
MORE: Final = "more"
CLOSE: Final = "close"
REOPEN: Final = "reopen"
SWAP: Final = "swap"
LINK: Final = "link"
REASON: Final = "reason"  # v1:<comparison>
WITHDRAW: Final = "withdraw"  # a line of the menu: take one's own reason back

# Vote buttons on a card that reactions mean nothing on. Values: v1:<comparison>:<tool>, for none v1:<comparison>.
VOTE: Final = "vote"  # vote_0, vote_1, ...: a tool by its place on the card
VOTE_NONE: Final = "vote_none"

# In the dialog of takes. Values: v1:<page>:<tool>[:<tool>...].
TAKES_NEXT: Final = "takes_next"
TAKES_PREVIOUS: Final = "takes_previous"

# On a tool's card. Values: v1:<tool>.
TOOL_SHOW: Final = "tool_show"  # tool_show_0, tool_show_1, ...: one tool of several
TOOL_POST: Final = "tool_post"
TOOL_TAKES: Final = "tool_takes"
TOOL_EDIT: Final = "tool_edit"
TOOL_TAKE: Final = "tool_take"
TOOL_RETIRE: Final = "tool_retire"
TOOL_RESTORE: Final = "tool_restore"  # tool_restore_0, tool_restore_1, ...: one of those that were taken out
TOOL_PAGE: Final = "tool_page"  # opens the vendor's page by itself; only to be acknowledged

# Under a digest. Values: v1:<subscription>.
DIGEST_CHANGE: Final = "digest_change"
DIGEST_PAUSE: Final = "digest_pause"
DIGEST_RESUME: Final = "digest_resume"
DIGEST_STOP: Final = "digest_stop"
DIGEST_SUBSCRIBE: Final = "digest_subscribe"  # value: v1
DIGEST_NOW: Final = "digest_now"  # v1:<subscription>: post the previewed digest
DIGEST_POST_AGAIN: Final = "digest_post_again"  # v1:<digest run>

# In private answers. Values: an Ask.
POST: Final = "post"
PICK: Final = "pick"  # pick_0, pick_1, ...: one tool of several
CHOOSE: Final = "choose"
JOIN_AND_POST: Final = "join_and_post"
TRY_AGAIN: Final = "try_again"
START_OVER: Final = "start_over"
NEW_ROUND: Final = "new_round"
ADD_TOOL: Final = "add_tool"  # its only name is that of the tool to add
# In private answers. Values: v1:<comparison>; v1:<card> for the last.
SHOW_AGAIN: Final = "show_again"
POST_RESULT: Final = "post_result"
POST_AGAIN: Final = "post_again"

# In lists that are turned page by page. Values: a Query.
SEARCH_NEXT: Final = "search_next"
SEARCH_PREVIOUS: Final = "search_previous"
LEADERS_NEXT: Final = "leaders_next"
LEADERS_PREVIOUS: Final = "leaders_previous"

# Under an audit. Values: v1:<comparison>:<page>.
AUDIT_NEXT: Final = "audit_next"
AUDIT_PREVIOUS: Final = "audit_previous"

# On the Home tab, in help and in our first words. Value: v1.
COMPARE: Final = "compare"
HELP: Final = "help"
SETTINGS: Final = "settings"

# Dialogs: callback ids, and the fields' block ids, which are also their action ids.
COMPARE_DIALOG: Final = "compare_dialog"
SWAP_DIALOG: Final = "swap_dialog"
TAKES_DIALOG: Final = "takes_dialog"
HOME: Final = "home"
TOOL_FIELDS: Final = ("tool_a", "tool_b", "tool_c", "tool_d")
USE_CASE_FIELD: Final = "use_case"
UNTIL_FIELD: Final = "until"
VOTING_FIELD: Final = "voting"
CHANNEL_FIELD: Final = "channel"
SWAP_OUT_FIELD: Final = "swap_out"
SWAP_IN_FIELD: Final = "swap_in"

# The dialog of a vote with a reason.
REASON_DIALOG: Final = "reason_dialog"
SHIP_FIELD: Final = "ship"
USED_FIELD: Final = "used"
REASON_FIELD: Final = "why"

# The dialogs of the catalogue and of the settings.
TOOL_DIALOG: Final = "tool_dialog"
TAKE_DIALOG: Final = "take_dialog"
SETTINGS_DIALOG: Final = "settings_dialog"
PANEL_DIALOG: Final = "panel_dialog"
RENAME_DIALOG: Final = "rename_dialog"
NOTICE_DIALOG: Final = "notice_dialog"
PREVIEW_DIALOG: Final = "preview_dialog"
TOOL_PREVIEW: Final = "tool_preview"  # in the dialog of a tool; value: v1
TAKE_PREVIEW: Final = "take_preview"  # in that of a take; value: v1
PANEL_SEAT: Final = "panel_seat"  # panel_seat_0, ...: the menu beside a reviewer; values: <verb>:v1:<slug>
RESEMBLES_FIELD: Final = "resembles"  # v1:<tool>: another name of it; or "own"
NAME_FIELD: Final = "name"
ALIASES_FIELD: Final = "aliases"
VENDOR_FIELD: Final = "vendor"
CATEGORY_FIELD: Final = "category"
TAGLINE_FIELD: Final = "tagline"
DESCRIPTION_FIELD: Final = "description"
BEST_FOR_FIELD: Final = "best_for"
URL_FIELD: Final = "url"
ENTRY_FIELD: Final = "entry"
PRICE_FIELD: Final = "price"
PRICE_SOURCE_FIELD: Final = "price_source"
PRICE_AS_OF_FIELD: Final = "price_as_of"
LENS_FIELD: Final = "lens"
NEW_LENS_FIELD: Final = "new_lens"
VERDICT_FIELD: Final = "verdict"
HEADLINE_FIELD: Final = "headline"
TAKE_FIELD: Final = "take"
CAVEAT_FIELD: Final = "caveat"
BASIS_FIELD: Final = "basis"
EDITORS_FIELD: Final = "catalogue_editors"
GUESTS_FIELD: Final = "guests"
EXTERNALS_FIELD: Final = "externals"

VOTE_PATTERN: Final = re.compile(r"vote_(?:\d|none)")
PICK_PATTERN: Final = re.compile(r"pick_\d")
TOOL_SHOW_PATTERN: Final = re.compile(r"tool_show_\d")
RESTORE_PATTERN: Final = re.compile(r"tool_restore_\d+")
PANEL_SEAT_PATTERN: Final = re.compile(r"panel_seat_\d+")
DIGEST_PATTERN: Final = re.compile(r"digest_[a-z_]+")
TYPEAHEAD_PATTERN: Final = re.compile(r"tool_[abcd]|swap_in")  # fields that ask for tools while a person types


class UnreadableValue(Exception):
    """A value that came back from Slack is none that we wrote."""


def value(*ids: int) -> str:
    """The value of a button: a version and ids."""
    return ":".join(["v1", *map(str, ids)])


def option_value(verb: str, *ids: int) -> str:
    """The value of a line in the *More* menu."""
    return f"{verb}:{value(*ids)}"


_VALUE = re.compile(r"v1((?::\d{1,18}){0,9})", re.ASCII)


def ids(text: str) -> tuple[int, ...]:
    """The ids of a button's value. Raises UnreadableValue."""
    found = _VALUE.fullmatch(text)
    if not found:
        raise UnreadableValue(text[:80])
    return tuple(map(int, found[1].split(":")[1:]))


def verb_and_ids(text: str) -> tuple[str, tuple[int, ...]]:
    """The verb and the ids of a line in the *More* menu. Raises UnreadableValue."""
    verb, _, rest = text.partition(":")
    if verb not in (CLOSE, REOPEN, SWAP, LINK, WITHDRAW):
        raise UnreadableValue(text[:80])
    return verb, ids(rest)


def voting(text: str) -> Secrecy:
    """How people vote, as a dialog or a button holds it. Raises UnreadableValue."""
    for secrecy in get_args(Secrecy):
        if text == secrecy:
            known: Secrecy = secrecy
            return known
    raise UnreadableValue(text[:80])


@dataclass(frozen=True, slots=True)
class Ask:
    """A comparison that somebody asked for and that is not posted yet, as far as it is understood.

    `typed` is the line as typed. `names` are the tools' names in it and `tools` the ids found for them, None where a
    name still needs an answer.
    """

    typed: str = ""
    names: tuple[str, ...] = ()
    tools: tuple[int | None, ...] = ()
    use_case: str = ""
    until: str = ""
    comparison: int | None = None
    voting: Secrecy = "open"
    channel: str = ""  # where it is to be posted, when that is not where the button may stand

    def picked(self, tool: int) -> "Ask":
        """The same with the first open name answered."""
        if None not in self.tools:
            return self
        place = self.tools.index(None)
        return replace(self, tools=(*self.tools[:place], tool, *self.tools[place + 1 :]))

    def value(self) -> str:
        """The value of a button: JSON of at most 2,000 characters, without those that Slack treats specially."""
        for limit in (300, 120, 40):
            text = json.dumps(
                {
                    "v": 1,
                    "typed": clip(visible(self.typed), limit),
                    "names": [clip(visible(name), limit) for name in self.names[:4]],
                    "tools": list(self.tools[:4]),
                    "for": clip(visible(self.use_case), limit),
                    "until": clip(visible(self.until), 40),
                    "comparison": self.comparison,
                    "voting": self.voting,
                    "channel": self.channel,
                },
                ensure_ascii=False,
                separators=(",", ":"),
            )
            text = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
            if units(text) <= BUTTON_VALUE:
                break
        return text

    @classmethod
    def of(cls, value: str) -> "Ask":
        """The question that a button carries. Raises UnreadableValue."""
        try:
            found: Any = json.loads(value)
            if found["v"] != 1:
                raise UnreadableValue(value[:80])
            ask = cls(
                typed=found["typed"],
                names=tuple(found["names"]),
                tools=tuple(found["tools"]),
                use_case=found["for"],
                until=found["until"],
                comparison=found["comparison"],
                voting=voting(found.get("voting", "open")),
                channel=found.get("channel", ""),
            )
        except (ValueError, KeyError, TypeError) as problem:
            raise UnreadableValue(value[:80]) from problem
        numbers = [tool for tool in (*ask.tools, ask.comparison) if tool is not None]
        strings = [ask.typed, ask.use_case, ask.until, ask.channel, *ask.names]
        if not all(type(one) is int for one in numbers) or not all(type(one) is str for one in strings):
            raise UnreadableValue(value[:80])
        return ask


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows, and from which place on."""

    words: str = ""
    category: str | None = None
    prices: tuple[str, ...] = ()
    start: int = 0

    def at(self, start: int) -> "Query":
        """The same list from another place on."""
        return replace(self, start=start)

    def value(self) -> str:
        """The value of a button: JSON of at most 2,000 characters, without those that Slack treats specially."""
        for limit in (300, 120, 40):
            found = {
                "v": 1,
                "words": clip(visible(self.words), limit),
                "in": None if self.category is None else clip(visible(self.category), 40),
                "prices": list(self.prices[:3]),
                "from": self.start,
            }
            text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            text = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
            if units(text) <= BUTTON_VALUE:
                break
        return text

    @classmethod
    def of(cls, value: str) -> "Query":
        """The list that a button leads to. Raises UnreadableValue."""
        try:
            found: Any = json.loads(value)
            query = cls(found["words"], found["in"], tuple(found["prices"]), found["from"])
        except (ValueError, KeyError, TypeError) as problem:
            raise UnreadableValue(value[:80]) from problem
        texts = [query.words, *query.prices, *([] if query.category is None else [query.category])]
        if not all(type(one) is str for one in texts) or type(query.start) is not int or not 0 <= query.start < 10**9:
            raise UnreadableValue(value[:80])
        return query
