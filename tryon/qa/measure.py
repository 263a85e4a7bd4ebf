"""A take's figures and worst frames: every measure of ``docs/measures.md`` that the take can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.qa.measure_found import found
from tryon.qa.measure_motion import Curves, motion
from tryon.qa.measure_picture import picture
from tryon.qa.measure_truth import against
from tryon.qa.results import Figures, WorstFrame
from tryon.qa.series import Series
from tryon.replay.truth import ClipTruth

# What makes a frame worth a look, the most telling first; of each the worst few, apart from one another.
WORST_BY: Final = (
    "jitter.corner_px",
    "slip.px",
    "edge.flicker",
    "colour.shade_de00",
    "leak.px",
    "pose.residual_px",
    "pose.rotation_error_deg",
)
WORST_EACH: Final = 2
WORST_MAX: Final = 12
WORST_APART_FRAMES: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What a take tells. ``curves`` hold one number a frame, by measure; NaN where a frame has none."""

    figures: Figures
    worst: tuple[WorstFrame, ...]
    curves: Curves


def measure_take(
    series: Series,
    truth: ClipTruth | None = None,
    *,
    wall_s: float | None = None,
    peak_mb: float | None = None,
) -> Measured:
    """Measure a take. ``wall_s`` is how long it took, ``peak_mb`` the process's memory; a figure that the take cannot
    tell is absent."""
    figures = found(series, truth)
    curves: Curves = {}
    parts = [motion(series), picture(series)]
    if truth is not None:
        parts.append(against(series, truth))
    for numbers, lines in parts:
        figures |= numbers
        curves |= lines
    figures |= _cost(series, wall_s, peak_mb)
    return Measured(figures, _worst(series, curves), curves)


def _cost(series: Series, wall_s: float | None, peak_mb: float | None) -> Figures:
    figures: Figures = {}
    steps = series.ms()
    for name, ms in steps.items():
        told = ms[np.isfinite(ms)]
        if len(told):
            figures[f"latency.{name}.p50_ms"] = float(np.percentile(told, 50))
            figures[f"latency.{name}.p95_ms"] = float(np.percentile(told, 95))
    took_s = wall_s if wall_s is not None else float(steps["total"].sum()) / 1000 if steps else 0.0
    if took_s > 0:
        figures["speed.fps"] = series.frames / took_s
    if peak_mb is not None:
        figures["memory.peak_mb"] = peak_mb
    return figures


def _worst(series: Series, curves: Curves) -> tuple[WorstFrame, ...]:
    index, t_ms = series.column("index"), series.column("t_ms")
    picked: list[WorstFrame] = []
    for measure in WORST_BY:
        curve = curves.get(measure)
        if curve is not None:
            picked += [
                WorstFrame(int(index[row]), float(t_ms[row]), measure, float(curve[row]))
                for row in _peaks(curve)
            ]
    return tuple(picked[:WORST_MAX])


def _peaks(curve: F64) -> list[int]:
    """The rows of the highest values above zero, none near another."""
    rest = np.where(np.isfinite(curve), curve, 0.0)
    rows: list[int] = []
    while len(rows) < WORST_EACH and len(rest) and rest.max() > 0:
        row = int(rest.argmax())
        rows.append(row)
        rest[max(row - WORST_APART_FRAMES, 0) : row + WORST_APART_FRAMES + 1] = 0.0
    return rows
