"""What people type is understood, or answered with a line that works."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commands.grammar import after_mention, parse_compare, parse_mention, parse_until, parse_verdict
from commands.moments import NO_ZONES
from commands.requests import (
    Add,
    Audit,
    BadRequest,
    Close,
    Compare,
    CompareRequest,
    DigestVerb,
    Edit,
    Export,
    Help,
    Leaderboard,
    MessageLink,
    OpenList,
    Privacy,
    Reopen,
    Result,
    Search,
    Settings,
    ShowTool,
    Subscribe,
    Subscriptions,
    TakeVerb,
    Unsubscribe,
    Until,
    VerdictRequest,
)
from commands.tokens import plain_text
from tests.grammar_fuzz import check, lines

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = int(datetime(2026, 11, 22, 20, 0, tzinfo=UTC).timestamp())  # 21:00 in Berlin

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
moments = st.integers(0, 4_000_000_000)


def deadline(text: str, now: int = SUNDAY, zone: ZoneInfo = BERLIN) -> str:
    """The local time at which a typed deadline ends."""
    until = parse_until(text)
    assert until
    return datetime.fromtimestamp(until.deadline(now, zone), zone).strftime("%a %Y-%m-%d %H:%M:%S")


def refused(line: str) -> BadRequest:
    """How a line is refused; it must be."""
    with pytest.raises(BadRequest) as raised:
        parse_compare(line.removeprefix("/compare")) if line.startswith("/compare") else parse_verdict(line)
    return raised.value


@pytest.mark.fault("S16")
@settings(max_examples=1_500)
@given(lines)
@example('a for "x')
@example("a vs b for until for")
@example('"" for ""')
@example("a for '''' until 7")
@example("subscribe tz= in:")
@example('subscribe in:"mon 9"')
@example("digest pause until until")
@example("export csv csv")
def test_any_line(line: str) -> None:
    """Whatever is typed, to 8,000 characters, is understood or refused with a line that works, within 5 ms of CPU."""
    check(line)


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        ("a vs b " + "c " * 200, "more than the 120 words that I read"),
        ("a vs b hidden " + "c" * 1_000, "longer than the 1,000 characters that I read"),
    ],
)
def test_a_line_that_is_too_long(line: str, piece: str) -> None:
    """A line beyond what anybody types on purpose is refused before it is read, with a line that works."""
    assert piece in refused(f"/compare {line}").sentence
    assert piece in refused(line).sentence


@pytest.mark.parametrize("options", ["hidden " * 100, "for hidden until 7d " * 25, "hidden anonymous " * 50])
def test_words_that_are_options_many_times_over(options: str) -> None:
    """A line full of options is read once from its end to its start, however many there are."""
    check(f"a vs b {options}")


@pytest.mark.parametrize(
    ("text", "names", "use_case", "until"),
    [
        ("claude files api vs llama 4 compact", "claude files api vs llama 4 compact", "", None),
        ('a vs b for "pdf extraction" until fri 17:00', "a vs b", "pdf extraction", "fri 17:00"),
        ("a vs b until 7d for “pdf extraction”?", "a vs b", "pdf extraction", "7d"),
        ("a vs b until fri 17∶00", "a vs b", "", "fri 17:00"),
        ("for „pdf extraction“ a vs b until 7d", "a vs b", "pdf extraction", "7d"),
        ("until 7d for 'pdf extraction' a vs b", "a vs b", "pdf extraction", "7d"),
        ("a vs b until tomorrow for pdf extraction", "a vs b", "pdf extraction", "tomorrow"),
        ("a vs b FOR „bob’s files“ UNTIL 'fri 5pm'", "a vs b", "bob’s files", "fri 5pm"),
        ("a vs b for 'x' until 2026-12-01 17:00", "a vs b", "x", "2026-12-01 17:00"),
        ('a for "react vs vue" vs b', "a vs b", "react vs vue", None),
        ("a vs b ?", "a vs b", "", None),
        ("copilot for business vs cursor", "copilot for business vs cursor", "", None),
        (
            'copilot for business vs claude for excel for "sums"',
            "copilot for business vs claude for excel",
            "sums",
            None,
        ),
        ("cursor vs until labs", "cursor vs until labs", "", None),
        ("cursor vs wait until dawn", "cursor vs wait until dawn", "", None),
        ("cursor vs wait until dawn until 7d", "cursor vs wait until dawn", "", "7d"),
        ('cursor vs "wait until friday"', 'cursor vs "wait until friday"', "", None),
        ('for "pdf"', "", "pdf", None),
        ("until fri", "", "", "fri"),
        ("<https://continue.dev|continue.dev> vs R&amp;D &lt;3", "continue.dev vs R&D <3", "", None),
    ],
)
def test_lines_of_a_comparison(text: str, names: str, use_case: str, until: str | None) -> None:
    """Options stand in any order behind the names, quoted in any way; names with "for" or "until" in them survive."""
    request = parse_compare(text)

    assert (request.names, request.use_case) == (names, use_case)
    assert (request.until.typed if request.until else None) == until
    assert request.alternatives == ()


def test_an_unquoted_use_case_may_be_a_name() -> None:
    """Where a "for" without quotes can be read in several ways, all are handed along, the longest names first."""
    request = parse_compare("cursor vs claude for excel for finance until fri")

    assert (request.names, request.use_case) == ("cursor vs claude", "excel for finance")
    assert request.alternatives == (
        ("cursor vs claude for excel for finance", ""),
        ("cursor vs claude for excel", "finance"),
    )
    assert parse_compare("a vs b for react vs vue").alternatives == (("a vs b", "react vs vue"),)
    assert len(parse_compare("a vs b " + "for c " * 20).alternatives) <= 3


def test_nothing_and_help() -> None:
    """Nothing typed opens the dialog; help and a question mark help."""
    assert parse_compare("  ").is_empty
    assert parse_compare("") == CompareRequest()
    assert all(parse_compare(text).help for text in ("help", "HELP", "?", "--help"))
    assert not parse_compare("help").is_empty


@pytest.mark.parametrize(
    ("line", "piece", "corrected"),
    [
        ("/compare a vs b until firday", "firday", "/compare a vs b until fri"),
        ("/compare a vs b until fri 25:00", "25:00", "/compare a vs b until fri 23:59"),
        ('/compare a vs b until 2026-02-30 for "x"', "2026-02-28", '/compare a vs b for "x" until 2026-02-28'),
        ("/compare a vs b until 1.12.2026", "1.12.2026", "/compare a vs b until 2026-12-01"),
        ("/compare a vs b until next week", "next week", "/compare a vs b until 7d"),
        ("/compare a vs b for", "a vs b for", "/compare a vs b"),
        ('/compare a vs b for "x" please', "please", '/compare a vs b for "x"'),
        ("/compare a vs b until fri until mon", "until mon", "/compare a vs b until fri"),
        ("search", "look for", "/verdict search vector database"),
        ("close that", "that", "/verdict close last"),
        ("reopen", "last", "/verdict reopen last"),
        ("subscribe mnoday 9", "Monday", "/verdict subscribe mon 09:00"),
        ("subscribe mon 9:75 in:models", "09:59", "/verdict subscribe mon 09:59 in:models"),
        ("subscribe mon 13pm", "13:00", "/verdict subscribe mon 13:00"),
        ("subscribe mon 9 tz Europe/Berln", "Europe/Berlin", "/verdict subscribe mon 09:00 tz Europe/Berlin"),
        ("subscribe mon 9 tz UTC+2", "Etc/GMT-2", "/verdict subscribe mon 09:00 tz Etc/GMT-2"),
        ("subscribe mnoday 25:00", "mnoday", "/verdict subscribe mon 23:59"),
        ("subscribe mon tue", "tue", "/verdict subscribe mon"),
        ("subscribe 9 10", "10", "/verdict subscribe 09:00"),
        ("subscribe mon even-if-emtpy", "even-if-empty", "/verdict subscribe mon even-if-empty"),
        ("subscribe tz", "Europe/Berlin", "/verdict subscribe tz Europe/Berlin"),
        ('subscribe whatever in:"vector databases"', "whatever", '/verdict subscribe in:"vector databases"'),
        ("digest", "preview", "/verdict digest preview"),
        ("digest resmue", "resmue", "/verdict digest resume"),
        ("digest skip", "week", "/verdict digest skip fri"),
        ("digest now please", "please", "/verdict digest now"),
        ("digest pause until whenever", "whenever", "/verdict digest pause until 7d"),
        ("edit", "which tool", "/verdict edit claude files api"),
        ("export vote json", "vote json", "/verdict export votes json"),
        ("result", "vs", "/verdict result claude files api vs llama 4 compact"),
    ],
)
def test_what_is_refused(line: str, piece: str, corrected: str) -> None:
    """A line that cannot be understood is told what is wrong, and gets a corrected line that keeps what was right."""
    problem = refused(line)

    assert piece in problem.sentence
    assert problem.corrected == corrected


def test_what_is_too_long() -> None:
    """Names beyond 300 characters, use cases beyond 200 and lines beyond 1,000 are refused, not cut in silence."""
    assert "300" in refused("/compare " + "x" * 301).sentence
    assert "200" in refused(f'/compare a vs b for "{"x" * 201}"').sentence
    assert "200" in refused(f"/compare a vs b for {'x' * 201}").sentence
    assert parse_compare(f'{"x" * 300} for "{"y" * 200}"').use_case == "y" * 200
    assert "1,000" in refused("/compare " + "a " * 501).sentence
    assert "1,000" in refused("search " + "a " * 501).sentence


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("", Help()),
        ("?", Help()),
        ("help", Help()),
        ("help subscribe", Help(about="subscribe")),
        ("help subscirbe", Help(about="subscribe")),
        ("help me now", Help()),
        ("digest help", Help(about="digest")),
        ("Cursor", ShowTool(name="Cursor")),
        ("claude files api?", ShowTool(name="claude files api")),
        ("“open”", ShowTool(name="open")),
        ("open webui", ShowTool(name="open webui", meant="/verdict open")),
        ("serach vector db", ShowTool(name="serach vector db", meant="/verdict search vector db")),
        ("cursor vs zed", ShowTool(name="cursor vs zed", meant="/verdict compare cursor vs zed")),
        ("compre a vs b", ShowTool(name="compre a vs b", meant="/verdict compare a vs b")),
        ("reslut a vs b", ShowTool(name="reslut a vs b", meant="/verdict result a vs b")),
        ("composer vs zed", ShowTool(name="composer vs zed", meant="/verdict compare composer vs zed")),
        ("search vector database", Search(words="vector database")),
        ("SEARCH rag in:vector databases free", Search(words="rag", category="vector databases", prices=("free",))),
        ("search in:models small paid free", Search(words="small", category="models", prices=("paid", "free"))),
        ('search in:"developer tools" cli', Search(words="cli", category="developer tools")),
        ('search "free" tier', Search(words="free tier")),
        ("search in: models", Search(words="", category="models")),
        ("leaderboard", Leaderboard()),
        ("leaderboard in:developer tools", Leaderboard(category="developer tools")),
        ("leaderboard models", Leaderboard(category="models")),
        ("open", OpenList()),
        ("Open?", OpenList()),
        ('result a vs b for "x"', Result(request=CompareRequest(names="a vs b", use_case="x"))),
        ("compare a vs b", Compare(request=CompareRequest(names="a vs b"))),
        ("compare", Compare(request=CompareRequest())),
        ("compare help", Help(about="compare")),
        ("close last", Close()),
        ("reopen LAST", Reopen()),
        ("audit last", Audit()),
        ("subscriptions", Subscriptions()),
        ("unsubscribe", Unsubscribe()),
        ("settings", Settings()),
        ("privacy", Privacy()),
        ("add", Add()),
        ("add “New Tool”", Add(name="New Tool")),
        ("edit qdrant", Edit(name="qdrant")),
        ("take qdrant", TakeVerb(name="qdrant")),
        ("export tools", Export(what="tools")),
        ("export json votes", Export(what="votes", format="json")),
        ("digest preview", DigestVerb(action="preview")),
        ("digest now", DigestVerb(action="now")),
        ("digest resume", DigestVerb(action="resume")),
        ("digest pause", DigestVerb(action="pause")),
        ("digest pause until", DigestVerb(action="pause")),
    ],
)
def test_verbs(text: str, request_: VerdictRequest) -> None:
    """Every verb of /verdict is understood, a tool's name is no verb, and a misspelt verb keeps what was meant."""
    assert parse_verdict(text) == request_


