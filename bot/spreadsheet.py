"""Tables as CSV (RFC 4180) that no spreadsheet runs, and back: what was written is what is read.

A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP ASVS 5.0, 1.2.10), and so does one
that begins with an apostrophe before such a character or another apostrophe; reading takes it away again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ESCAPED = (*_FORMULA, "'")


class BadTable(Exception):
    """The text is no table: one sentence, and the line that it is about."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line


def written(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and rows; a list is written as "one; another", and None as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def read(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line on which it ends, its cells by column; empty ones are left out. Raises BadTable."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            if not columns:
                columns = [_plain(cell).strip() for cell in cells]
                repeated = next((column for column in columns if columns.count(column) > 1), None)
                if repeated is not None:
                    raise BadTable(f"The column {repeated[:60]!r} is there twice.", reader.line_num)
                continue
            if not any(cells):
                continue
            if len(cells) > len(columns):
                raise BadTable(f"There are {len(cells)} cells, and {len(columns)} columns.", reader.line_num)
            yield reader.line_num, {column: _plain(cell) for column, cell in zip(columns, cells, strict=False) if cell}
    except csv.Error as error:
        raise BadTable(f"This is not valid CSV: {error}.", reader.line_num) from error
    if not columns:
        raise BadTable("The file is empty.", 1)


def listed(cell: str) -> list[str]:
    r"""The entries of a list in a cell; "\;" is a semicolon inside an entry, and "\\" a backslash."""
    parts = re.findall(r"(?:\\.|[^;\\])+|\\$", cell)
    return [entry for part in parts if (entry := re.sub(r"\\(.)", r"\1", part).strip())]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = "; ".join(re.sub(r"([\\;])", r"\\\1", str(entry)) for entry in value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) or (text[:1] == "'" and text[1:].startswith(_ESCAPED)) else text


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_ESCAPED) else cell
