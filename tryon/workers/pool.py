"""The pool: threads, their engines, and the watch over them."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeVar

import cv2

from tryon.errors import PerceptionFailed, TryOnError
from tryon.workers.lane import Failed, Lane

_log = logging.getLogger(__name__)

# The slowest honest frame (first of its size, cold caches, loaded machine) takes well under a second.
HANG_DEADLINE_S: Final = 10.0
# How long ``close`` waits for the frames in work, in all.
_JOIN_S: Final = 1.0
_REBUILD_WAIT_S: Final = 1.0


class EngineLike(Protocol):
    """What the pool itself asks of an engine."""

    def warm_up(self, progress: Callable[[str, float], None]) -> None: ...
    def close(self) -> None: ...


E = TypeVar("E", bound=EngineLike)
J = TypeVar("J")
R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the warm-up is: what is being done, and the fraction (0..1) of the whole."""

    step: str
    fraction: float


class _Worker(Generic[E]):
    """One thread and its engine."""

    def __init__(self, pool: WorkerPool[E], progress: Callable[[str, float], None]) -> None:
        self._pool = pool
        self._progress = progress
        self.lane: Lane[E, Any, Any] | None = None
        self.job: Any = None
        self.since_s = 0.0
        self.abandoned = False
        self.warming = self.warm = False
        self.thread = threading.Thread(target=self._run, name="tryon-worker", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        engine = self._pool.build(self)
        while engine is not None and not self.abandoned:
            lane = self._pool.ready.get()
            if lane is None:
                break
            job = self._pool.begin(self, lane)
            if job is None:
                continue
            outcome = self._attempt(lane, engine, job)
            self._pool.finish(self, outcome)
            broken = isinstance(outcome, Failed) and outcome.broken
            # Nothing of a session may stay here while the thread waits for the next.
            del lane, job, outcome
            if broken:
                self._close(engine)
                engine = None if self.abandoned else self._pool.build(self)
        if engine is not None:
            self._close(engine)

    @staticmethod
    def _attempt(lane: Lane[E, Any, Any], engine: E, job: Any) -> Any:
        try:
            return lane.work(engine, job)
        except TryOnError as error:
            # A traceback keeps the picture alive in its frames.
            error.__traceback__ = error.__cause__ = error.__context__ = None
            return Failed(error)
        except Exception as error:  # noqa: BLE001 - whatever an engine raises costs this job only
            _log_crash("a worker's engine failed and is built anew", error)
            return Failed(
                PerceptionFailed("This frame could not be worked on; the next one may."), broken=True
            )

    @staticmethod
    def _close(engine: E) -> None:
        try:
            engine.close()
        except Exception as error:  # noqa: BLE001 - it is being thrown away
            _log_crash("an engine failed to close", error)

    def progress(self, step: str, fraction: float) -> None:
        self._progress(step, fraction)


class WorkerPool(Generic[E]):
    """``threads`` workers on one queue of lanes, and one more thread for loading products.

    ``make_engine`` is called in the thread that will use the engine. ``compiling`` tells whether a frame may be waiting
    for the compiler, which is no hang. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        threads: int,
        make_engine: Callable[[], E],
        *,
        hang_deadline_s: float = HANG_DEADLINE_S,
        compiling: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lock = threading.Lock()
        self.ready: SimpleQueue[Lane[E, Any, Any] | None] = SimpleQueue()
        self._threads = threads
        self._make_engine = make_engine
        self._hang_deadline_s = hang_deadline_s
        self._compiling = compiling
        self._clock = clock
        self._workers: list[_Worker[E]] = []
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="tryon-load")
        self._closing = threading.Event()
        self._progress = Progress("start", 0.0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started: asyncio.Future[None] | None = None
        self._given_up = False

    @property
    def progress(self) -> Progress:
        return self._progress

    @property
    def warm(self) -> bool:
        """Whether a frame would be worked on now."""
        return not self._closing.is_set() and any(worker.warm for worker in self._workers)

    def start(self) -> asyncio.Future[None]:
        """Begin the warm-up, in the running loop; the future ends with it, or raises what stopped it.

        The first worker warms up alone: the others then find every kernel compiled.
        """
        if self._started is None:
            cv2.setNumThreads(1)
            self._loop = asyncio.get_running_loop()
            self._started = self._loop.create_future()
            with self.lock:
                self._workers.append(_Worker(self, self._report))
            threading.Thread(target=self._watch, name="tryon-watch", daemon=True).start()
        return self._started

    def lane(self, work: Callable[[E, J], R], deliver: Callable[[J, R | Failed], None]) -> Lane[E, J, R]:
        """A new session's lane."""
        return Lane(self.lock, self.ready, work, deliver)

    async def load(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something slow that is no frame (a product's mesh), one at a time, beside the workers."""
        future = self._loader.submit(function, *args, **kwargs)
        return await asyncio.wrap_future(future)

    def close(self) -> bool:
        """Stop. True if every thread has ended within a second. Idempotent.

        One that hangs is left behind, and so is one that still warms up, which may take many seconds.
        """
        self._closing.set()
        self._loader.shutdown(wait=False, cancel_futures=True)
        for _ in self._workers:
            self.ready.put(None)
        until_s = self._clock() + _JOIN_S
        for worker in self._workers:
            if not worker.warming:
                worker.thread.join(max(0.0, until_s - self._clock()))
        return not any(worker.thread.is_alive() for worker in self._workers)

    # What follows is called by the worker threads.

    def build(self, worker: _Worker[E]) -> E | None:
        """A warm engine; None when the pool closes or could not start at all."""
        while not self._closing.is_set():
            engine = self._try_to_build(worker)
            if engine is not None:
                with self.lock:
                    worker.warm = True
                self._engine_ready()
                return engine
            if self._given_up:
                return None
            self._closing.wait(_REBUILD_WAIT_S)
        return None

    def _try_to_build(self, worker: _Worker[E]) -> E | None:
        worker.warming = True
        try:
            engine = self._make_engine()
            engine.warm_up(worker.progress)
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the start, or tried again
            _log_crash("an engine could not be built", error)
            self._given_up = self._tell_started(error)
            return None
        finally:
            worker.warming = False
        return engine

    def begin(self, worker: _Worker[E], lane: Lane[E, J, R]) -> J | None:
        with self.lock:
            job = lane.begin()
            if job is not None:
                worker.lane, worker.job, worker.since_s = lane, job, self._clock()
            return job

    def finish(self, worker: _Worker[E], outcome: Any) -> None:
        with self.lock:
            if worker.lane is not None and self._loop is not None:
                worker.lane.finish(worker.job, outcome, self._loop)
            worker.lane = worker.job = None
            worker.warm = not (isinstance(outcome, Failed) and outcome.broken)

    def _engine_ready(self) -> None:
        with self.lock:
            missing = self._threads - len(self._workers)
            if not self._closing.is_set():
                self._workers += [_Worker(self, _ignore) for _ in range(missing)]
            all_warm = all(worker.warm for worker in self._workers)
        if all_warm:
            self._progress = Progress("ready", 1.0)
            self._tell_started(None)

    def _tell_started(self, error: Exception | None) -> bool:
        """Whether somebody was still waiting for the start."""
        started, loop = self._started, self._loop
        if started is None or loop is None or started.done():
            return False

        def tell() -> None:
            if not started.done():
                if error is None:
                    started.set_result(None)
                else:
                    started.set_exception(error)

        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell)
        return True

    def _report(self, step: str, fraction: float) -> None:
        if self._started is not None and not self._started.done():
            self._progress = Progress(step, min(max(fraction, 0.0), 1.0))

    def _watch(self) -> None:
        """Replace a worker whose frame takes longer than the deadline."""
        while not self._closing.wait(self._hang_deadline_s / 10):
            with self.lock:
                now_s = self._clock()
                busy = [worker for worker in self._workers if worker.lane is not None]
                excused = bool(busy) and self._compiling()
                for worker in busy:
                    if excused:
                        worker.since_s = now_s
                    elif now_s - worker.since_s > self._hang_deadline_s:
                        self._replace(worker)

    def _replace(self, worker: _Worker[E]) -> None:
        _log.error("a frame took longer than %g s; its worker was replaced", self._hang_deadline_s)
        worker.abandoned, worker.warm = True, False
        if worker.lane is not None and self._loop is not None:
            error = PerceptionFailed("This frame took too long to work on and was given up.")
            worker.lane.finish(worker.job, Failed(error, broken=True), self._loop)
        worker.lane = worker.job = None
        self._workers[self._workers.index(worker)] = _Worker(self, _ignore)


def _ignore(step: str, fraction: float) -> None:
    del step, fraction


def _log_crash(what: str, error: Exception) -> None:
    """Type and place, never the text: a library may quote the data that it failed on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    _log.error("%s: %s in %s", what, type(error).__name__, place)
