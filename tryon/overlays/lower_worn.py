"""What of the picture stays before a skirt or trousers: hands and arms, and the upper garment that hangs over them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F64, U8, Rect
from tryon.overlays.layers import bin_of
from tryon.overlays.worn import Worn

# From this chance on a colour is the upper garment's.
UPPER: Final = 0.55
# What hangs is looked for from this far above the waist on, in shoulder widths.
ABOVE: Final = 0.22
# Stray cells are taken away up to the first size, in cells; so thin threads of it are none of it, and so narrow folds
# all of it, in shoulder widths.
STRAY: Final = 5
THREAD: Final = 0.02
CREASE: Final = 0.06
# A hem is looked at over this part of the shoulders' width to both sides, and its outline smoothed by so many cells.
HEM: Final = 0.10
SMOOTH: Final = 1.8
_INSIDE: Final = np.clip((np.arange(256) - 38.0) * 2.0, 0, 255).astype(np.uint8)
_STEEP: Final = np.clip((np.arange(256) - 128.0) * 2.4 + 128.0, 0, 255).astype(np.uint8)


def in_front(
    bgr: U8, rect: Rect, worn: Worn, waist: F64, down: F64, width_px: float, uppers: U8 | None
) -> tuple[U8, U8]:
    """Two maps over ``rect`` of pixels: what hides the garment, and what of the person it has to cover. ``waist``
    (3, 2) pixels, ``down`` the torso's unit vector; ``uppers`` as ``LegsWatch`` has it."""
    cell = worn.cell
    size = (rect.width // cell, rect.height // cell)
    full = (rect.width, rect.height)
    front = np.asarray(cv2.max(worn.front, worn.sleeved), np.uint8)
    if uppers is not None:
        small = cv2.resize(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1], size, interpolation=cv2.INTER_AREA)
        ycc = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb), np.uint8)
        hanging = _hanging(ycc, worn, uppers, (waist - (rect.x0, rect.y0)) / cell, down, width_px / cell)
        front = np.asarray(cv2.max(front, cv2.resize(hanging, full)), np.uint8)
    person = cv2.resize(worn.person, full)
    # The mask is soft over some pixels: what is half inside already shows what is to be covered.
    person = cv2.LUT(person, _INSIDE)
    cloth = cv2.max(worn.cloth, person)
    return front, np.asarray(cv2.min(cloth, cv2.bitwise_not(front)), np.uint8)


def _hanging(ycc: U8, worn: Worn, uppers: U8, waist: F64, down: F64, unit: float) -> U8:
    """The upper garment, (h, w) cells: what has its colours and hangs together with what is above the waist. ``unit``
    is the shoulders' width in cells."""
    chances: U8 = np.empty(ycc.shape[:2], np.uint8)
    _told(ycc, uppers, worn.person, worn.arms, chances)
    chances = np.asarray(cv2.GaussianBlur(cv2.medianBlur(chances, STRAY), (0, 0), 1.0), np.uint8)
    solid = np.asarray(cv2.threshold(chances, 255 * UPPER, 255, cv2.THRESH_BINARY)[1], np.uint8)
    # Folds in deep shade have no colour of their own, and threads of the upper garment's are none of it.
    for what, wide in ((cv2.MORPH_OPEN, THREAD), (cv2.MORPH_CLOSE, CREASE)):
        side = 2 * max(round(wide * unit), 1) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        solid = np.asarray(cv2.morphologyEx(solid, what, disc), np.uint8)
    _, labels = cv2.connectedComponents(solid, connectivity=4, ltype=cv2.CV_16U)
    y, x = np.mgrid[0 : solid.shape[0] : 2, 0 : solid.shape[1] : 2]
    over = (x - waist[1, 0]) * down[0] + (y - waist[1, 1]) * down[1] < 0
    hangs = np.zeros(int(labels.max()) + 1, np.uint8)
    hangs[np.unique(labels[::2, ::2][over])] = 255
    hangs[0] = 0
    kept = np.asarray(hangs[labels], np.uint8)
    _hem(kept, max(round(HEM * unit), 1))
    return np.asarray(cv2.LUT(cv2.GaussianBlur(kept, (0, 0), SMOOTH), _STEEP), np.uint8)


def _hem(kept: U8, around: int) -> None:
    """End what hangs where most columns ``around`` end, in place: a hem is a line."""
    height = kept.shape[0]
    lowest = np.where(kept.any(axis=0), height - kept[::-1].argmax(axis=0), 0)
    columns = np.flatnonzero(lowest)
    if not len(columns):
        return
    low, high = int(columns[0]), int(columns[-1]) + 1
    padded = np.pad(lowest[low:high], around, mode="edge")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1), axis=1)
    rows = np.arange(height)[:, None]
    kept[:, low:high][rows >= usual[None]] = 0


@kernel
def _told(ycc: U8, uppers: U8, person: U8, arms: U8, out: U8) -> None:
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = uppers[bin_of(ycc, y, x)] if person[y, x] > 90 or arms[y, x] > 127 else 0
