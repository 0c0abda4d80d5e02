"""commands hear: everything that Slack can say to us, on one screen, the busiest first."""

from slack_bolt.app.async_app import AsyncApp

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
from commands.lending import Lender


def register(app: AsyncApp, services: Services) -> None:  # noqa: PLR0915  a list, however long
    """Tell Bolt who hears what.

    Bolt asks the listeners in this order, and ten that do not fit ahead of one that does double its cost.
    """

    app.use(Lender(services))
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
