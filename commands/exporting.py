"""/verdict export: the catalogue or the votes as a file in the person's direct message, where the app may give one."""

import time

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import exports, workspace_settings
from bot.clients import Clients
from bot.errors import Permanent
from bot.questions import Reply
from bot.views import notices
from commands.payloads import SlashCommand
from commands.replies import Background, body_of
from commands.requests import Export
from db.engine import Database, now

# https://docs.slack.dev/reference/methods/files.getUploadURLExternal#errors: the workspace has files forbidden to us,
# or large ones to everybody.
NO_FILES = {"missing_scope", "file_uploads_disabled", "file_upload_size_restricted"}
TOO_LARGE = "That is more than I give in Slack."


async def serve(
    ack: AsyncAck, command: SlashCommand, request: Export, database: Database, clients: Clients, background: Background
) -> None:
    """Say that the file is being prepared, and give it; where no file may be given, the line for whoever runs the app.

    Votes have people's names: Slack is asked at this moment whether it is an admin who wants them.
    """
    workspace, person = command.team_id, command.user_id
    slack = clients.of(workspace)
    profile = await slack.profile(person)
    if not slack.gives_files():
        await ack(**body_of(notices.export_by_hand(request.what, request.format)))
        return
    if request.what == "votes":
        workspace_settings.require_admin(profile.is_admin, "export votes")
    await ack(**body_of(notices.export_coming(request.what, request.format)))

    async def give(reply: Reply) -> None:
        instant = await database.run(now)
        try:
            content = await database.run(exports.for_slack, workspace, request.what, request.format)
            name = f"{request.what}-{time.strftime('%Y-%m-%d', time.gmtime(instant))}.{request.format}"
            ready = notices.export_ready(request.what, request.format, instant)
            await slack.give_file(person, name, content, ready)
        except exports.TooMany:
            await reply(notices.export_by_hand(request.what, request.format, TOO_LARGE))
        except Permanent as failure:
            if failure.code not in NO_FILES:
                raise
            await reply(notices.export_by_hand(request.what, request.format))

    background.start(give, typed=command.typed)
