"""``/v1`` over HTTP from a real loopback port: what is asked, what is answered, who is refused."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from tests.published import lipstick_told
from tests.served import bare_settings, factories, served
from tryon.config import Settings
from tryon.store import products
from tryon.store.assets import add_upload, record_blob
from tryon.store.blobs import copy_in, keep_bytes
from tryon.store.house import open_catalogue
from tryon.store.merchants import SCOPES, Scope, add_merchant, find_merchant, make_token, revoke_token
from tryon.store.model_pictures import Picture, Release, add_picture
from tryon.store.store import Store
from tryon.store.tables import metadata
from tryon.web.api import endpoints, files, limiter, setup
from tryon.web.api.calls import cursor
from tryon.web.api.limiter import Limiter
from tryon.web.api.openapi import document
from tryon.web.api.routes import ROUTES, Route
from tryon.web.app import create_app

LIPSTICK = lipstick_told(
    tags=["vegan"], price={"minor": 1290, "currency": "EUR"}, link="https://shop.example/velvet"
)
AVIATOR = {"definition": {"sku": "aviator", "kind": "eyewear", "name": "Aviator"}}
NOWHERE = "0" * 32
# Half of a character beyond the first 65,536: JSON can say it, and no store can keep it.
HALF = "\ud800"


@dataclass
class Said:
    status: int
    headers: Any
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        code: str = self.body["error"]["code"]
        return code


@dataclass
class Site:
    http: ClientSession
    url: str
    store: Store
    settings: Settings
    token: str

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Said:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token != "":
            sent.setdefault("Authorization", f"Bearer {token or self.token}")
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        data = None if raw is None else io.BytesIO(raw)
        if data is not None and not isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        async with self.http.request(method, self.url + path, data=data, headers=sent) as response:
            return Said(response.status, response.headers, await response.read())


def token_for(store: Store, slug: str, *scopes: Scope) -> str:
    with store.write(find_merchant(store, slug).id) as tenant:
        return make_token(tenant, "test", scopes or SCOPES)[1]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Site]:
    store = open_catalogue(settings)
    add_merchant(store, "acme")
    try:
        async with served(settings) as url, ClientSession() as http:
            yield Site(http, url, store, settings, token_for(store, "acme"))
    finally:
        store.close()


@pytest.fixture
async def site(store_settings: Settings) -> AsyncIterator[Site]:
    async with opened(store_settings) as made:
        yield made


@pytest.fixture
async def sqlite_site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = bare_settings(tmp_path, api_upload_mb=1, api_zip_mb=2)
    async with opened(settings) as made:
        yield made


async def test_a_product_from_its_making_to_its_end(site: Site) -> None:
    made = await site.ask("POST", "/v1/products", LIPSTICK)
    assert (made.status, made.headers["ETag"], made.headers["Location"]) == (
        201,
        '"1"',
        "/v1/products/velvet",
    )
    assert made.body["definition"] == LIPSTICK["definition"]
    assert (made.body["state"], made.body["tags"], made.body["price"]["minor"]) == ("draft", ["vegan"], 1290)
    again = await site.ask("GET", "/v1/products/velvet", If_None_Match=made.headers["ETag"])
    assert (again.status, again.raw) == (304, b"")
    changed = {**LIPSTICK, "tags": ["new"]}
    put = await site.ask("PUT", "/v1/products/velvet", changed, If_Match='"1"')
    assert (put.status, put.body["version"], put.body["tags"]) == (200, 2, ["new"])
    slower = await site.ask("PUT", "/v1/products/velvet", LIPSTICK, If_Match='"1"')
    assert (slower.status, slower.code) == (409, "version_conflict")
    assert (slower.body["error"]["given_version"], slower.body["error"]["current_version"]) == (1, 2)
    live = await site.ask("POST", "/v1/products/velvet/publish", If_Match='"2"')
    assert (live.status, live.body["state"], live.body["live_version"]) == (200, "live", 3)
    assert (await site.ask("GET", "/v1/products?live=true")).body["items"][0]["sku"] == "velvet"
    hidden = await site.ask("POST", "/v1/products/velvet/unpublish")
    assert hidden.body["state"] == "draft"
    gone = await site.ask("DELETE", "/v1/products/velvet", If_Match=hidden.headers["ETag"])
    assert (gone.status, gone.raw) == (204, b"")
    assert (await site.ask("GET", "/v1/products/velvet")).status == 404
    told = [event["what"] for event in (await site.ask("GET", "/v1/events")).body["items"]]
    assert {"product.created", "product.changed", "product.published", "product.deleted"} <= set(told)


async def test_lists_go_on_at_the_cursor(site: Site) -> None:
    for number in range(5):
        body = {**LIPSTICK, "definition": {**LIPSTICK["definition"], "sku": f"lip-{number}"}}
        assert (await site.ask("POST", "/v1/products", body)).status == 201
    for order in ("sku", "newest"):
        seen: list[str] = []
        following: str | None = ""
        while following is not None:
            page = (await site.ask("GET", f"/v1/products?limit=2&order={order}&cursor={following}")).body
            seen += [item["sku"] for item in page["items"]]
            following = page["next"]
        assert sorted(seen) == [f"lip-{number}" for number in range(5)]
    assert len((await site.ask("GET", "/v1/products?q=classic%20lip-3")).body["items"]) == 1
    assert (await site.ask("GET", "/v1/products?tag=vegan&kind=eyewear")).body["items"] == []
    for wrong in ("x", cursor(1), cursor("a", "b"), cursor(-1, "a"), cursor(1, "a\0")):
        said = await site.ask("GET", f"/v1/products?cursor={wrong}")
        assert (said.status, said.body["error"]["field"]) == (422, "cursor")


async def test_a_request_that_is_sent_again_does_nothing_again(site: Site) -> None:
    key = {"Idempotency_Key": "order-1"}
    first, second = [await site.ask("POST", "/v1/products", LIPSTICK, **key) for _ in range(2)]
    assert (second.status, second.body, second.headers["ETag"]) == (201, first.body, first.headers["ETag"])
    assert second.headers["Idempotent-Replay"] == "true"
    other = await site.ask("POST", "/v1/products", AVIATOR, **key)
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert (await site.ask("POST", "/v1/products", LIPSTICK)).code == "taken"
    at_once = await asyncio.gather(
        *(site.ask("POST", "/v1/products", AVIATOR, Idempotency_Key="order-2") for _ in range(4))
    )
    assert {said.status for said in at_once} == {201}
    assert len({json.dumps(said.body, sort_keys=True) for said in at_once}) == 1
    uploads = [await site.ask("POST", "/v1/uploads", b"frame", Idempotency_Key="up-1") for _ in range(2)]
    assert uploads[0].body == uploads[1].body
    assert (await site.ask("POST", "/v1/uploads", b"other", Idempotency_Key="up-1")).status == 409


async def test_uploads_at_the_limit_and_one_byte_past_it(sqlite_site: Site) -> None:
    site, limit = sqlite_site, 1 << 20
    at = await site.ask("POST", "/v1/uploads?name=frame.glb", bytes(limit))
    assert (at.status, at.body["bytes"], at.body["name"]) == (201, limit, "frame.glb")
    assert (await site.ask("GET", f"/v1/uploads/{at.body['id']}")).body == at.body
    over = await site.ask("POST", "/v1/uploads", bytes(limit + 1))
    assert (over.status, over.code) == (413, "too_large")

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield bytes(limit // 4)
        yield b"x"

    headers = {"Authorization": f"Bearer {site.token}"}
    async with site.http.post(site.url + "/v1/uploads", data=dripping(), headers=headers) as response:
        assert response.status == 413, "whatever a request says of its length, it is counted"
    shop = await site.ask("POST", "/v1/uploads?name=Shop.ZIP", bytes(2 * limit))
    assert shop.status == 201
    assert (await site.ask("DELETE", f"/v1/uploads/{shop.body['id']}")).status == 204
    over = await site.ask("POST", "/v1/uploads?name=shop.zip", bytes(2 * limit + 1))
    assert (over.status, "TRYON_API_ZIP_MB" in over.body["error"]["sentence"]) == (413, True)
    assert (await site.ask("POST", "/v1/uploads", b"")).status == 422
    assert [one["id"] for one in (await site.ask("GET", "/v1/uploads")).body["items"]] == [at.body["id"]]
    assert list((site.settings.store_dir / "blobs" / "incoming").iterdir()) == []
    assert (await site.ask("DELETE", f"/v1/uploads/{at.body['id']}")).status == 204
    assert (await site.ask("DELETE", f"/v1/uploads/{at.body['id']}")).status == 404


async def test_a_full_disk_is_told_and_loses_nothing(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sqlite_site
    kept = await site.ask("POST", "/v1/uploads?name=kept.glb", b"kept")

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("tryon.store.blobs.sync_file", full)
        said = await site.ask("POST", "/v1/uploads", b"one too many")
    assert (said.status, said.code) == (507, "storage_full")
    assert "Free some space" in said.body["error"]["sentence"]
    assert (await site.ask("GET", "/v1/uploads")).body["items"] == [kept.body]
    assert list((site.settings.store_dir / "blobs" / "incoming").iterdir()) == []
    assert (await site.ask("POST", "/v1/uploads", b"one too many")).status == 201


async def test_an_upload_that_breaks_off_leaves_nothing(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sqlite_site
    monkeypatch.setattr(files, "IDLE_S", 0.2)
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (
        "POST /v1/uploads HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {site.token}",
        "Content-Length: 900",
    )
    head = "\r\n".join((*lines, "", "ab"))
    writer.write(head.encode())
    assert b" 422 " in await asyncio.wait_for(reader.readline(), 20)
    writer.close()
    assert (await site.ask("GET", "/v1/uploads")).body["items"] == []
    assert list((site.settings.store_dir / "blobs" / "incoming").iterdir()) == []


async def test_a_full_disk_is_507_and_the_rest_goes_on(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sqlite_site
    kept = await site.ask("POST", "/v1/uploads", b"before")

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tryon.store.blobs.sync_file", full)
    said = await site.ask("POST", "/v1/uploads", b"after")
    assert (said.status, said.code) == (507, "storage_full")
    assert [one["id"] for one in (await site.ask("GET", "/v1/uploads")).body["items"]] == [kept.body["id"]]
    assert (await site.ask("GET", "/healthz")).status == 200


async def test_files_are_listed_and_read_in_any_version(site: Site, tmp_path: Path) -> None:
    house = token_for(site.store, "house")
    listed = await site.ask("GET", "/v1/products/meridian-gunmetal/files", token=house)
    told = {file["name"]: file for file in listed.body["items"]}
    model = await site.ask("GET", told["model.glb"]["href"], token=house)
    assert (model.status, model.headers["Content-Type"]) == (200, "model/gltf-binary")
    assert len(model.raw) == told["model.glb"]["bytes"]
    assert model.raw[:4] == b"glTF"
    part = await site.ask("GET", told["model.glb"]["href"], token=house, Range="bytes=0-3")
    assert (part.status, part.raw) == (206, b"glTF")
    missing = "/v1/products/meridian-gunmetal/files/model.glb?version=7"
    assert (await site.ask("GET", missing, token=house)).status == 404
    assert (await site.ask("GET", told["model.glb"]["href"])).status == 404, "it is another merchant's"
    assert copy_in(site.store.blobs, "m1", Path(__file__))[1] > 0


async def test_looks_are_kept(site: Site) -> None:
    await site.ask("POST", "/v1/products", LIPSTICK)
    look = {"name": "Evening", "items": [{"sku": "velvet", "shade": "red", "strength": 0.5, "side": "left"}]}
    made = await site.ask("POST", "/v1/looks", look)
    assert (made.status, made.body["items"]) == (201, look["items"])
    wrong = await site.ask("POST", "/v1/looks", {"name": "No", "items": [{"sku": "velvet", "shade": "blue"}]})
    assert (wrong.status, wrong.body["error"]["field"]) == (422, "items.0.shade")
    path = f"/v1/looks/{made.body['id']}"
    changed = await site.ask("PUT", path, {**look, "name": "Night"}, If_Match='"1"')
    assert (changed.body["name"], changed.headers["ETag"]) == ("Night", '"2"')
    assert (await site.ask("DELETE", path, If_Match='"1"')).status == 409
    assert (await site.ask("GET", "/v1/looks")).body["items"] == [changed.body]
    assert (await site.ask("DELETE", path, If_Match='"2"')).status == 204


async def test_jobs_are_queued_and_cancelled(site: Site) -> None:
    upload = (await site.ask("POST", "/v1/uploads", b"glTF")).body["id"]
    order = {"kind": "eyewear-glb", "sku": "aviator", "upload": upload, "product": AVIATOR}
    made = await site.ask("POST", "/v1/jobs", order)
    assert (made.status, made.body["state"], made.body["fraction"]) == (202, "queued", 0)
    path = made.headers["Location"]
    assert (await site.ask("GET", path)).body == made.body
    assert (await site.ask("GET", f"{path}/rows")).body == {"items": []}
    assert (await site.ask("POST", f"{path}/cancel")).body["state"] == "cancelled"
    assert len((await site.ask("GET", "/v1/jobs")).body["items"]) == 1
    for wrong, status in (
        ({**order, "upload": NOWHERE}, 404),
        ({"kind": "eyewear-glb", "sku": "nothing", "upload": upload}, 404),
        ({"kind": "hat"}, 422),
        ({**order, "kind": "eyewear-photo"}, 422),
        ({**order, "kind": "eyewear-photo", "size": "52-18"}, 422),
        ({**order, "kind": "eyewear-photo", "size": "52-18-140", "side": NOWHERE}, 404),
        ({**order, "kind": "eyewear-photo", "size": "52-18-140", "side": upload}, 202),
        ({**order, "more": 1}, 422),
    ):
        assert (await site.ask("POST", "/v1/jobs", wrong)).status == status
    writer = token_for(site.store, "acme", "read", "write")
    said = await site.ask("POST", "/v1/jobs", {**order, "publish": True}, token=writer)
    assert (said.status, said.code) == (403, "scope_missing")


async def test_a_token_is_shown_once_and_gives_no_more_than_it_has(site: Site) -> None:
    made = await site.ask("POST", "/v1/tokens", {"name": "CI", "scopes": ["read"]})
    assert made.status == 201
    assert (await site.ask("GET", "/v1/merchant", token=made.body["token"])).body["slug"] == "acme"
    listed = await site.ask("GET", "/v1/tokens")
    assert made.body["token"].encode() not in listed.raw
    manager = token_for(site.store, "acme", "tokens")
    more = await site.ask("POST", "/v1/tokens", {"name": "X", "scopes": ["write"]}, token=manager)
    assert (more.status, more.code) == (403, "scope_missing")
    assert (await site.ask("DELETE", f"/v1/tokens/{made.body['id']}")).status == 204
    assert (await site.ask("GET", "/v1/merchant", token=made.body["token"])).status == 401


async def test_a_merchant_is_renamed(site: Site) -> None:
    said = await site.ask("PATCH", "/v1/merchant", {"name": " Acme & Sons "}, If_Match='"1"')
    assert (said.body["name"], said.headers["ETag"]) == ("Acme & Sons", '"2"')
    assert (await site.ask("PATCH", "/v1/merchant", {"name": "Late"}, If_Match='"1"')).status == 409


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("POST", "/v1/products", b"{", {"Content-Type": "application/json"}, 400, "bad_json"),
        ("POST", "/v1/products", b"[" * 60_000, {"Content-Type": "application/json"}, 400, "bad_json"),
        ("POST", "/v1/products", b"{}", {"Content-Type": "text/plain"}, 415, "not_json"),
        ("POST", "/v1/products", b" " * 600_000, {"Content-Type": "application/json"}, 413, "too_large"),
        ("POST", "/v1/products", {"definition": {}}, {}, 422, "invalid"),
        ("POST", "/v1/products", [], {}, 422, "invalid"),
        (
            "POST",
            "/v1/products",
            {**LIPSTICK, "price": {"minor": 5.5, "currency": "EUR"}},
            {},
            422,
            "invalid",
        ),
        ("POST", "/v1/tokens", {"name": "a\0b", "scopes": ["read"]}, {}, 422, "invalid"),
        ("POST", "/v1/products", LIPSTICK, {"Idempotency-Key": "a b"}, 400, "bad_request"),
        ("PUT", "/v1/products/velvet", LIPSTICK, {}, 428, "version_needed"),
        ("PUT", "/v1/products/velvet", LIPSTICK, {"If-Match": "*"}, 428, "version_needed"),
        ("PUT", "/v1/products/velvet", LIPSTICK, {"If-Match": "three"}, 400, "bad_request"),
        ("PUT", "/v1/products/velvet", LIPSTICK, {"If-Match": '"99999999999"'}, 400, "bad_request"),
        ("PUT", "/v1/products/velvet", LIPSTICK, {"If-Match": '"1"'}, 404, "not_found"),
        ("GET", "/v1/products?limit=0", None, {}, 422, "invalid"),
        ("GET", "/v1/products?limit=201", None, {}, 422, "invalid"),
        ("GET", "/v1/products?wat=1", None, {}, 422, "invalid"),
        ("GET", "/v1/products?limit=1&limit=2", None, {}, 422, "invalid"),
        ("GET", f"/v1/products?cursor={cursor(1, HALF)}", None, {}, 422, "invalid"),
        ("GET", f"/v1/uploads?cursor={cursor(HALF)}", None, {}, 422, "invalid"),
        ("GET", "/v1/products?q=a%00b", None, {}, 422, "invalid"),
        ("GET", "/v1/merchant?x=1", None, {}, 422, "invalid"),
        ("GET", "/v1/products/No%20Such", None, {}, 404, "not_found"),
        ("GET", "/v1/nothing", None, {}, 404, "not_found"),
        ("PUT", "/v1/products", LIPSTICK, {}, 405, "method_not_allowed"),
        ("POST", "/v1/products/aviator/publish", None, {}, 404, "not_found"),
    ],
)
async def test_what_is_wrong_is_told(
    sqlite_site: Site, method: str, path: str, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    said = await sqlite_site.ask(
        method, path, body, **{name.replace("-", "_"): v for name, v in headers.items()}
    )
    assert (said.status, said.code) == (status, code)
    error = said.body["error"]
    assert error["sentence"][0].isupper() or error.get("field"), error
    assert len(error["correlation_id"]) == 16


async def test_a_product_that_lacks_its_mesh_is_not_published(sqlite_site: Site) -> None:
    assert (await sqlite_site.ask("POST", "/v1/products", AVIATOR)).status == 201
    said = await sqlite_site.ask("POST", "/v1/products/aviator/publish")
    assert (said.status, said.body["error"]["field"]) == (422, "files")
    assert "model.glb" in said.body["error"]["sentence"]


# Who may.


def _address(route: Route, parts: dict[str, str]) -> str:
    path = route.path
    for name, value in parts.items():
        start = path.find(f"{{{name}:")
        if start >= 0:
            depth, end = 0, start
            while True:
                depth += {"{": 1, "}": -1}.get(path[end], 0)
                end += 1
                if depth == 0:
                    break
            path = path[:start] + value + path[end:]
    assert "{" not in path, path
    return path


BODIES: dict[str, Any] = {
    "rename_merchant": {"name": "Mine now"},
    "create_product": {**LIPSTICK, "link": "", "definition": {**LIPSTICK["definition"], "sku": "mine"}},
    "replace_product": LIPSTICK,
    "submit_job": {
        "kind": "makeup-shades",
        "sku": "mine",
        "definition": {"name": "Mine", "type": "lipstick", "finish": "satin", "coverage": 1.0},
        "shades": [{"color": "#ff0000"}],
    },
    "create_look": {"name": "Mine", "items": [{"sku": "velvet"}]},
    "replace_look": {"name": "Mine", "items": [{"sku": "velvet"}]},
    "make_token": {"name": "Mine", "scopes": ["read"]},
    "replace_storefront": {"origins": ["https://mine.example"]},
    "set_logo": {"upload": NOWHERE},
    "make_embed_token": {"sku": "velvet", "origin": "https://mine.example"},
    "roll_back": {"edition": 1},
    "plan": {"at_ms": 2_000_000_000_000},
    "add_model": {
        "upload": NOWHERE,
        "release": {"name": "Mine", "signed_on": "2026-01-02", "granted": True},
    },
    "draw_product": {},
    "draw_unsaved": LIPSTICK,
    "upload_file": b"bytes",
}


async def _furnish(site: Site) -> dict[str, dict[str, str]]:
    """One of everything that acme has; the parts of each route's address."""
    await site.ask("POST", "/v1/products", LIPSTICK)
    upload = (await site.ask("POST", "/v1/uploads", b"secret")).body["id"]
    look = (await site.ask("POST", "/v1/looks", {"name": "Secret", "items": [{"sku": "velvet"}]})).body["id"]
    job = (await site.ask("POST", "/v1/jobs", {**BODIES["submit_job"], "sku": "secret"})).body["id"]
    token = (await site.ask("POST", "/v1/tokens", {"name": "Secret", "scopes": ["read"]})).body["id"]
    await site.ask("PUT", "/v1/storefront", {"origins": ["https://shop.example"]}, If_Match='"0"')
    ids = {"uploads": upload, "looks": look, "jobs": job, "tokens": token, "models": _a_model(site.store)}
    return {
        route.name: {
            "sku": "velvet",
            "name": "model.glb",
            "id": ids.get(route.path.split("/")[2], NOWHERE),
            "person": ids["models"],
            "act": "publish",
        }
        for route in ROUTES
    }


