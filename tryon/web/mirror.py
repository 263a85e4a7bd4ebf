"""All that runs behind the pages: the pool, the products, and the shoppers who are here now.

A server of several processes has one of these in each. ``House`` is what it knows of the others.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from tryon.config import Settings
from tryon.errors import ConfigError, ServerBusy, TryOnError
from tryon.session import Services
from tryon.web.middle import BookLike, Factories, ProductLike
from tryon.workers import WorkerPool

_log = logging.getLogger(__name__)

WARMING_RETRY_S: Final = 2
BUSY_RETRY_S: Final = 5
# Photos of colours that are read, or wait for it, at once: each takes some ten milliseconds.
SWATCHES_MAX: Final = 4
# Between two looks into the store for a product that nobody knows, and how long one waits for its look.
LOOKS_S: Final = 0.2
TIMER_S: Final = 1e-3
LOOK_PATIENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class State:
    """Whether a shopper would be let in: "ready", "warming", "busy", "draining" or "failed"."""

    reason: str
    step: str = ""
    fraction: float = 1.0
    sentence: str = ""


def _of(products: Sequence[ProductLike], sku: str) -> ProductLike | None:
    return next((product for product in products if product.sku == sku), None)


class Stream(Protocol):
    """One shopper's open socket."""

    def leave(self) -> None: ...
    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class House:
    """The rest of the server: places that are taken in its other processes, and how many of all are ready."""

    taken_elsewhere: int = 0
    ready: int = 1


