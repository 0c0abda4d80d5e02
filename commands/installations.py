"""The app comes and goes: removed from a workspace, its tokens revoked, let into workspaces of an organisation."""

from typing import Any

import structlog

from bot.roster import Roster
from commands.payloads import AccessChanged, Removal

log = structlog.get_logger(__name__)


async def removed(body: dict[str, Any], roster: Roster | None) -> None:
    """The app was removed, or its tokens revoked: both are told, in any order, perhaps long after it came back."""
    heard = Removal.model_validate(body)
    if roster is None or not heard.is_ours:
        log.info("app removed somewhere", type=heard.event.type)
        return
    if heard.team_id is not None:
        await roster.removed(heard.team_id, heard.event.type, heard.event_time)
    if heard.enterprise_id is not None:
        # Perhaps one workspace of it alone; then the organisation's token, if there is one, is as good as before.
        await roster.removed(heard.enterprise_id, heard.event.type, 0)


async def let_in(body: dict[str, Any], event: dict[str, Any], roster: Roster | None) -> None:
    """An organisation lets some of its workspaces use the app."""
    organisation = Removal.model_validate(body).enterprise_id
    if roster is not None and organisation is not None and (installation := await roster.find(organisation)):
        for workspace in AccessChanged.model_validate(event).team_ids:
            await roster.admit(workspace, installation)


async def let_out(body: dict[str, Any], event: dict[str, Any], roster: Roster | None) -> None:
    """An organisation takes the app away from some of its workspaces."""
    organisation = Removal.model_validate(body).enterprise_id
    if roster is not None and organisation is not None:
        await roster.dismiss(organisation, AccessChanged.model_validate(event).team_ids)
