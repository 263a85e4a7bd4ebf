"""Complete looks that come with a catalogue: ``looks.json`` in its folder, a list of products with their shades.

::

    {"looks": [{"id": "red-classic", "name": "Red, and nothing else", "description": "…",
                "items": [{"sku": "velvet-lipstick", "shade": "classic-red", "strength": 0.9}]}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tryon.catalogue.items import Line, Product, Share, Sku
from tryon.errors import AssetTooLarge, BadAsset

LOOKS_FILE: Final = "looks.json"
LOOKS_FILE_MAX_BYTES: Final = 256 * 1024
LOOKS_MAX: Final = 64
LOOK_ITEMS_MAX: Final = 16

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,63}$")]


class WornProduct(BaseModel):
    """One product of a complete look; what is left out is the product's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Sku
    shade: Sku | None = None
    strength: Share | None = None
    finish: Name | None = None
    template: Name | None = None


class CompleteLook(BaseModel):
    """Products that go together, to be put on with one tap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Sku
    name: Line
    description: Annotated[str, StringConstraints(max_length=300)] = ""
    items: Annotated[tuple[WornProduct, ...], Field(min_length=1, max_length=LOOK_ITEMS_MAX)]


class LooksFile(BaseModel):
    """The content of a looks.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    looks: Annotated[tuple[CompleteLook, ...], Field(max_length=LOOKS_MAX)]

    @model_validator(mode="after")
    def _ids_differ(self) -> LooksFile:
        ids = [look.id for look in self.looks]
        if len(set(ids)) != len(ids):
            raise ValueError("two looks share an id")
        return self


def load_looks(folder: Path, products: Sequence[Product]) -> tuple[CompleteLook, ...]:
    """The complete looks of a catalogue's folder; none where it has no ``looks.json``.

    Raises BadAsset, naming the look and the product, for one that names what the catalogue lacks.
    """
    path = folder / LOOKS_FILE
    if not path.is_file():
        return ()
    size = path.stat().st_size
    if size > LOOKS_FILE_MAX_BYTES:
        raise AssetTooLarge(
            f"{LOOKS_FILE} has {size} bytes; it may have {LOOKS_FILE_MAX_BYTES}.", file=LOOKS_FILE
        )
    try:
        file = LooksFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "the whole"
        message = first["msg"].removeprefix("Value error, ")
        raise BadAsset(f"{LOOKS_FILE}: {name}: {message}.", file=LOOKS_FILE, field=name) from error
    known = {product.sku: product for product in products}
    for look in file.looks:
        for item in look.items:
            _check(look, item, known.get(item.sku))
    return file.looks


def _check(look: CompleteLook, item: WornProduct, product: Product | None) -> None:
    def refuse(what: str) -> BadAsset:
        return BadAsset(f"{LOOKS_FILE}: the look {look.id!r} {what}.", file=LOOKS_FILE, field=look.id)

    if product is None:
        raise refuse(f"wears {item.sku!r}, which this catalogue has not")
    if item.shade is not None and product.shade(item.shade) is None:
        raise refuse(f"wears {item.sku!r} in {item.shade!r}, a shade that it has not")
    makeup = product.makeup
    if item.finish is not None and (makeup is None or item.finish not in makeup.finishes):
        raise refuse(f"wears {item.sku!r} in the finish {item.finish!r}, which it has not")
    if item.template is not None and (makeup is None or item.template not in makeup.rule.templates):
        raise refuse(f"wears {item.sku!r} with the template {item.template!r}, which it has not")
