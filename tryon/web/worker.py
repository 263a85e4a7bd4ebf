"""One worker process of ``tryon serve``: a whole server of its own that gets its connections from the first process.

It tells the first process how far its warm-up is, how many places are taken, and by doing so, several times a second,
that its event loop runs. When the first process has gone, it ends.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from tryon.config import Settings
from tryon.errors import TryOnError
from tryon.web import loop as event_loop
from tryon.web.app import create_app, make_runner
from tryon.web.channel import Channel
from tryon.web.keys import MIRROR
from tryon.web.middle import Factories
from tryon.web.mirror import House

BEAT_S: Final = 0.5
_WARMING_BEAT_S: Final = 0.1


def main(descriptor: int) -> None:
    """The process: ``descriptor`` is the inherited end of the channel, whose first message holds the settings."""
    end = socket.socket(fileno=descriptor)
    settings = Settings(**first_message(end))
    work(settings, Channel(end))


def work(settings: Settings, channel: Channel, factories: Factories | None = None) -> None:
    """Serve until SIGTERM, or until the first process has gone. ``factories`` as for ``create_app``."""
    try:
        event_loop.run(_work(settings, channel, factories))
    except TryOnError:
        # The first process has been told, and says it.
        sys.exit(1)


def first_message(end: socket.socket) -> dict[str, Any]:
    """Wait for it: the settings."""
    end.setblocking(True)
    # A byte at a time: nothing of the next message, or its socket, may be read here.
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = end.recv(1)
        if not byte:
            sys.exit(1)
        line += byte
    told: dict[str, Any] = json.loads(line)
    return told


async def _work(settings: Settings, channel: Channel, factories: Factories | None) -> None:
    app = create_app(settings, factories)
    runner = make_runner(app, settings)
    await runner.setup()
    try:
        await _Worker(app, runner, channel).serve()
    finally:
        await runner.cleanup()


def _collect_from_now_on() -> None:
    """What the start has made stays to the end: looking through it would hold up a frame by a tenth of a second."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class _Worker:
    def __init__(self, app: web.Application, runner: web.AppRunner, channel: Channel) -> None:
        self._mirror = app[MIRROR]
        self._runner = runner
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._received = 0
        self._connecting: set[asyncio.Task[None]] = set()
        self._without_transport: frozenset[object] = frozenset()

    async def serve(self) -> None:
        """Until the end. Raises what prevented the start, once it is told."""
        self._loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        self._loop.add_reader(self._channel, self._hear)
        self._mirror.changed = self._tell
        started = asyncio.create_task(self._mirror.started())
        stopped = asyncio.create_task(self._wait())
        try:
            while not stopped.done():
                if started.done():
                    started.result()
                    _collect_from_now_on()
                self._forget_the_gone()
                self._tell()
                beat_s = BEAT_S if started.done() else _WARMING_BEAT_S
                watched = (stopped,) if started.done() else (stopped, started)
                await asyncio.wait(watched, timeout=beat_s, return_when=asyncio.FIRST_COMPLETED)
        except TryOnError as error:
            self._tell(error.sentence)
            raise
        finally:
            started.cancel()
            stopped.cancel()

    async def _wait(self) -> None:
        await self._stop.wait()

    def _tell(self, failure: str = "") -> None:
        state = self._mirror.state
        reason = "ready" if state.reason == "busy" else state.reason
        told = {
            "state": "failed" if failure else reason,
            "step": state.step,
            "fraction": state.fraction,
            "sentence": failure,
            "taken": self._mirror.taken,
            "received": self._received,
        }
        # Full: the next beat says it again. Gone: reading tells.
        with suppress(OSError):
            self._channel.send(told)

    def _hear(self) -> None:
        try:
            messages = self._channel.receive()
        except EOFError:
            self._loop.remove_reader(self._channel)
            self._stop.set()
            return
        for message in messages:
            told = message.told
            if "connection" in told:
                promised = told["connection"] == "mirror"
                self._received += promised
                if message.sock is not None:
                    self._take(message.sock, promised=promised)
            elif "house" in told:
                self._mirror.house = House(*told["house"])
            elif "sample" in told:
                self._mirror.prepare_sample()

    def _take(self, sock: socket.socket, *, promised: bool) -> None:
        server = self._runner.server
        if server is None or self._stop.is_set():
            sock.close()
            return
        protocol = server()
        if promised:
            self._mirror.promise(protocol)
        task = self._loop.create_task(self._connect(protocol, sock))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, protocol: asyncio.Protocol, sock: socket.socket) -> None:
        sock.setblocking(False)
        with suppress(OSError):
            await self._loop.connect_accepted_socket(lambda: protocol, sock)

    def _forget_the_gone(self) -> None:
        """A promise ends with its connection. One that has just been made is not connected yet."""
        without = frozenset(
            connection
            for connection in self._mirror.promises()
            if getattr(connection, "transport", None) is None
        )
        for connection in without & self._without_transport:
            self._mirror.redeem(connection)
        self._without_transport = without
