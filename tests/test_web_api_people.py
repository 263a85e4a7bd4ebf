"""Model pictures and drawn people over HTTP, with the real fitter."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession, web

from tests.served import bare_settings
from tests.test_web_api import LIPSTICK, Site, token_for
from tryon import jpeg
from tryon.frame import U8
from tryon.pipeline import Engine
from tryon.replay.sitting import SIDE_PX
from tryon.store.house import open_catalogue
from tryon.store.merchants import add_merchant, find_merchant
from tryon.web.api import people
from tryon.web.app import create_app, make_runner
from tryon.web.fitting import FittingRoom
from tryon.web.keys import FITTING
from tryon.web.middle import real_factories

TODAY = datetime.now(timezone.utc).date()
RELEASE = {
    "name": "Ada Example",
    "signed_on": str(TODAY),
    "expires_on": str(TODAY + timedelta(days=30)),
    "terms": "In the folder Models.",
    "granted": True,
}


class _Kept:
    """An engine that is warm already and goes on after this server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def warm_up(self, _progress: Any) -> None: ...
    def close(self) -> None: ...


@dataclass
class WithRoom:
    """A site whose fitting room can be looked into."""

    site: Site
    room: FittingRoom


@pytest.fixture(scope="module")
def warm_engine(engine: Engine) -> Engine:
    """A frame that compiles kernels first is given up as one that hangs."""
    engine.warm_up(lambda _step, _fraction: None)
    return engine


@pytest.fixture
async def with_room(tmp_path: Path, warm_engine: Engine) -> AsyncIterator[WithRoom]:
    settings = bare_settings(tmp_path)
    app = create_app(settings, replace(real_factories(settings), make_engine=lambda: _Kept(warm_engine)))
    runner = make_runner(app, settings)
    store = open_catalogue(settings)
    add_merchant(store, "acme")
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        try:
            async with ClientSession() as http:
                url = f"http://127.0.0.1:{listener.getsockname()[1]}"
                opened = Site(http, url, store, settings, token_for(store, "acme"))
                yield WithRoom(opened, app[FITTING])
        finally:
            await runner.cleanup()
            store.close()


@pytest.fixture
def site(with_room: WithRoom) -> Site:
    return with_room.site


@pytest.fixture(scope="module")
def photo(astronaut: U8) -> bytes:
    """With a comment that nobody should find again."""
    data = jpeg.encode(astronaut, 92)
    return data[:2] + b"\xff\xfe\x00\x0eGPS: at home" + data[2:]


async def upload(site: Site, data: bytes) -> str:
    said = await site.ask("POST", "/v1/uploads", data)
    assert said.status == 201
    return str(said.body["id"])


async def add(site: Site, data: bytes, **more: Any) -> Any:
    return await site.ask(
        "POST", "/v1/models", {"upload": await upload(site, data), "release": {**RELEASE, **more}}
    )


async def test_a_model_picture_from_its_making_to_its_end(site: Site, photo: bytes) -> None:
    said = await add(site, photo)
    assert said.status == 201, said.raw
    told = said.body
    assert told["release"] == {key: value for key, value in RELEASE.items() if key != "granted"}
    assert (told["width_px"], told["height_px"]) == (512, 512)
    assert said.headers["Location"] == f"/v1/models/{told['id']}"
    # Neither the upload nor what else was in it is anywhere any more.
    assert (await site.ask("GET", "/v1/uploads")).body["items"] == []
    kept = [path for path in (site.settings.store_dir / "blobs").rglob("*") if path.is_file()]
    assert all(b"GPS" not in path.read_bytes() for path in kept)
    picture = await site.ask("GET", told["href"])
    assert picture.headers["Cache-Control"] == "private, no-store"
    assert jpeg.decode(picture.raw).shape == (512, 512, 3)
    listed = (await site.ask("GET", "/v1/models")).body
    assert ([one["id"] for one in listed["items"]], listed["room"]) == ([told["id"]], 11)
    # Another merchant finds nothing.
    add_merchant(site.store, "other")
    stranger = token_for(site.store, "other")
    assert (await site.ask("GET", told["href"], token=stranger)).status == 404
    assert (await site.ask("GET", "/v1/models", token=stranger)).body["items"] == []
    assert (await site.ask("DELETE", f"/v1/models/{told['id']}", token=stranger)).status == 404
    assert (await site.ask("DELETE", f"/v1/models/{told['id']}")).status == 204
    assert (await site.ask("GET", told["href"])).status == 404
    assert not [path for path in (site.settings.store_dir / "blobs").rglob("*") if path.is_file()]


