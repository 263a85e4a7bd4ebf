"""What the pages show of their merchant: words by language, logo, stylesheet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession

from tests.served import served
from tryon.config import Settings
from tryon.store import storefront
from tryon.store.assets import record_blob
from tryon.store.blobs import copy_in
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Logo, Storefront, Theme, Words
from tryon.web.shopfront import choose
from tryon.web.words import liked

TEXTS = (
    Words(language="en", title="Alder & Finch"),
    Words(
        language="de",
        title="Erle",
        lead="Auf dem eigenen Gesicht.",
        consent="Eins.\n\nZwei <b>.",
        privacy_link="https://shop.example/privacy",
    ),
    Words(language="pt-BR", title="Amieiro"),
)


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("", "Alder & Finch"),
        ("de", "Erle"),
        ("de-AT,en;q=0.5", "Erle"),
        ("en;q=0.3,de;q=0.9", "Erle"),
        ("fr,pt;q=0.2", "Amieiro"),
        ("fr;q=1.0, *;q=0.1", "Alder & Finch"),
        ("de;q=0,pt-BR;q=0.4", "Amieiro"),
        ("x" * 5000, "Alder & Finch"),
        (";;q=,,de;q=2", "Alder & Finch"),
    ],
)
def test_the_shopper_gets_the_language_that_comes_nearest(accepted: str, title: str) -> None:
    chosen = choose(TEXTS, liked("", "", accepted))
    assert chosen is not None
    assert chosen.title == title


def test_the_merchants_words_follow_the_pages_language() -> None:
    for asked, fixed, title in (
        ("de", "", "Erle"),
        ("", "de", "Erle"),
        ("pt-br", "de", "Amieiro"),
        ("fr", "", "Alder & Finch"),
    ):
        chosen = choose(TEXTS, liked(asked, fixed, "en"))
        assert chosen is not None
        assert chosen.title == title, asked


def test_without_texts_there_is_nothing_to_choose() -> None:
    assert choose((), ["de"]) is None


@dataclass
class Site:
    http: ClientSession
    url: str
    store: Store
    house: Merchant

    async def get(self, path: str, **headers: str) -> tuple[int, Any, str]:
        async with self.http.get(self.url + path, headers=headers) as response:
            return response.status, response.headers, (await response.read()).decode("utf-8", "replace")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings(threads=1, store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    store = Store.open(settings)
    house = add_merchant(store, "house")
    async with served(settings) as url, ClientSession() as http:
        yield Site(http, url, store, house)
    store.close()


async def test_a_merchant_without_settings_has_the_mirrors_own_page(site: Site) -> None:
    _, _, body = await site.get("/")
    assert '<p class="wordmark">Tryon</p>' in body
    assert "/storefront/" not in body
    assert "own-consent" not in body
    assert (await site.get("/storefront/logo.png"))[0] == 404
    assert (await site.get("/storefront/theme.css"))[2] == ""


async def test_words_and_colours_show_at_once(site: Site) -> None:
    with site.store.write(site.house.id) as tenant:
        front = Storefront(theme=Theme(accent="#7a3b12", background="#101820"), texts=TEXTS)
        storefront.replace(tenant, front, 0)
    _, headers, body = await site.get("/", **{"Accept-Language": "de-CH"})
    assert headers["Vary"] == "Accept-Language"
    assert '<p class="wordmark brand" lang="de">Erle</p>' in body
    assert "Auf dem eigenen Gesicht." in body
    assert "<p>Zwei &lt;b&gt;.</p>" in body
    assert 'href="https://shop.example/privacy"' in body
    assert '<meta name="color-scheme" content="dark">' in body
    assert '<meta name="theme-color" content="#101820">' in body
    # The mirror's own four promises stay.
    assert body.count("<strong>") >= 4
    address = body.split('<link rel="stylesheet" href="/storefront')[1].split('"')[0]
    status, headers, css = await site.get(f"/storefront{address}")
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in headers["Cache-Control"]
    assert "--paper: #101820" in css
    assert (await site.get("/storefront/theme.css?v=old"))[1]["Cache-Control"] == "no-cache"


async def test_a_logo_takes_the_titles_place(site: Site, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(cv2.imencode(".png", np.full((20, 60, 4), 9, np.uint8))[1].tobytes())
    sha256, size = copy_in(site.store.blobs, site.house.id, picture)
    with site.store.write(site.house.id) as tenant:
        record_blob(site.store.database, site.store.blobs, tenant, sha256, size)
        storefront.replace(tenant, Storefront(texts=TEXTS), 0)
        storefront.set_logo(tenant, Logo(sha256, 60, 20), 1)
    _, _, body = await site.get("/")
    assert (
        f'src="/storefront/logo.png?v={sha256[:16]}" width="60" height="20" alt="Alder &amp; Finch"' in body
    )
    status, headers, raw = await site.get(f"/storefront/logo.png?v={sha256[:16]}")
    assert (status, headers["Content-Type"], raw[1:4]) == (200, "image/png", "PNG")
    assert "immutable" in headers["Cache-Control"]
