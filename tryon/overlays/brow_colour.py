"""What colour somebody's brows are: the hair of both, as the picture shows it."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import F32, U8
from tryon.geometry.steady import Head
from tryon.overlays.patches import patch_mean
from tryon.perception import landmarks as at
from tryon.render import transfer

# The brows' lower and upper edges, from the inner end outwards, without the tails, where hair is thin.
_EDGES: Final = np.array(
    [[(55, 65, 52, 53), (107, 66, 105, 63)], [(285, 295, 282, 283), (336, 296, 334, 293)]], np.intp
)
# Places between two landmarks along a brow, and between its edges.
ALONG: Final = 3
ACROSS: Final = np.array([0.1, 0.25, 0.4, 0.55, 0.7], np.float32)
# So much of what was looked at is hair: the darkest. (Of more of it thin brows are partly skin, and black ones grey.)
HAIR_PART: Final = 0.2


def brow_colour(bgr: U8, head: Head, haze: float = 0.0) -> F32:
    """Mean linear blue, green, red (3,) of the brows' hair, without the camera's haze."""
    found: F32 = np.empty(3, np.float32)
    _darkest(sealed(bgr), head.points_px, _EDGES, ALONG, ACROSS, HAIR_PART, transfer.to_linear(haze), found)
    return found


@quick
def _darkest(
    bgr: U8, points: F32, edges: at.Indices, along: int, across: F32, part: float, to_linear: F32, found: F32
) -> None:
    count = 0
    most = edges.shape[0] * (edges.shape[2] - 1) * along * across.shape[0]
    colours, shine = np.empty((most, 3), np.float32), np.empty(most, np.float32)
    for brow in range(edges.shape[0]):
        for k in range(edges.shape[2] - 1):
            low0, low1 = edges[brow, 0, k], edges[brow, 0, k + 1]
            high0, high1 = edges[brow, 1, k], edges[brow, 1, k + 1]
            for i in range(along):
                u = (i + 0.5) / along
                for j in range(across.shape[0]):
                    v = across[j]
                    x = (1 - v) * ((1 - u) * points[low0, 0] + u * points[low1, 0])
                    x += v * ((1 - u) * points[high0, 0] + u * points[high1, 0])
                    y = (1 - v) * ((1 - u) * points[low0, 1] + u * points[low1, 1])
                    y += v * ((1 - u) * points[high0, 1] + u * points[high1, 1])
                    column = min(max(int(x), 1), bgr.shape[1] - 2)
                    row = min(max(int(y), 1), bgr.shape[0] - 2)
                    for channel in range(3):
                        colours[count, channel] = patch_mean(bgr, column, row, to_linear, channel)
                    shine[count] = (
                        0.0722 * colours[count, 0] + 0.7152 * colours[count, 1] + 0.2126 * colours[count, 2]
                    )
                    count += 1
    darkest = np.argsort(shine)
    kept = max(int(part * count), 1)
    for channel in range(3):
        total = 0.0
        for n in range(kept):
            total += colours[darkest[n], channel]
        found[channel] = max(total / kept, 1e-4)
