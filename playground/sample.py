"""The workspace at its first start: a handful of sample people and the kinds of channels that matter to an app."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playground.identity import BOT_USER_ID, TEAM_ID
from playground.world import Channel, Person

OTHER_BOT = "U0BUILDS"
GUEST = "U0GUS"


def _person(user: str, name: str, tz: str, title: str = "", *, owner: bool = False, guest: bool = False) -> Person:
    offset = datetime.now(UTC).astimezone(ZoneInfo(tz)).utcoffset()
    return Person(
        id=user,
        name=name,
        tz=tz,
        tz_offset=int(offset.total_seconds()) if offset else 0,
        title=title,
        is_admin=owner,
        is_owner=owner,
        is_restricted=guest,
    )


def people(app_name: str, team: str = TEAM_ID) -> list[Person]:
    """Six sample people, a guest, the app's bot user and a bot of another app."""
    found = [
        _person("U0ADA", "Ada", "Europe/Berlin", "Workspace owner", owner=True),
        _person("U0BJORN", "Björn", "Europe/Stockholm"),
        _person("U0CHLOE", "Chloé", "Europe/Paris"),
        _person("U0DEV", "Dev", "Asia/Kolkata"),
        _person("U0EMEKA", "Emeka", "Africa/Lagos"),
        _person("U0FATIMA", "Fatima", "America/New_York"),
        _person(GUEST, "Gus", "America/Los_Angeles", "Guest", guest=True),
        Person(BOT_USER_ID, app_name, is_bot=True),
        Person(OTHER_BOT, "Builds", is_bot=True),
    ]
    for person in found:
        person.team = team
    return found


def channels() -> list[Channel]:
    """Public and private channels with and without the bot, one archived, one read-only, and direct messages."""
    team = ["U0ADA", "U0BJORN", "U0CHLOE", "U0DEV", "U0EMEKA", "U0FATIMA"]
    bot = BOT_USER_ID
    rooms = [
        Channel("C0GENERAL", "general", topic="Everyone", members=[*team, GUEST, OTHER_BOT, bot]),
        Channel("C0RANDOM", "random", topic="Anything else", members=[*team, bot]),
        Channel("C0AITOOLS", "ai-tools", topic="What we build with", members=list(team)),
        Channel("C0NEWS", "announcements", topic="Read only", members=[*team, bot], is_read_only=True),
        Channel("C0OLDIDEAS", "old-ideas", topic="Archived", members=[*team, bot], is_archived=True),
        Channel("G0LEADS", "leads", topic="Leads", members=["U0ADA", "U0CHLOE", "U0FATIMA", bot], is_private=True),
        Channel("G0SECRET", "secret", topic="Without the app", members=["U0ADA", "U0BJORN"], is_private=True),
        Channel("C0PARTNERS", "partners", topic="Shared with another company", members=[*team, bot], is_shared=True),
        Channel("D0ADABJORN", "", is_im=True, members=["U0ADA", "U0BJORN"]),
        Channel("G0TRIO", "mpdm-ada--bjorn--chloe-1", is_im=True, members=["U0ADA", "U0BJORN", "U0CHLOE"]),
        Channel("G0WITHBOT", "mpdm-ada--dev--verdicts-1", is_im=True, members=["U0ADA", "U0DEV", bot]),
    ]
    return rooms + [Channel(f"D{user[1:]}", "", is_im=True, members=[user, bot]) for user in [*team, GUEST]]
