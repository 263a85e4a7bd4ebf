"""The socket on a real loopback port, with a scripted middle passed as an argument."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

from tryon import jpeg
from tryon.config import Settings
from tryon.frame import U8, Frame, Rect
from tryon.session import CONSENT_VERSION
from tryon.web.app import create_app, make_runner
from tryon.web.client import Closed, MirrorClient, connect
from tryon.web.keys import MIRROR
from tryon.web.middle import Factories
from tryon.wire.control import Bye, Consent, Dropped, LookAnswer, LookItem
from tryon.wire.measure import Measure, MeasureRequest
from tryon.wire.messages import FrameMessage, Reply, ReplyKind

PICTURE: U8 = np.full((96, 128, 3), 120, np.uint8)
JPEG = jpeg.encode(PICTURE, 90)
# As long as may be: what ends well before it has not waited for it.
DRAIN_S = 40.0

CONSENT = Consent(CONSENT_VERSION).serialize().encode()


class Engine:
    def warm_up(self, progress: Callable[[str, float], None]) -> None: ...
    def close(self) -> None: ...


@dataclass
class Painted:
    bgr: U8
    dirty: Rect | None
    hints: tuple[str, ...] = ()
    faces: int = 1
    measured: Measure | None = None
    shades: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Look:
    items: tuple[LookItem, ...]
    beside: tuple[tuple[LookItem, ...], ...] = ()


@dataclass
class Middle:
    """Paints the grey that the first product's shade names; ``gate`` stops every frame while it is clear."""

    gate: threading.Event = field(default_factory=threading.Event)
    warm: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def factories(self) -> Factories:
        self.gate.set()
        return Factories(self._engine, lambda: _Painter(self), _Book, dict, lambda: Path("absent.mp4"))

    def _engine(self) -> Engine:
        self.warm.wait(10)
        return Engine()


class _Book:
    def looks(self) -> list[dict[str, object]]:
        return [{"id": "red", "name": "Red", "items": [{"sku": "lip"}]}]

    def read_swatch(self, _data: bytes, /) -> dict[str, object]:
        return {}

    def products(self) -> Sequence[Any]:
        return ()

    def resolve(self, items: Sequence[LookItem], _beside: Sequence[Sequence[LookItem]] = (), /) -> Look:
        return Look(tuple(items))


class _Painter:
    def __init__(self, middle: Middle) -> None:
        self._middle = middle

    def process(self, frame: Frame, look: Look, _engine: Engine, /) -> Painted:
        self._middle.begun.set()
        self._middle.gate.wait(10)
        if not look.items:
            return Painted(frame.bgr, None)
        bgr = frame.bgr.copy()
        bgr[30:50, 40:60] = int(look.items[0].shade or 0)
        return Painted(bgr, Rect(40, 30, 60, 50))

    def reset(self) -> None: ...
    def measure(self, _request: MeasureRequest, /) -> None: ...


class Server:
    def __init__(self, app: web.Application, port: int, middle: Middle) -> None:
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.middle = middle


@contextlib.asynccontextmanager
async def run_server(*, wait: bool = True, **settings: Any) -> AsyncIterator[Server]:
    middle = Middle()
    if wait:
        middle.warm.set()
    given = Settings(threads=2, **settings)
    app = create_app(given, middle.factories())
    runner = make_runner(app, given)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    if wait:
        await app[MIRROR].started()
    try:
        yield Server(app, listener.getsockname()[1], middle)
    finally:
        middle.gate.set()
        middle.warm.set()
        await runner.cleanup()
        listener.close()


