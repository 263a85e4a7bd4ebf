"""How bright lips are: in one frame, and from frame to frame.

A lipstick's shading is a lip's luminance over its middle one. Read anew in each frame that trembles with the sensor,
and of a mouth wide open it is read from the tongue as well. So it is followed calmly, and what it is beside the skin
above the mouth is remembered from when the mouth was closed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8

# What is this part of the mouth's width away from border and slit is the lips' core; where both are thin this part of
# the thicker one is.
CORE: Final = 0.04
CORE_THIN: Final = 0.3
BINS: Final = 128
# Mouths open by less, in mouth widths, tell what lips are beside skin; on those open by more than the second that is
# believed rather than the picture.
TOLD_BY: Final = (0.06, 0.14)
# Logs: what differs by less than this is a sensor's noise and a landmark's trembling, and followed this slowly (the
# first frames are averaged); what differs by more is light that changes, and followed by so many hertz more a unit.
NOISE: Final = 0.03
CALM_HZ: Final = 0.1
LIGHT_HZ: Final = 120.0
# What lips are beside skin changes with the head's turn at most.
BESIDE_HZ: Final = 0.5
# Lips too thin to be seen.
FALLBACK: Final = 0.1


@kernel
def middle_light(
    bgr: U8, x0: int, y0: int, width: int, height: int, heights: F32, place: F32, to_linear: F32
) -> tuple[float, float]:
    """The lips' middle linear luminance, and the red of what is as bright, in the rectangle of that width and height at
    (x0, y0): of what is neither rim nor slit, for both are darker, and a mean with them in it made shades 1.5 to 3 L*
    too light. Noughts where there is none.

    ``heights`` are ``overlays.mouth``'s, ``place`` the first seven numbers of ``overlays.lips``'s geometry.
    """
    ox, oy, ax, ay, start, span, mouth = place[0], place[1], place[2], place[3], place[4], place[5], place[6]
    steps = heights.shape[1]
    counts, sums, reds = np.zeros(BINS, np.float64), np.zeros(BINS, np.float64), np.zeros(BINS, np.float64)
    seen = 0.0
    thickest = max((heights[1] - heights[0]).max(), (heights[3] - heights[2]).max())
    margin = min(CORE * mouth, CORE_THIN * thickest)
    stride = 1 if width < 140 else 2 if width < 240 else 3
    rows = max(stride - 1, 1)
    for y in range(y0 % rows, height, rows):
        # Of the picture's pixels the same ones, wherever the rectangle begins.
        for x in range((stride - (x0 + y0 + y) % stride) % stride, width, stride):
            dx, dy = x0 + x + 0.5 - ox, y0 + y + 0.5 - oy
            t, n = dx * ax + dy * ay, -dx * ay + dy * ax
            if t < start or t > start + span:
                continue
            k = int(min((t - start) / span, 0.9999) * (steps - 1))
            away = min(n - heights[0, k], heights[3, k] - n, max(heights[1, k] - n, n - heights[2, k]))
            # Softly: a landmark's trembling lets no pixel in or out at once.
            part = min(away - margin + 0.5, 1.0)
            if part <= 0.0:
                continue
            luminance = (
                0.0722 * to_linear[bgr[y0 + y, x0 + x, 0]]
                + 0.7152 * to_linear[bgr[y0 + y, x0 + x, 1]]
                + 0.2126 * to_linear[bgr[y0 + y, x0 + x, 2]]
            )
            level_of = min(int(math.sqrt(luminance) * BINS), BINS - 1)
            counts[level_of] += part
            sums[level_of] += part * luminance
            reds[level_of] += part * to_linear[bgr[y0 + y, x0 + x, 2]]
            seen += part
    if seen <= 0.0:
        return 0.0, 0.0
    # Of the middle half of them the mean: steadier under a sensor's noise than the one in the middle.
    low, high, below, total, total_red = 0.25 * seen, 0.75 * seen, 0.0, 0.0, 0.0
    for k in range(BINS):
        own = min(below + counts[k], high) - max(below, low)
        if own > 0.0:
            total += own * sums[k] / counts[k]
            total_red += own * reds[k] / counts[k]
        below += counts[k]
    return max(total / (high - low), 1e-3), max(total_red / (high - low), 1e-3)


class LipLight:
    """One wearer's lips' middle luminance and red, from frame to frame."""

    def __init__(self) -> None:
        # Logs: of the luminance, of red over it, and of it over the skin's.
        self._light, self._red = math.log(FALLBACK), 0.0
        self._beside: float | None = None
        self._seen = 0

    def follow(
        self, middle: float, red: float, skin: float, opened: float, seconds: float
    ) -> tuple[float, float]:
        """The middle luminance and red to paint with. ``middle`` and ``red`` are this frame's, ``skin`` the log
        luminance above the mouth, ``opened`` how far the lips are apart over the mouth's width; after an infinite time
        this frame is the first."""
        if middle > 0.0:
            now, redder = math.log(middle), math.log(red / middle)
            believed = min(max((opened - TOLD_BY[0]) / (TOLD_BY[1] - TOLD_BY[0]), 0.0), 1.0)
            if self._beside is None:
                self._beside = now - skin if believed == 0.0 else None
                believed = 0.0
            else:
                self._beside += (1.0 - believed) * low_pass(BESIDE_HZ, seconds) * (now - skin - self._beside)
                now += believed * (skin + self._beside - now)
            self._seen = 1 if seconds == math.inf else self._seen + 1
            self._light += self._share(now - self._light, seconds) * (now - self._light)
            away = redder - self._red
            self._red += (1.0 - believed) * self._share(away, seconds) * away
        return math.exp(self._light), math.exp(self._light + self._red)

    def _share(self, away: float, seconds: float) -> float:
        cut_off_hz = CALM_HZ + LIGHT_HZ * max(abs(away) - NOISE, 0.0)
        return max(low_pass(cut_off_hz, seconds), 1.0 / self._seen)


def low_pass(cut_off_hz: float, seconds: float) -> float:
    """The part of a step that a first-order low-pass goes in one sample."""
    return 1.0 - 1.0 / (1.0 + 2.0 * math.pi * cut_off_hz * seconds)
