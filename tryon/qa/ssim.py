"""Structural similarity of two pictures.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE
Transactions on Image Processing 13 (2004): Gaussian windows of 11 × 11 pixels with σ = 1.5, K = 0.01 and 0.03, on luma,
averaged over every place where the window lies inside the picture.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8

_RADIUS: Final = 5
_SIGMA: Final = 1.5
_C1: Final = (0.01 * 255) ** 2
_C2: Final = (0.03 * 255) ** 2


def ssim(now: U8, before: U8) -> float:
    """Of two BGR pictures of one size, at least 11 pixels a side: 1 where they are equal, lower where not.

    Away from what differs every window is equal, so only the rectangle around that is looked at.
    """
    one, other = cv2.cvtColor(now, cv2.COLOR_BGR2GRAY), cv2.cvtColor(before, cv2.COLOR_BGR2GRAY)
    differs = one != other
    height, width = one.shape
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 1.0
    part = _around(rows, height), _around(columns, width)
    found = _map(one[part].astype(np.float32), other[part].astype(np.float32))
    windows = (height - 2 * _RADIUS) * (width - 2 * _RADIUS)
    return float(1.0 - np.sum(1.0 - found, dtype=np.float64) / windows)


def _around(places: np.ndarray[tuple[int, ...], np.dtype[np.intp]], size: int) -> slice:
    """The places and the windows that see them, with what these windows see besides; one window at least."""
    start, stop = max(int(places[0]) - 2 * _RADIUS, 0), min(int(places[-1]) + 2 * _RADIUS + 1, size)
    return slice(start, stop)


def _map(one: F32, other: F32) -> F32:
    """The similarity of each window that lies inside."""
    mean_1, mean_2 = _blur(one), _blur(other)
    square_1, square_2, product = mean_1 * mean_1, mean_2 * mean_2, mean_1 * mean_2
    spread = _blur(one * one) - square_1 + _blur(other * other) - square_2
    together = _blur(one * other) - product
    above = (2 * product + _C1) * (2 * together + _C2)
    return np.asarray(above / ((square_1 + square_2 + _C1) * (spread + _C2)), np.float32)


def _blur(picture: F32) -> F32:
    side = 2 * _RADIUS + 1
    blurred = cv2.GaussianBlur(picture, (side, side), _SIGMA)
    return blurred[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]  # type: ignore[return-value]
