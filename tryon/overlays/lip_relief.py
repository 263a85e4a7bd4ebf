"""The lips' own relief: how their skin leans along the mouth and, less regularly, across it."""

from __future__ import annotations

import math
from typing import Final

from tryon.compiled import inlined
from tryon.frame import F32
from tryon.overlays.finishes import noise

# How far lips lean out along the mouth from its middle to its corners (tangents, as all of these).
LEAN_ALONG: Final = 0.40
# Lips are no tubes: on each half of the lower one there is a pillow, of the upper one a ridge beside its bow. Their
# middles lie about so many parts of half a mouth from its middle, and lean so far towards it.
PILLOWS: Final = (0.30, 0.40)
PILLOWS_LEAN: Final = (0.16, 0.20)
# And creases run across them, so many on half a lip, that lean so far along and across; none where the camera sees but
# this many σ of its blur of one.
CREASES: Final = 6.0
CREASES_LEAN: Final = (0.26, 0.15)
CREASES_BLUR: Final = (1.0, 3.0)


@inlined
def lean_of_lips(relief: F32, span: float, blur: float) -> None:
    """Into ``relief`` (4, places along a mouth of ``span`` pixels): the upper and the lower lip's lean along, then
    across, as a camera tells it whose blur is ``blur`` pixels (σ)."""
    steps = relief.shape[1]
    seen = (span / (2.0 * CREASES) - CREASES_BLUR[0] * blur) / (
        (CREASES_BLUR[1] - CREASES_BLUR[0]) * blur + 1e-3
    )
    seen = min(max(seen, 0.0), 1.0)
    for lip in range(2):
        for k in range(steps):
            t = 2.0 * k / (steps - 1) - 1.0
            pillow = PILLOWS_LEAN[lip] * math.sin(math.pi * min(max(t / PILLOWS[lip], -2.0), 2.0))
            # The same on both halves: a mirror's picture is the picture of a mirror.
            away = abs(t)
            along = (noise(CREASES * away, 31 + lip) - 0.5) * max(min(CREASES * t, 1.0), -1.0)
            across = noise(0.6 * CREASES * away, 33 + lip) - 0.5
            relief[lip, k] = LEAN_ALONG * t - pillow + 2.0 * CREASES_LEAN[0] * seen * along
            relief[2 + lip, k] = 2.0 * CREASES_LEAN[1] * seen * across
