"""Shoppers in a closed loop: each sends its next frame when the answer to the last one is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from tryon.bench.scene import FRAME_MS, Scene
from tryon.bench.server import Server
from tryon.errors import ConfigError
from tryon.web.client import MirrorClient, connect
from tryon.wire.control import Failure, LookItem, ReplyMode
from tryon.wire.messages import REPLY_HEADER_BYTES, Reply, ReplyKind

# Tracking, caches and the socket's buffers settle in this many frames.
WARM_FRAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Load:
    """How many shoppers, how many frames each has on the way, and how the server answers."""

    clients: int
    mode: ReplyMode
    in_flight: int = 1


@dataclass(slots=True)
class Tally:
    """What one shopper saw. ``server_ms`` is the server's own time, from receipt to reply."""

    rtt_ms: list[float] = field(default_factory=list)
    server_ms: list[float] = field(default_factory=list)
    reply_bytes: list[int] = field(default_factory=list)
    pictures: int = 0
    dropped: int = 0
    elapsed_s: float = 0.0

    @property
    def fps(self) -> float:
        return len(self.rtt_ms) / self.elapsed_s


@dataclass(frozen=True, slots=True)
class Run:
    """One tally a shopper, what both sides' processors worked, and the server's memory with all shoppers there."""

    tallies: list[Tally]
    server_cpu_s: float | None
    own_cpu_s: float
    memory_mb: tuple[float, float] | None

    @property
    def frames(self) -> int:
        return sum(len(tally.rtt_ms) for tally in self.tallies)

    @property
    def rtt_ms(self) -> list[float]:
        return [ms for tally in self.tallies for ms in tally.rtt_ms]


async def drive(server: Server, scene: Scene, items: Sequence[LookItem], load: Load, seconds: float) -> Run:
    """Run the load for ``seconds``. Raises ConfigError where the server refuses the look."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(server.url)) for _ in range(load.clients)]
        shoppers = [
            # Each begins elsewhere in the scene, or all would do the same work in the same millisecond.
            _Shopper(client, scene, load, first=number * len(scene.jpegs) // load.clients)
            for number, client in enumerate(clients)
        ]
        for shopper in shoppers:
            await shopper.dress(items)
        await asyncio.gather(*(shopper.run(WARM_FRAMES, float("inf")) for shopper in shoppers))
        server_cpu_s, own_cpu_s = server.cpu_s(), time.process_time()
        until = time.perf_counter() + seconds
        tallies = await asyncio.gather(*(shopper.run(None, until) for shopper in shoppers))
        own_cpu_s = time.process_time() - own_cpu_s
        spent_s = server.cpu_s()
        if server_cpu_s is not None and spent_s is not None:
            server_cpu_s = spent_s - server_cpu_s
        return Run(list(tallies), server_cpu_s, own_cpu_s, server.memory_mb())


class _Shopper:
    def __init__(self, client: MirrorClient, scene: Scene, load: Load, first: int) -> None:
        self._client = client
        self._scene = scene
        self._load = load
        self._number = first
        self._sent_s: dict[int, float] = {}

    async def dress(self, items: Sequence[LookItem]) -> None:
        await self._client.consent()
        await self._client.reply_mode(self._load.mode)
        answer = await self._client.look(items)
        if isinstance(answer, Failure):
            raise ConfigError(f"The server to be measured refused the look: {answer.sentence}")

    async def run(self, frames: int | None, until: float) -> Tally:
        """Until ``frames`` are answered, or the clock reads ``until``."""
        tally, begin = Tally(), time.perf_counter()
        answered = 0
        while True:
            while len(self._sent_s) < self._load.in_flight:
                await self._send()
            await self._take(tally)
            answered += 1
            now = time.perf_counter()
            if now >= until or answered == frames:
                tally.elapsed_s = now - begin
                break
        while self._sent_s:
            await self._take(Tally())
        return tally

    async def _send(self) -> None:
        self._number += 1
        begin = time.perf_counter()
        sequence = await self._client.send_frame(self._scene.at(self._number), self._number * FRAME_MS)
        self._sent_s[sequence] = begin

    async def _take(self, tally: Tally) -> None:
        answer = await self._client.answer()
        now = time.perf_counter()
        sent_s = self._sent_s.pop(answer.sequence)
        if not isinstance(answer, Reply):
            tally.dropped += 1
            return
        tally.rtt_ms.append((now - sent_s) * 1e3)
        tally.server_ms.append(answer.server_us / 1e3)
        tally.reply_bytes.append(REPLY_HEADER_BYTES + len(answer.jpeg))
        tally.pictures += answer.kind is not ReplyKind.UNCHANGED
