"""The rows of a skirt or of one half of trousers on a figure's legs: two rails, and what lies between them.

Kernels: as array operations, some hundred small ones, they would take many times as long.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F64, U8

# From the joints of the hips to the crotch, in shoulder widths (Drillis and Contini, "Body segment parameters", 1966).
CROTCH: Final = 0.24
# Half widths of a bare leg at the crotch, the knee and the ankle.
LEG_HALF: Final = (0.235, 0.155, 0.105)
# Below the hips a skirt's middle is by this part where the legs' is, and else where cloth hangs.
WITH_LEGS: Final = 0.4
# A leg's edge is looked for from half its bare half width to this much outside of it, in so many steps, and not where a
# hand is nearer than the last: all in shoulder widths.
OUTLINE: Final = (0.22, 18)
HAND: Final = 0.24
# An edge that is seen nearer than this to where it is looked for no longer counts the less the nearer it is.
LOSES: Final = 0.10
# Light that falls off towards the sides of hips, and of a leg, which has its own light from so far below the crotch on.
SEAT_SHADE: Final = 0.18
LEG_SHADE: Final = 0.26
OWN_LIGHT: Final = 0.5
# Round the knee: by a curve that starts this part of both bones before it and ends as far after it.
ROUND: Final = 0.22


@inlined
def _along(joints: F64, at: float) -> tuple[float, float]:
    """A point of a leg's middle: 0 at its first joint, 1 at its last, straight but round the knee."""
    hx, hy, kx, ky, ax, ay = (
        joints[0, 0],
        joints[0, 1],
        joints[1, 0],
        joints[1, 1],
        joints[2, 0],
        joints[2, 1],
    )
    half = 0.5
    if at <= half * (1.0 - ROUND):
        t = at / half
        return hx + t * (kx - hx), hy + t * (ky - hy)
    if at >= half + half * ROUND:
        t = (at - half) / half
        return kx + t * (ax - kx), ky + t * (ay - ky)
    t = (at - half * (1.0 - ROUND)) / (2.0 * half * ROUND)
    bx, by = kx + ROUND * (hx - kx), ky + ROUND * (hy - ky)
    cx, cy = kx + ROUND * (ax - kx), ky + ROUND * (ay - ky)
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
    return a * bx + b * kx + c * cx, a * by + b * ky + c * cy


@inlined
def _bare(at: float) -> float:
    """Half width of a bare leg, in shoulder widths."""
    if at <= 0.5:
        return LEG_HALF[0] + max(at, 0.0) * 2.0 * (LEG_HALF[1] - LEG_HALF[0])
    return LEG_HALF[1] + min(at - 0.5, 0.5) * 2.0 * (LEG_HALF[2] - LEG_HALF[1])


@inlined
def _smooth(wide: F64, side: int, row: int) -> float:
    """The mean of a row's half width and of three above and below, the nearer the heavier."""
    total, weights = 0.0, 0.0
    for k in range(max(row - 3, 0), min(row + 4, wide.shape[1])):
        weight = 4.0 - abs(row - k)
        total += weight * wide[side, k]
        weights += weight
    return total / weights


@kernel
def _seen(
    mask: U8, there: F64, x: float, y: float, nx: float, ny: float, width: float, bare: float, hands: F64
) -> float:
    """How far from its middle a leg is seen to end, in shoulder widths; 0 where that is not to be told: a hand or the
    other leg is beyond, or nobody is there at all."""
    reach, steps = OUTLINE
    for k in range(hands.shape[0]):
        dx, dy = hands[k, 0] - x - nx * bare * width, hands[k, 1] - y - ny * bare * width
        if dx * dx + dy * dy < (HAND * width) ** 2:
            return 0.0
    low = 0.5 * bare
    step = (bare + reach - low) / steps
    for i in range(steps + 1):
        away = (low + i * step) * width
        px, py = x + nx * away, y + ny * away
        u = math.floor(there[0, 0] * px + there[0, 1] * py + there[0, 2])
        v = math.floor(there[1, 0] * px + there[1, 1] * py + there[1, 2])
        shown = 0 <= u < mask.shape[1] and 0 <= v < mask.shape[0] and mask[int(v), int(u)] > 127
        if not shown:
            return 0.0 if i == 0 else low + (i - 0.5) * step
    return 0.0


