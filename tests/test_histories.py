"""Random histories of clicks, losses, sweeps, rounds and restarts end in what stands under the cards."""

import pytest

from tests.histories import run


@pytest.mark.fault("A02")
@pytest.mark.fault("A03")
@pytest.mark.fault("A04")
@pytest.mark.fault("A12")
@pytest.mark.fault("A13")
@pytest.mark.fault("A15")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_history_ends_in_what_stands_under_the_cards(database_url: str, seed: int) -> None:
    """Two hundred runs on each database; nothing lost, doubled or invented, whatever the network and the bot do."""
    run(database_url, runs=100, steps=8, number=seed)
