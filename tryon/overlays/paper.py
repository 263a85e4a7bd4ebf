"""A white sheet under the chin: the one thing in a shopper's reach whose colour is known.

It is looked for where it is asked for, as the largest even patch there that is brighter than the skin and beside which
the skin has a colour that skin has. A white shirt does as well, and a coloured one is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from tryon.frame import F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.light import LUMINANCE
from tryon.overlays.skinlight import FaceColours
from tryon.overlays.skintone import PAPER, SKIN_LAB, SKIN_SIGMA
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.colour import lab_from_linear

# Where the sheet is held: from so far below the chin, so far down and to each side, in widths of the face.
BELOW: Final = 0.10
DEEP: Final = 0.55
HALF: Final = 0.50
ROWS: Final = 6
COLUMNS: Final = 8
# Cells that belong to one sheet differ by so little (logs), are so even inside, and are so many.
ALIKE: Final = 0.10
EVEN: Final = 0.09
CELLS_MIN: Final = 12
CELL_MIN_PX: Final = 4
CLIPPED: Final = 250
# White is brighter than the lightest skin by this factor.
BRIGHTER: Final = 1.35
# Nor is it darker than this part of the brightest things of the room, as a grey shirt is.
ROOM_PART: Final = 0.85
# How far from usual skin's a* and b* the face may look beside a sheet that is white, in standard deviations.
USUAL: Final = 3.2
LIGHTNESS: Final = (15.0, 84.0)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """``white`` is linear blue, green and red (3,) of the sheet; ``rect`` is where it was seen."""

    white: F64
    rect: Rect


def find_sheet(bgr: U8, head: Head, seen: FaceColours) -> Sheet | None:
    """The sheet in this picture, in which those colours were seen."""
    cells = _cells(bgr, head)
    if not cells:
        return None
    medians, rects = np.stack([each for each, _ in cells]), [rect for _, rect in cells]
    logs = np.log(np.maximum(medians, 1e-5))
    # The largest group is the one around the cell with the most cells like it.
    alike = np.abs(logs[:, None] - logs[None]).max(axis=2) < ALIKE
    best = int(np.argmax(alike.sum(axis=1)))
    members = np.flatnonzero(alike[best])
    if len(members) < CELLS_MIN:
        return None
    white = np.median(medians[members], axis=0)
    least = BRIGHTER * float(seen.skin @ LUMINANCE)
    if seen.room is not None:
        least = max(least, ROOM_PART * float(seen.room @ LUMINANCE))
    if float(white @ LUMINANCE) < least or not _skin_like(seen.skin, white):
        return None
    rect = rects[members[0]]
    for member in members[1:]:
        rect = rect.union(rects[member])
    return Sheet(white, rect)


def _cells(bgr: U8, head: Head) -> list[tuple[F64, Rect]]:
    """Median linear light and place of each cell that is even and not blown out."""
    points = head.points_px[: at.SURFACE_COUNT, :2]
    width = float(np.ptp(points[:, 0]))
    x, y = (float(value) for value in points[at.CHIN])
    xs = np.rint(np.linspace(x - HALF * width, x + HALF * width, COLUMNS + 1)).astype(int)
    ys = np.rint(np.linspace(y + BELOW * width, y + (BELOW + DEEP) * width, ROWS + 1)).astype(int)
    linear, found = transfer.to_linear(), []
    for y0, y1 in pairwise(ys.tolist()):
        for x0, x1 in pairwise(xs.tolist()):
            rect = Rect(x0, y0, x1, y1).clip(bgr.shape[1], bgr.shape[0])
            if rect.width < CELL_MIN_PX or rect.height < CELL_MIN_PX:
                continue
            codes = bgr[rect.y0 : rect.y1, rect.x0 : rect.x1].reshape(-1, 3)
            if float((codes >= CLIPPED).any(axis=1).mean()) > 0.02:
                continue
            light = linear[codes].astype(np.float64)
            levels = np.log(np.maximum(light @ LUMINANCE, 1e-5))
            if float(np.subtract(*np.quantile(levels, (0.84, 0.16)))) < 2 * EVEN:
                found.append((np.median(light, axis=0), rect))
    return found


def _skin_like(skin: F64, white: F64) -> bool:
    lab = lab_from_linear(skin / white * PAPER)
    away = np.abs(lab[1:] - SKIN_LAB[1:]) / SKIN_SIGMA[1:]
    return bool((away < USUAL).all()) and LIGHTNESS[0] < lab[0] < LIGHTNESS[1]
