"""The page's settings: versions, what is refused, and the logo's blob."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tryon.errors import StoreConflict, StoreInvalid
from tryon.store import events, storefront
from tryon.store.assets import record_blob
from tryon.store.blobs import copy_in
from tryon.store.merchants import add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Logo, Storefront, Theme, Words, notes_on
from tryon.store.sweep import sweep

FRONT = Storefront(
    origins=("https://shop.example",),
    theme=Theme(accent="#7A3B12", background="#faf8f5", font="serif", radius_px=4),
    texts=(Words(language="en", title="Alder", consent="One.\nTwo."), Words(language="de", title="Erle")),
)


def test_settings_from_nothing_to_their_second_version(store: Store) -> None:
    acme, other = add_merchant(store, "acme"), add_merchant(store, "other")
    with store.read(acme.id) as tenant:
        assert storefront.get(tenant) == storefront.Kept(Storefront(), None, 0, 0)
    with store.write(acme.id, "me") as tenant:
        kept = storefront.replace(tenant, FRONT, 0)
    assert (kept.front, kept.version) == (FRONT, 1)
    assert kept.front.theme.accent == "#7a3b12"
    with store.write(acme.id) as tenant:
        assert storefront.replace(tenant, Storefront(), 1).version == 2
        assert events.list_events(tenant, 9)[0].what == "storefront.changed"
    with store.read(other.id) as tenant:
        assert storefront.get(tenant).version == 0


@pytest.mark.parametrize("version", [0, 1, 7])
def test_whoever_was_slower_is_told_both_versions(store: Store, version: int) -> None:
    acme = add_merchant(store, "acme")
    with store.write(acme.id) as tenant:
        storefront.replace(tenant, FRONT, 0)
        storefront.replace(tenant, FRONT, 1)
    with pytest.raises(StoreConflict) as caught, store.write(acme.id) as tenant:
        storefront.replace(tenant, Storefront(), version)
    assert caught.value.details == {"given_version": version, "current_version": 2}
    with store.read(acme.id) as tenant:
        assert storefront.get(tenant).front == FRONT


def test_a_logo_keeps_its_blob_from_the_sweeper(store: Store, tmp_path: Path) -> None:
    acme = add_merchant(store, "acme")
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"a picture")
    sha256, size = copy_in(store.blobs, acme.id, picture)
    with store.write(acme.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, size)
        kept = storefront.set_logo(tenant, Logo(sha256, 40, 20), 0)
    assert (kept.logo, kept.front) == (Logo(sha256, 40, 20), Storefront())
    assert sweep(store, orphan_s=-1).rows == 0
    assert store.blobs.has(acme.id, sha256)
    with store.write(acme.id) as tenant:
        assert storefront.set_logo(tenant, None, 1).logo is None
    assert sweep(store, orphan_s=-1).rows == 1
    assert not store.blobs.has(acme.id, sha256)


def test_origins_are_kept_as_browsers_say_them_and_once() -> None:
    given = ("https://shop.example/", "https://shop.example", "http://localhost:3000")
    assert Storefront(origins=given).origins == ("https://shop.example", "http://localhost:3000")
    assert notes_on(given) == (
        "https://shop.example/ is kept as https://shop.example: an origin has no slash at its end.",
    )


def test_an_origin_that_is_none_is_refused_with_its_own_sentence() -> None:
    with pytest.raises(StoreInvalid, match="no path"):
        Storefront(origins=("https://shop.example/x",))


@pytest.mark.parametrize(
    "given",
    [
        {"theme": {"accent": "red"}},
        {"theme": {"accent": "#12345"}},
        {"theme": {"font": "Comic Sans"}},
        {"theme": {"radius_px": 33}},
        {"theme": {"radius_px": -1}},
        {"theme": {"css": "body{}"}},
        {"texts": [{"language": "english"}]},
        {"texts": [{"language": "en"}, {"language": "en"}]},
        {"texts": [{"language": "en", "title": "x" * 41}]},
        {"texts": [{"language": "en", "title": "two\nlines"}]},
        {"texts": [{"language": "en", "consent": "bell \x07"}]},
        {"texts": [{"language": "en", "privacy_link": "javascript:alert(1)"}]},
        {"origins": [f"https://shop{number}.example" for number in range(51)]},
    ],
)
def test_what_breaks_a_rule_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Storefront.model_validate(given)
