"""Skin for the clothes in a garment's neck opening.

A collar that is worn beneath rises above the new garment's neckline, up to the jaw. What is there and neither skin nor
hair is painted over with this wearer's own skin: the neck is a column, darker to its sides and below the chin, and
where true skin is seen beside, how it differs from that model goes on over what is painted, so that no border shows.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8, Rect
from tryon.overlays.palette import Palette, index
from tryon.overlays.worn import HALF, Worn
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.cloth import bare

# Half the column's width, in distances between the ears' fronts; the column is looked at from this many face heights
# above the chin.
COLUMN: Final = 0.48
RISES: Final = 0.30
# The skin goes on beneath the garment's edge by this part of the opening's width.
BENEATH: Final = 0.06
# Beside the opening the garment's own edge ends what is painted: it slopes up to the neck from as far out.
WIDER: Final = 0.14
# Shade below a chin, and how far down it reaches, in face heights; shade to the column's sides; the column ends, and
# the chest begins, between these depths below the chin.
CHIN_SHADE: Final = 0.34
CHIN_REACH: Final = 0.20
SIDE_SHADE: Final = 0.26
ENDS: Final = (0.30, 0.65)
# The points of a face that smiles lie beyond its jaw by up to this.
CORE: Final = 0.96
# A beard ends so far below the chin.
BEARD: Final = 0.15
# A neck is seen from above the light less than a face, anyway.
LEVEL: Final = 0.92
# How far true skin tells what is painted beside it, in face heights, and how much of it there has to be.
TELLS: Final = 0.16
LITTLE: Final = 0.06
# A neck is seen from here on below the chin, in face heights, and told by this much of it, in their squares, as much as
# by the model.
THROAT: Final = 0.05
ENOUGH: Final = 0.01
# The true skin is trusted within this range of the model.
RANGE: Final = (0.35, 1.6)

# Along the chin, a little inside its edge.
_JAW: Final = np.array([199, 200, 175, 171, 396, 140, 369, 170, 395], np.intp)


def bare_neck(
    bgr: U8, rect: Rect, neckline: F64, face_px: F32, worn: Worn, palette: Palette, noise: F32, grain: float
) -> None:
    """Paint over what is worn above ``neckline`` (3, 2), the right and left neck points and the lowest point of the
    front, pixels of the picture, in place. ``worn`` tells of ``rect``; ``noise`` and ``grain`` as in ``wear``."""
    chin, brow = (face_px[row, :2].astype(np.float64) for row in (at.CHIN, at.FOREHEAD_TOP))
    face = max(float(np.hypot(*(chin - brow))), 1.0)
    down = (chin - brow) / face
    across = np.array([down[1], -down[0]])
    ears = float(np.hypot(*(face_px[at.LEFT_TRAGUS, :2] - face_px[at.RIGHT_TRAGUS, :2])))
    half = COLUMN * max(ears, 0.5 * face)
    outline = _outline(neckline, chin - RISES * face * down, half * across)
    part = _within(outline, rect)
    if part.empty:
        return
    size = (part.width // HALF, part.height // HALF)
    here = (
        slice((part.y0 - rect.y0) // HALF, (part.y0 - rect.y0) // HALF + size[1]),
        slice((part.x0 - rect.x0) // HALF, (part.x0 - rect.x0) // HALF + size[0]),
    )
    area: U8 = np.zeros((size[1], size[0]), np.uint8)
    local = (outline - (part.x0, part.y0)) / HALF - 0.5
    cv2.fillPoly(area, [np.rint(local * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    below, aside = _places(part, size, chin, down, across, face, half)
    bearded = _bearded(bgr, face_px, palette)
    unlike = _unlike(worn, here, bearded * (below < BEARD))
    share = np.asarray(cv2.GaussianBlur(area * unlike / np.float32(255), (3, 3), 0), np.float32)
    if float(share.max()) < 0.05:
        return
    model = _shade(below, aside)
    codes = cv2.resize(bgr[part.y0 : part.y1, part.x0 : part.x1], size, interpolation=cv2.INTER_AREA)
    linear = transfer.to_linear()
    skin = linear[np.clip(palette.skin_bgr, 0, 255).astype(np.uint8)] * np.float32(LEVEL)
    shown = (
        (worn.skin[here] / np.float32(255))
        * (worn.person[here] > 200)
        * (1 - worn.kept[here] / np.float32(255))
    )
    wanted = _told(linear[codes], shown, skin * model[..., None], face / HALF, below > THROAT)
    full = (part.width, part.height)
    oval = face_px[at.FACE_OVAL, :2].astype(np.float64)
    middle = oval.mean(axis=0)
    local = (middle + CORE * (oval - middle) - (part.x0, part.y0)) - 0.5
    share = np.asarray(cv2.resize(share, full), np.float32)
    cv2.fillPoly(share, [np.rint(local * 16).astype(np.int32)], (0.0,), cv2.LINE_8, 4)
    wanted = np.asarray(cv2.resize(wanted, full), np.float32)
    bare(bgr, part.x0, part.y0, share, wanted, noise, grain, linear, transfer.to_srgb())


def _outline(neckline: F64, top: F64, column: F64) -> F64:
    """From the jaw's right down along the neck to the right neck point, through the neckline, and up on the left."""
    right, left, front = neckline
    middle = (right + left) / 2
    edge = WIDER * (left - right)
    deep = front - middle
    deep = deep * (1 + BENEATH * float(np.hypot(*(left - right))) / max(float(np.hypot(*deep)), 1.0))
    t = np.linspace(0.0, np.pi, 25)[:, None]
    bottom = middle - np.cos(t) * ((left - right) / 2 + edge) + np.sin(t) * deep
    return np.asarray(np.concatenate([(top - column)[None], bottom, (top + column)[None]]), np.float64)


