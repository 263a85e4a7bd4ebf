"""Which of what stands before the wall is the frame, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import BadAsset
from tryon.frame import F32, U8, Rect

# Below this a rim is a pixel or two.
WIDTH_MIN_PX: Final = 300
# Fronts are so many times as wide as high; with temples seen below the front a little less.
_ASPECT: Final = (1.55, 7.0)
# A second thing of this part of the first one's width and height is a frame, too.
_SECOND: Final = 0.6
# Less than this of the picture's width is no frame.
_SMALLEST: Final = 0.12
# Of the largest thing's area: less is dust.
_DUST: Final = 0.004
# Gaps that a shine tears into a rim, as wide as wire, are closed, as a part of the picture's width.
_CLOSE: Final = 0.012
_NO_FRAME: Final = (
    "No frame was found in the photo; photograph one frame from the front, filling most of the picture, on a plain "
    "background."
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """``cover`` (h, w) 0..1 of the frame alone; ``filled`` (h, w) 0 or 255 without any holes; ``box`` around it."""

    cover: F32
    filled: U8
    box: Rect


def find_frame(cover: F32) -> Found:
    """Raises BadAsset: none, two, cut off, too small, not seen from the front."""
    height, width = cover.shape
    inside = (cover > 0.5).astype(np.uint8)
    side = 2 * max(round(_CLOSE * width / 2), 1) + 1
    closed = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)
    count, *told = cv2.connectedComponentsWithStats(closed)
    labels, stats = np.asarray(told[0], np.int32), np.asarray(told[1], np.int32)
    if count < 2:
        raise BadAsset(_NO_FRAME, field="upload")
    order = 1 + np.argsort(stats[1:, cv2.CC_STAT_WIDTH] * stats[1:, cv2.CC_STAT_HEIGHT])[::-1]
    _one_alone(stats[order[:4]])
    own = _belonging(labels, stats, order)
    left, top, wide, high = cv2.boundingRect(own)
    if left <= 1 or top <= 1 or left + wide >= width - 1 or top + high >= height - 1:
        raise BadAsset(
            "The frame is cut off at the photo's edge; leave some background on all four sides.",
            field="upload",
        )
    contours, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # However the camera was turned.
    short, long = sorted(cv2.minAreaRect(np.concatenate(contours))[1])
    if wide < _SMALLEST * width or not _ASPECT[0] < long / max(short, 1.0) < _ASPECT[1]:
        raise BadAsset(_NO_FRAME, field="upload")
    if wide < WIDTH_MIN_PX:
        raise BadAsset(
            f"The frame is {wide} pixels wide in the photo; take one where it has at least {WIDTH_MIN_PX}.",
            field="upload",
        )
    filled = np.zeros((height, width), np.uint8)
    cv2.drawContours(filled, contours, -1, [255], -1)
    near = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)), np.uint8)
    alone = np.where(near > 0, cover, 0.0).astype(np.float32)
    return Found(alone, filled, Rect(left, top, left + wide, top + high))


def _one_alone(stats: NDArray[np.int32]) -> None:
    """Raises BadAsset where the second largest thing is a frame as well as the first."""
    first, *others = stats
    for other in others:
        wide, high = int(other[cv2.CC_STAT_WIDTH]), int(other[cv2.CC_STAT_HEIGHT])
        large = wide > _SECOND * first[cv2.CC_STAT_WIDTH] and high > _SECOND * first[cv2.CC_STAT_HEIGHT]
        # Two lenses whose wires are hardly seen are one frame.
        if large and wide / high > _ASPECT[0]:
            raise BadAsset(
                "There is more than one frame in the photo; photograph one at a time.", field="upload"
            )


def _belonging(labels: NDArray[np.int32], stats: NDArray[np.int32], order: NDArray[np.intp]) -> U8:
    """The largest thing, and with it what is no dust and lies as high: the parts of a frame that light tears apart."""
    first = stats[order[0]]
    kept = [int(order[0])]
    for other in order[1:12]:
        top, high = stats[other, cv2.CC_STAT_TOP], stats[other, cv2.CC_STAT_HEIGHT]
        middle = top + high / 2
        beside = first[cv2.CC_STAT_TOP] <= middle <= first[cv2.CC_STAT_TOP] + first[cv2.CC_STAT_HEIGHT]
        if beside and stats[other, cv2.CC_STAT_AREA] > _DUST * first[cv2.CC_STAT_AREA]:
            kept.append(int(other))
    return np.isin(labels, kept).astype(np.uint8)
