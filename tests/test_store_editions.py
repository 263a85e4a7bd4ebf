"""What was live once, going back to it, states, and deleting for good, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tryon.config import Settings
from tryon.errors import StoreConflict, StoreMissing
from tryon.store import editions, products
from tryon.store.assets import add_files, add_upload, all_files, current_files, list_uploads, record_blob
from tryon.store.blobs import copy_in
from tryon.store.definition import draft_of
from tryon.store.editions import get_edition, list_editions
from tryon.store.erase import erase
from tryon.store.folder import shelf_name, shelve
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.place import shelf
from tryon.store.products import Wanted
from tryon.store.rollback import roll_back
from tryon.store.states import STATES, counts
from tryon.store.store import Store


def lipstick(name: str = "Velvet", sku: str = "velvet") -> Any:
    shades = [{"id": "red", "name": "Classic Red", "color": "#b3121d"}]
    kind = {"kind": "makeup", "type": "lipstick", "finish": "satin", "coverage": 0.8, "shades": shades}
    return draft_of({"definition": {"sku": sku, "name": name, **kind}})


@pytest.fixture
def acme(store: Store) -> Merchant:
    return add_merchant(store, "acme")


def put(store: Store, merchant: Merchant, tmp_path: Path, content: bytes) -> tuple[str, int]:
    path = tmp_path / "file"
    path.write_bytes(content)
    kept = copy_in(store.blobs, merchant.id, path)
    with store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, *kept)
    return kept


def publish(store: Store, merchant: Merchant, draft: Any, picture: tuple[str, int]) -> products.Item:
    with store.write(merchant.id, "user:1") as tenant:
        sku = draft.definition.sku
        item = products.find(tenant, sku)
        item = products.create(tenant, draft) if item is None else products.replace(tenant, sku, draft, None)
        add_files(tenant, item.id, {"thumbnail.png": picture})
        return products.publish(tenant, sku, None, {"thumbnail.png": picture[0]})


def test_each_publication_is_kept_and_can_be_gone_back_to(
    store: Store, acme: Merchant, tmp_path: Path
) -> None:
    red, blue = put(store, acme, tmp_path, b"red"), put(store, acme, tmp_path, b"blue")
    first = publish(store, acme, lipstick("Red"), red)
    second = publish(store, acme, lipstick("Blue"), blue)
    with store.write(acme.id, "user:2") as tenant:
        kept = list_editions(tenant, first.id)
        assert [(one.number, one.document["definition"]["name"], one.actor) for one in kept] == [
            (second.live_version, "Blue", "user:1"),
            (first.live_version, "Red", "user:1"),
        ]
        assert first.live_version is not None
        with pytest.raises(StoreConflict):
            roll_back(tenant, "velvet", first.live_version, second.version - 1)
        item = roll_back(tenant, "velvet", first.live_version, second.version)
        assert (item.name, item.state) == ("Red", "changed")
        assert item.live is not None
        assert item.live["definition"]["name"] == "Blue"
        assert [(one.sha256, one.bytes) for one in current_files(tenant, item.id)] == [red]
        with pytest.raises(StoreMissing, match="any more"):
            roll_back(tenant, "velvet", 999, None)


def test_only_so_many_are_kept(
    store: Store, acme: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "EDITIONS_MAX", 3)
    picture = put(store, acme, tmp_path, b"red")
    for number in range(5):
        item = publish(store, acme, lipstick(f"Red {number}"), picture)
    with store.read(acme.id) as tenant:
        assert [one.document["definition"]["name"][-1] for one in list_editions(tenant, item.id)] == [
            "4",
            "3",
            "2",
        ]
        with pytest.raises(StoreMissing):
            get_edition(tenant, item.id, 2)


def test_where_products_stand(store: Store, acme: Merchant, tmp_path: Path) -> None:
    picture = put(store, acme, tmp_path, b"red")
    for sku in STATES:
        if sku == "draft":
            with store.write(acme.id) as tenant:
                products.create(tenant, lipstick(sku=sku))
        else:
            publish(store, acme, lipstick(sku=sku), picture)
    with store.write(acme.id) as tenant:
        products.replace(tenant, "changed", lipstick("Other", "changed"), None)
        assert products.archive(tenant, "archived", None).live is None
        assert products.archive(tenant, "archived", None).state == "archived"
        for state in STATES:
            assert [item.sku for item in products.page(tenant, Wanted(state=state), 9)] == [state]
            assert products.get(tenant, state).state == state
        assert counts(tenant) == dict.fromkeys(STATES, 1)
        assert [item.sku for item in products.page(tenant, Wanted(archived=False), 9)] == [
            "changed",
            "draft",
            "live",
        ]
        assert [sku for sku, _, _ in products.all_live(tenant)] == ["changed", "live"]
        assert products.restore(tenant, "archived", None).state == "draft"
        assert products.restore(tenant, "archived", None).state == "draft"
        # Publishing takes it out, too.
        products.archive(tenant, "archived", None)
        assert products.publish(tenant, "archived", None, {}).state == "live"


def test_deleting_takes_rows_files_uploads_and_what_the_mirror_keeps(
    store: Store, acme: Merchant, tmp_path: Path, store_settings: Settings
) -> None:
    own, shared = put(store, acme, tmp_path, b"own"), put(store, acme, tmp_path, b"shared")
    publish(store, acme, lipstick(sku="other"), shared)
    item = publish(store, acme, lipstick(), shared)
    item = publish(store, acme, lipstick("Two"), own)
    assert item.live is not None
    with store.write(acme.id) as tenant:
        add_upload(tenant, "own.png", *own)
        kept = add_upload(tenant, "shared.png", *shared)
    place = shelve(store.blobs, acme.id, shelf(store_settings, acme.id), item.live)
    assert place.exists()
    with pytest.raises(StoreConflict):
        erase(store_settings, store, acme.id, "user:1", "velvet", 1)
    gone = erase(store_settings, store, acme.id, "user:1", "velvet", item.version)
    assert (gone.files, gone.bytes) == (1, len(b"own"))
    assert not store.blobs.has(acme.id, own[0])
    assert store.blobs.has(acme.id, shared[0])
    assert not (shelf(store_settings, acme.id) / shelf_name(acme.id, item.live)).exists()
    with store.read(acme.id) as tenant:
        assert [upload.id for upload in list_uploads(tenant, 9)] == [kept.id]
        assert all_files(tenant, item.id) == ()
        assert list_editions(tenant, item.id) == ()
        with pytest.raises(StoreMissing):
            products.get(tenant, "velvet")
    with pytest.raises(StoreMissing):
        erase(store_settings, store, acme.id, "user:1", "velvet", None)