def _a_model(store: Store) -> str:
    """A model picture of acme's, with its release."""
    acme = find_merchant(store, "acme")
    sha256, size = keep_bytes(store.blobs, acme.id, b"a face")
    with store.write(acme.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, size)
        upload = add_upload(tenant, "face.jpg", sha256, size)
        release = Release("Secret Person", date(2026, 1, 2), terms="Secret terms")
        return add_picture(tenant, Picture(sha256, 480, 640), release, upload).id


def _state(store: Store) -> str:
    """All rows of acme, as text."""
    acme = find_merchant(store, "acme")
    with store.database.read() as connection:
        rows = [
            str(sorted(map(str, connection.execute(select(metadata.tables[table])).all())))
            for table in (
                "products",
                "assets",
                "uploads",
                "looks",
                "jobs",
                "variants",
                "product_tags",
                "storefronts",
                "model_pictures",
                "schedules",
            )
        ]
        own = connection.exec_driver_sql("SELECT * FROM merchants").all()
    return "\n".join([*rows, *(str(row) for row in own if acme.id in str(row))])


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers may ask as often as a test likes."""
    monkeypatch.setattr(endpoints, "STRANGER_BURST", 10_000.0)


async def test_every_route_refuses_everyone_who_may_not(unhurried: None, site: Site) -> None:
    parts = await _furnish(site)
    revoked = token_for(site.store, "acme")
    with site.store.write(find_merchant(site.store, "acme").id) as tenant:
        revoke_token(tenant, find_token(site.store, revoked))
    add_merchant(site.store, "other")
    stranger = token_for(site.store, "other")
    before = _state(site.store)
    for route in ROUTES:
        path, body = _address(route, parts[route.name]), BODIES.get(route.run.__name__)
        headers = {"If_Match": '"1"'} if route.match != "none" else {}
        others: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope != route.scope)
        viewer = token_for(site.store, "acme", *others)
        for who, token, status in (
            ("anonymous", "", 401),
            ("nonsense", "tryon_x", 401),
            ("revoked", revoked, 401),
            ("viewer", viewer, 403),
        ):
            said = await site.ask(route.method, path, body, token=token, **headers)
            assert said.status == status, f"{route.name} answers {who} with {said.status}"
        if parts_in(route):
            said = await site.ask(route.method, path, body, token=stranger, **headers)
            assert said.status == 404, f"{route.name} answers another merchant with {said.status}"
    assert _state(site.store) == before
    for route in ROUTES:
        if not parts_in(route):
            body = BODIES.get(route.run.__name__)
            headers = {"If_Match": '"1"'} if route.match != "none" else {}
            said = await site.ask(route.method, _address(route, {}), body, token=stranger, **headers)
            assert said.status < 500
            for secret in (
                "shop.example",
                "Secret",
                "acme",
                *(part["id"] for part in parts.values() if part["id"] != NOWHERE),
            ):
                assert secret not in said.raw.decode(), f"{route.name} tells another merchant {secret}"
    acme = find_merchant(site.store, "acme")
    with site.store.read(acme.id) as tenant:
        assert [item.sku for item in products.page(tenant, products.Wanted(), 10)] == ["velvet"]


def parts_in(route: Route) -> bool:
    return "{" in route.path


def find_token(store: Store, text: str) -> str:
    from tryon.store.merchants import token_of

    token = token_of(store, text)
    assert token is not None
    return token.id


async def test_a_viewer_may_look_and_nothing_else(site: Site) -> None:
    parts = await _furnish(site)
    viewer = token_for(site.store, "acme", "read")
    for route in ROUTES:
        path, body = _address(route, parts[route.name]), BODIES.get(route.run.__name__)
        headers = {"If_Match": '"1"'} if route.match != "none" else {}
        said = await site.ask(route.method, path, body, token=viewer, **headers)
        assert (said.status == 403) is (route.scope != "read"), route.name
        assert (route.scope == "read") <= (route.method == "GET")


def test_the_table_is_all_that_the_application_has_below_v1() -> None:
    app = create_app(Settings(threads=1), factories())
    below = [route for route in app.router.routes() if "v1" in str(route.resource)]
    assert [route.name for route in below] == ["v1"]
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


async def test_strangers_are_counted_and_make_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "STRANGER_BURST", 3.0)
    monkeypatch.setattr(endpoints, "STRANGER_PER_S", 0.001)
    settings = Settings(threads=1, store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    async with (
        served(settings) as url,
        ClientSession(headers={"Authorization": "Bearer tryon_0_x"}) as http,
    ):
        address = f"{url}/v1/products"
        statuses = [(await http.get(address)).status for _ in range(5)]
        # Behind a proxy of ours there are many.
        another = (await http.get(address, headers={"X-Forwarded-For": "203.0.113.9"})).status
    assert statuses == [401, 401, 401, 429, 429]
    assert another == 401
    assert not settings.store_dir.exists()


async def test_a_token_that_asks_too_often_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    per_s = 0.001
    monkeypatch.setattr(endpoints, "BURST_S", 2 / per_s)
    settings = Settings(
        threads=1, store_dir=tmp_path / "s", cache_dir=tmp_path / "c", api_requests_per_second=per_s
    )
    async with opened(settings) as site:
        said = [await site.ask("GET", "/v1/merchant") for _ in range(4)]
        assert [one.status for one in said] == [200, 200, 429, 429]
        assert said[-1].headers["Retry-After"] == "1"


def test_a_limiter_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "_BUCKETS_MAX", 2)
    now_s = [0.0]
    limits = Limiter(1.0, 1.0, lambda: now_s[0])
    assert limits.admits("a")
    assert not limits.admits("a")
    now_s[0] = 1.0
    assert limits.admits("a")
    assert [limits.admits(who) for who in ("b", "c", "a")] == [True, True, True]


# The document.


def test_the_document_names_every_route_and_all_that_it_refers_to() -> None:
    told = document()
    found = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert len(found) == len(ROUTES)
    text = json.dumps(told)
    for name in set(_references(told)):
        assert name in told["components"]["schemas"], name
    assert "$defs" not in text
    for methods in told["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            named = {part["name"] for part in operation["parameters"] if part["in"] == "path"}
            assert all(part["required"] for part in operation["parameters"] if part["in"] == "path")
            assert len(named) == len([part for part in operation["parameters"] if part["in"] == "path"])


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "$ref":
                yield part.rsplit("/", 1)[1]
            else:
                yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


async def test_the_document_is_everyones(sqlite_site: Site) -> None:
    said = await sqlite_site.ask("GET", "/v1/openapi.json", token="")
    assert (said.status, said.body["openapi"]) == (200, "3.1.0")
    assert (await sqlite_site.ask("POST", "/v1/openapi.json", token="")).status == 405


def test_what_opening_the_api_needs_is_imported_by_its_first_request(root: Path) -> None:
    source = Path(setup.__file__).read_text("utf-8")
    assert "\nfrom tryon.store" not in source
    code = "import sys; import tryon.web.app; sys.exit(any(name.startswith('sqlalchemy') for name in sys.modules))"
    import subprocess
    import sys

    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
