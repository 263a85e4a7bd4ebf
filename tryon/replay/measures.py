"""How well a tracker follows: jitter, lag, gain and pose error as numbers with a stated formula.

Pure functions of arrays. ``tryon bench`` reports them and the tests hold them to their bars, so both mean the same.
Poses are ``tryon.geometry.pose.Pose`` (camera_from_head, millimetres); signals are one number a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.wearer import ear_root

# The corners of a large frame's front, in head space: what a shopper sees tremble.
FRAME_CORNERS_MM: Final = np.array([[-70, 20, 0], [70, 20, 0], [70, -20, 0], [-70, -20, 0]], np.float64)
FRAME_CORNERS_MM.setflags(write=False)
# Where a frame rests on the nose and, on the mean head, its temples on the ears; head space.
BRIDGE_MM: Final = np.zeros((1, 3))
TEMPLE_TIPS_MM: Final = np.array([ear_root(template().points_mm, sign) for sign in (1, -1)])
BRIDGE_MM.setflags(write=False)
TEMPLE_TIPS_MM.setflags(write=False)
# No tracker worth its name lags by more frames than this, and none knows the future by more than a few.
LAG_MAX_FRAMES: Final = 15
LEAD_MAX_FRAMES: Final = 5


def frame_corners_px(pose: Pose, camera: Camera) -> F64:
    """Where the corners of a frame's front appear, (4, 2) pixels."""
    return camera.project(pose.to_camera(FRAME_CORNERS_MM))


def jitter_px(corners_px: F64) -> float:
    """Movement of points that ought to rest, (frames, points, 2) pixels.

    The root mean square, over frames and points, of each point's distance from its own mean place.
    """
    away = corners_px - corners_px.mean(axis=0, keepdims=True)
    return float(np.sqrt((away**2).sum(axis=-1).mean()))


def step_px(corners_px: F64) -> float:
    """Movement from each frame to the next, RMS, of points (frames, points, 2) that ought to rest."""
    steps = np.diff(corners_px, axis=0)
    return float(np.sqrt((steps**2).sum(axis=-1).mean()))


def lag_ms(t_ms: F64, truth: F64, seen: F64) -> float:
    """By how much ``seen`` comes after ``truth``: the delay at which the two correlate best.

    Both are sampled at the same even times ``t_ms``. Pearson's correlation is taken for whole frames of delay, over
    the frames for which both signals exist; the peak between frames is that of the parabola through the best three.
    Offset and gain have no say. Raises ValueError where nothing moves or the recording is shorter than the delays.
    """
    count = len(truth)
    step_ms = float(np.median(np.diff(t_ms)))
    if count < 3 * LAG_MAX_FRAMES:
        raise ValueError(f"lag needs at least {3 * LAG_MAX_FRAMES} frames, not {count}")
    if np.ptp(truth) == 0 or np.ptp(seen) == 0:
        raise ValueError("lag needs signals that move")
    inner = np.arange(LAG_MAX_FRAMES + 1, count - LEAD_MAX_FRAMES - 1)
    delays = np.arange(-LEAD_MAX_FRAMES, LAG_MAX_FRAMES + 1)
    late = seen[inner]
    scores = np.array([np.corrcoef(truth[inner - delay], late)[0, 1] for delay in delays])
    best = int(np.clip(scores.argmax(), 1, len(delays) - 2))
    before, peak, after = scores[best - 1 : best + 2]
    bend = before - 2 * peak + after
    part = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float((delays[best] + part) * step_ms)


def gain(truth: F64, seen: F64) -> tuple[float, float]:
    """Slope and offset of the least-squares line ``seen = slope · truth + offset``."""
    slope, offset = np.polyfit(truth, seen, 1)
    return float(slope), float(offset)


def overshoot(truth: F64, seen: F64) -> float:
    """How far ``seen`` goes beyond the extremes of ``truth`` at most, in their unit; 0 where it never does."""
    return max(0.0, float(seen.max() - truth.max()), float(truth.min() - seen.min()))


def rotation_error_deg(truth: Pose, seen: Pose) -> float:
    """The angle of the rotation that takes one orientation into the other."""
    return _angle_deg(truth.rotation.T @ seen.rotation)


def distance_error_percent(truth: Pose, seen: Pose) -> float:
    """The head's distance from the camera, seen over true, less one; signed."""
    ratio = np.linalg.norm(seen.translation_mm) / np.linalg.norm(truth.translation_mm)
    return float(100 * (ratio - 1))


def shown_off_mm(truth: Pose, seen: Pose, camera: Camera, points_mm: F64) -> float:
    """How far from their true place in the picture points of head space (n, 3) are drawn, in millimetres where they
    are; the mean. Along the line of sight they may be off by more, which a picture does not show."""
    true = truth.to_camera(points_mm)
    away_px = np.hypot(*(camera.project(seen.to_camera(points_mm)) - camera.project(true)).T)
    return float((away_px * true[:, 2] / camera.focal_px).mean())


@dataclass(frozen=True, slots=True)
class PoseErrors:
    """Means over many poses. ``…_centred`` are what is left when the one constant turn of the head's axes (or the one
    factor of distance) that fits best is taken out: it tells how well *changes* are followed."""

    rotation_deg: float
    rotation_deg_max: float
    rotation_deg_centred: float
    offset_deg: float
    distance_percent: float
    distance_percent_max: float
    distance_percent_centred: float
    scale_offset_percent: float


def pose_errors(truth: Sequence[Pose], seen: Sequence[Pose]) -> PoseErrors:
    """Compare poses pair by pair. The constant turn is the chordal mean of truthᵀ · seen (Moakher 2002)."""
    turns = [a.rotation.T @ b.rotation for a, b in zip(truth, seen, strict=True)]
    offset = _mean_rotation(turns)
    angles = np.array([_angle_deg(turn) for turn in turns])
    centred = np.array([_angle_deg(offset.T @ turn) for turn in turns])
    percents = np.array([distance_error_percent(a, b) for a, b in zip(truth, seen, strict=True)])
    factor = float(np.median(1 + percents / 100))
    return PoseErrors(
        rotation_deg=float(angles.mean()),
        rotation_deg_max=float(angles.max()),
        rotation_deg_centred=float(centred.mean()),
        offset_deg=_angle_deg(offset),
        distance_percent=float(np.abs(percents).mean()),
        distance_percent_max=float(np.abs(percents).max()),
        distance_percent_centred=float(np.abs(100 * ((1 + percents / 100) / factor - 1)).mean()),
        scale_offset_percent=100 * (factor - 1),
    )


def _mean_rotation(rotations: Sequence[F64]) -> F64:
    u, _, vt = np.linalg.svd(np.sum(rotations, axis=0))
    fix = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return np.asarray((u * fix) @ vt, np.float64)


def _angle_deg(rotation: F64) -> float:
    # atan2 of sine and cosine keeps its digits where the arc cosine loses them, near zero.
    sine = 0.5 * np.hypot(
        np.hypot(rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0]),
        rotation[1, 0] - rotation[0, 1],
    )
    return float(np.degrees(np.arctan2(sine, 0.5 * (np.trace(rotation) - 1))))
