"""One product's page."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.published import lipstick
from tests.studio_site import Studio
from tryon.store import products
from tryon.store.assets import add_files, record_blob
from tryon.store.blobs import copy_in
from tryon.store.definition import draft_of
from tryon.store.previews import all_open


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


async def test_a_draft_is_tried_on_by_whoever_may_change_it(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    with studio.store.write(studio.house) as tenant:
        products.create(tenant, lipstick())
        products.create(tenant, draft_of({"definition": {"sku": "bare", "kind": "eyewear", "name": "Bare"}}))
    assert 'id="try"' in (await ed.get("/studio/products/velvet")).text
    assert 'id="try"' not in (await vi.get("/studio/products/velvet")).text
    said = await ed.post("/studio/products/velvet/preview")
    assert re.fullmatch(r"/p/preview-[0-9a-f]{32}", said.to)
    with studio.store.read(studio.house) as tenant:
        [(sku, _, _)] = all_open(tenant)
    assert said.to == f"/p/{sku}"
    lacking = await ed.post("/studio/products/bare/preview")
    assert (lacking.status, "nothing to try on yet" in lacking.text) == (422, True)


async def test_a_frame_with_a_model_is_put_right_by_whoever_may_change_it(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    adjustment = {"sizes_mm": {"lens_width_mm": 54.0}}
    sizes = {"lens_width_mm": 52.0, "total_width_mm": 140.0, "depth_mm": 150.0}
    frame = {
        "sku": "panto",
        "kind": "eyewear",
        "name": "Panto",
        "dimensions_mm": sizes,
        "adjustment": adjustment,
    }
    kept = copy_in(studio.store.blobs, studio.house, Path(__file__))
    with studio.store.write(studio.house) as tenant:
        item = products.create(tenant, draft_of({"definition": frame}))
    assert 'data-dimension="lens_width_mm" value="54.0"' in (await ed.get("/studio/products/panto")).text
    with studio.store.write(studio.house) as tenant:
        record_blob(studio.store.database, studio.store.blobs, tenant, *kept)
        add_files(tenant, item.id, {"model.glb": kept})
    page, seen = (await ed.get("/studio/products/panto")).text, (await vi.get("/studio/products/panto")).text
    assert 'id="frame-editor"' in page
    assert 'data-dimension="depth_mm"' in page
    assert 'data-dimension="lens_width_mm"' not in page, "it is asked once"
    assert 'id="frame-editor"' not in seen
    assert 'data-dimension="total_width_mm" value="144.0"' in seen, "as it is now"
