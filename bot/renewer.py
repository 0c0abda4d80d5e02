"""Tokens that rotate: each is renewed two hours before its end, by one replica at a time.

Slack's refresh token is good once, so two replicas that use it at the same moment would leave one of them, or both,
with a token that is dead. The claim on it is a lease in the database and not a lock held during the call: no call of
Slack's is made inside a transaction.
"""

from collections.abc import Callable

import structlog

from bot import installations
from bot.errors import Permanent, SlackFailure
from bot.installations import Renewal
from bot.slack_oauth import SlackOAuth
from bot.vault import Vault
from db.engine import Database, now

log = structlog.get_logger(__name__)


class Renewer:
    """Renews what has to be renewed, when it is asked to look."""

    def __init__(self, database: Database, vault: Vault, oauth: SlackOAuth, warn: Callable[[Renewal], None]) -> None:
        """`warn` tells somebody that the app has to be installed again."""
        self._database = database
        self._vault = vault
        self._oauth = oauth
        self._warn = warn

    async def renew_all(self) -> None:
        """Renew every token that ends soon and that no other replica is renewing."""
        while True:
            instant = await self._database.run(now)
            renewal = await self._database.run(installations.claim_renewal, self._vault, instant)
            if renewal is None:
                return
            await self._renew(renewal)

    async def _renew(self, renewal: Renewal) -> None:
        try:
            fresh = await self._oauth.renew(renewal.refresh_token)
        except Permanent as failure:
            instant = await self._database.run(now)
            log.error("token not renewed", owner=renewal.owner, code=failure.code)  # noqa: TRY400  the code says it all
            if await self._database.run(installations.not_renewed, self._vault, renewal, failure.code, instant):
                self._warn(renewal)
        except SlackFailure as failure:
            # It may have been renewed: then the next try, after the lease, is refused, unless Slack is lenient.
            log.warning("token not renewed yet", owner=renewal.owner, code=failure.code)
        else:
            instant = await self._database.run(now)
            if await self._database.run(installations.renewed, self._vault, renewal, fresh, instant):
                log.info("token renewed", owner=renewal.owner)
