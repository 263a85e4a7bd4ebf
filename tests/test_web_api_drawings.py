"""Frames drawn with an adjustment for whoever may change them, and drawn anew when it is saved."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.frame_meshes import CATALOGUE, declared
from tests.studio_site import Person, Said, Studio, studio_at
from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.frame_places import anatomy, frame_sizes
from tryon.catalogue.items import load_product
from tryon.errors import ServerBusy
from tryon.frame import F64, U8
from tryon.store import products
from tryon.store.assets import add_files, current_files, record_blob
from tryon.store.blobs import copy_in
from tryon.store.definition import draft_of
from tryon.store.folder import laid_out
from tryon.store.merchants import add_merchant, find_merchant, make_token
from tryon.web.api.easel import WAITING_MAX, Easel

NAME = "harbour-black"
PATH = "/v1/products/panto"


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(tmp_path) as made:
        kept = {"model.glb": copy_in(made.store.blobs, made.house, CATALOGUE / NAME / "model.glb")}
        with made.store.write(made.house, "cli") as tenant:
            draft = {"sku": "panto", "kind": "eyewear", "name": "Panto", "dimensions_mm": declared(NAME)}
            item = products.create(tenant, draft_of({"definition": draft}))
            for sha256, size in kept.values():
                record_blob(made.store.database, made.store.blobs, tenant, sha256, size)
            add_files(tenant, item.id, kept)
            products.create(tenant, draft_of({"definition": {**draft, "sku": "bare"}}))
        yield made


async def draw(person: Person, adjustment: dict[str, Any] | None = None, **asked: Any) -> Said:
    body = {"adjustment": adjustment or {}, **asked}
    return await person.call("POST", f"{PATH}/drawing", json.dumps(body))


def picture(told: dict[str, Any], view: str) -> U8:
    (one,) = (one for one in told["pictures"] if one["view"] == view)
    found = cv2.imdecode(np.frombuffer(base64.b64decode(one["jpeg"]), np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    assert found.shape == (one["height_px"], one["width_px"], 3)
    return np.asarray(found, np.uint8)


def seen_at(told: dict[str, Any], view: str, point_mm: Any) -> F64:
    """Where a point of product space is on a picture, as its camera says."""
    (one,) = (one for one in told["pictures"] if one["view"] == view)
    camera = one["camera"]
    x, y, z, _ = np.array(camera["camera_from_product"]) @ (*point_mm, 1.0)
    focal = camera["focal_px"]
    return np.array((x / z * focal + camera["cx_px"], y / z * focal + camera["cy_px"]))


async def test_what_is_edited_is_drawn_at_once(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    said = await draw(ed, views=["front", "side", "top", "turned"])
    assert said.status == 200, said.text
    found = json.loads(said.text)
    views = {one["view"]: one for one in found["pictures"]}
    assert set(views) == {"front", "side", "top", "turned"}
    assert set(found["points_mm"]) == {"nose", "left_hinge", "right_hinge", "left_lens", "right_lens"}
    assert found["sizes"]["lens_width_mm"] == {"found_mm": 51.0, "now_mm": 51.0}
    assert found["materials"][0]["name"] == "black acetate"
    assert found["lens"]["transmission_percent"] == pytest.approx(98.8, abs=1)
    # The cameras tell where points are: the left hinge on the right of a front, within what is drawn.
    front = picture(found, "front")
    drawn = np.argwhere(front.max(axis=2) < 120)
    hinge = seen_at(found, "front", found["points_mm"]["left_hinge"])
    assert np.abs(drawn[:, ::-1] - hinge).max(axis=1).min() < 6
    assert hinge[0] > front.shape[1] / 2 + 100
    lens = seen_at(found, "front", found["points_mm"]["left_lens"])
    assert front[int(lens[1]), int(lens[0])].min() > 200, "a lens is clear"

    started = time.thread_time()
    wide = json.loads(
        (
            await draw(
                ed,
                {
                    "sizes_mm": {"total_width_mm": 156.2},
                    "materials": {"black acetate": {"color": "#d02020"}},
                    "lens": {"type": "solid", "color": "#2040a0", "transmission_percent": 25},
                },
                views=["front"],
            )
        ).text
    )
    assert time.thread_time() - started < 1.0
    after = picture(wide, "front")
    red = (after[..., 2].astype(int) - after[..., 0] > 60).any(axis=0)
    width = np.ptp(np.flatnonzero(red))
    before = np.ptp(np.flatnonzero((front.max(axis=2) < 120).any(axis=0)))
    assert width / before == pytest.approx(1.1, abs=0.02), "drawn to the same scale"
    assert wide["sizes"]["total_width_mm"] == {"found_mm": 142.0, "now_mm": 156.2}
    blue = after[int(lens[1]), int(lens[0])].astype(int)
    assert blue[0] > blue[2] + 20, "seen through a blue lens"


async def test_worn_on_the_portrait_a_moved_nose_point_shows(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    faces = [
        picture(json.loads((await draw(ed, {"moved_mm": {"nose": [0, up, 0]}}, views=["worn"])).text), "worn")
        for up in (0, 5)
    ]
    # What is dark and without colour, about the eyes.
    inks = [(face.max(axis=2) < 90) & (np.ptp(face, axis=2) < 25) for face in faces]
    rows = [np.argwhere(ink[150:400, 150:450])[:, 0].mean() for ink in inks]
    assert rows[1] - rows[0] > 6, "moved up on the frame, it is worn lower"


async def test_saving_draws_the_lists_picture_anew_and_leaves_what_is_live(studio: Studio) -> None:
    ed = await studio.signed_in("ed", "editor")
    said = await ed.call("POST", f"{PATH}/publish")
    assert said.status == 200
    draft = {name: json.loads(said.text)[name] for name in ("definition", "tags", "price", "link")}
    with studio.store.read(studio.house) as tenant:
        live = products.get(tenant, "panto").live
    change = {"sizes_mm": {"bridge_mm": 22.0}, "moved_mm": {"nose": [0.0, 1.5, 0.0]}}
    changed = {**draft, "definition": {**draft["definition"], "adjustment": change}}
    version = said.headers["ETag"]
    put = await ed.call("PUT", PATH, json.dumps(changed), If_Match=version)
    assert put.status == 200, put.text
    assert json.loads(put.text)["state"] == "changed"
    with studio.store.read(studio.house) as tenant:
        item = products.get(tenant, "panto")
        files = {one.name: one.sha256 for one in current_files(tenant, item.id)}
        assert item.live == live
    assert set(files) == {"model.glb", "thumbnail.png", "turntable.jpg"}
    # The same again changes no file; another change makes new versions.
    put = await ed.call("PUT", PATH, json.dumps({**changed, "tags": ["new"]}), If_Match=put.headers["ETag"])
    other = {**draft, "definition": {**draft["definition"], "adjustment": {"sizes_mm": {"bridge_mm": 24.0}}}}
    stale = await ed.call("PUT", PATH, json.dumps(other), If_Match=version)
    assert (stale.status, json.loads(stale.text)["error"]["code"]) == (409, "version_conflict")
    with studio.store.read(studio.house) as tenant:
        assert [one.version for one in current_files(tenant, item.id)] == [1, 1, 1]
    put = await ed.call("PUT", PATH, json.dumps(other), If_Match=put.headers["ETag"])
    said = await ed.call("POST", f"{PATH}/publish")
    with studio.store.read(studio.house) as tenant:
        assert [one.version for one in current_files(tenant, item.id)] == [1, 2, 2]
        item = products.get(tenant, "panto")
        files = {one.name: one.sha256 for one in current_files(tenant, item.id)}
    assert item.live is not None
    assert item.live["files"] == files
    with laid_out(studio.store.blobs, studio.house, item.live) as folder:
        product = load_product(folder)
        mesh = load_frame(product).mesh
    assert product.sizes_mm["bridge_mm"] == 24.0
    found = frame_sizes(mesh.positions_mm, anatomy(mesh))["bridge_mm"]
    assert found == pytest.approx(24.0 - 19.0 + 17.9, abs=0.1)


@pytest.mark.parametrize(
    ("adjustment", "field", "told"),
    [
        ({"sizes_mm": {"bridge_mm": 2.0}}, "adjustment.sizes_mm.bridge_mm", "A bridge has"),
        ({"materials": {"teak": {"roughness": 0.5}}}, "adjustment.materials", "no material 'teak'"),
        ({"moved_mm": {"nose": [0, 99, 0]}}, "adjustment.moved_mm.nose.1", "20"),
        ({"lens": {"type": "gradient"}}, "adjustment.lens", "low_percent"),
    ],
)
async def test_what_cannot_be_made_is_refused_with_its_field(
    studio: Studio, adjustment: dict[str, Any], field: str, told: str
) -> None:
    ed = await studio.signed_in("ed", "editor")
    said = await draw(ed, adjustment)
    error = json.loads(said.text)["error"]
    assert (said.status, error["field"]) == (422, field)
    assert told in error["sentence"]
    with studio.store.read(studio.house) as tenant:
        draft = products.get(tenant, "panto").as_draft()
    draft["definition"]["adjustment"] = adjustment
    put = await ed.call("PUT", PATH, json.dumps(draft), If_Match='"1"')
    assert put.status == 422
    with studio.store.read(studio.house) as tenant:
        assert products.get(tenant, "panto").version == 1


async def test_who_may_not_draw(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    assert (await draw(vi)).status == 403
    assert (await draw(ed, views=[])).status == 422
    forged = await ed.call("POST", f"{PATH}/drawing", "{}", X_CSRF_Token="0" * 64)
    assert (forged.status, json.loads(forged.text)["error"]["code"]) == (403, "csrf")
    large = await ed.call("POST", f"{PATH}/drawing", json.dumps({"adjustment": {"x": "y" * 600_000}}))
    assert large.status == 413
    bare = await ed.call("POST", "/v1/products/bare/drawing", "{}")
    assert (bare.status, "no model to draw" in bare.text) == (422, True)
    add_merchant(studio.store, "other")
    with studio.store.write(find_merchant(studio.store, "other").id) as tenant:
        token = make_token(tenant, "test", ("read", "write"))[1]
    stranger = await studio.browser()
    said = await stranger.ask(
        "POST",
        f"{PATH}/drawing",
        "{}",
        Authorization=f"Bearer {token}",
        Content_Type="application/json",
    )
    assert said.status == 404


def test_who_comes_when_too_many_wait_is_told_to_come_back(studio_settings: Any) -> None:
    easel = Easel(studio_settings)
    for _ in range(WAITING_MAX + 1):
        assert easel._places.acquire(blocking=False)
    with pytest.raises(ServerBusy, match="Too many pictures"), easel.turn():
        pass
    easel.close()
    easel.close()


@pytest.fixture
def studio_settings() -> Any:
    from tryon.config import Settings

    return Settings()
