"""Two dressed videos of one clip, frame by frame: how alike they are, how far colours moved, and where most."""

from __future__ import annotations

import filecmp
import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.errors import BadClip
from tryon.frame import Frame
from tryon.qa.results import Figures, WorstFrame
from tryon.qa.shift import STEPS, STEPS_PER_UNIT, count
from tryon.qa.ssim import ssim
from tryon.render import transfer
from tryon.replay.clip import ClipReader

# Frames that a report offers to look at first, for each of the two measures.
WORST: Final = 5
_SAME: Final[Figures] = {
    "diff.ssim": 1.0,
    "diff.ssim_min": 1.0,
    "diff.de00_p50": 0.0,
    "diff.de00_p95": 0.0,
    "diff.de00_max": 0.0,
    "diff.changed_percent": 0.0,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a video. ``unpaired`` frames of the longer one have no partner and were not looked at."""

    figures: Figures
    worst: tuple[WorstFrame, ...] = ()
    unpaired: int = 0


def compare_clips(now: Path, before: Path) -> Difference:
    """Compare two video files. Equal files are not looked into. Raises BadClip where one cannot be read."""
    if now.is_file() and before.is_file() and filecmp.cmp(now, before, shallow=False):
        return Difference(dict(_SAME))
    with ClipReader(now) as one, ClipReader(before) as other:
        return compare_videos(one, other)


def compare_videos(now: Iterable[Frame], before: Iterable[Frame]) -> Difference:
    """Compare frame by frame, in order. Raises BadClip for frames of another size, or none."""
    gathered = _Gathered()
    unpaired = 0
    for index, (one, other) in enumerate(zip_longest(now, before)):
        if one is None or other is None:
            unpaired += 1
        else:
            gathered.add(index, one, other)
    return gathered.difference(unpaired)


@dataclass
class _Gathered:
    """Sums and counts over frames: memory does not grow with the clip."""

    frames: int = 0
    pixels: int = 0
    changed: int = 0
    likeness: float = 0.0
    least: float = 1.0
    largest: float = 0.0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(STEPS + 1, np.int64))
    unlike: list[tuple[float, int, float]] = field(default_factory=list)
    moved: list[tuple[float, int, float]] = field(default_factory=list)

    def add(self, index: int, now: Frame, before: Frame) -> None:
        if now.bgr.shape != before.bgr.shape:
            (height, width), (old_height, old_width) = now.bgr.shape[:2], before.bgr.shape[:2]
            raise BadClip(
                f"Frame {index} has {width}×{height} pixels, the baseline's {old_width}×{old_height}; "
                "replay the clip as the baseline was."
            )
        self.frames += 1
        self.pixels += now.width_px * now.height_px
        if np.array_equal(now.bgr, before.bgr):
            self.likeness += 1.0
            return
        alike = ssim(now.bgr, before.bgr)
        counts = np.zeros_like(self.counts)
        changed, largest = count(now.bgr, before.bgr, transfer.to_linear(), counts)
        self.likeness += alike
        self.least = min(self.least, alike)
        self.changed += changed
        self.largest = max(self.largest, largest)
        self.counts += counts
        _keep(self.unlike, (-alike, -index, now.t_ms))
        if changed:
            _keep(self.moved, (_percentile(counts, 0.95), -index, now.t_ms))

    def difference(self, unpaired: int) -> Difference:
        if not self.frames:
            raise BadClip("One of the two videos has no frame.")
        figures = {
            "diff.ssim": self.likeness / self.frames,
            "diff.ssim_min": self.least,
            "diff.de00_p50": _percentile(self.counts, 0.5),
            "diff.de00_p95": _percentile(self.counts, 0.95),
            "diff.de00_max": self.largest,
            "diff.changed_percent": 100.0 * self.changed / self.pixels,
        }
        unlike = [WorstFrame(-i, t, "diff.ssim", -value) for value, i, t in sorted(self.unlike, reverse=True)]
        moved = [
            WorstFrame(-i, t, "diff.de00_p95", value) for value, i, t in sorted(self.moved, reverse=True)
        ]
        return Difference(figures, (*unlike, *moved), unpaired)


def _keep(worst: list[tuple[float, int, float]], frame: tuple[float, int, float]) -> None:
    """Keep the highest; of equal ones the first frames."""
    heapq.heappush(worst, frame)
    if len(worst) > WORST:
        heapq.heappop(worst)


def _percentile(counts: NDArray[np.int64], share: float) -> float:
    """The difference, in hundredths, that this share of the counted pixels does not exceed; 0 of none."""
    cumulated = np.cumsum(counts)
    if not cumulated[-1]:
        return 0.0
    return float(np.searchsorted(cumulated, share * cumulated[-1])) / STEPS_PER_UNIT
