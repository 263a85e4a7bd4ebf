"""The first process of ``tryon serve``: it spreads connections over worker processes, and keeps those running.

A shopper goes to the worker with the fewest shoppers. A worker that dies, or whose event loop hangs, is replaced; its
shoppers' pages come back by themselves and the other workers' shoppers notice nothing. What a shopper sends never
passes through here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.web.acceptor import Acceptor
from tryon.web.process import WorkerProcess
from tryon.web.spawn import Command, command

_log = logging.getLogger(__name__)

Report = Callable[[str, float], None]

# How often the crew is looked at: as often as a worker that warms up speaks, or just often enough.
_LOOK_S: Final = 0.1
_CALM_LOOK_S: Final = 0.25
# Silence of a worker's event loop. Importing and compiling hold the interpreter for seconds on a busy machine.
HANG_S: Final = 10.0
_HANG_WARMING_S: Final = 60.0
# Two beats that did not come: nobody new is sent there as long as another one answers.
_QUIET_S: Final = 1.5
# A worker that dies again and again is given time; one that lived this long starts with a clean sheet.
_BACK_OFF_S: Final = 0.25
_BACK_OFF_MAX_S: Final = 30.0
_HEALTHY_S: Final = 60.0
# A worker that warms up for longer than this does not keep the others waiting.
_TURN_S: Final = 120.0
# Beyond the sessions' own time to close: the end of threads, and of an interpreter full of libraries.
_END_S: Final = 5.0
_BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nServer: tryon\r\nContent-Length: 0\r\nRetry-After: 2\r\n"
    b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)
_REQUEST_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class _Post:
    """One worker's place in the crew, whoever holds it."""

    worker: WorkerProcess | None = None
    failures: int = 0
    not_before_s: float = 0.0


