"""Runs: what was asked for, where each of them is, and what may be done with it.

::

    runs/ID/order.json       as asked for
    runs/ID/state.json       waiting, running, …; changed under the shelf's lock
    runs/ID/progress.json    by the replaying process, several times a second
    runs/ID/outcome.json     by the replaying process, at its end
    runs/ID/cancel           somebody wants it to stop
    runs/ID/gates.toml       tolerances of one's own
    runs/ID/out/…            the run's folder, as ``tryon replay --out`` makes it
    runs/ID/report.html, junit.xml
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from tryon.errors import QaGone, QaRefused
from tryon.qa.desk.files import discard, make_private, write_json
from tryon.qa.desk.shelf import Shelf, new_id, told_when_full
from tryon.qa.desk.values import (
    ENDED,
    REPORTED,
    BaselineAbout,
    Clip,
    GatesKind,
    Order,
    Outcome,
    Progress,
    RunNow,
    State,
    StateName,
    plain,
    read,
)

RUNS_MAX: Final = 200
WAITING_MAX: Final = 20
BASELINES_MAX: Final = 50
LOOKS_MAX: Final = 12
# In order.json's folder.
OUT: Final = "out"
REPORT: Final = "report.html"
JUNIT: Final = "junit.xml"
GATES: Final = "gates.toml"
CANCEL: Final = "cancel"
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Runs:
    """All runs and baselines on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def all(self, clips: Sequence[Clip] | None = None) -> list[RunNow]:
        """Those of clips that have not expired, newest first."""
        found = [
            now
            for clip in (self.shelf.clips() if clips is None else clips)
            for folder in _inside(self.shelf.clip_folder(clip) / "runs")
            if (now := self._now(folder)) is not None
        ]
        return sorted(found, key=lambda now: -now.order.turn)

    def get(self, run_id: str) -> RunNow:
        """Raises QaGone."""
        now = self._now(self._folder(run_id))
        if now is None:
            raise QaGone("This run is no longer here: it was deleted, or its clip's time was over.")
        return now

    def folder(self, order: Order) -> Path:
        return self.shelf.clips_folder / order.clip / "runs" / order.id

    def _folder(self, run_id: str) -> Path:
        for clip in self.shelf.clips():
            folder = self.shelf.clip_folder(clip) / "runs" / run_id
            if folder.is_dir():
                return folder
        raise QaGone("This run is no longer here: it was deleted, or its clip's time was over.")

    def _now(self, folder: Path) -> RunNow | None:
        order, state = read(Order, folder / "order.json"), read(State, folder / "state.json")
        if order is None or state is None:
            return None
        outcome = read(Outcome, folder / "outcome.json") if state.name in ENDED else None
        progress = read(Progress, folder / "progress.json") if state.name == "running" else None
        return RunNow(order, state, outcome, progress)

    # What people ask for.

    def submit(
        self,
        clip_id: str,
        looks: Sequence[str],
        gates: GatesKind,
        baseline: str | None,
        own_gates: bytes = b"",
    ) -> RunNow:
        """A new run in the queue. Raises QaGone, QaRefused, QaFull."""
        if not 0 < len(looks) <= LOOKS_MAX:
            raise QaRefused(f"A run has 1 to {LOOKS_MAX} looks, not {len(looks)}.")
        with self.shelf.lock(), told_when_full():
            clip = self.shelf.clip(clip_id)
            if baseline is not None:
                self._check_baseline(baseline, clip)
            self.shelf.check_total()
            known = self.all()
            if len(known) >= RUNS_MAX:
                raise QaRefused(f"There are {RUNS_MAX} runs already; delete some of them.")
            self._check_queue(known)
            order = Order(
                new_id(), clip.id, tuple(looks), gates, baseline, self.shelf.now_ms(), time.time_ns()
            )
            folder = self.folder(order)
            half = make_private(folder.with_name(f".{order.id}"))
            if gates == "own":
                (half / GATES).write_bytes(own_gates)
            write_json(half / "order.json", plain(order))
            write_json(half / "state.json", plain(State("waiting", order.made_ms)))
            half.rename(folder)
        return self.get(order.id)

    def again(self, run_id: str) -> RunNow:
        """The same once more: in its place where it came to nothing, else as a new run. Raises as ``submit``."""
        now = self.get(run_id)
        order, folder = now.order, self.folder(now.order)
        if now.state.name not in ENDED:
            raise QaRefused("This run has not ended yet.")
        if now.state.name in REPORTED:
            own = (folder / GATES).read_bytes() if order.gates == "own" else b""
            kept = order.baseline if order.baseline in {about.id for about in self.baselines()} else None
            return self.submit(order.clip, order.looks, order.gates, kept, own)
        return self._queue_again(replace(order, compare_only=False))

    def compare(self, run_id: str, baseline: str, gates: GatesKind, own_gates: bytes = b"") -> RunNow:
        """Hold a run that is there against a baseline. Raises as ``submit``."""
        now = self.get(run_id)
        if now.state.name not in REPORTED:
            raise QaRefused("Only a run that was measured can be compared.")
        self._check_baseline(baseline, self.shelf.clip(now.order.clip))
        if gates == "own":
            with told_when_full():
                (self.folder(now.order) / GATES).write_bytes(own_gates)
        return self._queue_again(replace(now.order, compare_only=True, baseline=baseline, gates=gates))

    def _queue_again(self, order: Order) -> RunNow:
        folder = self.folder(order)
        with self.shelf.lock(), told_when_full():
            state = read(State, folder / "state.json")
            if state is None or state.name not in ENDED:
                raise QaRefused("This run has not ended yet.")
            self._check_queue(self.all())
            for name in ("outcome.json", "progress.json", CANCEL):
                (folder / name).unlink(missing_ok=True)
            write_json(folder / "order.json", plain(replace(order, turn=time.time_ns())))
            write_json(folder / "state.json", plain(State("waiting", self.shelf.now_ms())))
        return self.get(order.id)

    def cancel(self, run_id: str) -> RunNow:
        """It does not begin, or stops within a second. Raises QaGone, QaRefused."""
        now = self.get(run_id)
        folder = self.folder(now.order)
        with self.shelf.lock():
            state = read(State, folder / "state.json")
            if state is None or state.name in ENDED:
                raise QaRefused("This run has ended already.")
            if state.name == "waiting":
                self._set(now.order, "cancelled", "It was cancelled before it began.")
            else:
                (folder / CANCEL).touch()
        return self.get(run_id)

    def delete(self, run_id: str) -> None:
        """With everything in it; one that is under way stops. Raises QaGone."""
        discard(self._folder(run_id), self.shelf.trash)

    # Baselines.

    def baselines(self, clips: Sequence[Clip] | None = None) -> list[BaselineAbout]:
        """Newest first."""
        found = [
            about
            for clip in (self.shelf.clips() if clips is None else clips)
            for folder in _inside(self.shelf.clip_folder(clip) / "baselines")
            if (about := read(BaselineAbout, folder / "about.json")) is not None
        ]
        return sorted(found, key=lambda about: (-about.made_ms, about.id))

    def save_baseline(self, run_id: str, name: str) -> BaselineAbout:
        """Keep the run beside its clip. Raises QaGone, QaRefused, QaFull, BadBaseline."""
        from tryon.qa.baseline import save_baseline

        now = self.get(run_id)
        if now.state.name not in REPORTED:
            raise QaRefused("Only a run that was measured can be kept as a baseline.")
        name = " ".join("".join(filter(str.isprintable, name)).split())[:60]
        if not name:
            raise QaRefused("Give the baseline a name.")
        if len(self.baselines()) >= BASELINES_MAX:
            raise QaRefused(f"There are {BASELINES_MAX} baselines already; delete one first.")
        self.shelf.check_total()
        order, baseline_id = now.order, new_id()
        place = self.shelf.clips_folder / order.clip / "baselines"
        half = make_private(place / f".{baseline_id}")
        try:
            with told_when_full():
                kept = save_baseline(self.folder(order) / OUT, half / _label(name))
                about = BaselineAbout(
                    baseline_id, name, order.clip, order.looks, kept.version, self.shelf.now_ms()
                )
                write_json(half / "about.json", plain(about))
                half.rename(place / baseline_id)
        finally:
            shutil.rmtree(half, ignore_errors=True)
        return about

    def delete_baseline(self, baseline_id: str) -> None:
        """Raises QaGone."""
        discard(self._baseline_folder(baseline_id), self.shelf.trash)

    def baseline_files(self, order: Order) -> tuple[Path, str] | None:
        """Folder and name of the baseline that an order names. Raises QaGone."""
        if order.baseline is None:
            return None
        folder = self._baseline_folder(order.baseline)
        about = read(BaselineAbout, folder / "about.json")
        if about is None:
            raise QaGone("The baseline's description cannot be read; delete it and save another one.")
        return folder / _label(about.name), about.name

    def _baseline_folder(self, baseline_id: str) -> Path:
        for clip in self.shelf.clips():
            folder = self.shelf.clip_folder(clip) / "baselines" / baseline_id
            if folder.is_dir():
                return folder
        raise QaGone("This baseline is no longer here: it was deleted, or its clip's time was over.")

    def _check_baseline(self, baseline_id: str, clip: Clip) -> None:
        about = next((about for about in self.baselines() if about.id == baseline_id), None)
        if about is None:
            raise QaGone("This baseline is no longer here: it was deleted, or its clip's time was over.")
        if self.shelf.clip(about.clip).sha256 != clip.sha256:
            raise QaRefused(f"The baseline {about.name!r} was made of another clip.")

    # What the keeper does.

    def take_next(self) -> Order | None:
        """The oldest that waits, running from now on."""
        with self.shelf.lock():
            waiting = [now.order for now in self.all() if now.state.name == "waiting"]
            if not waiting:
                return None
            order = min(waiting, key=lambda each: each.turn)
            self._set(order, "running")
        return order

    def finish(self, order: Order, name: StateName, sentence: str = "") -> None:
        """The end of a run, unless it was deleted meanwhile."""
        with self.shelf.lock(), suppress(FileNotFoundError):
            folder = self.folder(order)
            (folder / CANCEL).unlink(missing_ok=True)
            (folder / "progress.json").unlink(missing_ok=True)
            self._set(order, name, sentence)

    def finish_by_outcome(self, order: Order) -> bool:
        """Whether the replaying process had come to its end."""
        outcome = read(Outcome, self.folder(order) / "outcome.json")
        if outcome is None:
            return False
        self.finish(order, outcome.state, outcome.sentence)
        return True

    def recover(self) -> None:
        """Nothing runs now: what is said to be running was left by a process that died."""
        for now in self.all():
            if now.state.name == "running" and not self.finish_by_outcome(now.order):
                self.finish(
                    now.order, "interrupted", "The server stopped while this run was under way; run it again."
                )

    def _set(self, order: Order, name: StateName, sentence: str = "") -> None:
        state = State(name, self.shelf.now_ms(), sentence)
        write_json(self.folder(order) / "state.json", plain(state))

    @staticmethod
    def _check_queue(known: Sequence[RunNow]) -> None:
        if sum(now.state.name == "waiting" for now in known) >= WAITING_MAX:
            raise QaRefused(f"{WAITING_MAX} runs wait already; try again when one of them is done.")


def _label(name: str) -> str:
    """The folder of a baseline of that name; reports call it so."""
    return _PLAIN.sub("-", name).strip("-.") or "baseline"


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from (path for path in folder.iterdir() if not path.name.startswith("."))
