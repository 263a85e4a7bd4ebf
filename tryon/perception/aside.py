"""Work beside the caller's, on a core that would idle.

A body's network takes most of a frame and needs nothing of what is found out about the face first. Where two cores are
free both run at once; where every core has a frame of its own to work on, a second thread would only take turns with
it, so whoever notices that goes on alone: for a moment, as anything may take a core once, and for ever longer while it
goes on. What is found is the same either way.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

R = TypeVar("R")

# A caller that had its core for less than this part of the time had to share it; then so long nothing is begun aside,
# twice as long each time in a row, up to the second.
OWN_CORE: Final = 0.85
ALONE_S: Final = (0.05, 2.0)
# A shorter stretch tells nothing: one tick of the scheduler is as long.
STRETCH_S: Final = 1.5e-3


class Aside:
    """One more thread, started with the first work. Use from one thread; ``close`` may be called twice. ``clock`` tells
    seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._alone_until_s = -math.inf
        self._in_a_row = 0

    @property
    def free(self) -> bool:
        """Whether there was a core for it lately."""
        return self._clock() >= self._alone_until_s

    def begin(self, work: Callable[[], R]) -> Begun[R]:
        """Do ``work`` from now on."""
        if self._thread is None:
            # A daemon: a network that hangs must not keep the process.
            self._thread = threading.Thread(target=_work, args=(self._jobs,), name="tryon-aside", daemon=True)
            self._thread.start()
        future: Future[R] = Future()
        self._jobs.put((future, work))
        return Begun(self, future)

    def noted(self, *, shared: bool) -> None:
        """Whether a caller had to share its core: then nothing is begun for a while."""
        if not shared:
            self._in_a_row = 0
            return
        first_s, longest_s = ALONE_S
        self._alone_until_s = self._clock() + min(first_s * 2.0**self._in_a_row, longest_s)
        self._in_a_row = min(self._in_a_row + 1, 30)

    def close(self) -> None:
        """End the thread once its work is done."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None


class Begun(Generic[R]):
    """Work that is under way."""

    def __init__(self, aside: Aside, future: Future[R]) -> None:
        self._aside, self._future = aside, future
        self._clocks = time.perf_counter(), time.thread_time()

    def result(self) -> R:
        """What the work found, as soon as it has; raises what it raised."""
        wall_s, cpu_s = time.perf_counter() - self._clocks[0], time.thread_time() - self._clocks[1]
        if wall_s >= STRETCH_S:
            self._aside.noted(shared=cpu_s < OWN_CORE * wall_s)
        return self._future.result()

    def leave(self) -> None:
        """Wait for the end of work that nobody asks for any more: it may hold what others want to use."""
        self._future.exception()


def _work(jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (job := jobs.get()) is not None:
        future, work = job
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            future.set_exception(error)
        # Nothing of a frame may stay here while the thread waits for the next.
        del job, future, work
