"""Where a skirt's and trousers' vertices go on a figure.

Trousers hang from the waist to the crotch between two sides, and round each leg from there: as wide as they are cut or
as the leg is seen, bent at the knee without a fold. A skirt hangs from the waist round both legs, as wide as it is cut
and wide enough for where the legs are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.figure import Figure
from tryon.overlays.lower_parts import ACROSS, BREADTH, LEG, SEAT, SKIRT, WORN, LowerParts
from tryon.overlays.lower_rows import CROTCH, hang_leg, hang_skirt
from tryon.perception import body_landmarks as at

# From the crotch along a leg to its ankle, in shoulder widths (Drillis and Contini, "Body segment parameters", 1966).
INSEAM: Final = 2.02
# From a skirt's hips, which are the joints, to the ankles.
HIPS_TO_ANKLES: Final = 2.26
# Trousers that reach so far down a leg, or further, are long: they end at the shoe.
LONG: Final = 0.88
SHOE: Final = 1.075
# A waist is at most so far above the hips, in parts of the torso.
WAIST_MAX: Final = 0.5
# How far the middle of the front goes with hips that turn.
HIP_DEPTH: Final = 0.22
_LEGS: Final = {
    "right": (at.RIGHT_HIP, at.RIGHT_KNEE, at.RIGHT_ANKLE),
    "left": (at.LEFT_HIP, at.LEFT_KNEE, at.LEFT_ANKLE),
}
_HANDS: Final = np.array(
    [at.RIGHT_WRIST, at.RIGHT_INDEX, at.RIGHT_THUMB, at.LEFT_WRIST, at.LEFT_INDEX, at.LEFT_THUMB], np.intp
)


@dataclass(frozen=True, slots=True, eq=False)
class Hung:
    """Vertices (n, 3) of each part: x, y in pixels of the picture and a factor on the light, the farther leg first.
    ``waist`` (3, 2) is where the waist's right end, its middle and its left end lie; ``scale`` is pixels a texel."""

    parts: tuple[tuple[str, F64], ...]
    waist: F64
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class _Hips:
    """``middle`` between the joints, unit vectors ``level`` to the picture's right and ``down``; where ``waist`` and
    ``crotch`` are, the crotch of a skirt being its hips; ``squeeze`` is how narrow hips are seen that are turned."""

    middle: F64
    level: F64
    down: F64
    waist: F64
    crotch: F64
    squeeze: float
    turn: float

    @classmethod
    def of(cls, parts: LowerParts, figure: Figure) -> _Hips:
        (right, left), (tip_right, tip_left) = figure.hips, figure.shoulders
        width, down = figure.width_px, figure.down
        square = np.array([down[1], -down[0]])
        across = left - right
        across = across / max(float(np.hypot(*across)), 1e-6)
        sign = 1.0 if float((tip_left - tip_right) @ square) > 0 else -1.0
        square *= sign
        # Hips seen edge on tell nothing of their level.
        level = square + (across if float(across @ square) > 0.7 else square)
        level = level / float(np.hypot(*level))
        middle = (right + left) / 2
        low = 0.0 if parts.skirt is not None else CROTCH
        crotch = middle + low * width * down
        torso = float(np.hypot(*(middle - (tip_right + tip_left) / 2)))
        rise = min(parts.rise * width, low * width + WAIST_MAX * torso)
        seen = float(np.hypot(*(tip_left - tip_right))) / width
        turn = math.sin(figure.yaw) * HIP_DEPTH * width
        return cls(middle, level, down, crotch - rise * down, crotch, min(max(seen, 0.72), 1.0), turn)


def hang(parts: LowerParts, figure: Figure, light: tuple[float, float]) -> Hung:
    """Hang the garment on the figure. ``light`` is where light comes from, right and down, in camera space."""
    hips, width = _Hips.of(parts, figure), figure.width_px
    hands = np.ascontiguousarray(figure.points_px[_HANDS])
    there = figure.mask_from_picture
    frame = np.stack([hips.waist, hips.crotch, hips.level, hips.down])
    if parts.skirt is not None:
        legs = np.stack([figure.points_px[list(_LEGS[side])] for side in ("right", "left")])
        end = parts.fall / HIPS_TO_ANKLES
        # Hips that are turned are seen narrower, a hem that goes round is not.
        squeeze = 1.0 + (hips.squeeze - 1.0) * np.clip(1.0 - SKIRT, 0.0, 1.0)
        widths = np.stack([parts.widths[side] for side in ("right", "left")]) * WORN * squeeze
        bow = _bow(parts)
        vertices: F64 = np.empty((len(SKIRT) * len(BREADTH), 3), np.float64)
        hang_skirt(
            legs,
            frame,
            widths,
            bow,
            width,
            end,
            parts.rise,
            parts.fall,
            hips.turn,
            light,
            SKIRT,
            BREADTH,
            vertices,
        )
        hung: tuple[tuple[str, F64], ...] = (("skirt", vertices),)
    else:
        end = parts.fall / INSEAM
        end = SHOE if end > LONG else end
        made = {}
        for side, out in (("right", -1.0), ("left", 1.0)):
            joints = np.ascontiguousarray(figure.points_px[list(_LEGS[side])])
            vertices = np.empty(((len(SEAT) + len(LEG)) * len(ACROSS), 3), np.float64)
            hang_leg(
                joints, frame, parts.widths[side] * WORN, width, end, out, hips.squeeze, hips.turn, light, figure.mask,
                there, hands, SEAT, LEG, ACROSS, vertices,
            )  # fmt: skip
            made[side] = vertices
        # The nearer knee's leg covers the other.
        order = sorted(made, key=lambda side: -float(figure.depth_px[_LEGS[side][1]]))
        hung = tuple((side, made[side]) for side in order)
    top = np.stack([parts.widths[side][2] for side in ("right", "left")]) * WORN * width * hips.squeeze
    waist = np.stack([hips.waist - top[0] * hips.level, hips.waist, hips.waist + top[1] * hips.level])
    return Hung(hung, waist, width * parts.unit)


def _bow(parts: LowerParts) -> F64:
    """How far the middle of each of a skirt's rows hangs below its sides, in shoulder widths."""
    points = parts.points
    sides = [
        float(points[f"right_{name}"][1] + points[f"left_{name}"][1]) / 2 * parts.unit
        for name in ("waist", "hem")
    ]
    middles = [float(points[name][1]) * parts.unit for name in ("waist_centre", "hem_centre")]
    return np.asarray(
        middles[0] - sides[0] + SKIRT * (middles[1] - middles[0] - sides[1] + sides[0]), np.float64
    )
