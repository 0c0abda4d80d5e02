"""Would a test notice if the code meant something else? The mutation score of what must not be wrong: `make mutate`.

    python -m tests.mutate [name ...]

mutmut changes one thing at a time in a copy of the project, and the tests of the module run for each change. The
working tree is never touched. What survives is printed; ends with 1 where a module's score is below the limit.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
LIMIT = 0.85
ROOMS = ("bench", "bot", "commands", "db", "playground")


@dataclass(frozen=True, slots=True)
class Subject:
    """A module, and the tests that say what it means."""

    file: str
    tests: tuple[str, ...]


SUBJECTS = {
    "scoring": Subject("bot/scoring.py", ("tests/test_scoring.py",)),
    "schedule": Subject("bot/schedule.py", ("tests/test_schedule.py",)),
    "matching": Subject("bot/matching.py", ("tests/test_matching.py",)),
    "escape": Subject("bot/views/text.py", ("tests/test_views_text.py",)),
    "ledger": Subject("bot/ballots.py", ("tests/test_ballots.py", "tests/test_sweeps.py")),
}

# What a module remembers from the run before would answer for the changed code. Every run is in one process, in which
# Hypothesis sees one test under several executors.
CONFTEST = """

def pytest_sessionstart() -> None:
    import functools
    import gc

    from bot.views import text

    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and (one.__module__ or "").startswith(("bot.", "db.")):
            one.cache_clear()
    text._visible.clear()


hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("mutants")
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a module's mutants."""

    killed: int
    survived: tuple[str, ...]  # as differences
    untested: int

    @property
    def score(self) -> float:
        """The share that a test noticed; code that no test reaches counts as unnoticed."""
        every = self.killed + len(self.survived) + self.untested
        return self.killed / every if every else 0.0


def mutate(subject: Subject) -> Found:
    """Run every mutant of a module."""
    with tempfile.TemporaryDirectory(prefix="verdicts-mutants-") as name:
        copy = Path(name) / "project"
        ignored = shutil.ignore_patterns(".venv", ".git", "*_cache", "__pycache__", ".verdicts", "build", "mutants")
        shutil.copytree(ROOT, copy, ignore=ignored)
        with (copy / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
            conftest.write(CONFTEST)
        with (copy / "pyproject.toml").open("a", encoding="utf-8") as project:
            project.write(configuration(subject))
        environment = {**os.environ, "PYTHONPATH": ""}
        command = (str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1")
        subprocess.run(command, cwd=copy, env=environment, check=False)
        return read(copy, subject)


def configuration(subject: Subject) -> str:
    """mutmut's part of pyproject.toml: https://mutmut.readthedocs.io."""
    values = {
        "source_paths": list(ROOMS),
        "only_mutate": [subject.file],
        "also_copy": ["manifest.yml", "README.md", "docs", "Makefile", ".env.example"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
        "pytest_add_cli_args_test_selection": list(subject.tests),
    }
    return "\n[tool.mutmut]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def read(copy: Path, subject: Subject) -> Found:
    """What mutmut wrote down: the exit code of the tests for each mutant."""
    meta = json.loads((copy / "mutants" / f"{subject.file}.meta").read_text("utf-8"))
    codes: dict[str, int | None] = meta["exit_code_by_key"]
    survived = [name for name, code in codes.items() if code == 0]
    untested = sum(code in {None, 5, 33} for code in codes.values())
    return Found(
        killed=len(codes) - len(survived) - untested,
        survived=tuple(difference(copy, name) for name in survived),
        untested=untested,
    )


def difference(copy: Path, mutant: str) -> str:
    """What a mutant changed."""
    command = (str(Path(sys.executable).with_name("mutmut")), "show", mutant)
    shown = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False).stdout
    lines = [line for line in shown.splitlines() if re.match(r"[-+](?![-+])", line)]
    return "\n".join([mutant, *lines])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}; all without a name")
    names = parser.parse_args().names or list(SUBJECTS)
    if unknown := set(names) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    found = {name: mutate(SUBJECTS[name]) for name in names}
    console = Console(highlight=False, width=120)
    table = Table("module", "mutants", "noticed", "survived", "no test", "score")
    for name, one in found.items():
        counts = (one.killed, len(one.survived), one.untested)
        table.add_row(SUBJECTS[name].file, str(sum(counts)), *map(str, counts), f"{one.score:.1%}")
        for survivor in one.survived:
            console.print(survivor, markup=False)
    console.print(table)
    sys.exit(any(one.score < LIMIT for one in found.values()))


if __name__ == "__main__":
    main()
