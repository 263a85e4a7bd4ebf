"""How much a product's edges flicker as it moves: what it adds to the picture, carried along and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect

# Both pictures are softened this much first, so that neither the sensor's grain nor resampling counts as flicker.
SOFT_PX: Final = 1.5
# Where what a product adds changes by more codes a pixel than this, there is an edge of it.
EDGE_CODES: Final = 4.0
# Fewer pixels of edge than this are no border to judge.
PIXELS_MIN: Final = 30
MARGIN_PX: Final = 6


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """Sums over a frame's edge pixels, in codes: how much what was added changed, and how much was added."""

    change: float
    added: float


class EdgeWatch:
    """One product's edges. ``see`` takes points that move with it: they tell how to carry the last frame along."""

    def __init__(self) -> None:
        self._last: tuple[F32, F32] | None = None
        self._points: F64 | None = None
        self._corner = (0, 0)

    def forget(self) -> None:
        """The next frame has none before it."""
        self._last = self._points = None

    def see(self, before: U8, after: U8, points_px: F64) -> EdgeChange | None:
        """Look at the rectangle around ``points_px`` (n, 2) in the camera's grey picture and in the dressed one.

        None in the first frame and where there is hardly an edge.
        """
        low, high = points_px.min(axis=0) - MARGIN_PX, points_px.max(axis=0) + MARGIN_PX
        height, width = before.shape
        rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).clip(width, height)
        if rect.empty:
            self.forget()
            return None
        part = np.s_[rect.y0 : rect.y1, rect.x0 : rect.x1]
        dressed = _softened(after[part].astype(np.float32))
        added = dressed - _softened(before[part].astype(np.float32))
        last, last_points, last_corner = self._last, self._points, self._corner
        self._last, self._points, self._corner = (dressed, added), points_px, (rect.x0, rect.y0)
        if last is None or last_points is None:
            return None
        # Source from target: warpAffine asks where each pixel comes from.
        back = _affine(points_px - self._corner - 0.5, last_points - last_corner - 0.5)
        carried = [_carried(picture, back, (rect.width, rect.height)) for picture in last]
        edge = cv2.magnitude(
            cv2.Scharr(added, -1, 1, 0, scale=1 / 32), cv2.Scharr(added, -1, 0, 1, scale=1 / 32)
        )
        at_edge = edge > EDGE_CODES
        if int(at_edge.sum()) < PIXELS_MIN:
            return None
        # Skin that passes beneath changes the one where the product is opaque, the other where it is clear.
        change = np.minimum(np.abs(dressed - carried[0]), np.abs(added - carried[1]))[at_edge]
        return EdgeChange(
            float(change.sum(dtype=np.float64)), float(np.abs(added)[at_edge].sum(dtype=np.float64))
        )


def _softened(picture: F32) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), SOFT_PX), np.float32)


def _carried(picture: F32, back: F64, size: tuple[int, int]) -> F32:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(picture, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _affine(source: F64, target: F64) -> F64:
    """The 2×3 map that takes ``source`` points (n, 2) nearest to ``target``, in the least-squares sense."""
    design = np.column_stack([source, np.ones(len(source))])
    return np.asarray(np.linalg.lstsq(design, target, rcond=None)[0].T, np.float64)
