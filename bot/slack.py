"""Slack as we speak to it: one class for a workspace.

Calls that may be repeated go through a client that retries a lost connection; a post goes through one that never
does, because the SDK's own retry can post twice (the reply was lost, not the post).
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import metrics
from bot.budget import Budget, Budgets
from bot.errors import Permanent, Refused, SlackFailure, Uncertain
from bot.model import Kind
from bot.slack_errors import UNINSTALLED, classify
from bot.views.kit import Message, View
from bot.views.limits import check

log = structlog.get_logger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 10
UPLOAD_SECONDS = 60
PATIENCE_TO_SPEAK = 3.0  # seconds that a post or an answer may wait for its turn: somebody, or a claim, waits for it
PATIENCE = 60.0  # seconds that anything else may
MOST_PAGES = 3  # of a thousand channels each
METADATA_EVENT = "verdicts_card"
HISTORY_PAGES = 20

# Calls a minute and workspace, by Slack's tiers (https://docs.slack.dev/apis/web-api/rate-limits); a little below, so
# that a window that Slack counts differently does not turn into a 429.
CALLS_A_MINUTE = {
    "chat.update": 48,
    "files.completeUploadExternal": 90,
    "files.getUploadURLExternal": 90,
    "reactions.add": 48,
    "reactions.remove": 18,
    "users.conversations": 18,
    "users.info": 90,
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place where messages stand, as the bot sees it."""

    id: str
    kind: Literal["public", "private", "direct"]
    is_member: bool
    is_archived: bool
    is_shared: bool = False  # with another company (Slack Connect)

    @property
    def scope(self) -> str:
        """Whose votes count together here: "" for all public channels of the workspace, else this place alone.

        What colleagues vote in their own channels is not for the eyes of another company.
        """
        return "" if self.kind == "public" and not self.is_shared else self.id


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack describes them."""

    id: str
    is_bot: bool
    is_deactivated: bool
    zone: str | None
    is_admin: bool = False
    kind: Kind = "member"

    @classmethod
    def of(cls, user: Mapping[str, Any], workspace: str, enterprise: str | None) -> "Profile":
        """From Slack's user object (https://docs.slack.dev/reference/objects/user-object).

        Whoever has another home than `workspace` is of another company, unless both belong to one `enterprise`. Not
        `is_stranger`: Slack says that only of people in no channel that we see.
        """
        home = user.get("team_id")
        orgs = {home, (user.get("enterprise_user") or {}).get("enterprise_id")}
        is_guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
        kind: Kind = "guest" if is_guest else "member"
        if home and home != workspace and not (enterprise and enterprise in orgs):
            kind = "external"
        return cls(
            id=str(user["id"]),
            is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
            is_deactivated=bool(user.get("deleted")),
            zone=user.get("tz") or None,
            is_admin=bool(user.get("is_admin") or user.get("is_owner")),
            kind=kind,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token makes us."""

    workspace: str
    workspace_name: str
    bot_user: str
    bot_id: str | None
    scopes: frozenset[str] = frozenset()  # those that whoever installed the app has granted
    enterprise: str | None = None  # the organisation of a workspace in an Enterprise Grid
    at_us: int = 0  # when Slack said so, by its own clock


@dataclass(frozen=True, slots=True)
class Reactions:
    """Who stood behind each emoji of a message, ourselves included."""

    people: Mapping[str, frozenset[str]]
    incomplete: frozenset[str]  # emoji for which fewer people are named than counted
    at_us: int  # when Slack said so
    bot_user: str


