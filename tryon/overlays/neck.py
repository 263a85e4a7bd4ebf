"""Skin for the clothes in a garment's neck opening.

A collar that is worn beneath rises above the new garment's neckline, up to the jaw. What is there and neither skin nor
hair is painted over with this wearer's own skin: the neck is a column, darker to its sides and below the chin, and
where true skin is seen beside, how it differs from that model goes on over what is painted, so that no border shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.figure import Figure
from tryon.overlays.neck_relief import relieve
from tryon.overlays.palette import Palette
from tryon.overlays.worn import Worn
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
# The column's edges are so soft, in face heights.
SOFT: Final = 0.035
# The points of a face that smiles lie beyond its jaw by up to this.
CORE: Final = 0.96
# A beard ends between these depths below the chin, in face heights, and gradually: a chin in another light than its
# neck passes for a little of one, and skin that is painted to a line shows it.
BEARD: Final = (0.08, 0.22)
# A neck is seen from above the light less than a face, anyway.
LEVEL: Final = 0.92
# How far true skin tells what is painted beside it, in face heights, and how much of it there has to be.
TELLS: Final = 0.16
LITTLE: Final = 0.06
# A neck is seen from here on below the chin, in face heights, and told by this much of it, in their squares, as much as
# by the model.
THROAT: Final = 0.05
ENOUGH: Final = 0.01
# So many places of a neck tell its colour as well as all do.
SAMPLES: Final = 400
# The true skin is trusted within this range of the model.
RANGE: Final = (0.35, 1.6)

_AROUND: Final = np.ones((5, 5), np.uint8)


def bare_neck(
    bgr: U8, rect: Rect, neckline: F64, face_px: F32, worn: Worn, figure: Figure, palette: Palette, noise: F32,
    grain: float,
) -> None:  # fmt: skip
    """Paint over what is worn above ``neckline`` (3, 2), the right and left neck points and the lowest point of the
    front, pixels of the picture, in place. ``worn`` tells of ``rect``; ``noise`` and ``grain`` as in ``wear``."""
    chin, brow = (face_px[row, :2].astype(np.float64) for row in (at.CHIN, at.FOREHEAD_TOP))
    face = max(float(np.hypot(*(chin - brow))), 1.0)
    down = (chin - brow) / face
    across = np.array([down[1], -down[0]])
    ears = float(np.hypot(*(face_px[at.LEFT_TRAGUS, :2] - face_px[at.RIGHT_TRAGUS, :2])))
    half = COLUMN * max(ears, 0.5 * face)
    outline = _outline(neckline, chin - RISES * face * down, half * across)
    cell = worn.cell
    part = _within(outline, rect, cell)
    if part.empty:
        return
    size = (part.width // cell, part.height // cell)
    here = (
        slice((part.y0 - rect.y0) // cell, (part.y0 - rect.y0) // cell + size[1]),
        slice((part.x0 - rect.x0) // cell, (part.x0 - rect.x0) // cell + size[0]),
    )
    area: U8 = np.zeros((size[1], size[0]), np.uint8)
    local = (outline - (part.x0, part.y0)) / cell - 0.5
    cv2.fillPoly(area, [np.rint(local * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    area = np.asarray(cv2.GaussianBlur(area, (0, 0), max(SOFT * face / cell, 0.5)), np.uint8)
    codes: U8 = np.empty((size[1], size[0], 3), np.uint8)
    cv2.resize(bgr[part.y0 : part.y1, part.x0 : part.x1], size, dst=codes, interpolation=cv2.INTER_AREA)
    linear = transfer.to_linear()
    skin = linear[np.clip(palette.skin_bgr, 0, 255).astype(np.uint8)] * np.float32(LEVEL)
    own = worn.skin[here]
    eroded = np.asarray(cv2.erode(own, _AROUND), np.uint8)
    column = np.array(
        [part.x0 - chin[0], part.y0 - chin[1], *down / face, *across / half, palette.bearded],
        np.float32,
    )
    cells = _Cells.empty(size)
    count = _read(
        cell, codes, area, own, eroded, worn.hair[here], worn.person[here], worn.kept[here], worn.arms[here], column,
        skin, linear, cells.share, cells.shade, cells.ratio, cells.throat,
    )  # fmt: skip
    share = np.asarray(cv2.GaussianBlur(cells.share, (3, 3), 0), np.float32)
    if float(share.max()) < 0.05:
        return
    relieve(cells.shade, cell, (part.x0, part.y0), chin, figure.shoulders, figure.width_px)
    wanted = _told(cells, cells.throat[:count], skin, face / cell)
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


def _within(outline: F64, rect: Rect, cell: int) -> Rect:
    """The whole cells of the maps around the outline."""
    low = np.maximum(np.floor((outline.min(axis=0) - (rect.x0, rect.y0)) / cell) * cell, 0)
    high = np.ceil((outline.max(axis=0) - (rect.x0, rect.y0)) / cell) * cell
    x1, y1 = min(int(high[0]), rect.width), min(int(high[1]), rect.height)
    return Rect(rect.x0 + int(low[0]), rect.y0 + int(low[1]), rect.x0 + x1, rect.y0 + y1)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Of each cell of the maps (h, w): the ``share`` that is painted, the model's ``shade``, and ``ratio``
    (h, w, 4), what is seen over the model, as heavy as it is surely skin, and that weight. ``throat`` (n, 3) has room
    for the ratios where a neck is seen."""

    share: F32
    shade: F32
    ratio: F32
    throat: F32

    @classmethod
    def empty(cls, size: tuple[int, int]) -> _Cells:
        width, height = size
        share, shade = np.empty((2, height, width), np.float32)
        return cls(
            share, shade, np.empty((height, width, 4), np.float32), np.empty((height * width, 3), np.float32)
        )


