"""From cells that something covers to soft shares of pixels, with edges where the picture has them.

The cells are laid into a small grid over the picture and filtered with the picture as a guide, each cell as heavy as it
is sure (He, Sun, Tang, "Guided image filtering", 2010, with weighted means; the linear model found in the small picture
is applied to the large one, He and Sun, "Fast guided filter", 2015).
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.compare import logs
from tryon.overlays.front import Front
from tryon.overlays.memory import Covered
from tryon.perception import landmarks as at

# Faces wider than this are worked on smaller.
FACE_PX: Final = 90.0
# Half a window of the guided filter, in pixels of the small grid, and the log luminance below which it sees no edge.
WINDOW: Final = 5
FLAT: Final = 0.03
# Below the first nothing is covered, above the second all of it: what is doubtful shows the product.
SOFT: Final = (0.3, 0.75)


def front_of(covered: Covered, bgr: U8, head: Head, around: Rect) -> Front | None:
    """What is before the head within ``around``; None where no cell is covered."""
    places = covered.places_px[(covered.share > SOFT[0] / 2) & (covered.weight > 0)]
    if not len(places):
        return None
    face_px = float(np.ptp(head.points_px[: at.SURFACE_COUNT, 0]))
    factor = max(face_px / FACE_PX, 1.0)
    low, high = places.min(axis=0), places.max(axis=0)
    reach = math.ceil((2 * WINDOW + 1) * factor)
    rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).grow(reach)
    rect = Rect(
        max(rect.x0, around.x0), max(rect.y0, around.y0), min(rect.x1, around.x1), min(rect.y1, around.y1)
    )
    return None if rect.empty else Front(rect, _shares(covered, bgr, rect, factor))


def _shares(covered: Covered, bgr: U8, rect: Rect, factor: float) -> U8:
    """How much of each pixel of ``rect`` is covered, (rect.height, rect.width) uint8."""
    width, height = (max(round(side / factor), 1) for side in (rect.width, rect.height))
    laid: F32 = np.zeros((height, width, 2), np.float32)
    _lay(covered.places_px, covered.share, covered.weight, rect.x0, rect.y0, width / rect.width, laid)
    laid = _means(laid, 3)
    part = np.ascontiguousarray(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1])
    bright = np.asarray(cv2.LUT(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), logs()), np.float32)
    guide = cv2.resize(bright, (width, height), interpolation=cv2.INTER_AREA) if factor > 1 else bright
    stacked: F32 = np.empty((height, width, 5), np.float32)
    _weigh(laid, np.asarray(guide, np.float32), stacked)
    stacked = _means(stacked, 2 * WINDOW + 1)
    model: F32 = np.empty((height, width, 2), np.float32)
    _regress(stacked, FLAT * FLAT, model)
    model = _means(model, 2 * WINDOW + 1)
    large = cv2.resize(model, (rect.width, rect.height), interpolation=cv2.INTER_LINEAR)
    share: U8 = np.empty((rect.height, rect.width), np.uint8)
    _apply(np.asarray(large, np.float32), bright, share)
    return share


def matted(bgr: U8, rect: Rect, share: F32, weight: F32, doubt_px: float) -> U8:
    """How much of each pixel of ``rect`` is covered, where ``share`` (rect.height, rect.width) is known with ``weight``
    and the picture's edges decide between; windows are as wide as what is unknown."""
    factor = max(doubt_px / 3.0, 1.0)
    width, height = (max(round(side / factor), 1) for side in (rect.width, rect.height))
    part = np.ascontiguousarray(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1])
    bright = np.asarray(cv2.LUT(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), logs()), np.float32)
    small = [
        np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        for plane in (share * weight, weight, bright)
    ]
    laid = np.stack(small[:2], axis=2)
    stacked: F32 = np.empty((height, width, 5), np.float32)
    _weigh(np.asarray(laid, np.float32), small[2], stacked)
    window = 2 * WINDOW + 3
    model: F32 = np.empty((height, width, 2), np.float32)
    _regress(_means(stacked, window), FLAT * FLAT, model)
    large = cv2.resize(_means(model, window), (rect.width, rect.height), interpolation=cv2.INTER_LINEAR)
    found: U8 = np.empty((rect.height, rect.width), np.uint8)
    _apply(np.asarray(large, np.float32), bright, found)
    found[(weight > 0) & (share == 0)] = 0
    found[(weight > 0) & (share == 1)] = 255
    return found


def _means(values: F32, side: int) -> F32:
    return np.asarray(cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REPLICATE), np.float32)


@quick
def _lay(places: F32, share: F32, weight: F32, x0: int, y0: int, scale: float, out: F32) -> None:
    """Sums of share · weight and of weight at each place."""
    for row in range(share.shape[0]):
        for column in range(share.shape[1]):
            if weight[row, column] > 0.0:
                x = int((places[row, column, 0] - x0) * scale)
                y = int((places[row, column, 1] - y0) * scale)
                if 0 <= x < out.shape[1] and 0 <= y < out.shape[0]:
                    out[y, x, 0] += share[row, column] * weight[row, column]
                    out[y, x, 1] += weight[row, column]


@quick
def _weigh(laid: F32, guide: F32, out: F32) -> None:
    for y in range(guide.shape[0]):
        for x in range(guide.shape[1]):
            weight, bright = min(laid[y, x, 1], 1.0), guide[y, x]
            share = laid[y, x, 0] / max(laid[y, x, 1], 1e-6)
            out[y, x, 0] = weight
            out[y, x, 1] = weight * bright
            out[y, x, 2] = weight * share
            out[y, x, 3] = weight * bright * bright
            out[y, x, 4] = weight * bright * share


@quick
def _regress(means: F32, flat: float, out: F32) -> None:
    """share ≈ out[0] · bright + out[1] in each window; nothing where no cell is near."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            weight = means[y, x, 0]
            if weight < 1e-4:
                out[y, x, 0] = 0.0
                out[y, x, 1] = 0.0
                continue
            bright, share = means[y, x, 1] / weight, means[y, x, 2] / weight
            spread = means[y, x, 3] / weight - bright * bright
            out[y, x, 0] = (means[y, x, 4] / weight - bright * share) / (spread + flat)
            out[y, x, 1] = share - out[y, x, 0] * bright


@quick
def _apply(model: F32, bright: F32, out: U8) -> None:
    low, high = SOFT
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            share = (model[y, x, 0] * bright[y, x] + model[y, x, 1] - low) / (high - low)
            out[y, x] = int(min(max(share, 0.0), 1.0) * 255.0 + 0.5)
