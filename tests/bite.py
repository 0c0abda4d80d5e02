"""Do the tests bite? Each defect below is planted in a copy of the project, and the tests that guard it must turn red.

    python -m tests.bite [name ...]

The working tree is never touched. Ends with 1 when a test stays green, and with 2 when a defect cannot be planted any
more because the code has changed: then it has to be planted anew.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
NO_TESTS_FAILED, TESTS_FAILED = 0, 1  # pytest's exit codes: https://docs.pytest.org/en/stable/reference/exit-codes.html
PATIENCE = 900  # seconds for the tests of one defect, on a machine that others use


@dataclass(frozen=True, slots=True)
class Defect:
    """A mistake that somebody could make, and the tests that must notice it."""

    name: str
    edits: tuple[tuple[str, str, str], ...]  # file, the text as it stands once in it, what is put in its place
    tests: tuple[str, ...]


DEFECTS = (
    Defect(
        "acknowledge before the commit",
        (
            (
                "commands/reactions.py",
                "        await self.reacted(event, req.context)\n",
                "        self._services.tasks.start_courtesy(self.reacted(event, req.context))\n",
            ),
        ),
        ("tests/test_kills.py::test_thirty_kills_during_live_votes_lose_none_and_count_none_twice",),
    ),
    Defect(
        "drop retries",
        (
            (
                "bot/transport/envelopes.py",
                "            metrics.EVENTS_REPEATED.inc()\n",
                '            return {"envelope_id": envelope_id}\n',
            ),
        ),
        ("tests/test_kills.py::test_thirty_kills_during_live_votes_lose_none_and_count_none_twice",),
    ),
    Defect(
        "compare times as text",
        (
            (
                "db/ledger.py",
                "    WHERE excluded.at_us > reaction.at_us\n",
                "    WHERE CAST(excluded.at_us AS TEXT) > CAST(reaction.at_us AS TEXT)\n",
            ),
        ),
        ("tests/test_ballots.py",),
    ),
    Defect(
        "forget tombstones",
        (
            (
                "db/ledger.py",
                "    WHERE excluded.at_us > reaction.at_us\n",
                "    WHERE excluded.at_us > reaction.at_us OR NOT reaction.present\n",
            ),
        ),
        ("tests/test_ballots.py",),
    ),
    Defect(
        "remove on incomplete lists",
        (
            (
                "bot/ballots.py",
                " and emoji not in snapshot.incomplete",
                "",
            ),
        ),
        ("tests/test_sweeps.py",),
    ),
    Defect(
        "let an event overrule the answer that it waited for",
        (
            (
                "db/ledger.py",
                "    WHERE NOT EXISTS (\n        SELECT 1 FROM card\n",
                "    WHERE TRUE OR NOT EXISTS (\n        SELECT 1 FROM card\n",
            ),
        ),
        ("tests/test_sweeps.py",),
    ),
    Defect(
        "sweep nothing after a start or a gap",
        (
            (
                "bot/sweeps.py",
                "    return rows.want_sweep(connection, workspaces, now - YOUNG)",
                "    return 0",
            ),
        ),
        ("tests/test_kills.py::test_thirty_kills_during_live_votes_lose_none_and_count_none_twice",),
    ),
    Defect(
        "clear the stale mark after drawing",
        (
            (
                "db/cards.py",
                '    .values(sent_rev=bindparam("rev"))',
                "    .values(sent_rev=card.c.desired_rev)",
            ),
        ),
        ("tests/test_claims.py",),
    ),
    Defect(
        "post digests with a client that retries",
        (
            (
                "bot/slack_calls.py",
                "retry_handlers=[])",
                "retry_handlers=[AsyncConnectionErrorRetryHandler()])",
            ),
        ),
        ("tests/test_digest_posting.py",),
    ),
    Defect(
        "look for a digest before everything has landed",
        (
            (
                "bot/digest_protocol.py",
                "QUARANTINE = 15 * 60",
                "QUARANTINE = 30",
            ),
        ),
        ("tests/test_digest_doubts.py", "tests/test_digest_simulation.py"),
    ),
    Defect(
        "compose without asking for the attempt",
        (
            (
                "bot/digest_protocol.py",
                'return run.state == "sending" and run.sending_at is None and run.attempt == attempt',
                'return run.state == "sending"',
            ),
        ),
        ("tests/test_digest_simulation.py",),
    ),
    Defect(
        "no unique key for a week",
        (
            ("db/digests.py", "    ON CONFLICT (workspace, channel, week) DO NOTHING\n", ""),
            (
                "db/migrations/versions/0001_the_first_tables.py",
                '"week", name=op.f("uq_digest_run_workspace_channel_week")',
                '"week", "key", name=op.f("uq_digest_run_workspace_channel_week")',
            ),
        ),
        ("tests/test_digests.py",),
    ),
)


def bites(defect: Defect) -> bool:
    """Whether the tests notice the defect. Raises LookupError when it cannot be planted."""
    with tempfile.TemporaryDirectory(prefix="verdicts-bite-") as name:
        copy = Path(name) / "verdicts"
        _copy(copy)
        for file, sound, defective in defect.edits:
            text = (copy / file).read_text("utf-8")
            if text.count(sound) != 1:
                raise LookupError(f"{file} does not hold once what “{defect.name}” replaces.")
            (copy / file).write_text(text.replace(sound, defective), "utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *defect.tests]
        ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if ended.returncode not in {NO_TESTS_FAILED, TESTS_FAILED}:
        raise LookupError(f"The tests for “{defect.name}” did not run:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.returncode == TESTS_FAILED


def _copy(into: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)


def main() -> int:
    """Plant the named defects, or all, one after the other, and tell which were noticed."""
    parser = argparse.ArgumentParser(description="Plant known mistakes in a copy, and see whether the tests notice.")
    parser.add_argument("names", nargs="*", metavar="name", help="part of a defect's name; without any: all")
    wanted = parser.parse_args().names
    table = Table("defect", "noticed", "seconds", title="Do the tests bite?")
    code = 0
    for defect in DEFECTS:
        if wanted and not any(name in defect.name for name in wanted):
            continue
        began = time.monotonic()
        try:
            noticed = bites(defect)
        except LookupError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        table.add_row(defect.name, "yes" if noticed else "NO", f"{time.monotonic() - began:.0f}")
        code = code or (0 if noticed else 1)
    Console().print(table)
    return code


if __name__ == "__main__":
    sys.exit(main())
