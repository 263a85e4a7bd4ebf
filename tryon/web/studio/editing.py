"""One product's page: what it says, how it looks, where it stands, and what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tryon.catalogue.adjustment import Adjustment, dimensions_after
from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.catalogue.makeup import RULES
from tryon.errors import StoreInvalid
from tryon.ingest.turntable import FILE as TURNTABLE_FILE
from tryon.store import jobs, products, storefront, timetable
from tryon.store.accounts import SCOPES_OF, list_users
from tryon.store.assets import Asset, all_files, current_files
from tryon.store.definition import MODEL_FILE
from tryon.store.editions import Edition, list_editions
from tryon.store.folder import check_whole
from tryon.store.merchants import merchant_of
from tryon.store.previews import document_of, new_sku, open_preview
from tryon.store.store import Tenant
from tryon.web.studio.making import TYPES, rules_told
from tryon.web.studio.showing import KIND, STATE_WORDS, file_address, job_state, odd_digits, work
from tryon.web.studio.visit import Go, Page, Reply, Visit

# In the order in which people name them; others that are declared come after.
_DIMENSIONS: Final = {
    "total_width_mm": "Whole width",
    "lens_width_mm": "Lens width",
    "lens_height_mm": "Lens height",
    "bridge_mm": "Bridge",
    "temple_length_mm": "Temple length",
}
_FILES: Final = {
    "model.glb": "The 3-D model, rebuilt",
    "source.glb": "What you handed in",
    "source.jpg": "The photo that you handed in",
    "source.png": "The photo that you handed in",
    "picture.png": "The garment, cut out",
    "points.jpg": "Its points, as they were found",
    TURNTABLE_FILE: "Twelve views",
    THUMBNAIL_FILE: "The picture in lists",
}


def product_page(visit: Visit) -> Reply:
    sku = visit.path["sku"]

    def look(tenant: Tenant) -> dict[str, Any]:
        item = products.get(tenant, sku)
        files = all_files(tenant, item.id)
        current = current_files(tenant, item.id)
        latest = jobs.list_jobs(tenant, 1, sku=sku)
        return {
            "item": item,
            "files": current,
            "editions": [
                _edition(sku, one, files, item.live_version) for one in list_editions(tenant, item.id)
            ],
            "planned": timetable.list_planned(tenant, sku),
            "people": {user.actor: user.email for user in list_users(tenant)},
            "job": latest[0] if latest else None,
            "in_mirror": merchant_of(tenant).slug == visit.settings.merchant,
            "embedded": bool(storefront.get(tenant).front.origins),
        }

    found = visit.read(look)
    item, job = found["item"], found["job"]
    scopes = SCOPES_OF[visit.who.role]
    pictures = {asset.name: file_address(sku, asset) for asset in found["files"]}
    definition = item.definition
    type_ = definition.get("type")
    adjustable = item.kind == "eyewear" and "write" in scopes and MODEL_FILE in pictures
    sizes = _dimensions(item.kind, _sizes_now(definition))
    values = {
        "title": item.name,
        "item": item,
        "draft": item.as_draft(),
        "kind": KIND.get(item.kind, item.kind),
        "state_words": STATE_WORDS[item.state],
        "picture": pictures.get(THUMBNAIL_FILE, ""),
        "turntable": pictures.get(TURNTABLE_FILE, ""),
        "files": [
            {
                "name": one.name,
                "words": _FILES.get(one.name, ""),
                "href": pictures[one.name],
                "bytes": one.bytes,
            }
            for one in found["files"]
        ],
        # What an editor of frames has is not asked twice.
        "adjustable": adjustable,
        "dimensions": [one for one in sizes if not adjustable or one["name"] not in _DIMENSIONS],
        "type_words": TYPES.get(type_, str(type_ or "")),
        "rules": rules_told() if type_ in TYPES else {},
        "first_template": RULES[type_].templates[0] if type_ in RULES else "",
        "editions": found["editions"],
        "planned": [{"one": one, "behind": one.version != item.version} for one in found["planned"]],
        "worn_shades": [
            (one["id"], one.get("name", one["id"]))
            for one in definition.get("shades") or definition.get("lenses") or ()
        ],
        "people": found["people"],
        "job": work(job) if job is not None and job_state(job) in {"processing", "failed"} else None,
        "odd": odd_digits(),
        "in_mirror": found["in_mirror"],
        "embedded": found["embedded"],
        "may_write": "write" in scopes,
        "may_publish": "publish" in scopes,
        "now_ms": visit.store.now_ms(),
    }
    return Page("product.html", values)


def preview(visit: Visit) -> Reply:
    """The draft in the mirror, for whoever has the address, for an hour."""
    item, files = visit.read(lambda tenant: products.get_with_files(tenant, visit.path["sku"]))
    document = document_of(item, files, new_sku())
    try:
        check_whole(visit.store.blobs, visit.who.merchant_id, document)
    except StoreInvalid as error:
        values = {"title": "There is nothing to try on yet", "sentence": error.sentence, "again": ""}
        return Page("word.html", values, 422)
    visit.write(lambda tenant: open_preview(tenant, item, document))
    return Go(f"/p/{document['definition']['sku']}")


def _sizes_now(definition: Mapping[str, Any]) -> dict[str, float]:
    """What is declared, as it is after what was adjusted by hand."""
    adjustment = Adjustment.model_validate(definition.get("adjustment", {}))
    return dimensions_after(definition.get("dimensions_mm", {}), adjustment)


def _dimensions(kind: str, declared: dict[str, float]) -> list[dict[str, Any]]:
    """Name, words and millimetres of each size that this kind may have or that is declared."""
    names = dict(_DIMENSIONS) if kind == "eyewear" else {}
    names |= {
        name: name.removesuffix("_mm").replace("_", " ").capitalize()
        for name in declared
        if name not in names
    }
    return [{"name": name, "words": words, "mm": declared.get(name)} for name, words in names.items()]


def _edition(sku: str, edition: Edition, files: tuple[Asset, ...], live: int | None) -> dict[str, Any]:
    shown = edition.document["files"].get(THUMBNAIL_FILE)
    picture = next((one for one in files if one.name == THUMBNAIL_FILE and one.sha256 == shown), None)
    return {
        "number": edition.number,
        "name": edition.document["definition"]["name"],
        "at_ms": edition.created_ms,
        "actor": edition.actor,
        "current": edition.number == live,
        "picture": "" if picture is None else file_address(sku, picture),
    }
