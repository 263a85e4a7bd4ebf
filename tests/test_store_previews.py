"""Drafts that are tried on, on both engines: for an hour, in no list, gone with their product."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.published import lipstick, put
from tryon.config import Settings
from tryon.store import previews, products
from tryon.store.assets import add_files
from tryon.store.erase import erase
from tryon.store.live import LiveCatalogue
from tryon.store.merchants import Merchant
from tryon.store.place import is_preview
from tryon.store.previews import all_open, document_of, new_sku, open_preview
from tryon.store.store import Store
from tryon.store.sweep import sweep


def tried_on(store: Store, merchant: Merchant, name: str = "Velvet") -> str:
    with store.write(merchant.id) as tenant:
        item = products.find(tenant, "velvet") or products.create(tenant, lipstick(name=name))
        document = document_of(item, {}, new_sku())
        open_preview(tenant, item, document)
        return str(document["definition"]["sku"])


def test_the_mirror_has_it_for_an_hour_and_shoppers_no_list(
    store: Store, acme: Merchant, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveCatalogue(store_settings.model_copy(update={"merchant": "acme"}))
    assert live.news() == ()
    sku = tried_on(store, acme)
    assert is_preview(sku)
    assert not is_preview("preview-of-spring")
    found = live.news()
    assert found is not None
    assert [(product.sku, product.name) for product in found] == [(sku, "Velvet (draft)")]
    with store.read(acme.id) as tenant:
        assert products.all_live(tenant) == []
        assert [item.sku for item in products.page(tenant, products.Wanted(), 9)] == ["velvet"]
    began_ms = store.now_ms()
    assert live.news() is None
    # Nobody changes anything, and still it is gone.
    store.now_ms = lambda: began_ms + previews.LIFE_MS
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: (began_ms + previews.LIFE_MS) * 1_000_000)
        assert live.news() == ()
        assert live.news() is None
    live.close()
    with store.read(acme.id) as tenant:
        assert all_open(tenant) == []
    sweep(store)
    store.now_ms = lambda: began_ms
    with store.read(acme.id) as tenant:
        assert all_open(tenant) == []


def test_it_stays_as_it_was_and_goes_with_its_product(
    store: Store, acme: Merchant, store_settings: Settings, tmp_path: Path
) -> None:
    picture = put(store, acme, tmp_path, b"red")
    sku = tried_on(store, acme)
    with store.write(acme.id) as tenant:
        item = products.replace(tenant, "velvet", lipstick(name="Other"), None)
        add_files(tenant, item.id, {"thumbnail.png": picture})
        [(found, _, document)] = all_open(tenant)
    assert found == sku
    assert document["definition"]["name"] == "Velvet (draft)"
    live = LiveCatalogue(store_settings.model_copy(update={"merchant": "acme"}))
    assert len(live.news() or ()) == 1
    erase(store_settings, store, acme.id, "cli", "velvet", None)
    assert live.news() == ()
    live.close()
    with store.read(acme.id) as tenant:
        assert all_open(tenant) == []


def test_only_so_many_are_open(store: Store, acme: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "PREVIEWS_MAX", 2)
    began_ms = store.now_ms()
    skus = []
    for number in range(3):
        store.now_ms = lambda passed_ms=number: began_ms + passed_ms  # type: ignore[misc]
        skus.append(tried_on(store, acme))
    with store.read(acme.id) as tenant:
        assert {sku for sku, _, _ in all_open(tenant)} == set(skus[1:])


def test_a_long_name_keeps_its_mark(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        item = products.create(tenant, lipstick(name="V" * 120))
    name = document_of(item, {}, new_sku())["definition"]["name"]
    assert len(name) == 120
    assert name.endswith("V (draft)")