@pytest.fixture(autouse=True)
async def _no_slow_callback(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Pixel work or a blocking call on the event loop fails the test."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    # Two cores shared with the workers: a pause this long is work, not the scheduler.
    loop.slow_callback_duration = 0.25
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        yield
    slow = [record.getMessage() for record in caplog.records if "Executing" in record.getMessage()]
    assert slow == []


async def _wear(client: MirrorClient, grey: int) -> None:
    answer = await client.look([LookItem("grey", shade=str(grey))])
    assert isinstance(answer, LookAnswer)


async def _shop(client: MirrorClient, grey: int) -> None:
    await client.consent()
    await _wear(client, grey)


def _grey(reply: Reply | Dropped) -> float:
    assert isinstance(reply, Reply)
    return float(jpeg.decode(reply.jpeg)[20, 20].mean())


async def test_a_shopper_agrees_wears_and_is_answered() -> None:
    async with run_server() as server, connect(server.url) as client:
        await client.consent()
        bare = await client.exchange(JPEG, 1.0)
        assert isinstance(bare, Reply)
        assert bare.kind is ReplyKind.UNCHANGED
        await _wear(client, 250)
        reply = await client.exchange(JPEG, 2.0)
        assert isinstance(reply, Reply)
        assert (reply.kind, reply.rect) == (ReplyKind.RECTANGLE, Rect(32, 16, 80, 64))
        assert _grey(reply) == pytest.approx(250, abs=4)
        assert 0 < reply.server_us < 5e6
        assert client.status is not None
        assert client.status.faces == 1
        assert client.window.flying == 0


async def test_two_shoppers_never_see_each_others_pictures() -> None:
    async with run_server() as server, connect(server.url) as one, connect(server.url) as two:
        await _shop(one, 20)
        await _shop(two, 240)
        for t_ms in range(1, 30):
            first, second = await asyncio.gather(
                one.exchange(JPEG, float(t_ms)), two.exchange(JPEG, float(t_ms) + 500)
            )
            assert (first.sequence, second.sequence) == (t_ms - 1, t_ms - 1)
            assert isinstance(first, Reply)
            assert isinstance(second, Reply)
            assert (first.t_ms, second.t_ms) == (t_ms, t_ms + 500)
            assert _grey(first) == pytest.approx(20, abs=6)
            assert _grey(second) == pytest.approx(240, abs=6)


async def test_frames_before_consent_are_refused_and_the_sixteenth_closes() -> None:
    async with run_server() as server, connect(server.url) as client:
        for t_ms in range(16):
            await client.send_frame(JPEG, float(t_ms))
        assert await client.closed() == 1008
        assert {failure.code for failure in client.failures} == {"consent_missing"}
        assert client.dropped == list(range(16))
        assert not server.middle.begun.is_set()


async def test_of_a_hundred_frames_at_once_the_newest_wins_and_the_rest_is_dropped() -> None:
    async with run_server() as server, connect(server.url) as client:
        await _shop(client, 9)
        server.middle.gate.clear()
        await client.send_frame(JPEG, 0.5)
        await asyncio.to_thread(server.middle.begun.wait, 5)
        for number in range(1, 100):
            await client.send_frame(JPEG, float(number))
        while len(client.dropped) < 98:
            await client.receive()
        server.middle.gate.set()
        replies = [await client.answer(), await client.answer()]
        assert [reply.sequence for reply in replies] == [0, 99]
        assert client.dropped == list(range(1, 99))
        assert client.failures == []
        assert client.window.flying == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param("no json", "protocol", id="text_that_is_no_json"),
        pytest.param(JPEG.hex(), "protocol", id="text_where_binary_is_due"),
        pytest.param("x" * 20_000, "protocol", id="long_text"),
        pytest.param("[" * 16_000, "protocol", id="deep_nesting"),
        pytest.param(b"", "protocol", id="nothing"),
        pytest.param(b"\x01\x01", "protocol", id="short"),
        pytest.param(b"\x07" + FrameMessage(0, 0.0, JPEG).serialize()[1:], "wrong_version", id="version"),
        pytest.param(FrameMessage(0, 0.0, b"GIF89a" * 9).serialize(), "not_a_jpeg", id="a_gif"),
        pytest.param(FrameMessage(0, 0.0, JPEG[:-9]).serialize(), "not_a_jpeg", id="truncated"),
    ],
)
async def test_a_bad_message_costs_itself(message: str | bytes, code: str) -> None:
    async with run_server() as server, connect(server.url) as client, connect(server.url) as other:
        await _shop(client, 9)
        await _shop(other, 9)
        await (client.send_text(message) if isinstance(message, str) else client.send_bytes(message))
        while not client.failures:
            await client.receive()
        assert client.failures[0].code == code
        assert client.failures[0].sentence.endswith(".")
        assert isinstance(await client.exchange(JPEG, 5.0), (Reply, Dropped))
        assert isinstance(await other.exchange(JPEG, 5.0), Reply)
        assert other.failures == []


