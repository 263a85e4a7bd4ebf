"""How the skin moves from frame to frame, and whether what is worn moves along: sparse optical flow beside the product.

Pyramidal Lucas-Kanade (Lucas and Kanade 1981; Bouguet, "Pyramidal implementation of the affine Lucas Kanade feature
tracker", 2000) on the camera's picture. The landmark network has no say in it but for where to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

WINDOW_PX: Final = 15
# Two halvings: a step of some thirty pixels is still found.
PYRAMID_LEVELS: Final = 2
MARGIN_PX: Final = 48
_STOP: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
# Windows whose pattern is weaker than this (smallest eigenvalue, in OpenCV's unit) tell nothing.
_PATTERN_MIN: Final = 1e-4
# Points on bone beside eyes and nose, where glasses sit: every second of those that the pose rests on, which is half
# the cost.
BONE: Final = at.RIGID[::2]
LIPS: Final = at.LIPS_OUTER
# Fewer that were found say more about themselves than about the skin.
POINTS_MIN: Final = 6


@dataclass(frozen=True, slots=True)
class Steps:
    """One frame's step of the skin, and how much further the product stepped, (x, y) pixels."""

    skin_px: tuple[float, float]
    ahead_px: tuple[float, float]


class SkinFlow:
    """Follows one wearer's skin. Remembers the last frame, and forgets it where there is no face."""

    def __init__(self) -> None:
        self._grey: U8 | None = None
        self._head: Head | None = None

    def forget(self) -> None:
        """The next frame has none before it."""
        self._grey = self._head = None

    def see(self, grey: U8, head: Head) -> dict[str, Steps]:
        """The steps of the ``bone`` (what glasses ride on) and of the ``lips`` since the last frame.

        A place where too few points were found is left out; so is everything in a wearer's first frame.
        """
        before, last = self._grey, self._head
        self._grey, self._head = grey, head
        if before is None or last is None or last.track != head.track or before.shape != grey.shape:
            return {}
        worn = {
            "bone": (last.points_px[BONE, :2], _ridden(last, head)),
            "lips": (last.points_px[LIPS, :2], head.points_px[LIPS, :2].astype(np.float64)),
        }
        start = np.concatenate([points for points, _ in worn.values()])
        moved, strength = _flow(before, grey, start)
        steps: dict[str, Steps] = {}
        done = 0
        for place, (points, carried) in worn.items():
            part = slice(done, done + len(points))
            done += len(points)
            step = _step(points, moved[part], carried, strength[part])
            if step is not None:
                steps[place] = step
        return steps


def _ridden(last: Head, head: Head) -> F64:
    """Where points that ride on the bone come to by the head's own motion; a change of its scale does not move them."""
    shape = last.shape_mm[BONE] * (head.scale.value / last.scale.value)
    return head.camera.project(head.pose.to_camera(shape))


def _flow(before: U8, now: U8, points: F32) -> tuple[F64, F64]:
    """Where each point's surroundings went, and how strong their pattern is; 0 where they were not found."""
    height, width = now.shape
    low, high = points.min(axis=0) - MARGIN_PX, points.max(axis=0) + MARGIN_PX
    rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).clip(width, height)
    if rect.width < 2 * WINDOW_PX or rect.height < 2 * WINDOW_PX:
        return points.astype(np.float64), np.zeros(len(points))
    # OpenCV's flow has pixel centres at whole numbers.
    origin = np.array([rect.x0 + 0.5, rect.y0 + 0.5], np.float32)
    part = np.s_[rect.y0 : rect.y1, rect.x0 : rect.x1]
    found, state, strength = cv2.calcOpticalFlowPyrLK(
        before[part], now[part], points - origin, np.empty_like(points),
        winSize=(WINDOW_PX, WINDOW_PX), maxLevel=PYRAMID_LEVELS, criteria=_STOP,
        flags=cv2.OPTFLOW_LK_GET_MIN_EIGENVALS, minEigThreshold=_PATTERN_MIN,
    )  # fmt: skip
    strength = np.where(state[:, 0] > 0, strength[:, 0], 0.0)
    return found.astype(np.float64) + origin, np.asarray(strength, np.float64)


def _step(points: F32, moved: F64, carried: F64, strength: F64) -> Steps | None:
    """Medians over the better half of the points: skin without a pattern slides along itself."""
    found = strength > 0
    if int(found.sum()) < POINTS_MIN:
        return None
    good = found & (strength >= np.median(strength[found]))
    skin = np.median(moved[good] - points[good], axis=0)
    ahead = np.median(carried[good] - moved[good], axis=0)
    return Steps((float(skin[0]), float(skin[1])), (float(ahead[0]), float(ahead[1])))