async def test_a_draft_is_drawn_on_sample_people_and_on_a_model(site: Site, photo: bytes) -> None:
    await site.ask("POST", "/v1/products", LIPSTICK)
    model = (await add(site, photo)).body["id"]
    listed = (await site.ask("GET", "/v1/products/velvet/worn")).body["items"]
    assert [one["kind"] for one in listed] == ["portrait", *5 * ["made"], "model"]
    assert listed[-1]["words"] == "Model: Ada Example"
    assert listed[-1]["person"] == model
    drawn = []
    for one in (listed[0], listed[-1]):
        said = await site.ask("GET", one["href"])
        assert (said.status, said.headers["Content-Type"]) == (200, "image/jpeg"), said.raw[:300]
        assert said.headers["Cache-Control"] == "private, no-store"
        drawn.append(jpeg.decode(said.raw))
    assert drawn[0].shape == (SIDE_PX, SIDE_PX, 3)
    # The model's picture is the portrait itself.
    assert np.abs(drawn[0].astype(int) - drawn[1]).mean() < 4
    # What shoppers see is what was published, a shade is one of its own.
    live = await site.ask("GET", f"{listed[0]['href']}?what=live")
    assert (live.status, "look at the draft" in live.body["error"]["sentence"]) == (422, True)
    await site.ask("POST", "/v1/products/velvet/publish")
    assert (await site.ask("GET", f"{listed[0]['href']}?what=live&shade=red")).status == 200
    odd = await site.ask("GET", f"{listed[0]['href']}?shade=green")
    assert (odd.status, odd.body["error"]["field"]) == (422, "shade")
    assert (await site.ask("GET", "/v1/products/velvet/worn/nobody")).status == 404
    assert (await site.ask("GET", "/v1/products/none/worn/portrait")).status == 404


async def test_what_is_not_saved_is_drawn_and_stays_unsaved(site: Site) -> None:
    await site.ask("POST", "/v1/products", LIPSTICK)
    place = "/v1/products/velvet/worn/portrait"
    saved = (await site.ask("GET", "/v1/products/velvet")).body
    before = await site.ask("GET", place)
    told = {**saved["definition"], "shades": [{"id": "ink", "name": "Ink", "color": "#101040"}]}
    draft: dict[str, Any] = {"definition": told, "tags": [], "price": None, "link": ""}
    drawn = await site.ask("POST", f"{place}?shade=ink", draft)
    assert (drawn.status, drawn.headers["Content-Type"]) == (200, "image/jpeg"), drawn.raw[:300]
    assert drawn.headers["Cache-Control"] == "private, no-store"
    there, here = (jpeg.decode(said.raw).astype(int) for said in (before, drawn))
    assert np.abs(there - here).max() > 60
    assert (await site.ask("GET", "/v1/products/velvet")).body == saved
    for wrong, field in (
        ({**draft, "definition": {**told, "sku": "other"}}, "definition.sku"),
        ({**draft, "definition": {**told, "coverage": 7}}, "definition"),
    ):
        said = await site.ask("POST", place, wrong)
        assert said.status == 422
        assert said.body["error"]["field"].startswith(field)
    gone = await site.ask("POST", f"{place}?shade=red", draft)
    assert (gone.status, gone.body["error"]["field"]) == (422, "shade")


async def test_pictures_and_products_that_cannot_be_used_say_why(site: Site, photo: bytes) -> None:
    aviator = {"definition": {"sku": "aviator", "kind": "eyewear", "name": "Aviator"}}
    await site.ask("POST", "/v1/products", aviator)
    bare = await site.ask("GET", "/v1/products/aviator/worn/portrait")
    assert (bare.status, bare.body["error"]["field"]) == (422, "files")
    assert "It cannot be shown yet" in bare.body["error"]["sentence"]
    await site.ask("POST", "/v1/products", LIPSTICK)
    done, wall = cv2.imencode(".png", np.full((300, 300, 3), 127, np.uint8))
    assert done
    faceless = await add(site, wall.tobytes())
    assert faceless.status == 201
    said = await site.ask("GET", f"/v1/products/velvet/worn/{faceless.body['id']}")
    assert said.status == 422
    assert said.body["error"]["sentence"].startswith("No face was found in this picture")
    for data, sentence in (
        (b"GIF89a", "neither JPEG nor PNG"),
        (jpeg.encode(np.zeros((100, 400, 3), np.uint8), 80), "it needs 240 on each side"),
        (photo[:2000], "cannot be decoded"),
    ):
        said = await add(site, data)
        assert (said.status, sentence in said.body["error"]["sentence"]) == (422, True), said.raw
    for release, sentence in (
        ({"granted": False}, "granted"),
        ({"name": " "}, "name"),
        ({"signed_on": str(TODAY + timedelta(days=3))}, "still to come"),
        ({"expires_on": str(TODAY - timedelta(days=1))}, "ends before"),
    ):
        said = await add(site, photo, **release)
        assert (said.status, sentence in said.raw.decode()) == (422, True), said.raw
    assert len((await site.ask("GET", "/v1/models")).body["items"]) == 1


async def test_a_model_who_is_deleted_is_forgotten_by_the_fitting_room(
    with_room: WithRoom, photo: bytes
) -> None:
    site = with_room.site
    await site.ask("POST", "/v1/products", LIPSTICK)
    model = (await add(site, photo)).body["id"]
    assert (await site.ask("GET", f"/v1/products/velvet/worn/{model}")).status == 200
    key = people.model_key(find_merchant(site.store, "acme").id, model)
    sittings = with_room.room._sittings
    assert key in {person for person, _ in sittings}
    assert (await site.ask("DELETE", f"/v1/models/{model}")).status == 204
    assert key not in {person for person, _ in sittings}
    assert (await site.ask("GET", f"/v1/products/velvet/worn/{model}")).status == 404
