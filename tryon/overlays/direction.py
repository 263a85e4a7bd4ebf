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

from tryon.frame import F32, F64, U8
from tryon.geometry.steady import Head
from tryon.geometry.wearer import normals

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
    height, width = bgr.shape[:2]
    xy = head.points_px[SKIN, :2].astype(np.intp)
    facing = normals()[SKIN] @ head.pose.rotation.T
    inside = (xy >= 1).all(axis=1) & (xy[:, 0] < width - 1) & (xy[:, 1] < height - 1)
    seen = inside & (facing[:, 2] < -FACING_MIN)
    if np.count_nonzero(seen) < POINTS_MIN:
        return None
    x, y = xy[seen].T
    patches = np.stack([bgr[y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    shine = np.median(to_linear[patches] @ luminance, axis=0).astype(np.float64)
    middle = float(np.median(shine))
    if middle <= 0:
        return None
    return _fitted(shine / middle, facing[seen])


def _fitted(shine: F64, facing: F64) -> Direction:
    """Reweighted least squares (Huber) with the usual light as a few points more."""
    rows = np.column_stack([np.ones(len(facing)), facing])
    held = np.diag((0.0, *HELD))
    pull = held @ np.array((0.0, *USUAL))
    weights = np.ones(len(rows))
    for _ in range(ROUNDS):
        weighed = rows * weights[:, None]
        level, *slope = np.linalg.solve(rows.T @ weighed + held, weighed.T @ shine + pull)
        off = shine - rows @ np.array((level, *slope))
        spread = float(np.median(np.abs(off))) / 0.6745 + 1e-6
        weights = 1 / np.maximum(1.0, np.abs(off) / (OUTLIER * spread))
    x, y, z = (float(np.clip(part / max(level, 1e-3), -STRONGEST, STRONGEST)) for part in slope)
    return x, y, z
