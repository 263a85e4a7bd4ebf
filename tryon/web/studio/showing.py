"""How products and jobs are shown to people: kinds, states, prices, pictures and reports in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.store.assets import Asset
from tryon.store.currency import THOUSANDTHS, WHOLE, minor_digits
from tryon.store.jobs import Job
from tryon.store.products import Item
from tryon.store.states import State

KINDS: Final = {"eyewear": "Eyewear", "makeup": "Makeup", "garment": "Garments"}
KIND: Final = {"eyewear": "Eyewear", "makeup": "Makeup", "garment": "Garment"}
STATE_WORDS: Final[dict[State, str]] = {
    "draft": "Draft",
    "live": "Live",
    "changed": "Live, newer draft",
    "archived": "Put away",
}
_COLOURS: Final = 6
# A job that failed longer ago is no news.
NEWS_MS: Final = 14 * 24 * 3600 * 1000
_JOB_KINDS: Final = {
    "eyewear-glb": "a frame from a GLB",
    "eyewear-photo": "a frame from a photo",
    "garment-photo": "a garment from a photo",
    "makeup-shades": "makeup from colours",
    "makeup-csv": "makeup from a CSV",
    "products-zip": "products from a ZIP",
}
_STEPS: Final = {"": "waiting for its turn"}


def odd_digits() -> dict[str, int]:
    """Currencies whose prices do not have two digits behind the point, for the pages."""
    return {currency: minor_digits(currency) for currency in (*WHOLE, *THOUSANDTHS)}


def price(item: Item) -> str:
    """As people write it; empty without one."""
    if item.price_minor is None or item.currency is None:
        return ""
    return money_of(item.price_minor, item.currency)


def money_of(minor: int, currency: str) -> str:
    """An amount as people write it."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f} {currency}"


def file_address(sku: str, asset: Asset) -> str:
    """Where a file of a product is read."""
    return f"/v1/products/{sku}/files/{asset.name}?version={asset.version}"


def card(item: Item, files: Iterable[Asset]) -> dict[str, Any]:
    """A product in the list."""
    pictures = [file_address(item.sku, asset) for asset in files if asset.name == THUMBNAIL_FILE]
    shades = item.definition.get("shades", [])
    return {
        "sku": item.sku,
        "name": item.name,
        "kind": KIND.get(item.kind, item.kind),
        "version": item.version,
        "state": item.state,
        "state_words": STATE_WORDS[item.state],
        "price": price(item),
        "picture": pictures[-1] if pictures else "",
        "colours": [shade["color"] for shade in shades[:_COLOURS]],
    }


def job_state(job: Job) -> str:
    """As the studio tells it."""
    if job.state in {"queued", "running"}:
        return "processing"
    return "failed" if job.state in {"refused", "failed"} else job.state


def job_name(job: Job) -> str:
    """What it makes."""
    told: Mapping[str, Any] = job.order
    definition = (told.get("product") or {}).get("definition") or told.get("definition") or {}
    return str(definition.get("name") or told.get("sku") or _begun(_JOB_KINDS.get(job.kind, job.kind)))


def work(job: Job) -> dict[str, Any]:
    """A job in the list."""
    state = job_state(job)
    kind = _JOB_KINDS.get(job.kind, job.kind)
    if state == "processing":
        words = f"{kind}: {_STEPS.get(job.step, job.step)}"
    else:
        words = str(job.report.get("sentence") or f"{kind} broke off")
    return {
        "id": job.id,
        "name": job_name(job),
        "state": state,
        "words": _begun(words),
        "fraction": job.fraction,
        "sku": job.order.get("sku", ""),
    }


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def newest_works(found: Iterable[Job], now_ms: int) -> list[Job]:
    """Of the newest jobs first: those that run, and those that failed and were not repeated since."""
    seen: set[str] = set()
    shown = []
    for job in found:
        key = str(job.order.get("sku") or job.id)
        if key in seen:
            continue
        seen.add(key)
        state = job_state(job)
        if state == "processing" or (state == "failed" and job.created_ms > now_ms - NEWS_MS):
            shown.append(job)
    return shown