class Mirror:
    """Starts and stops with the application. ``changed`` is called when a place is taken or free again."""

    def __init__(self, settings: Settings, factories: Factories) -> None:
        self.settings = settings
        self._factories = factories
        self.pool: WorkerPool[Any] = WorkerPool(
            settings.threads, factories.make_engine, compiling=factories.compiling
        )
        self.house = House()
        self.changed: Callable[[], None] = _nothing
        self._streams: set[Stream] = set()
        # Connections whose place was set aside when they came, and that have not asked for it yet.
        self._promised: set[object] = set()
        self._gone = asyncio.Event()
        self._book: asyncio.Future[BookLike] | None = None
        self._sample: asyncio.Future[Path] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._services: Services | None = None
        self._failure: TryOnError | None = None
        # Whoever holds this looks for news in the store.
        self._looking = asyncio.Lock()
        self._looked_s = -math.inf
        self._draining = False
        self._reading = 0

    @property
    def state(self) -> State:
        if self._failure is not None:
            return State("failed", sentence=self._failure.sentence)
        if self._draining:
            return State("draining", sentence="The server is about to stop; try again in a moment.")
        if self._services is None or not self.pool.warm:
            progress = self.pool.progress
            sentence = f"The mirror is warming up ({progress.step}, {progress.fraction:.0%})."
            return State("warming", progress.step, progress.fraction, sentence)
        if len(self._streams) + self.house.taken_elsewhere >= self.settings.max_sessions:
            return State("busy", sentence="Every place at the mirror is taken; try again in a few seconds.")
        return State("ready")

    def start(self) -> None:
        """Load the products, then warm up the workers; returns at once."""
        self._book = asyncio.get_running_loop().create_future()
        self._starting = asyncio.create_task(self._start(self._book))

    async def started(self) -> None:
        """Wait for the start. Raises the TryOnError that prevented it."""
        if self._starting is not None:
            await asyncio.shield(self._starting)
        if self._failure is not None:
            raise self._failure

    async def _start(self, loaded: asyncio.Future[BookLike]) -> None:
        make, load = self._factories, self.pool.load
        try:
            book = await load(make.make_book)
            loaded.set_result(book)
            if make.refresh is not None:
                self._following = asyncio.create_task(self._follow(book, make.refresh))
            await self.pool.start()
            self._services = Services(
                settings=self.settings,
                pool=self.pool,
                make_pipeline=make.make_pipeline,
                resolve=book.resolve,
                bare_look=await load(book.resolve, ()),
                hint_texts=await load(make.make_hint_texts),
            )
        except TryOnError as error:
            self._fail(loaded, error)
        except Exception as error:  # noqa: BLE001 - whoever runs the server is told which
            _log.exception("the start failed")
            sentence = f"The mirror could not start ({type(error).__name__}); is the installation complete?"
            self._fail(loaded, ConfigError(sentence))

    async def _follow(self, book: BookLike, refresh: Callable[[BookLike], None]) -> None:
        """What the merchant publishes appears here, too. Not in the loader's thread: a database may keep it waiting."""
        while True:
            await asyncio.sleep(self.settings.catalogue_poll_s)
            async with self._looking:
                await self._refresh(book, refresh)

    async def _refresh(self, book: BookLike, refresh: Callable[[BookLike], None]) -> None:
        try:
            await asyncio.to_thread(refresh, book)
        except Exception as error:  # noqa: BLE001 - the products that are there stay there
            _log.warning("the catalogue could not be brought up to date: %s", type(error).__name__)

    def _fail(self, loaded: asyncio.Future[BookLike], error: TryOnError) -> None:
        self._failure = error
        if not loaded.done():
            loaded.set_exception(error)
            # Nobody may ever ask for the products.
            loaded.exception()

    async def products(self) -> Sequence[ProductLike]:
        """Raises TryOnError when the catalogue cannot be read."""
        if self._book is None:
            raise ServerBusy("The mirror is starting.", retry_after_s=WARMING_RETRY_S)
        book = await asyncio.shield(self._book)
        return await self.pool.load(book.products)

    async def find(self, sku: str) -> ProductLike | None:
        """The product of that sku; None where shoppers see none. Whoever has just published comes at once, so the store
        is asked about what is not known here. Raises TryOnError when the catalogue cannot be read."""
        found = _of(await self.products(), sku)
        refresh, book = self._factories.refresh, self._book
        if found is not None or refresh is None or book is None:
            return found
        # A store that keeps everybody waiting does not keep this one.
        await asyncio.wait(
            {asyncio.create_task(self._look_again(book.result(), refresh, time.monotonic()))},
            timeout=LOOK_PATIENCE_S,
        )
        return _of(await self.products(), sku)

    async def _look_again(self, book: BookLike, refresh: Callable[[BookLike], None], asked_s: float) -> None:
        """One looks for all who ask meanwhile, and addresses that are made up ask the store no oftener than that."""
        async with self._looking:
            if self._looked_s >= asked_s:
                return
            # The loop's timers are whole milliseconds, and may be early by a part of one.
            await asyncio.sleep(self._looked_s + LOOKS_S + TIMER_S - time.monotonic())
            self._looked_s = time.monotonic()
            await self._refresh(book, refresh)

    async def looks(self) -> Sequence[Mapping[str, object]]:
        """The catalogue's complete looks. Raises TryOnError when it cannot be read."""
        if self._book is None:
            raise ServerBusy("The mirror is starting.", retry_after_s=WARMING_RETRY_S)
        book = await asyncio.shield(self._book)
        return await self.pool.load(book.looks)

    async def read_swatch(self, data: bytes) -> Mapping[str, object]:
        """The colour in a shopper's photo. Raises BadFrame, or ServerBusy while too many wait."""
        if self._book is None or self._reading >= SWATCHES_MAX:
            raise ServerBusy(
                "Other photos are being read; try again in a moment.", retry_after_s=BUSY_RETRY_S
            )
        self._reading += 1
        try:
            book = await asyncio.shield(self._book)
            return await self.pool.load(book.read_swatch, data)
        finally:
            self._reading -= 1

    async def sample(self) -> Path:
        """The sample clip; made once, on the first request at the latest."""
        return await asyncio.shield(self.prepare_sample())

    def prepare_sample(self) -> asyncio.Future[Path]:
        """Begin to make the sample clip, unless that was begun before and did not fail."""
        making = self._sample
        if making is None or (making.done() and (making.cancelled() or making.exception() is not None)):
            making = self._sample = _in_background(self._factories.make_sample)
        return making

    def _forget_sample(self) -> None:
        """Whoever waits for it would keep the server from stopping for seconds."""
        if self._sample is not None:
            self._sample.cancel()

    @property
    def taken(self) -> int:
        """Places that are taken here, or promised."""
        return len(self._streams) + len(self._promised)

    def promise(self, connection: object) -> None:
        """Keep a place for the shopper who is about to ask for it on ``connection``."""
        self._promised.add(connection)

    def redeem(self, connection: object) -> bool:
        """Whether ``connection`` had a promise, which ends here: it has asked, or has gone.

        The place is not free before ``admit`` had its turn, so this tells nobody.
        """
        if connection not in self._promised:
            return False
        self._promised.discard(connection)
        return True

    def promises(self) -> Sequence[object]:
        """The connections that hold one."""
        return tuple(self._promised)

    def admit(self, stream: Stream, *, promised: bool = False) -> Services:
        """Give the shopper a place. Raises ServerBusy."""
        state, services = self.state, self._services
        admitted = state.reason == "ready" or (promised and state.reason == "busy")
        if not admitted or services is None:
            wait_s = BUSY_RETRY_S if state.reason == "busy" else WARMING_RETRY_S
            raise ServerBusy(state.sentence, retry_after_s=wait_s)
        self._streams.add(stream)
        self.changed()
        return services

    def part(self, stream: Stream) -> None:
        """The shopper's place is free again."""
        self._streams.discard(stream)
        self.changed()
        if not self._streams:
            self._gone.set()

    async def drain(self) -> None:
        """Say goodbye to everyone; whoever has not gone after ``drain_s`` is cut off."""
        self._draining = True
        self._forget_sample()
        if not self._streams:
            return
        self._gone.clear()
        for stream in list(self._streams):
            stream.leave()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._gone.wait(), self.settings.drain_s)
        for stream in list(self._streams):
            stream.abort()

    async def close(self) -> None:
        """Idempotent. A thread that hangs, or still warms up, is left behind."""
        self._draining = True
        self._forget_sample()
        for task in (self._following, self._starting):
            if task is not None and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await asyncio.to_thread(self.pool.close)


def _nothing() -> None:
    pass


def _in_background(make: Callable[[], Path]) -> asyncio.Future[Path]:
    """Run ``make`` in a thread that nobody waits for when the process ends: it takes seconds."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Path] = loop.create_future()

    def deliver(path: Path | None, error: Exception | None) -> None:
        if future.done():
            return
        if path is not None:
            future.set_result(path)
        elif error is not None:
            future.set_exception(error)
            # Nobody may be waiting; whoever asks next has it made anew.
            future.exception()

    def run() -> None:
        path: Path | None = None
        failure: Exception | None = None
        try:
            path = make()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            failure = error
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, path, failure)

    threading.Thread(target=run, name="tryon-sample", daemon=True).start()
    return future
