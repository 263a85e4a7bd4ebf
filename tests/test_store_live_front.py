"""What the pages show of the merchant follows the store, and outlives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published import lipstick
from tryon.config import Settings
from tryon.errors import StoreDown
from tryon.store import products, storefront
from tryon.store.assets import record_blob
from tryon.store.blobs import copy_in
from tryon.store.live_front import Front, LiveFront, Offer
from tryon.store.merchants import add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Logo, Storefront

DRAFT = lipstick(price={"minor": 1290, "currency": "EUR"}, link="https://shop.example/velvet")


def test_without_a_store_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    live = LiveFront(Settings(store_dir=tmp_path / "store"))
    assert live.now() == Front()
    live.close()
    assert not (tmp_path / "store").exists()


def test_changes_show_at_once_in_whoever_looks(store: Store, store_settings: Settings) -> None:
    clock = [0.0]
    live = LiveFront(store_settings, lambda: clock[0])
    assert live.now() == Front()
    acme = add_merchant(store, "house", "Acme")
    clock[0] += 1
    found = live.now()
    assert (found.merchant_id, found.name, found.offers) == (acme.id, "Acme", {})
    assert found.kept is not None
    assert found.kept.version == 0
    with store.write(acme.id) as tenant:
        storefront.replace(tenant, Storefront(origins=("https://shop.example",)), 0)
        products.create(tenant, DRAFT)
        products.publish(tenant, "velvet", None, {})
    clock[0] += 1
    found = live.now()
    assert found.kept is not None
    assert found.kept.front.origins == ("https://shop.example",)
    price = {"minor": 1290, "currency": "EUR"}
    assert found.offers == {"velvet": Offer(price, "https://shop.example/velvet")}
    with store.write(acme.id) as tenant:
        products.unpublish(tenant, "velvet", None)
    clock[0] += 1
    assert live.now().offers == {}
    live.close()
    live.close()


def test_a_store_that_fails_leaves_what_was_seen(
    store: Store, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    acme = add_merchant(store, "house")
    live = LiveFront(store_settings, lambda: clock[0])
    seen = live.now()

    asked: list[object] = []

    def fail(*given: object) -> None:
        asked.append(given)
        raise StoreDown("The database does not answer.")

    with store.write(acme.id) as tenant:
        products.create(tenant, DRAFT)
        products.publish(tenant, "velvet", None, {})
        storefront.set_logo(tenant, None, 0)
    # All is read but the last of it.
    monkeypatch.setattr(LiveFront, "_logo", fail)
    clock[0] += 1
    for _ in range(3):
        assert live.now() == seen
    # Whoever asks next does not wait for the database again.
    assert len(asked) == 1
    clock[0] += store_settings.catalogue_poll_s
    assert live.now() == seen
    assert len(asked) == 2
    monkeypatch.undo()
    clock[0] += store_settings.catalogue_poll_s
    assert set(live.now().offers) == {"velvet"}
    live.close()


def test_a_logo_whose_file_is_lost_costs_the_logo_only(
    store: Store, store_settings: Settings, tmp_path: Path
) -> None:
    acme = add_merchant(store, "house")
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"a picture")
    sha256, size = copy_in(store.blobs, acme.id, picture)
    with store.write(acme.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, size)
        storefront.set_logo(tenant, Logo(sha256, 40, 20), 0)
    store.blobs.remove(acme.id, sha256)
    live = LiveFront(store_settings)
    found = live.now()
    assert found.logo is None
    assert found.kept is not None
    assert found.kept.logo is not None
    live.close()