class Slack:
    """Slack's Web API for one workspace. Every method raises Refused, Permanent or Uncertain, and nothing else."""

    def __init__(
        self,
        token: str,
        api_url: str,
        session: aiohttp.ClientSession,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`refused` is told Slack's code when it takes the token no longer."""
        common: dict[str, Any] = {
            "token": token,
            "base_url": api_url,
            "session": session,
            "timeout": TIMEOUT_SECONDS,
        }
        self.client = AsyncWebClient(
            **common,
            retry_handlers=[AsyncConnectionErrorRetryHandler(), AsyncServerErrorRetryHandler()],
        )
        self._once = AsyncWebClient(**common, retry_handlers=[])
        self._session = session
        self._refused = refused
        self.bot_user = ""  # known once Slack has told who we are, and so are the next two
        self.reacted_at = 0.0  # on the monotonic clock: our newest reaction, of which Slack tells us as of anybody's
        self._workspace = ""
        self._enterprise: str | None = None
        self.scopes: frozenset[str] = frozenset()  # as Slack's newest answer names them
        self._budgets, self._budgets_of = Budgets(), ""

    def budget(self, method: str) -> Budget:
        """What may be called of this method, and when."""
        return self._budgets.of(self._budgets_of, method, CALLS_A_MINUTE.get(method))

    def keep_to(self, budgets: Budgets, workspace: str) -> None:
        """Spend from these budgets from now on, as everybody does who speaks for the workspace."""
        self._budgets, self._budgets_of = budgets, workspace

    async def identity(self) -> Identity:
        """Ask who we are."""
        said = await self._call(self.client, "auth.test")
        answer = _body(said)
        self.bot_user = str(answer["user_id"])
        self._workspace, self._enterprise = str(answer["team_id"]), answer.get("enterprise_id")
        name = answer.get("team") or self._workspace
        return Identity(
            self._workspace,
            name,
            self.bot_user,
            answer.get("bot_id"),
            self.scopes,
            enterprise=self._enterprise,
            at_us=_answered_at_us(said.headers),
        )

    def is_known_as(self, workspace: str, bot_user: str, enterprise: str | None) -> None:
        """Take what `identity` would answer from whoever has asked before."""
        self._workspace, self.bot_user, self._enterprise = workspace, bot_user, enterprise

    async def post(
        self,
        channel: str,
        message: Message,
        *,
        key: str,
        thread_ts: str | None = None,
        not_after: float | None = None,
    ) -> str:
        """Post a message once and return its ts. `key` rides in the metadata: the message can be known again by it.

        After `not_after`, by `time.monotonic`, it is not sent any more: Refused `too_late`.
        """
        answer = await self._call(
            self._once,
            "chat.postMessage",
            not_after,
            channel=channel,
            thread_ts=thread_ts,
            metadata={"event_type": METADATA_EVENT, "event_payload": {"key": key}},
            **_content(message),
        )
        return str(answer["ts"])

    def reads_history(self, *, is_private: bool) -> bool:
        """Whether we were granted the history of this kind of channel; yes, where Slack has not told us yet."""
        return not self.scopes or ("groups:history" if is_private else "channels:history") in self.scopes

    async def posts_with(self, channel: str, key: str, since: int) -> list[str]:
        """The stamps of our own messages in a channel since a moment that carry this key, the first one first.

        It needs the optional scopes for history (Permanent `missing_scope` without). Raises Uncertain where more
        was said since than we care to read.
        """
        found: list[str] = []
        cursor = ""
        for _ in range(HISTORY_PAGES):
            answer = _body(
                await self._call(
                    self.client,
                    "conversations.history",
                    channel=channel,
                    oldest=str(since),
                    include_all_metadata="true",
                    limit="200",
                    cursor=cursor or None,
                )
            )
            found += [one["ts"] for one in answer["messages"] if one.get("user") == self.bot_user and _key(one) == key]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return sorted(found, key=float)
        raise Uncertain("conversations.history", "too_much_said")

    async def delete(self, channel: str, message_ts: str) -> None:
        """Take a message of ours away; one that is gone already is fine."""
        try:
            await self._call(self.client, "chat.delete", channel=channel, ts=message_ts)
        except Permanent as error:
            if error.code != "message_not_found":
                raise

    async def update(self, channel: str, message_ts: str, message: Message) -> None:
        """Redraw a message of ours; repeating it does no harm. The refresher asks the budget before it comes here."""
        await self._call(self.client, "chat.update", channel=channel, ts=message_ts, **_content(message))

    async def whisper(self, channel: str, person: str, message: Message, thread_ts: str | None = None) -> None:
        """Say something that only this person in this channel sees."""
        await self._call(
            self._once, "chat.postEphemeral", channel=channel, user=person, thread_ts=thread_ts, **_content(message)
        )

    async def tell(self, person: str, message: Message) -> None:
        """Write to a person in the app's own conversation with them."""
        await self._call(self._once, "chat.postMessage", channel=person, **_content(message))

    def gives_files(self) -> bool:
        """Whether we were granted to give files, by Slack's newest answer."""
        return "files:write" in self.scopes

    async def give_file(self, person: str, name: str, content: bytes, message: Message) -> None:
        """Give a person a file in the app's own conversation with them, below a message that says what it is.

        It needs the optional scope `files:write` (Permanent `missing_scope` without). The steps:
        https://docs.slack.dev/reference/methods/files.getUploadURLExternal
        """
        place = _body(
            await self._call(self.client, "files.getUploadURLExternal", filename=name, length=str(len(content)))
        )
        await self._upload(str(place["upload_url"]), content)
        # The post says which conversation it is: to open one by the person's id is another scope, im:write.
        told = _body(await self._call(self._once, "chat.postMessage", channel=person, **_content(message)))
        try:
            await self._call(
                self._once,
                "files.completeUploadExternal",
                files=json.dumps([{"id": place["file_id"], "title": name}]),
                channel_id=told["channel"],
            )
        except SlackFailure:
            await self.delete(str(told["channel"]), str(told["ts"]))
            raise

    async def respond(self, response_url: str, message: Message, *, replace: bool = False, aloud: bool = False) -> None:
        """Answer a command or a click in the place where it was made: privately, or aloud for everybody there."""
        body = {
            "response_type": "in_channel" if aloud else "ephemeral",
            "replace_original": replace,
            "text": message.text,
            "blocks": list(message.blocks),
        }
        await self._post_to_response_url(response_url, body)

    async def retract(self, response_url: str) -> None:
        """Take away the private message that the click was made on."""
        await self._post_to_response_url(response_url, {"delete_original": True})

    async def react(self, channel: str, message_ts: str, emoji: str) -> None:
        """Put our own reaction on a message; having it already is fine."""
        began = time.monotonic()  # Slack may tell us of it before it answers
        try:
            await self._call(self.client, "reactions.add", channel=channel, timestamp=message_ts, name=emoji)
            self.reacted_at = began
        except Permanent as error:
            if error.code != "already_reacted":
                raise

    async def unreact(self, channel: str, message_ts: str, emoji: str) -> None:
        """Take our own reaction off a message; not having it is fine."""
        began = time.monotonic()  # Slack may tell us of it before it answers
        try:
            await self._call(self.client, "reactions.remove", channel=channel, timestamp=message_ts, name=emoji)
            self.reacted_at = began
        except Permanent as error:
            if error.code != "no_reaction":
                raise

    async def reactions(self, channel: str, message_ts: str) -> Reactions:
        """Who stands behind each emoji of a message now, and when that was."""
        answer = await self._call(self.client, "reactions.get", channel=channel, timestamp=message_ts, full="true")
        listed = _body(answer)["message"].get("reactions", [])
        people = {one["name"]: frozenset(one["users"]) for one in listed}
        incomplete = frozenset(one["name"] for one in listed if len(one["users"]) < int(one["count"]))
        return Reactions(people, incomplete, _answered_at_us(answer.headers), self.bot_user)

    async def permalink(self, channel: str, message_ts: str) -> str:
        """The address of a message."""
        answer = await self._call(self.client, "chat.getPermalink", channel=channel, message_ts=message_ts)
        return str(answer["permalink"])

    async def open_view(self, trigger_id: str, view: View) -> None:
        """Open a dialog in answer to a click or a command, within three seconds of it."""
        await self._call(self._once, "views.open", trigger_id=trigger_id, view=dict(view))

    async def push_view(self, trigger_id: str, view: View) -> None:
        """Put a dialog in front of the one in which something was clicked, within three seconds of it."""
        await self._call(self._once, "views.push", trigger_id=trigger_id, view=dict(view))

    async def update_view(self, view_id: str, view: View) -> None:
        """Put another page into an open dialog."""
        await self._call(self.client, "views.update", view_id=view_id, view=dict(view))

    async def publish_home(self, person: str, view: View) -> None:
        """Show this person their Home tab."""
        await self._call(self.client, "views.publish", user_id=person, view=dict(view))

    async def conversation(self, channel: str) -> Conversation:
        """What kind of place a channel is; one that the bot may not see is a private one without it."""
        try:
            found = _body(await self._call(self.client, "conversations.info", channel=channel))["channel"]
        except Permanent as error:
            if error.code in {"channel_not_found", "missing_scope"}:
                kind: Literal["private", "direct"] = "direct" if channel.startswith("D") else "private"
                return Conversation(channel, kind, is_member=False, is_archived=False)
            raise
        if found.get("is_im") or found.get("is_mpim"):
            return Conversation(channel, "direct", is_member=True, is_archived=False)
        is_private = found.get("is_private") or found.get("is_group")
        return Conversation(
            channel,
            "private" if is_private else "public",
            is_member=bool(found.get("is_member")),
            is_archived=bool(found.get("is_archived")),
            is_shared=bool(found.get("is_ext_shared")),
        )

    async def channels_of(self, person: str) -> frozenset[str] | None:
        """The channels that a person is in, private ones where we are, too; None where Slack does not say now.

        https://docs.slack.dev/reference/methods/users.conversations: 20 calls a minute, so nobody waits for it.
        """
        found: set[str] = set()
        cursor = ""
        try:
            for _ in range(MOST_PAGES):
                answer = await self._call(
                    self._once,
                    "users.conversations",
                    user=person,
                    types="public_channel,private_channel",
                    exclude_archived="true",
                    limit=1_000,
                    cursor=cursor or None,
                )
                body = _body(answer)
                found |= {str(one["id"]) for one in body["channels"]}
                cursor = str((body.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    break
        except SlackFailure:
            return None
        return frozenset(found)

    async def join(self, channel: str) -> None:
        """Enter a public channel, because somebody there asked for it."""
        await self._call(self.client, "conversations.join", channel=channel)

    async def profile(self, person: str) -> Profile:
        """Who this is: a person, a bot, somebody who left, somebody of another company; and in which zone."""
        found = _body(await self._call(self.client, "users.info", user=person))["user"]
        return self.described({**found, "id": person})

    def described(self, user: Mapping[str, Any]) -> Profile:
        """Who this is, from Slack's user object."""
        return Profile.of(user, self._workspace, self._enterprise)

    async def _call(
        self, client: AsyncWebClient, method: str, not_after: float | None = None, /, **arguments: Any
    ) -> AsyncSlackResponse:
        budget = self.budget(method)
        if method != "chat.update":
            patience = PATIENCE_TO_SPEAK if client is self._once else PATIENCE
            # Asked again after each sleep: whoever waited beside us may have taken the place.
            while (wait := await budget.take()) > 0:
                if wait > patience:
                    metrics.SLACK_HELD_BACK.labels(method).inc()
                    raise Refused(method, "ratelimited", wait)
                await asyncio.sleep(wait)
        given = {name: value for name, value in arguments.items() if value is not None}
        if not_after is not None and time.monotonic() > not_after:
            raise Refused(method, "too_late", 0.0)
        try:
            # Slack takes JSON for what writes messages and views; its reading methods want a form.
            if method.startswith(("chat.post", "chat.update", "views.")):
                answer = await client.api_call(method, json=given)
            else:
                answer = await client.api_call(method, data=given)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            failure = classify(method, error)
            metrics.called(method, failure)
            if isinstance(failure, Refused):
                await budget.shut(failure.retry_after)
            elif isinstance(failure, Permanent) and failure.code in UNINSTALLED:
                self._refused(failure.code)
            raise failure from (None if isinstance(error, SlackApiError) else error)
        if not isinstance(answer.data, dict):
            failure = Uncertain(method, "not_json")
            metrics.called(method, failure)
            raise failure
        metrics.called(method)
        self.scopes = _granted(answer.headers) or self.scopes
        return answer

    async def _upload(self, url: str, content: bytes) -> None:
        patience = aiohttp.ClientTimeout(total=UPLOAD_SECONDS)
        try:
            async with self._session.post(url, data=content, timeout=patience) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = classify("files.upload", error)
            metrics.called("files.upload", failure)
            raise failure from None  # the address is a secret of its own
        if status != HTTPStatus.OK:
            refused = Permanent("files.upload", f"http_{status}")
            metrics.called("files.upload", refused)
            raise refused
        metrics.called("files.upload")

    async def _post_to_response_url(self, url: str, body: dict[str, Any]) -> None:
        try:
            async with self._session.post(url, json=body) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = classify("response_url", error)
            metrics.called("response_url", failure)
            raise failure from None  # the address is a secret of its own
        if status >= 400:
            # Used up, or older than half an hour.
            refused = Permanent("response_url", f"http_{status}")
            metrics.called("response_url", refused)
            raise refused
        metrics.called("response_url")


def _body(answer: AsyncSlackResponse) -> dict[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def _key(message: Mapping[str, Any]) -> str | None:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    key = payload.get("key")
    return key if isinstance(key, str) else None


def _granted(headers: Mapping[str, str]) -> frozenset[str]:
    """The token's scopes, which every answer names: https://docs.slack.dev/authentication/installing-with-oauth."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in said.split(",") if scope.strip())


def _answered_at_us(headers: Mapping[str, str]) -> int:
    """When Slack gave an answer, by its own clock, in microseconds; by ours where it does not say."""
    said = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return int(parsedate_to_datetime(said).timestamp()) * 1_000_000
    except ValueError:
        return time.time_ns() // 1000


def _content(message: Message) -> dict[str, Any]:
    if problems := check(message.blocks, message.text):
        # It is sent all the same: Slack's answer counts, and what it refuses is drawn another way.
        log.error("message beyond Slack's limits", problems=problems[:3])
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        # Nothing that stands in a name may become a link, a mention or a preview.
        "unfurl_links": False,
        "unfurl_media": False,
        "parse": "none",
        "link_names": False,
    }
