"""The list of products, what is being made, and the pages of new ones, of jobs and of one product."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from tests.studio_site import Studio, lipstick, studio_at
from tryon.store import jobs, products
from tryon.store.jobs import Job
from tryon.store.merchants import add_merchant
from tryon.web.studio.showing import job_name, newest_works, price, work


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(tmp_path) as made:
        yield made


def job(number: int, state: str, sku: str = "", **more: Any) -> Job:
    order = {"sku": sku} if sku else {}
    values: dict[str, Any] = {
        "merchant_id": "m",
        "id": f"{number:032x}",
        "kind": "makeup-shades",
        "state": state,
        "order": order,
        "upload_id": None,
        "step": "",
        "fraction": 0.5,
        "report": {},
        "done": 0,
        "attempts": 0,
        "cancel": False,
        "created_ms": 10**12 - number,
        "ended_ms": None,
    }
    return Job(**(values | more))


async def test_the_list_by_state_words_and_kind(studio: Studio) -> None:
    viewer = await studio.signed_in("vi", "viewer")
    assert "Your first product" in (await viewer.get("/studio/products")).text
    with studio.store.write(studio.house) as tenant:
        for sku in ("red", "green", "blue"):
            products.create(tenant, lipstick(sku, sku.capitalize(), price={"minor": 1290, "currency": "EUR"}))
        products.publish(tenant, "red", None, {})
        products.archive(tenant, "blue", None)
    other = add_merchant(studio.store, "other")
    with studio.store.write(other.id) as tenant:
        products.create(tenant, lipstick("secret"))

    async def shown(query: str) -> list[str]:
        page = await viewer.get(f"/studio/products{query}")
        assert page.status == 200
        return sorted(re.findall(r'data-sku="([a-z0-9-]+)"', page.text))

    assert await shown("") == ["green", "red"]
    assert await shown("?state=live") == ["red"]
    assert await shown("?state=draft") == ["green"]
    assert await shown("?state=archived") == ["blue"]
    assert await shown("?q=classic+gre") == ["green"]
    assert await shown("?kind=eyewear") == []
    assert await shown("?state=nonsense&kind=nonsense") == ["green", "red"]
    page = (await viewer.get("/studio/products")).text
    assert "12.90 EUR" in page
    assert "All <span>2</span>" in page
    # A viewer gets nothing to press.
    assert "New product" not in page
    assert 'type="checkbox"' not in page
    assert "Nothing is found" in (await viewer.get("/studio/products?q=%3Cscript%3E")).text
    assert "&lt;script&gt;" in (await viewer.get("/studio/products?q=%3Cscript%3E")).text
    assert "Nothing failed" in (await viewer.get("/studio/products?state=failed")).text
    assert (await viewer.get("/studio/products?from=nonsense")).to == "/studio/products"


async def test_pages_of_the_list_lose_nothing(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    with studio.store.write(studio.house) as tenant:
        for number in range(60):
            products.create(tenant, lipstick(f"lip-{number}"))
    first = (await ed.get("/studio/products")).text
    following = re.search(r'href="(/studio/products\?from=[^"]+)" rel="next"', first)
    assert following is not None
    second = (await ed.get(following[1].replace("&amp;", "&"))).text
    skus = [re.findall(r'data-sku="(lip-\d+)"', page) for page in (first, second)]
    assert len(skus[0]) == 48
    assert len(set(skus[0] + skus[1])) == 60
    assert "First page" in second


async def test_what_is_made_and_what_failed_is_told(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    with studio.store.write(studio.house) as tenant:
        waiting = jobs.submit(tenant, "makeup-shades", {"sku": "velvet", "definition": {"name": "Velvet"}})
    page = (await ed.get("/studio/products")).text
    assert f"/studio/jobs/{waiting.id}" in page
    assert "waiting for its turn" in page
    assert "Velvet" in (await ed.get(f"/studio/jobs/{waiting.id}")).text
    assert (await ed.get("/studio/jobs/" + "0" * 32)).status == 404
    with studio.store.write(studio.house) as tenant:
        products.create(tenant, lipstick())
    assert f"/studio/jobs/{waiting.id}" in (await ed.get("/studio/products/velvet")).text


def test_of_a_product_the_newest_job_counts() -> None:
    now_ms = 10**12
    found = [
        job(1, "done", "a"),
        job(2, "refused", "a"),
        job(3, "refused", "b", report={"sentence": "The file is no GLB."}),
        job(4, "running", "c", step="drawing"),
        job(5, "failed", "d", created_ms=0),
        job(6, "queued"),
        job(7, "cancelled", "e"),
    ]
    shown = [work(one) for one in newest_works(found, now_ms)]
    assert [(one["sku"], one["state"], one["words"]) for one in shown] == [
        ("b", "failed", "The file is no GLB."),
        ("c", "processing", "Makeup from colours: drawing"),
        ("", "processing", "Makeup from colours: waiting for its turn"),
    ]
    assert job_name(job(1, "done", kind="makeup-csv")) == "Makeup from a CSV"


def test_prices_have_their_currencys_digits() -> None:
    for minor, currency, text in (
        (1290, "EUR", "12.90 EUR"),
        (1500, "JPY", "1,500 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (None, None, ""),
    ):
        assert price(Mock(price_minor=minor, currency=currency)) == text


async def test_one_products_page_is_for_its_role(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    hostile = "</script><img src=x onerror=alert(1)>'\""
    with studio.store.write(studio.house, "cli") as tenant:
        products.create(tenant, lipstick("velvet", "Velvet", tags=["vegan"], link="https://shop.example/a'b"))
        draft = lipstick("odd", hostile)
        products.create(tenant, draft)
        products.publish(tenant, "velvet", None, {})
    page = (await ed.get("/studio/products/velvet")).text
    told = re.search(r"data-draft='([^']*)'", page)
    assert told is not None
    assert json.loads(told[1])["definition"]["shades"][0]["id"] == "red"
    for act in ("unpublish", "archive", "delete"):
        assert f'data-act="{act}"' in page
    assert 'href="/p/velvet"' in page
    assert "Now</span>" in page
    seen = (await vi.get("/studio/products/velvet")).text
    assert "data-act" not in seen
    assert '<fieldset class="plain" disabled>' in seen
    odd = (await ed.get("/studio/products/odd")).text
    assert "<img src=x" not in odd
    told = re.search(r"data-draft='([^']*)'", odd)
    assert told is not None
    assert json.loads(told[1])["definition"]["name"] == hostile
    assert (await ed.get("/studio/products/none")).status == 404


async def test_a_page_for_new_ones_tells_what_each_kind_needs(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    page = (await ed.get("/studio/new")).text
    rules = re.search(r"data-rules='([^']*)'", page)
    assert rules is not None
    told = json.loads(rules[1])
    assert "matte" in told["lipstick"]["finishes"]
    # Face paint needs a picture a shade, which colours are not.
    assert "face_paint" not in told
    assert 'data-limit-mb="32"' in page
    with studio.store.write(studio.house) as tenant:
        products.create(tenant, lipstick())
    again = (await ed.get("/studio/new?for=velvet")).text
    assert 'data-replaces="velvet"' in again
    assert 'data-replaces=""' in (await ed.get("/studio/new?for=none")).text
    vi = await studio.signed_in("vi", "viewer")
    assert (await vi.get("/studio/new")).status == 403
