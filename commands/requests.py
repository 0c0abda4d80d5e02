"""What a typed line asks for, as frozen values; and the sentence for a line that cannot be understood."""

from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from bot.errors import UserError
from bot.model import Entry, Secrecy

LONGEST_DEADLINE_DAYS = 90
_LAST_MINUTE = time(23, 59, 59)


class BadRequest(UserError):
    """A line that cannot be understood: `sentence` repeats what is wrong in it, `corrected` is a line that works."""

    def __init__(self, sentence: str, corrected: str | None = None) -> None:
        super().__init__(sentence)
        self.corrected = corrected


class Request(BaseModel):
    """The base of every request; `verb` tells them apart."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Until(Request):
    """A moment as it was typed: so many seconds from now, or a day or the next such weekday, perhaps with a time."""

    typed: str
    before: str  # what begins the corrected line, up to the moment: "/compare cursor vs zed until"
    seconds: int | None = None
    days: int | None = None  # 0 is today, 1 tomorrow
    weekday: int | None = None  # 0 is Monday
    on: date | None = None
    minute: int | None = None  # of the local day; None is its end

    def deadline(self, now: int, zone: ZoneInfo) -> int:
        """When this is, in Unix seconds; a day without a time ends with its last second.

        A weekday or a time alone is the next one strictly after now. Where the clocks repeat a time it is the first
        of both, where they skip it as much later (PEP 495, fold 0). Raises BadRequest when it is past, or more than
        90 days away.
        """
        if self.seconds is not None:
            moment = now + self.seconds
        else:
            moment = self._moment(self.day(now, zone), zone)
            if moment <= now and self._returns:
                moment = self._moment(self.day(now, zone, skip=1), zone)
        if moment <= now:
            raise BadRequest(f"“{self.typed}” is already past.", f"{self.before} 7d")
        if moment > now + LONGEST_DEADLINE_DAYS * 86_400:
            sentence = f"“{self.typed}” is too far away: a deadline is at most {LONGEST_DEADLINE_DAYS} days from now."
            raise BadRequest(sentence, f"{self.before} {LONGEST_DEADLINE_DAYS}d")
        return moment

    def day(self, now: int, zone: ZoneInfo, skip: int = 0) -> date:
        """The local date that is meant, `skip` rounds later for a weekday or a time alone.

        Raises BadRequest for a date that is past, or more than a year away.
        """
        today = datetime.fromtimestamp(now, zone).date()
        if self.seconds is not None:
            return datetime.fromtimestamp(now + self.seconds, zone).date()
        if self.weekday is not None:
            return today + timedelta(days=(self.weekday - today.weekday()) % 7 + 7 * skip)
        if self.on is None:
            return today + timedelta(days=(self.days or 0) + skip)
        if self.on < today:
            raise BadRequest(f"“{self.typed}” is already past.", f"{self.before} 7d")
        if self.on > today + timedelta(days=366):
            raise BadRequest(f"“{self.typed}” is more than a year away.", f"{self.before} 90d")
        return self.on

    @property
    def _returns(self) -> bool:
        """Whether there is a next one when this one is past."""
        return self.on is None and self.days is None

    def _moment(self, day: date, zone: ZoneInfo) -> int:
        at = _LAST_MINUTE if self.minute is None else time(*divmod(self.minute, 60))
        return int(datetime.combine(day, at, zone).timestamp())


class CompareRequest(Request):
    """A line of /compare. `names` are still in one piece: `matching.read` splits them.

    Without quotes a "for" may begin the use case or be part of a name: `alternatives` are the other ways to divide the
    line into names and use case, the longest names first. Of divisions whose names all exist the one with the longest
    names is meant ("Copilot for Business", not "Copilot" for business); where none does, the first.
    """

    names: str = ""
    use_case: str = ""
    until: Until | None = None
    voting: Secrecy = "open"
    help: bool = False
    alternatives: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed: open the dialog."""
        return not self.names and not self.help


class MessageLink(Request):
    """Where a message stands, from its permalink."""

    channel: str
    ts: str


