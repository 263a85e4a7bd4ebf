"""A head cut out of its portrait: which pixels are head, their colours without the wall's, and the wall behind it.

Pixel coordinates have pixel centres at integer + 0.5; landmarks are ``tryon.perception``'s.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.perception import landmarks as at

# Parts of the face's height below the chin: there the neck is the body's, and there the cut-out has faded.
NECK_END: Final = 0.42
FADE_END: Final = 0.60
THROAT_HALF_WIDTH: Final = 0.28  # of the face's width
CHIN_SHADOW: Final = 0.11  # of the neck below the chin, what is still throat
NECK_HALF_WIDTH: Final = 0.42  # of the face's width
# So deep, in face widths, the wall is mirrored into the place of the head.
MIRROR_PART: Final = 0.22


def matte(bgr: U8, surface: F64) -> U8:
    """Face, hair and neck (255), by GrabCut (Rother et al., SIGGRAPH 2004) from the face outwards."""
    low, high = surface.min(axis=0), surface.max(axis=0)
    width, height = high - low
    x, y = (low + high) / 2
    guess = np.full(bgr.shape[:2], cv2.GC_BGD, np.uint8)
    for wide, tall, label in ((0.95, 0.98, cv2.GC_PR_BGD), (0.70, 0.75, cv2.GC_PR_FGD)):
        middle, axes = (int(x), int(y - 0.12 * height)), (int(wide * width), int(tall * height))
        cv2.ellipse(guess, middle, axes, 0, 0, 360, [label], -1)
    below = np.arange(bgr.shape[0])[:, None] >= surface[at.CHIN, 1]
    guess[below & (guess == cv2.GC_PR_FGD)] = cv2.GC_PR_BGD
    cv2.fillConvexPoly(guess, cv2.convexHull(surface.astype(np.int32)), [cv2.GC_FGD])
    # GrabCut draws its first clusters from OpenCV's own random numbers: the same portrait gives the same head.
    cv2.setRNGSeed(1)
    cv2.grabCut(bgr, guess, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    head = (guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)
    head &= ~below
    columns = np.abs(np.arange(bgr.shape[1])[None, :] + 0.5 - surface[at.CHIN, 0]) < NECK_HALF_WIDTH * width
    rows = np.arange(bgr.shape[0])[:, None]
    jaw = surface[at.CHIN, 1] - 0.02 * height
    head |= columns & (rows >= jaw) & (rows < surface[at.CHIN, 1] + FADE_END * height)
    whole = np.asarray(cv2.morphologyEx(head.astype(np.uint8) * 255, cv2.MORPH_OPEN, _disc(2)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(whole)
    if count > 2:
        whole = np.where(labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), 255, 0).astype(np.uint8)
    return whole


def hand_over(rows: int, surface: F64) -> tuple[F64, F64]:
    """For each row, how far it follows the head, and how opaque the cut-out is there."""
    chin, height = float(surface[:, 1].max()), float(np.ptp(surface[:, 1]))
    below = (np.arange(rows) + 0.5 - chin) / height
    fade = 1 - smooth_step((below - NECK_END) / (FADE_END - NECK_END))
    return 1 - smooth_step(below / NECK_END), fade


def without(bgr: U8, matte: U8, surface: F64) -> U8:
    """The portrait with the head filled in from around it; the neck stays, it is what a turned chin lays bare."""
    width, height = np.ptp(surface, axis=0)
    chin_x, chin_y = surface[at.CHIN]
    rows, columns = np.indices(matte.shape)
    throat = np.abs(columns - chin_x) < THROAT_HALF_WIDTH * width
    head = (matte > 0) & ((rows < chin_y - 0.02 * height) | throat)
    hole = cv2.dilate(head.astype(np.uint8), _disc(max(2, int(0.045 * width)))) > 0
    hole &= rows < chin_y + CHIN_SHADOW * height
    known = (~hole).astype(np.float32)
    # Near the rim the wall is mirrored in, with its mottling; deeper, where nothing is ever laid bare, it blurs.
    filled = fill_hole(bgr, hole)
    above, depth_above = _mirrored(bgr, hole, filled, by_row=False)
    beside, depth_beside = _mirrored(bgr, hole, filled, by_row=True)
    low = smooth_step((rows - surface[at.NASION, 1]) / (0.3 * height))[..., None].astype(np.float32)
    mirrored = np.asarray(cv2.GaussianBlur(above * (1 - low) + beside * low, (0, 0), 0.8), np.float32)
    depth = depth_above * (1 - low[..., 0]) + depth_beside * low[..., 0]
    deep = smooth_step(depth / (MIRROR_PART * width) - 0.5)[..., None].astype(np.float32)
    filled = np.asarray(mirrored * (1 - deep) + filled * deep, np.float32)
    around = np.asarray(cv2.GaussianBlur(1 - known, (0, 0), 1.0), np.float32)
    seam = np.maximum(1 - known, around)[..., None]
    return codes(bgr * (1 - seam) + filled * seam)


def _mirrored(bgr: U8, hole: NDArray[np.bool_], otherwise: F32, *, by_row: bool) -> tuple[F32, F32]:
    """The hole filled with what lies as far outside its rim, and each pixel's distance from the rim.

    By row, what stands on the ground beside a neck goes on behind it; else the nearest rim is the mirror.
    """
    rows, columns = np.indices(hole.shape)
    if by_row:
        left = np.maximum.accumulate(np.where(hole, -1, columns), axis=1)
        right = np.minimum.accumulate(np.where(hole, 2 * hole.shape[1], columns)[:, ::-1], axis=1)[:, ::-1]
        nearest = np.where((left >= 0) & (columns - left <= right - columns), left, right)
        depth = np.abs(nearest - columns).astype(np.float32)
        y, x = rows, 2 * nearest - columns
    else:
        distances, labels = cv2.distanceTransformWithLabels(
            hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        rim = np.zeros((int(labels.max()) + 1, 2), np.int64)
        rim[labels[~hole]] = np.argwhere(~hole)
        depth = np.asarray(distances, np.float32)
        y, x = 2 * rim[labels, 0] - rows, 2 * rim[labels, 1] - columns
    y, x = np.clip(y, 0, hole.shape[0] - 1), np.clip(x, 0, hole.shape[1] - 1)
    return np.where(hole[y, x][..., None], otherwise, bgr[y, x].astype(np.float32)), depth


def fill_hole(bgr: U8, hole: NDArray[np.bool_]) -> F32:
    """Colours for the hole from its rim."""
    return pull_push(bgr.astype(np.float32), (~hole).astype(np.float32))


def pull_push(colour: F32, weight: F32) -> F32:
    """Colours where the weight is 0 from around there, coarse to fine (Gortler et al., "The Lumigraph", 1996)."""
    levels = [(colour * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 4:
        summed, known = levels[-1]
        levels.append(
            (np.asarray(cv2.pyrDown(summed), np.float32), np.asarray(cv2.pyrDown(known), np.float32))
        )
    filled = levels[-1][0] / np.maximum(levels[-1][1], 1e-4)[..., None]
    for summed, known in reversed(levels[:-1]):
        coarse = cv2.pyrUp(filled, dstsize=(known.shape[1], known.shape[0]))
        share = np.clip(known, 0, 1)[..., None]
        filled = summed / np.maximum(known, 1e-4)[..., None] * share + coarse * (1 - share)
    return np.asarray(filled, np.float32)


def core(matte: U8) -> F32:
    """Which pixels are the head's alone, without any of the wall (1)."""
    return np.asarray(cv2.erode(matte, _disc(3)).astype(np.float32) / 255, np.float32)


