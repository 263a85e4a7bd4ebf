"""What of a torso was seen before a hand came before it.

A print may have the colour of skin, and a hand in shade that of the clothes beside it: colours alone leave a ring of
the one round a hand and cover the other. What a place of the torso looked like while no hand was near tells both apart:
the same again is clothes, whatever their colour, and something else near a hand's bones is the hand.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8
from tryon.geometry.figure import Figure

# Cells across and down, from this far beside the shoulders' joints and above them to as far beyond hips and sides, in
# parts of the torso's width and length.
CELLS: Final = (72, 80)
BEYOND: Final = 0.15
# A place is learned where no hand's or forearm's bones are nearer than this, in shoulder widths, and takes so much of
# what is new each time: at every other look, which is as good and half the work.
CLEAR: Final = 0.42
LEARNS: Final = 0.4
# What has not been seen at all yet, and has no colour of skin, is learned as near as this.
CORE: Final = 0.24
# So surely, of 255, it is the person's, or was seen.
SURELY: Final = 240
# In codes: so far from what was seen is the same, so far is something else. Brightness counts by this part, and a
# place may be as much brighter, or as dark in a hand's shade, as the last two.
SAME: Final = (5.0, 11.0)
LUMA_PART: Final = 0.4
# In the dark all colours are nearer to each other: below this luma, but by no more than the second.
DIM: Final = (110.0, 0.5)
SHADE: Final = (0.55, 1.12)
# Skin of this chance and more is skin even where it looks as the clothes did; something else of the third chance is
# skin from the fourth on.
SURE: Final = (0.50, 0.66)
PERHAPS: Final = (0.04, 0.14)
RAISED: Final = 0.45
# A hand that moves, or is out of focus, is mixed with what is behind it, and its colour is that of neither: from the
# first share of skin on it is the hand, from the second on wholly, if the rest is as near as this, in codes, to what
# was seen there and no more than so many times a hand. Where skin and what was seen there are less apart than the last,
# nothing tells.
MIXED: Final = (0.3, 0.5)
REST: Final = (6.0, 12.0)
PURE: Final = 1.4
APART: Final = 14.0


class TorsoMemory:
    """One wearer's torso, (CELLS[1], CELLS[0], 4): YCrCb and, 0 or 255, whether it was seen."""

    def __init__(self) -> None:
        self._cells: U8 = np.zeros((CELLS[1], CELLS[0], 4), np.uint8)
        self._knows = False
        self._learns = True

    def forget(self) -> None:
        """As for somebody else."""
        self._cells[:] = 0
        self._knows = False
        self._learns = True

    def look(self, ycc: U8, person: U8, there: F64, bones: F32, unit: float, chances: U8, skin: U8) -> None:
        """Correct how surely a map's cells (h, w) near hands are skin, ``chances`` (h, w, 3), in place, and learn the
        others. ``ycc`` (h, w, 3) YCrCb, ``person`` how surely cells are theirs; ``there`` as ``cells_from_map`` gives
        it; ``bones`` (2, 4, 2) shoulder, elbow, wrist, finger tips of both arms, ``unit`` the shoulders' width;
        ``skin`` (3,) YCrCb of this wearer's."""
        near = _around(bones, CLEAR * unit, person.shape)
        # The first time for the warm-up's sake, which has to compile it: nothing is known then.
        told = not self._knows or near.any()
        # Before it is corrected: beside a hand a place is seen for the first time only, if it cannot be the hand.
        bare = cv2.extractChannel(chances, 0) if told and self._learns else near
        if told:
            size = (person.shape[1], person.shape[0])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            known = np.asarray(cv2.warpAffine(self._cells, there, size, flags=flags), np.uint8)
            _tell(ycc, known, near, skin, chances)
        if self._learns:
            _, beside = cv2.threshold(bare, round(255 * PERHAPS[0]), 255, cv2.THRESH_BINARY)
            beside = cv2.max(_around(bones, CORE * unit, person.shape), beside)
            clear, first = (
                np.asarray(cv2.warpAffine(cv2.subtract(person, hand), there, CELLS), np.uint8)
                for hand in (near, beside)
            )
            seen = cv2.warpAffine(cv2.blur(ycc, (3, 3)), there, CELLS, flags=cv2.INTER_LINEAR)
            _take(self._cells, np.asarray(seen, np.uint8), clear, first, LEARNS)
        self._knows = True
        self._learns = not self._learns


