"""Somebody has voted whom we do not know: Slack is asked who it is, for a bot's vote never counts."""

from bot import people
from bot.slack import Profile, Slack
from db.engine import Database, now


async def look_up(database: Database, slack: Slack, workspace: str, person: str) -> Profile:
    """Ask who somebody is and keep the answer; a bot's vote is taken back with it. Raises SlackFailure."""
    profile = await slack.profile(person)
    instant = await database.run(now)
    known = people.Person(workspace, person, profile.is_bot, profile.is_deactivated, profile.zone)
    await database.run(people.learn, known, instant)
    return profile
