"""Which of a map's cells are before a garment, and which it covers: colours, bones and the person's mask together."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.overlays.palette import CHROMA

# From the first chance on a pixel beside a hand's bones may be its skin, from the second on it is.
BARE: Final = (0.2, 0.38)
# A pixel just outside the person's mask is their clothes' if it looks by the first more like them than the wall mostly
# does; by the second more, wholly.
UNLIKE: Final = (0.15, 0.15)
# From a shoulder's joint up to where shoulder and neck meet, at half the way to the chin, in shoulder widths: above it
# are head and neck. Whoever leans to the camera has shoulders beside the face.
NECK_UP: Final = (0.13, 0.30)
NECK_SOFT: Final = 0.05
# A forearm that is seen shorter than the first points at the camera, the more the shorter it is: up to the second round
# it and behind its wrist is its hand, then, in shoulder widths.
POINTS_HERE: Final = (0.35, 0.25)


@inlined
def bin_of(ycc: U8, y: int, x: int) -> int:
    """The row of a palette's tables for a pixel, as ``palette.index`` has it."""
    cr = min(max((int(ycc[y, x, 1]) - 64) >> 2, 0), CHROMA - 1)
    cb = min(max((int(ycc[y, x, 2]) - 64) >> 2, 0), CHROMA - 1)
    return ((int(ycc[y, x, 0]) >> 5) * CHROMA + cr) * CHROMA + cb


@kernel
def chances_of(ycc: U8, tables: U8) -> U8:
    """How surely each pixel is skin, hair and cloth by its colour, (h, w, 3)."""
    out = np.empty(ycc.shape, np.uint8)
    for y in range(ycc.shape[0]):
        for x in range(ycc.shape[1]):
            row = bin_of(ycc, y, x)
            for k in range(3):
                out[y, x, k] = tables[row, k]
    return out


