"""What of a product photo is product: the plain wall behind it is modelled, and how much of each pixel it leaves free.

The wall is a smooth surface in L*a*b*, told by the picture's border and then by whatever else looks like it. A shadow
is reached from the wall without a sharp step, a product is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_read import Picture

# The border that tells the wall, as a part of the shorter side.
_BORDER: Final = 0.04
# The wall is modelled at this width.
_SMALL_PX: Final = 240
# CIE76 differences: what still is the wall, and what of the border may be something else before the wall is busy.
_LIKE_WALL: Final = 7.0
_BUSY: Final = 0.22
# A shadow darkens by less than this from one pixel to the next, in L*, of a picture 1000 pixels wide.
_SOFT_STEP: Final = 1.5
# Beyond this a pixel differs from a wall that was modelled well.
_DIFFERENT: Final = 6.0
_SHADOW_MAX: Final = 30.0
_SOFT_SLOPE: Final = 3.0
# A shadow that falls from the product is less different from the wall than the product by this, within so much of the
# picture's width.
_SHADOW_SHARE: Final = 0.38
_SHADOW_REACH: Final = 0.012
# So far inside, as a part of the picture's width, no shadow is taken for product.
_CORE: Final = 0.006
# Where product and wall meet, colours are looked up within this many pixels.
_REACH_PX: Final = 3
BUSY: Final = (
    "The background is not plain; photograph the frame on white paper or before an even wall, or send a PNG that is "
    "cut out."
)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """``cover`` (h, w): how much of each pixel is product, 0..1. ``wall`` (h, w, 3): linear BGR of the wall behind."""

    cover: F32
    wall: F32


def ground_of(picture: Picture, busy: str = BUSY) -> Ground:
    """Raises BadAsset, with the sentence ``busy``, where the background is not plain."""
    if picture.cover is not None:
        return Ground(picture.cover, np.ones_like(picture.bgr, np.float32))
    lab = _lab(picture.bgr)
    model = _wall(lab, busy)
    away = np.asarray(np.linalg.norm(lab - model, axis=-1), np.float32)
    reached = _reached(lab, away)
    # A shadow has an end; a grey frame that it leads up to has not.
    reached &= away < _SHADOW_MAX
    inside = ~reached & (away > np.where(_shaded(lab, model), _least(away), _DIFFERENT))
    wall = linear(np.clip(cv2.cvtColor(model, cv2.COLOR_Lab2BGR), 0, 1))
    return Ground(_cover(picture.bgr, away, inside), wall)


def linear(bgr: F32) -> F32:
    """sRGB's curve taken off, 0..1 to 0..1."""
    curve = np.where(bgr <= 0.04045, bgr / 12.92, ((bgr + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve, np.float32)


def _lab(bgr: U8) -> F32:
    return np.asarray(cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), np.float32)


def _wall(lab: F32, busy: str) -> F32:
    """The wall's L*a*b* at every pixel: a quadric a channel, by least squares that outliers are dropped from."""
    height, width = lab.shape[:2]
    scale = min(_SMALL_PX / width, 1.0)
    size = max(round(width * scale), 8), max(round(height * scale), 8)
    small = np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA), np.float64)
    terms = _terms(size[1], size[0])
    edge = max(round(_BORDER * min(size)), 2)
    border = np.ones(small.shape[:2], bool)
    border[edge:-edge, edge:-edge] = False
    fit = border.copy()
    # Most of a border is wall, whatever reaches into it.
    middle = np.median(small[border], axis=0)
    fit &= np.linalg.norm(small - middle, axis=-1) < 3 * _LIKE_WALL
    if fit.sum() < 0.5 * border.sum():
        raise BadAsset(busy, field="upload")
    for step in range(5):
        weights, *_ = np.linalg.lstsq(terms[fit], small[fit], rcond=None)
        away = np.linalg.norm(small - terms @ weights, axis=-1)
        # What is inside the border and looks like the wall tells how it goes on there.
        fit = (away < _LIKE_WALL) & (border if step < 2 else np.ones_like(border))
        if fit[border].mean() < 1 - _BUSY:
            raise BadAsset(busy, field="upload")
    return _surface(height, width, weights)


def _terms(height: int, width: int) -> F64:
    """1, x, y, x², xy, y² at each pixel (h, w, 6); x and y run from -1 to 1 over the picture."""
    y, x = np.meshgrid(_along(height), _along(width), indexing="ij")
    return np.stack((np.ones_like(x), x, y, x * x, x * y, y * y), axis=-1)


def _along(count: int) -> F64:
    return (np.arange(count) + 0.5) / count * 2 - 1


