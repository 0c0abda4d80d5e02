"""Slack as we speak to it: what we ask of it and tell it, in one workspace."""

import json
import time
from collections.abc import Mapping
from typing import Any, Literal

import structlog

from bot.errors import Permanent, SlackFailure, Uncertain
from bot.slack_answers import Conversation, Identity, Profile, Reactions, answered_at_us, key_of
from bot.slack_calls import SlackCalls, answered
from bot.views.kit import Message, View
from bot.views.limits import check

log = structlog.get_logger(__name__)

MOST_PAGES = 3  # of a thousand channels each
METADATA_EVENT = "verdicts_card"
HISTORY_PAGES = 20


class Slack(SlackCalls):
    """Slack's Web API for one workspace. Every method raises Refused, Permanent or Uncertain, and nothing else."""

    async def identity(self) -> Identity:
        """Ask who we are."""
        said = await self._call(self.client, "auth.test")
        answer = answered(said)
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
            at_us=answered_at_us(said.headers),
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
            **as_sent(message),
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
            answer = answered(
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
            ours = [one for one in answer["messages"] if one.get("user") == self.bot_user]
            found += [one["ts"] for one in ours if key_of(one) == key]
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
        await self._call(self.client, "chat.update", channel=channel, ts=message_ts, **as_sent(message))

    async def whisper(self, channel: str, person: str, message: Message, thread_ts: str | None = None) -> None:
        """Say something that only this person in this channel sees."""
        await self._call(
            self._once, "chat.postEphemeral", channel=channel, user=person, thread_ts=thread_ts, **as_sent(message)
        )

    async def tell(self, person: str, message: Message) -> None:
        """Write to a person in the app's own conversation with them."""
        await self._call(self._once, "chat.postMessage", channel=person, **as_sent(message))

    def gives_files(self) -> bool:
        """Whether we were granted to give files, by Slack's newest answer."""
        return "files:write" in self.scopes

    async def give_file(self, person: str, name: str, content: bytes, message: Message) -> None:
        """Give a person a file in the app's own conversation with them, below a message that says what it is.

        It needs the optional scope `files:write` (Permanent `missing_scope` without). The steps:
        https://docs.slack.dev/reference/methods/files.getUploadURLExternal
        """
        place = answered(
            await self._call(self.client, "files.getUploadURLExternal", filename=name, length=str(len(content)))
        )
        await self._upload(str(place["upload_url"]), content)
        # The post says which conversation it is: to open one by the person's id is another scope, im:write.
        told = answered(await self._call(self._once, "chat.postMessage", channel=person, **as_sent(message)))
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
        return Reactions.of(answered(answer)["message"], answer.headers, self.bot_user)

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
            found = answered(await self._call(self.client, "conversations.info", channel=channel))["channel"]
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
                body = answered(answer)
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
        found = answered(await self._call(self.client, "users.info", user=person))["user"]
        return self.described({**found, "id": person})

    def described(self, user: Mapping[str, Any]) -> Profile:
        """Who this is, from Slack's user object."""
        return Profile.of(user, self._workspace, self._enterprise)


def as_sent(message: Message) -> dict[str, Any]:
    """What a message is to `chat.postMessage` and its kind."""
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
