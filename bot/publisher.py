"""Where a comparison becomes a card of a channel, and its asker hears how that went."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import structlog

from bot import ballots, cards, catalogue, comparisons, people, questions, recounts, schedule, strangers, sweeps
from bot.clients import Clients
from bot.errors import Permanent, Refused, SlackFailure, Uncertain, UserError
from bot.last_word import say_until_so
from bot.model import KindOrOut, Scorecard
from bot.questions import Asker, Deadline, Reply
from bot.refresher import Refresher
from bot.slack_answers import Conversation
from bot.slack_errors import BLOCKS_REFUSED, CHANNEL_LOST
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.views import notices
from bot.views.actions import Ask
from bot.views.cards import card_message, seeds
from bot.views.kit import Message
from db.engine import Database, now

log = structlog.get_logger(__name__)

MOST_REDRAWINGS = 2  # of the five answers to a press on a card that is an answer; the rest are for private words


class Publisher:
    """Posts what the services have decided, and tells them how it went."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        shelf: catalogue.Shelf,
        refresher: Refresher,
        sweeper: Sweeper,
        tasks: Tasks,
    ) -> None:
        self._database = database
        self._clients = clients
        self._shelf = shelf
        self._refresher = refresher
        self._tasks = tasks
        self._sweeper = sweeper

    async def asked(
        self,
        asker: Asker,
        lines: Sequence[Ask],
        reply: Reply,
        deadline: Deadline | None,
        *,
        is_edit: bool = False,
    ) -> None:
        """Answer a typed line; of its divisions into names and use case, the one that names tools counts.

        An edited line that asks for what is open here is answered by the card that stands here: nothing is said.
        """
        step = await self._understand(asker, lines)
        if isinstance(step, Message):
            await reply(step)
        else:
            await self.compare(asker, step, reply, deadline, is_edit=is_edit)

    async def compare(
        self,
        asker: Asker,
        ask: Ask,
        reply: Reply,
        deadline: Deadline | None,
        *,
        again: bool = False,
        anew: bool = False,
        is_edit: bool = False,
    ) -> None:
        """Post the card of a question, or answer with the one thing that must be asked first.

        Raises UserError; a place that the bot cannot post in is answered with the way in.
        """
        if None in ask.tools:
            name = ask.names[ask.tools.index(None)]
            result, tools = await self._database.run(catalogue.read_name, self._shelf, asker.workspace, name)
            await reply(questions.ask_for(ask, name, result, tools))
            return
        place = await self._place(asker)
        answers = _takes_answers(place, asker)
        if not answers and (obstacle := _obstacle(place, ask)) is not None:
            await reply(obstacle)
            return
        opening = comparisons.Opening(
            workspace=asker.workspace,
            channel=asker.channel,
            thread_ts=asker.thread_ts,
            scope=place.scope,
            tool_ids=tuple(tool_id for tool_id in ask.tools if tool_id is not None),
            use_case=ask.use_case,
            closes_at=await self._closes_at(asker, deadline) if deadline else None,
            person=asker.person,
            key=secrets.token_hex(16),
            secrecy=ask.voting,
            by_buttons=answers,
            again=again,
            anew=anew,
        )
        match await self._database.run(comparisons.open_now, opening):
            case comparisons.StillOpen() if is_edit:
                return
            case comparisons.StillOpen(card):
                starter = card.comparison.starter == asker.person
                await reply(
                    notices.already_open(card, replace(ask, comparison=card.comparison.id), may_start_over=starter)
                )
            case comparisons.ClosedBefore(card):
                await reply(notices.closed_before(card, ask))
            case comparisons.Opened(card) if answers:
                await self.answer(asker, card)
            case comparisons.Opened(card):
                await self.announce(card, reply, ask)

    async def post_tool(self, asker: Asker, tool_id: int, reply: Reply) -> None:
        """Post the card of one tool, on which people vote ship or skip; an older one here becomes a pointer to it."""
        ask = Ask(tools=(tool_id,))
        place = await self._place(asker)
        if (obstacle := _obstacle(place, ask)) is not None:
            await reply(obstacle)
            return
        opening = comparisons.Opening(
            workspace=asker.workspace,
            channel=asker.channel,
            thread_ts=asker.thread_ts,
            scope=place.scope,
            tool_ids=(tool_id,),
            use_case="",
            closes_at=None,
            person=asker.person,
            key=secrets.token_hex(16),
            again=True,
        )
        outcome = await self._database.run(comparisons.open_now, opening)
        await self.announce(outcome.scorecard, reply, ask)

    async def start_over(self, asker: Asker, ask: Ask, reply: Reply, deadline: Deadline | None) -> None:
        """Close the open round, for its starter, and begin the next."""
        if ask.comparison is None:
            raise UserError("There is nothing to start over. Ask again with `/compare`.")
        await self._database.run(comparisons.may_start_over, asker.workspace, ask.comparison, asker.person)
        await self.close(asker.workspace, ask.comparison, asker.person)
        await self.compare(asker, ask, reply, deadline, anew=True)

    async def close(self, workspace: str, comparison: int, person: str) -> None:
        """Close a comparison by hand, after asking Slack who voted; its cards are redrawn as final."""
        instant = await self._database.run(now)
        await self._database.run(comparisons.may_close, workspace, comparison, person, instant)
        await self._sweeper.before_closing(workspace, comparison)
        await self._database.run(comparisons.close, workspace, comparison, person, await self._database.run(now))
        self._refresher.wake()

    async def show_again(self, asker: Asker, comparison: int, reply: Reply) -> None:
        """Post a new card of a comparison that stands in this channel already; the old one becomes a pointer to it."""
        instant = await self._database.run(now)
        place = await self._place(asker)
        where = (asker.channel, place.scope, asker.person, instant, secrets.token_hex(16))
        card = await self._database.run(cards.show_again, asker.workspace, comparison, *where)
        if _takes_answers(place, asker):
            await self.answer(asker, card)
        else:
            await self.announce(card, reply, Ask())

    async def post_again(self, asker: Asker, card_id: int, reply: Reply) -> None:
        """Post a card whose message was never confirmed."""
        instant = await self._database.run(now)
        card = await self._database.run(
            cards.post_again, asker.workspace, card_id, asker.person, instant, secrets.token_hex(16)
        )
        await self.announce(card, reply, Ask())

    async def announce(self, card: Scorecard, reply: Reply, ask: Ask) -> None:
        """Post a card that has just been written and waits for its message, and note where it stands; then seed it."""
        workspace, slack = card.card.workspace, self._clients.of(card.card.workspace)
        try:
            ts = await self._post(card)
        except Uncertain as failure:
            log.warning("card perhaps not posted", workspace=workspace, card=card.card.id, code=failure.code)
            await self._database.run(cards.doubt, workspace, card.card.id)
            await reply(notices.post_again(card))
            return
        except SlackFailure as failure:
            await self._database.run(cards.withdraw, workspace, card.card.id)
            if isinstance(failure, Refused):
                await reply(notices.too_many_requests(round(failure.retry_after), ask.typed))
                return
            if failure.code in CHANNEL_LOST:
                await reply(notices.cannot_post_here(ask))
                return
            raise
        link = await self._permalink(workspace, card.card.channel, ts)
        await self._database.run(cards.record_message, workspace, card.card.id, ts, link)
        self._refresher.wake()
        if card.comparison.is_open and not card.comparison.by_buttons:
            names = seeds(card)
            for emoji in names:
                await slack.react(card.card.channel, ts, emoji)
            await self._database.run(sweeps.planted, workspace, card.card.id, names)
            self._refresher.wake()

    async def answer(self, asker: Asker, card: Scorecard) -> None:
        """Put a card where we are no member, as the answer to what was typed or pressed there."""
        workspace = asker.workspace
        respond = partial(self._clients.of(workspace).respond, asker.response_url or "", aloud=True)
        try:
            await respond(card_message(card, card.card.posted_at))
        except Uncertain:
            pass  # it may stand there, and a press on it tells us so
        except SlackFailure:
            await self._database.run(cards.withdraw, workspace, card.card.id)
            raise
        await self._database.run(cards.record_answer, workspace, card.card.id)

    async def redraw_answer(self, asker: Asker, comparison: int) -> None:
        """Redraw a card that stands as an answer, after a press on it: no other way leads to its message."""
        card = await self._database.run(comparisons.scorecard, asker.workspace, comparison)
        # The comparison's id may be forged: only the conversation's own card is drawn there.
        if card.card.message_ts is not None or card.comparison.scope != asker.channel or asker.response_url is None:
            return

        async def draw() -> Message:
            card = await self._database.run(comparisons.scorecard, asker.workspace, comparison)
            return card_message(card, await self._database.run(now))

        respond = partial(self._clients.of(asker.workspace).respond, asker.response_url, replace=True, aloud=True)
        await say_until_so(draw, respond, MOST_REDRAWINGS)

    async def ask_about_interrupted(self, workspace: str, before: int) -> None:
        """Offer everyone whose card was cut off by a crash to post it again; at each start, until they were told."""
        for card in await self._database.run(cards.left_unrecorded, workspace, before):
            message = notices.post_again(card)
            try:
                await self._clients.of(workspace).whisper(card.card.channel, card.card.posted_by, message)
            except SlackFailure as failure:
                log.warning("interrupted card not offered", card=card.card.id, code=failure.code)
                if not isinstance(failure, Permanent):
                    continue
            await self._database.run(cards.doubt, workspace, card.card.id)

    def meet(self, workspace: str, channel: str, person: str, recorded: ballots.Recorded) -> None:
        """After a vote: ask Slack who a stranger is, and tell a person once what their first vote meant."""
        if recorded.is_stranger:
            self._tasks.start_courtesy(self._look_up(workspace, person))
        if recorded.is_first_vote:
            self._tasks.start_courtesy(self._hint(workspace, channel, person, recorded.comparison_id))

    async def meet_presser(self, asker: Asker, comparison: int, *, is_anonymous: bool) -> None:
        """After a press of somebody unknown: ask Slack who this is.

        In an anonymous round only the kind of person is kept of the answer, under the voter's code.
        """
        try:
            if is_anonymous:
                await self._look_up_anonymous(asker, comparison)
            else:
                await self._look_up(asker.workspace, asker.person)
        except SlackFailure as failure:
            log.warning("voter not looked up", workspace=asker.workspace, code=failure.code)

    async def zone_of(self, workspace: str, person: str) -> str | None:
        """The zone of this person's profile, asked of Slack the first time."""
        zone = await self._database.run(people.zone_of, workspace, person)
        return zone or await self._look_up(workspace, person)

    async def _place(self, asker: Asker) -> Conversation:
        place = await self._clients.of(asker.workspace).conversation(asker.channel)
        return replace(place, kind="direct") if asker.is_group_direct else place

    async def _understand(self, asker: Asker, lines: Sequence[Ask]) -> Ask | Message:
        texts = [ask.names[0] for ask in lines]
        read = await self._database.run(catalogue.read_lines, self._shelf, asker.workspace, texts)
        ask, best = questions.likeliest(list(zip(lines, read, strict=True)))
        if len(best.reading.names) == 1 and (line := questions.separated(ask.names[0])) is not None:
            # "Cursor and Zed": two tools where both are known, and asked about all the same.
            parts = await self._database.run(catalogue.read_names, self._shelf, asker.workspace, line)
            if parts.reading.is_resolved:
                step = questions.understood(ask, parts)
                if isinstance(step, Message):
                    return step
                return questions.confirm(
                    step, await self._database.run(catalogue.tools, asker.workspace, parts.reading.ids)
                )
        return questions.understood(ask, best)

    async def _closes_at(self, asker: Asker, deadline: Deadline) -> int:
        zone = await self.zone_of(asker.workspace, asker.person)
        return deadline.deadline(await self._database.run(now), schedule.zone_named(zone or "UTC"))

    async def _post(self, card: Scorecard) -> str:
        slack = self._clients.of(card.card.workspace)
        post = partial(slack.post, card.card.channel, key=card.card.key, thread_ts=card.card.thread_ts)
        try:
            return await post(message=card_message(card, card.card.posted_at))
        except Permanent as failure:
            if failure.code not in BLOCKS_REFUSED or not card.tables:
                raise
            await self._database.run(people.refuse_tables, card.card.workspace)
            return await post(message=card_message(replace(card, tables=False), card.card.posted_at))

    async def _permalink(self, workspace: str, channel: str, ts: str) -> str | None:
        try:
            return await self._clients.of(workspace).permalink(channel, ts)
        except SlackFailure:
            return None  # a card without a link is still a card

    async def _look_up(self, workspace: str, person: str) -> str | None:
        profile = await strangers.look_up(self._database, self._clients.of(workspace), workspace, person)
        self._refresher.wake()
        return profile.zone

    async def _look_up_anonymous(self, asker: Asker, comparison: int) -> None:
        profile = await self._clients.of(asker.workspace).profile(asker.person)
        kind: KindOrOut = "out" if profile.is_bot or profile.is_deactivated else profile.kind
        await self._database.run(recounts.anonymous_voter, asker.workspace, comparison, asker.person, kind)
        self._refresher.wake()

    async def _hint(self, workspace: str, channel: str, person: str, comparison_id: int) -> None:
        instant = await self._database.run(now)
        if not await self._database.run(people.needs_hint, workspace, person, instant):
            return
        ticked, card = await self._database.run(comparisons.ticked_by, workspace, comparison_id, person)
        message = notices.first_vote(ticked, card.comparison.closes_at, card.permalink)
        await self._clients.of(workspace).whisper(channel, person, message, card.card.thread_ts)


def _takes_answers(place: Conversation, asker: Asker) -> bool:
    """Whether a card can stand here only as an answer: a DM between other people, which admits no bot."""
    return place.kind == "direct" and not place.is_member and asker.response_url is not None


def _obstacle(place: Conversation, ask: Ask) -> Message | None:
    """Why a card cannot stand here, with the way in; None when it can."""
    if place.is_archived:
        return notices.cannot_post_here(ask)
    if place.is_member:
        return None
    match place.kind:
        case "public":
            return notices.join_first(ask, place.id)
        case "private":
            return notices.invite_first(ask)
        case "direct":
            return notices.cannot_post_here(ask)
