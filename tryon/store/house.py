"""The first merchant: its catalogue begins as the products of the catalogue's folder.

They are imported when the store is made. Where the folder changes later, products that the merchant has not touched
follow it; those that were changed or deleted are left as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, select

from tryon import resources
from tryon.catalogue.items import load_catalogue
from tryon.config import Settings
from tryon.errors import StoreMissing, StoreTaken
from tryon.store.assets import add_files, record_blob
from tryon.store.blobs import copy_in
from tryon.store.database import SCHEMA_LOCK
from tryon.store.folder import fingerprint, read_folder
from tryon.store.merchants import Merchant, add_merchant, find_merchant
from tryon.store.products import create, find, publish, replace
from tryon.store.store import Store, Tenant
from tryon.store.tables import seeds

HOUSE: Final = "house"


def open_catalogue(settings: Settings) -> Store:
    """The store, made and filled where it is new. Raises ConfigError, StoreDown, BadAsset."""
    store = Store.open(settings)
    try:
        follow_folder(store, catalogue_folder(settings))
    except BaseException:
        store.close()
        raise
    return store


def catalogue_folder(settings: Settings) -> Path:
    """The folder that the first merchant's catalogue begins with."""
    return settings.catalogue_dir or resources.folder("assets") / "catalogue"


def follow_folder(store: Store, folder: Path) -> int:
    """Bring the first merchant's untouched products up to the folder's; how many changed."""
    house = _house(store)
    found = {product.sku: fingerprint(product.path) for product in load_catalogue(folder)}
    with store.read(house.id) as tenant:
        known = _seeds(tenant)
    changed = [sku for sku, print_ in found.items() if known.get(sku) != print_]
    for sku in changed:
        _follow(store, house, folder / sku, found[sku], known.get(sku))
    return len(changed)


def _house(store: Store) -> Merchant:
    try:
        return find_merchant(store, HOUSE)
    except StoreMissing:
        try:
            return add_merchant(store, HOUSE, "House")
        except StoreTaken:
            # Another process came first.
            return find_merchant(store, HOUSE)


def _seeds(tenant: Tenant) -> dict[str, str]:
    rows = tenant.connection.execute(
        select(seeds.c.sku, seeds.c.fingerprint).where(seeds.c.merchant_id == tenant.merchant_id)
    )
    return {row.sku: row.fingerprint for row in rows}


def _follow(store: Store, house: Merchant, folder: Path, print_: str, before: str | None) -> None:
    draft, paths, _ = read_folder(folder)
    files = {name: copy_in(store.blobs, house.id, path) for name, path in paths.items()}
    sku = folder.name
    with store.write(house.id, "folder") as tenant:
        # Another process may do the same, or have done it meanwhile.
        store.database.lock(tenant.connection, SCHEMA_LOCK)
        if _seeds(tenant).get(sku) == print_:
            return
        item = find(tenant, sku)
        if item is None and before is None:
            item = create(tenant, draft, seed=print_)
        elif item is not None and item.seed is not None and item.seed == before:
            item = replace(tenant, sku, draft, None, seed=print_)
        else:
            item = None
        if item is not None:
            for sha256, size in files.values():
                record_blob(store.database, store.blobs, tenant, sha256, size)
            add_files(tenant, item.id, files)
            publish(tenant, sku, None, {name: sha256 for name, (sha256, _) in files.items()})
        tenant.connection.execute(
            delete(seeds).where(seeds.c.merchant_id == tenant.merchant_id, seeds.c.sku == sku)
        )
        tenant.connection.execute(
            insert(seeds).values(merchant_id=tenant.merchant_id, sku=sku, fingerprint=print_)
        )
