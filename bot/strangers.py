"""Somebody has voted whom we do not know: Slack is asked who it is, for a bot's vote never counts."""

from bot import people
from bot.slack import Slack
from bot.slack_answers import Profile
from db.engine import Database, now


async def look_up(database: Database, slack: Slack, workspace: str, person: str) -> Profile:
    """Ask who somebody is and keep the answer; a bot's vote is taken back with it. Raises SlackFailure."""
    profile = await slack.profile(person)
    instant = await database.run(now)
    await database.run(people.learn, known(workspace, profile), instant)
    return profile


async def changed(database: Database, workspace: str, profile: Profile) -> bool:
    """Keep what Slack tells of somebody without being asked; return whether it concerns anybody whom we have met."""
    instant = await database.run(now)
    return await database.run(people.changed, known(workspace, profile), instant)


def known(workspace: str, profile: Profile) -> people.Person:
    """Somebody as we keep them."""
    return people.Person(workspace, profile.id, profile.is_bot, profile.is_deactivated, profile.zone, profile.kind)
