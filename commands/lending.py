"""What comes before every listener: the services are lent, an organisation's workspace admitted, a repeat dropped."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import metrics, replays
from bot.services import Services
from commands.replies import Background, workspace_of
from commands.request_names import leaves_one_trace, name_of

log = structlog.get_logger(__name__)


class Lender(AsyncMiddleware):
    """Lends the services to every listener, by their names.

    A class, because a function would have its arguments found by name first: a seventh of what an empty request costs.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._heard = replays.Heard()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  Bolt's signature
    ) -> BoltResponse | None:
        """Called by Bolt with each request that has been authorized."""
        services, body, context = self._services, req.body, req.context
        if body.get("type") == "app_rate_limited":
            # It carries no event, so no listener would hear it: Slack has held votes back, and will not send them.
            metrics.EVENTS_HELD_BACK.inc()
            await services.sweeper.want_all([str(body.get("team_id"))])
            return BoltResponse(status=200)
        context.update(services.by_name())
        context["background"] = Background(services.tasks, services.clients, body)
        workspace = context.team_id or workspace_of(body)
        installation = context.get("installation")
        if installation is not None and installation.is_organisation:
            context["team_id"] = workspace
            if services.roster is not None and workspace:
                happened_at = body.get("event_time")
                await services.roster.admit(workspace, installation, happened_at if type(happened_at) is int else None)
        if (name := name_of(body)) and not await self._is_first(workspace, name, body):
            log.info("request heard before", workspace=workspace)
            return BoltResponse(status=200)
        return await next()

    async def _is_first(self, workspace: str, name: str, body: dict[str, Any]) -> bool:
        if leaves_one_trace(body):
            return self._heard.is_first(workspace, name)
        return await self._services.database.run(replays.is_first, workspace, name)
