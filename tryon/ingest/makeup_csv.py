"""Many makeup products from one CSV file, a shade a row: good rows land, bad ones are reported with line and reason."""

from __future__ import annotations

from typing import Final

from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.ingest.makeup import draw
from tryon.ingest.makeup_rows import COLUMNS, Group, product_of
from tryon.ingest.table import read_rows
from tryon.ingest.work import Work

NEEDED: Final = ("sku", "name", "type", "finish", "coverage", "color")
# Progress is told after so many products.
_EVERY: Final = 10


def makeup_csv(work: Work) -> None:
    """``MakeupCsv``. Raises StoreInvalid where the file as a whole cannot be read."""
    work.progress("reading", 0.0)
    groups: dict[str, Group] = {}
    count = 0
    for line, row in read_rows(work.inputs["source"].read_bytes(), COLUMNS, NEEDED, work.refused_row):
        count += 1
        if row["sku"]:
            groups.setdefault(row["sku"], Group()).take(line, row, work.refused_row)
        else:
            work.refused_row(line, "", "sku: it is empty.")
    work.note("found", f"{count} rows of {len(groups)} products.")
    landed = 0
    for number, (sku, group) in enumerate(groups.items(), 1):
        made = product_of(sku, group, work.refused_row)
        if made is not None:
            landed += 1
            # What landed before a crash has landed.
            if landed > work.done:
                draft, lines = made
                work.product(draft, {THUMBNAIL_FILE: draw(draft, work.folder)}, lines)
        if number % _EVERY == 0:
            work.progress("making products", number / len(groups))
