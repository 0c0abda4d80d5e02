"""Runs as JSON: the last one, and the one that is kept in the repository for every later run to be compared with."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure

KEPT = Path(__file__).with_name("kept.json")
LAST = Path(__file__).with_name("last.json")  # of this machine alone: Git does not see it


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.system(),
    }


def as_json(figure: Figure) -> dict[str, Any]:
    """A figure with the day and the machine it was measured on."""
    values = figure.values
    return {
        "what": figure.what,
        "against": figure.against,
        "unit": figure.unit,
        "ours": round(median(figure.ours), 3),
        "theirs": round(median(figure.theirs), 3) if figure.theirs else None,
        "value": round(figure.value, 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
        "rounds": len(values),
        "goal": str(figure.goal) if figure.goal else None,
        "on": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
    }


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures into a run's file; what it has of other rows stays."""
    found = read(path) | {figure.key: as_json(figure) for figure in figures}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read(path: Path = KEPT) -> dict[str, dict[str, Any]]:
    """A run's figures by key; nothing where nothing was kept."""
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found
