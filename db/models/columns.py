"""What every table is made of: the metadata that they share, and the types of the columns that recur."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NEVER = 253_402_300_799  # the last second of the year 9999: the deadline of a question that stays open

# SQLite numbers rows by itself only in a column declared INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer(), "sqlite")
SlackId = String(32)
VoterName = String(64)  # a person's id; in an anonymous round the hex of a keyed hash of it


def of_workspace() -> "Column[str]":
    """The column that says whose a row is."""
    return Column("workspace", SlackId, nullable=False)
