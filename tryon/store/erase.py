"""Deleting a product for good: its rows, its files, and what this machine's mirror keeps of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from tryon.config import Settings
from tryon.store import products
from tryon.store.assets import all_files
from tryon.store.database import BLOBS_LOCK
from tryon.store.editions import list_editions
from tryon.store.folder import shelf_name
from tryon.store.jobs import is_awaited
from tryon.store.merchants import raise_live_version
from tryon.store.place import shelf
from tryon.store.previews import documents_of
from tryon.store.store import Store, Tenant
from tryon.store.tables import assets, blobs, model_pictures, storefronts, uploads


@dataclass(frozen=True, slots=True)
class Erased:
    """How many files are gone, and how many bytes. Files that another product has, too, stay with it."""

    files: int
    bytes: int


def erase(
    settings: Settings, store: Store, merchant_id: str, actor: str, sku: str, version: int | None
) -> Erased:
    """Raises StoreMissing, StoreConflict. Where it breaks off, what is left is swept later.

    Other machines of the server forget their copies within a day.
    """
    with store.write(merchant_id, actor) as tenant:
        item = products.get(tenant, sku)
        files = {asset.sha256: asset.bytes for asset in all_files(tenant, item.id)}
        shown = [edition.document for edition in list_editions(tenant, item.id)]
        tried = documents_of(tenant, item.id)
        shown += tried
        if item.live is not None:
            shown.append(item.live)
        products.remove(tenant, sku, version)
        if tried:
            # The mirror has it even if shoppers see nothing of it.
            raise_live_version(tenant)
        _forget_uploads(tenant, list(files))
    gone = [sha256 for sha256 in files if remove_blob(store, merchant_id, sha256)]
    for document in shown:
        _clear(settings, merchant_id, document)
    return Erased(len(gone), sum(files[sha256] for sha256 in gone))


def _forget_uploads(tenant: Tenant, files: list[str]) -> None:
    """What was handed in for it, unless another product has been made of it, or is going to be."""
    kept = select(assets.c.sha256).where(assets.c.merchant_id == tenant.merchant_id)
    tenant.connection.execute(
        delete(uploads).where(
            uploads.c.merchant_id == tenant.merchant_id,
            uploads.c.sha256.in_(files),
            uploads.c.sha256.not_in(kept),
            ~is_awaited(),
        )
    )


def remove_blob(store: Store, merchant_id: str, sha256: str) -> bool:
    """Under the lock of whoever writes a blob's row, as the sweep does it; whether nobody else has the file."""
    with store.database.write() as connection:
        store.database.lock(connection, BLOBS_LOCK)
        if _used(connection, merchant_id, sha256):
            return False
        connection.execute(delete(blobs).where(blobs.c.merchant_id == merchant_id, blobs.c.sha256 == sha256))
        store.blobs.remove(merchant_id, sha256)
    return True


def _used(connection: Connection, merchant_id: str, sha256: str) -> bool:
    for column in (assets.c.sha256, uploads.c.sha256, storefronts.c.logo_sha256, model_pictures.c.sha256):
        query = select(column).where(column.table.c.merchant_id == merchant_id, column == sha256)
        if connection.execute(query.limit(1)).first() is not None:
            return True
    return False


def _clear(settings: Settings, merchant_id: str, document: Mapping[str, Any]) -> None:
    shutil.rmtree(shelf(settings, merchant_id) / shelf_name(merchant_id, document), ignore_errors=True)
