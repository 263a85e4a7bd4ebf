"""Measures of signals: tremble, delay, slip and drift, with real motion taken out of each.

Signals come as arrays over frames with their times; a take's pieces without a gap (``segments``) are measured one by
one and pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tryon.frame import F64

# The time over which motion is taken for a cubic: what changes faster than some 5 Hz is tremble. A head 200 px wide
# that is shaken at 60° a second and turns round within 0.2 s leaves 0.2 px at a frame's corners.
CUBIC_MS: Final = 1000 / 3
CUBIC_FRAMES_MIN: Final = 7
# Frames further apart than this many usual steps do not follow one another.
GAP_STEPS: Final = 3.0
# A delay is looked for among so many frames; no tracker worth its name lags by more, none knows the future by more.
LAG_FRAMES: Final = 8
LEAD_FRAMES: Final = 3
# A delay cannot be told from fewer steps than this.
LAG_COUNT_MIN: Final = 40
# How long products are watched for slip.
SLIP_MS: Final = 500.0
# A delay of up to so many frames is told from slip.
LATE_TAPS: Final = 3
# Slopes between the medians of so many parts of a take; all pairs of 18,000 frames would be 162 million.
DRIFT_PARTS: Final = 40

Mask = NDArray[np.bool_]


def segments(t_ms: F64, present: Mask, track: F64) -> list[slice]:
    """The pieces in which ``present`` frames of one ``track`` follow one another without a gap."""
    if not present.any():
        return []
    steps = np.diff(t_ms)
    usual = float(np.median(steps)) if len(steps) else 0.0
    joined = present[1:] & present[:-1] & (track[1:] == track[:-1]) & (steps <= GAP_STEPS * usual)
    starts = np.flatnonzero(present & np.concatenate([[True], ~joined]))
    ends = np.flatnonzero(present & np.concatenate([~joined, [True]])) + 1
    return [slice(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def tremble(t_ms: F64, values: F64) -> F64:
    """Distance vectors (n, k) of one piece's ``values`` from the cubic fitted over a third of a second around each.

    Divided by √(1 − h), h the weight that the frame has in its own fit, so that white noise keeps its size. Savitzky
    and Golay 1964, with the frames' own times. NaN within a sixth of a second of either end.
    """
    count = len(values)
    found = np.full(values.shape, np.nan)
    window = _window(t_ms)
    if count < window:
        return found
    half = window // 2
    times = sliding_window_view(t_ms, window)
    x = (times - times[:, half : half + 1]) / (CUBIC_MS / 2)
    design = x[..., None] ** np.arange(4)
    # At the frame itself the cubic is its constant term: the first row of the pseudo-inverse.
    inverse = np.linalg.solve(design.transpose(0, 2, 1) @ design, design.transpose(0, 2, 1))
    weights = inverse[:, 0]
    fitted = np.einsum("nw,nkw->nk", weights, sliding_window_view(values, window, axis=0))
    kept = np.sqrt(np.maximum(1 - weights[:, half : half + 1], 1e-6))
    found[half : count - half] = (values[half : count - half] - fitted) / kept
    return found


def _window(t_ms: F64) -> int:
    """Frames in that time, odd."""
    step = float(np.median(np.diff(t_ms))) if len(t_ms) > 1 else CUBIC_MS
    return max(2 * round(CUBIC_MS / max(step, 1e-3) / 2) + 1, CUBIC_FRAMES_MIN)


def delay_frames(lead: Sequence[F64], late: Sequence[F64], step_min_px: float) -> float | None:
    """By how many frames the steps ``late`` come after ``lead``; arrays (n, k) of pixels a frame, by piece.

    The delay at which they correlate best, over all pieces and columns, each column less its own mean over the piece;
    between frames the peak of the parabola through the best three. None where the points of ``lead`` step by less
    than ``step_min_px``, RMS: too little to tell.
    """
    scores = []
    for delay in range(-LEAD_FRAMES, LAG_FRAMES + 1):
        product = first = second = 0.0
        count = 0
        for a, b in zip(lead, late, strict=True):
            inner = np.arange(LAG_FRAMES, len(b) - LEAD_FRAMES)
            if len(inner) < LAG_FRAMES:
                continue
            x, y = a[inner - delay], b[inner]
            x, y = x - x.mean(axis=0), y - y.mean(axis=0)
            product += float((x * y).sum())
            first += float((x * x).sum())
            second += float((y * y).sum())
            count += len(inner)
        if count < LAG_COUNT_MIN or first == 0 or second == 0:
            return None
        scores.append(product / np.sqrt(first * second))
    moved = np.concatenate([a for a in lead if len(a)])
    if np.sqrt((moved**2).sum(axis=1).mean() / (moved.shape[1] / 2)) < step_min_px:
        return None
    best = int(np.clip(np.argmax(scores), 1, len(scores) - 2))
    before, peak, after = scores[best - 1 : best + 2]
    bend = before - 2 * peak + after
    part = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(best - LEAD_FRAMES + np.clip(part, -1, 1))


def slip(step_ms: float, skin: Sequence[F64], ahead: Sequence[F64]) -> list[F64]:
    """How far a product wandered over the skin around each frame, in pixels (n,), by piece; NaN near the ends.

    ``skin`` (n, 2) are the skin's steps, ``ahead`` by how much further the product stepped; summed up, the means of the
    half-seconds after and before a frame differ by what it wandered, in which tremble averages out. A product that is
    merely late wanders by −Σ wₖ · (change of the skin's step k frames ago), summed up alike: the weights w₀ … that
    explain most, for up to LATE_TAPS frames, are taken out.
    """
    half = max(round(SLIP_MS / max(step_ms, 1e-3)), 2)
    wandered = [_wander(steps, half) for steps in ahead]
    late = [np.stack([_wander(change, half) for change in _changes(steps)], axis=-1) for steps in skin]
    if not wandered:
        return []
    design = np.concatenate([moves.reshape(-1, LATE_TAPS) for moves in late])
    weights = np.linalg.lstsq(design, np.concatenate(wandered).reshape(-1), rcond=None)[0]
    found = []
    for steps, moves, moves_late in zip(ahead, wandered, late, strict=True):
        piece = np.full(len(steps), np.nan)
        if len(moves):
            piece[half - 1 : len(steps) - half] = np.hypot(*(moves - moves_late @ weights).T)
        found.append(piece)
    return found


def _wander(steps: F64, half: int) -> F64:
    """Steps (n, 2) summed up: the mean over ``half`` frames less that over as many before, (n - 2 · half + 1, 2)."""
    if len(steps) < 2 * half:
        return np.zeros((0, 2))
    means = sliding_window_view(np.cumsum(steps, axis=0), half, axis=0).mean(axis=-1)
    return np.asarray(means[half:] - means[:-half], np.float64)


def _changes(steps: F64) -> list[F64]:
    """How much each step (n, 2) differs from the last; then the same of the steps before, LATE_TAPS in all."""
    change = np.diff(steps, axis=0, prepend=steps[:1])
    earlier = np.concatenate([np.zeros((LATE_TAPS, 2)), change])
    return [earlier[LATE_TAPS - k : LATE_TAPS - k + len(steps)] for k in range(LATE_TAPS)]


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line: from ``start`` to ``end`` over the time looked at, and the RMS of what lies off it."""

    start: float
    end: float
    off: float


def trend(t_ms: F64, values: F64) -> Trend:
    """The line by the median of slopes (Theil 1950, Sen 1968) between the medians of a signal's equal parts."""
    parts = min(DRIFT_PARTS, len(values))
    times = np.array([np.median(part) for part in np.array_split(t_ms, parts)])
    middles = np.array([np.median(part) for part in np.array_split(values, parts)])
    one, other = np.triu_indices(parts, 1)
    slope = (
        float(np.median((middles[other] - middles[one]) / (times[other] - times[one]))) if parts > 1 else 0.0
    )
    level = float(np.median(middles - slope * times))
    line = level + slope * t_ms
    return Trend(float(line[0]), float(line[-1]), rms(values - line))


def rms(values: F64) -> float:
    """Root of the mean square of what is finite; NaN where nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.sqrt((finite**2).mean())) if len(finite) else float("nan")
