"""Many rows in one statement: they travel as one parameter, or one for each column, that is read as a table.

The statement's text is the same for one row and for a hundred, so that it is parsed and prepared once; and it goes to
the driver as it is, past SQLAlchemy's own compiler, which takes longer than SQLite does for a few rows.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, CursorResult

Kind: TypeAlias = Literal["text", "bigint", "boolean"]


class Batched:
    """A statement that begins with `WITH name (n, columns) AS` the rows that it is run with; `n` counts them from 0."""

    def __init__(self, name: str, columns: Mapping[str, Kind], statement: str, *, postgresql: str = "") -> None:
        """`postgresql` is put at the end of the statement there: a lock, of which SQLite has no need."""
        self._columns = tuple(columns)
        on_sqlite = ", ".join(f"json_extract(value, '$[{i}]') AS {column}" for i, column in enumerate(columns))
        # Materialized: else SQLite reads a value out of the JSON again wherever the statement names it.
        of_rows = f"SELECT key AS n, {on_sqlite} FROM json_each(:rows)"  # noqa: S608  our own words, here and below
        self._sqlite = f"WITH {name} AS MATERIALIZED ({of_rows}) {statement}"
        # Arrays and no JSON value: of that PostgreSQL assumes a hundred rows, and reads whole tables for them.
        arrays = ", ".join(f"CAST(%({column})s AS {kind}[])" for column, kind in columns.items())
        named = ", ".join(columns)
        of_rows = f"SELECT n - 1 AS n, {named} FROM unnest({arrays}) WITH ORDINALITY AS given ({named}, n)"  # noqa: S608
        self._postgresql = f"WITH {name} AS ({of_rows}) {statement} {postgresql}"

    def read(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Run the statement with these rows, each in the order of the columns; what it returns, row by row."""
        result = self._execute(connection, list(rows))
        return list(result.all()) if result else []

    def write(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """`read` for a statement that returns nothing."""
        self._execute(connection, list(rows))

    def _execute(self, connection: Connection, rows: list[tuple[Any, ...]]) -> CursorResult[Any] | None:
        if not rows:
            return None
        if connection.dialect.name == "sqlite":
            return connection.exec_driver_sql(self._sqlite, {"rows": json.dumps(rows)})
        columns = zip(self._columns, map(list, zip(*rows, strict=True)), strict=True)
        return connection.exec_driver_sql(self._postgresql, dict(columns))
