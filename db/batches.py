"""Many rows in one statement: they travel as one parameter, each as a JSON array, that is read as a table.

The statement's text is the same for one row and for a hundred, so that it is built, parsed and prepared once.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, CursorResult, text

Kind: TypeAlias = Literal["text", "bigint", "boolean"]


class Batched:
    """A statement that begins with `WITH name (columns) AS` the rows that it is run with."""

    def __init__(self, name: str, columns: Mapping[str, Kind], statement: str, *, postgresql: str = "") -> None:
        """`postgresql` is put at the end of the statement there: a lock, of which SQLite has no need."""
        on_sqlite = ", ".join(f"json_extract(value, '$[{i}]') AS {column}" for i, column in enumerate(columns))
        on_postgresql = ", ".join(
            f"CAST(CAST(value AS json) ->> {i} AS {kind}) AS {column}"
            for i, (column, kind) in enumerate(columns.items())
        )
        # An array and not one JSON value: of that PostgreSQL assumes a hundred rows, and reads whole tables for them.
        of_rows = "FROM json_each(:rows)", "FROM unnest(CAST(:rows AS text[])) AS of_rows (value)"
        self._sqlite = text(f"WITH {name} AS (SELECT {on_sqlite} {of_rows[0]}) {statement}")
        self._postgresql = text(f"WITH {name} AS (SELECT {on_postgresql} {of_rows[1]}) {statement} {postgresql}")

    def read(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Run the statement with these rows, each in the order of the columns; what it returns, row by row."""
        return list(self._execute(connection, rows))

    def write(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """`read` for a statement that returns nothing."""
        self._execute(connection, rows)

    def _execute(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> CursorResult[Any]:
        if connection.dialect.name == "sqlite":
            return connection.execute(self._sqlite, {"rows": json.dumps(list(rows))})
        return connection.execute(self._postgresql, {"rows": [json.dumps(row) for row in rows]})
