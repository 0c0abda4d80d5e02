"""What Slack sends, at the door: pydantic models of the parts we use, so that nothing unchecked goes further.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/reference/events/reaction_added,
https://docs.slack.dev/reference/interaction-payloads
"""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from commands.tokens import plain_text

Id = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,31}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^\d{1,12}\.\d{1,9}$")]
EmojiName = Annotated[str, StringConstraints(min_length=1, max_length=120)]

# How Slack names a direct conversation of several people ("mpdm-ada--bjorn--chloe-1"): all that is told of one that
# we are not in.
GROUP_DIRECT = "mpdm-"

_TS = re.compile(r"^(\d{1,12})\.(\d{1,6})")


class Payload(BaseModel):
    """A checked part of something that Slack sent; what we do not use is let pass."""

    # An error about what people wrote must not carry it into the log.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class SlashCommand(Payload):
    """`/compare …` or `/verdict …`."""

    team_id: Id
    channel_id: Id
    channel_name: str = ""
    user_id: Id
    command: str
    text: str = ""
    trigger_id: str
    response_url: str

    @property
    def typed(self) -> str:
        """The line as the person typed it, without Slack's escapes."""
        return f"{self.command} {plain_text(self.text)}".strip()

    @property
    def is_group_direct(self) -> bool:
        """Whether it was typed in a direct conversation of several people."""
        return self.channel_name.startswith(GROUP_DIRECT)


class ReactionItem(Payload):
    """The message that a reaction stands on."""

    channel: Id
    ts: Ts


class ReactionEvent(Payload):
    """`reaction_added` or `reaction_removed`: alike but for their type."""

    type: str
    user: Id
    reaction: EmojiName
    item: ReactionItem
    item_user: str | None = None
    event_ts: Ts

    @property
    def at_us(self) -> int:
        """When it happened, in whole microseconds: as text or as a float two times may compare wrongly."""
        return microseconds(self.event_ts)


class Mention(Payload):
    """`app_mention`: somebody wrote to us in a channel or a thread, or edited what they had written."""

    user: Id
    channel: Id
    text: str = ""
    ts: Ts
    thread_ts: Ts | None = None
    edited: dict[str, Any] | None = None


class _Written(Payload):
    user: Id | None = None
    text: str = ""
    thread_ts: Ts | None = None
    bot_id: str | None = None
    edited: dict[str, Any] | None = None


class _Said(Payload):
    user: Id
    text: str
    thread_ts: Ts | None


class DirectMessage(_Written):
    """`message` in our own conversation with somebody (`message.im`).

    An edit comes as `message_changed` with the message in `message`, and so does a preview that Slack adds to a link:
    https://docs.slack.dev/reference/events/message/message_changed
    """

    channel: Id
    channel_type: str = ""
    subtype: str | None = None
    message: _Written | None = None
    previous_message: _Written | None = None

    @property
    def is_edit(self) -> bool:
        """Whether somebody changed what they had written."""
        return self.subtype == "message_changed"

    @property
    def said(self) -> _Said | None:
        """What a person said to us; None for what is nobody's words, or said before."""
        found: _Written | None = self
        if self.is_edit:
            before = self.previous_message
            found = self.message
            if found is None or found.edited is None or (before is not None and before.text == found.text):
                return None
        elif self.subtype not in {None, "file_share"}:
            return None
        if found is None or found.user is None or found.bot_id is not None or self.channel_type != "im":
            return None
        return _Said(user=found.user, text=found.text, thread_ts=found.thread_ts)


class HomeOpened(Payload):
    """`app_home_opened`."""

    user: Id
    tab: str = "home"


class MemberJoined(Payload):
    """`member_joined_channel`."""

    user: Id
    channel: Id
    inviter: Id | None = None


class ChangedUser(Payload):
    """Slack's user object, as far as it tells whether somebody counts."""

    id: Id
    team_id: str | None = None
    enterprise_user: dict[str, Any] | None = None
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    tz: str | None = None


class UserChange(Payload):
    """`user_change`: a profile, a guest who became a member, somebody who was deactivated."""

    user: ChangedUser


class _RevokedTokens(Payload):
    bot: list[str] = Field(default_factory=list)


class _RemovalEvent(Payload):
    type: str
    tokens: _RevokedTokens | None = None


