"""The first merchant's catalogue from the folder, product folders in and out, and what the mirror sees of it all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tryon.catalogue.items import Product, load_catalogue
from tryon.config import Settings
from tryon.errors import BadAsset, StoreDown, StoreInvalid, StoreMissing
from tryon.store import products
from tryon.store.assets import all_files, current_files, current_of_many
from tryon.store.folder import check_whole, fingerprint, laid_out, read_folder, shelve
from tryon.store.house import HOUSE, follow_folder, open_catalogue
from tryon.store.live import LiveCatalogue
from tryon.store.merchants import find_merchant, raise_live_version
from tryon.store.products import Item, Wanted
from tryon.store.store import Store

SKUS = ["meridian-gunmetal", "velvet-lipstick"]


def placeless(product: Product) -> Product:
    return replace(product, path=Path(), model=None, thumbnail=None)


def listed(store: Store) -> list[Item]:
    with store.read(find_merchant(store, HOUSE).id) as tenant:
        return list(products.page(tenant, Wanted(), 50))


def rewrite(folder: Path, **change: Any) -> None:
    file = folder / "product.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))


def test_the_mirror_sees_the_folders_products_as_they_are(store_settings: Settings) -> None:
    live = LiveCatalogue(store_settings)
    if not store_settings.database_url:
        assert live.news() is None, "there is no store yet"
    store = open_catalogue(store_settings)
    assert [(item.sku, item.state) for item in listed(store)] == [(sku, "live") for sku in SKUS]
    seen = live.news()
    assert seen is not None
    assert store_settings.catalogue_dir is not None
    asked = load_catalogue(store_settings.catalogue_dir)
    assert [placeless(product) for product in seen] == [placeless(product) for product in asked]
    for ours, theirs in zip(seen, asked, strict=True):
        assert fingerprint(ours.path) != ""
        for mine, given in ((ours.model, theirs.model), (ours.thumbnail, theirs.thumbnail)):
            assert (mine is None) == (given is None)
            if mine is not None and given is not None:
                assert mine.read_bytes() == given.read_bytes()
    assert live.news() is None
    live.close()
    store.close()


def test_a_change_is_seen_and_a_draft_is_not(store_settings: Settings) -> None:
    store = open_catalogue(store_settings)
    house = find_merchant(store, HOUSE)
    live = LiveCatalogue(store_settings)
    first = live.news()
    assert first is not None
    with store.write(house.id) as tenant:
        item = products.get(tenant, "velvet-lipstick")
        raw = item.as_draft()
        raw["definition"]["name"] = "Velvet, renamed"
        from tryon.store.definition import draft_of

        products.replace(tenant, item.sku, draft_of(raw), None)
    assert live.news() is None
    with store.write(house.id) as tenant:
        files = {asset.name: asset.sha256 for asset in current_files(tenant, item.id)}
        products.publish(tenant, item.sku, None, files)
    second = live.news()
    assert second is not None
    assert [product.name for product in second] == [first[0].name, "Velvet, renamed"]
    assert second[0] is first[0], "what did not change is not read again"
    with store.write(house.id) as tenant:
        products.unpublish(tenant, item.sku, None)
    third = live.news()
    assert third is not None
    assert [product.sku for product in third] == ["meridian-gunmetal"]
    live.close()
    store.close()


def test_the_folder_is_followed_by_what_nobody_touched(store_settings: Settings) -> None:
    store = open_catalogue(store_settings)
    folder = store_settings.catalogue_dir
    assert folder is not None
    assert follow_folder(store, folder) == 0
    rewrite(folder / "meridian-gunmetal", name="Meridian Mark Two")
    shutil.copytree(folder / "velvet-lipstick", folder / "new-lipstick")
    rewrite(folder / "new-lipstick", sku="new-lipstick")
    assert follow_folder(store, folder) == 2
    assert [item.name for item in listed(store)] == [
        "Meridian Mark Two",
        "Velvet Lipstick",
        "Velvet Lipstick",
    ]
    with store.write(find_merchant(store, HOUSE).id) as tenant:
        products.remove(tenant, "new-lipstick", None)
        products.unpublish(tenant, "velvet-lipstick", None)
    for sku in ("new-lipstick", "velvet-lipstick"):
        rewrite(folder / sku, name="Newer")
    assert follow_folder(store, folder) == 2
    assert [(item.sku, item.name, item.state) for item in listed(store)] == [
        ("meridian-gunmetal", "Meridian Mark Two", "live"),
        ("velvet-lipstick", "Velvet Lipstick", "draft"),
    ]
    store.close()


def test_a_folder_that_cannot_be_written_will_do(store_settings: Settings) -> None:
    folder = store_settings.catalogue_dir
    assert folder is not None
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    store = open_catalogue(store_settings)
    live = LiveCatalogue(store_settings)
    assert len(live.news() or ()) == 2
    live.close()
    store.close()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def test_a_broken_folder_is_told(store_settings: Settings) -> None:
    folder = store_settings.catalogue_dir
    assert folder is not None
    (folder / "meridian-gunmetal" / "model.glb").unlink()
    with pytest.raises(BadAsset, match=r"model\.glb"):
        open_catalogue(store_settings)


def test_a_product_without_its_file_cannot_be_published_or_shown(store_settings: Settings) -> None:
    store = open_catalogue(store_settings)
    house = find_merchant(store, HOUSE)
    with store.read(house.id) as tenant:
        item = products.get(tenant, "meridian-gunmetal")
        assert current_of_many(tenant, [item.id])[item.id] == list(current_files(tenant, item.id))
        assert {asset.version for asset in all_files(tenant, item.id)} == {1}
    assert item.live is not None
    check_whole(store.blobs, house.id, item.live)
    with pytest.raises(StoreInvalid, match=r"cannot be published yet.*model\.glb"):
        check_whole(store.blobs, house.id, {**item.live, "files": {}})
    store.blobs.remove(house.id, item.live["files"]["model.glb"])
    with pytest.raises(StoreMissing):
        check_whole(store.blobs, house.id, item.live)
    live = LiveCatalogue(store_settings)
    assert [product.sku for product in live.news() or ()] == ["velvet-lipstick"]
    live.close()
    store.close()


def test_a_folder_is_shelved_once_and_whole(store_settings: Settings, tmp_path: Path) -> None:
    store = open_catalogue(store_settings)
    house = find_merchant(store, HOUSE)
    item = next(item for item in listed(store) if item.kind == "eyewear")
    assert item.live is not None
    shelf = tmp_path / "shelf"
    place = shelve(store.blobs, house.id, shelf, item.live)
    assert shelve(store.blobs, house.id, shelf, item.live) == place
    assert [entry.name for entry in shelf.iterdir()] == [place.parent.name]
    draft, files, _ = read_folder(place)
    assert draft.definition.sku == item.sku
    assert set(files) == {"model.glb", "thumbnail.png"}
    with laid_out(store.blobs, house.id, item.live) as there:
        assert fingerprint(there) == fingerprint(place)
    assert not there.exists()
    store.close()


def test_what_is_shown_no_more_stays_for_a_day_however_old_it_is(store_settings: Settings) -> None:
    """Another process may be a moment behind, and load its mesh now."""
    store = open_catalogue(store_settings)
    house = find_merchant(store, HOUSE)
    live = LiveCatalogue(store_settings)
    place = next(product.path.parent for product in live.news() or () if product.kind == "eyewear")
    two_days = 2 * 24 * 3600
    old = (time.time() - two_days,) * 2
    os.utime(place, old)
    with store.write(house.id) as tenant:
        shown = products.get(tenant, "meridian-gunmetal").live
        products.unpublish(tenant, "meridian-gunmetal", None)
    assert len(live.news() or ()) == 1
    assert place.is_dir()
    assert shown is not None
    os.utime(place, old)
    shelve(store.blobs, house.id, place.parent, shown)
    assert time.time() - place.stat().st_mtime < two_days / 2
    os.utime(place, old)
    with store.write(house.id) as tenant:
        raise_live_version(tenant)
    live.news()
    assert not place.exists()
    live.close()
    store.close()


def test_what_was_seen_last_holds_while_the_store_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tryon.store.database.LOCK_WAIT_S", 0.1)
    settings = Settings(store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    open_catalogue(settings).close()
    live = LiveCatalogue(settings)
    assert live.news()
    file = settings.store_dir / "tryon.db"
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE merchants SET live_version = live_version + 1")
    raw.close()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert live.news() is None
    assert live.news() is None
    assert caplog.text.count("store_unavailable") == 1
    fresh = LiveCatalogue(settings)
    with pytest.raises(StoreDown):
        fresh.news()
    holder.execute("ROLLBACK")
    holder.close()
    assert live.news()
    live.close()
    fresh.close()