def test_links_of_cards() -> None:
    """A pasted link of a message names its channel and time, in a thread too, as Slack escapes it."""
    link = MessageLink(channel="C012AB3CD", ts="1732221234.567890")

    assert parse_verdict("close <https://acme.slack.com/archives/C012AB3CD/p1732221234567890>") == Close(link=link)
    assert parse_verdict(
        "reopen <https://acme.slack.com/archives/C012AB3CD/p1732221234567890?thread_ts=1.2&amp;cid=C012AB3CD>"
    ) == Reopen(link=link)
    assert "elsewhere" in refused("close https://example.com/elsewhere").sentence


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", Subscribe()),
        ("mon 09:00", Subscribe(weekday=0, minute=540)),
        ("mon 09:00 tz Europe/Berlin", Subscribe(weekday=0, minute=540, zone="Europe/Berlin")),
        ("tz europe/berlin 17.30 Wednesday", Subscribe(weekday=2, minute=1050, zone="Europe/Berlin")),
        ("every friday at 5 pm", Subscribe(weekday=4, minute=1020)),
        ("thurs 9am", Subscribe(weekday=3, minute=540)),
        ("su 9", Subscribe(weekday=6, minute=540)),
        ("12am", Subscribe(minute=0)),
        ("12 PM", Subscribe(minute=720)),
        ("1730", Subscribe(minute=1050)),
        ("mon 9 tz America/New York", Subscribe(weekday=0, minute=540, zone="America/New_York")),
        ("mon 9 tz new york in:models", Subscribe(weekday=0, minute=540, zone="America/New_York", category="models")),
        ("tz:utc", Subscribe(zone="UTC")),
        ('tz="Asia/Tokyo" mon', Subscribe(weekday=0, zone="Asia/Tokyo")),
        ("Asia/Tokyo", Subscribe(zone="Asia/Tokyo")),
        ("tz PST", Subscribe(zone="America/Los_Angeles")),
        ("in:vector databases mon", Subscribe(weekday=0, category="vector databases")),
        ('mon in:"ai on fri" 9', Subscribe(weekday=0, minute=540, category="ai on fri")),
        ("even if empty mon", Subscribe(weekday=0, even_if_empty=True)),
        ("--even-if-empty", Subscribe(even_if_empty=True)),
        ("mon mon 9 09:00", Subscribe(weekday=0, minute=540)),
    ],
)
def test_subscriptions(text: str, asked: Subscribe) -> None:
    """Day, time, zone, category and even-if-empty are understood in any order and spelling; the rest stays open."""
    assert parse_verdict(f"subscribe {text}") == asked


