"""Page settings in archives of the catalogue."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.published import put
from tryon.errors import StoreInvalid
from tryon.store import front_archive, logo, storefront
from tryon.store.archive import MANIFEST, Imported, bring_in, export
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Kept, Logo, Storefront

FRONT = Storefront.model_validate(
    {
        "origins": ["https://shop.example"],
        "theme": {"accent": "#b3121d", "font": "serif", "radius_px": 4},
        "texts": [{"language": "de", "title": "Spiegel", "lead": "Guten Tag."}],
    }
)


@pytest.fixture
def archive(store: Store, acme: Merchant, tmp_path: Path) -> Path:
    """Of a shop with all settings and a logo."""
    done, png = cv2.imencode(".png", np.full((40, 90, 3), (20, 90, 200), np.uint8))
    assert done
    made, width, height = logo.rebuild(png.tobytes())
    sha256, _ = put(store, acme, tmp_path, made)
    with store.write(acme.id) as tenant:
        kept = storefront.replace(tenant, FRONT, 0)
        storefront.set_logo(tenant, Logo(sha256, width, height), kept.version)
    path = tmp_path / "shop.zip"
    assert export(store, acme.id, path) == 0
    return path


def kept_of(store: Store, merchant: Merchant) -> Kept:
    with store.read(merchant.id) as tenant:
        return storefront.get(tenant)


def changed(archive: Path, change: Callable[[dict[str, Any]], None], *, leave: str = "") -> Path:
    """The archive with another list, and without a file."""
    path = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == MANIFEST:
                told = json.loads(data)
                change(told)
                data = json.dumps(told).encode()
            if name != leave:
                target.writestr(name, data)
    return path


def test_settings_and_logo_come_to_a_shop_that_has_none(store: Store, acme: Merchant, archive: Path) -> None:
    other = add_merchant(store, "other")
    assert bring_in(store, other.id, archive) == Imported(0, 0, 0, (), True)
    there, here = kept_of(store, acme), kept_of(store, other)
    assert (here.front, here.logo) == (FRONT, there.logo)
    assert here.logo is not None
    assert store.blobs.has(other.id, here.logo.sha256)
    # The same shop makes the same archive.
    again = archive.with_name("again.zip")
    export(store, acme.id, again)
    assert again.read_bytes() == archive.read_bytes()


def test_settings_that_are_there_stay_unless_they_are_to_be_replaced(store: Store, archive: Path) -> None:
    other = add_merchant(store, "other")
    own = Storefront.model_validate({"origins": ["https://own.example"]})
    with store.write(other.id) as tenant:
        storefront.replace(tenant, own, 0)
    assert bring_in(store, other.id, archive).front is False
    assert kept_of(store, other).front == own
    assert bring_in(store, other.id, archive, front=True).front is True
    assert kept_of(store, other).front == FRONT
    bare = changed(archive, lambda told: told["storefront"].update(logo=None), leave=front_archive.LOGO)
    assert bring_in(store, other.id, bare, front=True).front is True
    assert kept_of(store, other).logo is None


def test_an_archive_of_an_older_version_has_none(store: Store, archive: Path) -> None:
    other = add_merchant(store, "other")

    def older(told: dict[str, Any]) -> None:
        told["version"] = 1
        del told["storefront"]

    assert bring_in(store, other.id, changed(archive, older)) == Imported(0, 0, 0, (), None)
    assert kept_of(store, other).version == 0
    with pytest.raises(StoreInvalid, match="version 3"):
        bring_in(store, other.id, changed(archive, lambda told: told.update(version=3)))


@pytest.mark.parametrize(
    ("change", "leave", "said"),
    [
        ({"origins": ["ftp://shop.example"]}, "", "has no https://"),
        ({"theme": {"accent": "red"}}, "", "accent"),
        ({"more": 1}, "", "more"),
        ({}, front_archive.LOGO, "lacks the logo"),
        ({"logo": "0" * 64}, "", "damaged"),
    ],
)
def test_settings_that_are_wrong_are_told_and_change_nothing(
    store: Store, archive: Path, change: dict[str, Any], leave: str, said: str
) -> None:
    other = add_merchant(store, "other")
    path = changed(archive, lambda told: told["storefront"].update(change), leave=leave)
    found = bring_in(store, other.id, path)
    assert found.front is None
    (sentence,) = found.refused
    assert sentence.startswith("The page's settings: ")
    assert said in sentence
    assert kept_of(store, other).version == 0
