"""Replicas die in the middle of hundreds of digests: none is missed, none comes twice."""

from pathlib import Path

import pytest

from playground import Playground
from tests.digest_loop import digest_loop, stand_in

SEED = 20261201


@pytest.mark.fault("D01")
@pytest.mark.fault("D03")
@pytest.mark.fault("D04")
@pytest.mark.fault("D08")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("bare_url", "channels", "kills"), [("sqlite", 24, 3), ("postgresql", 200, 20)], indirect=["bare_url"]
)
async def test_kills_among_posts_miss_none_and_double_none(
    bare_url: str, channels: int, kills: int, tmp_path: Path
) -> None:
    """Three replicas on PostgreSQL, one process on SQLite: every channel has its digest, and has it once."""
    async with Playground(stand_in(SEED)) as playground:
        toll = await digest_loop(
            playground, bare_url, tmp_path, channels=channels, weeks=1, kills=kills, seed=SEED, hurry=True
        )

    assert toll.kills == kills
    assert toll.left.total() > 0  # the kills did fall among posts
