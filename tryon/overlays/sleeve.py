"""Where a sleeve's vertices go along an arm: between two rails, from the shoulder's tip and from the armpit, round the
elbow, as wide as the arm is seen or as the sleeve is cut.

One kernel: as array operations, some two hundred small ones, a garment's drape took six times as long.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F64, U8
from tryon.geometry.figure import FOREARM, UPPER_ARM
from tryon.overlays.garment_parts import ACROSS, sleeve_columns, sleeve_rows

# Half widths of a bare arm at shoulder, elbow and wrist, in shoulder widths.
ARM_HALF: Final = (0.15, 0.108, 0.078)
# Where an arm's outer edge is looked for, from its middle, in shoulder widths: from, to, in so many steps.
OUTLINE: Final = (0.06, 0.30, 16)
# Light that falls off towards the sides of a torso and of a sleeve.
TORSO_SHADE: Final = 0.16
SLEEVE_SHADE: Final = 0.26
# Over a shoulder cloth faces the light as on the chest: so much of the torso's shade is there already. A sleeve takes
# over the torso's light at the armhole, and has its own from here on, in shoulder widths.
SHOULDER_SHADE: Final = 0.25
OWN_LIGHT: Final = 0.38

# Places along an arm: on the upper arm, round the elbow, on the forearm; as parts, and in shoulder widths.
_UPPER: Final = np.linspace(0.0, 0.78, 20)[:-1]
_BEND: Final = np.linspace(0.0, 1.0, 25)
_LOWER: Final = np.linspace(0.22, 1.25, 26)[1:]
_PLACES: Final = np.concatenate(
    [
        _UPPER * UPPER_ARM,
        np.linspace(0.78 * UPPER_ARM, UPPER_ARM + 0.22 * FOREARM, len(_BEND)),
        UPPER_ARM + _LOWER * FOREARM,
    ]
)
_ROWS: Final = sleeve_rows()
_COLUMNS: Final = sleeve_columns()
_FIRST: Final = int(np.argmin(np.abs(_ROWS)))
# A sleeve's width is the mean over so many rows to both sides.
SMOOTH: Final = 2
# A sleeve leaves the torso at most so far down the upper arm as it is seen, in parts of it.
LOWEST_PIT: Final = 0.75
# Round the elbow: by a curve that starts this part of both bones before it and ends as far after it.
_ROUND: Final = 0.22


def side_shade(v: F64) -> F64:
    """What a torso's side loses of the light, from the shoulder, 0, to the armpit, 1."""
    return np.asarray(TORSO_SHADE * (SHOULDER_SHADE + (1 - SHOULDER_SHADE) * v), np.float64)


_EDGE: Final = 1.0 - side_shade(np.clip(ACROSS, 0.0, 1.0))


def ribbon(
    arm_px: F64,
    corners_px: F64,
    cut: tuple[float, float, float],
    width_px: float,
    out: float,
    light: tuple[float, float],
    mask: U8,
    mask_from_picture: F64,
) -> F64:
    """Vertices (rows · ``ACROSS``, 3): x, y in pixels and a factor on the light, row after row from the armhole on.

    ``arm_px`` (3, 2): shoulder, elbow, wrist; ``corners_px`` (2, 2): the shoulder's tip and the armpit, where the rails
    begin; ``cut``: half widths at the armhole and at the cuff, and where along the arm it ends, in shoulder widths;
    ``out`` 1 for an arm whose outer side is to the picture's right, else -1; ``light`` as in ``drape``; ``mask`` (n, n)
    tells the person's pixels, ``mask_from_picture`` (2, 3) where they are.
    """
    vertices: F64 = np.empty((len(_ROWS) * len(ACROSS), 3), np.float64)
    curve: F64 = np.empty((len(_PLACES), 2), np.float64)
    _curve(arm_px, _UPPER, _BEND, _LOWER, curve)
    _lay(
        arm_px, corners_px, cut, width_px, out, light, mask, mask_from_picture, curve, _PLACES, _ROWS, _COLUMNS, _EDGE,
        vertices,
    )  # fmt: skip
    return vertices


