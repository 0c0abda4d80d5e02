"""What is installed is what was looked at: every part by its version and its hash, from nowhere else."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.fault("S17")
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_part_is_pinned_by_its_hash(name: str) -> None:
    """One exact version each, with its hashes; no other index, no address, no folder."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip())

    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*==[^\s;\\]+(?: ; [^\\\n]+)? \\\n", entry), entry.splitlines()[0]
        hashes = entry.split("\\\n")[1:]
        assert hashes, entry
        assert all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}\s*", one) for one in hashes), entry


@pytest.mark.fault("S17")
def test_the_hashes_are_asked_for() -> None:
    """Every way to install from a lock file refuses a part with another hash, and takes nothing beside it."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = [line for line in makefile.splitlines() if re.search(r"pip install\b", line)]

    assert installs
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in installs)
