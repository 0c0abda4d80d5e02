"""docs/faults.md: which fault is shown where, gathered from the tests' `fault` marks and the long proofs' SHOWS.

python -m tests.fault_table          writes it anew
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "faults.md"
# By kind, in few words.
KINDS = {
    "A": "Votes and the way in",
    "D": "Digests",
    "R": "Slack's API and the redrawing of cards",
    "B": "Storage, migrations, replicas",
    "S": "Abuse, security, privacy",
}
FAULTS = {
    "A01": "killed between acknowledging and committing",
    "A02": "the same event several times, on other replicas, much later",
    "A03": "events out of order, late, at the same moment",
    "A04": "events that never come",
    "A05": "a process that sleeps for a minute with its socket open",
    "A06": "every kind of disconnect, half-open and forgotten sockets",
    "A07": "a connection that is up and mute",
    "A08": "apps.connections.open fails in every way",
    "A09": "more events than can be handled",
    "A10": "events that make no sense",
    "A11": "an event without a listener",
    "A12": "reactions on messages that are foreign, deleted, old",
    "A13": "bots that vote, ourselves included",
    "A14": "aliases, skin tones, contradictory votes",
    "A15": "guests, strangers, people who have left",
    "A16": "one who toggles, a crowd that comes at once",
    "D01": "killed between Slack's post and our note of it",
    "D02": "the answer is lost after the post was made",
    "D03": "several replicas find the same digest at once",
    "D04": "killed again and again while many channels are served",
    "D05": "clocks put forward and back",
    "D06": "down for an hour, for days, for weeks",
    "D07": "a post that lands long after it was given up",
    "D08": "asleep between taking and sending",
    "D09": "clocks that are wrong",
    "D10": "the channel's history cannot be read",
    "D11": "a subscription changed near its time, a channel lost",
    "D12": "a time zone that does not exist any more",
    "D13": "jobs that a scheduler stores and forgets",
    "D14": "a database restored from an older backup",
    "R01": "a thousand reactions on one card",
    "R02": "Slack says to wait, in every way",
    "R03": "two replicas draw one card",
    "R04": "a message that cannot be changed any more",
    "R05": "answers that are slow, cut, or no JSON",
    "R06": "the longest names in every block",
    "R07": "a token that is revoked",
    "R08": "a command while the database is slow or away",
    "B01": "SQLite with the WAL-reset fault",
    "B02": "a reader that becomes a writer",
    "B03": "a power cut",
    "B04": "a full disk, a disk that fails",
    "B05": "a second process on one file",
    "B06": "a fork with an open database",
    "B07": "a reader that never ends",
    "B08": "a backup while votes come in",
    "B09": "PostgreSQL killed and restarted",
    "B10": "deadlocks, lost connections, no room for another",
    "B11": "nobody knows whether the commit was made",
    "B12": "a migration under load, killed halfway",
    "B13": "the last release on the schema of this one",
    "B14": "a pooler that lends sessions by transaction",
    "S01": "forged, stale, replayed and garbled requests",
    "S02": "bodies that are huge, deep, or not what they say",
    "S03": "an installation's state used twice",
    "S04": "an installation that is not in order",
    "S05": "names that would ping, link or hide",
    "S06": "names that look alike",
    "S07": "addresses that lead inside",
    "S08": "tokens where none may be",
    "S09": "two replicas renew one token",
    "S10": "two workspaces with the same ids",
    "S11": "uninstalled and revoked in any order",
    "S12": "somebody who may not",
    "S13": "spreadsheet cells that are formulas",
    "S14": "YAML that bites",
    "S15": "log lines forged by a name",
    "S16": "lines that are long or slow to read",
    "S17": "a dependency or workflow that was tampered with",
    "S18": "somebody who wants to be forgotten",
}


def shown_in_ci() -> dict[str, list[str]]:
    """The test files that are marked with each fault."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "tests").glob("test_*.py")):
        for fault in _marks(ast.parse(file.read_text("utf-8"))):
            found[fault].add(f"tests/{file.name}")
    return {fault: sorted(files) for fault, files in found.items()}


def shown_in_soak() -> dict[str, list[str]]:
    """The modules that `make soak` runs, by the faults that they name in SHOWS."""
    _, _, target = (ROOT / "Makefile").read_text("utf-8").partition("\nsoak:")
    found: dict[str, set[str]] = defaultdict(set)
    for name in re.findall(r"-m tests\.(\w+)", target.partition("\n\n")[0]):
        for node in ast.parse((ROOT / "tests" / f"{name}.py").read_text("utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="SHOWS")], value=ast.Tuple() as faults):
                    for fault in ast.literal_eval(faults):
                        found[fault].add(f"tests/{name}.py")
    return {fault: sorted(files) for fault, files in found.items()}


def table() -> str:
    """The document as it should be now."""
    ci, soak = shown_in_ci(), shown_in_soak()
    lines = [
        "# Faults: which are shown to be survived, and where",
        "",
        "Written by `python -m tests.fault_table` from the marks of the tests; `tests/test_fault_table.py` holds it",
        "current. CI is what runs with `make test`, soak what runs with `make soak`. A dash: nothing shows it.",
    ]
    for kind, title in KINDS.items():
        lines += ["", f"## {title}", "", "| | fault | CI | soak |", "|---|---|---|---|"]
        for fault, words in FAULTS.items():
            if fault.startswith(kind):
                lines.append(f"| {fault} | {words} | {_files(ci.get(fault))} | {_files(soak.get(fault))} |")
    shown = sum(fault in ci or fault in soak for fault in FAULTS)
    return "\n".join([*lines, "", f"{shown} of {len(FAULTS)} are shown."]) + "\n"


def _files(files: list[str] | None) -> str:
    return ", ".join(f"`{file}`" for file in files) if files else "—"


def _marks(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="fault"), args=args):
                yield from (str(arg.value) for arg in args if isinstance(arg, ast.Constant))


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