@kernel
def hang_leg(
    joints: F64, frame: F64, widths: F64, width: float, end: float, out: float, squeeze: float, turn: float,
    light: tuple[float, float], mask: U8, there: F64, hands: F64, seat: F64, leg: F64, across: F64, vertices: F64,
) -> None:  # fmt: skip
    """One half of trousers. ``joints`` (3, 2) hip, knee, ankle; ``frame`` (4, 2) waist, crotch, level, down; ``widths``
    of rows as ``LowerParts`` has them, as worn; ``end`` is where along the leg it ends; ``out`` 1 for a leg at the
    picture's right."""
    above, below, columns = seat.shape[0], leg.shape[0], across.shape[0]
    lx, ly = frame[2, 0], frame[2, 1]
    hand = out if lx * frame[3, 1] - ly * frame[3, 0] > 0.0 else -out
    # The leg's own middle begins at the crotch's height.
    path = joints.copy()
    hx, hy = joints[1, 0] - joints[0, 0], joints[1, 1] - joints[0, 1]
    thigh = max(math.sqrt(hx * hx + hy * hy), 1e-6)
    start = min(CROTCH * width / thigh, 0.6)
    path[0, 0], path[0, 1] = joints[0, 0] + start * hx, joints[0, 1] + start * hy
    rails = np.empty((2, above + below, 2))
    seen = np.zeros((2, below))
    places = np.empty((below, 4))
    for row in range(below):
        place = leg[row] * end
        x, y = _along(path, place)
        ax, ay = _along(path, place + 0.03)
        bx, by = _along(path, max(place - 0.03, 0.0))
        length = max(math.sqrt((ax - bx) ** 2 + (ay - by) ** 2), 1e-6)
        # To the leg's outer side, however it turns.
        nx, ny = hand * (ay - by) / length, -hand * (ax - bx) / length
        places[row, 0], places[row, 1], places[row, 2], places[row, 3] = x, y, nx, ny
        bare = _bare(place)
        for inner in range(2):
            sign = 1.0 if inner == 0 else -1.0
            seen[inner, row] = _seen(mask, there, x, y, sign * nx, sign * ny, width, bare, hands)
    # Half widths of both sides: as it is cut, as the leg needs it, or as it is seen; then without steps.
    wide = np.empty((2, below))
    for row in range(below):
        bare = _bare(leg[row] * end)
        for inner in range(2):
            away = max(0.5 * widths[above + row], bare + 0.012)
            if seen[inner, row] > away:
                # Nearly out of sight an edge counts for little: it may be gone in the next frame.
                share = min((bare + OUTLINE[0] - seen[inner, row]) / LOSES, 1.0)
                away += max(share, 0.0) * (seen[inner, row] - away)
            wide[inner, row] = away
    for row in range(below):
        least = max(0.5 * widths[above + row], _bare(leg[row] * end) + 0.012)
        for inner in range(2):
            sign = 1.0 if inner == 0 else -1.0
            away = max(_smooth(wide, inner, row), least)
            x, y, nx, ny = places[row, 0], places[row, 1], places[row, 2], places[row, 3]
            rails[inner, above + row, 0] = x + sign * nx * away * width
            rails[inner, above + row, 1] = y + sign * ny * away * width
    # The inner side leaves the crotch and reaches the leg's own further down.
    cx, cy = frame[1, 0] + 0.5 * turn * lx, frame[1, 1] + 0.5 * turn * ly
    dx, dy = cx - rails[1, above, 0], cy - rails[1, above, 1]
    total_px = thigh + math.sqrt((joints[2, 0] - joints[1, 0]) ** 2 + (joints[2, 1] - joints[1, 1]) ** 2)
    for row in range(below):
        away = leg[row] * end * total_px / width
        share = math.exp(-((away / 0.30) ** 2))
        rails[1, above + row, 0] += share * dx
        rails[1, above + row, 1] += share * dy
    # The seat: its outer side ends where the leg's begins.
    last = widths[above - 1] * width * squeeze
    ex = rails[0, above, 0] - (frame[1, 0] + out * lx * last)
    ey = rails[0, above, 1] - (frame[1, 1] + out * ly * last)
    # What is along the leg is the leg's.
    along = ex * frame[3, 0] + ey * frame[3, 1]
    step = leg[0] * end * total_px
    ex -= min(along, step) * frame[3, 0]
    ey -= min(along, step) * frame[3, 1]
    for row in range(above):
        t = seat[row]
        qx, qy = frame[0, 0] + t * (frame[1, 0] - frame[0, 0]), frame[0, 1] + t * (frame[1, 1] - frame[0, 1])
        half = widths[row] * width * squeeze
        share = min(max(t, 0.0), 1.0) ** 2
        rails[0, row, 0] = qx + out * lx * half + share * ex
        rails[0, row, 1] = qy + out * ly * half + share * ey
        mid = turn * (1.0 - 0.5 * min(max(t, 0.0), 1.0))
        rails[1, row, 0], rails[1, row, 1] = qx + lx * mid, qy + ly * mid
    for row in range(above + below):
        ox, oy = rails[0, row, 0], rails[0, row, 1]
        ix, iy = rails[1, row, 0] - ox, rails[1, row, 1] - oy
        long = max(math.sqrt(ix * ix + iy * iy), 1e-6)
        facing = (ix * light[0] + iy * light[1]) / long
        down = 0.0 if row < above else leg[row - above] * end * total_px / width
        own_light = min(down / OWN_LIGHT, 1.0)
        for column in range(columns):
            place = min(across[column], 1.0) if row < above else across[column]
            n = row * columns + column
            vertices[n, 0], vertices[n, 1] = ox + place * ix, oy + place * iy
            u = out * (1.0 - place)
            hips = 1.0 - SEAT_SHADE * min(abs(u), 1.1) ** 4 + 0.10 * light[0] * u
            round_ = min(max(place * 2 - 1, -1.0), 1.0)
            shade = 1.0 - LEG_SHADE * abs(round_) ** 2.5 + 0.12 * facing * round_
            vertices[n, 2] = hips + own_light * (shade - hips)