@given(st.sampled_from(sorted(available_timezones() - NO_ZONES)))
def test_every_zone_can_be_named(name: str) -> None:
    """Each zone of the IANA database is understood by its name, in any case, alone or behind tz."""
    assert parse_verdict(f"subscribe tz {name.lower()}") == Subscribe(zone=name)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("7d", "Sun 2026-11-29 21:00:00"),
        ("36h", "Tue 2026-11-24 09:00:00"),
        ("in 2 weeks", "Sun 2026-12-06 21:00:00"),
        ("fri 17:00", "Fri 2026-11-27 17:00:00"),
        ("fri", "Fri 2026-11-27 23:59:59"),
        ("sunday", "Sun 2026-11-22 23:59:59"),
        ("sun 20:00", "Sun 2026-11-29 20:00:00"),
        ("sun 21:00", "Sun 2026-11-29 21:00:00"),
        ("on monday at noon", "Mon 2026-11-23 12:00:00"),
        ("2026-12-01", "Tue 2026-12-01 23:59:59"),
        ("2026-12-01 17:00", "Tue 2026-12-01 17:00:00"),
        ("2026-12-01T17:00", "Tue 2026-12-01 17:00:00"),
        ("today", "Sun 2026-11-22 23:59:59"),
        ("tomorrow", "Mon 2026-11-23 23:59:59"),
        ("tomorrow 9am", "Mon 2026-11-23 09:00:00"),
        ("22:00", "Sun 2026-11-22 22:00:00"),
        ("20:00", "Mon 2026-11-23 20:00:00"),
    ],
)
def test_deadlines(text: str, ends: str) -> None:
    """A span counts from now; a day ends with its last second; a weekday or a time is the next one after now."""
    assert deadline(text) == ends


