"""Deleting for good, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published import lipstick, publish, put
from tryon.config import Settings
from tryon.errors import StoreConflict, StoreMissing
from tryon.store import jobs, products
from tryon.store.assets import add_upload, all_files, list_uploads
from tryon.store.editions import list_editions
from tryon.store.erase import erase
from tryon.store.folder import shelf_name, shelve
from tryon.store.merchants import Merchant
from tryon.store.place import shelf
from tryon.store.store import Store
from tryon.store.storefront import Logo, set_logo


def test_deleting_takes_rows_files_uploads_and_what_the_mirror_keeps(
    store: Store, acme: Merchant, tmp_path: Path, store_settings: Settings
) -> None:
    own, shared = put(store, acme, tmp_path, b"own"), put(store, acme, tmp_path, b"shared")
    publish(store, acme, lipstick(sku="other"), shared)
    item = publish(store, acme, lipstick(), shared)
    item = publish(store, acme, lipstick(name="Two"), own)
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


@pytest.mark.parametrize("field", ["upload", "side"])
def test_what_waits_to_become_another_product_stays(
    store: Store, acme: Merchant, tmp_path: Path, store_settings: Settings, field: str
) -> None:
    photo = put(store, acme, tmp_path, b"photo")
    publish(store, acme, lipstick(), photo)
    with store.write(acme.id) as tenant:
        first, second = (add_upload(tenant, "photo.jpg", *photo) for _ in range(2))
        order = {"sku": "anew"} | ({"side": first.id} if field == "side" else {})
        job = jobs.submit(tenant, "eyewear-photo", order, first.id if field == "upload" else None)
    assert erase(store_settings, store, acme.id, "user:1", "velvet", None).files == 0
    with store.write(acme.id) as tenant:
        assert [upload.id for upload in list_uploads(tenant, 9)] == [first.id]
        jobs.cancel(tenant, job.id)
    assert second.id != first.id
    assert store.blobs.has(acme.id, photo[0])


def test_a_file_that_is_the_shops_logo_as_well_stays(
    store: Store, acme: Merchant, tmp_path: Path, store_settings: Settings
) -> None:
    picture = put(store, acme, tmp_path, b"logo")
    publish(store, acme, lipstick(), picture)
    with store.write(acme.id) as tenant:
        set_logo(tenant, Logo(picture[0], 8, 8), 0)
    assert erase(store_settings, store, acme.id, "user:1", "velvet", None).files == 0
    assert store.blobs.has(acme.id, picture[0])
