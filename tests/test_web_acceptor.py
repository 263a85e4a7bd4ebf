"""Connections are sorted by bytes that stay unread; who says nothing is let go and costs nobody else anything."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tryon.web.acceptor import Acceptor

UPGRADE = b"GET /ws/mirror HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"


class Desk:
    """Where an acceptor delivers to."""

    def __init__(self) -> None:
        self.delivered: asyncio.Queue[tuple[socket.socket, bool]] = asyncio.Queue()
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        self.listener = listener

    def connect(self) -> socket.socket:
        sock = socket.create_connection(self.address)
        sock.setblocking(False)
        return sock

    async def next(self) -> tuple[socket.socket, bool]:
        return await asyncio.wait_for(self.delivered.get(), 5)


@asynccontextmanager
async def accepting(first_bytes_s: float = 5.0, waiting_max: int = 256) -> AsyncIterator[Desk]:
    desk = Desk()

    def deliver(sock: socket.socket, wants_mirror: bool) -> None:
        desk.delivered.put_nowait((sock, wants_mirror))

    acceptor = Acceptor(desk.listener, deliver, first_bytes_s=first_bytes_s, waiting_max=waiting_max)
    try:
        yield desk
    finally:
        acceptor.close()
        acceptor.close()
        while not desk.delivered.empty():
            desk.delivered.get_nowait()[0].close()


@pytest.mark.parametrize(
    ("request_", "mirror"),
    [
        (UPGRADE, True),
        (b"GET /ws/mirror?reply=whole HTTP/1.1\r\n", True),
        (UPGRADE + b"GET / HTTP/1.1\r\n", True),
        (b"GET /ws/mirrors HTTP/1.1\r\n", False),
        (b"GET /ws/mirror/ HTTP/1.1\r\n", False),
        (b"GET / HTTP/1.1\r\n\r\n" + UPGRADE, False),
        (b"HEAD /ws/mirror HTTP/1.1\r\n", False),
        (b"get /ws/mirror HTTP/1.1\r\n", False),
        (b"POST /ws/mirror HTTP/1.1\r\n", False),
        (b"OPTIONS * HTTP/1.1\r\n", False),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", False),
        (b"\r\n" + UPGRADE, False),
        (b"\x16\x03\x01\x02\x00\x01\x00", False),
        (b"\x00", False),
        (b"X", False),
    ],
)
async def test_a_connection_is_sorted_and_nothing_of_it_is_read(request_: bytes, mirror: bool) -> None:
    async with accepting() as desk:
        with desk.connect() as client:
            client.send(request_)
            sock, wants_mirror = await desk.next()
            with sock:
                assert wants_mirror is mirror
                assert sock.recv(4096) == request_


async def test_a_first_line_in_pieces_is_waited_for() -> None:
    async with accepting() as desk:
        with desk.connect() as client:
            for cut in (1, 5, 14):
                client.send(UPGRADE[:cut] if cut == 1 else UPGRADE[{5: 1, 14: 5}[cut] : cut])
                await asyncio.sleep(0.07)
                assert desk.delivered.empty()
            client.send(UPGRADE[14:])
            sock, wants_mirror = await desk.next()
            with sock:
                assert wants_mirror
                assert sock.recv(4096) == UPGRADE


async def test_silence_and_half_a_line_end_with_the_deadline_and_others_do_not_wait() -> None:
    async with accepting(first_bytes_s=0.3) as desk:
        with desk.connect() as silent, desk.connect() as drips, desk.connect() as polite:
            drips.send(b"G")
            await asyncio.sleep(0.05)
            begin = time.monotonic()
            polite.send(UPGRADE)
            (await desk.next())[0].close()
            assert time.monotonic() - begin < 0.25
            loop = asyncio.get_running_loop()
            assert await asyncio.wait_for(loop.sock_recv(silent, 1), 5) == b""
            # Closed with its byte unread, the connection is reset.
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(loop.sock_recv(drips, 1), 5)
        assert desk.delivered.empty()


async def test_one_more_than_may_wait_costs_the_oldest() -> None:
    async with accepting(waiting_max=3) as desk:
        clients = [desk.connect() for _ in range(3)]
        await asyncio.sleep(0.05)
        clients.append(desk.connect())
        loop = asyncio.get_running_loop()
        assert await asyncio.wait_for(loop.sock_recv(clients[0], 1), 5) == b""
        for client in clients[1:]:
            client.send(UPGRADE)
            (await desk.next())[0].close()
        for client in clients:
            client.close()


async def test_a_peer_that_leaves_before_it_speaks_is_forgotten() -> None:
    async with accepting() as desk:
        desk.connect().close()
        with desk.connect() as client:
            client.send(UPGRADE)
            (await desk.next())[0].close()
        assert desk.delivered.empty()


async def test_without_files_left_new_ones_wait_until_there_are(caplog: pytest.LogCaptureFixture) -> None:
    async with accepting() as desk:
        client = desk.connect()
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
        try:
            await asyncio.sleep(0.05)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert "limit of open files" in caplog.text
        with client:
            client.send(UPGRADE)
            (await desk.next())[0].close()


async def test_closed_it_listens_no_more() -> None:
    async with accepting() as desk:
        waiting = desk.connect()
        await asyncio.sleep(0.05)
    loop = asyncio.get_running_loop()
    with waiting:
        assert await asyncio.wait_for(loop.sock_recv(waiting, 1), 5) == b""
    with pytest.raises(ConnectionRefusedError):
        desk.connect()