def _around(bones: F32, reach: float, shape: tuple[int, ...]) -> U8:
    """255 within ``reach`` cells of forearms and hands."""
    near: U8 = np.zeros(shape, np.uint8)
    for arm in bones:
        path = np.rint(np.clip(arm[1:], -8192, 8192) * 16 - 8).astype(np.int32)
        cv2.polylines(near, [path], False, (255.0,), max(round(2 * reach), 3), cv2.LINE_8, 4)
    return near


def cells_from_map(figure: Figure, x0: int, y0: int, cell: int) -> F64:
    """The affine map (2, 3) from a map's cells, of ``cell`` pixels from (x0, y0) on, to the memory's."""
    (right, left), (hip_right, hip_left) = figure.shoulders, figure.hips
    corner, across, down = right, left - right, (hip_right + hip_left - right - left) / 2
    # From parts of the torso to cells of the map, and back.
    to_map = np.column_stack([across, down]) / cell
    origin = (corner - (x0, y0)) / cell - 0.5
    back = _inverse(to_map)
    scale = np.array(CELLS) / (1 + 2 * BEYOND)
    matrix = scale[:, None] * back
    return np.asarray(np.column_stack([matrix, scale * BEYOND - matrix @ origin - 0.5]), np.float64)


def _inverse(matrix: F64) -> F64:
    """Of (2, 2); shoulders in line with the torso, seen edge on, are taken to be a cell wide."""
    (a, b), (c, d) = matrix.tolist()
    size = a * d - b * c
    size = size if abs(size) > 1.0 else 1.0
    return np.array([(d, -b), (-c, a)]) / size


@kernel
def _take(cells: U8, seen: U8, clear: U8, first: U8, share: float) -> None:
    """Learn what is ``clear``: the person, and no hand's; ``first`` will do for what was never seen."""
    for y in range(cells.shape[0]):
        for x in range(cells.shape[1]):
            known = cells[y, x, 3] > 0
            if clear[y, x] < SURELY and (known or first[y, x] < SURELY):
                continue
            for k in range(3):
                old = float(cells[y, x, k])
                new = float(seen[y, x, k])
                cells[y, x, k] = int(old + share * (new - old) + 0.5) if known else int(new)
            cells[y, x, 3] = 255


@kernel
def _tell(ycc: U8, known: U8, near: U8, bare: U8, chances: U8) -> None:
    """Skin that looks as the clothes did there is doubted, and what does not is skin more easily, or where it is a
    mixture of both. ``bare`` (3,) is the wearer's skin."""
    lightest = float(bare[0])
    for y in range(ycc.shape[0]):
        for x in range(ycc.shape[1]):
            if near[y, x] == 0 or known[y, x, 3] < SURELY:
                continue
            skin = chances[y, x, 0] / 255.0
            luma, was = float(ycc[y, x, 0]), max(float(known[y, x, 0]), 1.0)
            shade = min(max(luma / was, SHADE[0]), SHADE[1])
            before_red, before_blue = shade * (known[y, x, 1] - 128.0), shade * (known[y, x, 2] - 128.0)
            a = LUMA_PART * (luma - shade * was)
            b = ycc[y, x, 1] - 128.0 - before_red
            c = ycc[y, x, 2] - 128.0 - before_blue
            dim = min(max(max(luma, was) / DIM[0], DIM[1]), 1.0)
            away = (a * a + b * b + c * c) ** 0.5 / dim
            other = min(max((away - SAME[1]) / SAME[1], 0.0), 1.0)
            same = min(max((SAME[1] - away) / (SAME[1] - SAME[0]), 0.0), 1.0)
            doubt = same * min(max((SURE[1] - skin) / (SURE[1] - SURE[0]), 0.0), 1.0)
            told = min(max((skin - PERHAPS[0]) / (PERHAPS[1] - PERHAPS[0]), 0.0), 1.0)
            if other > 0.0 and told < 1.0 and luma < SHADE[1] * max(was, lightest):
                red, blue = bare[1] - 128.0 - before_red, bare[2] - 128.0 - before_blue
                apart = red * red + blue * blue
                part = (b * red + c * blue) / max(apart, 1.0)
                rest = max(b * b + c * c - part * part * apart, 0.0) ** 0.5
                mixed = min(max((part - MIXED[0]) / (MIXED[1] - MIXED[0]), 0.0), 1.0)
                mixed *= min(max((REST[1] - rest) / (REST[1] - REST[0]), 0.0), 1.0)
                if apart > APART * APART and part < PURE:
                    told = max(told, mixed)
            chances[y, x, 0] = int(max(skin * (1.0 - doubt), RAISED * other * told) * 255.0 + 0.5)
