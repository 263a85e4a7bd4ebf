"""Lids that shut within a tenth of a second, followed as a whole.

A filter that follows each point by that point's own speed has to tell a blink from a landmark's trembling, and was a
frame late: makeup lay on the eye that a lid had just left. The upper lid's points tremble each for itself and come
down together, so their mean tells a blink at once, and both lids' points follow by its speed. Irises do not: they keep
their own calm, by which sizes are told, whatever a landmark of the lid does.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F64
from tryon.perception.smoothing import GAP_MS, OneEuro

# Head widths a second, of the mean of an upper lid: one that shuts in a tenth of a second goes at a half.
LIDS: Final = OneEuro(minimum_hz=2.0, beta=100.0, derivative_hz=10.0)
# Of each eye the points of the upper lid, which lead, and those of the lower one, which come along. Corners stay.
LEADING: Final = 7
EYES: Final = (
    np.array([173, 157, 158, 159, 160, 161, 246, 155, 154, 153, 145, 144, 163, 7], np.intp),
    np.array([398, 384, 385, 386, 387, 388, 466, 382, 381, 380, 374, 373, 390, 249], np.intp),
)


class LidFilter:
    """Both eyes of one wearer, from frame to frame."""

    def __init__(self) -> None:
        self._points: F64 | None = None
        self._speeds: F64 = np.zeros((len(EYES), 3))
        self._t_ms = -math.inf

    def __call__(self, observed: F64, steady: F64, t_ms: float) -> None:
        """Write the eyes' points into ``steady`` (478, 3), in place, of those ``observed`` in this frame; both in head
        space, in head widths. A gap, a repeated or a backward time begins anew."""
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        now = np.stack([observed[own] for own in EYES])
        if self._points is None or not 0 < elapsed <= GAP_MS:
            self._points = now
            self._speeds[:] = 0.0
        else:
            for eye in range(len(EYES)):
                _follow(
                    now[eye], self._points[eye], self._speeds[eye], elapsed / 1000, LEADING,
                    LIDS.minimum_hz, LIDS.beta, LIDS.derivative_hz,
                )  # fmt: skip
        for own, points in zip(EYES, self._points, strict=True):
            steady[own] = points


@quick
def _follow(
    value: F64, state: F64, speed: F64, seconds: float, leading: int, minimum_hz: float, beta: float,
    derivative_hz: float,
) -> None:  # fmt: skip
    """``perception.smoothing.one_euro``, but for one speed: that of the mean of the first rows."""
    rate = 2 * math.pi * derivative_hz * seconds
    share = rate / (rate + 1)
    total = 0.0
    for k in range(3):
        mean = 0.0
        for i in range(leading):
            mean += (value[i, k] - state[i, k]) / (seconds * leading)
        speed[k] += share * (mean - speed[k])
        total += speed[k] * speed[k]
    rate = 2 * math.pi * (minimum_hz + beta * math.sqrt(total)) * seconds
    follow = rate / (rate + 1)
    for i in range(value.shape[0]):
        for k in range(3):
            state[i, k] += follow * (value[i, k] - state[i, k])
