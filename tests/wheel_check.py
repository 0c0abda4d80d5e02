"""The wheel as a stranger installs it: built, put into an environment of its own, its playground opened from anywhere.

    python -m tests.wheel_check

Nothing of the checkout is in reach of what runs: no path, no setting, no data.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import venv
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).parent.parent
OPEN = re.compile(r"(http://127\.0\.0\.1:\d+)")
PATIENCE = 60.0  # seconds for a start; a machine that others use takes its time


def main() -> None:
    """Build, install, start, look, stop; raises where something is not as it should be."""
    with tempfile.TemporaryDirectory(prefix="verdicts-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        program = install(folder, wheel)
        home = folder / "anywhere"
        home.mkdir()
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "VERDICTS_DATA_DIR": str(home), "PORT": "0"}
        with subprocess.Popen(
            (str(program), "playground"), cwd=home, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                address = opened(process)
                look(address)
            finally:
                process.terminate()
            assert process.wait(PATIENCE) == 0, "the playground did not end cleanly"
        Console().print(f"{wheel.name}: installs, opens the playground, answers /compare, and stops")


def build(folder: Path) -> Path:
    """The wheel of the checkout, built with what the lock pins."""
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def install(folder: Path, wheel: Path) -> Path:
    """Install it with the pinned versions of what it needs; the program's path."""
    home = folder / "environment"
    venv.create(home, with_pip=True)
    pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")), check=True)
    subprocess.run((*pip, "--no-deps", str(wheel)), check=True)
    return home / "bin" / "verdicts"


def opened(process: "subprocess.Popen[str]") -> str:
    """The page's address, once the program has said it."""
    assert process.stdout is not None
    too_late = threading.Timer(PATIENCE, process.kill)
    too_late.start()
    try:
        for line in process.stdout:
            if found := OPEN.search(line):
                return found[1]
    finally:
        too_late.cancel()
    raise TimeoutError("the playground did not open")


def look(address: str) -> None:
    """The page is there, and the bot in it answers a command with a card."""
    with urllib.request.urlopen(address) as page:
        assert b"<title>" in page.read(), "no page"
    deadline = time.monotonic() + PATIENCE
    line = {"channel": "C0GENERAL", "user": "U0ADA", "command": "/compare", "text": "Claude Code vs Cursor"}
    asked = False
    while time.monotonic() < deadline:
        asked = asked or bool(ask(f"{address}/_control/command", line)["ok"])
        with urllib.request.urlopen(f"{address}/_control/messages/C0GENERAL") as answer:
            messages: list[dict[str, Any]] = json.load(answer)["messages"]
        if any("Claude Code vs Cursor" in message.get("text", "") for message in messages):
            return
        time.sleep(0.2)
    raise TimeoutError("no card came")


def ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """A call of the control API."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


if __name__ == "__main__":
    main()
