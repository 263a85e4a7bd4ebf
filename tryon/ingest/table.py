"""Tables that people hand in: CSV with a header, read within limits; a row that is none costs itself only."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

from tryon.errors import StoreInvalid

ROWS_MAX: Final = 100_000
CELL_MAX: Final = 4000

# Line, sku and reason of a row that does not land.
Refused = Callable[[int, str, str], None]


def read_rows(
    data: bytes, columns: Collection[str], needed: Sequence[str], refused: Refused
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells by column, of rows that have as many cells as the header; ``refused`` gets the others.

    Raises StoreInvalid.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StoreInvalid("The table is not UTF-8 text; save it as 'CSV UTF-8'.", field="upload") from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(CELL_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    for line, cells in _lines(reader, refused):
        if header is None:
            header = _header(cells, columns, needed)
        elif len(cells) != len(header):
            refused(line, cells[0], f"It has {len(cells)} cells, the header has {len(header)}.")
        else:
            yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    if header is None:
        raise StoreInvalid("The table is empty; its first line names the columns.", field="upload")


def _lines(reader: Any, refused: Refused) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of what is no empty line. Raises StoreInvalid where there are too many."""
    rows = 0
    while True:
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused(reader.line_num, "", f"The row is no CSV: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            rows += 1
            # The header is one of them.
            if rows > ROWS_MAX + 1:
                raise StoreInvalid(f"The table has more than {ROWS_MAX} rows; divide it.", field="upload")
            yield reader.line_num, cells


def _header(cells: list[str], columns: Collection[str], needed: Sequence[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    unknown = [name for name in names if name not in columns]
    if unknown:
        known = ", ".join(columns)
        raise StoreInvalid(f"The header has {unknown[0][:40]!r}; the columns are {known}.", field="upload")
    missing = [name for name in needed if name not in names]
    if missing:
        raise StoreInvalid(f"The header lacks {', '.join(missing)}.", field="upload")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise StoreInvalid(f"The header has {twice[0]!r} twice.", field="upload")
    return names
