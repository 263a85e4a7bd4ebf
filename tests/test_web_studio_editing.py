"""One product's page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.studio_site import Studio, lipstick, studio_at
from tryon.store import products


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(tmp_path) as made:
        yield made


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
