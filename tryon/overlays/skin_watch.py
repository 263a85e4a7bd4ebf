"""Whose skin it is, or whose brows: the shade that somebody wears who has not chosen one.

A foundation's first shade is somebody's, and on anybody else a mask. So what is worn without a choice is the shade that
is nearest to the wearer's own skin (CIEDE2000), as that skin reflects in the light that shades are drawn in: where that
light is misjudged, the shade is so by as much, and still looks like the skin. A light that is followed for a while, and
a cheek in shadow, move the skin's colour by more than one shade is from the next; the mean over seconds does not move.
A brow's is chosen by the hair of both brows in the same way.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.overlays.application import Choices
from tryon.overlays.pigment import linear_bgr
from tryon.render.colour import de00, lab_from_linear

# Time in which another colour of the skin is followed to 63 %, once it is known.
FOLLOW_MS: Final = 4000.0
# Another shade has to be nearer by this much (CIEDE2000); less is what skins and lights do by themselves.
NEARER: Final = 1.0
# The first frames are all asked, later ones now and then.
EAGER: Final = 10
PERIOD: Final = 24
# From one shade to another.
CHANGE_MS: Final = 250.0
# Codes of sRGB; nobody sees the rest of the way.
ARRIVED: Final = 0.5
# After a longer gap it may be another light, or another face.
FORGET_MS: Final = 2000.0


class SkinWatch:
    """One wearer's skin, from frame to frame."""

    def __init__(self) -> None:
        self._log: F64 = np.zeros(3)
        self._seen = 0
        self._t_ms = -math.inf
        self._worn: dict[Choices, tuple[int, F64]] = {}

    def see(self, skin_bgr: F32, light_bgr: F32, t_ms: float) -> None:
        """Take in the skin of a frame and the light on it, linear (3,) each. The same frame counts once."""
        if t_ms == self._t_ms:
            return
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        log = np.log(np.maximum(skin_bgr.astype(np.float64), 1e-4) / np.maximum(light_bgr, 1e-3))
        if not 0 < elapsed < FORGET_MS:
            self._seen = 0
            self._worn.clear()
        self._seen += 1
        # The first ones are worth as much as each other.
        share = 1.0 if self._seen == 1 else max(1 / self._seen, 1 - math.exp(-elapsed / FOLLOW_MS))
        self._log = self._log + share * (log - self._log)
        share = 1 - math.exp(-elapsed / CHANGE_MS)
        for choices, (number, shown) in self._worn.items():
            away = np.array(choices[number], np.float64) - shown
            shown += share * away if np.abs(away).max() > ARRIVED else away  # noqa: PLW2901 - in place

    def color(
        self, choices: Choices, suits: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> tuple[float, float, float]:
        """Red, green, blue, 0..255 in sRGB, of the shade that is nearest to what is so far in CIELAB from the skin that
        was seen, or on the way there from another."""
        before = self._worn.get(choices)
        if before is None or self._seen <= EAGER or self._seen % PERIOD == 0:
            wanted = lab_from_linear(np.exp(self._log)) + suits
            far = de00(_labs(choices), wanted)
            nearest = int(far.argmin())
            if before is None:
                before = nearest, np.array(choices[nearest], np.float64)
                self._worn[choices] = before
            elif far[nearest] < far[before[0]] - NEARER:
                self._worn[choices] = nearest, before[1]
        red, green, blue = before[1].tolist()
        return red, green, blue

    def number(self, choices: Choices) -> int | None:
        """Which of them is worn; None before any was."""
        worn = self._worn.get(choices)
        return None if worn is None else worn[0]


@lru_cache(maxsize=64)
def _labs(choices: Choices) -> F64:
    labs = lab_from_linear(np.stack([linear_bgr(color) for color in choices]).astype(np.float64))
    labs.setflags(write=False)
    return labs
