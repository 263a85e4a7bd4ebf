"""An eye's own coordinates in the picture: along it from the inner to the outer corner, and up towards the brow.

Lids, crease and brow are splines through the landmarks, told as heights along the eye, so that a pixel knows without a
search how far it is from the lash line, to parts of a pixel. They follow the lids: a closing eye takes them along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64
from tryon.geometry.steady import Head
from tryon.geometry.wearer import normals
from tryon.overlays.curves import heights_along
from tryon.perception import landmarks as at

# Heights are told at so many places, from so far inside the inner corner to so far outside the outer one, in the eye's
# widths from its middle.
STEPS: Final = 96
INNER, OUTER = -0.95, 1.20
# Rows of ``EyeShape.heights``.
LOWER, UPPER, CREASE, BROW_LOW, BROW_HIGH, LINE_LOW, LINE_HIGH, UNDER_LOW, UNDER_HIGH = range(9)
ROWS: Final = 9
# Smaller eyes are a handful of pixels.
EYE_MIN_PX: Final = 7.0
FACING: Final = (0.18, 0.5)


def _indices(*points: int) -> at.Indices:
    return np.array(points, np.intp)


# Lower lid, upper lid, crease, lower and upper edge of the brow: from the inner corner to the outer one.
_RIGHT_CURVES: Final = (
    _indices(133, 155, 154, 153, 145, 144, 163, 7, 33),
    _indices(133, 173, 157, 158, 159, 160, 161, 246, 33),
    _indices(190, 56, 28, 27, 29, 30, 247),
    _indices(55, 65, 52, 53, 46),
    _indices(107, 66, 105, 63, 70),
)
_LEFT_CURVES: Final = (
    _indices(362, 382, 381, 380, 374, 373, 390, 249, 263),
    _indices(362, 398, 384, 385, 386, 387, 388, 466, 263),
    _indices(414, 286, 258, 257, 259, 260, 467),
    _indices(285, 295, 282, 283, 276),
    _indices(336, 296, 334, 293, 300),
)
_CURVES: Final = {False: _RIGHT_CURVES, True: _LEFT_CURVES}
_IRISES: Final = {
    False: np.concatenate([[at.RIGHT_IRIS_CENTRE], at.RIGHT_IRIS]),
    True: np.concatenate([[at.LEFT_IRIS_CENTRE], at.LEFT_IRIS]),
}
# By these is told whether an eye faces the camera.
_LIDS: Final = {False: [159, 145, 27], True: [386, 374, 257]}


@dataclass(frozen=True, slots=True, eq=False)
class EyeShape:
    """One eye. ``origin`` is the middle between its corners, ``out`` the unit vector to the outer corner, ``up`` the
    one across it to the brow, ``width_px`` the distance of the corners. ``heights`` (ROWS, STEPS) in pixels along
    ``up``, from ``INNER`` to ``OUTER`` widths. ``opened``: how far the lids are apart, over the width. ``iris``: its
    centre and radius in pixels. ``visible``: 0..1, less as the eye turns from the camera."""

    origin: F64
    out: F64
    up: F64
    width_px: float
    heights: F32
    opened: float
    iris: tuple[float, float, float]
    visible: float


def eye_of(head: Head, left: bool) -> EyeShape | None:
    """The wearer's left or right eye; None if it is too small or turned away."""
    lids = _LIDS[left]
    facing = -float((normals()[lids] @ head.pose.rotation[2]).mean())
    share = min(max((facing - FACING[0]) / (FACING[1] - FACING[0]), 0.0), 1.0)
    heights = np.zeros((ROWS, STEPS), np.float32)
    frame = np.empty(11)
    _measure(head.points_px, _CURVES[left], _IRISES[left], heights, frame)
    if frame[6] < EYE_MIN_PX or share <= 0.0:
        return None
    iris = float(frame[8]), float(frame[9]), float(frame[10])
    return EyeShape(
        frame[0:2], frame[2:4], frame[4:6], float(frame[6]), heights, float(frame[7]), iris, share
    )


@quick
def _measure(points: F32, curves: tuple[at.Indices, ...], iris: at.Indices, heights: F32, frame: F64) -> None:
    """``curves``: lower lid, upper lid, crease, the brow's lower and upper edge, from the inner corner outwards;
    ``iris`` its centre and four points of its rim. ``frame`` gets origin, out, up, width, opening, the iris's centre
    and radius."""
    upper = curves[UPPER]
    inner, outer = upper[0], upper[upper.shape[0] - 1]
    dx, dy = points[outer, 0] - points[inner, 0], points[outer, 1] - points[inner, 1]
    width = np.sqrt(dx * dx + dy * dy)
    frame[6] = width
    if width < 1.0:
        return
    ax, ay = dx / width, dy / width
    ox, oy = 0.5 * (points[outer, 0] + points[inner, 0]), 0.5 * (points[outer, 1] + points[inner, 1])
    # Up is to the brow, whichever way along the eye runs.
    bx, by = ay, -ax
    brow = curves[BROW_LOW][2]
    if (points[brow, 0] - ox) * bx + (points[brow, 1] - oy) * by < 0.0:
        bx, by = -bx, -by
    for row in range(5):
        own = curves[row]
        t, n = np.empty(own.shape[0]), np.empty(own.shape[0])
        for i in range(own.shape[0]):
            x, y = points[own[i], 0] - ox, points[own[i], 1] - oy
            t[i], n[i] = x * ax + y * ay, x * bx + y * by
        heights_along(t, n, INNER * width, (OUTER - INNER) * width, heights[row])
    opened = 0.0
    for k in range(heights.shape[1]):
        # Noise of the landmarks may cross the curves of closed lids.
        middle = 0.5 * (heights[LOWER, k] + heights[UPPER, k])
        heights[LOWER, k], heights[UPPER, k] = min(heights[LOWER, k], middle), max(heights[UPPER, k], middle)
        heights[CREASE, k] = max(heights[CREASE, k], heights[UPPER, k] + 0.03 * width)
        heights[BROW_LOW, k] = max(heights[BROW_LOW, k], heights[CREASE, k] + 0.06 * width)
        heights[BROW_HIGH, k] = max(heights[BROW_HIGH, k], heights[BROW_LOW, k] + 0.02 * width)
        opened = max(opened, heights[UPPER, k] - heights[LOWER, k])
    frame[0], frame[1], frame[2], frame[3], frame[4], frame[5] = ox, oy, ax, ay, bx, by
    frame[7] = opened / width
    cx, cy = points[iris[0], 0], points[iris[0], 1]
    radius = 0.0
    for i in range(1, 5):
        radius += 0.25 * np.sqrt((points[iris[i], 0] - cx) ** 2 + (points[iris[i], 1] - cy) ** 2)
    frame[8], frame[9], frame[10] = cx, cy, radius
