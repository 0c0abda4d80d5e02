"""What people write to the bot by name, or to it alone: @Verdicts compare A vs B, also in threads."""

from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot.publisher import Publisher
from bot.questions import Asker, Reply
from bot.views import notices
from commands import grammar
from commands.compare import lines_of
from commands.payloads import DirectMessage, Mention
from commands.replies import Background


async def mentioned(
    event: dict[str, Any], context: AsyncBoltContext, publisher: Publisher, background: Background
) -> None:
    """`@Verdicts compare A vs B`: works in threads, where slash commands do not."""
    mention = Mention.model_validate(event)
    asker = Asker(str(context.team_id), mention.user, mention.channel, mention.thread_ts)
    said = grammar.after_mention(mention.text)
    is_edit = mention.edited is not None
    background.start(lambda reply: _answer(asker, said, publisher, reply, is_edit=is_edit), typed=said)


async def written(
    event: dict[str, Any], context: AsyncBoltContext, publisher: Publisher, background: Background
) -> None:
    """What somebody writes in our own conversation with them, where Slack sends no mention: the same, name or not."""
    message = DirectMessage.model_validate(event)
    said = message.said
    if said is None or said.user == context.bot_user_id:
        return
    asker = Asker(str(context.team_id), said.user, message.channel, said.thread_ts)
    line = grammar.after_mention(said.text)
    is_edit = message.is_edit
    background.start(lambda reply: _answer(asker, line, publisher, reply, is_edit=is_edit), typed=line)


async def _answer(asker: Asker, said: str, publisher: Publisher, reply: Reply, *, is_edit: bool) -> None:
    request = grammar.parse_mention(said)
    if request is not None and not request.help and not request.is_empty:
        await publisher.asked(asker, lines_of(request, said), reply, request.until, is_edit=is_edit)
    elif not is_edit:
        # Slack knows no slash commands in threads.
        await reply(notices.thread_help() if asker.thread_ts else notices.help_message("compare"))
