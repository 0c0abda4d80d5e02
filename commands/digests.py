"""The weekly verdicts: subscribe and its kin, and the buttons under a digest."""

from typing import Any, TypeAlias

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import digest_doubts, schedule, subscriptions
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.errors import UserError
from bot.publisher import Publisher
from bot.questions import Asker, Reply
from bot.views import actions, notices
from bot.views.digest import digest as digest_message
from commands import requests
from commands.compare import asker_of
from commands.payloads import Click
from commands.replies import Background
from db.engine import Database, now

MONDAY, NINE = 0, 9 * 60

Request: TypeAlias = requests.Subscribe | requests.Unsubscribe | requests.Subscriptions | requests.DigestVerb


async def serve(
    asker: Asker,
    request: Request,
    database: Database,
    clients: Clients,
    publisher: Publisher,
    digest_publisher: DigestPublisher,
    reply: Reply,
) -> None:
    """Do what a line about the weekly verdicts asks, and say what is true now."""
    instant = await database.run(now)
    where = (asker.workspace, asker.channel)
    match request:
        case requests.Subscribe():
            await _subscribe(asker, request, database, clients, publisher, reply)
        case requests.Unsubscribe():
            await _stop(asker, database, reply)
        case requests.Subscriptions():
            found = await database.run(subscriptions.listed, *where, instant)
            await reply(notices.subscriptions([(planned.subscription, planned.next_due) for planned in found]))
        case requests.DigestVerb(action="preview"):
            digest = await digest_publisher.preview(asker, instant)
            if digest.is_empty and not digest.subscription.even_if_empty:
                planned = await database.run(subscriptions.find, *where, instant)
                await reply(notices.nothing_new(planned.subscription, planned.next_due))
            else:
                await reply(notices.preview(digest_message(digest), digest.subscription))
        case requests.DigestVerb(action="now"):
            await digest_publisher.post_digest_now(asker, reply)
        case requests.DigestVerb(action="pause", when=when):
            until = await _day(asker, when, database, instant) if when else None
            planned = await database.run(subscriptions.pause, *where, until, instant)
            await reply(notices.paused(planned.subscription))
        case requests.DigestVerb(action="resume"):
            planned = await database.run(subscriptions.resume, *where, instant)
            await reply(notices.resumed(planned.subscription, planned.next_due))
        case requests.DigestVerb(action="skip", when=when):
            week = await _week(asker, when, database, instant)
            planned = await database.run(subscriptions.skip, *where, week, instant)
            await reply(notices.left_out(planned.subscription, week, planned.next_due))


async def pressed(
    ack: AsyncAck,
    body: dict[str, Any],
    database: Database,
    clients: Clients,
    publisher: Publisher,
    digest_publisher: DigestPublisher,
    background: Background,
) -> None:
    """A button under a digest, or in an answer about one."""
    await ack()
    click = Click.model_validate(body)
    number = next(iter(actions.ids(click.action.answer)), 0)
    asker = asker_of(click)
    which = click.action.action_id

    async def act(reply: Reply) -> None:
        instant = await database.run(now)
        if which == actions.DIGEST_POST_AGAIN:
            await database.run(digest_doubts.post_again, asker.workspace, number, instant)
            await reply(notices.told("It is on its way."))
            return
        if which == actions.DIGEST_SUBSCRIBE:
            await serve(asker, requests.Subscribe(), database, clients, publisher, digest_publisher, reply)
            return
        channel = await database.run(subscriptions.channel_of, asker.workspace, number)
        there = Asker(asker.workspace, asker.person, channel)
        if which == actions.DIGEST_PAUSE:
            planned = await database.run(subscriptions.pause, asker.workspace, channel, None, instant)
            await reply(notices.paused(planned.subscription))
        elif which == actions.DIGEST_RESUME:
            planned = await database.run(subscriptions.resume, asker.workspace, channel, instant)
            await reply(notices.resumed(planned.subscription, planned.next_due))
        elif which == actions.DIGEST_STOP:
            await _stop(there, database, reply)
        elif which == actions.DIGEST_NOW:
            await digest_publisher.post_digest_now(there, reply)
        elif which == actions.DIGEST_CHANGE:
            planned = await database.run(subscriptions.find, asker.workspace, channel, instant)
            await reply(notices.change(planned.subscription))

    background.start(act)


async def _subscribe(
    asker: Asker,
    request: requests.Subscribe,
    database: Database,
    clients: Clients,
    publisher: Publisher,
    reply: Reply,
) -> None:
    place = await clients.of(asker.workspace).conversation(asker.channel)
    if place.is_archived:
        raise UserError("This channel is archived, so I could not post here.")
    if not place.is_member:
        raise UserError("I am not in this channel, so I could not post here. Send `/invite @Verdicts`, then ask again.")
    zone = request.zone or await publisher.zone_of(asker.workspace, asker.person) or "UTC"
    wish = subscriptions.Wish(
        workspace=asker.workspace,
        channel=asker.channel,
        is_private=place.kind != "public",
        weekday=MONDAY if request.weekday is None else request.weekday,
        minute=NINE if request.minute is None else request.minute,
        zone=zone,
        category=request.category,
        even_if_empty=request.even_if_empty,
        person=asker.person,
    )
    instant = await database.run(now)
    planned, changed = await database.run(subscriptions.subscribe, wish, instant)
    await reply(notices.subscribed(planned.subscription, planned.next_due, changed=changed))


async def _stop(asker: Asker, database: Database, reply: Reply) -> None:
    instant = await database.run(now)
    planned = await database.run(subscriptions.find, asker.workspace, asker.channel, instant)
    await database.run(subscriptions.unsubscribe, asker.workspace, asker.channel)
    await reply(notices.unsubscribed(planned.subscription))


async def _day(asker: Asker, when: Any, database: Database, instant: int) -> str:
    planned = await database.run(subscriptions.find, asker.workspace, asker.channel, instant)
    return str(when.day(instant, schedule.zone_named(planned.subscription.zone)).isoformat())


async def _week(asker: Asker, when: Any, database: Database, instant: int) -> str:
    planned = await database.run(subscriptions.find, asker.workspace, asker.channel, instant)
    return schedule.iso_week(when.day(instant, schedule.zone_named(planned.subscription.zone)))