async def test_a_frame_of_the_largest_size_is_answered_and_one_byte_more_closes() -> None:
    async with run_server() as server:
        largest = JPEG + bytes(512 * 1024 - len(JPEG))
        async with connect(server.url) as client:
            await _shop(client, 9)
            assert isinstance(await client.exchange(largest, 1.0), Reply)
        async with connect(server.url) as client:
            await client.consent()
            with pytest.raises((Closed, ConnectionError)) as refusal:
                await client.exchange(largest + b"\0\0", 1.0)
            if isinstance(refusal.value, Closed):
                assert refusal.value.code == 1009


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1", "file://"])
async def test_a_page_from_elsewhere_is_refused_before_the_upgrade(origin: str) -> None:
    async with run_server() as server:
        with pytest.raises(WSServerHandshakeError) as refusal:
            async with connect(server.url, origin=origin):
                pass
        assert refusal.value.status == 403


async def test_a_missing_origin_is_refused_and_a_listed_one_served() -> None:
    async with run_server(allowed_origins=("https://shop.example",)) as server:
        async with ClientSession() as http:
            with pytest.raises(WSServerHandshakeError) as refusal:
                await http.ws_connect(f"{server.url}/ws/mirror")
            assert refusal.value.status == 403
        async with connect(server.url, origin="https://shop.example") as client:
            await client.consent()


async def test_a_plain_request_is_told_that_this_is_a_socket() -> None:
    async with (
        run_server() as server,
        ClientSession() as http,
        http.get(f"{server.url}/ws/mirror", headers={"Origin": server.url}) as response,
    ):
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "not_a_websocket"


async def test_one_shopper_too_many_is_refused_and_let_in_when_a_place_is_free() -> None:
    async with run_server(max_sessions=2) as server, ClientSession() as http, connect(server.url) as one:
        async with connect(server.url) as two:
            await one.consent()
            await two.consent()
            with pytest.raises(WSServerHandshakeError) as refusal:
                async with connect(server.url):
                    pass
            assert refusal.value.status == 503
            assert refusal.value.headers is not None
            assert int(refusal.value.headers["Retry-After"]) > 0
            async with http.get(f"{server.url}/readyz") as response:
                assert (response.status, response.headers["Retry-After"]) == (503, "5")
                assert (await response.json())["error"]["code"] == "busy"
            assert isinstance(await one.exchange(JPEG, 1.0), Reply)
        # The server hears a moment later that the second one has gone.
        status = 503
        while status != 200:
            async with http.get(f"{server.url}/readyz") as response:
                status = response.status
        async with connect(server.url) as three:
            await three.consent()


async def test_while_the_workers_warm_up_the_page_answers_and_the_socket_says_later() -> None:
    async with run_server(wait=False) as server, ClientSession() as http:
        async with http.get(f"{server.url}/") as response:
            assert response.status == 200
        async with http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
        async with http.get(f"{server.url}/readyz") as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "2")
            error = (await response.json())["error"]
            assert error["code"] == "warming"
            assert 0 <= error["fraction"] <= 1
        with pytest.raises(WSServerHandshakeError) as refusal:
            async with connect(server.url):
                pass
        assert refusal.value.status == 503
        server.middle.warm.set()
        await server.app[MIRROR].started()
        async with http.get(f"{server.url}/readyz") as response:
            assert response.status == 200
        async with connect(server.url) as client:
            await client.consent()


