"""Soft masks of face regions: smooth closed curves through landmarks, filled with sub-pixel edges."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8, Rect
from tryon.render.mesh import I32

# Points put between two landmarks of a contour.
SUBDIVISION: Final = 5
# The mask is filled this much finer than the picture and averaged down, so edges move in sixteenths of a pixel.
FINER: Final = 4
# Fixed-point bits of cv2.fillPoly's coordinates.
SHIFT: Final = 4


def smooth_contour(points_px: F32) -> F32:
    """A closed centripetal-like Catmull-Rom curve through ``points_px`` (n, 2), shape (n · SUBDIVISION, 2).

    Catmull and Rom, "A class of local interpolating splines", 1974; uniform parameter, tension one half.
    """
    p0, p1 = np.roll(points_px, 1, axis=0), points_px
    p2, p3 = np.roll(points_px, -1, axis=0), np.roll(points_px, -2, axis=0)
    t = (np.arange(SUBDIVISION, dtype=np.float32) / SUBDIVISION)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (p0, p1, p2, p3))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(curve.reshape(-1, 2), np.float32)


def bounds(points_px: F32, margin_px: float) -> Rect:
    """The rectangle around points (n, 2), grown by a margin."""
    low, high = points_px.min(axis=0) - margin_px, points_px.max(axis=0) + margin_px
    return Rect(int(np.floor(low[0])), int(np.floor(low[1])), int(np.ceil(high[0])), int(np.ceil(high[1])))


def mask(rect: Rect, outside: F32, holes: tuple[F32, ...], feather_px: float) -> F32:
    """Coverage 0..1 of the curve ``outside`` less ``holes``, shape (rect.height, rect.width).

    ``feather_px`` is the standard deviation of the edge's softness.
    """
    fine: U8 = np.zeros((rect.height * FINER, rect.width * FINER), np.uint8)
    origin = np.array([rect.x0, rect.y0], np.float32)
    cv2.fillPoly(fine, [_fixed(outside - origin)], (255.0,), shift=SHIFT)
    for hole in holes:
        cv2.fillPoly(fine, [_fixed(hole - origin)], (0.0,), shift=SHIFT)
    small = cv2.resize(fine, (rect.width, rect.height), interpolation=cv2.INTER_AREA)
    covered = small.astype(np.float32) * np.float32(1 / 255)
    if feather_px > 0.2:
        cv2.GaussianBlur(covered, (0, 0), feather_px, dst=covered)
    return covered


def _fixed(points: F32) -> I32:
    # Sample i of the fine grid has its centre at (i + 0.5) / FINER.
    return np.asarray(np.rint((points * FINER - 0.5) * (1 << SHIFT)), np.int32)
