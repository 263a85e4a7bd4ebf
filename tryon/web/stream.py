"""``/ws/mirror``: one shopper's session on one WebSocket."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMsgType, web

from tryon.jpeg import LIVE_FRAME
from tryon.session import Session
from tryon.web.keys import MIRROR
from tryon.web.mirror import Mirror
from tryon.web.security import error_response, origin_allowed
from tryon.wire.messages import FRAME_HEADER_BYTES

_log = logging.getLogger(__name__)

_HEARTBEAT_S: Final = 15.0
# aiohttp refuses a message that is as long as its limit.
_MAX_MESSAGE_BYTES: Final = FRAME_HEADER_BYTES + LIVE_FRAME.max_bytes + 1
# About one frame: above it, a send waits until the kernel has taken what was written.
_WRITER_LIMIT_BYTES: Final = 64 * 1024
# What the kernel may hold for a shopper who reads slowly: half a second of a good line, no more.
_KERNEL_BUFFER_BYTES: Final = 256 * 1024
_TICK_S: Final = 0.25
# How long the shopper's side may take to answer a close.
_CLOSE_S: Final = 0.5
# Messages that were read in one piece are handled without a pause; others get their turn in between.
_TURN: Final = 16
_CLOSE_FAULT: Final = 1011


async def mirror_socket(request: web.Request) -> web.StreamResponse:
    """Refuse before the upgrade (403, 503, 400), or serve until either side leaves."""
    mirror = request.app[MIRROR]
    promised = mirror.redeem(request.protocol)
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    if not origin_allowed(origin, host, mirror.settings.allowed_origins):
        return error_response(
            403, "origin", "This page may not use the mirror: its origin is not in TRYON_ALLOWED_ORIGINS."
        )
    ws = web.WebSocketResponse(
        compress=False,
        heartbeat=_HEARTBEAT_S,
        max_msg_size=_MAX_MESSAGE_BYTES,
        writer_limit=_WRITER_LIMIT_BYTES,
        timeout=_CLOSE_S,
    )
    if not ws.can_prepare(request):
        return error_response(400, "not_a_websocket", "This address speaks WebSocket only.")
    stream = _Stream(mirror, request, ws)
    await stream.serve(promised=promised)
    return ws


class _Stream:
    def __init__(self, mirror: Mirror, request: web.Request, ws: web.WebSocketResponse) -> None:
        self._mirror = mirror
        self._request = request
        self._ws = ws
        self._session: Session | None = None

    def leave(self) -> None:
        """The server stops."""
        if self._session is not None:
            self._session.leave("draining")

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def serve(self, *, promised: bool) -> None:
        services = self._mirror.admit(self, promised=promised)
        try:
            await self._ws.prepare(self._request)
            self._tune()
            session = self._session = Session(services, time.monotonic)
            await self._run(session)
        finally:
            self._mirror.part(self)

    async def _run(self, session: Session) -> None:
        name = secrets.token_hex(4)
        _log.info("session %s opened", name)
        session.open()
        reading = asyncio.create_task(self._read(session))
        writing = asyncio.create_task(session.outbox.pump(self._send, session.sent))
        ticking = asyncio.create_task(self._tick(session))
        tasks = (reading, writing, ticking)
        code = None
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if session.outbox.closing:
                # The last words are still to be sent; ``ticking`` ends first if nobody reads them.
                await asyncio.wait((writing, ticking), return_when=asyncio.FIRST_COMPLETED)
            code = self._end_code(name, tasks, writing)
        finally:
            session.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._session = None
        if code is not None:
            # Only now, with nobody reading: aiohttp then waits for the shopper's side of the close.
            with suppress(asyncio.TimeoutError, ConnectionError):
                await asyncio.wait_for(self._ws.close(code=code), 2 * _CLOSE_S)
        _log.info("session %s closed with %s, %d dropped", name, self._ws.close_code, session.dropped)

    @staticmethod
    def _end_code(name: str, tasks: tuple[asyncio.Task[Any], ...], writing: asyncio.Task[int]) -> int | None:
        """With which code we close; None when the shopper left or is cut off."""
        for task in tasks:
            error = task.exception() if task.done() else None
            if error is not None and not isinstance(error, ConnectionError):
                # A fault costs this session; the page reconnects.
                _log.error("session %s failed: %s", name, type(error).__name__)
                return _CLOSE_FAULT
        return writing.result() if writing.done() and writing.exception() is None else None

    async def _read(self, session: Session) -> None:
        """Ends when the shopper closes; what comes after our own decision to close is not handled."""
        handled = 0
        while not session.outbox.closing:
            message = await self._ws.receive()
            if message.type is WSMsgType.BINARY:
                session.binary(message.data)
            elif message.type is WSMsgType.TEXT:
                session.text(message.data)
            else:
                return
            del message
            await session.outbox.room()
            handled += 1
            if handled % _TURN == 0:
                await asyncio.sleep(0)

    async def _send(self, message: bytes | str) -> None:
        if isinstance(message, str):
            await self._ws.send_str(message)
        else:
            await self._ws.send_bytes(message)

    async def _tick(self, session: Session) -> None:
        deadline_s = self._mirror.settings.send_deadline_s
        while True:
            await asyncio.sleep(_TICK_S)
            session.tick()
            if session.outbox.stuck_s(time.monotonic()) > deadline_s:
                _log.info("a shopper does not read; the connection is cut")
                self.abort()
                return

    def _tune(self) -> None:
        transport = self._request.transport
        sock = None if transport is None else transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER_BYTES)