def _within(outline: F64, rect: Rect) -> Rect:
    """The whole cells of the half-size maps around the outline."""
    low = np.maximum(np.floor((outline.min(axis=0) - (rect.x0, rect.y0)) / HALF) * HALF, 0)
    high = np.ceil((outline.max(axis=0) - (rect.x0, rect.y0)) / HALF) * HALF
    x1, y1 = min(int(high[0]), rect.width), min(int(high[1]), rect.height)
    return Rect(rect.x0 + int(low[0]), rect.y0 + int(low[1]), rect.x0 + x1, rect.y0 + y1)


def _bearded(bgr: U8, face_px: F32, palette: Palette) -> float:
    """How much of the jaw's edge has the colour of hair rather than of skin, 0..1: only who has a beard there has one
    below the jaw, too."""
    x, y = np.rint(face_px[_JAW, :2]).astype(np.intp).T
    inside = (x >= 0) & (y >= 0) & (x < bgr.shape[1]) & (y < bgr.shape[0])
    if not inside.any():
        return 0.0
    chances = palette.tables[index(bgr[y[inside], x[inside]])].astype(np.float64)
    hair = chances[:, 1] / np.maximum(chances[:, 0] + chances[:, 1], 1.0)
    return min(max((float(np.median(hair)) - 0.3) / 0.3, 0.0), 1.0)


def _unlike(worn: Worn, here: tuple[slice, slice], bearded: F32) -> F32:
    """How surely what is seen is neither the wearer's skin nor beard nor anything before them, 0..1."""
    # At its edge a collar is mixed with the skin beside it, and may have the colour of another skin.
    skin = cv2.erode(worn.skin[here], np.ones((5, 5), np.uint8))
    skin = np.clip((skin - np.float32(50)) / np.float32(75), 0.0, 1.0)
    hair = np.clip((worn.hair[here] - np.float32(90)) / np.float32(75), 0.0, 1.0) * bearded
    person = np.clip((worn.person[here] - np.float32(60)) / np.float32(100), 0.0, 1.0)
    before = np.maximum(worn.kept[here], worn.arms[here]) / np.float32(255)
    return np.asarray((1 - np.maximum(skin, hair)) * person * (1 - before), np.float32)


def _places(
    part: Rect, size: tuple[int, int], chin: F64, down: F64, across: F64, face: float, half: float
) -> tuple[F32, F32]:
    """Of each cell, how far below the chin in face heights and how far aside in half column widths."""
    x = np.arange(size[0]) * HALF + (part.x0 + HALF / 2 - chin[0])
    y = (np.arange(size[1]) * HALF + (part.y0 + HALF / 2 - chin[1]))[:, None]
    below = (x * down[0] + y * down[1]) / face
    aside = (x * across[0] + y * across[1]) / half
    return below.astype(np.float32), aside.astype(np.float32)


def _shade(below: F32, aside: F32) -> F32:
    """Light on a neck over that on a face."""
    chin = 1 - CHIN_SHADE * np.exp(-np.square(np.maximum(below, 0) / CHIN_REACH))
    chest = np.clip((below - ENDS[0]) / (ENDS[1] - ENDS[0]), 0.0, 1.0)
    sides = 1 - SIDE_SHADE * (1 - chest) * np.minimum(np.square(aside), 1.0)
    return np.asarray(chin * sides, np.float32)


def _told(seen: F32, shown: F32, model: F32, face: float, throat: NDArray[np.bool_]) -> F32:
    """The model (h, w, 3), linear, as the true skin around would have it, and, further off, as the neck has it on the
    whole."""
    low, high = RANGE
    ratio = np.clip(seen / np.maximum(model, 1e-4), low, high)
    reach, own = TELLS * face, ratio[throat & (shown > 0.8)]
    usual = np.ones(3, np.float32)
    if len(own):
        usual += (np.median(own, axis=0) - usual) * (len(own) / (len(own) + ENOUGH * face * face))
    # Smooth: a quarter of the half-size map's cells are enough.
    size = (max(shown.shape[1] // 4, 1), max(shown.shape[0] // 4, 1))
    weighed = np.dstack([ratio * shown[..., None], shown])
    small = cv2.GaussianBlur(
        cv2.resize(weighed, size, interpolation=cv2.INTER_AREA), (0, 0), max(reach / 4, 0.6),
        borderType=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    factor = (small[..., :3] + LITTLE * usual) / (small[..., 3:] + LITTLE)
    factor = cv2.resize(factor, (shown.shape[1], shown.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(model * factor, np.float32)
