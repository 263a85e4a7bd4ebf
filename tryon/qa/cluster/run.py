"""A run on a cluster, as its client sees it: takes go out, outcomes come back in order, faults become sentences."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from tryon.config import Settings
from tryon.errors import ClusterFailed
from tryon.qa.cluster.about import about, difference
from tryon.qa.cluster.orders import Order, failed, prefix, topic, work
from tryon.qa.cluster.places import WORKERLESS_S, Place, opened
from tryon.qa.results import RunResult
from tryon.qa.run import TakeDone, run_of
from tryon.replay.takes import TakeTask

if TYPE_CHECKING:
    from distributed import Client, Future

# How often the client looks up: for progress, and for a scheduler without workers.
LOOK_S: Final = 0.5
WORKERS_ASKED_S: Final = 2.0
# A result is small; a worker that does not hand it over in that time has gone.
ASKED_S: Final = 10.0
GONE: Final = "The scheduler went away during the run; start it and the run again."


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is. ``frames_per_s`` is of all workers together, since the first frame."""

    takes_done: int
    takes: int
    frames: int
    frames_per_s: float
    workers: int


Watch = Callable[[Standing], None]


def _silent(*_: object) -> None:
    """For callers who do not watch."""


def run_takes(
    tasks: Sequence[TakeTask],
    settings: Settings,
    place: Place,
    *,
    problems: Sequence[str] = (),
    watch: Watch = _silent,
    ended: Callable[[TakeDone], None] = _silent,
) -> RunResult:
    """Run every take; the results stand in the order of ``tasks``, and ``ended`` gets each take as it is done.

    What is wrong with a clip, a look, an output or a worker costs its take and is told in its ``error``. Raises
    ClusterFailed where the run cannot begin or go on (nobody answers, no workers, another version), and ConfigError
    without Dask. Nothing half-written stays.
    """
    run = uuid.uuid4().hex[:12]
    try:
        with opened(place) as client:
            _check_workers(client)
            done = _Run(client, run, tasks, settings, watch, ended).done()
    finally:
        for parent in {path.parent for task in tasks for path in task.outputs}:
            for folder in parent.glob(f"{prefix(run)}*"):
                shutil.rmtree(folder, ignore_errors=True)
    results = [take.result for take in done]
    return run_of(results, settings, problems, realtime=any(task.realtime for task in tasks))


class _Run:
    """A run under way."""

    def __init__(
        self,
        client: Client,
        run: str,
        tasks: Sequence[TakeTask],
        settings: Settings,
        watch: Watch,
        ended: Callable[[TakeDone], None],
    ) -> None:
        self._client = client
        self._watch = watch
        self._ended = ended
        self._tasks = tasks
        self._taken: dict[int, TakeDone] = {}
        self._frames: dict[int, int] = {}
        self._first_frame_s: float | None = None
        self._workers, self._asked_s = 0, 0.0
        self._seen_s = time.monotonic()
        self._queue: SimpleQueue[int] = SimpleQueue()
        self._topic = topic(run)
        client.subscribe_topic(self._topic, self._told)
        mine = about()
        self._futures: list[Future[TakeDone]] = []
        for number, task in enumerate(tasks):
            order = Order(run, number, task, settings, mine, tuple(_size(path) for path in task.source.paths))
            self._futures.append(client.submit(work, order, key=f"tryon-take-{run}-{number}", pure=False))
            self._await(number)

    def done(self) -> tuple[TakeDone, ...]:
        try:
            while len(self._taken) < len(self._tasks):
                try:
                    self._end(self._queue.get(timeout=LOOK_S))
                except Empty:
                    self._look()
                self._tell()
        except BaseException:
            self._client.cancel(self._futures, force=True)
            raise
        finally:
            self._client.unsubscribe_topic(self._topic)
        return tuple(self._taken[number] for number in range(len(self._tasks)))

    def _await(self, number: int) -> None:
        self._futures[number].add_done_callback(lambda _: self._queue.put(number))

    def _end(self, number: int) -> None:
        """A take's future has ended, one way or another."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        future, task = self._futures[number], self._tasks[number]
        if future.status == "cancelled":
            raise ClusterFailed(GONE)
        if future.status == "lost":
            # The worker did the take and died before it could tell of it: another does it again.
            self._await(number)
            return
        try:
            take = future.result(timeout=ASKED_S)
        except TimeoutError:
            self._await(number)
            return
        except KilledWorker as error:
            take = failed(
                task,
                f"{task.key} ended its worker {error.allowed_failures + 1} times and was given up: the clip or the "
                "look takes more memory than there is, or makes a library fail.",
            )
        except FutureCancelledError as error:
            raise ClusterFailed(GONE) from error
        except Exception as error:  # noqa: BLE001 - whatever a scheduler of another make says, the others go on
            take = failed(task, f"{task.key} could not be run by a worker: {type(error).__name__}.")
        missing = [path for path in task.outputs if not path.exists()]
        if missing and take.result.error is None:
            take = failed(
                task,
                f"A worker wrote {missing[0]}, but it is not there; outputs must lie in a folder that client and "
                "workers share (docs/cluster.md).",
            )
        self._taken[number] = take
        self._frames[number] = take.result.frames
        self._ended(take)

    def _told(self, event: tuple[float, Any]) -> None:
        """A worker tells how far it is; called in the client's own thread."""
        message = event[1]
        if isinstance(message, Mapping) and message.get("take") not in self._taken:
            self._frames[int(message["take"])] = int(message["frames"])
            self._first_frame_s = self._first_frame_s or time.monotonic()

    def _look(self) -> None:
        """Whether there is still somebody to work."""
        now_s = time.monotonic()
        if now_s - self._asked_s < WORKERS_ASKED_S:
            return
        self._asked_s = now_s
        self._workers = _worker_count(self._client)
        if self._workers:
            self._seen_s = now_s
        elif now_s - self._seen_s > WORKERLESS_S:
            raise ClusterFailed(
                f"The scheduler has had no worker for {WORKERLESS_S:.0f} s; start some and run again."
            )

    def _tell(self) -> None:
        frames = sum(self._frames.values())
        spent_s = time.monotonic() - self._first_frame_s if self._first_frame_s is not None else 0.0
        rate = frames / spent_s if spent_s > LOOK_S else 0.0
        self._watch(Standing(len(self._taken), len(self._tasks), frames, rate, self._workers))


def _check_workers(client: Client) -> None:
    """Wait for the first worker, and see that all run what the client runs."""
    try:
        client.wait_for_workers(1, timeout=WORKERLESS_S)
    except TimeoutError as error:
        raise ClusterFailed(
            f"The scheduler has no worker, and none came within {WORKERLESS_S:.0f} s; start some: dask worker ADDRESS."
        ) from error
    for address, found in client.run(about, on_error="return").items():
        if isinstance(found, ModuleNotFoundError):
            raise ClusterFailed(
                f"The worker {address} has no Tryon: {found}; install the same on all machines."
            )
        if not isinstance(found, dict):
            raise ClusterFailed(f"The worker {address} does not answer: {type(found).__name__}.")
        wrong = difference(about(), found)
        if wrong is not None:
            raise ClusterFailed(
                f"The worker {address} runs other software: {wrong}; install the same on all machines."
            )


def _worker_count(client: Client) -> int:
    try:
        return len(client.nthreads())
    except (OSError, TimeoutError):
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
