"""How far a replay is: which take of how many, its frames, frames a second, and the time that is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from typing_extensions import Self

if TYPE_CHECKING:
    from tryon.qa.cluster import Standing
    from tryon.replay.takes import TakeTask

# Often enough for the eye; a bar that is told of every frame takes part of each.
_EVERY_S: Final = 0.1


class ReplayProgress:
    """A bar on the standard error, gone when the run is over. Use it as a context manager."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _FramesPerSecond(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._told_s = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def warming(self, step: str, share: float) -> None:
        """The engine starts."""
        self._bar.update(self._task, description=step, completed=round(share * 100), total=100)

    def begins(self, number: int, of: int, task: TakeTask) -> None:
        """The next take."""
        which = f"take {number} of {of}: " if of > 1 else ""
        self._bar.reset(self._task, description=escape(f"{which}{task.key}"), total=None)

    def frames(self, done: int, total: int | None) -> None:
        """Frames of this take that are done."""
        now_s = time.monotonic()
        if now_s - self._told_s >= _EVERY_S:
            self._told_s = now_s
            self._bar.update(self._task, completed=done, total=total)

    def standing(self, run: Standing) -> None:
        """How far several workers are together."""
        workers = "no workers yet" if run.workers == 0 else f"workers: {run.workers}"
        rate = f", {run.frames_per_s:.0f} frames/s" if run.frames_per_s else ""
        self._bar.update(
            self._task, description=f"takes ({workers}{rate})", completed=run.takes_done, total=run.takes
        )

    def comparing(self, take: str, number: int, of: int) -> None:
        """Pictures are compared with the baseline's."""
        self._bar.update(self._task, description=f"comparing {escape(take)}", completed=number - 1, total=of)


class _FramesPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.0f}/s")