class Removal(Payload):
    """The outer event of `app_uninstalled`, `tokens_revoked` or `team_access_revoked`; `event_time` is in seconds."""

    team_id: Id | None = None
    enterprise_id: Id | None = None
    event_time: int
    event: _RemovalEvent

    @property
    def is_ours(self) -> bool:
        """Whether it is about the bot's token: `tokens_revoked` also tells of people's, which we never had."""
        return self.event.type != "tokens_revoked" or bool(self.event.tokens and self.event.tokens.bot)


class AccessChanged(Payload):
    """`team_access_granted` or `team_access_revoked`: https://docs.slack.dev/reference/events/team_access_granted"""

    team_ids: list[Id]


class _Named(Payload):
    id: Id


class _Channel(_Named):
    name: str = ""


class _Chosen(Payload):
    value: str


class Interaction(Payload):
    """What every click, dialog and shortcut has in common."""

    team: _Named
    user: _Named

    @model_validator(mode="before")
    @classmethod
    def _workspace_of_the_person(cls, body: Any) -> Any:
        """Where an organisation has installed the app, `team` is null: https://docs.slack.dev/enterprise/."""
        if isinstance(body, dict) and body.get("team") is None and isinstance(body.get("user"), dict):
            return body | {"team": {"id": body["user"].get("team_id")}}
        return body


class Action(Payload):
    """The one element that was pressed."""

    action_id: str
    action_ts: Ts
    value: str | None = None
    selected_option: _Chosen | None = None

    @property
    def answer(self) -> str:
        """The button's value, or that of the line chosen in a menu."""
        if self.selected_option is not None:
            return self.selected_option.value
        return self.value or ""


class _View(Payload):
    id: str
    callback_id: str = ""
    private_metadata: str = ""
    state: dict[str, Any] = Field(default_factory=dict)

    def field(self, block_id: str) -> str:
        """What stands in a field, as text: what was typed, or the value that was chosen; empty for nothing."""
        for element in (self.state.get("values", {}).get(block_id) or {}).values():
            chosen = element.get("selected_option") or {}
            found = (
                chosen.get("value")
                or element.get("value")
                or element.get("selected_conversation")
                or element.get("selected_channel")
            )
            if isinstance(found, str):
                return found
        return ""


class _Container(Payload):
    message_ts: Ts | None = None
    channel_id: Id | None = None
    is_ephemeral: bool = False
    thread_ts: Ts | None = None


class Click(Interaction):
    """`block_actions`."""

    container: _Container = Field(default_factory=_Container)
    channel: _Channel | None = None
    view: _View | None = None
    trigger_id: str
    response_url: str | None = None
    actions: list[Action] = Field(min_length=1)

    @property
    def action(self) -> Action:
        """What was pressed."""
        return self.actions[0]

    @property
    def is_group_direct(self) -> bool:
        """Whether it was pressed in a direct conversation of several people."""
        return self.channel is not None and self.channel.name.startswith(GROUP_DIRECT)


class Submission(Interaction):
    """`view_submission`."""

    view: _View
    trigger_id: str | None = None

    def field(self, block_id: str) -> str:
        """What stands in a field, as text: what was typed, or the value that was chosen; empty for nothing."""
        return self.view.field(block_id)

    def ticked(self, block_id: str) -> list[str]:
        """The values of the boxes that are ticked in a field."""
        return [
            str(option.get("value"))
            for element in (self.view.state.get("values", {}).get(block_id) or {}).values()
            for option in element.get("selected_options") or []
        ]


class Suggestion(Interaction):
    """`block_suggestion`: what somebody has typed so far into a menu."""

    action_id: str
    value: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _nothing_typed(cls, value: object) -> object:
        return value or ""


class _Message(Payload):
    ts: Ts
    thread_ts: Ts | None = None
    text: str = ""


class Shortcut(Interaction):
    """A global shortcut, or one on a message."""

    trigger_id: str
    response_url: str | None = None
    channel: _Channel | None = None
    message: _Message | None = None


def microseconds(ts: str) -> int:
    """Slack's "1700000000.123456" as whole microseconds. Raises ValueError for anything else."""
    found = _TS.match(ts)
    if not found:
        raise ValueError("not a Slack timestamp")
    return int(found[1]) * 1_000_000 + int(found[2].ljust(6, "0"))
