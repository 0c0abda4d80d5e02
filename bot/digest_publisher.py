"""Where a digest becomes a message of its channel, once; and where its subscriber hears that it did not."""

import asyncio
import math
import secrets
import time
from dataclasses import replace
from functools import partial

import structlog

from bot import digest_content, digests, metrics, people, subscriptions
from bot.clients import Clients
from bot.errors import Permanent, Refused, Uncertain, UserError
from bot.model import Digest
from bot.questions import Asker, Reply
from bot.slack_errors import BLOCKS_REFUSED, CHANNEL_LOST, UNINSTALLED
from bot.tasks import Tasks
from bot.views import notices
from bot.views.digest import digest as digest_message
from bot.views.kit import Message
from db.engine import Database, now

log = structlog.get_logger(__name__)

PRESSED_TWICE = 30.0  # seconds in which a second wish for a digest now is the same wish
TELL_AGAIN_AFTER = (1, 10, 60, 600)  # seconds; Slack may be down for a while


class DigestPublisher:
    """Posts the digests that are due or asked for, and tells the services how it went."""

    def __init__(self, database: Database, clients: Clients, tasks: Tasks) -> None:
        self._database = database
        self._clients = clients
        self._tasks = tasks
        self._asked_for_digest: dict[tuple[str, str], float] = {}

    async def post_digest(self, claimed: digests.Claimed, instant: int) -> None:
        """Post a digest that was claimed, once, and settle its row by what Slack said, or did not say."""
        run = claimed.run
        if not claimed.worth_posting:
            await self._database.run(partial(digests.settle, outcome="nothing had happened"), run, "skipped", instant)
            metrics.DIGESTS.labels("empty").inc()
            return
        try:
            ts = await self._clients.of(run.workspace).post(run.channel, digest_message(claimed.digest), key=run.key)
        except Refused as failure:
            later = instant + math.ceil(failure.retry_after)
            await self._database.run(
                partial(digests.settle, outcome=failure.code, not_before=later), run, "pending", instant
            )
            metrics.DIGESTS.labels("postponed").inc()
        except Uncertain as failure:
            await self._database.run(partial(digests.settle, outcome=failure.code), run, "uncertain", instant)
            metrics.DIGESTS.labels("uncertain").inc()
            self._tell(run.workspace, claimed.digest.subscription.subscriber, notices.digest_uncertain(run))
        except Permanent as failure:
            if failure.code in BLOCKS_REFUSED and claimed.digest.tables:
                await self._database.run(people.refuse_tables, run.workspace)
                await self._database.run(
                    partial(digests.settle, outcome=failure.code, not_before=instant), run, "pending", instant
                )
                return
            await self._database.run(partial(digests.settle, outcome=failure.code), run, "failed", instant)
            metrics.DIGESTS.labels("failed").inc()
            if failure.code in UNINSTALLED:
                self._clients.drop(run.workspace)
                return
            subscription = replace(claimed.digest.subscription, paused_until="", pause_reason=failure.code)
            self._tell(run.workspace, subscription.subscriber, notices.digest_paused(subscription))
        else:
            await self._database.run(
                partial(digests.settle, message_ts=ts, positions=claimed.positions), run, "posted", instant
            )
            metrics.DIGESTS.labels("posted").inc()
            log.info("digest posted", workspace=run.workspace, week=run.week)

    def ask_about_abandoned(self, abandoned: digests.Abandoned) -> None:
        """Offer the subscriber of a digest that was cut off by a crash to post it again."""
        run = abandoned.run
        metrics.DIGESTS.labels("uncertain").inc()
        self._tell(run.workspace, abandoned.subscriber, notices.digest_uncertain(run))

    async def post_digest_now(self, asker: Asker, reply: Reply) -> None:
        """Post the channel's digest because somebody asks for it; the weekly one comes at its time all the same."""
        instant = await self._database.run(now)
        digest = await self._database.run(digest_content.preview, asker.workspace, asker.channel, instant)
        if digest.is_empty and not digest.subscription.even_if_empty:
            planned = await self._database.run(subscriptions.find, asker.workspace, asker.channel, instant)
            await reply(notices.nothing_new(planned.subscription, planned.next_due))
            return
        where = (asker.workspace, asker.channel)
        if time.monotonic() - self._asked_for_digest.get(where, -math.inf) < PRESSED_TWICE:
            raise UserError("The digest was asked for a moment ago. Look in the channel for it.")
        # Noted before the post, because a second press comes while it is under way.
        self._asked_for_digest[where] = time.monotonic()
        try:
            await self._post_digest_now(asker, digest)
        except (Refused, Permanent) as failure:
            del self._asked_for_digest[where]
            if failure.code in CHANNEL_LOST:
                sentence = "I may not post in this channel. Unless it is archived, let me in and ask again."
                raise UserError(sentence, "/invite @Verdicts") from None
            raise

    async def _post_digest_now(self, asker: Asker, digest: Digest) -> None:
        post = partial(self._clients.of(asker.workspace).post, asker.channel, key=secrets.token_hex(16))
        try:
            await post(message=digest_message(digest))
        except Permanent as failure:
            if failure.code not in BLOCKS_REFUSED or not digest.tables:
                raise
            await self._database.run(people.refuse_tables, asker.workspace)
            await post(message=digest_message(replace(digest, tables=False)))

    def _tell(self, workspace: str, person: str, message: Message) -> None:
        self._tasks.start_courtesy(self._tell_until_heard(workspace, person, message))

    async def _tell_until_heard(self, workspace: str, person: str, message: Message) -> None:
        """Write to a person about a failure of Slack's, which may well befall this message, too.

        One whose answer was lost is sent again: a second such message does no harm, none at all does.
        """
        for pause in TELL_AGAIN_AFTER:
            try:
                await self._clients.of(workspace).tell(person, message)
            except Refused as failure:
                await asyncio.sleep(failure.retry_after)
            except Uncertain:
                await asyncio.sleep(pause)
            else:
                return
        await self._clients.of(workspace).tell(person, message)
