"""Two versions of a product beside each other: their pictures, and the fields in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.store import products
from tryon.store.assets import Asset, all_files
from tryon.store.differences import Difference, differences
from tryon.store.editions import list_editions
from tryon.store.products import Item
from tryon.store.store import Tenant
from tryon.web.studio.showing import file_address, money_of
from tryon.web.studio.visit import Page, Reply, Visit

DRAFT: Final = "draft"
# What a field is called where its own name does not say it.
_FIELD_WORDS: Final = {
    "dimensions_mm": "Size",
    "points": "Point",
    "shades": "Shade",
    "lenses": "Lens",
    "files": "File",
    "moved_mm": "Point, moved",
    "sizes_mm": "Size, made to",
    "materials": "Material",
    "own_lens": "Lenses, set",
    "link": "Link to your shop",
    "shades order": "Order of the shades",
    "lenses order": "Order of the lenses",
    "template": "Style",
}
_SHADES: Final = ("shades.", "lenses.")


def compare_page(visit: Visit) -> Reply:
    """``before`` and ``after`` in the address are numbers of versions, or "draft"."""
    sku = visit.path["sku"]

    def look(tenant: Tenant) -> tuple[Item, list[dict[str, Any]]]:
        item, current = products.get_with_files(tenant, sku)
        files = all_files(tenant, item.id)
        draft = {**item.as_draft(), "files": current}
        sides = [_side(sku, DRAFT, item.name, draft, files, {"what": DRAFT})]
        for one in list_editions(tenant, item.id):
            name = one.document["definition"]["name"]
            side = _side(sku, str(one.number), name, one.document, files, {"edition": str(one.number)})
            sides.append({**side, "at_ms": one.created_ms, "current": one.number == item.live_version})
        return item, sides

    item, sides = visit.read(look)
    by_key = {side["key"]: side for side in sides}
    after = by_key.get(visit.query.get("after", ""), sides[0])
    others = [side for side in sides if side is not after] or sides
    before = by_key.get(visit.query.get("before", ""), others[0])
    found = differences(before["document"], after["document"])
    values = {
        "title": f"Compare versions of {item.name}",
        "item": item,
        "sides": sides,
        "before": before,
        "after": after,
        "differences": [_told(one) for one in found],
        "may_write": False,
        "now_ms": visit.store.now_ms(),
    }
    return Page("compare.html", values)


def _side(
    sku: str,
    key: str,
    name: str,
    document: Mapping[str, Any],
    files: tuple[Asset, ...],
    asked: dict[str, str],
) -> dict[str, Any]:
    shown = document["files"].get(THUMBNAIL_FILE)
    picture = next((one for one in files if one.name == THUMBNAIL_FILE and one.sha256 == shown), None)
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    return {
        "key": key,
        "name": name,
        "document": document,
        "picture": "" if picture is None else file_address(sku, picture),
        "worn": f"/v1/products/{sku}/worn/portrait?{query}",
        "at_ms": 0,
        "current": False,
    }


def _told(one: Difference) -> dict[str, Any]:
    part, _, name = one.field.partition(".")
    words = _FIELD_WORDS.get(one.field) or _FIELD_WORDS.get(part) or part.replace("_", " ").capitalize()
    if name:
        inner = name.removesuffix("_mm").replace("_", " ").replace("-", " ")
        words = f"{words}: {inner}"
    return {"field": words, "before": _value(one.field, one.before), "after": _value(one.field, one.after)}


def _value(field: str, value: Any) -> dict[str, str]:
    """``words`` for people, and the ``colour`` that they are about."""
    if value is None:
        return {"words": "–", "colour": ""}
    if field.startswith(_SHADES) and isinstance(value, Mapping):
        rest = ", ".join(
            f"{name.replace('_', ' ')} {told}"
            for name, told in value.items()
            if name not in {"id", "name", "color"}
        )
        words = str(value.get("name", value["id"])) + (f" ({rest})" if rest else "")
        return {"words": words, "colour": str(value.get("color", ""))}
    if field == "price":
        return {"words": money_of(value["minor"], value["currency"]), "colour": ""}
    if field.startswith("files."):
        return {"words": f"file {value[:8]}", "colour": ""}
    if field.startswith(("moved_mm.", "materials.", "own_lens")):
        return _adjusted(value)
    if field.startswith(("dimensions_mm.", "sizes_mm.")):
        return {"words": f"{value:g} mm", "colour": ""}
    if field.startswith("points."):
        return {"words": " × ".join(f"{part:g}" for part in value), "colour": ""}
    return {"words": ", ".join(map(str, value)) if isinstance(value, list) else str(value), "colour": ""}


def _adjusted(value: Any) -> dict[str, str]:
    """What was changed about a frame by hand: a point's way, a material, the lenses."""
    if isinstance(value, Mapping):
        told = (f"{name.replace('_', ' ')} {said}" for name, said in value.items())
        return {"words": ", ".join(told), "colour": str(value.get("color", ""))}
    return {"words": " × ".join(f"{part:g}" for part in value) + " mm", "colour": ""}