def _surface(height: int, width: int, weights: F64) -> F32:
    """The terms' weighted sum (h, w, 3), without making them all."""
    x, y = _along(width)[None, :, None], _along(height)[:, None, None]
    constant, by_x, by_y, by_xx, by_xy, by_yy = weights
    surface = constant + x * (by_x + x * by_xx) + y * (by_y + y * by_yy) + x * y * by_xy
    return np.asarray(surface, np.float32)


def _shaded(lab: F32, model: F32) -> NDArray[np.bool_]:
    """Darker than the wall, of its colour and without sharp edges, as a shadow is; so are some products."""
    change = lab - model
    chroma = np.hypot(change[..., 1], change[..., 2])
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)) / 8
    soft = slope < _SOFT_SLOPE * 1000 / lab.shape[1]
    return np.asarray((change[..., 0] < 0) & (chroma < 3.0 - 0.15 * change[..., 0]) & soft, np.bool_)


def _least(away: F32) -> F32:
    """What differs less than a part of what is nearby and differs most is that one's shadow."""
    side = 2 * max(round(_SHADOW_REACH * away.shape[1]), 1) + 1
    most = cv2.dilate(cv2.blur(away, (3, 3)), np.ones((side, side), np.uint8))
    return np.maximum(_SHADOW_SHARE * most, _DIFFERENT).astype(np.float32)


def _reached(lab: F32, away: F32) -> NDArray[np.bool_]:
    """What the wall reaches without a sharp step: itself and soft shadows on it."""
    height, width = away.shape
    smooth = cv2.bilateralFilter(lab, 5, 6.0, 1.5)
    step = _SOFT_STEP * max(1000 / width, 0.5)
    mask = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8)
    # A shadow keeps the wall's colour, nearly.
    low, high = (step, step * 0.6, step * 0.6), (step, step * 0.6, step * 0.6)
    edge = [(x, y) for x in range(0, width, 8) for y in (0, height - 1)]
    edge += [(x, y) for y in range(0, height, 8) for x in (0, width - 1)]
    for x, y in edge:
        if mask[y + 1, x + 1] == 0 and away[y, x] < _LIKE_WALL:
            cv2.floodFill(smooth, mask, (x, y), (0, 0, 0), low, high, flags)
    return mask[1:-1, 1:-1] > 0


def _cover(bgr: U8, away: F32, inside: NDArray[np.bool_]) -> F32:
    """Each pixel's share of product, by where its colour lies between the product's and the wall's nearby."""
    colors = bgr.astype(np.float32)
    sure = cv2.erode((~inside).astype(np.float32), np.ones((3, 3), np.uint8))
    around = (0, 0), 2.5 * _REACH_PX
    weight = cv2.GaussianBlur(sure, *around)
    wall = cv2.GaussianBlur(colors * sure[..., None], *around) / np.maximum(weight, 1e-3)[..., None]
    wall = np.where(weight[..., None] > 1e-3, wall, colors)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # What is deep inside is product for sure; what JPEG smears and shadows reach is told by it.
    core = depth > max(_REACH_PX, _CORE * bgr.shape[1])
    product = _nearest(colors, core, _most_different(colors, np.where(inside, away, 0.0).astype(np.float32)))
    direction = product - wall
    share = ((colors - wall) * direction).sum(axis=-1) / np.maximum((direction**2).sum(axis=-1), 1.0)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    cover = np.where(core, 1.0, np.where(near, np.clip(share, 0, 1), 0.0))
    return np.asarray(cover, np.float32)


def _nearest(colors: F32, core: NDArray[np.bool_], otherwise: F32) -> F32:
    """The colour of the core pixel that is nearest, where one is near; a thin wire has no core."""
    if not core.any():
        return otherwise
    distance, labels = cv2.distanceTransformWithLabels(
        (~core).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.zeros((int(labels.max()) + 1, 3), np.float32)
    own[labels[core]] = colors[core]
    near = distance <= 2.5 * max(_REACH_PX, _CORE * colors.shape[1])
    return np.where(near[..., None], own[labels], otherwise).astype(np.float32)


def _most_different(colors: F32, away: F32) -> F32:
    """The colour nearby that differs most from the wall."""
    best, found = away.copy(), colors.copy()
    padded_away = cv2.copyMakeBorder(away, *(_REACH_PX,) * 4, cv2.BORDER_REPLICATE)
    padded = cv2.copyMakeBorder(colors, *(_REACH_PX,) * 4, cv2.BORDER_REPLICATE)
    height, width = away.shape
    for dy in range(-_REACH_PX, _REACH_PX + 1):
        for dx in range(-_REACH_PX, _REACH_PX + 1):
            if dy * dy + dx * dx > _REACH_PX * _REACH_PX:
                continue
            rows = slice(_REACH_PX + dy, _REACH_PX + dy + height)
            columns = slice(_REACH_PX + dx, _REACH_PX + dx + width)
            other = padded_away[rows, columns]
            take = other > best
            best[take] = other[take]
            found[take] = padded[rows, columns][take]
    return found
