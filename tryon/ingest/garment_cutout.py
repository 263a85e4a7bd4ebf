"""A garment taken off its background, set upright, cropped, and as large as the mirror needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.garment_check import check_edges, check_pieces
from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_ground import ground_of
from tryon.ingest.photo_read import Picture

# The longer side of what is worn: shoulders are some 400 pixels wide in it, more than in a frame of 1280 × 720.
SIDE_MAX_PX: Final = 1024
# Room around the garment, as a part of its longer side.
MARGIN: Final = 0.02
# A garment that lies askew is turned upright by at most this; more is meant to be so, or lies on its side.
ASKEW_MAX_DEG: Final = 15.0
# The angle is looked for on a mask of this size.
_SMALL_PX: Final = 240
# Specks beside the garment, and holes in it, up to this part of its area are the cutting's fault.
_SPECK: Final = 0.01
_FAINT: Final = 0.08
# Light that falls off towards a side by less than this over the whole picture needs no evening out.
_UNEVEN_MIN: Final = 0.03
BUSY: Final = (
    "The background is not plain; lay the garment on an even sheet or floor of another colour, or send a PNG that is "
    "cut out."
)
PIECES: Final = (
    "The photo shows more than one garment, or parts of one have the background's colour and were taken for it; "
    "photograph each alone, on a background that contrasts with all of it."
)


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """``bgra`` (h, w, 4). ``from_photo`` (2, 3) takes the photo's pixels to its own; ``turned_deg`` is how far it was
    turned, clockwise; ``uneven`` how much brighter one part of the background was than another, evened out."""

    bgra: U8
    from_photo: F64
    turned_deg: float
    uneven: float


def cut_out(picture: Picture) -> Cutout:
    """Raises BadAsset where the background is not plain, nothing lies on it, or what does leaves the picture."""
    ground = ground_of(picture, BUSY)
    cover = _whole(ground.cover)
    solid = (cover > 0.5).astype(np.uint8)
    if picture.cover is None:
        try:
            check_pieces(solid, "The photo")
        except BadAsset as error:
            raise BadAsset(PIECES, field="upload") from error
    # Before there is room around it.
    check_edges(solid, "The photo")
    bgr, uneven = picture.bgr, 0.0
    if picture.cover is None:
        # Grain and compression fray what the light and the cloth's weave leave of an edge.
        cover = np.asarray(cv2.medianBlur(cover, 5), np.float32)
        bgr, uneven = _evened(bgr, ground.wall)
    angle = askew_deg(cover)
    matrix, size = _placing(cover, angle)
    # Shrinking by a warp would alias: what is to be smaller is smoothed first.
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if scale < 1:
        sigma = 0.45 * (1 / scale - 1)
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(sigma, 0.01)), np.float32)
        bgr = np.asarray(cv2.GaussianBlur(bgr, (0, 0), max(sigma, 0.01)), np.uint8)
    alpha = cv2.warpAffine(cover, matrix, size, flags=cv2.INTER_LINEAR)
    color = cv2.warpAffine(bgr, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    codes = np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)
    bgra = np.dstack([color, codes])
    bgra[codes == 0] = 0
    return Cutout(np.ascontiguousarray(bgra), matrix, angle, uneven)


def askew_deg(cover: F32) -> float:
    """How far the garment has to be turned clockwise so that its halves mirror each other best; 0 where it is no
    matter."""
    scale = _SMALL_PX / max(cover.shape)
    small = np.asarray(cv2.resize(cover, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    moments = cv2.moments(small)
    centre = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    coarse = np.arange(-ASKEW_MAX_DEG, ASKEW_MAX_DEG + 0.5, 1.5)
    best = _best(small, centre, coarse)
    if abs(best) == ASKEW_MAX_DEG:
        return 0.0
    best = _best(small, centre, best + np.arange(-1.25, 1.3, 0.25))
    gained = _mirrored(small, centre, best) - _mirrored(small, centre, 0.0)
    # Sleeves that lie differently are no turn.
    return float(best) if abs(best) >= 0.5 and gained > 0.004 else 0.0


def _best(small: F32, centre: tuple[float, float], angles: F64) -> float:
    return float(max(angles, key=lambda angle: _mirrored(small, centre, float(angle))))


def _mirrored(small: F32, centre: tuple[float, float], angle: float) -> float:
    """How much of it, turned clockwise, its mirror image covers, over the best of nearby axes."""
    side = 2 * _SMALL_PX
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, -angle, 1.0), np.float64)
    matrix[:, 2] += np.array([side / 2 - centre[0], side / 2 - centre[1]])
    turned = cv2.warpAffine(small, matrix, (side, side))
    flipped = turned[:, ::-1]
    shared = []
    for shift in range(-8, 9, 2):
        moved = np.roll(flipped, shift, axis=1)
        shared.append(
            float(np.minimum(turned, moved).sum() / max(float(np.maximum(turned, moved).sum()), 1.0))
        )
    return max(shared)


def _whole(cover: F32) -> F32:
    """Without specks beside the garment and without small holes in it. Raises BadAsset where nothing is left."""
    solid = (cover > 0.5).astype(np.uint8)
    area = int(solid.sum())
    if area < 0.02 * solid.size:
        raise BadAsset(
            "No garment was found on the background; use one that contrasts with it, or send a PNG that is cut out.",
            field="upload",
        )
    # What hardly covers is what a shadow's end left.
    whole = np.asarray(np.clip((cover - _FAINT) / (1 - 2 * _FAINT), 0, 1), np.float32)
    # A speck's soft rim goes with it.
    whole[_small(cover > 0.05, _SPECK * area)] = 0.0
    whole[_small(whole < 0.95, _SPECK * area, inside=True)] = 1.0
    return whole


def _small(mask: NDArray[np.bool_], area: float, *, inside: bool = False) -> NDArray[np.bool_]:
    """Where pieces of ``mask`` (h, w) are smaller than ``area``; ``inside``: and do not touch the picture's edge. Of
    however many: a grainy photo has thousands."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    chosen = stats[:, cv2.CC_STAT_AREA] < area
    if inside:
        left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
        right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
        chosen &= (left > 0) & (top > 0) & (right < mask.shape[1]) & (bottom < mask.shape[0])
    # What is no piece.
    chosen[0] = False
    return np.asarray(chosen[labels], np.bool_)


