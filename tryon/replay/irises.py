"""Irises painted into a picture of a face: where their middles are is known, and no network's word."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.head import IRIS_MM
from tryon.perception import landmarks as at

FINE: Final = 8  # times as many pixels while an eye is painted
BLUR_PX: Final = 0.6
# An iris of any colour is darker towards its rim, its rim is as soft as the cornea's; mm.
COLOURS: Final = {
    "blue": ((165, 130, 95), (95, 70, 45)),
    "green": ((85, 115, 100), (45, 65, 55)),
    "brown": ((40, 60, 95), (20, 32, 55)),
    "black": ((24, 28, 36), (14, 17, 22)),
}
WHITE: Final = (200, 202, 212)
PUPIL: Final = (12, 12, 14)
PUPIL_MM: Final = 1.9
RIM_MM: Final = 1.3
SOFT_MM: Final = 0.6
# The upper lid's shadow on the eye, and a window's or a screen's highlight: place beside the middle, and radius; mm.
SHADOW: Final = 0.35
SHADOW_MM: Final = 1.6
LIGHT_MM: Final = (-1.4, -1.0, 0.8)
LIGHT: Final = (250, 250, 250)
# The upper lid's part of an eye's outline: from the outer corner to the inner one, by the other way round.
UPPER: Final = slice(8, None)


def painted(
    bgr: U8, points_px: F32 | F64, middles_px: F64, colour: str, px_per_mm: float, squeeze: float = 1.0
) -> U8:
    """A copy of the picture whose face looks with irises of 11.7 mm at ``middles_px`` (2, 2), the right one first.

    ``points_px`` (478, 2 or 3) are its landmarks, whose outlines of the eyes hide what is beyond; ``squeeze`` is an
    iris' width over its height, where it is seen aslant.
    """
    out = bgr.copy()
    for middle, ring in zip(middles_px, (at.RIGHT_EYE, at.LEFT_EYE), strict=True):
        _paint(out, np.asarray(points_px[ring, :2], np.float64), middle, colour, px_per_mm, squeeze)
    return out


def _paint(out: U8, ring: F64, middle: F64, colour: str, px_per_mm: float, squeeze: float) -> None:
    left, top = np.maximum(np.floor(ring.min(0) - 3), 0).astype(int)
    right, bottom = np.ceil(ring.max(0) + 3).astype(int)
    part = out[top:bottom, left:right]
    height, width = part.shape[:2]
    x, y = ((np.arange(size * FINE) + 0.5) / FINE + start for size, start in ((width, left), (height, top)))
    dx, dy = (x[None, :] - middle[0]) / px_per_mm, (y[:, None] - middle[1]) / px_per_mm
    eye = _eye(np.hypot(dx / squeeze, dy), colour)
    upper = np.vstack([ring[UPPER], ring[:1]])
    upper = upper[np.argsort(upper[:, 0])]
    below = (y[:, None] - np.interp(x, upper[:, 0], upper[:, 1])[None, :]) / px_per_mm
    eye *= 1 - SHADOW * np.exp(-np.maximum(below, 0) / SHADOW_MM)[..., None]
    light_x, light_y, light_mm = LIGHT_MM
    lit = _within(np.hypot(dx - light_x, dy - light_y), light_mm, 0.2)
    eye = eye * (1 - lit) + np.array(LIGHT) * lit
    open_to: U8 = np.zeros((height * FINE, width * FINE), np.uint8)
    cv2.fillPoly(open_to, [np.round((ring - (left, top)) * FINE).astype(np.int32)], (255.0,))
    share = cv2.resize(open_to, (width, height), interpolation=cv2.INTER_AREA)[..., None] / 255
    small = cv2.resize(eye, (width, height), interpolation=cv2.INTER_AREA)
    mixed = part * (1 - share) + small * share
    soft = cv2.GaussianBlur(mixed, (0, 0), BLUR_PX)
    part[:] = np.clip(soft + 0.5, 0, 255).astype(np.uint8)


def _eye(rho_mm: F64, colour: str) -> F64:
    """An eyeball's colours at so many millimetres from its iris' middle."""
    body, rim = (np.array(one, np.float64) for one in COLOURS[colour])
    radius = IRIS_MM / 2
    inner = _within(rho_mm, radius - RIM_MM / 2, RIM_MM)
    iris = body * inner + rim * (1 - inner)
    pupil = _within(rho_mm, PUPIL_MM, 0.25)
    iris = iris * (1 - pupil) + np.array(PUPIL) * pupil
    seen = _within(rho_mm, radius, SOFT_MM)
    return np.asarray(iris * seen + np.array(WHITE) * (1 - seen), np.float64)


def _within(distance: F64, radius: float, soft: float) -> F64:
    """1 inside, 0 outside, half at the radius; (height, width, 1)."""
    share = np.clip((radius - distance) / soft + 0.5, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float64)[..., None]
