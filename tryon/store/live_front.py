"""How the shown merchant's pages look now, and what its products cost, kept up to date in every process."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.config import Settings
from tryon.errors import StoreMissing, TryOnError
from tryon.store.commits import read_counter
from tryon.store.place import DATABASE_FILE, exists

if TYPE_CHECKING:
    from tryon.store.store import Store, Tenant
    from tryon.store.storefront import Kept

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """How a live product is sold: ``price`` as in a draft, ``link`` empty where there is none."""

    price: Mapping[str, Any] | None
    link: str


@dataclass(frozen=True, slots=True)
class Front:
    """``kept`` is None without a store, or without that merchant: then the mirror's own looks hold."""

    merchant_id: str = ""
    name: str = ""
    kept: Kept | None = None
    logo: Path | None = None
    offers: Mapping[str, Offer] = field(default_factory=dict)


class LiveFront:
    """``now`` is for threads. The store is opened when it is first there."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._front = Front()
        # What the products cost, of which merchant and at which of its versions.
        self._offered: tuple[str, int, Mapping[str, Offer]] = "", 0, {}
        self._seen: object = None
        self._not_before_s = -math.inf

    def now(self) -> Front:
        """As it is. Where the store fails, as it was last seen."""
        if not exists(self._settings):
            return self._front
        with self._lock:
            seen, now_s = self._state(), self._clock()
            if seen != self._seen and now_s >= self._not_before_s:
                try:
                    self._front = self._look()
                    self._seen = seen
                except TryOnError as error:
                    # A database that is away takes seconds to say so, and every page asks.
                    self._not_before_s = self._clock() + self._settings.catalogue_poll_s
                    _log.warning("the storefront cannot be read: %s", error.code)
            return self._front

    def store(self) -> Store:
        """Raises TryOnError. Whoever asks has seen that there is one."""
        if self._store is None:
            from tryon.store.store import Store

            self._store = Store.open(self._settings)
        return self._store

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _state(self) -> object:
        """Another one after every change: SQLite counts commits; PostgreSQL is asked again now and then."""
        if not self._settings.database_url:
            return read_counter(self._settings.store_dir / DATABASE_FILE)
        return int(self._clock() / self._settings.catalogue_poll_s)

    def _look(self) -> Front:
        from tryon.store import merchants, storefront

        store = self.store()
        try:
            merchant = merchants.find_merchant(store, self._settings.merchant)
        except StoreMissing:
            return Front()
        with store.read(merchant.id) as tenant:
            kept = storefront.get(tenant)
            offers = self._offers(tenant, merchants.merchant_of(tenant).live_version)
        return Front(merchant.id, merchant.name, kept, self._logo(merchant.id, kept), offers)

    def _logo(self, merchant_id: str, kept: Kept) -> Path | None:
        """A file that is lost costs the logo, not the page."""
        if kept.logo is not None:
            with suppress(StoreMissing):
                return self.store().blobs.path(merchant_id, kept.logo.sha256)
        return None

    def _offers(self, tenant: Tenant, live_version: int) -> Mapping[str, Offer]:
        """Read again only where shoppers see something else."""
        merchant_id, version, offers = self._offered
        if (merchant_id, version) == (tenant.merchant_id, live_version):
            return offers
        from tryon.store import products

        rows = products.all_live(tenant)
        offers = {sku: Offer(live.get("price"), str(live.get("link") or "")) for sku, _, live in rows}
        self._offered = tenant.merchant_id, live_version, offers
        return offers
