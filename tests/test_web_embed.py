"""The mirror in shops' pages, over HTTP: who may frame it, who gets a token, and what one is good for."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.published import lipstick
from tests.served import served
from tryon.config import Settings
from tryon.store import embed_keys, embed_tokens, products, storefront
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Storefront

SHOP, OTHER, THIEF = "https://shop.example", "https://other.example", "https://thief.example"
TAG_MAX_BYTES = 10 * 1024


@dataclass(frozen=True)
class Product:
    sku: str
    kind: str = "eyewear"
    slot: str = "eyewear"
    name: str = "Juniper"
    description: str = ""
    shades: tuple[Any, ...] = ()
    lenses: tuple[Any, ...] = ()
    prescription: bool = False
    makeup: None = None
    is_matched: bool = False
    thumbnail: None = None


@dataclass
class Site:
    http: ClientSession
    url: str
    settings: Settings
    store: Store
    house: Merchant

    async def get(self, path: str) -> tuple[int, Any, str]:
        async with self.http.get(self.url + path) as response:
            return response.status, response.headers, await response.text()

    async def token(self, origin: str | None = SHOP, sku: str = "juniper") -> tuple[int, Any, Any]:
        headers = {} if origin is None else {"Origin": origin}
        async with self.http.post(
            f"{self.url}/api/embed/token", data={"sku": sku}, headers=headers
        ) as response:
            return response.status, response.headers, await response.json()

    async def open(
        self, token: str, origin: str = SHOP, sku: str = "juniper", sender: str | None = ""
    ) -> tuple[int, Any]:
        headers = {} if sender is None else {"Origin": sender or self.url}
        form = {"token": token, "origin": origin, "sku": sku}
        async with self.http.post(f"{self.url}/api/embed/open", data=form, headers=headers) as response:
            return response.status, await response.json()


def code(told: tuple[int, Any]) -> tuple[int, str]:
    return told[0], told[1]["error"]["code"]


async def _site(settings: Settings) -> AsyncIterator[Site]:
    store = Store.open(settings)
    house = add_merchant(store, "house")
    with store.write(house.id) as tenant:
        storefront.replace(tenant, Storefront(origins=(SHOP, OTHER)), 0)
    async with served(settings, Product("juniper"), Product("linden")) as url, ClientSession() as http:
        yield Site(http, url, settings, store, house)
    store.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async for made in _site(Settings(threads=1, store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")):
        yield made


async def test_the_catalogue_tells_how_many_digits_a_price_has(site: Site) -> None:
    """A browser has its own mind about forints and dinars; the cart would show a hundredfold."""
    with site.store.write(site.house.id) as tenant:
        for sku, currency in (("juniper", "HUF"), ("linden", "IQD")):
            products.create(tenant, lipstick(sku, price={"minor": 1290000, "currency": currency}))
            products.publish(tenant, sku, None, {})
    listed = json.loads((await site.get("/api/catalogue"))[2])["products"]
    assert [one["price"] for one in listed] == [
        {"minor": 1290000, "currency": "HUF", "digits": 2},
        {"minor": 1290000, "currency": "IQD", "digits": 3},
    ]


async def test_only_the_registered_origin_of_the_address_may_frame_the_page(site: Site) -> None:
    status, headers, body = await site.get(f"/embed/juniper?origin={SHOP}")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert re.search(r"frame-ancestors ([^;]*)", policy) is not None
    assert policy.endswith(f"frame-ancestors {SHOP}")
    assert OTHER not in policy
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert f'data-embedded-by="{SHOP}" data-sku="juniper"' in body
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", body) == []


@pytest.mark.parametrize(
    "origin", [THIEF, "", "*", f"{SHOP}/", f"{SHOP} {THIEF}", "null", "https://shop.example.thief.example"]
)
async def test_nobody_else_may(site: Site, origin: str) -> None:
    status, headers, body = await site.get(f"/embed/juniper?origin={origin}")
    assert status == 403
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert "is not registered" in body
    assert "data-embedded-by" not in body


async def test_a_product_that_is_not_there_is_told_in_the_frame(site: Site) -> None:
    status, headers, body = await site.get(f"/embed/gone?origin={SHOP}")
    assert status == 404
    assert headers["Content-Security-Policy"].endswith(f"frame-ancestors {SHOP}")
    assert "Not here any more" in body
    assert 'href="/"' not in body


async def test_a_page_of_a_registered_origin_gets_a_token_and_opens_the_mirror_once(site: Site) -> None:
    status, headers, made = await site.token()
    assert status == 201
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Credentials" not in headers
    assert await site.open(made["token"]) == (200, {"sku": "juniper"})
    assert code(await site.open(made["token"])) == (403, "embed_token_used")


async def test_any_page_may_read_why_it_gets_none(site: Site) -> None:
    for origin in (THIEF, None, "null"):
        status, headers, told = await site.token(origin)
        assert (status, told["error"]["code"]) == (403, "embed_origin")
        assert "adds it to the storefront" in told["error"]["sentence"]
        assert headers["Access-Control-Allow-Origin"] == "*"
    status, headers, told = await site.token(sku="gone")
    assert (status, told["error"]["code"]) == (404, "unknown_product")
    assert headers["Access-Control-Allow-Origin"] == "*"


async def test_each_way_in_which_a_token_does_not_hold_has_its_words(site: Site) -> None:
    token = (await site.token())[2]["token"]
    assert code(await site.open(token, origin=THIEF)) == (403, "embed_origin")
    assert code(await site.open(token, origin=OTHER)) == (403, "embed_token_elsewhere")
    assert code(await site.open(token, sku="linden")) == (403, "embed_token_elsewhere")
    assert code(await site.open(token[:-3])) == (403, "embed_token_unknown")
    assert code(await site.open(token, sender=THIEF)) == (403, "forbidden")
    assert code(await site.open(token, sender=None)) == (403, "forbidden")
    key = embed_keys.signing(site.store, site.house.id)
    old, _ = embed_tokens.make(key, site.house.id, SHOP, "juniper", site.store.now_ms() - 61_000)
    assert code(await site.open(old)) == (403, "embed_token_expired")
    other = add_merchant(site.store, "other").id
    strange, _ = embed_tokens.make(
        embed_keys.signing(site.store, other), other, SHOP, "juniper", site.store.now_ms()
    )
    assert code(await site.open(strange)) == (403, "embed_token_unknown")
    # All of these left it unused.
    assert (await site.open(token))[0] == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"sku=juniper"),
        ("application/x-www-form-urlencoded", b"sku=\xff"),
        ("application/json", b'{"sku": "juniper"}'),
    ],
)
async def test_what_is_no_form_is_told(site: Site, kind: str, body: bytes) -> None:
    headers = {"Origin": SHOP, "Content-Type": kind}
    async with site.http.post(f"{site.url}/api/embed/token", data=body, headers=headers) as response:
        assert response.status in {404, 422}
        assert (await response.json())["error"]["sentence"].endswith(".")
        assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_shopper_in_a_shop_is_told_where_the_picture_goes(site: Site) -> None:
    _, _, body = await site.get(f"/embed/juniper?origin={SHOP}")
    assert f"<strong>It goes to {site.url.removeprefix('http://')} only.</strong>" in body
    assert "The shop’s page gets none." in body
    assert "the shop gets one only if you share it" in body
    _, _, body = await site.get("/")
    assert "It goes to this server only." in body
    async with site.http.get(f"{site.url}/embed/juniper?origin={SHOP}", headers={"Host": "a<b>"}) as response:
        assert "a&lt;b&gt;" not in await response.text()


async def test_an_origin_that_is_taken_from_the_list_is_out_at_once(site: Site) -> None:
    token = (await site.token())[2]["token"]
    with site.store.write(site.house.id) as tenant:
        storefront.replace(tenant, Storefront(origins=(OTHER,)), 1)
    assert code(await site.open(token)) == (403, "embed_origin")
    assert (await site.get(f"/embed/juniper?origin={SHOP}"))[0] == 403


async def test_a_used_token_stays_used_after_a_restart(site: Site) -> None:
    token = (await site.token())[2]["token"]
    await site.open(token)
    async with served(site.settings, Product("juniper")) as url:
        again = replace(site, url=url)
        assert code(await again.open(token)) == (403, "embed_token_used")
        fresh = (await site.token())[2]["token"]
        assert (await again.open(fresh))[0] == 200


async def test_whoever_asks_too_often_waits(tmp_path: Path) -> None:
    settings = Settings(
        threads=1,
        store_dir=tmp_path / "store",
        cache_dir=tmp_path / "cache",
        embed_requests_per_second=0.1,
    )
    async for site in _site(settings):
        assert (await site.token())[0] == 201
        status, headers, told = await site.token()
        assert (status, told["error"]["code"], headers["Retry-After"]) == (429, "too_many_requests", "2")
        assert headers["Access-Control-Allow-Origin"] == "*"


async def test_strangers_make_no_store(tmp_path: Path) -> None:
    settings = Settings(threads=1, store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    async with served(settings, Product("juniper")) as url, ClientSession(headers={"Origin": url}) as http:
        for path, form in (
            ("token", {"sku": "juniper"}),
            ("open", {"sku": "juniper", "origin": url, "token": "tryon-embed.e30.x"}),
        ):
            async with http.post(f"{url}/api/embed/{path}", data=form) as response:
                assert (response.status, (await response.json())["error"]["code"]) == (403, "embed_origin")
    assert not settings.store_dir.exists()


def test_the_tag_is_small_and_needs_nothing_that_a_policy_forbids(root: Path) -> None:
    source = (root / "static" / "embed.js").read_bytes()
    assert len(source) <= TAG_MAX_BYTES
    text = source.decode()
    for forbidden in (
        "innerHTML",
        "eval(",
        "new Function",
        ".style",
        "import(",
        "document.write",
        "insertAdjacent",
    ):
        assert forbidden not in text, forbidden
