"""The kind table: which function makes what was ordered. A new kind is one module and one row."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tryon.errors import StoreInvalid
from tryon.ingest.work import Work

Make = Callable[[Work], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """``place`` is "module:function", imported in the process that works. ``bulk`` orders land product by product, and
    go on where they were after a crash; the others land whole or not at all."""

    place: str
    bulk: bool = False

    def make(self) -> Make:
        """The function."""
        module, _, name = self.place.partition(":")
        made: Make = getattr(importlib.import_module(module), name)
        return made


KINDS: Final[dict[str, Kind]] = {
    "eyewear-glb": Kind("tryon.ingest.eyewear_glb:eyewear_glb"),
    "eyewear-photo": Kind("tryon.ingest.eyewear_photo:eyewear_photo"),
    "garment-photo": Kind("tryon.ingest.garment_photo:garment_photo"),
    "makeup-shades": Kind("tryon.ingest.makeup:makeup_shades"),
    "makeup-csv": Kind("tryon.ingest.makeup_csv:makeup_csv", bulk=True),
}


def kind_of(name: str) -> Kind:
    """Raises StoreInvalid."""
    kind = KINDS.get(name)
    if kind is None:
        raise StoreInvalid(f"This Tryon cannot ingest {name!r}; it can {', '.join(KINDS)}.", field="kind")
    return kind
