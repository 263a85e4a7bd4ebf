"""A picture's colours at places between its pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32


def looked_up(
    picture: NDArray[Any],
    x: NDArray[Any],
    y: NDArray[Any],
    *,
    beyond: float | None = None,
    how: int = cv2.INTER_LINEAR,
) -> F32:
    """``picture`` (h, w) or (h, w, 3), uint8 or float32, at ``x`` and ``y`` (n, m): pixel centres lie at integers.

    Outside of it is ``beyond``, or without one the pixel at its edge.
    """
    border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
    outside = (float(beyond or 0.0),) * 4
    maps = x.astype(np.float32), y.astype(np.float32)
    return np.asarray(cv2.remap(picture, *maps, how, borderMode=border, borderValue=outside), np.float32)
