"""A hand that is drawn: rods about its bones, lit from above, as mottled as skin and of a given skin's colour."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.frame import F32, F64, U8

# Canvas of 160 × 160 units with the hand's middle at (50, 50): (begin, end, radius there, radius here).
_RODS = (
    ((50, 70), (50, 92), 20.0, 16.0),
    ((50, 95), (56, 165), 15.0, 20.0),
    ((34, 62), (29.5, 32), 6.0, 4.6),
    ((44, 62), (42.5, 26), 6.0, 4.6),
    ((54, 62), (55.5, 25), 6.0, 4.6),
    ((64, 62), (68.5, 31), 6.0, 4.6),
    ((36, 78), (18, 55), 7.0, 5.0),
)
_LIGHT = np.array([-0.3, -0.55, 0.78])
UNITS = 160
SIDE_PX = 320


def open_hand(skin_bgr: F64, seed: int = 5) -> tuple[F32, F32]:
    """An open hand with its forearm, fingers up: colours (SIDE_PX, SIDE_PX, 3), and what of it is hand."""
    scale = SIDE_PX / UNITS
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / scale
    height, part = np.zeros((SIDE_PX, SIDE_PX)), np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for number, (begin, end, there, here) in enumerate(_RODS):
        along = np.subtract(end, begin).astype(np.float64)
        t = np.clip(((x - begin[0]) * along[0] + (y - begin[1]) * along[1]) / (along @ along), 0, 1)
        radius = there + (here - there) * t
        away = np.hypot(x - begin[0] - t * along[0], y - begin[1] - t * along[1])
        rises = np.sqrt(np.clip(1 - (away / radius) ** 2, 0, None)) * radius
        part[(rises > height) & (away < radius)] = number + 1
        height = np.maximum(height, rises)
    down, right = (slope * scale for slope in np.gradient(cv2.GaussianBlur(height, (0, 0), 1.2 * scale)))
    shade = (-right * _LIGHT[0] - down * _LIGHT[1] + _LIGHT[2]) / np.sqrt(right**2 + down**2 + 1)
    shade = 0.45 + 0.62 * np.clip(shade, 0, 1)
    creases = (cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0) & (part > 0)
    shade *= 1 - 0.25 * cv2.GaussianBlur(creases.astype(np.float64), (0, 0), 0.6 * scale)
    random = np.random.default_rng(seed)
    for sigma, depth in ((1.5, 0.03), (7.0, 0.05)):
        mottles = cv2.GaussianBlur(random.normal(0, 1, shape := (SIDE_PX, SIDE_PX)), (0, 0), sigma * scale)
        shade *= 1 + depth * mottles.reshape(shape) / mottles.std()
    colours = (skin_bgr / 0.85 * shade[..., None]).astype(np.float32)
    return colours, (part > 0).astype(np.float32)


def held(bgr: U8, hand: tuple[F32, F32], middle_px: F64, size_px: float) -> tuple[U8, F32]:
    """The picture with the hand before it, a hand's length of ``size_px`` / 0.7, and how much of each pixel it is."""
    scale = size_px * UNITS / 100 / SIDE_PX
    x, y = middle_px - scale * SIDE_PX * 50 / UNITS
    matrix = np.array([[scale, 0, x], [0, scale, y]])
    size = (bgr.shape[1], bgr.shape[0])
    colours = cv2.warpAffine(hand[0], matrix, size)
    share = np.asarray(cv2.GaussianBlur(cv2.warpAffine(hand[1], matrix, size), (0, 0), 0.7), np.float32)
    mixed = bgr * (1 - share[..., None]) + colours * share[..., None]
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), share
