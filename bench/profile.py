"""Where the time of a row goes, as text: `python -m bench.profile dispatch` writes bench/profiles/dispatch.txt.

py-spy looks at every thread two hundred times a second while the row runs for five rounds, both sides. A line counts
the looks at which a function was the innermost of ours or of a library's, and its share; only threads that hold the
interpreter count, and what imports or prepares is left out.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
LINES = 40
# What is no part of a row: its preparations, and the collection of garbage between its rounds.
BESIDE = {"_find_and_load", "migrate", "furnish", "meet_voters"}


def main(name: str) -> None:
    """Profile one row."""
    with tempfile.TemporaryDirectory() as folder:
        raw, figures = Path(folder) / "looks", Path(folder) / "figures.json"
        command = ("py-spy", "record", "--gil", "--format", "raw", "--rate", "200", "--output", str(raw), "--")
        row = (sys.executable, "-m", "bench", name, "--rounds", "5", "--json", str(figures))
        subprocess.run(
            (str(Path(sys.executable).with_name(command[0])), *command[1:], *row),
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        stacks = raw.read_text("utf-8").splitlines()
    innermost: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = [_short(frame) for frame in stack.split(";")]
        if frames[-1].startswith("alternate ") or not BESIDE.isdisjoint(frame.partition(" ")[0] for frame in frames):
            continue
        innermost[frames[-1]] += int(count)
        for frame in set(frames):
            anywhere[frame] += int(count)
    looks = sum(innermost.values())
    text = [f"python -m bench.profile {name} · {datetime.now(UTC).date()} · {looks:,} looks at 200 a second", ""]
    for title, counted in (("innermost", innermost), ("anywhere on the stack", anywhere)):
        text += [title, *(f"{count / looks:7.1%} {frame}" for frame, count in counted.most_common(LINES)), ""]
    (HERE / "profiles").mkdir(exist_ok=True)
    (HERE / "profiles" / f"{name}.txt").write_text("\n".join(text), "utf-8")


def _short(frame: str) -> str:
    """A frame without the path of this machine and without its line."""
    function, _, place = frame.partition(" (")
    for folder in (f"{ROOT}/", "site-packages/", "lib/python"):
        place = place.rpartition(folder)[2]
    return f"{function} ({place.partition(':')[0].rstrip(')')})"


if __name__ == "__main__":
    main(sys.argv[1])
