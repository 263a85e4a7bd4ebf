"""What a browser fetches, from a real loopback port, with a scripted catalogue."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tryon.catalogue.makeup import Makeup, Tone
from tryon.config import Settings
from tryon.errors import BadAsset
from tryon.session import CONSENT_VERSION
from tryon.web.app import create_app
from tryon.web.middle import Factories, LensLike
from tryon.wire.control import LookItem

CLIP = bytes(range(256)) * 40
PNG = b"\x89PNG\r\n\x1a\n of sorts"


@dataclass(frozen=True)
class Shade:
    id: str
    name: str
    swatch: str
    tones: tuple[Tone, ...] = ()


@dataclass(frozen=True)
class Product:
    sku: str
    kind: str
    name: str
    description: str = ""
    shades: tuple[Shade, ...] = ()
    thumbnail: Path | None = None
    lenses: tuple[LensLike, ...] = ()
    prescription: bool = False
    makeup: Makeup | None = None
    is_matched: bool = False

    @property
    def slot(self) -> str:
        return self.kind if self.makeup is None else self.makeup.type


@dataclass(frozen=True)
class Look:
    items: tuple[LookItem, ...] = ()
    beside: tuple[tuple[LookItem, ...], ...] = ()


class Engine:
    def warm_up(self, progress: Callable[[str, float], None]) -> None: ...
    def close(self) -> None: ...


class Book:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def looks(self) -> list[dict[str, object]]:
        return [{"id": "red", "name": "Red", "items": [{"sku": "lip"}]}]

    def read_swatch(self, _data: bytes, /) -> dict[str, object]:
        return {}

    def products(self) -> Sequence[Product]:
        picture = self._folder / "thumbnail.png"
        picture.write_bytes(PNG)
        return (
            Product("aviator", "eyewear", "Aviator", "Thin gold.", (), picture),
            Product(
                "lip",
                "makeup",
                "<Lip & Co>",
                "",
                (Shade("red", "Red", "#aa0011", (Tone(color="#aa0011"),)),),
                makeup=Makeup(type="concealer", finish="satin", coverage=0.5, finishes=("satin", "matte")),
            ),
        )

    def resolve(self, items: Sequence[LookItem], _beside: Sequence[Sequence[LookItem]] = (), /) -> Look:
        return Look(tuple(items))


def _no_pipeline() -> Any:
    raise AssertionError("no shopper comes here")


@dataclass
class Site:
    http: ClientSession
    url: str
    samples_made: list[Path]

    async def get(self, path: str, **headers: str) -> tuple[int, Any, bytes]:
        async with self.http.get(self.url + path, headers=headers) as response:
            return response.status, response.headers, await response.read()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made: list[Path] = []

    def sample() -> Path:
        path = tmp_path / "sample.mp4"
        path.write_bytes(CLIP)
        made.append(path)
        return path

    factories = Factories(Engine, _no_pipeline, lambda: Book(tmp_path), dict, sample)
    async with _served(factories) as url, ClientSession() as http:
        yield Site(http, url, made)


class _served:  # noqa: N801 - used like a function
    def __init__(self, factories: Factories) -> None:
        app = create_app(Settings(threads=1, store_dir=Path("no-such-store")), factories)
        self.app = app
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self.listener = socket.create_server(("127.0.0.1", 0))

    async def __aenter__(self) -> str:
        await self.runner.setup()
        await web.SockSite(self.runner, self.listener).start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()
        self.listener.close()


async def test_complete_looks_are_listed(site: Site) -> None:
    async with site.http.get(f"{site.url}/api/looks") as answer:
        assert answer.status == 200
        assert await answer.json() == {"looks": [{"id": "red", "name": "Red", "items": [{"sku": "lip"}]}]}


async def test_the_page_carries_the_version_of_its_consent_text(site: Site) -> None:
    status, headers, body = await site.get("/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'data-version="{CONSENT_VERSION}"'.encode() in body


async def test_a_products_page_can_be_shared(site: Site) -> None:
    status, headers, body = await site.get("/p/aviator")
    text = body.decode()
    assert status == 200
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "<title>Aviator – the mirror</title>" in text
    assert '<meta property="og:title" content="Aviator – see it on you">' in text
    assert f'<meta property="og:image" content="{site.url}/api/catalogue/aviator/thumbnail.png">' in text
    _, _, body = await site.get("/p/aviator", Host="mirror.example")
    assert 'content="https://mirror.example/api/catalogue/aviator/thumbnail.png"' in body.decode()
    _, _, body = await site.get("/p/lip")
    assert "&lt;Lip &amp; Co&gt;" in body.decode()
    assert "og:image" not in body.decode()


async def test_a_product_that_is_not_there_has_a_page_with_a_way_on(site: Site) -> None:
    status, headers, body = await site.get("/p/gone")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Not here any more" in body.decode()
    assert 'href="/"' in body.decode()


async def test_the_tag_may_be_loaded_by_any_page_and_nothing_else_may(site: Site) -> None:
    status, headers, _ = await site.get("/static/embed.js")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age=600" in headers["Cache-Control"]
    for path in ("/static/js/wire.js", "/", "/api/catalogue"):
        _, headers, _ = await site.get(path)
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers


async def test_every_file_that_the_page_names_is_served(site: Site) -> None:
    _, _, body = await site.get("/")
    named = re.findall(r'(?:src|href)="(/[^"#]+)"', body.decode())
    assert len(named) >= 3
    for path in named:
        assert (await site.get(path))[0] == 200, path


async def test_the_page_has_nothing_inline_that_its_policy_would_refuse(site: Site) -> None:
    _, _, body = await site.get("/")
    text = body.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/static/js/wire.js", 200),
        ("/api/catalogue", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/api/sample.mp4", 200),
        ("/nope", 404),
        ("/ws/mirror", 403),
    ],
)
async def test_every_response_carries_the_security_headers(site: Site, path: str, status: int) -> None:
    for _ in range(100):
        if (await site.get("/readyz"))[0] == 200:
            break
        await asyncio.sleep(0.02)
    got, headers, _ = await site.get(path)
    assert got == status
    policy = headers["Content-Security-Policy"]
    host = site.url.removeprefix("http://")
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert f"connect-src 'self' ws://{host} wss://{host};" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert headers["Server"] == "tryon"
    assert "Cache-Control" in headers


async def test_a_host_that_is_no_host_does_not_reach_the_policy(site: Site) -> None:
    _, headers, _ = await site.get("/healthz", Host="x; script-src *")
    assert "script-src *" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/static/js/wire.js", "text/javascript; charset=utf-8"),
        ("/static/mirror.css", "text/css; charset=utf-8"),
        ("/static/favicon.svg", "image/svg+xml"),
    ],
)
async def test_files_have_the_types_that_browsers_insist_on(site: Site, path: str, kind: str) -> None:
    status, headers, _ = await site.get(path)
    assert (status, headers["Content-Type"]) == (200, kind)
    again, _, body = await site.get(path, **{"If-None-Match": headers["Etag"]})
    assert (again, body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/js",
        "/static/js/",
        "/static/js/wire.js%00",
        "/static/..%5c..%5cpyproject.toml",
        "/static/",
    ],
)
async def test_nothing_but_the_static_files_is_served(site: Site, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
    # By hand: a client of good manners would tidy the path up first.
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}
    assert b"[project]" not in answer
    assert b"root:" not in answer


async def test_the_catalogue_lists_products_and_their_thumbnails(site: Site) -> None:
    async with site.http.get(site.url + "/api/catalogue") as response:
        assert response.status == 200
        products = (await response.json())["products"]
    assert products == [
        {
            "sku": "aviator",
            "kind": "eyewear",
            "slot": "eyewear",
            "name": "Aviator",
            "description": "Thin gold.",
            "shades": [],
            "makeup": None,
            "matched": False,
            "photochromic": [],
            "prescription": False,
            "price": None,
            "link": "",
            "thumbnail": "/api/catalogue/aviator/thumbnail.png",
        },
        {
            "sku": "lip",
            "kind": "makeup",
            "slot": "concealer",
            "name": "<Lip & Co>",
            "description": "",
            "shades": [{"id": "red", "name": "Red", "swatch": "#aa0011", "tones": ["#aa0011"]}],
            "makeup": {
                "type": "concealer",
                "order": 2,
                "finish": "satin",
                "finishes": ["satin", "matte"],
                "template": "",
                "templates": ["under_eye", "full"],
                "coverage": 0.5,
            },
            "matched": False,
            "photochromic": [],
            "prescription": False,
            "price": None,
            "link": "",
            "thumbnail": None,
        },
    ]
    status, headers, body = await site.get("/api/catalogue/aviator/thumbnail.png")
    assert (status, headers["Content-Type"], body) == (200, "image/png", PNG)


@pytest.mark.parametrize("sku", ["lip", "nothing", "..", "%2e%2e%2fx"])
async def test_a_picture_that_is_not_there_is_404_with_a_sentence(site: Site, sku: str) -> None:
    async with site.http.get(f"{site.url}/api/catalogue/{sku}/thumbnail.png") as response:
        assert response.status == 404
        error = (await response.json())["error"]
    assert error["code"] in {"unknown_product", "not_found"}
    assert error["sentence"].endswith(".")
    assert re.fullmatch(r"[0-9a-f]{16}", error["correlation_id"])


async def test_the_sample_clip_is_made_once_and_served_in_ranges(site: Site) -> None:
    answers = await asyncio.gather(*(site.get("/api/sample.mp4") for _ in range(4)))
    assert {(status, body) for status, _, body in answers} == {(200, CLIP)}
    assert len(site.samples_made) == 1
    status, headers, body = await site.get("/api/sample.mp4", Range="bytes=100-199")
    assert (status, body) == (206, CLIP[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(CLIP)}"
    assert headers["Content-Type"] == "video/mp4"
    assert (await site.get("/api/sample.mp4", Range=f"bytes={len(CLIP)}-"))[0] == 416


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_other_methods_are_refused_as_json(site: Site, method: str) -> None:
    async with site.http.request(method, site.url + "/api/catalogue") as response:
        assert response.status == 405
        assert "GET" in response.headers["Allow"]
        assert (await response.json())["error"]["code"] == "method_not_allowed"


async def test_a_catalogue_that_cannot_be_read_is_told_without_its_path(tmp_path: Path) -> None:
    def broken() -> Book:
        raise BadAsset("The product aviator has no model.")

    def nothing() -> Path:
        raise OSError(str(tmp_path))

    factories = Factories(Engine, _no_pipeline, broken, dict, nothing)
    async with _served(factories) as url, ClientSession() as http:
        async with http.get(url + "/api/catalogue") as response:
            assert (response.status, (await response.json())["error"]["code"]) == (500, "bad_asset")
        async with http.get(url + "/readyz") as response:
            error = (await response.json())["error"]
            assert (response.status, error["code"]) == (503, "failed")
            assert error["sentence"] == "The product aviator has no model."
        async with http.get(url + "/api/sample.mp4") as response:
            assert response.status == 500
            text = await response.text()
            assert "server_fault" in text
            assert str(tmp_path) not in text
        async with http.get(url + "/") as response:
            assert response.status == 200