@pytest.mark.parametrize(
    ("text", "corrected"), [("today 9:00", "7d"), ("2026-11-21", "7d"), ("0d", "7d"), ("91d", "90d")]
)
def test_deadlines_that_cannot_be(text: str, corrected: str) -> None:
    """A deadline that is past or more than 90 days away is refused, with the whole line as it would work."""
    until = parse_compare(f'a vs b until {text} for "x"').until
    assert until

    with pytest.raises(BadRequest, match=text) as raised:
        until.deadline(SUNDAY, BERLIN)

    assert raised.value.corrected == f'/compare a vs b for "x" until {corrected}'


def test_deadlines_across_a_change_of_clocks() -> None:
    """A time that the clocks skip is later by the gap; one that they repeat is the first of both."""
    march = int(datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp())
    october = int(datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp())
    skipped, repeated = parse_until("2026-03-29 02:30"), parse_until("sun 2:30")
    assert skipped
    assert repeated

    assert deadline("2026-03-29 02:30", march) == "Sun 2026-03-29 03:30:00"
    assert skipped.deadline(march, BERLIN) == int(datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp())
    assert repeated.deadline(october, BERLIN) == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())


@given(st.sampled_from(["7d", "fri", "mon 09:00", "wed 0:30", "23:59", "tomorrow", "sat noon"]), moments, zones)
def test_deadlines_lie_ahead(text: str, now: int, zone: ZoneInfo) -> None:
    """In every zone and at every moment, a deadline that returns lies after now and within eight days."""
    until = parse_until(text)
    assert until

    ends = until.deadline(now, zone)

    assert now < ends <= now + 8 * 86_400 + 86_400 // 24 * 3
    if until.weekday is not None and until.minute is None:
        assert datetime.fromtimestamp(ends, zone).weekday() == until.weekday


