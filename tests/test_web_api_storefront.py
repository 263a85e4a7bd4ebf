"""The storefront over the API: settings with versions, the logo, and tokens for the shop's pages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession

from tests.published import lipstick_told
from tests.served import bare_settings, served
from tryon.config import Settings
from tryon.errors import TokenUnknown
from tryon.store import embed_tokens
from tryon.store.house import open_catalogue
from tryon.store.merchants import SCOPES, Scope, find_merchant, make_token
from tryon.store.store import Store

SHOP = "https://shop.example"
FRONT = {
    "origins": [SHOP],
    "theme": {"accent": "#7a3b12", "font": "serif", "radius_px": 4},
    "texts": [{"language": "en", "title": "Alder & Finch"}, {"language": "de", "title": "Erle"}],
}


@dataclass
class Site:
    http: ClientSession
    url: str
    settings: Settings
    store: Store

    async def ask(
        self, method: str, path: str, body: Any = None, version: int | None = None
    ) -> tuple[int, Any, Any]:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        data = body
        if body is not None and not isinstance(body, bytes):
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        async with self.http.request(method, self.url + path, data=data, headers=headers) as response:
            raw = await response.read()
            return response.status, response.headers, json.loads(raw) if raw[:1] == b"{" else raw


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = bare_settings(tmp_path)
    async for made in _site(settings):
        yield made


async def _site(settings: Settings, *scopes: Scope) -> AsyncIterator[Site]:
    store = open_catalogue(settings)
    with store.write(find_merchant(store, "house").id) as tenant:
        token = make_token(tenant, "test", scopes or SCOPES)[1]
    try:
        async with (
            served(settings) as url,
            ClientSession(headers={"Authorization": f"Bearer {token}"}) as http,
        ):
            yield Site(http, url, settings, store)
    finally:
        store.close()


async def test_settings_are_read_changed_and_kept_by_version(site: Site) -> None:
    status, headers, told = await site.ask("GET", "/v1/storefront")
    assert (status, headers["ETag"], told["origins"], told["version"]) == (200, '"0"', [], 0)
    status, headers, told = await site.ask("PUT", "/v1/storefront", FRONT, 0)
    assert (status, headers["ETag"]) == (200, '"1"')
    assert told["theme"] == {"accent": "#7a3b12", "background": "", "font": "serif", "radius_px": 4}
    assert told["languages"] == ["en", "de"]
    assert told["notes"] == []
    status, _, told = await site.ask("PUT", "/v1/storefront", FRONT, 0)
    error = told["error"]
    assert (status, error["code"], error["given_version"], error["current_version"]) == (
        409,
        "version_conflict",
        0,
        1,
    )
    assert (await site.ask("PUT", "/v1/storefront", FRONT))[0] == 428


async def test_a_slash_at_an_origins_end_is_put_right_with_words(site: Site) -> None:
    status, _, told = await site.ask("PUT", "/v1/storefront", {"origins": [f"{SHOP}/"]}, 0)
    assert (status, told["origins"]) == (200, [SHOP])
    assert told["notes"] == [f"{SHOP}/ is kept as {SHOP}: an origin has no slash at its end."]


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"origins": ["http://shop.example"]}, "origins", "http is for localhost alone"),
        ({"origins": ["https://shop.example/cart"]}, "origins", "no path; write https://shop.example,"),
        ({"origins": ["*"]}, "origins", "no wildcards"),
        ({"theme": {"accent": "red"}}, "theme.accent", ""),
        ({"theme": {"font": "Papyrus"}}, "theme.font", ""),
        ({"texts": [{"language": "en"}, {"language": "en"}]}, "texts", "once"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(site: Site, body: Any, field: str, told: str) -> None:
    status, _, said = await site.ask("PUT", "/v1/storefront", body, 0)
    assert (status, said["error"]["field"]) == (422, field)
    assert told in said["error"]["sentence"]


async def test_a_logo_from_its_upload_to_its_end(site: Site) -> None:
    picture = np.full((60, 200, 4), 255, np.uint8)
    png = cv2.imencode(".png", picture)[1].tobytes()
    _, _, upload = await site.ask("POST", "/v1/uploads?name=logo.png", png)
    status, headers, told = await site.ask("PUT", "/v1/storefront/logo", {"upload": upload["id"]}, 0)
    assert (status, headers["ETag"]) == (200, '"1"')
    assert told["logo"] == {"width_px": 200, "height_px": 60, "href": "/v1/storefront/logo"}
    status, headers, raw = await site.ask("GET", "/v1/storefront/logo")
    assert (status, headers["Content-Type"], raw[:4]) == (200, "image/png", b"\x89PNG")
    status, _, told = await site.ask("DELETE", "/v1/storefront/logo", version=1)
    assert (status, told["logo"], told["version"]) == (200, None, 2)
    assert (await site.ask("GET", "/v1/storefront/logo"))[0] == 404


async def test_a_logo_that_is_none_is_told(site: Site) -> None:
    _, _, upload = await site.ask("POST", "/v1/uploads?name=logo.svg", b"<svg onload='x()'/>")
    status, _, told = await site.ask("PUT", "/v1/storefront/logo", {"upload": upload["id"]}, 0)
    assert (status, told["error"]["field"]) == (422, "upload")
    assert "neither PNG nor JPEG" in told["error"]["sentence"]
    assert (await site.ask("PUT", "/v1/storefront/logo", {"upload": "0" * 32}, 0))[0] == 404


async def test_a_shops_server_makes_tokens_for_its_own_pages_and_live_products(site: Site) -> None:
    await site.ask("PUT", "/v1/storefront", FRONT, 0)
    await site.ask("POST", "/v1/products", lipstick_told())
    wish = {"sku": "velvet", "origin": SHOP}
    status, _, told = await site.ask("POST", "/v1/embed/tokens", wish)
    assert (status, "publish it first" in told["error"]["sentence"]) == (404, True)
    await site.ask("POST", "/v1/products/velvet/publish")
    status, _, told = await site.ask("POST", "/v1/embed/tokens", {**wish, "seconds": 300})
    assert (status, told["origin"], told["sku"]) == (201, SHOP, "velvet")
    now_ms = site.store.now_ms()
    with site.store.read(find_merchant(site.store, "house").id) as tenant:
        claims = embed_tokens.read(tenant, told["token"])
    assert (claims.origin, claims.sku, claims.until_ms) == (SHOP, "velvet", told["until_ms"])
    assert 280_000 < told["until_ms"] - now_ms <= 300_000
    status, _, told = await site.ask("POST", "/v1/embed/tokens", {**wish, "origin": "https://other.example"})
    assert (status, told["error"]["field"]) == (422, "origin")
    for seconds in (4, 601):
        assert (await site.ask("POST", "/v1/embed/tokens", {**wish, "seconds": seconds}))[0] == 422


async def test_a_new_key_makes_tokens_worthless(site: Site) -> None:
    await site.ask("PUT", "/v1/storefront", FRONT, 0)
    await site.ask("POST", "/v1/products", lipstick_told())
    await site.ask("POST", "/v1/products/velvet/publish")
    _, _, told = await site.ask("POST", "/v1/embed/tokens", {"sku": "velvet", "origin": SHOP})
    status, _, key = await site.ask("POST", "/v1/embed/keys")
    assert (status, set(key)) == (201, {"id", "made_ms"})
    with (
        site.store.read(find_merchant(site.store, "house").id) as tenant,
        pytest.raises(TokenUnknown),
    ):
        embed_tokens.read(tenant, told["token"])


async def test_another_merchants_pages_do_not_embed_this_mirror(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path, merchant="acme")
    async for site in _site(settings):
        status, _, told = await site.ask("POST", "/v1/embed/tokens", {"sku": "velvet", "origin": SHOP})
        assert status == 422
        assert "TRYON_MERCHANT" in told["error"]["sentence"]
