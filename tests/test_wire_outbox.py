from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tryon.wire.outbox import Outbox


class Wire:
    """Where an outbox sends to; it takes nothing while ``open`` is clear."""

    def __init__(self) -> None:
        self.now_s = 50.0
        self.sent: list[bytes | str] = []
        self.told = 0
        self.open = asyncio.Event()
        self.open.set()
        self.outbox = Outbox(lambda: self.now_s)
        self.pump = asyncio.create_task(self.outbox.pump(self._send, self._count))

    async def _send(self, message: bytes | str) -> None:
        await self.open.wait()
        self.sent.append(message)

    def _count(self) -> None:
        self.told += 1

    async def settle(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    yield wire
    wire.pump.cancel()
    await asyncio.gather(wire.pump, return_exceptions=True)


async def test_messages_leave_in_order_and_each_is_told(wire: Wire) -> None:
    wire.outbox.put("hello")
    wire.outbox.put(b"picture", picture=True)
    await wire.settle()
    wire.outbox.put("bye")
    await wire.settle()
    assert (wire.sent, wire.told) == (["hello", b"picture", "bye"], 3)


async def test_pictures_are_counted_until_they_have_left(wire: Wire) -> None:
    wire.open.clear()
    for _ in range(2):
        wire.outbox.put(b"picture", picture=True)
        wire.outbox.put("text")
    await wire.settle()
    assert wire.outbox.pictures == 2
    wire.open.set()
    await wire.settle()
    assert wire.outbox.pictures == 0


async def test_closing_sends_what_waits_and_the_first_code_counts(wire: Wire) -> None:
    wire.outbox.put("last words")
    wire.outbox.close(1008)
    wire.outbox.close(1000)
    wire.outbox.put("too late")
    assert await asyncio.wait_for(wire.pump, 1) == 1008
    assert wire.outbox.closing
    assert wire.sent == ["last words"]


async def test_a_wire_that_does_not_take_is_noticed_by_the_clock(wire: Wire) -> None:
    assert wire.outbox.stuck_s(wire.now_s) == 0
    wire.open.clear()
    wire.outbox.put("hello")
    await wire.settle()
    wire.now_s += 4
    assert wire.outbox.stuck_s(wire.now_s) == 4
    wire.open.set()
    await wire.settle()
    assert wire.outbox.stuck_s(wire.now_s) == 0


async def test_room_ends_at_thirty_two_unsent_messages_and_comes_back(wire: Wire) -> None:
    wire.open.clear()
    # One is in the hand of the sender, the others wait.
    for _ in range(32):
        wire.outbox.put("x")
        await wire.settle()
    await asyncio.wait_for(wire.outbox.room(), 1)
    wire.outbox.put("x")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(wire.outbox.room(), 0.01)
    wire.open.set()
    await asyncio.wait_for(wire.outbox.room(), 1)


async def test_clearing_forgets_what_waits_even_in_the_middle_of_a_send(wire: Wire) -> None:
    wire.open.clear()
    for _ in range(40):
        wire.outbox.put(b"picture", picture=True)
    await wire.settle()
    wire.outbox.clear()
    await asyncio.wait_for(wire.outbox.room(), 1)
    wire.open.set()
    await wire.settle()
    assert len(wire.sent) == 1
    assert wire.outbox.pictures == 0
    wire.outbox.put("again")
    await wire.settle()
    assert wire.sent[-1] == "again"


async def test_a_wire_that_breaks_ends_the_pump() -> None:
    async def broken(_message: bytes | str) -> None:
        raise ConnectionResetError

    outbox = Outbox(lambda: 0.0)
    outbox.put("hello")
    with pytest.raises(ConnectionResetError):
        await outbox.pump(broken, lambda: None)
