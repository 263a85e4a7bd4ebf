"""Where the light comes from, read off the wearer's own face.

A matte surface under wide light shines as L = ρ · (a + b · n): its irradiance in the first order of spherical harmonics
(Ramamoorthi and Hanrahan, "An efficient representation for irradiance environment maps", 2001), n its normal. A face
has one albedo where there is no hair, lip or eye, and its normals are known from the pose. So b/a is fitted to the
luminance of its skin. A face shows half of all normals only, so towards what lighting usually is the fit is held:
loosely across and up and down, firmly along the view.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import F32, F64, U8
from tryon.geometry.steady import Head
from tryon.geometry.wearer import normals
from tryon.overlays.patches import median
from tryon.perception.landmarks import Indices

Direction: TypeAlias = tuple[float, float, float]

# Forehead, cheeks, nose, and the chin's skin: no brows, eyes, lips.
SKIN: Final = np.array(
    [
        50, 280, 101, 330, 117, 346, 36, 266, 151, 108, 337, 9, 205, 425, 118, 347, 119, 348, 123, 352, 187, 411, 69,
        299, 104, 333, 67, 297, 109, 338, 10, 21, 251, 116, 345, 111, 340, 147, 376, 207, 427, 192, 416, 213, 433, 214,
        434, 142, 371, 126, 355, 203, 423, 206, 426, 216, 436, 6, 197, 195, 5, 4, 1, 2, 199, 175, 200, 18, 194, 418,
        201, 421, 208, 428,
    ],
    np.intp,
)  # fmt: skip
# Camera space (x right, y down, z away): what a room's light usually is, from above and from the camera's side.
USUAL: Final[Direction] = (0.0, -0.35, -0.3)
# So many points' worth of trust in that, along each axis.
HELD: Final = (1.0, 1.0, 12.0)
# Points that face the camera less than this (cosine) are seen at a slant, or not at all.
FACING_MIN: Final = 0.25
# A point that differs by more than so many robust spreads is a beard, a shadow's edge or a highlight.
OUTLIER: Final = 1.5
ROUNDS: Final = 5
# Further than this a face's dark side would be black, and the room's second reflections see to it that it is not.
STRONGEST: Final = 0.8
POINTS_MIN: Final = 20


def light_direction(bgr: U8, head: Head, to_linear: F32, luminance: F32) -> Direction | None:
    """b/a in camera space, towards the light; None where too little of the face is in the picture.

    ``to_linear`` (256,) decodes the picture's codes, ``luminance`` (3,) weighs blue, green and red.
    """
    shine, facing = np.empty(len(SKIN)), np.empty((len(SKIN), 3))
    count = _read(
        sealed(bgr), head.points_px, SKIN, normals(), head.pose.rotation, FACING_MIN, to_linear, luminance, shine,
        facing,
    )  # fmt: skip
    if count < POINTS_MIN:
        return None
    middle = float(np.median(shine[:count]))
    if middle <= 0:
        return None
    return _fitted(shine[:count] / middle, facing[:count])


@quick
def _read(
    bgr: U8, points: F32, places: Indices, normals: F64, rotation: F64, facing_min: float, linear: F32, weights: F32,
    shine: F64, facing: F64,
) -> int:  # fmt: skip
    """The luminance of the skin at those of ``places`` that are in the picture and face it, and their normals in camera
    space; returns how many they are."""
    nine = np.empty(9, np.float32)
    count = 0
    for i in range(places.shape[0]):
        p = places[i]
        x, y = int(points[p, 0]), int(points[p, 1])
        if x < 1 or y < 1 or x >= bgr.shape[1] - 1 or y >= bgr.shape[0] - 1:
            continue
        for k in range(3):
            facing[count, k] = (
                rotation[k, 0] * normals[p, 0]
                + rotation[k, 1] * normals[p, 1]
                + rotation[k, 2] * normals[p, 2]
            )
        if facing[count, 2] >= -facing_min:
            continue
        n = 0
        for row in range(y - 1, y + 2):
            for column in range(x - 1, x + 2):
                nine[n] = 0.0
                for k in range(3):
                    nine[n] += linear[bgr[row, column, k]] * weights[k]
                n += 1
        shine[count] = median(nine, 9)
        count += 1
    return count


def _fitted(shine: F64, facing: F64) -> Direction:
    """Reweighted least squares (Huber) with the usual light as a few points more."""
    rows = np.column_stack([np.ones(len(facing)), facing])
    held = np.diag((0.0, *HELD))
    pull = held @ np.array((0.0, *USUAL))
    weighed = rows
    for _ in range(ROUNDS):
        found = np.linalg.solve(rows.T @ weighed + held, weighed.T @ shine + pull)
        off = np.abs(shine - rows @ found)
        half = len(off) // 2
        middle = np.partition(off, half)[half] / 0.6745 + 1e-6
        weighed = rows / np.maximum(1.0, off / (OUTLIER * middle))[:, None]
    level, *slope = found.tolist()
    x, y, z = (min(max(part / max(level, 1e-3), -STRONGEST), STRONGEST) for part in slope)
    return x, y, z