class ShowTool(Request):
    """The card of one tool. `meant` is the line that was probably meant if no tool has this name: a misspelt verb."""

    verb: Literal["tool"] = "tool"
    name: str
    meant: str | None = None


class Search(Request):
    """Tools whose texts have these words; any of `prices`, all if empty."""

    verb: Literal["search"] = "search"
    words: str
    category: str | None = None
    prices: tuple[Entry, ...] = ()


class Leaderboard(Request):
    """The tools that the team would ship, best first."""

    verb: Literal["leaderboard"] = "leaderboard"
    category: str | None = None


class OpenList(Request):
    """The comparisons that are open in this channel."""

    verb: Literal["open"] = "open"


class Result(Request):
    """The latest result of a comparison."""

    verb: Literal["result"] = "result"
    request: CompareRequest


class Close(Request):
    """End the voting on the comparison at this link; on the channel's latest for None."""

    verb: Literal["close"] = "close"
    link: MessageLink | None = None


class Reopen(Request):
    """Let the voting go on: on the comparison at this link, on the channel's latest for None."""

    verb: Literal["reopen"] = "reopen"
    link: MessageLink | None = None


class Audit(Request):
    """Tell an admin who voted when: on the comparison at this link, on the channel's latest for None."""

    verb: Literal["audit"] = "audit"
    link: MessageLink | None = None


class Subscribe(Request):
    """The week's verdicts for this channel; None is for what was left open."""

    verb: Literal["subscribe"] = "subscribe"
    weekday: int | None = None  # 0 is Monday
    minute: int | None = None  # of the local day
    zone: str | None = None  # IANA name, as the database spells it
    category: str | None = None
    even_if_empty: bool = False


class Unsubscribe(Request):
    """No more verdicts of the week in this channel."""

    verb: Literal["unsubscribe"] = "unsubscribe"


class Subscriptions(Request):
    """The channels that get the week's verdicts."""

    verb: Literal["subscriptions"] = "subscriptions"


class DigestVerb(Request):
    """This channel's digest: `pause` it until the day of `when` (None: until resumed), `skip` the week of that day."""

    verb: Literal["digest"] = "digest"
    action: Literal["preview", "now", "pause", "resume", "skip"]
    when: Until | None = None


class Add(Request):
    """The dialog for a new tool."""

    verb: Literal["add"] = "add"
    name: str = ""


class Edit(Request):
    """The dialog with a tool's facts."""

    verb: Literal["edit"] = "edit"
    name: str


class TakeVerb(Request):
    """The dialog for a take on a tool."""

    verb: Literal["take"] = "take"
    name: str


class Retire(Request):
    """Take a tool out of the catalogue."""

    verb: Literal["retire"] = "retire"
    name: str


class Restore(Request):
    """Bring back a tool that was taken out; without a name, list them."""

    verb: Literal["restore"] = "restore"
    name: str = ""


class Panel(Request):
    """The reviewers."""

    verb: Literal["panel"] = "panel"


class Export(Request):
    """The catalogue or the votes as a file."""

    verb: Literal["export"] = "export"
    what: Literal["tools", "votes"]
    format: Literal["csv", "json"] = "csv"


class Settings(Request):
    """The workspace's settings."""

    verb: Literal["settings"] = "settings"


class Privacy(Request):
    """What is stored about the person."""

    verb: Literal["privacy"] = "privacy"


class Help(Request):
    """Help on one verb ("tool" for /verdict <tool>), or on everything."""

    verb: Literal["help"] = "help"
    about: str | None = None


class Compare(Request):
    """The same as /compare."""

    verb: Literal["compare"] = "compare"
    request: CompareRequest


DeskRequest: TypeAlias = Add | Edit | TakeVerb | Retire | Restore | Panel | Export | Settings
VerdictRequest: TypeAlias = (
    ShowTool
    | Search
    | Leaderboard
    | OpenList
    | Result
    | Close
    | Reopen
    | Audit
    | Subscribe
    | Unsubscribe
    | Subscriptions
    | DigestVerb
    | DeskRequest
    | Privacy
    | Help
    | Compare
)