@kernel
def hang_skirt(
    legs: F64, frame: F64, widths: F64, bow: F64, width: float, end: float, rise: float, fall: float, turn: float,
    light: tuple[float, float], rows: F64, breadth: F64, vertices: F64,
) -> None:  # fmt: skip
    """A skirt. ``legs`` (2, 3, 2) hip, knee, ankle of the right and the left; ``frame`` as for ``hang_leg``, its crotch
    the hips; ``widths`` (2, rows) of both sides; ``bow`` (rows,)."""
    count, columns = rows.shape[0], breadth.shape[0]
    lx, ly, dx, dy = frame[2, 0], frame[2, 1], frame[3, 0], frame[3, 1]
    middle = np.empty((count, 2))
    half = np.empty((2, count))
    for row in range(count):
        down = rows[row] * (rise + fall)
        if down <= rise:
            t = down / max(rise, 1e-6)
            for k in range(2):
                middle[row, k] = frame[0, k] + t * (frame[1, k] - frame[0, k])
            half[0, row], half[1, row] = widths[0, row], widths[1, row]
            continue
        place = (down - rise) / max(fall, 1e-6) * end
        rx, ry = _along(legs[0], place)
        qx, qy = _along(legs[1], place)
        # Cloth hangs from the hips, and goes some way with the legs.
        mx, my = (rx + qx) / 2 - frame[1, 0], (ry + qy) / 2 - frame[1, 1]
        fell = math.sqrt(mx * mx + my * my)
        middle[row, 0] = frame[1, 0] + WITH_LEGS * mx + (1.0 - WITH_LEGS) * fell * dx
        middle[row, 1] = frame[1, 1] + WITH_LEGS * my + (1.0 - WITH_LEGS) * fell * dy
        bare = _bare(place) + 0.03
        # It goes round both legs; where one steps aside it is drawn out, some way above and below, too.
        right = -((rx - middle[row, 0]) * lx + (ry - middle[row, 1]) * ly) / width
        left = ((qx - middle[row, 0]) * lx + (qy - middle[row, 1]) * ly) / width
        half[0, row] = max(widths[0, row], right + bare)
        half[1, row] = max(widths[1, row], left + bare)
    for row in range(count):
        for side in range(2):
            away = max(_smooth(half, side, row), widths[side, row])
            for column in range(columns):
                if (breadth[column] < 0) != (side == 0):
                    continue
                n = row * columns + column
                u = abs(breadth[column])
                hangs = bow[row] * (1.0 - min(u, 1.0) ** 2)
                out = breadth[column] * away + turn / width * (1.0 - min(u, 1.0) ** 2)
                vertices[n, 0] = middle[row, 0] + (out * lx + hangs * dx) * width
                vertices[n, 1] = middle[row, 1] + (out * ly + hangs * dy) * width
                shade = (
                    1.0
                    - SEAT_SHADE * min(u, 1.1) ** 4
                    + 0.10 * light[0] * min(max(breadth[column], -1.0), 1.0)
                )
                vertices[n, 2] = shade