@given(st.dates(date(2026, 11, 22), date(2027, 11, 22)))
def test_days_of_a_pause(day: date) -> None:
    """A pause or a skipped week names a day, up to a year ahead."""
    request = parse_verdict(f"digest pause until {day.isoformat()}")

    assert isinstance(request, DigestVerb)
    assert request.when
    assert request.when.day(SUNDAY, BERLIN) == day


def test_days_that_cannot_be() -> None:
    """A day that is past or years away is refused, and the corrected line is one of the digest."""
    for text, corrected in (("2026-11-21", "7d"), ("2030-01-01", "90d"), ("9999-12-31", "90d")):
        request = parse_verdict(f"digest skip {text}")
        assert isinstance(request, DigestVerb)
        assert request.when

        with pytest.raises(BadRequest) as raised:
            request.when.day(SUNDAY, ZoneInfo("Pacific/Kiritimati"))

        assert raised.value.corrected == f"/verdict digest skip {corrected}"


def test_a_deadline_on_its_own() -> None:
    """A dialog's field or a button holds a deadline as it was typed, or nothing."""
    assert parse_until(" ") is None
    assert parse_until("7d") == Until(
        typed="7d", before="/compare claude files api vs llama 4 compact until", seconds=7 * 86_400
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<@U0BOT> compare cursor vs zed", "cursor vs zed"),
        ("<@U0BOT|verdicts> cursor vs &lt;zed&gt; until fri", "cursor vs <zed>"),
        ("hey <@W0BOT>: compare cursor | zed", "cursor | zed"),
        ("<@U0BOT> compare cursor vs <@U2|ada>", "cursor vs @ada"),
    ],
)
def test_mentions(text: str, names: str | None) -> None:
    """Behind the bot's name a comparison may be asked for, with the verb or without."""
    request = parse_mention(after_mention(text))

    assert (request.names if request else None) == names


