"""How light falls on a bare neck's own form: the hollow between the collarbones, the two muscles that run from there to
behind the ears, the collarbones and the hollows above them.

Skin that is painted for clothes has to have it: a smooth surface between a face and a neckline looks like plastic. Its
places are those of an adult who stands upright, in shoulder widths from the hollow of the throat, as artists' anatomies
draw them; its strength is that of soft light from above.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, F64

# The hollow of the throat lies so far above the middle of the shoulders' joints, in shoulder widths.
THROAT_UP: Final = 0.04
# Depth and half size of that hollow.
THROAT: Final = (0.16, 0.035, 0.040)
# The muscles rise from beside the hollow to behind the ears: both ends, how much lighter they are, how broad, and how
# much darker it is just outside them.
MUSCLE_FROM: Final = (0.025, -0.01)
MUSCLE_TO: Final = (0.17, -0.44)
MUSCLE: Final = (0.07, 0.022, 0.055)
# Collarbones start beside the hollow and rise outwards; how much lighter they are and darker it is below, how broad.
BONE_FROM: Final = (0.045, 0.012)
BONE_TO: Final = (0.46, -0.075)
BONE: Final = (0.085, 0.060, 0.018)
# Whose chin is no higher above the hollow than the first leans forward and hides all this; from the second on it shows.
UPRIGHT: Final = (0.08, 0.20)
# The hollow above a collarbone: where, how deep, half its size.
HOLLOW_AT: Final = (0.17, -0.085)
HOLLOW: Final = (0.11, 0.065, 0.038)


def relieve(
    shade: F32,
    cell: int,
    corner_px: tuple[int, int],
    chin_px: F64,
    shoulders_px: tuple[F64, F64],
    width_px: float,
) -> None:
    """Multiply ``shade`` (h, w) by the relief, in place. Its cells are ``cell`` pixels each way from ``corner_px`` on;
    ``shoulders_px`` are the right and the left joint, ``width_px`` their distance if they were seen straight on."""
    right, left = shoulders_px
    across = (left - right) / max(float(np.hypot(*(left - right))), 1e-6)
    down = np.array([-across[1], across[0]])
    throat = (right + left) / 2 - THROAT_UP * width_px * down
    above = float((throat - chin_px) @ down) / width_px
    strength = min(max((above - UPRIGHT[0]) / (UPRIGHT[1] - UPRIGHT[0]), 0.0), 1.0)
    if strength == 0.0:
        return
    seen = max(float(np.hypot(*(left - right))), 0.3 * width_px)
    axes = np.array([*across / seen, *down / width_px])
    start = np.array(corner_px, np.float64) + 0.5 * cell - throat
    _relieve(shade, float(cell), start, axes, strength)


@kernel
def _relieve(shade: F32, cell: float, start: F64, axes: F64, strength: float) -> None:
    for row in range(shade.shape[0]):
        for column in range(shade.shape[1]):
            px, py = start[0] + column * cell, start[1] + row * cell
            x = abs(px * axes[0] + py * axes[1])
            y = px * axes[2] + py * axes[3]
            if x > 0.55 or y > 0.2 or y < -0.5:
                continue
            relief = -THROAT[0] * _bump(x / THROAT[1], y / THROAT[2])
            aside, along = _beside(x, y, MUSCLE_FROM, MUSCLE_TO)
            ends = _within(along, 0.06, 0.25)
            relief += ends * MUSCLE[0] * _bump(aside / MUSCLE[1], 0.0)
            relief -= ends * MUSCLE[2] * _bump((aside - 2.2 * MUSCLE[1]) / (1.4 * MUSCLE[1]), 0.0)
            aside, along = _beside(x, y, BONE_FROM, BONE_TO)
            ends = _within(along, 0.08, 0.35)
            relief += ends * BONE[0] * _bump(aside / BONE[2], 0.0)
            relief -= ends * BONE[1] * _bump((aside - 2.2 * BONE[2]) / (1.3 * BONE[2]), 0.0)
            relief -= HOLLOW[0] * _bump((x - HOLLOW_AT[0]) / HOLLOW[1], (y - HOLLOW_AT[1]) / HOLLOW[2])
            shade[row, column] *= 1.0 + strength * relief


@inlined
def _bump(x: float, y: float) -> float:
    return math.exp(-(x * x + y * y))


@inlined
def _within(along: float, rises: float, falls: float) -> float:
    """1 along a line, softly 0 at its two ends."""
    return min(max(along / rises, 0.0), 1.0) * min(max((1.0 - along) / falls, 0.0), 1.0)


@kernel
def _beside(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """How far outside, or below, a line a point is, and the place along it, 0..1 between its ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.sqrt(dx * dx + dy * dy)
    ox, oy = x - start[0], y - start[1]
    return (oy * dx - ox * dy) / length, (ox * dx + oy * dy) / (length * length)
