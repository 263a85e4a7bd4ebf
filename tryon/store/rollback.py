"""Back to what shoppers were shown earlier: its draft and its files become the product's newest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tryon.store import products
from tryon.store.assets import add_files
from tryon.store.definition import draft_of
from tryon.store.editions import get_edition
from tryon.store.events import note
from tryon.store.products import Item
from tryon.store.store import Tenant
from tryon.store.tables import assets


def roll_back(tenant: Tenant, sku: str, number: int, version: int | None) -> Item:
    """The draft is that of the edition; what shoppers see does not change before it is published.

    Raises StoreMissing, StoreConflict.
    """
    item = products.get(tenant, sku)
    edition = get_edition(tenant, item.id, number)
    document: dict[str, Any] = dict(edition.document)
    files: dict[str, str] = document.pop("files")
    item = products.replace(tenant, sku, draft_of(document), version)
    add_files(
        tenant, item.id, {name: (sha256, _bytes(tenant, item.id, sha256)) for name, sha256 in files.items()}
    )
    note(tenant, "product.rolled_back", sku)
    return item


def _bytes(tenant: Tenant, product_id: str, sha256: str) -> int:
    """A file that was shown is in one of the product's versions."""
    size: int = tenant.connection.execute(
        select(assets.c.bytes)
        .where(
            assets.c.merchant_id == tenant.merchant_id,
            assets.c.product_id == product_id,
            assets.c.sha256 == sha256,
        )
        .limit(1)
    ).scalar_one()
    return size
