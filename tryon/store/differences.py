"""In what two versions of a product differ: field by field, each shade, size, point and file by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# These are told by fields of their own.
_APART: Final = frozenset({"sku", "kind", "shades", "lenses", "dimensions_mm", "points", "adjustment"})

_ROWS: Final = ("shades", "lenses")
# Of what was adjusted by hand about a frame.
_ADJUSTED: Final = ("moved_mm", "sizes_mm", "materials")


@dataclass(frozen=True, slots=True)
class Difference:
    """``field`` is a path such as ``dimensions_mm.bridge_mm`` or ``shades.red``; None is what is not there."""

    field: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Of two documents as editions have them: definition, tags, price, link and files. In the order of the fields."""
    one, other = _fields(before), _fields(after)
    found = [
        Difference(field, one.get(field), other.get(field))
        for field in dict.fromkeys((*one, *other))
        if one.get(field) != other.get(field)
    ]
    for part in _ROWS:
        # Where a row came or went, it is told of already.
        was, now = ([row["id"] for row in each["definition"].get(part) or ()] for each in (before, after))
        if was != now and sorted(was) == sorted(now):
            found.append(Difference(f"{part} order", was, now))
    return tuple(found)


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    definition = document["definition"]
    found = {name: value for name, value in definition.items() if name not in _APART}
    for name in ("tags", "price", "link"):
        found[name] = document.get(name) or None
    for part in ("dimensions_mm", "points"):
        found |= {f"{part}.{name}": value for name, value in (definition.get(part) or {}).items()}
    adjusted = definition.get("adjustment") or {}
    for part in _ADJUSTED:
        found |= {f"{part}.{name}": value for name, value in (adjusted.get(part) or {}).items()}
    found["own_lens"] = adjusted.get("lens")
    for part in _ROWS:
        found |= {f"{part}.{row['id']}": row for row in definition.get(part) or ()}
    found |= {f"files.{name}": sha256 for name, sha256 in document.get("files", {}).items()}
    return {name: value for name, value in found.items() if value is not None}
