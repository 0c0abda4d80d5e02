"""The card of the benchmark as literal dicts and f-strings: the least that anybody could write who draws the same card.

Nothing is escaped, cut, checked or remembered, only this one card can be drawn, and the words of a result are written
for a card that somebody leads.
"""

import time
from typing import Any

from bot.model import Scorecard


def card(shown: Scorecard, _now: int) -> tuple[str, list[dict[str, Any]]]:
    """The text and the blocks of an open comparison of two tools."""
    asked, tally = shown.comparison, shown.tally
    first, second = shown.tools
    one, two = first.name, second.name
    by = tally.people_by_choice
    voters = sum(by.values())
    ticks = (by.get(1, 0) + by.get(3, 0), by.get(2, 0) + by.get(3, 0))
    only = (by.get(1, 0), by.get(2, 0))
    lead = 0 if only[0] >= only[1] else 1
    leads = (
        f"{(one, two)[lead]} leads, {only[lead]} to {only[1 - lead]} among the {only[0] + only[1]} people "
        "who chose only one of the two."
    )
    shares = [f"{round(100 * (tick / voters))} % · {tick} of {voters} people" for tick in ticks]
    cells = min(10, voters)
    full = [tick if voters <= 10 else round(cells * tick / voters) for tick in ticks]
    bars = ["▇" * count + "▁" * (cells - count) for count in full]
    panels = []
    prices = []
    for tool in shown.tools:
        ships = sum(take.verdict == "ship" for take in tool.takes)
        skips = len(tool.takes) - ships
        panels.append(f"{round(100 * ships / len(tool.takes))} % · {ships} ship, {skips} skip")
        prices.append(f"Paid · {tool.price.summary} (unsourced, as of {tool.price.as_of})")
    closes = time.gmtime(asked.closes_at)
    until = (
        f"<!date^{asked.closes_at}^{{date_short_pretty}} at {{time}}|"
        f"{closes.tm_mday} Jan {closes.tm_year}, {closes.tm_hour:02}:{closes.tm_min:02} UTC>"
    )
    marks = f":one: {one} · :two: {two} · :no_entry_sign: none of these"
    takes = [
        f"*{a.reviewer_name}*\n{one}: *{a.verdict}* · {a.headline}\n{two}: *{b.verdict}* · {b.headline}"
        for a, b in zip(first.takes, second.takes, strict=True)
    ]
    newest = max(take.reviewed_on for take in (*first.takes, *second.takes))
    of = f"{voters} people"
    text = (
        f"{one} vs {two} for “{asked.use_case}”. Open until {until}. Community: {ticks[0]} of {of} would ship {one}, "
        f"{ticks[1]} of {of} would ship {two}, {by[3]} would ship both, {by[0]} would ship none of these. {leads} "
        f"{one}: panel {panels[0]}; price paid, unsourced, as of {first.price.as_of}; best for {first.best_for}. "
        f"{two}: panel {panels[1]}; price paid, unsourced, as of {second.price.as_of}; best for {second.best_for}. "
        f"React with :one: for {one}, :two: for {two}, :no_entry_sign: for none; tick every tool you would ship."
    )
    rows = (
        ("Side by side", one, two),
        ("Panel", *panels),
        ("Community", *shares),
        ("Price", *prices),
        ("Best for", first.best_for, second.best_for),
        ("Category", first.category, second.category),
    )
    community = (
        f"*Community* · {of}\n:one: {one} {bars[0]} {ticks[0]} of {voters} · :two: {two} {bars[1]} {ticks[1]} of "
        f"{voters} · both {by[3]} · none {by[0]}\n{leads}"
    )
    facts = f"{first.category} · asked by <@{asked.starter}> · for “{asked.use_case}” · closes {until}"
    basis = f"Opinion, not tested. Basis: {first.takes[0].basis} · newest take {newest}"
    return text, [
        {"type": "header", "text": {"type": "plain_text", "text": f"{one} vs {two}", "emoji": False}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": facts, "verbatim": True}]},
        {
            "type": "table",
            "column_settings": [{"is_wrapped": True}, {"is_wrapped": True}, {"is_wrapped": True}],
            "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows],
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": community, "verbatim": True}},
        {
            "type": "container",
            "title": {"type": "plain_text", "text": "Reviewers: verdicts and headlines", "emoji": False},
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": [
                *[{"type": "section", "text": {"type": "mrkdwn", "text": take, "verbatim": True}} for take in takes],
                {"type": "context", "elements": [{"type": "mrkdwn", "text": basis, "verbatim": True}]},
            ],
            "subtitle": {"type": "plain_text", "text": "Opinions, not tests", "emoji": False},
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Read the takes", "emoji": False},
                    "action_id": "takes",
                    "value": f"v1:{asked.id}",
                },
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [
                        {
                            "text": {"type": "plain_text", "text": "Close the vote", "emoji": False},
                            "value": f"close:v1:{asked.id}",
                        },
                        {
                            "text": {"type": "plain_text", "text": "Copy link", "emoji": False},
                            "value": f"link:v1:{asked.id}",
                        },
                    ],
                },
            ],
        },
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": f"{marks} — tick every tool you would ship; reactions are public",
                    "verbatim": True,
                }
            ],
        },
    ]
