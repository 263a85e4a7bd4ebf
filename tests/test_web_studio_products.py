"""The list of products: states, search, pages."""

from __future__ import annotations

import re

from tests.published import lipstick
from tests.studio_site import Studio
from tryon.store import products
from tryon.store.merchants import add_merchant


async def test_the_list_by_state_words_and_kind(studio: Studio) -> None:
    viewer = await studio.signed_in("vi", "viewer")
    assert "No products yet" in (await viewer.get("/studio/products")).text
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


async def test_whoever_has_no_product_of_their_own_is_led_to_it(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    page = (await ed.get("/studio/products")).text
    assert re.findall(r'<li class="(now|later|done)">', page) == ["now", "later", "later", "later"]
    assert 'href="/studio/new">Add it' in page
    with studio.store.write(studio.house) as tenant:
        products.create(tenant, lipstick("red", "Red"))
    page = (await ed.get("/studio/products")).text
    assert re.findall(r'<li class="(now|later|done)">', page) == ["done", "now", "later", "later"]
    assert 'href="/studio/products/red">Open Red' in page
    for elsewhere in ("?state=draft", "?q=red", "?kind=makeup"):
        assert "first-steps" not in (await ed.get(f"/studio/products{elsewhere}")).text
    assert "first-steps" not in (await vi.get("/studio/products")).text
    with studio.store.write(studio.house) as tenant:
        products.publish(tenant, "red", None, {})
    assert "first-steps" not in (await ed.get("/studio/products")).text
    assert "Not in your shop's pages yet" in (await ed.get("/studio/products/red")).text
