"""One run, in a process of its own: what ``tryon replay CLIP --look … --out FOLDER/ --gates … --report …`` does."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from tryon.config import Settings
from tryon.errors import BadBaseline, TryOnError
from tryon.qa.desk.files import Claim, make_private, write_json
from tryon.qa.desk.runs import GATES, JUNIT, OUT, REPORT, Runs
from tryon.qa.desk.shelf import Shelf
from tryon.qa.desk.values import Clip, Order, Outcome, Progress, StateName, TakeTold, plain
from tryon.qa.results import RunResult, TakeResult, load_run

# What a list of runs shows of a take, as far as it has them, and how many of these.
TOLD: Final = {
    "eyewear": ("jitter.corner_px", "slip.px", "edge.flicker"),
    "makeup": ("colour.shade_de00", "slip.lips_px"),
}
TOLD_OF_ALL: Final = ("lag.ms", "latency.total.p95_ms")
TOLD_MAX: Final = 4
_TELL_S: Final = 0.25
# The one before us may still be about to die.
_CLAIM_S: Final = 20.0


class _Teller:
    """Writes progress, not more often than anybody reads it."""

    def __init__(self, path: Path, takes: int, frames: int | None) -> None:
        self._path = path
        self._takes = takes
        self._per_take = frames
        self._take = 0
        self._look = ""
        self._before = self._frames = 0
        self._began_s: float | None = None
        self._told_s = 0.0

    def warming(self, _step: str, fraction: float) -> None:
        self._tell(Progress("warming", fraction, 0, self._takes))

    def begins(self, number: int, _of: int, task: Any) -> None:
        self._take, self._look = number, task.look
        self._before, self._frames = self._before + self._frames, 0
        if self._began_s is None:
            self._began_s = time.monotonic()
        self._tell(self._now(), always=True)

    def frames(self, done: int, of: int | None) -> None:
        self._frames = done
        self._per_take = of or self._per_take
        self._tell(self._now())

    def comparing(self, _take: str, number: int, of: int) -> None:
        self._tell(Progress("comparing", (number - 1) / max(1, of), number, of), always=True)

    def reporting(self) -> None:
        self._tell(Progress("report", 0.0, self._takes, self._takes), always=True)

    def _now(self) -> Progress:
        done = self._before + self._frames
        every = self._per_take * self._takes if self._per_take else None
        passed_s = time.monotonic() - (self._began_s or time.monotonic())
        fps = done / passed_s if passed_s > 0 and done else None
        left_s = max(0.0, every - done) / fps if every and fps else None
        fraction = min(1.0, done / every) if every else (self._take - 1) / self._takes
        return Progress("take", fraction, self._take, self._takes, self._look, done, every, fps, left_s)

    def _tell(self, progress: Progress, *, always: bool = False) -> None:
        now_s = time.monotonic()
        if always or now_s - self._told_s >= _TELL_S:
            self._told_s = now_s
            write_json(self._path, plain(progress), durable=False)


def run(told: dict[str, Any]) -> None:
    """Do it and leave ``outcome.json``; whatever goes wrong is its sentence."""
    settings = Settings(**told["settings"])
    runs = Runs(Shelf(settings))
    alone = Claim(runs.shelf.folder / "running.lock")
    until_s = time.monotonic() + _CLAIM_S
    while not alone.take():
        if time.monotonic() > until_s:
            return
        time.sleep(0.05)
    try:
        _leave_outcome(runs, runs.get(told["run"]).order, settings)
    finally:
        alone.close()


def _leave_outcome(runs: Runs, order: Order, settings: Settings) -> None:
    began_s = time.monotonic()
    try:
        outcome = _work(runs, order, runs.shelf.clip(order.clip), settings)
    except TryOnError as error:
        outcome = Outcome("failed", error.sentence)
    except MemoryError:
        outcome = Outcome("failed", "The run needed more memory than it may have; take a smaller clip.")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        outcome = Outcome("failed", f"The run was stopped by the system: {why}.")
    wall_s = round(time.monotonic() - began_s, 3)
    write_json(runs.folder(order) / "outcome.json", {**plain(outcome), "wall_s": wall_s})


def _work(runs: Runs, order: Order, clip: Clip, settings: Settings) -> Outcome:
    from tryon.qa.comparison import compare_run, gate_run
    from tryon.qa.gates import default_gates, load_gates
    from tryon.qa.junit import junit
    from tryon.qa.report import write_report

    folder = runs.folder(order)
    out = folder / OUT
    teller = _Teller(folder / "progress.json", len(order.looks), clip.probe.frames)
    gates = load_gates(folder / GATES if order.gates == "own" else default_gates())
    baseline = runs.baseline_files(order)
    if not (order.compare_only and (out / "run.json").is_file()):
        _replay(runs, order, clip, settings, teller)
    name, unheld = None, "No gates were held against it."
    result = load_run(out)
    try:
        if baseline is not None:
            result = compare_run(out, baseline[0], gates, teller.comparing)
            name = baseline[1]
        elif order.gates != "none":
            result = gate_run(out, gates)
    except BadBaseline as error:
        # What was measured is worth its report all the same.
        unheld = error.sentence
    teller.reporting()
    write_report(out, folder / REPORT, title=f"Tryon quality report: {clip.name}")
    (folder / JUNIT).write_bytes(junit(result, datetime.now(timezone.utc)))
    return _outcome(result, name, unheld)


def _replay(runs: Runs, order: Order, clip: Clip, settings: Settings, teller: _Teller) -> None:
    from tryon.looks import LookBook
    from tryon.qa.run import keep_run, make_folder, run_takes
    from tryon.replay.sources import Source
    from tryon.replay.takes import parse_look, plan_folder

    out = runs.folder(order) / OUT
    book = LookBook(settings.catalogue_dir)
    for look in order.looks:
        book.resolve(parse_look(look))
    source = Source((runs.shelf.clip_file(clip),), clip.name)
    tasks = plan_folder([source], order.looks, make_private(out), before=True)
    make_folder(out, tasks)
    result = run_takes(
        tasks, settings, book, begins=teller.begins, progress=teller.frames, warming=teller.warming
    )
    keep_run(result, out)


def _outcome(result: RunResult, baseline: str | None, unheld: str) -> Outcome:
    from tryon.qa.summary import broken, headline

    takes = tuple(map(_told, result.takes))
    stopped = broken(result)
    if stopped:
        return Outcome("failed", stopped[0], takes, baseline)
    if not result.verdicts:
        return Outcome("measured", unheld, takes, baseline)
    state: StateName = "passed" if result.passed else "gates_failed"
    told = headline(result)
    return Outcome(state, f"{told[0].upper()}{told[1:]}.", takes, baseline)


def _told(take: TakeResult) -> TakeTold:
    from tryon.qa.report_words import title_of, told

    # Of each kind its first, then their second ones.
    of_kinds = zip_longest(*(TOLD.get(kind, ()) for kind in take.kinds))
    wanted = ("detect.rate", *(measure for row in of_kinds for measure in row), *TOLD_OF_ALL)
    known = [measure for measure in wanted if measure in take.figures][:TOLD_MAX]
    figures = tuple((title_of(measure), told(take.figures[measure], measure)) for measure in known)
    return TakeTold(take.look, take.frames, take.error, take.warning, figures)
