"""Tokens and the log."""

from __future__ import annotations

import re

from tests.published import lipstick
from tests.studio_site import Studio
from tryon.store import products
from tryon.store.merchants import token_of


async def test_a_token_is_shown_once_and_revoked(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    for form, says in (
        ({"name": " ", "scope-read": "1"}, "what the token is for"),
        ({"name": "x"}, "needs a scope"),
    ):
        said = await ann.post("/studio/tokens", form)
        assert (said.status, says in said.text) == (422, True)
    page = await ann.post(
        "/studio/tokens", {"name": "Shop <import>", "scope-read": "1", "scope-publish": "1"}
    )
    text = re.search(r'<code id="token">(tryon_\w{12}_[\w-]{43})</code>', page.text)
    assert text is not None
    assert "Shop &lt;import&gt;" in page.text
    token = token_of(studio.store, text[1])
    assert token is not None
    assert token.scopes == ("read", "publish")
    listed = await ann.get("/studio/tokens")
    assert text[1] not in listed.text
    assert token.prefix in listed.text
    assert (await ann.post(f"/studio/tokens/{token.id}/revoke")).to == "/studio/tokens?done=revoked"
    assert token_of(studio.store, text[1]) is None


async def test_the_log_tells_who_did_what_in_words_and_in_pages(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    with studio.store.write(studio.house, "ingest") as tenant:
        products.create(tenant, lipstick())
    await ann.call("POST", "/v1/products/velvet/publish")
    assert (await ann.call("DELETE", "/v1/products/velvet", If_Match='"2"')).status == 204
    text = re.sub(r"<[^>]+>|\s+", " ", (await ann.get("/studio/log")).text)
    text = re.sub(r" +", " ", text)
    assert "The pipeline made the product velvet" in text
    assert "ann@shop.example published velvet" in text
    assert "ann@shop.example signed in" in text
    with studio.store.write(studio.house, "cli") as tenant:
        for number in range(60):
            products.create(tenant, lipstick(f"lip-{number}"))
    first = await ann.get("/studio/log")
    older = re.search(r'href="(/studio/log\?from=[\w-]+)"', first.text)
    assert older is not None
    second = await ann.get(older[1])
    told = [set(re.findall(r"/studio/products/(lip-\d+)", page.text)) for page in (first, second)]
    assert not told[0] & told[1]
    assert len(told[0] | told[1]) == 60
    assert (await ann.get("/studio/log?from=nonsense")).to == "/studio/log"
