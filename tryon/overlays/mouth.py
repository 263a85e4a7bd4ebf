"""A mouth's own coordinates in the picture: along it from corner to corner, and across each lip.

The curves of the lips are splines through the landmarks, told as heights above the line between the corners. With them
any pixel knows, without a search, how far it is from the vermilion border and from the slit, to parts of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

# Heights are told at so many places along the mouth.
STEPS: Final = 96
# Narrower mouths than this are a handful of pixels: nothing to paint.
MOUTH_MIN_PX: Final = 8.0
# An overlined lip's border lies this part of the mouth's width further out, most in the middle.
OVERLINE: Final = 0.022
# Points put between two landmarks of a curve.
_FINER: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """``origin`` is the middle between the corners, ``along`` the unit vector to the wearer's left corner,
    ``width_px`` their distance. ``heights`` (4, STEPS): the upper border, the upper and the lower edge of the slit,
    the lower border, in pixels across, from ``start`` on along the mouth to ``start + span``."""

    origin: F32
    along: F32
    width_px: float
    heights: F32
    start: float
    span: float

    @property
    def open_part(self) -> float:
        """How far the lips are apart, over the mouth's width."""
        return float((self.heights[2] - self.heights[1]).max()) / self.width_px

    @property
    def corners_px(self) -> F32:
        """Corners of the smallest upright-in-the-mouth rectangle about it, in pixels of the picture (4, 2)."""
        across = np.array((-self.along[1], self.along[0]), np.float32)
        top, low = self.heights[0].min(), self.heights[3].max()
        ends = (
            (self.start, top),
            (self.start, low),
            (self.start + self.span, top),
            (self.start + self.span, low),
        )
        return np.array([self.origin + t * self.along + n * across for t, n in ends], np.float32)


def mouth_of(head: Head) -> Mouth | None:
    """The mouth of a head, as its landmarks tell it; None if it is too small."""
    heights = np.empty((4, STEPS), np.float32)
    frame = np.empty(7, np.float32)
    _measure(head.points_px, at.LIPS_OUTER, at.LIPS_INNER, heights, frame)
    if frame[4] < MOUTH_MIN_PX:
        return None
    return Mouth(frame[0:2], frame[2:4], float(frame[4]), heights, float(frame[5]), float(frame[6]))


def overlined(mouth: Mouth, part: float) -> Mouth:
    """The mouth with its border so many parts of its width further out, most in the middle."""
    if part <= 0.0:
        return mouth
    places = np.linspace(mouth.start, mouth.start + mouth.span, STEPS)
    share = np.maximum(1.0 - (2.0 * places / mouth.width_px) ** 2, 0.0)
    heights = mouth.heights.copy()
    heights[0] -= (part * mouth.width_px * share).astype(np.float32)
    heights[3] += (part * mouth.width_px * share).astype(np.float32)
    return replace(mouth, heights=heights)


@quick
def _measure(points: F32, outer: at.Indices, inner: at.Indices, heights: F32, frame: F32) -> None:
    """Contours run from the right corner along the lower lip to the left one, and back along the upper; Catmull and
    Rom's splines through them."""
    right, left = outer[0], outer[10]
    dx, dy = points[left, 0] - points[right, 0], points[left, 1] - points[right, 1]
    width = np.sqrt(dx * dx + dy * dy)
    frame[4] = width
    if width < 1.0:
        return
    ax, ay = dx / width, dy / width
    ox, oy = 0.5 * (points[left, 0] + points[right, 0]), 0.5 * (points[left, 1] + points[right, 1])
    count = outer.shape[0]
    t, n = np.empty((2, count)), np.empty((2, count))
    for i in range(count):
        for c in range(2):
            p = outer[i] if c == 0 else inner[i]
            x, y = points[p, 0] - ox, points[p, 1] - oy
            t[c, i], n[c, i] = x * ax + y * ay, -x * ay + y * ax
    start, end = t[0].min(), t[0].max()
    span = max(end - start, 1.0)
    half = count // 2
    for row in range(4):
        c = 0 if row % 3 == 0 else 1
        step = -1 if row < 2 else 1
        # From the right corner to the left one, along the upper lip backwards through the contour.
        filled = 0
        last_t, last_n = start, 0.0
        for i in range(half):
            i0, i1 = (step * (i - 1)) % count, (step * i) % count
            i2, i3 = (step * (i + 1)) % count, (step * (i + 2)) % count
            for k in range(_FINER + (1 if i == half - 1 else 0)):
                u = k / _FINER
                w0 = 0.5 * (-u + 2 * u * u - u * u * u)
                w1 = 0.5 * (2 - 5 * u * u + 3 * u * u * u)
                w2 = 0.5 * (u + 4 * u * u - 3 * u * u * u)
                w3 = 0.5 * (-u * u + u * u * u)
                at_t = w0 * t[c, i0] + w1 * t[c, i1] + w2 * t[c, i2] + w3 * t[c, i3]
                at_n = w0 * n[c, i0] + w1 * n[c, i1] + w2 * n[c, i2] + w3 * n[c, i3]
                if filled == 0 and i == 0 and k == 0:
                    last_t, last_n = at_t, at_n
                while filled < STEPS:
                    place = start + span * filled / (STEPS - 1)
                    if place > at_t:
                        break
                    share = (place - last_t) / (at_t - last_t) if at_t > last_t + 1e-6 else 1.0
                    heights[row, filled] = last_n + min(max(share, 0.0), 1.0) * (at_n - last_n)
                    filled += 1
                if at_t >= last_t:
                    last_t, last_n = at_t, at_n
        while filled < STEPS:
            heights[row, filled] = last_n
            filled += 1
    for k in range(STEPS):
        # Noise of the landmarks may cross the curves of closed lips.
        middle = 0.5 * (heights[1, k] + heights[2, k])
        heights[1, k], heights[2, k] = min(heights[1, k], middle), max(heights[2, k], middle)
        heights[0, k], heights[3, k] = min(heights[0, k], heights[1, k]), max(heights[3, k], heights[2, k])
    frame[0], frame[1], frame[2], frame[3] = ox, oy, ax, ay
    frame[5], frame[6] = start, span
