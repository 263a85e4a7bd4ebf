"""From a shop's table to what is to be made: a row for each frame and garment, a row for each shade of makeup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tryon.catalogue.items import Kind
from tryon.errors import StoreInvalid
from tryon.ingest import makeup_rows
from tryon.ingest.makeup_rows import Group, offered
from tryon.ingest.table import Refused, read_rows
from tryon.store.definition import Draft, draft_of

_EVERYBODYS: Final = ("sku", "kind", "name", "description", "tags", *makeup_rows.LISTING)
OWN: Final[dict[str, tuple[str, ...]]] = {
    "eyewear": ("file", "side", "size", "width_mm"),
    "garment": ("file", "cut"),
    "makeup": tuple(name for name in makeup_rows.COLUMNS if name not in _EVERYBODYS),
}
COLUMNS: Final = tuple(dict.fromkeys((*_EVERYBODYS, *OWN["eyewear"], *OWN["garment"], *OWN["makeup"])))
NEEDED: Final = ("sku",)
# Between a child's frame and a mask; in centimetres or inches every width lies outside.
WIDTHS_MM: Final = (60.0, 250.0)


@dataclass
class Unit:
    """One product of the table: the rows that say it. Only makeup has several, and those as a ``group``."""

    sku: str
    kind: Kind
    lines: list[int]
    row: Mapping[str, str]
    group: Group = field(default_factory=Group)


def units_of(table: bytes, refused: Refused) -> list[Unit]:
    """What the table says, in its order. Raises StoreInvalid where it cannot be read at all."""
    units: dict[str, Unit] = {}
    for line, row in read_rows(table, COLUMNS, NEEDED, refused):
        sku = row["sku"]
        try:
            unit = _unit(units, line, row)
        except StoreInvalid as error:
            refused(line, sku, error.sentence)
            continue
        if unit.kind == "makeup":
            unit.group.take(line, row, refused)
        units[sku] = unit
    for unit in units.values():
        if unit.kind == "makeup":
            unit.lines = [line for line, _ in unit.group.rows]
    return [unit for unit in units.values() if unit.lines]


def draft_of_row(unit: Unit) -> Draft:
    """What a row says of a frame or a garment. Raises StoreInvalid naming the column."""
    row = unit.row
    definition: dict[str, Any] = {"sku": unit.sku, "kind": unit.kind, "name": row.get("name") or unit.sku}
    if row.get("description"):
        definition["description"] = row["description"]
    if row.get("width_mm"):
        definition["dimensions_mm"] = {"total_width_mm": _width_mm(row["width_mm"])}
    if unit.kind == "garment":
        definition["cut"] = row.get("cut") or None
    try:
        return draft_of({"definition": definition, **offered(row)})
    except StoreInvalid as error:
        raise StoreInvalid(error.sentence.removeprefix("definition."), **error.details) from error


def _unit(units: Mapping[str, Unit], line: int, row: Mapping[str, str]) -> Unit:
    """The product that this row says, or says more of. Raises StoreInvalid."""
    sku = row["sku"]
    if not sku:
        raise StoreInvalid("sku: it is empty.")
    before = units.get(sku)
    kind = _kind(row, before)
    if before is not None and (kind != before.kind or kind != "makeup"):
        first = before.group.rows[0][0] if before.group.rows else before.lines[0]
        raise StoreInvalid(f"sku: line {first} has {sku[:64]!r} already.")
    for name, value in row.items():
        if value and name not in _EVERYBODYS and name not in OWN[kind]:
            raise StoreInvalid(f"{name}: this is {_ONE[kind]}, which has none; leave the cell empty.")
    if kind != "makeup" and not row.get("file"):
        raise StoreInvalid(f"file: it is empty; name the file that {_ONE[kind]} is made of.")
    return before or Unit(sku, kind, [line], row)


_ONE: Final[Mapping[Kind, str]] = {"eyewear": "eyewear", "garment": "a garment", "makeup": "makeup"}


def _kind(row: Mapping[str, str], before: Unit | None) -> Kind:
    """What the row says it is, or what it can only be. Raises StoreInvalid."""
    told = row.get("kind", "").casefold()
    for kind in _ONE:
        if told == kind:
            return kind
    if told:
        raise StoreInvalid(f"kind: {told[:40]!r} is none of {', '.join(_ONE)}.")
    if row.get("color") or (before is not None and not row.get("file")):
        return "makeup" if before is None else before.kind
    return "garment" if row.get("cut") else "eyewear"


def _width_mm(text: str) -> float:
    try:
        width = float(text.casefold().removesuffix("mm").strip().replace(",", "."))
    except ValueError as error:
        raise StoreInvalid(f"width_mm: {text[:20]!r} is no number.", field="width_mm") from error
    low, high = WIDTHS_MM
    if not low <= width <= high:
        raise StoreInvalid(
            f"width_mm: no frame is {text[:20]} mm wide; write the width in millimetres, {low:g} to {high:g}.",
            field="width_mm",
        )
    return width
