"""What shoppers see of a merchant's catalogue, kept up to date in every process of the server.

SQLite counts commits in its file's header, so asking whether anything has changed reads four bytes. PostgreSQL is asked
for the merchant's counter. Nothing is imported or opened before there is a store.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tryon.catalogue.items import Product, load_product
from tryon.config import Settings
from tryon.errors import BadAsset, StoreMissing, TryOnError
from tryon.store.commits import read_counter
from tryon.store.place import DATABASE_FILE, exists, shelf

if TYPE_CHECKING:
    from tryon.store.store import Store

_log = logging.getLogger(__name__)

_STALE_S: Final = 24 * 3600.0


class LiveCatalogue:
    """Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self._counter: bytes | None = None
        self._version: int | None = None
        # When a draft that is tried on ends by itself; no commit tells of that.
        self._until_ms: int | None = None
        self._products: dict[str, tuple[str, Product]] = {}
        self._failing = False

    def news(self) -> tuple[Product, ...] | None:
        """Every product that shoppers see, by sku, and drafts that are tried on; None while neither has changed, or
        there is no store.

        Raises TryOnError the first time that the store fails; after that what was seen last holds.
        """
        if not exists(self._settings):
            return None
        counter = self._sqlite_counter()
        if counter is not None and counter == self._counter and not self._is_due():
            return None
        try:
            found = self._look()
        except TryOnError as error:
            if self._version is None:
                raise
            if not self._failing:
                _log.warning("the live catalogue cannot be read: %s", error.code)
            self._failing = True
            return None
        self._counter, self._failing = counter, False
        return found

    def close(self) -> None:
        """Idempotent."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _look(self) -> tuple[Product, ...] | None:
        from tryon.store import house, merchants, previews, products

        if self._store is None:
            self._store = house.open_catalogue(self._settings)
        store = self._store
        merchant = merchants.find_merchant(store, self._settings.merchant)
        if merchant.live_version == self._version and not self._is_due():
            return None
        with store.read(merchant.id) as tenant:
            version = merchants.merchant_of(tenant).live_version
            rows = products.all_live(tenant) + previews.all_open(tenant)
            until_ms = previews.next_end_ms(tenant)
        kept: dict[str, tuple[str, Product]] = {}
        for sku, edition, live in rows:
            before = self._products.get(sku)
            if before is not None and before[0] == edition:
                kept[sku] = before
            elif (product := self._load(store, merchant.id, sku, live)) is not None:
                kept[sku] = (edition, product)
        left = _places(self._products) - _places(kept)
        self._version, self._products, self._until_ms = version, kept, until_ms
        self._tidy(merchant.id, left)
        return tuple(product for _, product in kept.values())

    def _load(self, store: Store, merchant_id: str, sku: str, live: Mapping[str, Any]) -> Product | None:
        from tryon.store.folder import shelve

        try:
            return load_product(shelve(store.blobs, merchant_id, self._shelf(merchant_id), live))
        except (BadAsset, StoreMissing) as error:
            # It costs this product only.
            _log.warning("the product %s is not shown: %s", sku, error.code)
            return None

    def _shelf(self, merchant_id: str) -> Path:
        return shelf(self._settings, merchant_id)

    def _is_due(self) -> bool:
        return (
            self._until_ms is not None and self._store is not None and self._store.now_ms() >= self._until_ms
        )

    def _tidy(self, merchant_id: str, left: set[str]) -> None:
        """Remove editions that nobody has shown for long; ``left`` are those that were shown until now: another process
        may be a moment behind."""
        used = _places(self._products)
        until_s = time.time() - _STALE_S
        with suppress(OSError):
            for place in self._shelf(merchant_id).iterdir():
                if place.name in left:
                    os.utime(place)
                elif place.name not in used and place.stat().st_mtime < until_s:
                    shutil.rmtree(place, ignore_errors=True)

    def _sqlite_counter(self) -> bytes | None:
        """Changes with every commit; None where only the database can tell."""
        if self._settings.database_url:
            return None
        return read_counter(self._settings.store_dir / DATABASE_FILE)


def _places(products: Mapping[str, tuple[str, Product]]) -> set[str]:
    """The names of their folders' folders."""
    return {product.path.parent.name for _, product in products.values()}
