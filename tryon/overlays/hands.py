"""From a hand's 21 points to how much of each pixel it covers.

Fingers are rods about their bones, the palm a plate; what lies a little inside or outside of them is sure, and between
the two the picture's own edges decide (``matte``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8, Rect
from tryon.overlays.front import Front
from tryon.overlays.matte import matted
from tryon.render.mesh import I32

# Hands of adults are 190 mm long and, at the knuckles of index and little finger, 63 mm apart, 97 mm from the wrist.
KNUCKLES_MM: Final = 63.0
PALM_MM: Final = 97.0
# Half a finger's thickness at its root and its tip, half a thumb's, and how far the palm goes beyond its joints.
FINGER_MM: Final = (10.5, 9.0)
THUMB_MM: Final = (12.0, 9.0)
PALM_EDGE_MM: Final = 10.0
# Past the wrist the arm goes on, so wide and, as far as it may be straight, so long.
ARM_MM: Final = 27.0
ARM_LONG_MM: Final = 60.0
# Landmarks are good to this much: within it the picture's edges decide.
DOUBT_MM: Final = 4.5
# Fingertips go on beyond their landmark.
TIP_MM: Final = 6.0

_FINGERS: Final = ((5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
_THUMB: Final = (1, 2, 3, 4)
_PALM: Final = [0, 1, 5, 9, 13, 17]
_SUB: Final = 4  # fractional bits of OpenCV's drawing


def hands_front(hands: Sequence[F32], bgr: U8, around: Rect) -> Front | None:
    """What hands of these points (21, 2) cover within ``around``; None where they cover nothing."""
    placed = [points for points in hands if math.isfinite(float(points.sum()))]
    if not placed or around.empty:
        return None
    px_per_mm = max(_px_per_mm(points) for points in placed)
    reach = 2 * THUMB_MM[0] * px_per_mm
    low = np.min([points.min(axis=0) for points in placed], axis=0) - reach
    high = np.max([points.max(axis=0) for points in placed], axis=0) + reach
    rect = Rect(
        max(int(low[0]), around.x0), max(int(low[1]), around.y0),
        min(int(high[0]) + 1, around.x1), min(int(high[1]) + 1, around.y1),
    )  # fmt: skip
    if rect.width < 2 or rect.height < 2:
        return None
    inner: U8 = np.zeros((rect.height, rect.width), np.uint8)
    outer = np.zeros_like(inner)
    for points in placed:
        moved = points - np.array([rect.x0, rect.y0], np.float32)
        scale = _px_per_mm(points)
        _draw(inner, moved, scale, -DOUBT_MM)
        _draw(outer, moved, scale, DOUBT_MM)
    if not outer.any():
        return None
    # Between the two nothing is known, but that it is as likely as not.
    share = (inner > 0).astype(np.float32)
    known = np.asarray((inner > 0) | (outer == 0), np.float32)
    return Front(rect, matted(bgr, rect, share, known, max(DOUBT_MM * px_per_mm, 1.0)))


def _px_per_mm(points: F32) -> float:
    """The larger of two measures, for a hand that is turned away is shorter in one of them."""
    across = float(np.hypot(*(points[5] - points[17]))) / KNUCKLES_MM
    along = float(np.hypot(*(points[0] - points[9]))) / PALM_MM
    return max(across, along, 1e-3)


def _draw(mask: U8, points: F32, px_per_mm: float, more_mm: float) -> None:
    """Fill the hand, everything thicker by ``more_mm``."""
    for bones, (root, tip) in (*((finger, FINGER_MM) for finger in _FINGERS), (_THUMB, THUMB_MM)):
        for number, (one, other) in enumerate(pairwise(bones)):
            begin, end = points[one], points[other]
            if number == 2:
                way = end - begin
                end = end + way / max(float(np.hypot(*way)), 1e-6) * (TIP_MM - tip / 2) * px_per_mm
            radius = root + (tip - root) * (number + 0.5) / 3 + more_mm
            _rod(mask, begin, end, radius * px_per_mm)
    palm = points[_PALM]
    cv2.fillConvexPoly(mask, cv2.convexHull(_fixed(palm)), (255.0,), cv2.LINE_8, _SUB)
    for one, other in zip(_PALM, (*_PALM[1:], _PALM[0]), strict=True):
        _rod(mask, points[one], points[other], (PALM_EDGE_MM + more_mm) * px_per_mm)
    away = points[0] - points[[5, 9, 13, 17]].mean(axis=0)
    elbow = points[0] + away / max(float(np.hypot(*away)), 1e-6) * ARM_LONG_MM * px_per_mm
    _rod(mask, points[0], elbow, (ARM_MM + more_mm) * px_per_mm)


def _rod(mask: U8, begin: F32, end: F32, radius_px: float) -> None:
    thickness = max(round(2 * radius_px), 1)
    one, other = (tuple(int(v) for v in _fixed(p)) for p in (begin, end))
    cv2.line(mask, one, other, (255.0,), thickness, cv2.LINE_8, _SUB)


def _fixed(points: F32) -> I32:
    return np.asarray(np.rint(points * (1 << _SUB)), np.int32)
