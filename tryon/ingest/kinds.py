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
    go on where they were after a crash; the others land whole or not at all. A bulk order ``by_unit`` tells where each
    product begins: each has the limits of a job of its own, and one that breaks the process costs itself only. Orders
    that ``draw`` need kernels, which a new machine compiles first."""

    place: str
    bulk: bool = False
    by_unit: bool = False
    draws: bool = False

    def make(self) -> Make:
        """The function."""
        module, _, name = self.place.partition(":")
        made: Make = getattr(importlib.import_module(module), name)
        return made


KINDS: Final[dict[str, Kind]] = {
    "eyewear-glb": Kind("tryon.ingest.eyewear_glb:eyewear_glb", draws=True),
    "eyewear-photo": Kind("tryon.ingest.eyewear_photo:eyewear_photo", draws=True),
    "garment-photo": Kind("tryon.ingest.garment_photo:garment_photo"),
    "makeup-shades": Kind("tryon.ingest.makeup:makeup_shades"),
    "makeup-csv": Kind("tryon.ingest.makeup_csv:makeup_csv", bulk=True),
    "products-zip": Kind("tryon.ingest.products_zip:products_zip", bulk=True, by_unit=True),
}


def kind_of(name: str) -> Kind:
    """Raises StoreInvalid."""
    kind = KINDS.get(name)
    if kind is None:
        raise StoreInvalid(f"This Tryon cannot ingest {name!r}; it can {', '.join(KINDS)}.", field="kind")
    return kind
