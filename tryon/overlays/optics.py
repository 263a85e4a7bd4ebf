"""How sharp and how noisy this camera is, read off the face, so that a product can be drawn no sharper and no cleaner.

Sharpness: an edge of the scene that a Gaussian of σ pixels blurred loses gradient when it is blurred again by σ₀, and
the ratio R of the gradients before and after gives σ = σ₀ / √(R² - 1) (Zhuo and Sim, "Defocus map estimation from a
single image", 2011). Eyes and brows have edges of their own softness, and a camera's sharpening makes
some steeper than any lens would; the middle one tells.

Noise: the Laplacian-difference mask of Immerkær ("Fast noise variance estimation", 1996) answers to neither flat areas
nor slopes; its smoothest patches are those without texture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head

# Brows, eyes and the cheeks below: edges above, smooth skin beneath.
AROUND: Final = np.array([70, 300, 105, 334, 33, 263, 145, 374, 50, 280], np.intp)
MARGIN_PX: Final = 4
REBLUR_PX: Final = 1.0
# Edges are local maxima of the gradient among the strongest so many, and above what noise gives.
STRONGEST: Final = 0.07
GRADIENT_MIN: Final = 40.0
EDGES_MIN: Final = 8
MIDDLE: Final = 0.5
# A central difference over two pixels is that of a picture blurred by a box two pixels wide: a variance of 2²/12.
DIFFERENCE_VARIANCE: Final = 1 / 3
# What is taken until edges have been seen, and the range: a product drawn sharper than the first shows the steps of its
# samples, one softer than the second no longer looks like one.
BLUR_USUAL_PX: Final = 0.65
BLUR_MIN_PX: Final = 0.45
BLUR_MAX_PX: Final = 2.0
# Patches, and how many of the smoothest tell the noise. The factor makes the mean of the least of many the mean of
# all: measured on Gaussian noise.
PATCH_PX: Final = 8
SMOOTHEST: Final = 0.2
SMOOTHEST_PART: Final = 0.78
NOISE_MAX: Final = 12.0
# Cameras change their mind slowly: time in which a change is followed to 63 %, and how often it is looked at.
FOLLOW_MS: Final = 700.0
PERIOD_MS: Final = 590.0
_MASK: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True)
class Optics:
    """``blur_px``: standard deviation of the camera's point spread in pixels of the frame; ``noise``: that of its
    noise in 8-bit codes of luminance."""

    blur_px: float = BLUR_USUAL_PX
    noise: float = 0.0


class OpticsMeter:
    """One session's camera, smoothed."""

    def __init__(self) -> None:
        self._latest = Optics()
        self._t_ms = -math.inf

    def read(self, bgr: U8, head: Head, t_ms: float) -> Optics:
        """The camera as the frames so far show it; looks at a face every 600 ms."""
        elapsed = t_ms - self._t_ms
        if 0 <= elapsed < PERIOD_MS:
            return self._latest
        self._t_ms = t_ms
        grey = _around_the_eyes(bgr, head)
        if grey is None:
            return self._latest
        share = 1.0 if not 0 <= elapsed < 4 * FOLLOW_MS else 1 - math.exp(-elapsed / FOLLOW_MS)
        blur, noise = blur_px(grey), noise_codes(grey)
        before = self._latest
        self._latest = Optics(
            before.blur_px if blur is None else before.blur_px + share * (blur - before.blur_px),
            before.noise if noise is None else before.noise + share * (noise - before.noise),
        )
        return self._latest


def _around_the_eyes(bgr: U8, head: Head) -> F32 | None:
    points = head.points_px[AROUND, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    rect = Rect(
        int(low[0]) - MARGIN_PX, int(low[1]) - MARGIN_PX, int(high[0]) + MARGIN_PX, int(high[1]) + MARGIN_PX
    ).clip(bgr.shape[1], bgr.shape[0])
    if rect.width < 2 * PATCH_PX or rect.height < 2 * PATCH_PX:
        return None
    part = np.ascontiguousarray(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1])
    return cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(np.float32)


def blur_px(grey: F32) -> float | None:
    """Standard deviation of the blur of a picture's edges; None where it has too few."""
    before = _gradient(grey)
    after = _gradient(np.asarray(cv2.GaussianBlur(grey, (0, 0), REBLUR_PX), np.float32))
    threshold = max(float(np.quantile(before, 1 - STRONGEST)), GRADIENT_MIN)
    # The ridge of each edge only: beside it the ratio says something else.
    ridge = (before >= threshold) & (before >= cv2.dilate(before, np.ones((3, 3), np.uint8)))
    if np.count_nonzero(ridge) < EDGES_MIN:
        return None
    ratio = np.maximum(before[ridge] / np.maximum(after[ridge], 1e-3), 1.001)
    variance = float(np.quantile(REBLUR_PX**2 / (ratio * ratio - 1), MIDDLE)) - DIFFERENCE_VARIANCE
    return min(max(math.sqrt(max(variance, 0.0)), BLUR_MIN_PX), BLUR_MAX_PX)


def _gradient(grey: F32) -> F32:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    # Not by OpenCV's ``magnitude``: its last bits depend on where in memory pictures lie, and a replay would differ.
    return np.asarray(np.sqrt(across * across + down * down), np.float32)


def noise_codes(grey: F32) -> float | None:
    """Standard deviation of a picture's noise, from its smoothest patches; None for less than a few patches."""
    answer = np.abs(cv2.filter2D(grey, -1, _MASK))[1:-1, 1:-1]
    rows, columns = answer.shape[0] // PATCH_PX, answer.shape[1] // PATCH_PX
    if rows * columns < 4:
        return None
    patches = answer[: rows * PATCH_PX, : columns * PATCH_PX].reshape(rows, PATCH_PX, columns, PATCH_PX)
    means = np.sort(patches.mean(axis=(1, 3)).ravel())
    least = means[: max(1, round(SMOOTHEST * len(means)))].mean() / SMOOTHEST_PART
    # The mask's squares sum to 36, and the mean of |x| is √(2/π) of a normal distribution's deviation.
    return float(min(math.sqrt(math.pi / 2) * least / 6, NOISE_MAX))
