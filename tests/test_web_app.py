"""How the application is run: what aiohttp does by itself before any route, on a real port."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from yarl import URL

from tests.served import served
from tryon.config import Settings

PAGE = b"GET /healthz HTTP/1.1\r\nHost: mirror\r\n\r\n"
REQUEST_S = 0.4


@asynccontextmanager
async def running() -> AsyncIterator[int]:
    async with served(Settings(processes=1, threads=1), request_s=REQUEST_S) as url:
        port = URL(url).port
        assert port is not None
        yield port


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense\r\n\r\n",
        b"GET /healthz HTTP/9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_with_the_headers_of_every_answer(
    nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense)
        answer = (await asyncio.wait_for(reader.read(), 10)).decode()
        writer.close()
    head = answer.partition("\r\n\r\n")[0]
    assert head.startswith(("HTTP/1.1 400 ", "HTTP/1.0 400 "))
    assert "\r\nX-Content-Type-Options: nosniff" in head
    assert "\r\nContent-Security-Policy: default-src 'none'" in head
    assert "\r\nServer: tryon" in head
    assert "aiohttp" not in head
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize("before", [b"", PAGE], ids=["first", "second"])
async def test_a_head_that_drips_is_cut_off_in_time(before: bytes) -> None:
    async with running() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if before:
            writer.write(before)
            await asyncio.wait_for(reader.readuntil(b"}"), 10)
        begin = time.monotonic()

        async def drip() -> None:
            for byte in PAGE[:-1]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        assert REQUEST_S / 2 < time.monotonic() - begin < REQUEST_S + 1
        dripping.cancel()
        writer.close()


async def test_a_request_in_pieces_that_comes_in_time_is_answered() -> None:
    async with running() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PAGE[:9])
        await asyncio.sleep(0.05)
        writer.write(PAGE[9:])
        assert await asyncio.wait_for(reader.readuntil(b"\r\n"), 10) == b"HTTP/1.1 200 OK\r\n"
        writer.close()
