"""How light falls on the folds of what is worn beneath a garment.

Folds are what is darker and lighter in one cloth. A print, a badge, a shirt between the halves of a jacket are other
cloths: they are left out, and the light there is told by what is around them.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8
from tryon.overlays.palette import Palette

# Folds: finer than the first (cells of the map) is noise, coarser than the second (shoulder widths) is the
# body's own shape; beyond this much structure the cloth beneath has a print, not folds.
FOLD_FINE_PX: Final = 1.6
FOLD_COARSE: Final = 0.22
FOLD_MAX: Final = 0.42
PRINT_FROM: Final = 0.16
FAINT: Final = 0.035
# So many strengths of folds are told apart: one changes no pixel by a whole code.
STRENGTHS: Final = 256
# Structure beyond this is as strong as may be.
STEEPEST: Final = 1.6
# Less cloth than this around a place tells nothing of it.
LITTLE: Final = 1e-2
# The shade of most of the cloth is looked for in bins so wide, stays the shade while it is at least so frequent, and
# what is this far from it, from the second on wholly, has another colour rather than another light.
SHADE_BIN: Final = 0.15
STAYS: Final = 0.6
FOREIGN: Final = (0.65, 1.1)
# So near to it the cloth's hue is learnt, and so far from that hue, in codes of Cr and Cb, is another cloth's.
NEAR_SHADE: Final = 0.3
HUE: Final = (18.0, 34.0)
# The logarithm of light by luma, flat where the camera sees noise only.
LOGS: Final = np.log((np.arange(256, dtype=np.float32) / np.float32(255)) ** 2 + np.float32(0.012))


def folds_of(ycc: U8, cloth: U8, unit: float, palette: Palette) -> F32:
    """Light on the worn cloth over its mean, (h, w): structure between two sizes, less of it where there is too much.
    ``ycc`` (h, w, 3) YCrCb, ``cloth`` (h, w) how surely a pixel is worn cloth, ``unit`` the shoulders' width in pixels.
    ``palette`` remembers the cloth's shade."""
    luma = np.asarray(cv2.extractChannel(ycc, 0), np.uint8)
    shade = _shade(luma, cloth, palette)
    weight = _even(ycc, cloth, shade)
    weighed = np.empty_like(weight)
    _weigh(luma, weight, LOGS - np.float32(shade), weighed)
    sure = np.asarray(cv2.GaussianBlur(weight, (0, 0), FOLD_FINE_PX), np.float32)
    fine = np.asarray(cv2.GaussianBlur(weighed, (0, 0), FOLD_FINE_PX), np.float32)
    # The broader ones in a map of a quarter the size: they are smooth.
    size = (max(weight.shape[1] // 4, 1), max(weight.shape[0] // 4, 1))
    top = cv2.resize(weighed, size, interpolation=cv2.INTER_AREA)
    bottom = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    around, coarse = (
        cv2.GaussianBlur(top, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(bottom, (0, 0), sigma), LITTLE)
        for sigma in (0.06 * unit / 4 + 0.5, max(FOLD_COARSE * unit / 4, 0.8))
    )
    full = (weight.shape[1], weight.shape[0])
    broad = np.asarray(cv2.resize(around - coarse, full, interpolation=cv2.INTER_LINEAR), np.float32)
    middle = np.asarray(cv2.resize(coarse, full, interpolation=cv2.INTER_LINEAR), np.float32)
    spread = _field(fine, sure, middle, broad, weight)
    share = min(1.0, PRINT_FROM / max(spread, 1e-3)) ** 2
    _light(fine, _lights(round(share * STRENGTHS)))
    return fine


@kernel
def _weigh(luma: U8, weight: F32, logs: F32, out: F32) -> None:
    """The logarithm of light by luma, as heavy as it is sure."""
    for y in range(luma.shape[0]):
        for x in range(luma.shape[1]):
            out[y, x] = logs[luma[y, x]] * weight[y, x]


@kernel
def _field(fine: F32, sure: F32, middle: F32, broad: F32, weight: F32) -> float:
    """From smoothed weighed logarithms to the structure between both sizes, in place; how much of it there is."""
    total, squares = 0.0, 0.0
    for y in range(fine.shape[0]):
        for x in range(fine.shape[1]):
            # Where no cloth is seen, as under a badge, what is around it tells.
            here = sure[y, x]
            value = fine[y, x] * here / max(here, 1e-3) - here * middle[y, x] + (1.0 - here) * broad[y, x]
            fine[y, x] = value
            total += weight[y, x]
            squares += weight[y, x] * value * value
    return float((squares / total) ** 0.5 if total > 1.0 else 1.0)


@kernel
def _light(field: F32, table: F32) -> None:
    """From structure to factors on light, in place."""
    last = table.shape[0] - 1
    for y in range(field.shape[0]):
        for x in range(field.shape[1]):
            place = (field[y, x] / STEEPEST + 1.0) * 0.5 * last + 0.5
            field[y, x] = table[min(max(int(place), 0), last)]


@cache
def _lights(share: int) -> F32:
    """Factors on light for structures from -STEEPEST to STEEPEST, never beyond FOLD_MAX: what is as faint as the marks
    that a camera's compression leaves is no fold. ``share`` of the most that folds may be, in STRENGTHS."""
    strength = FOLD_MAX * share / STRENGTHS
    field = np.linspace(-STEEPEST, STEEPEST, 1601)
    field *= field * field / (field * field + FAINT * FAINT)
    return np.asarray(np.exp(strength * np.tanh(field / FOLD_MAX)), np.float32)


def _shade(luma: U8, cloth: U8, palette: Palette) -> float:
    """The logarithm of light that most of the worn cloth has. Another takes its place only when it has clearly more:
    in stripes and suits two are nearly as frequent."""
    bins = ((LOGS - LOGS[0]) / SHADE_BIN).astype(np.intp)
    count = int(bins[-1]) + 1
    single = np.zeros(count)
    _count(luma, cloth, bins, single)
    counts = np.convolve(single, (1.0, 2.0, 3.0, 2.0, 1.0), "same")
    best = int(counts.argmax())
    before = palette.shade
    if before is None or not counts[min(before, count - 1)] > STAYS * counts[best]:
        # Light that changes slowly is followed all the same.
        palette.shade = best
    else:
        near = slice(max(before - 1, 0), before + 2)
        palette.shade = near.start + int(counts[near].argmax())
    return float(LOGS[0] + (palette.shade + 0.5) * SHADE_BIN)


@kernel
def _count(luma: U8, cloth: U8, bins: NDArray[np.intp], counts: F64) -> None:
    for y in range(0, luma.shape[0], 2):
        for x in range(0, luma.shape[1], 2):
            counts[bins[luma[y, x]]] += cloth[y, x]


def _even(ycc: U8, cloth: U8, shade: float) -> F32:
    """Cloth (h, w) 0..1 without what is no fold of it but another cloth, a print or a badge: too light, too dark, or of
    another hue."""
    away = np.abs(LOGS - shade)
    alike = np.clip((FOREIGN[1] - away) / (FOREIGN[1] - FOREIGN[0]) * 255, 0, 255).astype(np.uint8)
    told = np.empty_like(cloth)
    _tell(ycc, cloth, alike, away < NEAR_SHADE, told)
    return cv2.erode(told, np.ones((3, 3), np.uint8)).astype(np.float32) / np.float32(255)


@kernel
def _tell(ycc: U8, cloth: U8, alike: U8, usual: NDArray[np.bool_], told: U8) -> None:
    """The colour of one cloth is as strong as it is bright: what differs from the usual one's, brought to its own
    brightness, is another cloth."""
    luma, red, blue = 1.0, 0.0, 0.0
    for y in range(0, cloth.shape[0], 2):
        for x in range(0, cloth.shape[1], 2):
            if usual[ycc[y, x, 0]] and cloth[y, x] > 127:
                luma += ycc[y, x, 0]
                red += ycc[y, x, 1] - 128.0
                blue += ycc[y, x, 2] - 128.0
    red, blue = red / luma, blue / luma
    for y in range(cloth.shape[0]):
        for x in range(cloth.shape[1]):
            bright = float(ycc[y, x, 0])
            a, b = ycc[y, x, 1] - 128.0 - red * bright, ycc[y, x, 2] - 128.0 - blue * bright
            away = (a * a + b * b) ** 0.5
            share = min(max((HUE[1] - away) / (HUE[1] - HUE[0]), 0.0), 1.0)
            told[y, x] = int(cloth[y, x] * share * alike[ycc[y, x, 0]] / 255.0 + 0.5)
