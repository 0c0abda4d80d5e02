"""Everything that is counted, named in one place; counted where it happens, and told by `bot.health`.

A label's values are few and our own words: no person, no channel, no workspace, nothing that came from outside.
docs/operations.md says of each what to do when it moves; a test holds the two together.
"""

import platform
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from bot.errors import Permanent, Refused, SlackFailure

REGISTRY = CollectorRegistry()
CONTENT_TYPE = CONTENT_TYPE_LATEST
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# What Slack tells us.
VOTES = Counter(
    "verdicts_votes_acknowledged",
    "Votes committed and then acknowledged, also those that changed nothing.",
    ["by"],
    registry=REGISTRY,
)  # by: emoji, button
VOTES_UNUSUAL = Counter(
    "verdicts_votes_unusual", "Votes that came at an unusual rate, noted for admins.", ["kind"], registry=REGISTRY
)  # kind: changes, crowd
EVENTS_UNHEARD = Counter(
    "verdicts_events_unheard", "Events of a type without a listener, acknowledged.", registry=REGISTRY
)
EVENTS_POISONED = Counter(
    "verdicts_events_poisoned",
    "Events that make no sense, acknowledged so that they do not come again.",
    registry=REGISTRY,
)
EVENTS_FAILED = Counter(
    "verdicts_events_failed", "Events left unacknowledged after an error: Slack sends them again.", registry=REGISTRY
)
EVENTS_REPEATED = Counter(
    "verdicts_events_repeated", "Events that Slack sent again because it had no acknowledgement.", registry=REGISTRY
)
EVENTS_HELD_BACK = Counter(
    "verdicts_events_held_back", "Times that Slack said app_rate_limited: it keeps events from us.", registry=REGISTRY
)
EVENTS_REFUSED = Counter(
    "verdicts_events_refused", "Events beyond what may be under way at once: Slack sends them again.", registry=REGISTRY
)
RECONNECTS = Counter(
    "verdicts_socket_reconnects",
    "Socket Mode connections opened in the place of one that no longer served.",
    ["reason"],
    registry=REGISTRY,
)  # reason: closed, half_open, mute, silent, announced
CONNECTIONS = Gauge(
    "verdicts_socket_connections", "Socket Mode connections of this app, as Slack last counted.", registry=REGISTRY
)
GAPS = Counter(
    "verdicts_socket_gaps",
    "Connections that were away for so long that votes may be lost; a sweep follows.",
    registry=REGISTRY,
)

# What we ask of Slack.
SLACK_CALLS = Counter(
    "verdicts_slack_calls", "Calls of Slack's Web API by how they ended.", ["method", "outcome"], registry=REGISTRY
)  # outcome: ok, rate_limited, refused, permanent, uncertain
SLACK_HELD_BACK = Counter(
    "verdicts_slack_calls_held_back",
    "Calls not made because the budget had no place for them in time.",
    ["method"],
    registry=REGISTRY,
)
REDRAWS = Counter("verdicts_redraws", "Redraws of cards by how they ended.", ["outcome"], registry=REGISTRY)
# outcome: drawn, gone, failed
SWEEPS = Counter(
    "verdicts_sweeps", "Cards about which Slack was asked, by how that ended.", ["outcome"], registry=REGISTRY
)  # outcome: ok, doubtful, failed
SWEEP_CORRECTIONS = Counter(
    "verdicts_sweep_corrections", "Reactions that no event had told of, found by a sweep.", registry=REGISTRY
)

# Digests.
DIGESTS = Counter(
    "verdicts_digests", "Digests of a channel and week by what became of them.", ["outcome"], registry=REGISTRY
)  # outcome: planned, posted, empty, unsubscribed, postponed, failed, uncertain, found, missed
DIGEST_DUPLICATES = Counter(
    "verdicts_digest_duplicates_deleted", "Second messages of one digest, found and deleted.", registry=REGISTRY
)

# Ourselves.
TASKS_REFUSED = Counter(
    "verdicts_tasks_refused", "Requests and courtesies refused because too much was under way.", registry=REGISTRY
)
TASKS_CANCELLED = Counter("verdicts_tasks_cancelled", "Tasks that the shutdown could not wait for.", registry=REGISTRY)
LOGGED = Counter(
    "verdicts_log_lines",
    "Lines of the log that tell of a problem, ours and the libraries'.",
    ["level"],
    registry=REGISTRY,
)  # level: warning, error
DATABASE_RETRIES = Counter(
    "verdicts_database_retries", "Transactions run again from their start.", ["reason"], registry=REGISTRY
)  # reason: serialization, deadlock, lock, connection

# Where we stand; set when somebody looks.
READY = Gauge("verdicts_ready", "1 while everything works, 0 while /readyz says no.", registry=REGISTRY)
LOOP_LAG = Gauge("verdicts_loop_lag_seconds", "How late the event loop's newest wake-up was.", registry=REGISTRY)
TICK_AGE = Gauge("verdicts_tick_age_seconds", "Since the clock's last whole round.", registry=REGISTRY)
WRITE_SECONDS = Gauge("verdicts_database_write_seconds", "What a small write costs just now.", registry=REGISTRY)
DISK_FREE = Gauge("verdicts_disk_free_ratio", "Free share of the disk that holds the database file.", registry=REGISTRY)
WAL_BYTES = Gauge("verdicts_sqlite_wal_bytes", "Size of SQLite's write-ahead log.", registry=REGISTRY)
STALE_CARDS = Gauge("verdicts_cards_stale", "Cards that are due to be drawn, at most a hundred.", registry=REGISTRY)
STALE_LAG = Gauge("verdicts_cards_stale_seconds", "For how long the slowest of these has been due.", registry=REGISTRY)
DIGEST_LAG = Gauge(
    "verdicts_digests_late_seconds", "How far past its time the oldest unposted digest is.", registry=REGISTRY
)
TASKS = Gauge("verdicts_tasks_running", "Work under way after its acknowledgement.", registry=REGISTRY)
WORKSPACES = Gauge("verdicts_workspaces_served", "Workspaces that this process speaks for.", registry=REGISTRY)
BUILD = Gauge("verdicts_build_info", "Always 1; the labels tell the version.", ["version", "python"], registry=REGISTRY)
BUILD.labels(version("verdicts"), platform.python_version()).set(1)


def called(method: str, failure: SlackFailure | None = None) -> None:
    """Count a call of Slack's Web API and how it ended."""
    match failure:
        case None:
            outcome = "ok"
        case Refused(code="ratelimited"):
            outcome = "rate_limited"
        case Refused():
            outcome = "refused"
        case Permanent():
            outcome = "permanent"
        case _:
            outcome = "uncertain"
    SLACK_CALLS.labels(method, outcome).inc()


def exposition() -> bytes:
    """Everything that is counted, in Prometheus' text format."""
    return generate_latest(REGISTRY)
