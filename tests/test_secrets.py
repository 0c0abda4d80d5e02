"""Canaries: no token, key or secret is found outside of where it belongs, whatever happens, however much is logged."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.postgresql import dumped
from tests.processes import Forked
from tests.town import KEY, environment, town

pytestmark = pytest.mark.fault("S08")


def stored(folder: Path) -> bytes:
    """The database's files as they are on disk, its write-ahead log among them."""
    files = sorted(folder.glob("verdicts.db*"))
    assert len(files) > 2
    return b"".join(file.read_bytes() for file in files)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_secret_is_found_anywhere(database_url: str, tmp_path: Path) -> None:
    """A life at DEBUG with installations, votes, failures, forgeries and a removal: logs, files and pages are clean."""
    async with town(database_url, tmp_path, rotation=True) as place:
        await place.app.close()
        async with Forked(tmp_path / "logs", "run", LOG_LEVEL="DEBUG", **environment(place)) as process:
            await process.says("listens on")
            scene, ada = place.scene(), place.scene().person("ada")
            pages = []
            await scene.post("fault", method="oauth.v2.access", cut_json=True, times=1)
            pages += [(await place.installs()).said, (await place.installs()).said]
            await ada.types("/compare cursor vs zed")
            card = await scene.seeded()
            for what in ({"cut_json": True}, {"error": "fatal_error"}, {"execute_then_drop": True}):
                await scene.post("fault", method="*", times=2, **what)
                await ada.types("/verdict open")
                await ada.reacts(card, "one")
                await ada.takes_back(card, "one")
            await scene.post("fault", clear=True)
            for path in ("metrics", "readyz", "slack/events?code=x", "slack/oauth_redirect?code=canary-code&state=y"):
                browser = place.browser()
                await browser.opens(f"{place.url}/{path}")
                pages.append(browser.said)
            await scene.post("uninstall")
            await place.installs()
            data = stored(tmp_path)
            await process.stop()
            log = process.out + process.err
        assert "installed" in log
        secrets = [*place.playground.secrets, KEY, "canary-code", place.url.rpartition("/")[0] + "/response/"]
        assert len(secrets) > 6
        for secret in secrets:
            assert secret not in log, secret[:12]
            assert secret not in "".join(pages), secret[:12]
            assert secret.encode() not in data, secret[:12]


async def test_no_token_is_in_a_copy(database_url: str, tmp_path: Path) -> None:
    """`verdicts backup`, pg_dump and SQLite's own dump hold the installation, and neither a token nor a key."""
    async with town(database_url, tmp_path, rotation=True) as place:
        await place.installs()
        await place.app.close()
        if database_url.startswith("sqlite"):
            async with Forked(tmp_path, "backup", **environment(place)) as process:
                assert await process.ended() == 0, process.err
            (file,) = (tmp_path / "backups").iterdir()
            with contextlib.closing(sqlite3.connect(file)) as connection:
                copy = file.read_bytes() + "\n".join(connection.iterdump()).encode()
        else:
            copy = dumped(database_url)

        assert b"T0PLAY" in copy
        assert b"U0ADA" in copy
        secrets = [*place.playground.secrets, KEY]
        assert len(secrets) == 5  # the app's own two, a token and what renews it, and the key
        assert [secret[:12] for secret in secrets if secret.encode() in copy] == []
