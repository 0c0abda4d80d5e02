"""Where a private answer goes, and the work that goes on after the acknowledgement."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.clients import Clients
from bot.errors import Permanent, SlackFailure
from bot.explain import explain
from bot.questions import Asker, Reply
from bot.slack import Slack
from bot.tasks import Tasks
from bot.views.kit import Message

log = structlog.get_logger(__name__)


class Background:
    """Starts work for one request of Slack; an error in it is told where the request came from, like any other."""

    def __init__(self, tasks: Tasks, clients: Clients, body: dict[str, Any]) -> None:
        self._tasks = tasks
        self._clients = clients
        self._body = body

    def start(
        self,
        work: Callable[[Reply], Awaitable[None]],
        *,
        typed: str = "",
        replace: bool = False,
        reply: Reply | None = None,
    ) -> None:
        """Begin `work(reply)`. `replace` puts its answer in the place of the private message that was clicked on.

        Raises UserError when too much is under way.
        """
        answer = reply or reply_to(self._body, self._clients, replace=replace)
        spoken = False

        async def told(message: Message) -> None:
            nonlocal spoken
            spoken = True
            await answer(message)

        async def run() -> None:
            await work(told)
            if replace and not spoken and (url := self._body.get("response_url")):
                # The question is answered by what was posted: it need not stand there any longer.
                await self._clients.of(workspace_of(self._body)).retract(str(url))

        async def failed(error: Exception) -> None:
            await deliver(answer, explain(error, typed))

        self._tasks.start(run(), failed)


def reply_to(body: dict[str, Any], clients: Clients, *, replace: bool = False) -> Reply:
    """How to answer whatever came in, privately; where nobody waits for words, they go nowhere."""
    workspace = workspace_of(body)
    if url := body.get("response_url"):

        async def respond(message: Message) -> None:
            await clients.of(workspace).respond(str(url), message, replace=replace)

        return respond
    event = body.get("event") or {}
    if event.get("type") in {"app_mention", "message"}:
        said = event.get("message") or event  # an edit
        asker = Asker(workspace, said["user"], event["channel"], said.get("thread_ts"))
        return in_channel(clients.of(workspace), asker)
    person = body.get("user")
    if isinstance(person, dict) and "id" in person:

        async def tell(message: Message) -> None:
            await clients.of(workspace).tell(person["id"], message)

        return tell

    async def nobody(_: Message) -> None:
        return

    return nobody


def in_channel(slack: Slack, asker: Asker) -> Reply:
    """Answer in a channel, for the person's eyes only; where there is no way to, in a direct message."""

    async def whisper(message: Message) -> None:
        if asker.response_url is not None:
            try:
                await slack.respond(asker.response_url, message)
            except Permanent:
                pass  # used up, or older than half an hour
            else:
                return
        try:
            await slack.whisper(asker.channel, asker.person, message, asker.thread_ts)
        except Permanent:
            await slack.tell(asker.person, message)

    return whisper


async def deliver(reply: Reply, message: Message) -> None:
    """Say it, and leave it at a line in the log when Slack will not have it."""
    try:
        await reply(message)
    except SlackFailure as failure:
        log.warning("answer not delivered", method=failure.method, code=failure.code)
    except KeyError:  # the workspace has removed the app meanwhile
        log.info("answer not delivered", code="not_served")


def workspace_of(body: dict[str, Any]) -> str:
    """The workspace that a request comes from, in every shape that Slack gives it; "" where it is one of none.

    Where an organisation has installed the app, interactions name it by the person alone.
    """
    parts = [body.get(name) for name in ("team", "view", "user")]
    team, view, user = (part if isinstance(part, dict) else {} for part in parts)
    return str(body.get("team_id") or team.get("id") or view.get("team_id") or user.get("team_id") or "")


def body_of(message: Message) -> dict[str, Any]:
    """A message as the body of an acknowledgement: shown at once, to whoever asked."""
    return {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral"}