def _masked(opcode: int, payload: bytes) -> bytes:
    head = bytes((0x80 | opcode,))
    if len(payload) < 126:
        return head + bytes((0x80 | len(payload),)) + bytes(4) + payload
    return head + bytes((0x80 | 126,)) + struct.pack(">H", len(payload)) + bytes(4) + payload


def _upgrade(server: Server) -> bytes:
    """A browser's request for the socket, by hand."""
    return (
        f"GET /ws/mirror HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def _flood(server: Server, picture: bytes, give_up_s: float) -> tuple[bool, float]:
    """Send frames and never read; whether the server cut the connection, and after how long."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", server.port))
    slow.settimeout(give_up_s)
    slow.sendall(_upgrade(server) + _masked(1, CONSENT))
    begin, sequence = time.monotonic(), 0
    with slow:
        while time.monotonic() - begin < give_up_s:
            try:
                slow.sendall(_masked(2, FrameMessage(sequence, float(sequence + 1), picture).serialize()))
            except TimeoutError:
                break
            except OSError:
                return True, time.monotonic() - begin
            sequence += 1
            time.sleep(0.002)
    return False, time.monotonic() - begin


async def test_a_socket_that_never_reads_is_cut_at_the_deadline_and_nobody_notices(
    caplog: pytest.LogCaptureFixture,
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    big = jpeg.encode(noise, 40)
    assert len(big) < 65_000
    settings: dict[str, Any] = {"send_deadline_s": 0.5, "reply": "whole", "frames_per_second_max": 240}
    with caplog.at_level(logging.INFO, logger="tryon"):
        async with run_server(**settings) as server, connect(server.url) as other:
            await _shop(other, 77)
            flooding = asyncio.create_task(asyncio.to_thread(_flood, server, big, 15))
            waits_s = []
            while not flooding.done():
                since = time.monotonic()
                assert isinstance(await other.exchange(JPEG, since * 1000), Reply)
                waits_s.append(time.monotonic() - since)
                await asyncio.sleep(0.01)
            cut, after_s = await flooding
    assert cut
    assert 0.5 < after_s < 10
    assert "does not read" in caplog.text
    assert sorted(waits_s)[len(waits_s) // 2] < 0.1
    assert max(waits_s) < 1


async def test_draining_says_goodbye_and_is_quick() -> None:
    async with contextlib.AsyncExitStack() as stack:
        server_stack = contextlib.AsyncExitStack()
        server = await server_stack.enter_async_context(run_server(drain_s=DRAIN_S))
        clients = [await stack.enter_async_context(connect(server.url)) for _ in range(3)]
        for client in clients:
            await _shop(client, 5)
            await client.exchange(JPEG, 1.0)
        goodbyes: list[object] = []

        async def listen(client: MirrorClient) -> int | None:
            try:
                while True:
                    goodbyes.append(await client.receive())
            except Closed as closed:
                return closed.code

        listening = [asyncio.create_task(listen(client)) for client in clients]
        begin = time.monotonic()
        await server_stack.aclose()
        # Those who answer are not waited for as long as those who do not may be.
        assert time.monotonic() - begin < DRAIN_S / 4
        assert await asyncio.gather(*listening) == [1001] * 3
        assert [message for message in goodbyes if isinstance(message, Bye)] == [Bye("draining")] * 3


async def test_draining_does_not_wait_for_a_shopper_who_never_answers() -> None:
    server_stack = contextlib.AsyncExitStack()
    server = await server_stack.enter_async_context(run_server(drain_s=0.3))
    mute = socket.create_connection(("127.0.0.1", server.port))
    mute.sendall(_upgrade(server))
    await asyncio.sleep(0.1)
    begin = time.monotonic()
    await server_stack.aclose()
    assert time.monotonic() - begin < 1.5
    mute.close()


async def test_a_silent_shopper_is_sent_away_although_the_browser_answers_pings() -> None:
    async with run_server(idle_timeout_s=0.3) as server, connect(server.url) as client:
        begin = time.monotonic()
        await client.consent()
        assert await client.closed() == 1001
        assert time.monotonic() - begin < 3


async def test_a_crash_costs_one_frame_of_one_shopper(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_server() as server, connect(server.url) as one, connect(server.url) as two:
        await _shop(one, 9)
        await _shop(two, 9)
        shaken = [True]
        process = _Painter.process

        def shake(self: _Painter, frame: Frame, look: Look, engine: Engine, /) -> Painted:
            if shaken and frame.t_ms == 666 and shaken.pop():
                raise RuntimeError("inside the model")
            return process(self, frame, look, engine)

        monkeypatch.setattr(_Painter, "process", shake)
        assert isinstance(await one.exchange(JPEG, 666.0), Dropped)
        assert [failure.code for failure in one.failures] == ["perception_failed"]
        assert isinstance(await two.exchange(JPEG, 1.0), Reply)
        assert isinstance(await one.exchange(JPEG, 700.0), Reply)


async def test_eight_shoppers_get_equal_shares() -> None:
    async with run_server(frames_per_second_max=240) as server, contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(server.url)) for _ in range(8)]
        for client in clients:
            await _shop(client, 9)
        until = time.monotonic() + 1.0

        async def go(client: MirrorClient) -> int:
            answered = 0
            while time.monotonic() < until:
                answered += isinstance(await client.exchange(JPEG, time.monotonic() * 1000), Reply)
            return answered

        counts = await asyncio.gather(*(go(client) for client in clients))
        assert min(counts) >= 0.7 * sum(counts) / len(counts)
        assert all(client.dropped == [] for client in clients)


async def _post_raw(server: Server, data: bytes) -> None:
    """A picture at the wrong place: not through the socket, and not even HTTP."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    assert await asyncio.wait_for(reader.read(64), 5) != b""
    writer.close()
    await writer.wait_closed()


def _files_with(canary: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and canary in path.read_bytes()]


async def test_nothing_of_a_frame_reaches_a_log_or_the_disk(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A known pattern is planted in good, broken and refused frames, and in a product's name."""
    canary = b"CANARY-7f3a91"
    comment = b"\xff\xfe" + struct.pack(">H", len(canary) + 2) + canary
    planted = JPEG[:2] + comment + JPEG[2:]
    with caplog.at_level(logging.DEBUG):
        async with run_server(cache_dir=tmp_path / "cache") as server, connect(server.url) as client:
            await client.send_frame(planted, 1.0)
            await _shop(client, 33)
            for t_ms, data in enumerate((planted, planted[:-2], canary, planted[:40] + canary), start=2):
                await client.exchange(data, float(t_ms))
            await client.send_text(canary.decode())
            await client.look([LookItem(canary.decode(), shade="x")])
            await client.exchange(planted, 9.0)
            await client.exchange(JPEG, 10.0)
            await _post_raw(server, canary + b"\r\n\r\n")
            await _post_raw(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n" + canary)
            await _post_raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n" + canary + b"\r\n\r\n")
    told = caplog.text + repr([failure.sentence for failure in client.failures])
    assert client.failures
    assert canary.decode() not in told
    assert canary.hex() not in told
    assert _files_with(canary, tmp_path) == []


async def test_fragments_and_drips_are_put_together() -> None:
    async with run_server() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(_upgrade(server))
        await reader.readuntil(b"\r\n\r\n")
        text = CONSENT
        first = bytes((0x01, 0x80 | 10)) + bytes(4) + text[:10]
        for byte in first:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(bytes((0x80, 0x80 | (len(text) - 10))) + bytes(4) + text[10:])
        received = b""
        while b'"ready"' not in received:
            received += await asyncio.wait_for(reader.read(4096), 5)
        writer.close()
        await writer.wait_closed()


async def test_a_ping_is_answered() -> None:
    async with (
        run_server() as server,
        ClientSession() as http,
        http.ws_connect(f"{server.url}/ws/mirror", origin=server.url, autoping=False) as ws,
    ):
        await ws.receive()
        await ws.ping(b"here")
        message = await asyncio.wait_for(ws.receive(), 5)
        assert (message.type, message.data) == (WSMsgType.PONG, b"here")
