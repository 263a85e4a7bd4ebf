"""New products, and what is being made of them."""

from __future__ import annotations

import json
import re

from tests.published import lipstick
from tests.studio_site import Studio
from tryon.store import jobs, products


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


async def test_a_job_that_was_stopped_before_its_turn_has_a_page(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    with studio.store.write(studio.house) as tenant:
        job = jobs.submit(tenant, "makeup-shades", {"sku": "velvet", "definition": {"name": "Velvet"}})
        jobs.cancel(tenant, job.id)
    page = await ed.get(f"/studio/jobs/{job.id}")
    assert (page.status, "<h1>Velvet</h1>" in page.text) == (200, True)


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
