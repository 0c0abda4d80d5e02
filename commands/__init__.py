"""commands hear: everything that Slack can say to us, on one screen, the busiest first."""

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import metrics, replays
from bot.services import Services
from bot.views import actions
from commands import (
    audits,
    cards,
    catalogue,
    compare,
    digests,
    events,
    home,
    installations,
    lists,
    mentions,
    panel,
    people,
    previews,
    problems,
    reactions,
    reasons,
    retiring,
    verdict,
    voting,
)
from commands.replies import Background, workspace_of
from commands.request_names import name_of

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:  # noqa: PLR0915  a list, however long
    """Tell Bolt who hears what.

    Bolt asks the listeners in this order, and ten that do not fit ahead of one that does double its cost.
    """

    app.use(_Lender(services))
    app.use(reactions.Reactions(services))
    app.command("/compare")(compare.compare)
    app.command("/verdict")(verdict.verdict)
    app.action(actions.VOTE_PATTERN)(voting.voted)
    app.options(actions.TYPEAHEAD_PATTERN)(compare.typeahead)
    app.options(actions.CATEGORY_FIELD)(catalogue.categories)
    app.action(actions.TAKES)(cards.read_takes)
    app.action(actions.TOOL_TAKES)(cards.read_takes_of_tool)
    app.action(actions.TAKES_NEXT)(cards.turn_takes)
    app.action(actions.TAKES_PREVIOUS)(cards.turn_takes)
    app.action(actions.REASON)(reasons.asked)
    app.action(actions.MORE)(cards.more)
    app.action(actions.POST)(compare.answered)
    app.action(actions.PICK_PATTERN)(compare.answered)
    app.action(actions.TRY_AGAIN)(compare.answered)
    app.action(actions.CHOOSE)(compare.chose_another)
    app.action(actions.JOIN_AND_POST)(compare.joined)
    app.action(actions.START_OVER)(compare.started_over)
    app.action(actions.NEW_ROUND)(compare.began_new_round)
    app.action(actions.SHOW_AGAIN)(cards.show_again)
    app.action(actions.POST_RESULT)(cards.show_again)
    app.action(actions.POST_AGAIN)(cards.post_again)
    app.action(actions.TOOL_SHOW_PATTERN)(verdict.show_tool)
    app.action(actions.SEARCH_NEXT)(lists.turn_search)
    app.action(actions.SEARCH_PREVIOUS)(lists.turn_search)
    app.action(actions.LEADERS_NEXT)(lists.turn_leaders)
    app.action(actions.LEADERS_PREVIOUS)(lists.turn_leaders)
    app.action(actions.DIGEST_PATTERN)(digests.pressed)
    app.action(actions.COMPARE)(compare.compare_button)
    app.action(actions.HELP)(home.help_pressed)
    app.action(actions.SETTINGS)(catalogue.settings)
    app.action(actions.TOOL_POST)(verdict.post_tool)
    app.action(actions.TOOL_EDIT)(catalogue.edit)
    app.action(actions.TOOL_TAKE)(catalogue.take)
    app.action(actions.ADD_TOOL)(catalogue.add)
    app.action(actions.TOOL_PREVIEW)(previews.preview_tool)
    app.action(actions.TAKE_PREVIEW)(previews.preview_take)
    app.action(actions.TOOL_RETIRE)(retiring.retire)
    app.action(actions.RESTORE_PATTERN)(retiring.restore)
    app.action(actions.PANEL_SEAT_PATTERN)(panel.chosen)
    app.action(actions.AUDIT_NEXT)(audits.turned)
    app.action(actions.AUDIT_PREVIOUS)(audits.turned)
    app.action(actions.TOOL_PAGE)(cards.only_acknowledge)
    app.view(actions.COMPARE_DIALOG)(compare.submitted)
    app.view(actions.SWAP_DIALOG)(cards.swapped)
    app.view(actions.REASON_DIALOG)(reasons.given)
    app.view(actions.TOOL_DIALOG)(catalogue.tool_written)
    app.view(actions.TAKE_DIALOG)(catalogue.take_written)
    app.view(actions.SETTINGS_DIALOG)(catalogue.settings_written)
    app.view(actions.PANEL_DIALOG)(panel.joined)
    app.view(actions.RENAME_DIALOG)(panel.renamed)
    app.shortcut("compare_tools")(compare.compare_shortcut)
    app.shortcut("compare_message")(compare.compare_message)
    app.event("app_mention")(mentions.mentioned)
    app.event("message")(mentions.written)
    app.event("app_home_opened")(home.opened)
    app.event("member_joined_channel")(home.joined)
    app.event("user_change")(people.changed)
    app.event("app_uninstalled")(installations.removed)
    app.event("tokens_revoked")(installations.removed)
    app.event("team_access_granted")(installations.let_in)
    app.event("team_access_revoked")(installations.let_out)
    app.event(events.ANY)(events.unheard)
    app.error(problems.explain_to_person)


class _Lender(AsyncMiddleware):
    """Lends the services to every listener, by their names.

    A class, because a function would have its arguments found by name first: a seventh of what an empty request costs.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  Bolt's signature
    ) -> BoltResponse | None:
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
        if (name := name_of(body)) and not await services.database.run(replays.is_first, workspace, name):
            log.info("request heard before", workspace=workspace)
            return BoltResponse(status=200)
        return await next()