def test_other_mentions() -> None:
    """A mention alone asks for help; one that is no question is left alone."""
    assert parse_mention(after_mention("<@U0BOT>")) == parse_mention("help") == CompareRequest(help=True)
    assert parse_mention(after_mention("<@U0BOT> thank you")) is None
    assert parse_mention("compare") == CompareRequest()


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("R&amp;D &lt;b&gt;", "R&D <b>"),
        ("&amp;lt;", "&lt;"),
        ("<@U1|ada> <@U2> <#C1|general> <#C2|> <!here> <!subteam^S1|@team>", "@ada @U2 #general #C2 @here @team"),
        ("<https://x.dev|x.dev> <https://y.dev/a?b&amp;c> <mailto:a@b.c|a@b.c>", "x.dev https://y.dev/a?b&c a@b.c"),
        ("a < b > c <>", "a < b > c <>"),
        ("a\n\tb\x00c\u00a0d", "a b c d"),
    ],
)
def test_what_slack_escapes(escaped: str, plain: str) -> None:
    """People, channels, links and signs that Slack escaped become what was typed, on one line."""
    assert plain_text(escaped) == plain


@given(st.text(alphabet="a<>|@#!&;lgtmp:/ ", max_size=60))
def test_escaping_is_undone_once(text: str) -> None:
    """What somebody typed comes back as it was, however it is made of Slack's own signs."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert plain_text(escaped) == " ".join(text.split())


@pytest.mark.parametrize(
    ("line", "voting", "names", "use_case"),
    [
        ("cursor vs zed hidden", "hidden", "cursor vs zed", ""),
        ("cursor vs zed Anonymous?", "anonymous", "cursor vs zed", ""),
        ("cursor vs zed hidden until 3d", "hidden", "cursor vs zed", ""),
        ("cursor vs zed until 3d hidden", "hidden", "cursor vs zed", ""),
        ('cursor vs zed for "support search" anonymous until 3d', "anonymous", "cursor vs zed", "support search"),
        ('cursor vs zed hidden for "support search" until 3d', "hidden", "cursor vs zed", "support search"),
        ("cursor vs zed for support search hidden", "hidden", "cursor vs zed", "support search"),
        ("cursor vs zed for posting anonymously", "open", "cursor vs zed", "posting anonymously"),
        ("hidden", "hidden", "", ""),
        ("hidden door vs zed", "open", "hidden door vs zed", ""),
        ("cursor vs hidden", "open", "cursor vs hidden", ""),
        ('cursor vs "zed hidden"', "open", 'cursor vs "zed hidden"', ""),
        ("cursor vs zed for hidden gems", "open", "cursor vs zed", "hidden gems"),
        ("cursor vs zed for hidden", "open", "cursor vs zed", "hidden"),
    ],
)
def test_how_people_vote_is_an_option(line: str, voting: str, names: str, use_case: str) -> None:
    """At the end or before another option "hidden" and "anonymous" say how to vote; elsewhere they are words."""
    request = parse_compare(line)

    assert (request.voting, request.names, request.use_case) == (voting, names, use_case)


def test_a_vote_is_not_hidden_and_anonymous_at_once() -> None:
    """Both are refused with a line that works."""
    assert refused("/compare cursor vs zed hidden anonymous").corrected == "/compare cursor vs zed hidden"


@pytest.mark.parametrize(
    ("typed", "works"),
    [
        ("cursor vs zed hiden", "cursor vs zed hidden"),
        ("cursor vs zed anonymus until 3d", "cursor vs zed anonymous until 3d"),
    ],
)
def test_a_misspelt_secret_vote_is_asked_about(typed: str, works: str) -> None:
    """Taken for a part of a name it would be one click away from an open vote."""
    problem = refused(f"/compare {typed}")
    assert "is no way of voting; the nearest is" in problem.sentence
    assert problem.corrected == f"/compare {works}"
