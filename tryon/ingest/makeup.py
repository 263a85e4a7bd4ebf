"""A makeup product from colours as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.errors import StoreInvalid
from tryon.ingest.colors import hex_color, shade_id, shade_name
from tryon.ingest.swatches import png, swatch_picture
from tryon.ingest.work import Work
from tryon.store.definition import Draft, draft_of

# A fifth larger than zlib's best of its usual levels, in half of the time: a table has thousands.
_LEVEL: Final = 2


def makeup_shades(work: Work) -> None:
    """``MakeupShades``: shades get ids and names, the product its picture."""
    order = work.order
    work.progress("reading", 0.0)
    shades, made_up = tidy_shades(order["shades"])
    definition = {**order["definition"], "kind": "makeup", "sku": order["sku"], "shades": shades}
    listing = {name: order[name] for name in ("tags", "price", "link") if name in order}
    draft = draft_of({"definition": definition, **listing})
    work.note("found", f"{len(shades)} shades of {draft.definition.type}.")
    for sentence in made_up:
        work.note("fixed", sentence)
    work.progress("drawing", 0.5)
    work.product(draft, {THUMBNAIL_FILE: draw(draft, work.folder)})


def tidy_shades(shades: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Shades as a product.json has them, and a sentence for each thing that was made up. Raises StoreInvalid."""
    tidy: list[dict[str, Any]] = []
    told: list[str] = []
    taken: set[str] = set()
    for number, given in enumerate(shades, 1):
        try:
            color = hex_color(str(given["color"]))
        except StoreInvalid as error:
            raise StoreInvalid(
                f"shades.{number - 1}.{error.sentence}", field=f"shades.{number - 1}.color"
            ) from error
        name = given.get("name") or shade_name(color)
        own_id = given.get("id") or shade_id(name, taken)
        if not given.get("name"):
            told.append(f"Shade {number} had no name and is called {name}.")
        if color != str(given["color"]).strip():
            told.append(f"The colour {given['color']} is written {color}.")
        taken.add(own_id)
        tidy.append({**given, "id": own_id, "name": name, "color": color})
    return tidy, told


def draw(draft: Draft, folder: Path) -> Path:
    """The product's thumbnail, below ``folder``."""
    definition = draft.definition
    place = folder / definition.sku
    place.mkdir(exist_ok=True)
    path = place / THUMBNAIL_FILE
    colors = [shade.swatch for shade in definition.shades]
    path.write_bytes(png(swatch_picture(colors, definition.finish or "satin"), _LEVEL))
    return path
