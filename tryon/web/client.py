"""A shopper without a browser: the closed-loop client of the bench and of the tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tryon.wire.control import (
    Bye,
    Consent,
    Dropped,
    Failure,
    Hello,
    LookAnswer,
    LookItem,
    LookRequest,
    Ready,
    ReplyMode,
    ReplyRequest,
    ServerMessage,
    Status,
    parse_server,
)
from tryon.wire.messages import FrameMessage, Reply, parse_reply
from tryon.wire.pacing import Window

_U32: Final = 2**32
# Larger than any answer: a whole frame of 1280 x 1280 at quality 100.
_MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
_PATIENCE_S: Final = 20.0


class Closed(Exception):
    """The server closed the socket; ``code`` is WebSocket's."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"The server closed the socket with code {code}.")
        self.code = code


class MirrorClient:
    """One open socket. ``connect`` makes one; every wait ends after ``patience_s`` with TimeoutError."""

    def __init__(self, ws: ClientWebSocketResponse, patience_s: float = _PATIENCE_S) -> None:
        self._ws = ws
        self._patience_s = patience_s
        self._ids = itertools.count(1)
        self._sequence = 0
        self.window = Window()
        self.hello: Hello | None = None
        self.status: Status | None = None
        self.failures: list[Failure] = []
        self.dropped: list[int] = []

    async def receive(self) -> Reply | ServerMessage:
        """The next message. Raises Closed, ProtocolError, TimeoutError."""
        message = await asyncio.wait_for(self._ws.receive(), self._patience_s)
        if message.type is WSMsgType.BINARY:
            reply = parse_reply(message.data)
            self.window.answered(reply.sequence)
            return reply
        if message.type is WSMsgType.TEXT:
            return self._note(parse_server(message.data))
        raise Closed(self._ws.close_code)

    def _note(self, message: ServerMessage) -> ServerMessage:
        if isinstance(message, Hello):
            self.hello = message
        elif isinstance(message, Status):
            self.status = message
        elif isinstance(message, Failure):
            self.failures.append(message)
        elif isinstance(message, Dropped):
            self.dropped.append(message.sequence)
            self.window.answered(message.sequence)
        return message

    async def consent(self) -> None:
        """Greet and agree to the text that the server names. Raises Closed if it does not take it."""
        while self.hello is None:
            await self.receive()
        await self.send_text(Consent(self.hello.consent_version).serialize())
        while not isinstance(await self.receive(), Ready):
            pass

    async def look(self, items: Sequence[LookItem]) -> LookAnswer | Failure:
        """Wear ``items``; returns the server's answer."""
        number = next(self._ids)
        await self.send_text(LookRequest(number, tuple(items)).serialize())
        while True:
            message = await self.receive()
            if isinstance(message, LookAnswer | Failure) and message.id == number:
                return message

    async def reply_mode(self, mode: ReplyMode) -> None:
        await self.send_text(ReplyRequest(mode).serialize())

    async def send_frame(self, jpeg: bytes, t_ms: float, *, still: bool = False) -> int:
        """Send and go on; returns the frame's sequence."""
        sequence, self._sequence = self._sequence, (self._sequence + 1) % _U32
        self.window.sent(sequence)
        await self._ws.send_bytes(FrameMessage(sequence, t_ms, jpeg, still).serialize())
        return sequence

    async def answer(self) -> Reply | Dropped:
        """The next answer to a frame; what else comes is noted on the way."""
        while True:
            message = await self.receive()
            if isinstance(message, Reply | Dropped):
                return message

    async def exchange(self, jpeg: bytes, t_ms: float, *, still: bool = False) -> Reply | Dropped:
        """Send one frame and wait for its own answer."""
        sequence = await self.send_frame(jpeg, t_ms, still=still)
        while True:
            answer = await self.answer()
            if answer.sequence == sequence:
                return answer

    async def send_text(self, text: str) -> None:
        await self._ws.send_str(text)

    async def send_bytes(self, data: bytes) -> None:
        await self._ws.send_bytes(data)

    async def closed(self) -> int | None:
        """Read until the server closes; returns the code."""
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code

    async def close(self) -> None:
        """Leave. Idempotent."""
        await self._ws.close()


@asynccontextmanager
async def connect(
    url: str, *, origin: str | None = None, patience_s: float = _PATIENCE_S
) -> AsyncIterator[MirrorClient]:
    """Open ``url`` (http://host:port/) as a page of that very server would; leave at the end.

    Raises aiohttp.WSServerHandshakeError (its ``status`` is 503 or 403) when the server refuses.
    """
    parts = urlsplit(url)
    sent = f"{parts.scheme}://{parts.netloc}" if origin is None else origin
    scheme = "wss" if parts.scheme == "https" else "ws"
    async with (
        ClientSession() as http,
        http.ws_connect(
            f"{scheme}://{parts.netloc}/ws/mirror", origin=sent, compress=0, max_msg_size=_MAX_MESSAGE_BYTES
        ) as ws,
    ):
        yield MirrorClient(ws, patience_s)


__all__ = ["Bye", "Closed", "LookItem", "MirrorClient", "connect"]
