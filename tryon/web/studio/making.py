"""New products: what can be made of which file, and how far a job is."""

from __future__ import annotations

from typing import Any, Final

from tryon.catalogue.makeup import RULES
from tryon.ingest import bundle_rows
from tryon.ingest.makeup_rows import COLUMNS
from tryon.store import jobs, products
from tryon.store.accounts import SCOPES_OF
from tryon.store.store import Tenant
from tryon.web.studio.showing import job_name, job_state
from tryon.web.studio.visit import HOME, Page, Reply, Visit

# A shade of these has a picture of its own, which no colour can stand for.
TYPES: Final = {
    type_: type_.replace("_", " ").capitalize() for type_, rule in RULES.items() if not rule.textured
}


def rules_told() -> dict[str, Any]:
    """What each type of makeup may have, for the page's lists."""
    return {
        type_: {"finishes": list(RULES[type_].finishes), "templates": list(RULES[type_].templates)}
        for type_ in TYPES
    }


def new_page(visit: Visit) -> Reply:
    """Files and colours; with ``for`` in the address, a new file for a product that is there."""
    sku = visit.query.get("for", "")
    item = visit.read(lambda tenant: products.find(tenant, sku)) if sku else None
    values = {
        "title": "New product" if item is None else f"A new file for {item.name}",
        "item": item,
        "may_publish": "publish" in SCOPES_OF[visit.who.role],
        "limit_mb": visit.settings.api_upload_mb,
        "zip_limit_mb": visit.settings.upload_limit("x.zip")[0],
        "types": TYPES,
        "rules": rules_told(),
        "columns": COLUMNS,
        "zip_columns": bundle_rows.COLUMNS,
    }
    return Page("new.html", values)


def job_page(visit: Visit) -> Reply:
    """What is being made, or was, in words."""

    def look(tenant: Tenant) -> Any:
        return jobs.get_job(tenant, visit.path["id"])

    job = visit.read(look)
    values = {
        "title": job_name(job),
        "job": job,
        "state": job_state(job),
        # What was stopped before its turn came has none; the page's script finds words.
        "sentence": job.report.get("sentence", ""),
        "may_write": "write" in SCOPES_OF[visit.who.role],
        "now_ms": visit.store.now_ms(),
        "back": HOME,
    }
    return Page("job.html", values)