@kernel
def _curve(arm: F64, upper: F64, bend: F64, lower: F64, curve: F64) -> None:
    """The arm's middle at the places: straight bones and a bend between."""
    for k in range(2):
        shoulder, elbow, wrist = arm[0, k], arm[1, k], arm[2, k]
        n = 0
        for i in range(upper.shape[0]):
            curve[n, k] = shoulder + upper[i] * (elbow - shoulder)
            n += 1
        before, after = elbow + _ROUND * (shoulder - elbow), elbow + _ROUND * (wrist - elbow)
        for i in range(bend.shape[0]):
            t = bend[i]
            curve[n, k] = (1 - t) ** 2 * before + 2 * t * (1 - t) * elbow + t**2 * after
            n += 1
        for i in range(lower.shape[0]):
            curve[n, k] = elbow + lower[i] * (wrist - elbow)
            n += 1


@inlined
def _on(curve: F64, places: F64, at: float) -> tuple[float, float]:
    """The point of a curve at a place along it."""
    last = places.shape[0] - 1
    at = min(max(at, places[0]), places[last])
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if places[middle] <= at:
            low = middle
        else:
            high = middle
    span = places[high] - places[low]
    t = 0.0 if span <= 0.0 else (at - places[low]) / span
    return curve[low, 0] + t * (curve[high, 0] - curve[low, 0]), curve[low, 1] + t * (
        curve[high, 1] - curve[low, 1]
    )


@inlined
def _half(at: float) -> float:
    """Half width of a bare arm, in shoulder widths."""
    if at <= UPPER_ARM:
        return ARM_HALF[0] + max(at, 0.0) / UPPER_ARM * (ARM_HALF[1] - ARM_HALF[0])
    return ARM_HALF[1] + min((at - UPPER_ARM) / FOREARM, 1.0) * (ARM_HALF[2] - ARM_HALF[1])


@kernel
def _beside(
    curve: F64, places: F64, at: float, heading: float, turn: float, out: float
) -> tuple[float, float, float, float]:
    """A point of the arm's middle, and which way its outer side is.

    The direction turns evenly round the elbow: that of the curve itself, whose middle folds back on itself where
    forearm and upper arm are seen one before the other, goes to the other side at once.
    """
    x, y = _on(curve, places, max(at, 0.0))
    start, end = (1.0 - _ROUND) * UPPER_ARM, UPPER_ARM + _ROUND * FOREARM
    angle = heading + turn * min(max((at - start) / (end - start), 0.0), 1.0)
    return x, y, out * math.sin(angle), -out * math.cos(angle)


@kernel
def _edge(mask: U8, there: F64, x: float, y: float, nx: float, ny: float, width: float) -> float:
    """How far outside its middle an arm is seen to end, in shoulder widths; 0 where that is not to be told: a hand or
    the torso is beyond, or nobody is there at all."""
    low, high, steps = OUTLINE
    for i in range(steps + 1):
        away = low + (high - low) * i / steps
        px, py = x + nx * away * width, y + ny * away * width
        u = math.floor(there[0, 0] * px + there[0, 1] * py + there[0, 2])
        v = math.floor(there[1, 0] * px + there[1, 1] * py + there[1, 2])
        shown = 0 <= u < mask.shape[1] and 0 <= v < mask.shape[0] and mask[int(v), int(u)] > 127
        if not shown:
            return 0.0 if i == 0 else away - (high - low) / steps / 2
    return 0.0


