"""The shadow that a garment's edges cast on who wears it: below a hem, a cuff and a collar, and beside them.

Without it cloth looks cut out and laid on. It is the ambient light that an edge keeps from what is close behind it: the
garment's own coverage, blurred over some millimetres and lowered by a few, for rooms are lit from above.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8

# How much of the light is taken where all around is covered; half of it at an edge.
STRENGTH: Final = 0.46
# How far the shadow reaches and how far it falls, in shoulder widths.
REACH: Final = 0.030
FALLS: Final = 0.014


def edge_shadow(sheet: F32, person: U8, cell: int, width_px: float) -> U8:
    """The share of its light that each pixel of the ``sheet`` (h, w, 4) loses, 0..255, (h, w). ``person`` tells with
    one cell for ``cell`` pixels each way who can be in shadow; ``width_px`` is the shoulders' width."""
    covered = sheet[cell // 2 :: cell, cell // 2 :: cell, 3]
    small = cv2.convertScaleAbs(np.ascontiguousarray(covered), alpha=255.0 * STRENGTH)
    np.minimum(small, round(255 * STRENGTH), out=small)
    side = 2 * max(round(REACH * width_px / cell), 1) + 1
    # Two boxes are nearly a Gaussian. Beyond the rectangle there is no garment.
    soft = cv2.blur(small, (side, side), borderType=cv2.BORDER_CONSTANT)
    soft = cv2.blur(soft, (side, side), borderType=cv2.BORDER_CONSTANT)
    falls = round(FALLS * width_px / cell)
    lower = np.zeros_like(soft)
    lower[falls:] = soft[: len(soft) - falls]
    cast = cv2.multiply(lower, person, scale=1 / 255.0)
    return np.asarray(cv2.resize(cast, (sheet.shape[1], sheet.shape[0])), np.uint8)
