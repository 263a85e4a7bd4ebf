"""The whites of the wearer's eyes: the one near-white thing that every face has, in the very light that falls on it.

A skin's colour says little of the light before the skin is known; the eye's white is much the same in everybody. It is
read beside each iris, towards both corners of the eye, where it is least in the lids' shadow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import F32, U8
from tryon.geometry.steady import Head
from tryon.overlays.patches import patch_median
from tryon.perception import landmarks as at

# Each eye's iris, and its two corners.
_EYES: Final = np.array([[*at.RIGHT_IRIS, 33, 133], [*at.LEFT_IRIS, 362, 263]], np.intp)
# Of the way from an eye's corner to its iris.
BESIDE_IRIS: Final = 0.55
# Of the four places the brightest two: the others lie in shadow, or under a lash.
BRIGHTEST: Final = 2
# An eye's white that is darker than this part of the skin is a slit between lashes.
SLIT: Final = 0.3
# Linear blue, green and red of an eye's white in white light, over its luminance. Blue to red: the median of eight
# people before white-balanced cameras was 1 to 1.42 (1.25 to 1.65); green in between is assumed.
USUAL: Final = np.array([0.82, 0.97, 1.17], np.float32)
# Its luminance over that of diffuse white: a little under two thirds reflected, in some shade of the lids.
REFLECTS: Final = 0.55
# Eyes narrower than the first say nothing, wider than the second all that they can, in pixels.
SEEN_PX: Final = (18.0, 32.0)


@dataclass(frozen=True, slots=True, eq=False)
class EyeWhite:
    """``luminance`` as seen, ``tint`` (3,) blue, green and red of the light that falls on it over its luminance,
    ``trust`` 0..1 by how large the eyes are seen."""

    luminance: float
    tint: F32
    trust: float


def eye_white(bgr: U8, head: Head, to_linear: F32, luminance: F32, skin: float) -> EyeWhite | None:
    """What the eyes tell; None where they are small, outside the picture, or nearly shut.

    ``to_linear`` (256,) decodes the picture's codes, ``luminance`` (3,) weighs blue, green and red; ``skin`` is the
    luminance of the skin around.
    """
    best: F32 = np.empty(3, np.float32)
    width = _beside_irises(
        sealed(bgr), head.points_px, _EYES, BESIDE_IRIS, BRIGHTEST, to_linear, luminance, best
    )
    trust = (width - SEEN_PX[0]) / (SEEN_PX[1] - SEEN_PX[0])
    if trust <= 0:
        return None
    shines = float(best @ luminance)
    if shines <= max(SLIT * skin, 1e-4):
        return None
    tint = np.maximum(best / shines, 1e-3) / USUAL
    return EyeWhite(shines, np.asarray(tint / float(tint @ luminance), np.float32), min(trust, 1.0))


@quick
def _beside_irises(
    bgr: U8, points: F32, eyes: at.Indices, share: float, most: int, linear: F32, weights: F32, out: F32
) -> float:
    """Mean colour of the ``most`` brightest places, ``share`` of the way from each eye's corners to its iris.

    ``eyes`` has a row for each eye: its iris, then two corners. Returns the width of the narrower eye; 0 where a place
    lies outside the picture.
    """
    colours, shine = np.empty((2 * eyes.shape[0], 3), np.float32), np.empty(2 * eyes.shape[0], np.float32)
    scratch = np.empty(9, np.float32)
    last = eyes.shape[1] - 1
    narrower = np.inf
    for eye in range(eyes.shape[0]):
        left, right = eyes[eye, 0], eyes[eye, 0]
        for i in range(1, last - 1):
            if points[eyes[eye, i], 0] < points[left, 0]:
                left = eyes[eye, i]
            if points[eyes[eye, i], 0] > points[right, 0]:
                right = eyes[eye, i]
        outer, inner = eyes[eye, last - 1], eyes[eye, last]
        if points[outer, 0] > points[inner, 0]:
            outer, inner = inner, outer
        across, down = points[inner, 0] - points[outer, 0], points[inner, 1] - points[outer, 1]
        narrower = min(narrower, float(np.sqrt(across * across + down * down)))
        for side in range(2):
            corner, rim = (outer, left) if side == 0 else (inner, right)
            x = int(points[corner, 0] + (points[rim, 0] - points[corner, 0]) * share)
            y = int(points[corner, 1] + (points[rim, 1] - points[corner, 1]) * share)
            if x < 1 or y < 1 or x > bgr.shape[1] - 2 or y > bgr.shape[0] - 2:
                return 0.0
            n = 2 * eye + side
            shine[n] = 0.0
            for k in range(3):
                colours[n, k] = patch_median(bgr, x, y, linear, k, scratch)
                shine[n] += colours[n, k] * weights[k]
    out[:] = 0.0
    for _ in range(most):
        best = 0
        for n in range(1, shine.shape[0]):
            if shine[n] > shine[best]:
                best = n
        shine[best] = -1.0
        for k in range(3):
            out[k] += colours[best, k] / most
    return narrower
