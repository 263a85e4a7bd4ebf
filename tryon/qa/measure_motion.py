"""How steadily and promptly products follow, and whether they stay in their place and size: from records alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.qa import signals
from tryon.qa.results import Figures
from tryon.qa.series import Series
from tryon.replay.anchors import CORNERS, FACE_POINTS

Curves = dict[str, F64]

LIPS: Final = ("right_mouth", "left_mouth", "upper_lip", "lower_lip")
# Steps that a delay can be told from, RMS in pixels a frame: of signals that share their noise, and of others.
LAG_STEP_MIN_PX: Final = 0.8
FLOW_STEP_MIN_PX: Final = 2.5
# Pupils and pose foreshorten alike only in front: the network sees turned heads turned by less than they are.
FRONTAL_DEG: Final = 15.0
# The size of a head settles while its irises are looked at for the first time.
SETTLE_MS: Final = 1000.0
# A drift over less time than this is the noise of its ends.
DRIFT_MS_MIN: Final = 1500.0


def pieces(series: Series) -> list[slice]:
    """The take's pieces with one face and no gap."""
    return signals.segments(series.column("t_ms"), series.column("faces") > 0, series.column("track"))


def steps(values: F64) -> F64:
    """Changes from frame to frame of one piece's points, (n - 1, columns)."""
    return np.diff(values.reshape(len(values), -1), axis=0)


def trembling(t_ms: F64, points: F64, parts: list[slice]) -> F64:
    """``signals.tremble`` of points (frames, points, 2), piece by piece; NaN between."""
    found = np.full(points.shape, np.nan)
    for part in parts:
        flat = points[part].reshape(part.stop - part.start, -1)
        found[part] = signals.tremble(t_ms[part], flat).reshape(points[part].shape)
    return found


def motion(series: Series) -> tuple[Figures, Curves]:
    """``jitter. flicker. lag. slip. scale. pose.residual_px``; what the take cannot tell is absent."""
    parts = pieces(series)
    figures: Figures = {}
    curves: Curves = {}
    if not parts:
        return figures, curves
    _jitter(series, parts, figures, curves)
    _lag(series, parts, figures)
    _slip(series, figures, curves)
    _scale(series, figures)
    curves["pose.residual_px"] = series.column("residual")
    figures["pose.residual_px"] = float(np.nanmean(series.column("residual")))
    return {name: value for name, value in figures.items() if np.isfinite(value)}, curves


def _jitter(series: Series, parts: list[slice], figures: Figures, curves: Curves) -> None:
    t_ms, ipd = series.column("t_ms"), float(np.nanmedian(series.column("ipd")))
    corners = trembling(t_ms, series.points(CORNERS), parts)
    away = np.linalg.norm(corners, axis=-1)
    curves["jitter.corner_px"] = np.sqrt((away**2).mean(axis=1))
    figures["jitter.corner_px"] = signals.rms(away)
    figures["jitter.corner_ipd_percent"] = 100 * signals.rms(away) / ipd
    raw = trembling(t_ms, series.points(CORNERS, raw=True), parts)
    figures["jitter.raw_px"] = signals.rms(np.linalg.norm(raw, axis=-1))
    face = trembling(t_ms, series.points(FACE_POINTS), parts)
    lips = [list(FACE_POINTS).index(name) for name in LIPS]
    figures["jitter.lips_px"] = signals.rms(np.linalg.norm(face[:, lips], axis=-1))
    change = np.linalg.norm(np.diff(face, axis=0), axis=-1)
    if np.isfinite(change).any():
        figures["flicker.mean"] = 100 * float(np.nanmean(change)) / ipd


def _lag(series: Series, parts: list[slice], figures: Figures) -> None:
    t_ms = series.column("t_ms")
    step_ms = usual_step_ms(t_ms)
    corners, raw = series.points(CORNERS), series.points(CORNERS, raw=True)
    late = signals.delay_frames(
        [steps(raw[part]) for part in parts], [steps(corners[part]) for part in parts], LAG_STEP_MIN_PX
    )
    if late is not None:
        figures["lag.ms"] = late * step_ms
    skin, ahead = _flow(series, "bone"), _flow(series, "bone", "ahead")
    runs = signals.segments(t_ms, np.isfinite(skin[:, 0]), series.column("track"))
    late = signals.delay_frames(
        [skin[run] for run in runs], [skin[run] + ahead[run] for run in runs], FLOW_STEP_MIN_PX
    )
    if late is not None:
        figures["lag.skin_ms"] = late * step_ms


def _slip(series: Series, figures: Figures, curves: Curves) -> None:
    t_ms, ipd = series.column("t_ms"), float(np.nanmedian(series.column("ipd")))
    for place, name in (("bone", "slip.px"), ("lips", "slip.lips_px")):
        skin, ahead = _flow(series, place), _flow(series, place, "ahead")
        runs = signals.segments(t_ms, np.isfinite(skin[:, 0]), series.column("track"))
        found = signals.slip(usual_step_ms(t_ms), [skin[run] for run in runs], [ahead[run] for run in runs])
        curve = np.full(len(t_ms), np.nan)
        for run, wandered in zip(runs, found, strict=True):
            curve[run] = wandered
        figures[name] = signals.rms(curve)
        curves[name] = curve
    figures["slip.ipd_percent"] = 100 * figures["slip.px"] / ipd


def _scale(series: Series, figures: Figures) -> None:
    ratio, t_ms = size_ratio(series), series.column("t_ms")
    told = np.isfinite(ratio)
    for angle in ("yaw", "pitch"):
        told &= np.abs(np.nan_to_num(series.column(angle), nan=90.0)) <= FRONTAL_DEG
    told &= t_ms >= t_ms[told].min(initial=np.inf) + SETTLE_MS
    if not told.any() or np.ptp(t_ms[told]) < DRIFT_MS_MIN:
        return
    line = signals.trend(t_ms[told], ratio[told])
    figures["scale.drift_percent"] = 100 * abs(line.end / line.start - 1)
    figures["scale.wobble_percent"] = 100 * line.off / float(np.median(ratio[told]))


def size_ratio(series: Series) -> F64:
    """The width of a frame's front over the distance of the pupils, both in the picture: two lines side by side, so
    that distance and turn cancel."""
    right_top, left_top, left_bottom, right_bottom = np.moveaxis(series.points(CORNERS), 1, 0)
    top, bottom = (
        np.linalg.norm(a - b, axis=-1) for a, b in ((left_top, right_top), (left_bottom, right_bottom))
    )
    return np.asarray((top + bottom) / 2 / series.column("ipd"), np.float64)


def usual_step_ms(t_ms: F64) -> float:
    """The median time from frame to frame; that of 30 frames a second where there is one frame alone."""
    return float(np.median(np.diff(t_ms))) if len(t_ms) > 1 else 1000 / 30


def _flow(series: Series, place: str, kind: str = "skin") -> F64:
    return series.stacked([f"pixels.{place}.{kind}_{axis}_px" for axis in "xy"])
