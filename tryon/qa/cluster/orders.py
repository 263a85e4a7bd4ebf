"""What a worker is sent, and what it does with it. Nothing here needs the client's memory, only its files."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tryon import native_stderr
from tryon.config import Settings
from tryon.errors import TryOnError
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.qa.cluster.about import about, difference
from tryon.qa.results import TakeResult
from tryon.qa.run import TakeDone, measured_take
from tryon.replay.records import EndRecord
from tryon.replay.takes import TakeOutcome, TakeTask

# How often a worker tells how far it is.
TELL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """One take of a run. ``sizes`` are the bytes of the clip's files as the client sees them."""

    run: str
    number: int
    task: TakeTask
    settings: Settings
    about: dict[str, str]
    sizes: tuple[int, ...]


def topic(run: str) -> str:
    """Under which a run's workers tell how far they are."""
    return f"tryon-{run}"


def prefix(run: str) -> str:
    """With which a run's folders for unfinished takes begin."""
    return f".tryon-{run}-"


def work(order: Order) -> TakeDone:
    """Run and measure the take on this worker. Raises nothing: what is wrong is told in the result."""
    if _worker() is not None:
        native_stderr.silence()
    wrong = difference(order.about, about())
    if wrong is not None:
        wrong = f"{_me()} runs other software than the client: {wrong}; install the same on both."
    wrong = wrong or _unseen(order)
    if wrong is not None:
        return failed(order.task, wrong)
    desk = _Desk(order)
    try:
        return _worked(order, desk)
    except OSError as error:
        return failed(
            order.task,
            f"{_me()} cannot write to {desk.trouble(error)}: {(error.strerror or str(error)).lower()}; outputs must "
            "lie in a folder that client and workers share (docs/cluster.md).",
        )
    except TryOnError as error:
        return failed(order.task, f"{_me()} could not begin: {error.sentence}")
    except Exception as error:  # noqa: BLE001 - Dask loses some exceptions on their way, and their take with them
        return failed(order.task, f"{order.task.key} was stopped by a fault of ours: {type(error).__name__}.")
    finally:
        desk.close()


def _worked(order: Order, desk: _Desk) -> TakeDone:
    desk.open()
    engine, book = _kit(order)
    done = measured_take(desk.task, engine, order.settings, book, progress=_teller(order))
    if done.result.error is None:
        desk.publish()
    return desk.handed_over(done, order.task)


def failed(task: TakeTask, sentence: str) -> TakeDone:
    """What a run keeps of a take that nobody could do."""
    outcome = TakeOutcome(task, None, EndRecord(0, error=sentence))
    name, look = task.source.name, task.look
    return TakeDone(outcome, TakeResult(task.key, name, look, frames=0, tags=task.tags, error=sentence))


class _Desk:
    """Folders beside the outputs' places in which they come into being."""

    def __init__(self, order: Order) -> None:
        name = f"{prefix(order.run)}{order.number}-{uuid.uuid4().hex[:8]}"
        self._folders = {parent: parent / name for parent in {path.parent for path in order.task.outputs}}
        self._name = name
        task = order.task
        self.task = replace(
            task,
            video=self._moved(task.video),
            before=self._moved(task.before),
            records=self._moved(task.records),
        )

    def open(self) -> None:
        for folder in self._folders.values():
            folder.mkdir()

    def publish(self) -> None:
        """Give every file its name, records with their times last: who sees them sees the rest."""
        for parent, folder in self._folders.items():
            for path in sorted(folder.iterdir(), key=lambda path: ".jsonl" in path.name):
                path.replace(parent / path.name)

    def close(self) -> None:
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)

    def trouble(self, error: OSError) -> Path | str:
        """The folder, as the client knows it, that an error is about."""
        named = Path(error.filename) if isinstance(error.filename, str) else None
        return named.parent if named is not None and named.name == self._name else "the outputs' folder"

    def handed_over(self, done: TakeDone, task: TakeTask) -> TakeDone:
        """What was done on the desk, as done where the client asked for it."""
        outcome, result = done.outcome, done.result
        if result.error is None:
            return replace(done, outcome=replace(outcome, task=task))
        error = result.error.replace(f"{self._name}/", "")
        outcome = replace(outcome, task=task, end=replace(outcome.end, error=error))
        return replace(done, outcome=outcome, result=replace(result, error=error))

    def _moved(self, path: Path | None) -> Path | None:
        return None if path is None else self._folders[path.parent] / path.name


_KEPT: Final = threading.local()


def _kit(order: Order) -> tuple[Engine, LookBook]:
    """This thread's warm engine and its products; made anew for another run, whose products may have changed."""
    kept = getattr(_KEPT, "kit", None)
    if kept is not None and kept[0] == (order.run, order.settings):
        return kept[1], kept[2]
    if kept is not None:
        _KEPT.kit = None
        kept[1].close()
    engine, book = Engine(order.settings), LookBook(order.settings.catalogue_dir)
    engine.warm_up(lambda step, share: None)  # noqa: ARG005
    _KEPT.kit = ((order.run, order.settings), engine, book)
    return engine, book


def _unseen(order: Order) -> str | None:
    """In words, a clip that this worker cannot see as the client does."""
    for path, size in zip(order.task.source.paths, order.sizes, strict=True):
        with contextlib.suppress(OSError):
            if path.stat().st_size == size:
                continue
            return (
                f"{_me()} sees another file at {path} than the client; clips must lie under a path that they share "
                "(docs/cluster.md)."
            )
        return (
            f"{_me()} sees no clip at {path}; clips must lie under a path that client and workers share "
            "(docs/cluster.md)."
        )
    return None


def _worker() -> Any:
    """The Dask worker that this thread works for, if any."""
    from distributed import get_worker

    try:
        return get_worker()
    except ValueError:
        return None


def _me() -> str:
    worker = _worker()
    return f"The worker {worker.address}" if worker is not None else "This process"


def _teller(order: Order) -> Callable[[int, int | None], None]:
    """Tells the client the frames done, now and then."""
    worker, next_s = _worker(), 0.0

    def tell(done: int, total: int | None) -> None:
        nonlocal next_s
        now_s = time.monotonic()
        if worker is not None and now_s >= next_s:
            next_s = now_s + TELL_S
            worker.log_event(topic(order.run), {"take": order.number, "frames": done, "of": total})

    return tell
