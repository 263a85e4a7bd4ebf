"""Many makeup products from one CSV file, a shade a row: good rows land, bad ones are reported with line and reason.

Rows of one sku make one product, wherever they stand. What is said of the product in one row need not be said again;
what contradicts it refuses the row that does.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from tryon.catalogue.items import SHADES_MAX, THUMBNAIL_FILE
from tryon.errors import StoreInvalid
from tryon.ingest.colors import hex_color, shade_id, shade_name
from tryon.ingest.makeup import draw
from tryon.ingest.work import Work
from tryon.store.currency import minor_digits
from tryon.store.definition import Draft, draft_of

ROWS_MAX: Final = 100_000
CELL_MAX: Final = 4000
_PRODUCT: Final = ("name", "description", "type", "finish", "template", "coverage")
_LISTS: Final = ("finishes", "tags")
_LISTING: Final = ("price", "currency", "link")
_SHADE: Final = ("shade_id", "shade_name", "color", "tones", "texture")
COLUMNS: Final = ("sku", *_PRODUCT, *_LISTS, *_LISTING, *_SHADE)
_NEEDED: Final = ("sku", "name", "type", "finish", "coverage", "color")
# Progress is told after so many products.
_EVERY: Final = 10


# Line, sku and reason of a row that does not land.
Refused = Callable[[int, str, str], None]


@dataclass
class _Group:
    """The rows of one sku, as far as they agree: column to value, and the line that said it."""

    said: dict[str, tuple[str, int]] = field(default_factory=dict)
    rows: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)


def makeup_csv(work: Work) -> None:
    """``MakeupCsv``. Raises StoreInvalid where the file as a whole cannot be read."""
    work.progress("reading", 0.0)
    groups: dict[str, _Group] = {}
    count = 0
    for line, row in read_rows(work.inputs["source"], work.refused_row):
        count += 1
        _gather(work, groups, line, row)
    work.note("found", f"{count} rows of {len(groups)} products.")
    landed = 0
    for number, (sku, group) in enumerate(groups.items(), 1):
        made = _product(work, sku, group)
        if made is not None:
            landed += 1
            # What landed before a crash has landed.
            if landed > work.done:
                draft, lines = made
                work.product(draft, {THUMBNAIL_FILE: draw(draft, work.folder)}, lines)
        if number % _EVERY == 0:
            work.progress("making products", number / len(groups))


def read_rows(path: Path, refused: Refused) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells by column, of rows that have as many cells as the header; ``refused`` gets the others.

    Raises StoreInvalid.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StoreInvalid("The file is not UTF-8 text; save it as 'CSV UTF-8'.", field="upload") from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(CELL_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    for line, cells in _lines(reader, refused):
        if header is None:
            header = _header(cells)
        elif len(cells) != len(header):
            refused(line, cells[0], f"It has {len(cells)} cells, the header has {len(header)}.")
        else:
            yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    if header is None:
        raise StoreInvalid("The file is empty; its first line names the columns.", field="upload")


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
                raise StoreInvalid(f"The file has more than {ROWS_MAX} rows; divide it.", field="upload")
            yield reader.line_num, cells


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        known = ", ".join(COLUMNS)
        raise StoreInvalid(f"The header has {unknown[0][:40]!r}; the columns are {known}.", field="upload")
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise StoreInvalid(f"The header lacks {', '.join(missing)}.", field="upload")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise StoreInvalid(f"The header has {twice[0]!r} twice.", field="upload")
    return names


def _gather(work: Work, groups: dict[str, _Group], line: int, row: Mapping[str, str]) -> None:
    sku = row["sku"]
    if not sku:
        work.refused_row(line, "", "sku: it is empty.")
        return
    group = groups.setdefault(sku, _Group())
    for name in (*_PRODUCT, *_LISTS, *_LISTING):
        value = row.get(name, "")
        if not value:
            continue
        before, said_at = group.said.setdefault(name, (value, line))
        if before != value:
            reason = f"{name}: it is {value[:60]!r}, but line {said_at} said {before[:60]!r} of the same sku."
            work.refused_row(line, sku, reason)
            return
    group.rows.append((line, row))


def _product(work: Work, sku: str, group: _Group) -> tuple[Draft, list[int]] | None:
    """The product of all rows that are right, and their lines; None where none is."""
    try:
        base, listing = _base(sku, {name: value for name, (value, _) in group.said.items()})
    except StoreInvalid as error:
        for line, _ in group.rows:
            work.refused_row(line, sku, error.sentence)
        return None
    shades: list[dict[str, Any]] = []
    lines: list[int] = []
    taken: set[str] = set()
    for line, row in group.rows:
        try:
            shade = _shade(row, taken)
            draft_of({"definition": {**base, "shades": [shade]}, **listing})
        except StoreInvalid as error:
            work.refused_row(line, sku, error.sentence.removeprefix("definition."))
            continue
        taken.add(shade["id"])
        shades.append(shade)
        lines.append(line)
    if not shades:
        return None
    return draft_of({"definition": {**base, "shades": shades}, **listing}), lines


def _base(sku: str, said: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    base: dict[str, Any] = {"sku": sku, "kind": "makeup"}
    base |= {name: said[name] for name in _PRODUCT if name in said}
    if "coverage" in said:
        base["coverage"] = _share(said["coverage"])
    if "finishes" in said:
        base["finishes"] = _words(said["finishes"])
    listing: dict[str, Any] = {"tags": _words(said.get("tags", "").lower()), "link": said.get("link", "")}
    if said.get("price"):
        listing["price"] = _price(said["price"], said.get("currency", ""))
    return base, listing


def _shade(row: Mapping[str, str], taken: set[str]) -> dict[str, Any]:
    color = hex_color(row["color"])
    name = row.get("shade_name") or shade_name(color)
    own_id = row.get("shade_id") or shade_id(name, taken)
    if len(taken) == SHADES_MAX:
        raise StoreInvalid(f"A product has at most {SHADES_MAX} shades.")
    if own_id in taken:
        raise StoreInvalid(f"shade_id: two shades of this product are called {own_id!r}.")
    shade: dict[str, Any] = {"id": own_id, "name": name, "color": color}
    if row.get("tones"):
        shade["tones"] = [{"color": hex_color(tone)} for tone in _words(row["tones"])]
    if row.get("texture"):
        shade["texture"] = row["texture"]
    return shade


def _share(text: str) -> float:
    """0.8, 0,8 or 80 %."""
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError as error:
        raise StoreInvalid(f"coverage: {text[:20]!r} is no number from 0 to 1.") from error
    return value / 100 if text.endswith("%") else value


def _price(text: str, currency: str) -> dict[str, Any]:
    digits = minor_digits(currency)
    try:
        minor = Decimal(text.replace(",", ".")) * 10**digits
        whole = int(minor)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise StoreInvalid(f"price: {text[:20]!r} is no number such as 12.90.") from error
    if whole != minor:
        raise StoreInvalid(f"price: {text[:20]!r} has more decimals than {currency or 'a currency'} has.")
    return {"minor": whole, "currency": currency}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace(";", "|").split("|") if word.strip()]