@kernel
def sort(
    chances: U8, person: U8, wider: U8, outer: U8, alike: float, near_cloth: U8, head: U8, strands: U8,
    maybe: U8, bones: F32, seen: F32, ahead: F32, outward: F32, geometry: F32, long: bool, covered: F32, maps: U8,
) -> None:  # fmt: skip
    """Fill ``maps`` (6, h, w): head and hair in front, arms, cloth to be covered, cloth whose folds are believed, hair
    alone, certain or not, and skin of hands and arms. ``bones`` (2, 4, 2): shoulder, elbow, wrist, finger tips."""
    chin_x, chin_y, face, wide, unit = geometry[0], geometry[1], geometry[2], geometry[3], geometry[4]
    height, width = person.shape
    # Further from an arm than this nothing of it is looked for.
    boxes = np.empty((2, 4), np.float32)
    hides = np.zeros(2, np.float32)
    for side in range(2):
        if long:
            lx, ly = bones[side, 2, 0] - bones[side, 1, 0], bones[side, 2, 1] - bones[side, 1, 1]
            hides[side] = POINTS_HERE[1] * max(
                1.0 - (lx * lx + ly * ly) ** 0.5 / (POINTS_HERE[0] * unit), 0.0
            )
        room = (0.33 + hides[side]) * unit + 1.0
        for axis in range(2):
            low, high = bones[side, 1, axis], bones[side, 1, axis]
            for joint in (0, 2, 3):
                low, high = min(low, bones[side, joint, axis]), max(high, bones[side, joint, axis])
            boxes[side, 2 * axis] = low - room
            boxes[side, 2 * axis + 1] = high + room
    lowest = max(bones[0, 0, 1], bones[1, 0, 1]) - (NECK_UP[0] - NECK_SOFT / 2) * unit
    for y in range(height):
        for x in range(width):
            inside = head[y, x] / 255.0
            if outer[y, x] < 20 and inside == 0.0:
                continue
            # The mask is soft over some pixels: what is half inside already shows the clothes that are to be covered.
            sure = min(max((person[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0)
            skin, cloth = chances[y, x, 0] / 255.0, chances[y, x, 2] / 255.0
            dx, dy = abs(x + 0.5 - chin_x) / wide, (y + 0.5 - chin_y) / face
            kept = strands[y, x] / 255.0
            front = max(inside, kept)
            # What may be hair goes behind the garment, and shows where there is none.
            kept = max(kept, maybe[y, x] / 255.0)
            neck = 0.0
            if dx < 0.85 and y < lowest:
                neck = _above_shoulder(x + 0.5, y + 0.5, chin_x, bones[0, 0], bones[1, 0], unit)
                neck *= min(max((0.85 - dx) / 0.12, 0.0), 1.0)
            # Above the chin, beside the face: head, ears, hair.
            if dy < 0.02 and dx < 0.85:
                front = max(front, sure * neck)
            arms, limbs, upper = 0.0, 0.0, 0.0
            for side in range(2):
                if x < boxes[side, 0] or x > boxes[side, 1] or y < boxes[side, 2] or y > boxes[side, 3]:
                    continue
                wx, wy = bones[side, 2, 0], bones[side, 2, 1]
                ex, ey = bones[side, 1, 0], bones[side, 1, 1]
                bare = min(max((skin - BARE[0]) / (BARE[1] - BARE[0]), 0.0), 1.0)
                near = 0.0
                if bare > 0.0 and seen[side, 1] > 0.0:
                    away, t = _away(x + 0.5, y + 0.5, wx, wy, bones[side, 3, 0], bones[side, 3, 1])
                    near = min(max((0.32 + hides[side] - away / unit) / 0.12, 0.0), 1.0)
                if near > 0.0:
                    if long:
                        # Behind the wrist the garment's own sleeve covers the skin; a forearm that points at the camera
                        # is behind its own hand.
                        lx, ly = wx - ex, wy - ey
                        norm = max((lx * lx + ly * ly) ** 0.5, 1e-3)
                        beyond = ((x + 0.5 - wx) * lx + (y + 0.5 - wy) * ly) / norm / unit
                        hx, hy = bones[side, 3, 0] - wx, bones[side, 3, 1] - wy
                        norm = max((hx * hx + hy * hy) ** 0.5, 1e-3)
                        beyond = max(beyond, ((x + 0.5 - wx) * hx + (y + 0.5 - wy) * hy) / norm / unit)
                        near *= min(max((beyond + 0.05 + hides[side]) / 0.05, 0.0), 1.0)
                    limbs = max(limbs, near * bare * sure * seen[side, 1])
                if not long:
                    away, t = _away(x + 0.5, y + 0.5, ex, ey, wx, wy)
                    near = min(max((0.24 - away / unit) / 0.08, 0.0), 1.0)
                    half = _wider(x + 0.5, y + 0.5, outward[side]) * (0.120 - 0.015 * t) * unit
                    within = min(max((half - away) / 2.0 + 0.5, 0.0), 1.0)
                    # What is beside the garment's own sleeve is its torso, and on the arm beneath it lies the sleeve.
                    sx, sy = bones[side, 0, 0], bones[side, 0, 1]
                    bone = max(((ex - sx) ** 2 + (ey - sy) ** 2) ** 0.5, 1e-3)
                    down = ((x + 0.5 - sx) * (ex - sx) + (y + 0.5 - sy) * (ey - sy)) / bone
                    below = min(max((down - covered[side] * bone) / 2.0 + 0.5, 0.0), 1.0)
                    if t <= 0.0:
                        within *= below
                        near *= below
                    limbs = max(limbs, near * bare * sure * seen[side, 1])
                    arms = max(arms, within * sure * ahead[side] * seen[side, 1])
                    # And the lower part of the upper arm, which short sleeves leave free.
                    mx = ex + 0.28 * (bones[side, 0, 0] - ex)
                    my = ey + 0.28 * (bones[side, 0, 1] - ey)
                    away, t = _away(x + 0.5, y + 0.5, mx, my, ex, ey)
                    near = min(max((0.22 - away / unit) / 0.08, 0.0), 1.0)
                    limbs = max(limbs, near * bare * sure * below * seen[side, 0])
                    half = _wider(x + 0.5, y + 0.5, outward[side]) * 0.125 * unit
                    within = min(max((half - away) / 2.0 + 0.5, 0.0), 1.0)
                    within *= below
                    arms = max(arms, within * sure * ahead[side] * seen[side, 0] * seen[side, 1])
                    if covered[side] > 0.0:
                        away, t = _away(x + 0.5, y + 0.5, bones[side, 0, 0], bones[side, 0, 1], mx, my)
                        upper = max(upper, min(max((0.34 - away / unit) / 0.06, 0.0), 1.0))
            maps[0, y, x] = int(front * 255.0 + 0.5)
            maps[1, y, x] = int(arms * 255.0 + 0.5)
            # At the person's edge the clothes' colour is mixed with the wall's: that of the pixels beside tells.
            rim = min(max((wider[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0) * min(near_cloth[y, x] / 170.0, 1.0)
            covers = 0.0
            if long:
                # Sleeves to the wrists cover bare arms, too, but no neck.
                covers = max(sure * (1.0 - skin * neck), rim)
            elif skin < 0.5:
                covers = max(sure * (1.0 - skin), rim)
            # And a mask ends now and then before the clothes do, whose very colour goes on.
            edge = min(max((outer[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0)
            covers = max(covers, edge * min(max((cloth - alike) / UNLIKE[1], 0.0), 1.0))
            covers = max(covers, upper * sure * (1.0 - skin * neck))
            maps[2, y, x] = int(covers * (1.0 - maybe[y, x] / 255.0) * 255.0 + 0.5)
            maps[3, y, x] = int(cloth * sure * 255.0 + 0.5)
            maps[4, y, x] = int(kept * 255.0 + 0.5)
            maps[5, y, x] = int(limbs * 255.0 + 0.5)


@kernel
def _above_shoulder(x: float, y: float, chin_x: float, right: F32, left: F32, unit: float) -> float:
    """1 above the line that rises from the shoulder's joint on this side towards the neck, 0 below."""
    near = right if (x - chin_x) * (right[0] - chin_x) > (x - chin_x) * (left[0] - chin_x) else left
    run = chin_x - near[0]
    along = min(max((x - near[0]) / run, 0.0), 1.0) if abs(run) > 1e-3 else 0.0
    line = near[1] - (NECK_UP[0] + min(2.0 * along, 1.0) * (NECK_UP[1] - NECK_UP[0])) * unit
    above: float = min(max((line - y) / (NECK_SOFT * unit) + 0.5, 0.0), 1.0)
    return above


@kernel
def _wider(x: float, y: float, outward: F32) -> float:
    """How much wider than its bones tell an arm is taken to be where there is no torso beside it."""
    beyond: float = min(max(x * outward[0] + y * outward[1] + outward[2], 0.0), 1.0)
    return 1.0 + beyond


@kernel
def _away(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> tuple[float, float]:
    """Distance from a segment, and the place along it, 0..1."""
    dx, dy = bx - ax, by - ay
    t = ((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-6)
    t = min(max(t, 0.0), 1.0)
    ox, oy = x - ax - t * dx, y - ay - t * dy
    return (ox * ox + oy * oy) ** 0.5, t
