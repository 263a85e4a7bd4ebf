"""Which skin before a garment is the wearer's hands and arms."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8

# Skin of a hand or an arm begins within this of its bones.
ATTACHED: Final = 0.11


@kernel
def put_before(maps: U8, limbs: U8) -> None:
    """Hands and bare arms, (h, w), stay before the garment, and what stays is neither covered nor cloth with folds.
    ``maps`` (5+, h, w) are ``worn``'s."""
    for y in range(limbs.shape[0]):
        for x in range(limbs.shape[1]):
            front = max(maps[0, y, x], limbs[y, x])
            maps[0, y, x] = front
            maps[4, y, x] = max(maps[4, y, x], limbs[y, x])
            if front > 0:
                for number in range(2, 4):
                    maps[number, y, x] = int(maps[number, y, x] * (255 - int(front)) / 255.0 + 0.5)


def attached(limbs: U8, bones: F32, unit: float) -> U8:
    """Skin of hands and arms (h, w) without what does not hang together with their bones, a print of skin's colour
    beside. ``bones`` (2, 4, 2): shoulder, elbow, wrist, finger tips; ``unit`` the shoulders' width."""
    x, y, width, height = cv2.boundingRect(limbs)
    if width == 0:
        return limbs
    part = limbs[y : y + height, x : x + width]
    _, solid = cv2.threshold(part, 100, 255, cv2.THRESH_BINARY)
    paths: U8 = np.zeros((height, width), np.uint8)
    for arm in bones:
        path = np.rint(np.clip(arm[1:] - (x, y), -8192, 8192) * 16 - 8).astype(np.int32)
        cv2.polylines(paths, [path], False, (1.0,), max(round(2 * ATTACHED * unit), 3), cv2.LINE_8, 4)
    count, labels = cv2.connectedComponents(solid, connectivity=8, ltype=cv2.CV_16U)
    table = np.zeros(count, np.uint8)
    table[labels[paths > 0]] = 255
    table[0] = 0
    kept = cv2.dilate(table[labels], np.ones((5, 5), np.uint8))
    out: U8 = np.zeros_like(limbs)
    cv2.bitwise_and(part, kept, out[y : y + height, x : x + width])
    return out
