"""Who counts: bots never, people who have left not any more, guests and other companies as the workspace wishes."""

from bot import people
from db.connection import Connection
from db.engine import Database
from tests.story import Story
from tests.test_ballots import NOW, WORKSPACE


async def test_somebody_who_left_counts_only_where_it_is_closed(story: Story) -> None:
    """Deactivated people leave the open rounds at once; what is closed keeps its count, and a return brings it back."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    await ada.types("/compare cursor vs zed")
    closed = await story.seeded()
    await bjorn.reacts(closed, "one")
    await story.has_row(closed, "Community", ["1 of 1 person", "0 of 1 person"])
    await ada.types("/verdict close last")
    await story.shows(closed, "Final result")
    await ada.types("/compare cursor vs cline")
    card = await story.newer(closed)
    for person in (bjorn, chloe):
        await person.reacts(card, "one")
    await story.has_row(card, "Community", ["2 of 2 people", "0 of 2 people"])

    await story.post("user", user=bjorn.id, deleted=True)

    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    await story.has_row(closed, "Community", ["1 of 1 person", "0 of 1 person"])
    await story.post("user", user=bjorn.id, deleted=False)
    await story.has_row(card, "Community", ["2 of 2 people", "0 of 2 people"])


async def test_people_we_never_met_are_not_kept(database: Database) -> None:
    """Slack tells of every profile that changes; only who has voted or spoken to us is written down."""

    def hear(connection: Connection) -> bool:
        people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", NOW)
        return people.changed(connection, people.Person(WORKSPACE, "U9", False, True, None), NOW)

    assert not await database.run(hear)
    assert await database.run(people.zone_of, WORKSPACE, "U9") is None
