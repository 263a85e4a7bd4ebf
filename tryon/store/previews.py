"""Drafts tried on before they are published: the mirror has them for a while, under a sku that nobody can guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from tryon.store.merchants import raise_live_version
from tryon.store.products import Item
from tryon.store.store import Tenant, new_id
from tryon.store.tables import previews

# Long enough to show it to somebody, short enough to be forgotten.
LIFE_MS: Final = 3600 * 1000
# The oldest of a merchant makes room.
PREVIEWS_MAX: Final = 20
_NAME_MAX: Final = 120
_MARK: Final = " (draft)"


def document_of(item: Item, files: Mapping[str, str], sku: str) -> dict[str, Any]:
    """The draft with these files (name to SHA-256) as a live document, under ``sku``."""
    draft = item.as_draft()
    name = item.name[: _NAME_MAX - len(_MARK)] + _MARK
    return {**draft, "definition": {**draft["definition"], "sku": sku, "name": name}, "files": dict(files)}


def new_sku() -> str:
    """As ``place.is_preview`` knows it."""
    return f"preview-{new_id()}"


def open_preview(tenant: Tenant, item: Item, document: Mapping[str, Any]) -> None:
    """Let the mirror have it, which the caller has checked to be whole."""
    own = previews.c.merchant_id == tenant.merchant_id
    tenant.connection.execute(delete(previews).where(own, previews.c.until_ms <= tenant.now_ms))
    kept = tenant.connection.execute(
        select(previews.c.id).where(own).order_by(previews.c.until_ms.desc()).limit(PREVIEWS_MAX - 1)
    ).scalars()
    tenant.connection.execute(delete(previews).where(own, previews.c.id.not_in(list(kept))))
    tenant.connection.execute(
        insert(previews).values(
            merchant_id=tenant.merchant_id,
            id=str(document["definition"]["sku"]).removeprefix("preview-"),
            product_id=item.id,
            document=dict(document),
            until_ms=tenant.now_ms + LIFE_MS,
        )
    )
    raise_live_version(tenant)


def all_open(tenant: Tenant) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Sku, edition and document of each, as ``products.all_live`` tells what shoppers see."""
    rows = tenant.connection.execute(
        select(previews.c.id, previews.c.document)
        .where(previews.c.merchant_id == tenant.merchant_id, previews.c.until_ms > tenant.now_ms)
        .order_by(previews.c.id)
    )
    return [(f"preview-{row.id}", row.id, row.document) for row in rows]


def next_end_ms(tenant: Tenant) -> int | None:
    """When the first of those that are open ends; None without one."""
    found: int | None = tenant.connection.execute(
        select(func.min(previews.c.until_ms)).where(
            previews.c.merchant_id == tenant.merchant_id, previews.c.until_ms > tenant.now_ms
        )
    ).scalar()
    return found


def documents_of(tenant: Tenant, product_id: str) -> list[Mapping[str, Any]]:
    """Of one product, open or not."""
    rows = tenant.connection.execute(
        select(previews.c.document).where(
            previews.c.merchant_id == tenant.merchant_id, previews.c.product_id == product_id
        )
    )
    return [row.document for row in rows]
