"""From what an ingest made to rows: blobs first, then everything else in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tryon.store import products
from tryon.store.assets import add_files, current_hashes, record_blob
from tryon.store.blobs import copy_in
from tryon.store.definition import draft_of
from tryon.store.store import Store, Tenant


@dataclass(frozen=True, slots=True)
class Made:
    """A product as an ingest told it, with files that lie in its folder."""

    draft: Mapping[str, Any]
    files: Mapping[str, Path]
    lines: Sequence[int] = ()


def land(
    store: Store,
    merchant_id: str,
    made: Sequence[Made],
    *,
    publish: bool,
    after: Callable[[Tenant], None],
) -> None:
    """All of these products, and ``after`` in the same transaction, or none. Doing it again changes nothing.

    Raises StoreInvalid where one cannot take the place of what is there, StoreFull, StoreDown, and what ``after`` does.
    """
    kept = [
        {name: copy_in(store.blobs, merchant_id, path) for name, path in product.files.items()}
        for product in made
    ]
    with store.write(merchant_id, "ingest") as tenant:
        for product, files in zip(made, kept, strict=True):
            for sha256, size in files.values():
                record_blob(store.database, store.blobs, tenant, sha256, size)
            _land_one(tenant, product, files, publish=publish)
        after(tenant)


def _land_one(tenant: Tenant, product: Made, files: Mapping[str, tuple[str, int]], *, publish: bool) -> None:
    draft = draft_of(product.draft)
    sku = draft.definition.sku
    item = products.find(tenant, sku)
    made = item is None
    fresh = item is None or draft_of(item.as_draft()) != draft
    if item is None:
        item = products.create(tenant, draft)
    elif fresh:
        item = products.replace(tenant, sku, draft, None)
    if add_files(tenant, item.id, files) and not fresh:
        # The draft says what it said, and yet the product is another.
        products.touch(tenant, sku)
    if publish:
        named = {name: sha256 for name, (sha256, _) in files.items()}
        if not made:
            named = current_hashes(tenant, item.id)
        products.publish(tenant, sku, None, named)
