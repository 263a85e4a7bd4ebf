"""The whites of the wearer's eyes: the one near-white thing that every face has, in the very light that falls on it.

A skin's colour says little of the light before the skin is known; the eye's white is much the same in everybody. It is
read beside each iris, towards both corners of the eye, where it is least in the lids' shadow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F32, U8
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

# An eye's two corners in the picture of a face that looks at the camera, from left to right: the wearer's right eye.
_EYES: Final = ((at.RIGHT_IRIS, (33, 133)), (at.LEFT_IRIS, (362, 263)))
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
    height, width = bgr.shape[:2]
    points = head.points_px[:, :2]
    places, widths = [], []
    for iris, corners in _EYES:
        ring = points[list(iris)]
        left, right = ring[ring[:, 0].argmin()], ring[ring[:, 0].argmax()]
        outer, inner = sorted((points[corners[0]], points[corners[1]]), key=lambda point: float(point[0]))
        places += [outer + (left - outer) * BESIDE_IRIS, inner + (right - inner) * BESIDE_IRIS]
        widths.append(float(np.hypot(*(inner - outer))))
    trust = (min(widths) - SEEN_PX[0]) / (SEEN_PX[1] - SEEN_PX[0])
    xy = np.array(places).astype(np.intp)
    if trust <= 0 or (xy < 1).any() or (xy[:, 0] > width - 2).any() or (xy[:, 1] > height - 2).any():
        return None
    patches = np.stack([bgr[xy[:, 1] + dy, xy[:, 0] + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    colours = np.median(to_linear[patches], axis=0)
    best = colours[np.argsort(colours @ luminance)[-BRIGHTEST:]].mean(axis=0)
    shines = float(best @ luminance)
    if shines <= max(SLIT * skin, 1e-4):
        return None
    tint = np.maximum(best / shines, 1e-3) / USUAL
    return EyeWhite(shines, np.asarray(tint / float(tint @ luminance), np.float32), min(trust, 1.0))
