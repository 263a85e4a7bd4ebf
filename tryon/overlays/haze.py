"""The light that a camera adds to everything: a smudged or flaring lens, a raised black level.

It makes black grey, and a product that is drawn as if there were none is blacker and more colourful than anything in
the picture, and looks stuck on. Nothing in a picture is darker than its haze, in any channel, so the darkest there is
tells how much there may be (the "dark channel" of He, Sun and Tang, "Single image haze removal using dark channel
prior", 2009, for one haze over the whole picture). Noise makes the darkest darker than it is: the answer errs towards
too little, which is what is drawn without asking.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import U8
from tryon.render import transfer

# Looked at are so many rows, and columns as far apart, but no more than every other: pupils and nostrils have to be
# among them.
ROWS: Final = 160
STEP_MIN_PX: Final = 2
# So many of the pixels looked at may be darker: dead ones, and borders.
DARKER: Final = 2e-4
# What is darkest reflects a little itself, linear, and by part.
OWN: Final = 0.002
SHARE: Final = 0.9
MOST: Final = 0.05
# Where the darkest is lighter than the first there is less and less reason to take it for black, and from the second on
# none: it is a pale room.
PALE: Final = (0.06, 0.12)
# Time in which another haze is followed to 63 %; it belongs to the camera, and to a window that comes into view.
FOLLOW_MS: Final = 1500.0
# … and how often it is looked at.
PERIOD_MS: Final = 290.0
FORGET_MS: Final = 2000.0
# Told in steps of this, and another one only when it is farther than this away: half a code of black.
UNIT: Final = 0.001


class HazeMeter:
    """One session's haze, smoothed."""

    def __init__(self) -> None:
        self._followed = 0.0
        self._told = 0.0
        self._t_ms = -math.inf
        self._seen = 0.0
        self._looked_ms = -math.inf

    def read(self, bgr: U8, t_ms: float) -> float:
        """Linear light, 0..1, that is added to every pixel of the next frame: a multiple of UNIT."""
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        if not 0 <= t_ms - self._looked_ms < PERIOD_MS:
            self._looked_ms, self._seen = t_ms, haze_of(bgr)
        seen = self._seen
        if not 0 < elapsed < FORGET_MS:
            self._followed = seen
            self._told = round(seen / UNIT) * UNIT
            return self._told
        self._followed += (1 - math.exp(-elapsed / FOLLOW_MS)) * (seen - self._followed)
        if abs(self._followed - self._told) > UNIT:
            self._told = round(self._followed / UNIT) * UNIT
        return self._told


def haze_of(bgr: U8) -> float:
    """Linear light, 0..MOST, that a picture's darkest pixels leave room for."""
    counts = np.zeros(256, np.int32)
    _count(sealed(bgr), max(bgr.shape[0] // ROWS, STEP_MIN_PX), counts)
    code = int(np.searchsorted(np.cumsum(counts), DARKER * counts.sum(), side="right"))
    darkest = float(transfer.to_linear()[min(code, 255)])
    black = min(max((PALE[1] - darkest) / (PALE[1] - PALE[0]), 0.0), 1.0)
    return black * min(max(SHARE * (darkest - OWN), 0.0), MOST)


@quick
def _count(bgr: U8, step: int, counts: np.ndarray) -> None:  # type: ignore[type-arg]
    for y in range(0, bgr.shape[0], step):
        for x in range(0, bgr.shape[1], step):
            counts[min(bgr[y, x, 0], bgr[y, x, 1], bgr[y, x, 2])] += 1
