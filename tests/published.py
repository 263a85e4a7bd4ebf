"""Products of tests: a lipstick, and such as are published with a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tryon.store import products
from tryon.store.assets import add_files, record_blob
from tryon.store.blobs import copy_in
from tryon.store.definition import Draft, draft_of
from tryon.store.merchants import Merchant
from tryon.store.store import Store


def lipstick_told(sku: str = "velvet", name: str = "Velvet", **more: Any) -> dict[str, Any]:
    """A lipstick as the API is told of it."""
    shades = [{"id": "red", "name": "Classic Red", "color": "#b3121d"}]
    kind = {"kind": "makeup", "type": "lipstick", "finish": "satin", "coverage": 0.8, "shades": shades}
    return {"definition": {"sku": sku, "name": name, **kind}, **more}


def lipstick(sku: str = "velvet", name: str = "Velvet", **more: Any) -> Draft:
    """Its draft."""
    return draft_of(lipstick_told(sku, name, **more))


def put(store: Store, merchant: Merchant, tmp_path: Path, content: bytes) -> tuple[str, int]:
    path = tmp_path / "file"
    path.write_bytes(content)
    kept = copy_in(store.blobs, merchant.id, path)
    with store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, *kept)
    return kept


def publish(store: Store, merchant: Merchant, draft: Draft, picture: tuple[str, int]) -> products.Item:
    with store.write(merchant.id, "user:1") as tenant:
        sku = draft.definition.sku
        item = products.find(tenant, sku)
        item = products.create(tenant, draft) if item is None else products.replace(tenant, sku, draft, None)
        add_files(tenant, item.id, {"thumbnail.png": picture})
        return products.publish(tenant, sku, None, {"thumbnail.png": picture[0]})
