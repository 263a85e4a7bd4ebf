"""A worker process, driven as the first process drives it; the middle is scripted (``scripted_worker.py``)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tryon.config import Settings
from tryon.web.process import WorkerProcess

SCRIPT = Path(__file__).with_name("scripted_worker.py")
START_S = 60.0
UPGRADE = (
    b"GET /ws/mirror HTTP/1.1\r\nHost: mirror\r\nOrigin: http://mirror\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def scripted(descriptor: int) -> Sequence[str]:
    return sys.executable, str(SCRIPT), str(descriptor), "well"


async def until(worker: WorkerProcess, holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + START_S
    while not holds():
        assert time.monotonic() < until_s
        worker.hear()
        await asyncio.sleep(0.02)


async def ended(worker: WorkerProcess) -> None:
    until_s = time.monotonic() + 10
    while not worker.ended():
        assert time.monotonic() < until_s
        await asyncio.sleep(0.01)


@asynccontextmanager
async def working(max_sessions: int = 1) -> AsyncIterator[WorkerProcess]:
    worker = WorkerProcess(Settings(processes=1, threads=1, max_sessions=max_sessions), scripted)
    try:
        await until(worker, lambda: worker.ready)
        yield worker
    finally:
        worker.kill()
        await ended(worker)
        worker.channel.close()


class Peer:
    """A shopper's end of a connection that was handed over."""

    def __init__(self, worker: WorkerProcess, *, promised: bool) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            self.sock = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
        with accepted:
            assert worker.take(accepted, promised=promised)
        self.sock.setblocking(False)

    async def ask(self, request: bytes) -> bytes:
        """The first line of the answer."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self.sock, request)
        return (await asyncio.wait_for(loop.sock_recv(self.sock, 65536), 10)).split(b"\r\n")[0]


async def test_a_promise_is_kept_even_when_the_house_is_full_and_counts_once() -> None:
    async with working() as worker:
        worker.tell_house(1, 2)
        stranger, guest = Peer(worker, promised=False), Peer(worker, promised=True)
        assert b"503" in await stranger.ask(UPGRADE)
        assert worker.load == 1
        await until(worker, lambda: worker.told.received == 1)
        assert worker.load == 1
        assert b"101" in await guest.ask(UPGRADE)
        worker.hear()
        assert worker.load == 1
        guest.sock.close()
        await until(worker, lambda: worker.load == 0)
        stranger.sock.close()


async def test_a_promise_ends_with_a_connection_that_never_asks_or_asks_for_nonsense() -> None:
    async with working() as worker:
        silent, wrong, foreign = (Peer(worker, promised=True) for _ in range(3))
        assert worker.load == 3
        assert b"400" in await wrong.ask(b"GET /ws/mirror HTTP/9\r\n\r\n")
        assert b"403" in await foreign.ask(UPGRADE.replace(b"//mirror", b"//elsewhere"))
        silent.sock.close()
        await until(worker, lambda: worker.load == 0)
        wrong.sock.close()
        foreign.sock.close()


async def test_it_ends_in_good_order_when_told_and_when_the_first_process_has_gone() -> None:
    async with working() as worker:
        worker.stop()
        await ended(worker)
        assert worker.how == "status 0"
    async with working() as worker:
        worker.channel.close()
        await ended(worker)
        assert worker.how == "status 0"


async def test_ctrl_c_is_the_first_process_business() -> None:
    async with working() as worker:
        os.kill(worker.pid, signal.SIGINT)
        os.kill(worker.pid, signal.SIGINT)
        await asyncio.sleep(0.2)
        peer = Peer(worker, promised=False)
        assert b"200" in await peer.ask(b"GET /healthz HTTP/1.1\r\nHost: mirror\r\n\r\n")
        peer.sock.close()
        assert not worker.ended()


async def test_several_requests_in_one_piece_are_all_answered() -> None:
    async with working() as worker:
        peer = Peer(worker, promised=False)
        page = b"GET /healthz HTTP/1.1\r\nHost: mirror\r\n\r\n"
        loop, seen = asyncio.get_running_loop(), b""
        await loop.sock_sendall(peer.sock, page + page + UPGRADE)
        while b"101 Switching" not in seen:
            seen += await asyncio.wait_for(loop.sock_recv(peer.sock, 65536), 10)
        assert seen.count(b"200 OK") == 2
        worker.hear()
        assert worker.load == 1
        peer.sock.close()