def _evened(bgr: U8, wall: F32) -> tuple[U8, float]:
    """The photo as if the light that falls on the background fell evenly, and how unevenly it did. The colour of the
    light is left alone: nobody knows whether the sheet is white."""
    light = np.asarray(wall.mean(axis=2), np.float32)
    low, high = (float(value) for value in np.percentile(light, (2, 98)))
    uneven = high / max(low, 1e-3) - 1
    if uneven < _UNEVEN_MIN:
        return bgr, 0.0
    gain = (float(np.median(light)) / np.maximum(light, 1e-3)).clip(0.6, 1.6)[..., None]
    linear = (bgr.astype(np.float32) / 255) ** 2.2
    return np.asarray(np.rint(np.clip(linear * gain, 0, 1) ** (1 / 2.2) * 255), np.uint8), uneven


def _placing(cover: F32, angle: float) -> tuple[F64, tuple[int, int]]:
    """From the photo's pixels to those of the cut-out, and its size (width, height)."""
    height, width = cover.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    rows, columns = np.nonzero(cover > 0.02)
    points = np.column_stack([columns, rows, np.ones(len(rows))]) @ turn.T
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * float((high - low).max())
    scale = min(1.0, SIDE_MAX_PX / float((high - low).max() + 2 * margin))
    size = np.ceil((high - low + 2 * margin) * scale).astype(int)
    matrix = turn * scale
    matrix[:, 2] -= (low - margin) * scale
    return np.asarray(matrix, np.float64), (int(size[0]), int(size[1]))
