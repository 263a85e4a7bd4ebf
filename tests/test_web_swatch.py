"""``POST /api/swatch`` over a real loopback port: what is read, and each refusal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tryon.config import Settings
from tryon.errors import BadFrame
from tryon.jpeg import LIVE_FRAME
from tryon.session import CONSENT_VERSION
from tryon.web.app import create_app
from tryon.web.middle import Factories
from tryon.web.mirror import SWATCHES_MAX, Mirror
from tryon.wire.control import LookItem

CONSENT = {"X-Tryon-Consent": str(CONSENT_VERSION), "Content-Type": "image/jpeg"}


class Look:
    items: tuple[LookItem, ...] = ()
    beside: tuple[tuple[LookItem, ...], ...] = ()


class Engine:
    def warm_up(self, _progress: Any) -> None: ...
    def close(self) -> None: ...


class Book:
    """Reads what it is given, when ``gate`` is open."""

    gate = threading.Event()
    read: list[bytes] = []  # noqa: RUF012 - emptied by the fixture

    def products(self) -> Sequence[Any]:
        return ()

    def looks(self) -> Sequence[Any]:
        return ()

    def resolve(self, _items: Any, _beside: Any = (), /) -> Any:
        return Look()

    def read_swatch(self, data: bytes, /) -> dict[str, object]:
        self.gate.wait(5)
        self.read.append(data)
        if data == b"grey":
            raise BadFrame("No colour stands out in this photo.")
        return {"color": "#aa2233", "matches": {}}


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    Book.gate.set()
    Book.read.clear()
    factories = Factories(Engine, lambda: None, Book, dict, lambda: tmp_path)  # type: ignore[arg-type, return-value]
    runner = web.AppRunner(create_app(Settings(threads=1), factories), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/api/swatch"
    Book.gate.set()
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def refused(answer: Any, status: int, code: str) -> None:
    assert answer.status == status
    error = (await answer.json())["error"]
    assert error["code"] == code
    assert error["sentence"].endswith(".")
    assert Book.read == []


async def test_a_photo_is_read_and_answered(url: str, http: ClientSession) -> None:
    async with http.post(url, data=b"photo", headers=CONSENT) as answer:
        assert answer.status == 200
        assert await answer.json() == {"color": "#aa2233", "matches": {}}
        assert answer.headers["Cache-Control"] == "no-store"
    assert Book.read == [b"photo"]


async def test_without_consent_or_from_elsewhere_nothing_is_read(url: str, http: ClientSession) -> None:
    plain = {"Content-Type": "image/jpeg"}
    async with http.post(url, data=b"photo", headers=plain) as answer:
        await refused(answer, 403, "consent_missing")
    async with http.post(url, data=b"photo", headers=CONSENT | {"X-Tryon-Consent": "0"}) as answer:
        await refused(answer, 403, "consent_missing")
    async with http.post(url, data=b"photo", headers=CONSENT | {"Origin": "https://evil.example"}) as answer:
        await refused(answer, 403, "forbidden")


async def test_other_types_and_larger_bodies_are_refused(url: str, http: ClientSession) -> None:
    async with http.post(url, data=b"photo", headers=CONSENT | {"Content-Type": "image/png"}) as answer:
        await refused(answer, 415, "not_a_jpeg")
    async with http.post(url, data=bytes(LIVE_FRAME.max_bytes + 1), headers=CONSENT) as answer:
        await refused(answer, 413, "too_large")
    async with http.post(url, data=bytes(LIVE_FRAME.max_bytes), headers=CONSENT) as answer:
        assert answer.status == 200


async def test_a_photo_without_colour_is_refused_in_words(url: str, http: ClientSession) -> None:
    async with http.post(url, data=b"grey", headers=CONSENT) as answer:
        assert answer.status == 422
        assert "No colour" in (await answer.json())["error"]["sentence"]


async def test_one_photo_too_many_is_asked_to_wait(
    url: str, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    Book.gate.clear()
    came = asyncio.Semaphore(0)
    read = Mirror.read_swatch

    async def count(mirror: Mirror, data: bytes) -> Any:
        came.release()
        return await read(mirror, data)

    monkeypatch.setattr(Mirror, "read_swatch", count)

    async def send() -> int:
        async with http.post(url, data=b"photo", headers=CONSENT) as answer:
            return answer.status

    waiting = [asyncio.create_task(send()) for _ in range(SWATCHES_MAX)]
    for _ in waiting:
        await came.acquire()
    async with http.post(url, data=b"photo", headers=CONSENT) as answer:
        assert answer.status == 503
        assert "Retry-After" in answer.headers
    Book.gate.set()
    assert await asyncio.gather(*waiting) == [200] * SWATCHES_MAX