@kernel
def _lay(
    arm: F64, corners: F64, cut: tuple[float, float, float], width: float, out: float, light: tuple[float, float],
    mask: U8, there: F64, curve: F64, places: F64, rows: F64, across: F64, edge: F64, vertices: F64,
) -> None:  # fmt: skip
    count, columns = across.shape
    root, cuff, end = cut
    ux, uy = arm[1, 0] - arm[0, 0], arm[1, 1] - arm[0, 1]
    fx, fy = arm[2, 0] - arm[1, 0], arm[2, 1] - arm[1, 1]
    upper, fore = max(math.sqrt(ux * ux + uy * uy), 1e-6), max(math.sqrt(fx * fx + fy * fy), 1e-6)
    # Where the arm bends, cloth on the inner side of the bend ends at the crease.
    turn = math.atan2(ux * fy - uy * fx, ux * fx + uy * fy)
    hollow = -math.copysign(1.0, turn) * out
    # Bent by more than a right angle, the forearm is drawn over the upper arm in its full width.
    crease = max(math.tan((math.pi - abs(turn)) / 2), 1.0)
    heading = math.atan2(uy, ux)
    # How far down the upper arm the armpit is: no further than above the elbow of an arm that points at the camera, or
    # cloth would hang from it.
    shrink = max(upper / (UPPER_ARM * width), 0.2)
    low = ((corners[1, 0] - arm[0, 0]) * ux + (corners[1, 1] - arm[0, 1]) * uy) / upper
    lift = max(low - LOWEST_PIT * upper, 0.0) / upper
    corners = corners.copy()
    corners[1, 0] -= lift * ux
    corners[1, 1] -= lift * uy
    down = min(low, LOWEST_PIT * upper) / width / shrink
    start = min(max(down, 0.05), 0.85 * end)
    # Rows of the outer rail, then of the inner.
    wide, rails = np.empty((2, count)), np.empty((2, count, 2))
    for row in range(count):
        own = root + (cuff - root) * min(max(rows[row], 0.0), 1.0) ** 0.8
        for inner in range(2):
            at = start + rows[row] * (end - start) if inner == 1 else rows[row] * end
            x, y, nx, ny = _beside(curve, places, at, heading, turn, out * (1.0 - 2.0 * inner))
            # Cloth lies on the outer side of an arm and hangs from its inner.
            bare = _half(at)
            away = max(own, bare + 0.015) if inner == 1 else bare + 0.02 + 0.25 * max(own - bare, 0.0)
            wide[inner, row] = max(away, _edge(mask, there, x, y, nx, ny, width))
    for row in range(count):
        for inner in range(2):
            at, side = (start + rows[row] * (end - start), -1.0) if inner == 1 else (rows[row] * end, 1.0)
            # Cloth is smoother than a mask's edge, which is seen beside some rows and not beside the next.
            first, last = max(row - SMOOTH, 0), min(row + SMOOTH + 1, count)
            away = wide[inner, first:last].sum() / (last - first) * width
            x, y, nx, ny = _beside(curve, places, at, heading, turn, out)
            if side == hollow:
                beyond = max(at, 0.0) - UPPER_ARM
                room = -beyond * upper / UPPER_ARM if beyond < 0 else beyond * fore / FOREARM
                away = min(away, room * crease + 0.04 * width)
            rails[inner, row, 0], rails[inner, row, 1] = x + side * nx * away, y + side * ny * away
    # Both rails leave their own corner of the armhole and reach the arm's side further down.
    offset = np.empty((2, 2))
    for inner in range(2):
        for k in range(2):
            offset[inner, k] = corners[inner, k] - rails[inner, _FIRST, k]
    for row in range(count):
        eases = (
            math.exp(-((max(rows[row] * end, 0.0) / 0.34) ** 2)),
            math.exp(-((max(rows[row] * (end - start), 0.0) / 0.22) ** 2)),
        )
        for inner in range(2):
            for k in range(2):
                rails[inner, row, k] += offset[inner, k] * eases[inner]
        ox, oy = rails[0, row, 0], rails[0, row, 1]
        ix, iy = rails[1, row, 0] - ox, rails[1, row, 1] - oy
        long = max(math.sqrt(ix * ix + iy * iy), 1e-6)
        # Round in section: light falls off to both sides, more on the side away from the light.
        facing = (ix * light[0] + iy * light[1]) / long
        own_light = min(max(rows[row] * end / OWN_LIGHT, 0.0), 1.0)
        for column in range(columns):
            n = row * columns + column
            vertices[n, 0], vertices[n, 1] = ox + across[row, column] * ix, oy + across[row, column] * iy
            round_ = min(max(across[row, column] * 2 - 1, -1.0), 1.0)
            shade = 1.0 - SLEEVE_SHADE * abs(round_) ** 2.5 + 0.12 * facing * round_
            torso = edge[column] + 0.10 * light[0] * out
            vertices[n, 2] = torso + own_light * (shade - torso)
