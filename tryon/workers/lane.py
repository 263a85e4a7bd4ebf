"""One session's way through the pool of workers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from tryon.errors import TryOnError
from tryon.wire.pacing import NewestSlot

E = TypeVar("E")
J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failed:
    """A job without result. ``broken``: what the job was working on may be in any state; renew it."""

    error: TryOnError
    broken: bool = False


class Lane(Generic[E, J, R]):
    """One session's way through the pool. Every method is called on the event loop.

    ``work`` runs in a worker thread; ``deliver`` on the loop, once for each job that was begun, in order.
    """

    def __init__(
        self,
        lock: threading.Lock,
        queue: SimpleQueue[Lane[E, Any, Any] | None],
        work: Callable[[E, J], R],
        deliver: Callable[[J, R | Failed], None],
    ) -> None:
        self._lock = lock
        self._lanes = queue
        self.work = work
        self._deliver = deliver
        self._slot: NewestSlot[J] = NewestSlot()
        self._running = False
        self._queued = False
        self._held = False
        self._closed = False

    def offer(self, job: J) -> J | None:
        """Let ``job`` wait for a worker; returns the job that it replaced, which will never be begun."""
        with self._lock:
            if self._closed:
                return job
            replaced = self._slot.put(job)
            self._queue()
        return replaced

    def hold(self) -> None:
        """Begin no job until ``release``."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Begin jobs again."""
        with self._lock:
            self._held = False
            self._queue()

    def close(self) -> None:
        """Forget the waiting job; the result of the running one will be thrown away. Idempotent."""
        with self._lock:
            self._closed = True
            self._slot.take()

    def _queue(self) -> None:
        if self._slot.full and not (self._running or self._queued or self._held or self._closed):
            self._queued = True
            self._lanes.put(self)

    def begin(self) -> J | None:
        """The job to run now; None if there is none any more. Under the pool's lock."""
        self._queued = False
        if self._held or self._closed:
            return None
        job = self._slot.take()
        self._running = job is not None
        return job

    def finish(self, job: J, outcome: R | Failed, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the outcome to the loop and queue for the next job. Under the pool's lock."""
        self._running = False
        if self._closed:
            return
        if isinstance(outcome, Failed) and outcome.broken:
            self._held = True
        self._queue()
        # The loop is closed when the server stops while a frame is in work; nobody waits for it then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._hand_over, job, outcome)

    def _hand_over(self, job: J, outcome: R | Failed) -> None:
        if not self._closed:
            self._deliver(job, outcome)
