"""The bars that Tryon holds itself to, and whether a run met them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Bar:
    """``path`` leads to a figure, keys with slashes between; it has to be at most, or at least, ``limit``."""

    path: str
    side: Literal["at_most", "at_least"]
    limit: float
    what: str


BARS: Final = (
    Bar("overlays/eyewear/ratio", "at_most", 1.45, "glasses of 10 k triangles, whole frame over floor"),
    Bar("overlays/eyewear_100k/ratio", "at_most", 1.6, "glasses of 100 k triangles, whole frame over floor"),
    Bar("large/eyewear/ratio", "at_most", 1.35, "glasses at 1280x720, whole frame over floor"),
    Bar("overlays/lipstick/ratio", "at_most", 1.12, "lipstick, whole frame over floor"),
    Bar("overlays/full_look/ratio", "at_most", 1.7, "eight makeup products, whole frame over floor"),
    Bar("large/full_look/ratio", "at_most", 2.0, "the same at 1280x720, a face 450 px wide"),
    Bar("garment/calm/ratio", "at_most", 1.3, "a T-shirt, whole frame over the floor of bodies"),
    Bar("garment/lively/ratio", "at_most", 1.3, "the same on a body that moves fast"),
    Bar("garment/large/ratio", "at_most", 1.35, "the same at 1280x720"),
    Bar(
        "anchors/calm/neckline_percent",
        "at_most",
        3.0,
        "neckline from its landmarks, % of the shoulders' width",
    ),
    Bar("anchors/calm/shoulders_percent", "at_most", 3.0, "the same of the shoulders"),
    Bar("anchors/calm/hem_percent", "at_most", 3.0, "the same of the hem"),
    Bar("anchors/lively/neckline_percent", "at_most", 3.0, "neckline, on a body that moves fast"),
    Bar("anchors/lively/shoulders_percent", "at_most", 3.0, "the same of the shoulders"),
    Bar("anchors/lively/hem_percent", "at_most", 3.0, "the same of the hem"),
    Bar("anchors/still_noise4/jitter_px", "at_most", 0.5, "neckline and shoulders of a still body, px RMS"),
    Bar("anchors/still_noise4/hem_jitter_px", "at_most", 0.5, "the same of its hem, below the picture"),
    Bar("stream/1/rtt_over_floor", "at_most", 1.75, "round trip of one client over floor"),
    Bar("stream/2/fps_over_one", "at_least", 1.8, "throughput of two clients over one"),
    Bar("stream/8/fairness", "at_least", 0.7, "slowest of eight clients over their mean"),
    Bar("replay/ratio", "at_least", 0.95, "frames a second of a replay over those of the live whole frame"),
    Bar("warm_start_s", "at_most", 3.0, "warm start, seconds"),
    Bar("tracking/still_noise4/jitter_px", "at_most", 0.25, "corners of the glasses on a still head, px RMS"),
    Bar("tracking/still_noise4_q60/jitter_px", "at_most", 0.25, "the same as JPEG of quality 60, px RMS"),
    Bar("tracking/yaw60/lag_ms", "at_most", 20.0, "lag behind a head turning 60° a second, ms"),
    Bar("tracking/yaw60/overshoot_percent", "at_most", 1.0, "overshoot of a turning head, percent"),
    Bar("tracking/pose_grid/rotation_deg", "at_most", 2.5, "mean error of rotation within ±30°, degrees"),
    Bar("tracking/session/rotation_deg_first", "at_most", 1.5, "the same as a shopper turns by 35°"),
    Bar("tracking/session/rotation_deg", "at_most", 1.5, "the same on four shapes of that head"),
    Bar("tracking/pose_grid/distance_percent", "at_most", 4.0, "mean error of distance, percent"),
    Bar("tracking/pose_grid/bridge_mm", "at_most", 1.5, "mean error of where a frame's bridge is shown, mm"),
    Bar("tracking/pose_grid/temple_tip_mm", "at_most", 4.0, "the same of its temples' tips, mm"),
    Bar(
        "behind/turned35/far_temple_px", "at_most", 0.0, "pixels of far temples on faces turned by 20 and 35°"
    ),
    Bar(
        "sizes/iris_inside_percent", "at_least", 95.0, "pupils by irises: truths inside the stated ±, percent"
    ),
    Bar("sizes/chin_pd_error_mm", "at_most", 1.0, "pupils by a card on the chin, mean error, mm"),
    Bar("sizes/card_pd_error_mm_max", "at_most", 1.0, "pupils by a card, the worst error, mm"),
    Bar("sizes/painted_pd_error_mm_max", "at_most", 0.3, "pupils of painted irises beside the scale, mm"),
)


def judge(figures: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By path: value, side, limit, met and what. Raises KeyError for a path that leads nowhere."""
    return {bar.path: _judged(bar, _at(figures, bar.path)) for bar in BARS}


def _judged(bar: Bar, value: float) -> dict[str, Any]:
    met = value <= bar.limit if bar.side == "at_most" else value >= bar.limit
    return {"what": bar.what, "value": value, "side": bar.side, "limit": bar.limit, "met": met}


def _at(figures: Mapping[str, Any], path: str) -> float:
    inner: Any = figures
    for key in path.split("/"):
        inner = inner[key]
    return float(inner)
