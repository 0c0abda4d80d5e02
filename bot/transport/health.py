"""/livez, /readyz and /metrics: on a small server of their own, or beside Slack's routes in HTTP mode."""

from collections.abc import Mapping

from aiohttp import web

from bot.health import Health
from bot.transport.http import Answer, Page, Visit

PATHS = ("/livez", "/readyz", "/metrics")


def health_pages(health: Health) -> Mapping[str, Page]:
    """The three addresses as pages of HTTP mode's server."""

    def page(path: str) -> Page:
        async def show(_: Visit) -> Answer:
            said = await health.answer(path)
            if said is None:
                raise LookupError(path)
            return Answer(said.body, said.status, said.content_type)

        return show

    return {path: page(path) for path in PATHS}


class HealthServer:
    """Listens on a port of its own from the first moment of a start to the last of an end."""

    def __init__(self, health: Health, host: str, port: int) -> None:
        self._health = health
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def open(self) -> int:
        """Listen, and return the port. Raises OSError when nothing can listen there."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        answer = await self._health.answer(request.path)
        if answer is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": answer.content_type}
        return web.Response(status=answer.status, body=answer.body, headers=headers)