class Supervisor:
    """``run`` is its life. ``make_command`` and ``hang_s`` are for tests."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        *,
        make_command: Command = command,
        hang_s: float = HANG_S,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._make_command = make_command
        self._hang_s = hang_s
        # A worker is a whole server for as many shoppers as there are, and has no workers itself.
        self._workers_settings = settings.model_copy(update={"processes": 1})
        self._posts = [_Post() for _ in range(settings.processes)]
        self._dying: list[WorkerProcess] = []
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._acceptor: Acceptor | None = None
        self._was_ready = False
        self._stopping = False

    async def run(self, opened: Callable[[], None], report: Report) -> None:
        """Until SIGTERM or SIGINT. ``opened`` is called once, when the first worker is ready.

        Raises ConfigError with what prevented the start.
        """
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, self.stop)
        self._acceptor = Acceptor(self._listener, self._deliver)
        reported: tuple[str, float] | None = None
        announced = False
        try:
            self._start_first()
            look_s = _LOOK_S
            while not self._stop.is_set():
                first = self._posts[0].worker
                if not announced:
                    told = None if first is None else (first.told.step, first.told.fraction)
                    progress = ("ready", 1.0) if self._was_ready else told
                    if progress is not None and progress != reported:
                        reported = progress
                        report(*progress)
                    if self._was_ready:
                        announced = True
                        opened()
                        if first is not None:
                            first.prepare_sample()
                self._watch(look_s)
                calm = all(worker.ready for worker in self._living())
                look_s = _CALM_LOOK_S if calm else _LOOK_S
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), look_s)
        finally:
            self._acceptor.close()
            await self._end()
            for name in (signal.SIGTERM, signal.SIGINT):
                self._loop.remove_signal_handler(name)

    def stop(self) -> None:
        """Have ``run`` close every session and return."""
        self._stop.set()

    @property
    def workers(self) -> list[WorkerProcess]:
        """Those that live, by their post."""
        return list(self._living())

    def _living(self) -> Iterator[WorkerProcess]:
        return (post.worker for post in self._posts if post.worker is not None)

    # Connections.

    def _deliver(self, sock: socket.socket, wants_mirror: bool) -> None:
        """To the worker with the fewest shoppers; the mirror's with a promise of a place, if there is one."""
        with sock:
            for post in self._posts:
                # What the workers said before this shopper came counts before this shopper.
                self._hear(post)
            workers = self.workers
            ready = [worker for worker in workers if worker.ready]
            taken = sum(worker.load for worker in workers)
            promised = wants_mirror and bool(ready) and taken < self._settings.max_sessions
            for worker in sorted(ready or workers, key=lambda each: (each.silent_s > _QUIET_S, each.load)):
                if worker.take(sock, promised=promised):
                    break
            else:
                _refuse(sock)
        self._tell_house()

    def _tell_house(self) -> None:
        workers = self.workers
        taken = sum(worker.load for worker in workers)
        ready = sum(worker.ready for worker in workers)
        for worker in workers:
            worker.tell_house(taken - worker.load, ready)

    # The crew.

    def _start_first(self) -> None:
        try:
            self._start(self._posts[0])
        except OSError as error:
            raise ConfigError(f"No worker process can be started ({error.strerror}).") from error

    def _start(self, post: _Post) -> None:
        worker = post.worker = WorkerProcess(self._workers_settings, self._make_command)
        self._loop.add_reader(worker.channel, self._heard, post)

    def _heard(self, post: _Post) -> None:
        self._hear(post)
        self._tell_house()

    def _hear(self, post: _Post) -> None:
        worker = post.worker
        if worker is None:
            return
        ended = False
        try:
            worker.hear()
        except EOFError:
            ended = True
        # At once: one that is ready and dies has not failed to start.
        self._was_ready = self._was_ready or worker.ready
        if ended:
            self._lost(post, worker)

    def _lost(self, post: _Post, worker: WorkerProcess) -> None:
        """It has ended, or is ended now."""
        self._loop.remove_reader(worker.channel)
        worker.channel.close()
        if not worker.ended():
            worker.kill()
        post.worker = None
        self._dying.append(worker)
        if self._stopping:
            return
        now_s = time.monotonic()
        post.failures = 1 if now_s - worker.since_s > _HEALTHY_S else post.failures + 1
        wait_s = min(_BACK_OFF_MAX_S, _BACK_OFF_S * 2 ** (post.failures - 1))
        post.not_before_s = now_s + wait_s

    def _watch(self, passed_s: float) -> None:
        """Bury the dead, end those that hang, start those that are due.

        Raises ConfigError for a death before anyone was ready.
        """
        for dead in [worker for worker in self._dying if worker.ended()]:
            self._dying.remove(dead)
            self._bury(dead)
        for post in self._posts:
            worker = post.worker
            if worker is not None:
                # Summed up look by look: if all were stopped for a while, this process with them, nobody hangs.
                worker.silent_s += passed_s
                if worker.silent_s > (self._hang_s if worker.ready else max(self._hang_s, _HANG_WARMING_S)):
                    _log.error("Worker process %d does not answer and is ended.", worker.pid)
                    self._lost(post, worker)
        if self._was_ready and not self._anyone_warming():
            self._start_one()
        self._tell_house()

    def _bury(self, worker: WorkerProcess) -> None:
        reason = worker.told.sentence or f"It ended with {worker.how}."
        if not self._was_ready:
            raise ConfigError(worker.told.sentence or f"The mirror could not start. {reason}")
        _log.error("Worker process %d is gone and will be replaced. %s", worker.pid, reason)

    def _anyone_warming(self) -> bool:
        """One at a time, so that those who serve keep their cores."""
        now_s = time.monotonic()
        return any(not worker.ready and now_s - worker.since_s < _TURN_S for worker in self._living())

    def _start_one(self) -> None:
        now_s = time.monotonic()
        for post in self._posts:
            if post.worker is None and post.not_before_s <= now_s:
                try:
                    self._start(post)
                except OSError as error:
                    _log.error("No worker process could be started: %s.", error.strerror)
                    post.not_before_s = now_s + _BACK_OFF_MAX_S
                return

    async def _end(self) -> None:
        """Every worker closes its sessions; one that takes too long is killed."""
        self._stopping = True
        until_s = time.monotonic() + self._settings.drain_s + _END_S
        ending = [*self._living(), *self._dying]
        for worker in ending:
            worker.stop()
        while not all(worker.ended() for worker in ending):
            if time.monotonic() > until_s:
                for worker in ending:
                    worker.kill()
            await asyncio.sleep(_LOOK_S / 10)
        for worker in self._living():
            self._loop.remove_reader(worker.channel)
            worker.channel.close()


def _refuse(sock: socket.socket) -> None:
    """Every worker has just died. What was asked is read away, or closing would cut the answer off."""
    with suppress(OSError):
        sock.recv(_REQUEST_BYTES)
        sock.send(_BUSY)
        sock.shutdown(socket.SHUT_WR)
