"""docs/faults.md is what the tests are marked with."""

from tests.fault_table import FAULTS, TABLE, shown_in_ci, shown_in_soak, table


def test_the_table_is_current() -> None:
    """`python -m tests.fault_table` would change nothing."""
    assert TABLE.read_text("utf-8") == table()


def test_every_mark_names_a_fault() -> None:
    """No test is marked with an id that does not exist."""
    assert {*shown_in_ci(), *shown_in_soak()} <= set(FAULTS)