def inner_colours(bgr: U8, matte: U8) -> F32:
    """The head's colours, carried on outwards over its edge, where hair is mixed with the wall."""
    spread = pull_push(bgr.astype(np.float32), core(matte))
    keep = cv2.GaussianBlur(np.asarray(cv2.erode(matte, _disc(2)), np.uint8), (0, 0), 0.8)[..., None] / 255.0
    return np.asarray(bgr * keep + spread * (1 - keep), np.float32)


def neck(matte: U8, surface: F64, rows: F64) -> tuple[F64, F64]:
    """Half width and middle of the neck at these rows, in pixels: above the chin as just below it."""
    chin_x, chin_y = surface[at.CHIN]
    width, height = np.ptp(surface, axis=0)
    half, middle = np.empty(len(rows)), np.empty(len(rows))
    for k, row in enumerate(rows):
        y = int(np.clip(max(row, chin_y + 0.06 * height), 0, matte.shape[0] - 1))
        x = int(np.clip(chin_x, 0, matte.shape[1] - 1))
        left = x - int((matte[y, : x + 1][::-1] == 0).argmax()) if (matte[y, : x + 1] == 0).any() else 0
        right = x + int((matte[y, x:] == 0).argmax()) if (matte[y, x:] == 0).any() else matte.shape[1]
        left, right = (
            max(left, chin_x - NECK_HALF_WIDTH * width),
            min(right, chin_x + NECK_HALF_WIDTH * width),
        )
        half[k], middle[k] = (right - left) / 2, (right + left) / 2
    return np.maximum(half, 0.25 * width), middle


def smooth_step(x: F64) -> F64:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float64)


def codes(values: F32) -> U8:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)


def _disc(radius: int) -> U8:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
