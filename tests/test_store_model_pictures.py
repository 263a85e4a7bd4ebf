"""Photos of models with their releases, on both engines."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.published import put
from tryon.errors import StoreInvalid, StoreMissing
from tryon.store import tables
from tryon.store.assets import add_upload, list_uploads
from tryon.store.erase import remove_blob
from tryon.store.events import list_events
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.model_pictures import (
    PICTURES_MAX,
    ModelPicture,
    Picture,
    Release,
    add_picture,
    check_release,
    erase_picture,
    get_picture,
    list_pictures,
)
from tryon.store.store import Store
from tryon.store.sweep import sweep

NOON = datetime(2026, 5, 10, 12, tzinfo=timezone.utc)
NOON_MS = int(NOON.timestamp() * 1000)
DAY_MS = 24 * 3600 * 1000
SIGNED = date(2026, 5, 1)


@pytest.fixture
def acme(store: Store) -> Merchant:
    store.now_ms = lambda: NOON_MS
    return add_merchant(store, "acme")


def added(
    store: Store, merchant: Merchant, tmp_path: Path, content: bytes, expires: date | None = None
) -> ModelPicture:
    sha256, size = put(store, merchant, tmp_path, content)
    with store.write(merchant.id, "user:1") as tenant:
        upload = add_upload(tenant, "face.jpg", sha256, size)
        release = Release("Ada Example", SIGNED, "For product pictures.", expires)
        return add_picture(tenant, Picture(sha256, 480, 640), release, upload)


def test_a_picture_is_its_merchants_alone_and_its_upload_is_gone(
    store: Store, acme: Merchant, tmp_path: Path
) -> None:
    made = added(store, acme, tmp_path, b"one", date(2026, 6, 1))
    other = add_merchant(store, "other")
    with store.read(acme.id) as tenant:
        assert list_pictures(tenant) == (made,)
        assert get_picture(tenant, made.id).release.name == "Ada Example"
        assert list_uploads(tenant, 9) == ()
        # The log outlives the picture, and names nobody.
        assert all("Ada" not in str(event) for event in list_events(tenant, 9))
    with store.read(other.id) as tenant:
        assert list_pictures(tenant) == ()
        with pytest.raises(StoreMissing):
            get_picture(tenant, made.id)
    with pytest.raises(StoreMissing):
        erase_picture(store, other.id, "user:2", made.id)
    assert store.blobs.has(acme.id, made.sha256)


def test_deleting_takes_the_row_and_the_file_unless_another_needs_it(
    store: Store, acme: Merchant, tmp_path: Path
) -> None:
    one, twin = (added(store, acme, tmp_path, b"same") for _ in range(2))
    # A file that a model picture needs is taken by nobody else's deletion.
    assert not remove_blob(store, acme.id, one.sha256)
    erase_picture(store, acme.id, "user:1", one.id)
    assert store.blobs.has(acme.id, twin.sha256)
    erase_picture(store, acme.id, "user:1", twin.id)
    assert not store.blobs.has(acme.id, twin.sha256)
    with store.read(acme.id) as tenant:
        assert tenant.connection.execute(select(tables.model_pictures)).all() == []
        assert [event.what for event in list_events(tenant, 9)].count("model.deleted") == 2


def test_an_expired_release_is_not_used_and_swept(store: Store, acme: Merchant, tmp_path: Path) -> None:
    made = added(store, acme, tmp_path, b"one", date(2026, 5, 10))
    kept = added(store, acme, tmp_path, b"two")
    assert sweep(store, orphan_s=0.0).rows == 0
    assert store.blobs.has(acme.id, made.sha256)
    # Its last day has ended.
    store.now_ms = lambda: NOON_MS + DAY_MS // 2
    with store.read(acme.id) as tenant:
        assert list_pictures(tenant) == (kept,)
        with pytest.raises(StoreMissing, match="release has ended"):
            get_picture(tenant, made.id)
    assert sweep(store, orphan_s=0.0).rows == 1
    assert not store.blobs.has(acme.id, made.sha256)
    assert store.blobs.has(acme.id, kept.sha256)


def test_there_are_so_many_and_no_more(store: Store, acme: Merchant, tmp_path: Path) -> None:
    # One that ends today takes its room until then.
    for number in range(PICTURES_MAX):
        added(store, acme, tmp_path, f"{number}".encode(), NOON.date() if number == 0 else None)
    with pytest.raises(StoreInvalid, match=f"There are {PICTURES_MAX} model pictures"):
        added(store, acme, tmp_path, b"more")
    store.now_ms = lambda: NOON_MS + DAY_MS
    added(store, acme, tmp_path, b"more")


@pytest.mark.parametrize(
    ("signed", "expires", "until"),
    [
        (SIGNED, None, None),
        (SIGNED, NOON.date(), datetime(2026, 5, 11, tzinfo=timezone.utc)),
        # Nobody's calendar has a day after it.
        (SIGNED, date.max, None),
        # In Kiribati it is tomorrow.
        (NOON.date() + timedelta(days=1), None, None),
    ],
)
def test_days_of_a_release(signed: date, expires: date | None, until: datetime | None) -> None:
    found = check_release(Release("Ada", signed, "", expires), NOON_MS)
    assert found == (None if until is None else int(until.timestamp() * 1000))


@pytest.mark.parametrize(
    ("signed", "expires", "said"),
    [
        (NOON.date() + timedelta(days=2), None, "still to come"),
        (SIGNED, SIGNED - timedelta(days=1), "before it was signed"),
        (SIGNED, NOON.date() - timedelta(days=1), "has ended already"),
    ],
)
def test_days_that_cannot_be(signed: date, expires: date | None, said: str) -> None:
    with pytest.raises(StoreInvalid, match=said):
        check_release(Release("Ada", signed, "", expires), NOON_MS)
