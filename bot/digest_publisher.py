"""Where a digest becomes a message of its channel, once; and where its subscriber hears that it did not."""

import math
import secrets
import time
from dataclasses import replace
from functools import partial

import structlog

from bot import digest_content, digest_doubts, digest_protocol, digests, metrics, people, subscriptions
from bot.clients import Clients
from bot.digest_doubts import Owed
from bot.digests import Composed
from bot.errors import Permanent, Refused, SlackFailure, Uncertain, UserError
from bot.model import Digest, DigestRun
from bot.questions import Asker, Reply
from bot.slack_errors import BLOCKS_REFUSED, CHANNEL_LOST, UNINSTALLED
from bot.views import notices
from bot.views.digest import digest as digest_message
from db.engine import Database, now

log = structlog.get_logger(__name__)

PRESSED_TWICE = 30.0  # seconds in which a second wish for a digest now is the same wish
TELL_AGAIN = 10  # seconds until a message to a subscriber that may not have come is sent once more


class DigestPublisher:
    """Posts digests that are ours to post, looks for those in doubt, and tells people how it went.

    `at` is the moment that counts as the present, in Unix seconds; without it, the database's clock.
    """

    def __init__(self, database: Database, clients: Clients) -> None:
        self._database = database
        self._clients = clients
        self._asked_for_digest: dict[tuple[str, str], float] = {}

    async def post_digest(self, run: DigestRun, at: int | None = None) -> DigestRun | None:
        """Post a digest that we have taken, once, and write down what Slack said, or did not say.

        Return the row as it was sent, or None where nothing was.
        """
        slack = self._clients.of(run.workspace)
        hopeless: Permanent | None = None
        try:
            is_shared = (await slack.conversation(run.channel)).is_shared
        except Permanent as failure:
            is_shared, hopeless = True, failure
        except SlackFailure as failure:
            await self._put_off(run, failure, at)
            return None
        until = time.monotonic() + digest_protocol.SEND_WITHIN
        composed = await self._database.run(digests.compose, run, await self._now(at), is_shared)
        if not isinstance(composed, Composed):
            if composed is not None:
                metrics.DIGESTS.labels(composed.why).inc()
            return None
        sent = composed.run
        try:
            if hopeless is not None:
                raise hopeless
            ts = await slack.post(run.channel, digest_message(composed.digest), key=run.key, not_after=until)
        except Refused as failure:
            later = await self._now(at) + math.ceil(failure.retry_after)
            await self._database.run(digests.refused, sent, failure.code, later)
            metrics.DIGESTS.labels("postponed").inc()
        except Uncertain as failure:
            can_look = slack.reads_history(is_private=composed.is_private)
            lost = partial(digests.lost, can_look=can_look)
            await self._database.run(lost, sent, failure.code)
            metrics.DIGESTS.labels("uncertain").inc()
            log.warning("digest uncertain", workspace=run.workspace, week=run.week, code=failure.code)
        except Permanent as failure:
            await self._fail(composed, failure, at)
        else:
            await self._database.run(digests.posted, composed, ts, await self._now(at))
            metrics.DIGESTS.labels("posted").inc()
            log.info("digest posted", workspace=run.workspace, week=run.week)
        return sent

    async def look(self, run: DigestRun, at: int | None = None) -> None:
        """Ask the channel's history for a digest in doubt; of two that stand there, take the later ones away."""
        slack = self._clients.of(run.workspace)
        since = run.doubt_since if run.doubt_since is not None else run.due_at
        try:
            stamps: list[str] | None = await slack.posts_with(run.channel, run.key, since - digest_doubts.MARGIN)
            for later in (stamps or [])[1:]:
                await slack.delete(run.channel, later)
                metrics.DIGEST_DUPLICATES.inc()
                log.warning("digest stood twice", workspace=run.workspace, week=run.week)
        except Permanent as failure:
            if failure.code in UNINSTALLED:
                self._clients.drop(run.workspace)
                return
            stamps = None
        except SlackFailure as failure:  # it is looked for again in a minute
            log.info("digest not looked for", workspace=run.workspace, week=run.week, code=failure.code)
            return
        after = await self._database.run(digest_doubts.found, run, stamps, await self._now(at))
        if after is not None:
            if after.state == "posted" and run.state == "uncertain":
                metrics.DIGESTS.labels("found").inc()
            log.info("digest looked for", workspace=run.workspace, week=run.week, state=after.state)

    async def tell(self, owed: Owed, at: int | None = None) -> None:
        """Tell a subscriber that a digest did not come, or may not have come.

        A message whose answer was lost is sent again: a second such message does no harm, none at all does.
        """
        run, subscription = owed.run, owed.subscription
        again: int | None = None
        if subscription is not None:
            paused = replace(subscription, paused_until="", pause_reason=run.outcome)
            message = notices.digest_paused(paused) if run.state == "failed" else notices.digest_uncertain(run)
            try:
                await self._clients.of(run.workspace).tell(subscription.subscriber, message)
            except Refused as failure:
                again = await self._now(at) + math.ceil(failure.retry_after)
            except Uncertain:
                again = await self._now(at) + TELL_AGAIN
            except Permanent as failure:
                log.warning("subscriber not told", workspace=run.workspace, code=failure.code)
        await self._database.run(digest_doubts.told, run, again)

    async def preview(self, asker: Asker, instant: int) -> Digest:
        """What the channel's digest would say now. Raises UserError without a subscription, and SlackFailure."""
        place = await self._clients.of(asker.workspace).conversation(asker.channel)
        look = partial(digest_content.preview, is_shared=place.is_shared)
        return await self._database.run(look, asker.workspace, asker.channel, instant)

    async def post_digest_now(self, asker: Asker, reply: Reply) -> None:
        """Post the channel's digest because somebody asks for it; the weekly one comes at its time all the same."""
        instant = await self._database.run(now)
        digest = await self.preview(asker, instant)
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

    async def _put_off(self, run: DigestRun, failure: SlackFailure, at: int | None) -> None:
        wait = math.ceil(failure.retry_after) if isinstance(failure, Refused) else digest_protocol.AGAIN
        await self._database.run(digests.put_off, run, await self._now(at) + wait)
        metrics.DIGESTS.labels("postponed").inc()
        log.info("digest put off", workspace=run.workspace, week=run.week, code=failure.code)

    async def _fail(self, composed: Composed, failure: Permanent, at: int | None) -> None:
        run = composed.run
        if failure.code in BLOCKS_REFUSED and composed.digest.tables:
            await self._database.run(people.refuse_tables, run.workspace)
            await self._database.run(digests.refused, run, failure.code, await self._now(at))
            return
        is_heard = failure.code not in UNINSTALLED
        await self._database.run(partial(digests.failed, tell=is_heard), run, failure.code, await self._now(at))
        metrics.DIGESTS.labels("failed").inc()
        log.warning("digest failed", workspace=run.workspace, week=run.week, code=failure.code)
        if not is_heard:
            self._clients.drop(run.workspace)

    async def _post_digest_now(self, asker: Asker, digest: Digest) -> None:
        post = partial(self._clients.of(asker.workspace).post, asker.channel, key=secrets.token_hex(16))
        try:
            await post(message=digest_message(digest))
        except Permanent as failure:
            if failure.code not in BLOCKS_REFUSED or not digest.tables:
                raise
            await self._database.run(people.refuse_tables, asker.workspace)
            await post(message=digest_message(replace(digest, tables=False)))

    async def _now(self, at: int | None) -> int:
        return at if at is not None else await self._database.run(now)
