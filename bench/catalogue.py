"""A catalogue of 100,000 tools on SQLite: what each thing that people do costs.

    python -m bench.catalogue [tools]

Each row is the processor's time for one transaction, the median and the most of several; nothing of Slack is in it. Not
the clock's, so that a busy machine tells the same.
"""

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from bench.matching import generated, mistyped
from bot import catalogue, editing, exports, importing, people, starter
from bot.catalogue import Shelf
from bot.importing import NewTool
from bot.names import Named, Names
from bot.workspace_settings import Editor
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from db.tools import ToolFacts

WORKSPACE = "T0BENCH"
FORM = {
    "vendor": "Acme",
    "category": "Search",
    "tagline": "-",
    "description": "-",
    "best_for": "-",
    "entry": "free",
    "price": "-",
}


def tools(named: list[Named]) -> list[NewTool]:
    """These names as tools with one alias and one take each, in fifty categories."""
    sample = starter.tools()
    made = []
    for at, one in enumerate(named):
        like = sample[at % len(sample)]
        old = like.facts
        facts = ToolFacts(
            one.slug,
            one.name,
            old.vendor,
            f"Category {at % 50}",
            old.tagline,
            old.description,
            old.best_for,
            None,
            None,
            (),
        )
        made.append(NewTool(facts, (f"{one.slug}-{at}",), like.price, like.takes[:1]))
    return made


def row(what: str, times: list[float]) -> None:
    print(f"{what:<44}{median(times):>10.1f}{max(times):>10.1f}", flush=True)


def main(count: int) -> None:
    rng = random.Random(7)
    named = generated(count, rng)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        shelf, ada = Shelf(), Editor(WORKSPACE, "U0ADA", is_admin=False)

        def furnish(connection: Connection) -> None:
            migrate(connection)
            people.welcome_workspace(connection, WORKSPACE, "Bench", "U0BOT", 0)

        def timed(times: int, function: Callable[..., object], *args: object) -> list[float]:
            taken = []
            for _ in range(times):
                begun = process_time()
                database.run_here(function, *args)
                taken.append((process_time() - begun) * 1_000)
            return taken

        database.run_here(furnish)
        new = tools(named)
        print(f"{count:,} tools{'':<32}{'median ms':>10}{'most':>10}")
        row("import, all new", timed(1, importing.import_tools, WORKSPACE, new, 0))
        row("import, nothing new", timed(1, importing.import_tools, WORKSPACE, new, 0))
        begun = process_time()
        _, every = database.run_here(catalogue.every_name, WORKSPACE)
        row("read every name", [(process_time() - begun) * 1_000])
        begun = process_time()
        Names(every)
        row("index them, beside the writer", [(process_time() - begun) * 1_000])
        timed(1, catalogue.read_name, shelf, WORKSPACE, "x")
        some = rng.sample(named, 100)
        for what, texts in (
            ("a name, exact", [one.name for one in some]),
            ("a name, its first four letters", [one.name[:4] for one in some]),
            ("a name with a typo", [mistyped(one.name, rng) for one in some]),
        ):
            row(what, [timed(1, catalogue.read_name, shelf, WORKSPACE, text)[0] for text in texts])
        row("typeahead, two letters", [timed(1, catalogue.suggest, shelf, WORKSPACE, one.name[:2])[0] for one in some])
        row("search, two words, first page", timed(5, catalogue.search, WORKSPACE, "an code", None, ()))
        row("search, last page", timed(5, catalogue.search, WORKSPACE, "", None, (), count - 10))
        row("categories, for a typeahead", timed(5, editing.categories, WORKSPACE, "cat"))
        adds, next_reads = [], []
        for at in range(5):
            adds.append(
                timed(1, editing.add_tool, shelf, ada, FORM | {"name": f"Entirely New {'abcde'[at] * 9}"}, 1)[0]
            )
            next_reads.append(timed(1, catalogue.read_name, shelf, WORKSPACE, some[at].name)[0])
        row("add a tool, look-alikes included", adds)
        row("the first name read after that", next_reads)
        row("export as CSV", timed(1, exports.tools, WORKSPACE, "csv"))
        database.close_now()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
