"""What waits to be sent to one shopper: in order, by one sender, and never much."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

# The receiving side stops reading at this many unsent messages: a shopper who does not read is not read.
_ROOM: Final = 32


class Outbox:
    """Messages in order, then a close code. ``pump`` is the only sender; the rest never waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: deque[tuple[bytes | str, bool]] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._code: int | None = None
        self._sending_since_s: float | None = None
        self.pictures = 0

    @property
    def closing(self) -> bool:
        return self._code is not None

    def put(self, message: bytes | str, *, picture: bool = False) -> None:
        """Send this after what waits already; after ``close``, nothing."""
        if self._code is not None:
            return
        self._waiting.append((message, picture))
        self.pictures += picture
        if len(self._waiting) >= _ROOM:
            self._room.clear()
        self._wake.set()

    def close(self, code: int) -> None:
        """Send what waits, then close with ``code``; the first code counts."""
        if self._code is None:
            self._code = code
        self._wake.set()
        self._room.set()

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self.pictures = 0
        self._room.set()

    def stuck_s(self, now_s: float) -> float:
        """For how long the message that is being sent has been waiting for the shopper to read."""
        return 0.0 if self._sending_since_s is None else now_s - self._sending_since_s

    async def room(self) -> None:
        """Wait until the shopper has read enough of what was sent."""
        await self._room.wait()

    async def pump(self, send: Callable[[bytes | str], Awaitable[None]], sent: Callable[[], None]) -> int:
        """Send until closed; returns the close code. ``sent`` is called after each message."""
        while True:
            while self._waiting:
                message, picture = self._waiting.popleft()
                self._sending_since_s = self._clock()
                await send(message)
                self._sending_since_s = None
                del message
                # ``clear`` may have been called meanwhile.
                self.pictures = max(0, self.pictures - picture)
                if len(self._waiting) < _ROOM:
                    self._room.set()
                sent()
            if self._code is not None:
                return self._code
            self._wake.clear()
            await self._wake.wait()
