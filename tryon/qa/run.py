"""A run: takes one after another, each measured while it goes on, and ``run.json`` with what they came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tryon.config import Settings
from tryon.errors import BadClip, TryOnError
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.qa.environment import describe
from tryon.qa.measure import Measured, measure_take
from tryon.qa.results import RUN_FILE, RunResult, TakeResult, save_run
from tryon.qa.series import Series
from tryon.replay.records import EndRecord, FrameRecord, Line, TimesRecord
from tryon.replay.runner import Progress, run_take, silent
from tryon.replay.takes import TakeOutcome, TakeTask, parse_look
from tryon.replay.truth import read_truth


@dataclass(frozen=True, slots=True)
class TakeDone:
    """A take's outcome and what a run keeps of it."""

    outcome: TakeOutcome
    result: TakeResult


# Told before each take: its number from 1, and how many there are.
TakeBegins = Callable[[int, int, TakeTask], None]


def measured_take(
    task: TakeTask,
    engine: Engine,
    settings: Settings,
    book: LookBook,
    *,
    progress: Progress = silent,
    clock: Callable[[], float] = time.perf_counter,
) -> TakeDone:
    """Run one take and measure it; what goes wrong is in the result's ``error``. All that a worker does."""
    series = Series()

    def watch(record: Line, times: TimesRecord | None) -> None:
        if isinstance(record, FrameRecord):
            series.add(record)
        if times is not None:
            series.add_times(times)

    try:
        truth = read_truth(task.source.path)
    except TryOnError as error:
        outcome = TakeOutcome(task, None, EndRecord(0, error=error.sentence))
        return TakeDone(outcome, _result(outcome, book, Measured({}, (), {})))
    outcome = run_take(task, engine, settings, book, progress=progress, watch=watch, clock=clock)
    # How long the steps took together; the take's own duration also tells of the disk and of measuring.
    measured = measure_take(series, truth, peak_mb=outcome.peak_mb) if series.frames else Measured({}, (), {})
    return TakeDone(outcome, _result(outcome, book, measured))


def _result(outcome: TakeOutcome, book: LookBook, measured: Measured) -> TakeResult:
    task, head, end = outcome.task, outcome.head, outcome.end
    return TakeResult(
        key=task.key,
        clip=task.source.name,
        look=task.look,
        frames=end.frames,
        tags=head.tags if head is not None else (),
        figures=measured.figures,
        worst=measured.worst,
        files=_files(task) if end.error is None else {},
        warning=end.warning,
        error=end.error,
        kinds=_kinds(task.look, book),
        sha256=head.clip.sha256 if head is not None else "",
    )


def run_takes(
    tasks: Sequence[TakeTask],
    settings: Settings,
    book: LookBook,
    *,
    problems: Sequence[str] = (),
    begins: TakeBegins = silent,
    progress: Progress = silent,
    warming: Callable[[str, float], None] = silent,
    ended: Callable[[TakeDone], None] = silent,
) -> RunResult:
    """Run these takes in order in this process. ``ended`` gets each when it is done.

    ``problems`` are sentences about clips and looks that could not even become takes. Raises what the engine raises
    when it cannot start; nothing for a take that fails.
    """
    results: list[TakeResult] = []
    with closing(Engine(settings)) as engine:
        engine.warm_up(warming)
        for number, task in enumerate(tasks, 1):
            begins(number, len(tasks), task)
            done = measured_take(task, engine, settings, book, progress=progress)
            results.append(done.result)
            ended(done)
    return run_of(results, settings, problems, realtime=any(task.realtime for task in tasks))


def run_of(
    results: Sequence[TakeResult], settings: Settings, problems: Sequence[str] = (), *, realtime: bool = False
) -> RunResult:
    """The takes' results as a run made here, with these settings."""
    environment = describe(settings)
    if realtime:
        environment["realtime"] = "yes"
    return RunResult(tuple(results), environment, problems=tuple(problems))


def make_folder(folder: Path, tasks: Sequence[TakeTask]) -> None:
    """A place for a run; a former one's ``run.json`` goes, since its takes are about to. Raises BadClip."""
    for task in tasks:
        if task.source.path.parent == folder.absolute():
            raise BadClip(f"{task.source.name} lies in {folder} itself; give the run a folder of its own.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUN_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise BadClip(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}.") from error


def keep_run(run: RunResult, folder: Path) -> None:
    """Write ``run.json``. Raises BadClip where the folder cannot be written."""
    try:
        save_run(run, folder)
    except OSError as error:
        raise BadClip(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _files(task: TakeTask) -> dict[str, str]:
    """The names of what the take made."""
    wanted = {"video": task.video, "before": task.before, "records": task.records}
    wanted["times"] = next(iter(task.times), None)
    return {kind: path.name for kind, path in wanted.items() if path is not None and path.is_file()}


def _kinds(look: str, book: LookBook) -> tuple[str, ...]:
    kinds = {product.sku: product.kind for product in book.products()}
    with suppress(TryOnError):
        return tuple(sorted({kinds[item.sku] for item in parse_look(look) if item.sku in kinds}))
    return ()