@kernel
def _read(
    cell: int, codes: U8, area: U8, own: U8, eroded: U8, hair: U8, person: U8, kept: U8, arms: U8, column: F32,
    base: F32, linear: F32, share: F32, shade: F32, ratio: F32, throat: F32,
) -> int:  # fmt: skip
    """Fill the last four, ``_Cells``; how many rows of ``throat`` are filled. The others are maps of the part.
    ``column``: where the part begins, from the chin, the neck's own axes, and how surely a beard is worn; ``base``
    (3,) linear skin."""
    low, high = RANGE
    count = 0
    for y in range(area.shape[0]):
        for x in range(area.shape[1]):
            dx, dy = (x + 0.5) * cell + column[0], (y + 0.5) * cell + column[1]
            below, aside = dx * column[2] + dy * column[3], dx * column[4] + dy * column[5]
            near = max(below, 0.0) / CHIN_REACH
            chest = min(max((below - ENDS[0]) / (ENDS[1] - ENDS[0]), 0.0), 1.0)
            here = 1.0 - CHIN_SHADE * np.exp(-near * near)
            here *= 1.0 - SIDE_SHADE * (1.0 - chest) * min(aside * aside, 1.0)
            shade[y, x] = here
            # How surely what is seen is neither the wearer's skin nor beard nor anything before them. At its edge a
            # collar is mixed with the skin beside it, and may have the colour of another skin.
            alike = min(max((eroded[y, x] - 50.0) / 75.0, 0.0), 1.0)
            beard = min(max((BEARD[1] - below) / (BEARD[1] - BEARD[0]), 0.0), 1.0) * column[6]
            alike = max(alike, min(max((hair[y, x] - 90.0) / 75.0, 0.0), 1.0) * beard)
            inside = min(max((person[y, x] - 60.0) / 100.0, 0.0), 1.0)
            before = max(kept[y, x], arms[y, x]) / 255.0
            share[y, x] = (1.0 - alike) * inside * (1.0 - before) * area[y, x] / 255.0
            shown = own[y, x] / 255.0 * (1.0 - kept[y, x] / 255.0) if person[y, x] > 200 else 0.0
            ratio[y, x, 3] = shown
            for channel in range(3):
                seen = linear[codes[y, x, channel]] / max(base[channel] * here, 1e-4)
                seen = min(max(seen, low), high)
                ratio[y, x, channel] = seen * shown
                throat[count, channel] = seen
            if below > THROAT and shown > 0.8:
                count += 1
    return count


def _told(cells: _Cells, own: F32, base: F32, face: float) -> F32:
    """The model (h, w, 3), linear, as the true skin around would have it, and, further off, as the neck has it on the
    whole: ``own`` (n, 3)."""
    usual = np.ones(3, np.float32)
    if len(own):
        usual += (np.median(own[:: max(len(own) // SAMPLES, 1)], axis=0) - usual) * (
            len(own) / (len(own) + ENOUGH * face * face)
        )
    # Smooth: a quarter of the cells, each way, are enough.
    height, width = cells.share.shape
    small = cv2.GaussianBlur(
        cv2.resize(cells.ratio, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA), (0, 0),
        max(TELLS * face / 4, 0.6), borderType=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    factor = (small[..., :3] + LITTLE * usual) / (small[..., 3:] + LITTLE) * base
    factor = cv2.resize(factor, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cells.shade[..., None] * factor, np.float32)
