"""What of the picture stays before a garment, and what it has to cover.

Coarser maps over the garment's rectangle: the face and hair, hands and bare arms, the sleeves that the wearer has
on, the clothes beneath, and how light falls on their folds.
Colours tell what a pixel is (``palette``); landmarks tell where
to expect it; the person's mask ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.figure import Figure
from tryon.overlays.folds import folds_of
from tryon.overlays.layers import UNLIKE, chances_of, sort
from tryon.overlays.limbs import attached, put_before
from tryon.overlays.palette import Palette
from tryon.overlays.strands import strands
from tryon.overlays.torso_memory import cells_from_map
from tryon.perception import landmarks as at

# Maps have one cell for so many pixels each way; of somebody whose shoulders are as wide as this, for twice as many: of
# them as much is told as before, at a quarter of the cost. Between, it stays what it was.
CELL_PX: Final = 2
NEAR_PX: Final = (300.0, 340.0)
# In shoulder widths: how far round the bones of a hand its skin may be; half widths of a sleeved forearm.
HAND_REACH: Final = (0.20, 0.32)
FINGERS: Final = 1.15
ARM_REACH: Final = (0.14, 0.22)
SLEEVE_HALF: Final = (0.135, 0.115)
# From the torso's middle to where it may end, and to where it does.
BESIDE: Final = (0.58, 0.68)
# No collar is so far above the shoulders' joints, in shoulder widths: what is higher is a head.
COLLAR_UP: Final = 0.36
# A sleeve stands off an arm by at most this, in shoulder widths.
STANDS_OFF: Final = 0.07
# A joint less sure than the first is out of the picture, and where it is a guess; from the second on it is believed;
# between it stays what it was: an arm half before the cloth would be seen through.
ARM_SEEN: Final = (0.15, 0.25)
# Where a sleeved forearm is before the torso, so much of its hand's middle looks like skin; with less than the first it
# is a guess, and old clothes would be shown; between it stays what it was. It is followed by this share a look.
HAND_SHOWN: Final = (0.12, 0.35)
HAND_FOLLOW: Final = 0.4
HAND_SKIN: Final = 80
# Looked at along the hand from the wrist, and aside, in parts of the way to the fingers' tips.
HAND_ALONG: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
HAND_ASIDE: Final = (-0.15, 0.0, 0.15)
# Hands that hang, or are in pockets, are so far down the torso and need not be seen; nor those of crossed arms: the
# whole forearm is in the picture, and its wrist so far across the shoulders' width.
HANDS_LOW: Final = 0.75
CROSSED: Final = 0.45
_JOINTS: Final = {"left": (13, 15), "right": (14, 16)}
SMOOTH_PX: Final = 1.1
# So coarse steps of an outline are smoothed, in cells.
OUTLINE_CELLS: Final = 2.0
# From ear to ear, in face heights, at least: so wide is a face that is not turned.
TURNED: Final = 0.7


# Of how much of a window the person fills to how surely nobody is near.
_AIR: Final = np.clip(255.0 - np.arange(256) * (255 / 40) + 0.5, 0, 255).astype(np.uint8)
# The same edge after it was smoothed, a little further out: what peeps out is seen more than cloth that is too wide.
_STEEP: Final = np.clip((np.arange(256) - 128.0) * 2.2 + 165.0, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """Maps (h, w) over ``rect``, uint8: ``front`` hides every part, ``sleeved`` is a forearm before the torso, which it
    hides, ``cloth`` is what is worn beneath, in the ``air`` nobody is near; ``folds`` float32, the light on the worn
    cloth over its mean.

    With a cell for ``cell`` pixels each way: how surely they are the ``person``'s, have the colours of ``skin`` and
    ``hair``, are ``kept`` because hair or a hand are there, and are ``arms``."""

    front: U8
    sleeved: U8
    cloth: U8
    air: U8
    folds: F32
    person: U8
    skin: U8
    hair: U8
    kept: U8
    arms: U8
    cell: int


def look(
    bgr: U8,
    rect: Rect,
    figure: Figure,
    face_px: F32,
    palette: Palette,
    *,
    long: bool,
    covered: tuple[float, float] = (0.0, 0.0),
    cell: int = CELL_PX,
) -> Worn:
    """Read the rectangle, whose sides are whole cells of ``cell`` pixels. ``long`` tells that the garment has sleeves
    to the wrists, which cover bare forearms; ``covered`` how far down the right and the left upper arm its sleeves
    reach, in parts of the bone."""
    size = (rect.width // cell, rect.height // cell)
    part = bgr[rect.y0 : rect.y1, rect.x0 : rect.x1]
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    ycc = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb), np.uint8)
    person = _person(figure, rect, size, cell)
    head = _head(face_px, rect, size, cell)
    chin, brow = face_px[at.CHIN, :2], face_px[at.FOREHEAD_TOP, :2]
    face_height = float(np.hypot(*(chin - brow)))
    ears = face_px[[at.LEFT_TRAGUS, at.RIGHT_TRAGUS], :2]
    wide = max(float(np.hypot(*(ears[0] - ears[1]))), TURNED * face_height)
    # A turned face is aside of the hair that hangs round it.
    middle = _local((chin + ears.mean(axis=0))[None] / 2, rect, cell)[0, 0]
    unit = figure.width_px / cell
    bones = np.stack([_local(figure.arm(side), rect, cell) for side in ("right", "left")]).astype(np.float32)
    bones[:, 3] = bones[:, 2] + (bones[:, 3] - bones[:, 2]) * FINGERS * 1.6
    seen = np.stack([_seen(figure, side, palette) for side in ("right", "left")])
    ahead = np.array([_ahead(figure, side) for side in ("right", "left")], np.float32)
    outward = np.stack([_outward(figure, side, rect, cell) for side in ("right", "left")]).astype(np.float32)
    # Single pixels lie; a few together do not.
    chances = np.asarray(cv2.GaussianBlur(chances_of(ycc, palette.tables), (5, 5), SMOOTH_PX), np.uint8)
    there = cells_from_map(figure, rect.x0, rect.y0, cell)
    palette.torso.look(ycc, person, there, bones, unit, chances, palette.skin_ycc)
    for number, side in enumerate(("right", "left")):
        # Elsewhere nobody asks.
        if not long and seen[number, 1]:
            ahead[number] *= _told_by_hand(chances, bones[number], figure, side, palette, bgr.shape)
    # A line between cloth and wall may have skin's colour, but is thinner than a finger.
    opened = cv2.morphologyEx(cv2.extractChannel(chances, 0), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    cv2.insertChannel(opened, chances, 0)
    wider = np.asarray(cv2.dilate(person, np.ones((3, 3), np.uint8)), np.uint8)
    outer = np.asarray(cv2.dilate(wider, np.ones((5, 5), np.uint8)), np.uint8)
    cloth = cv2.extractChannel(chances, 2)
    # How much like the clothes the wall looks.
    wall, spread = cv2.meanStdDev(cloth[::2, ::2], mask=np.asarray(outer[::2, ::2] < 10, np.uint8))
    alike = float(wall[0, 0] + spread[0, 0]) / 255.0 + UNLIKE[0]
    near_cloth = np.asarray(cv2.dilate(cloth, np.ones((5, 5), np.uint8)), np.uint8)
    maps: U8 = np.zeros((6, size[1], size[0]), np.uint8)
    geometry = np.array(
        [
            middle, _local(chin[None], rect, cell)[0, 1], face_height / cell, wide / cell, unit,
            bones[:, 0, 1].min() - COLLAR_UP * unit,
        ],
        np.float32,
    )  # fmt: skip
    sort(
        chances,
        person,
        wider,
        outer,
        alike,
        near_cloth,
        head,
        *strands(chances, person, geometry, palette.alike),
        bones,
        seen,
        ahead,
        outward,
        geometry,
        long,
        np.array(covered, np.float32),
        maps,
    )
    put_before(maps, attached(maps[5], bones, unit))
    # Where the person ends is told cell by cell, in steps: cloth has a smooth outline.
    maps[2] = cv2.LUT(cv2.GaussianBlur(maps[2], (0, 0), OUTLINE_CELLS), _STEEP)
    if cell == CELL_PX:
        # Larger cells have soft edges as they are.
        for number in (0, 1):
            maps[number] = cv2.GaussianBlur(maps[number], (3, 3), 0)
    folds = folds_of(ycc, maps[3], unit, palette)
    full = (rect.width, rect.height)
    front, sleeved, cloth, air = (
        np.asarray(cv2.resize(one, full, interpolation=cv2.INTER_LINEAR), np.uint8)
        for one in (*maps[:3], _air(person, unit))
    )
    light = np.asarray(cv2.resize(folds, full), np.float32)
    return Worn(
        front, sleeved, cloth, air, light, person, chances[..., 0], chances[..., 1], maps[4], maps[1], cell
    )


def cell_px(figure: Figure, palette: Palette, bgr: U8) -> int:
    """How many pixels each way a cell of the maps has. ``palette`` remembers."""
    if bgr.shape[0] % (2 * CELL_PX) or bgr.shape[1] % (2 * CELL_PX):
        # Whole cells would leave out the picture's last pixels.
        return CELL_PX
    if not palette.near_by or figure.width_px < NEAR_PX[0]:
        palette.near_by = figure.width_px > NEAR_PX[1]
    return 2 * CELL_PX if palette.near_by else CELL_PX


def _local(points: F64 | F32, rect: Rect, cell: int) -> F64:
    return np.asarray((points - np.array([rect.x0, rect.y0])) / cell, np.float64)


def _ahead(figure: Figure, side: str) -> float:
    """1 where the forearm is before the torso, 0 behind it."""
    wrist, shoulder = (15, 11) if side == "left" else (16, 12)
    nearer = float(figure.depth_px[shoulder] - figure.depth_px[wrist]) / figure.width_px
    return min(max((nearer + 0.25) / 0.1, 0.0), 1.0)


def _seen(figure: Figure, side: str, palette: Palette) -> F32:
    """Whether elbow and wrist are in the picture, rather than guessed, (2,) 0 or 1. ``palette`` remembers."""
    for joint in _JOINTS[side]:
        sure = float(figure.visibility[joint])
        if not ARM_SEEN[0] < sure < ARM_SEEN[1] or joint not in palette.seen:
            palette.seen[joint] = sure > sum(ARM_SEEN) / 2
    return np.array([palette.seen[joint] for joint in _JOINTS[side]], np.float32)


def _told_by_hand(
    chances: U8, arm: F32, figure: Figure, side: str, palette: Palette, picture: tuple[int, ...]
) -> float:
    """1 where the hand (4, 2: shoulder, elbow, wrist, finger tips) at the end of a forearm is seen, or need not be, 0
    where it is a guess. ``palette`` remembers; ``picture`` is its height and width."""
    # By hand: as array operations, some twenty small ones, it took four times as long.
    own, other = (11, 12) if side == "left" else (12, 11)
    rows = [own, other, 23, 24, *_JOINTS[side]]
    (sx, sy), (ox, oy), (ax, ay), (bx, by), elbow, (wx, wy) = figure.points_px[rows].tolist()
    tx, ty = ax + bx - sx - ox, ay + by - sy - oy
    low = (2 * wx - sx - ox) * tx + (2 * wy - sy - oy) * ty > HANDS_LOW * (tx * tx + ty * ty)
    whole = all(0 <= x < picture[1] and 0 <= y < picture[0] for x, y in (elbow, (wx, wy)))
    dx, dy = ox - sx, oy - sy
    low |= whole and (wx - sx) * dx + (wy - sy) * dy > CROSSED * (dx * dx + dy * dy)
    (x, y), (fx, fy) = arm[2:].tolist()
    fx, fy = fx - x, fy - y
    found = 0
    for along in HAND_ALONG:
        for aside in HAND_ASIDE:
            column, row = int(x + along * fx - aside * fy), int(y + along * fy + aside * fx)
            if 0 <= column < chances.shape[1] and 0 <= row < chances.shape[0]:
                found += chances[row, column, 0] > HAND_SKIN
    skin = float(found) / (len(HAND_ALONG) * len(HAND_ASIDE))
    hand = palette.hands[side]
    hand.share = skin if hand.share is None else hand.share + HAND_FOLLOW * (skin - hand.share)
    if not HAND_SHOWN[0] < hand.share < HAND_SHOWN[1]:
        hand.shown = hand.share > HAND_SHOWN[0]
    return float(hand.shown or low)


def _outward(figure: Figure, side: str, rect: Rect, cell: int) -> F64:
    """How far cells of the maps lie beyond the torso's side, in parts of the band where that is not sure,
    as a plane: (3,) x, y, constant."""
    right, left = figure.shoulders
    across = (left - right) * (1.0 if side == "left" else -1.0)
    across /= max(float(np.hypot(*across)), 1e-6) * figure.width_px * (BESIDE[1] - BESIDE[0])
    middle = (right + left) / 2 - (rect.x0, rect.y0)
    start = float(middle @ across) + BESIDE[0] / (BESIDE[1] - BESIDE[0])
    return np.array([*(across * cell), -start], np.float64)


def _person(figure: Figure, rect: Rect, size: tuple[int, int], cell: int) -> U8:
    matrix = figure.picture_from_mask.astype(np.float64)
    matrix[:, 2] -= (rect.x0, rect.y0)
    matrix /= cell
    # Continuous coordinates to warpAffine's, where integers are pixel centres.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return np.asarray(cv2.warpAffine(figure.mask, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _air(person: U8, unit: float) -> U8:
    """255 further from the person than a sleeve stands off an arm, softly: the mean over a window that reaches so far
    is nothing there."""
    side = 2 * max(round(STANDS_OFF * unit), 1) + 1
    _, solid = cv2.threshold(person, 100, 255.0, cv2.THRESH_BINARY)
    near = np.asarray(cv2.blur(solid, (side, side)), np.uint8)
    return np.asarray(cv2.LUT(near, _AIR), np.uint8)


def _head(face_px: F32, rect: Rect, size: tuple[int, int], cell: int) -> U8:
    head: U8 = np.zeros((size[1], size[0]), np.uint8)
    oval = _local(face_px[at.FACE_OVAL, :2], rect, cell)
    cv2.fillPoly(head, [np.rint((oval - 0.5) * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    return head
